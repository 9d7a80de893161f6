// Signing up and in with an address and a password, proving it again, changing it. Knows no HTTP and no cookies.

import { type Outcome, type Problem, problem } from "../primitives/errors.ts";
import { newSid } from "../sessions/session-token.ts";
import type { Account, SignInView } from "../stores/contract.ts";
import type { StrategyDoor } from "../strategies/contract.ts";
import type { Caller, Place, SignedIn, SignInParts } from "./contract.ts";
import { parseEmail } from "./email.ts";
import { type Current, establish, type Noting, type Proven, prepare, type Replaced, succeed } from "./establish.ts";
import { sendAddressTaken, sendPasswordChanged, sendVerification } from "./mailed-links.ts";
import { askerOf, namesOf, placesKnownTo, strongest } from "./places.ts";

/** Consecutive failures after which an account is closed to places that never signed in to it (NIST SP 800-63B-4 section 3.2.2). */
const closedAfterFailures = 100;

/** An address and a password, with the strategy asked for. */
export interface PasswordInput {
  readonly email: string;
  readonly password: string;
  readonly strategy?: string | undefined;
}

/**
 * Makes an account. With `signUp: "open"` it is signed in at once; with `"confirm"` the answer is always `pending`, whether the address
 * was free or not, and the mail tells its owner. `replaces` is the session that the request already bore: it ends with the sign-in.
 * Costs one hash and two writes.
 */
export async function signUp(
  parts: SignInParts,
  input: PasswordInput,
  caller: Caller,
  replaces: Replaced | undefined,
): Promise<Outcome<{ signedIn: SignedIn } | { pending: true }>> {
  const mode = parts.options.signUp;
  if (mode === "closed") return problem("sign_up_closed");
  const door = allowedStrategy(parts, input.strategy);
  if (door === undefined) return problem("strategy_not_allowed");
  const address = parseEmail(input.email);
  if (address === undefined) return problem("request_invalid");
  const judged = parts.passwordPolicy.judge(input.password, { email: address.email });
  if (!judged.ok) return judged;
  const limited = await take(parts, "sign_up", caller.address);
  if (limited !== undefined) return limited;

  const passwordHash = await parts.hasher.hash(judged.normalised, askerOf(caller));
  const account = { sub: newSid(parts.random), ...address, emailVerified: false, passwordHash };
  if (mode === "confirm") {
    // Everything that depends on whether the address was free happens after the answer.
    parts.background.run("sign_up", () => signUpUnseen(parts, account, caller));
    return { ok: true, pending: true };
  }
  // A trial before anything is created: where the claims hook fails, or says too much, no account is left behind.
  await prepare(parts, door, { account: unmade(account), logNumber: 0 }, caller);
  const created = await parts.store.accounts.create(account);
  if (created === "taken") {
    await audit(parts, "subject.sign_up", "refused", caller, { detail: "address_taken" });
    return problem("address_taken");
  }
  const view = await parts.store.accounts.viewForSignIn(account.sub);
  const noting: Noting = { act: "subject.sign_up", places: namesOf(parts.placesOf(caller)) };
  const signedIn = view === undefined ? "outdated" : await establishOver(parts, door, view, caller, noting, replaces);
  if (signedIn === "outdated") return problem("credentials_wrong");
  parts.background.run("verify_mail", () => sendVerification(parts, signedIn.account));
  return { ok: true, signedIn };
}

type NewAccountOf = Parameters<SignInParts["store"]["accounts"]["create"]>[0];

function unmade({ emailVerified: _, ...account }: NewAccountOf): Account {
  return { ...account, emailVerifiedAt: null, generation: 0, failures: 0, disabledAt: null, createdAt: 0 };
}

async function signUpUnseen(
  parts: SignInParts,
  account: { sub: string; email: string; emailKey: string; emailVerified: boolean; passwordHash: string },
  caller: Caller,
) {
  const created = await parts.store.accounts.create(account);
  const outcome = created === "created" ? "ok" : "refused";
  await audit(parts, "subject.sign_up", outcome, caller, {
    detail: created,
    sub: outcome === "ok" ? account.sub : undefined,
  });
  // A mailbox that has had enough is spared in silence, whoever asks and from wherever.
  if (!(await parts.limits.take("mail", account.emailKey)).ok) return undefined;
  if (created === "taken") return sendAddressTaken(parts, account);
  const made = await parts.store.accounts.find(account.sub);
  if (made !== undefined) await sendVerification(parts, made);
}

/**
 * Signs in. `replaces` is the session that the request already bore: it ends with the sign-in (session fixation).
 * An unknown address costs the same hash, the same limits and gets the same answer as a wrong password.
 * Costs one read, one hash, one write. Throws `Unavailable` when the queue of hashes is full or the store cannot answer.
 */
export async function signIn(
  parts: SignInParts,
  input: PasswordInput,
  caller: Caller,
  replaces: Replaced | undefined,
): Promise<Outcome<{ signedIn: SignedIn }>> {
  const door = allowedStrategy(parts, input.strategy);
  if (door === undefined) return problem("strategy_not_allowed");
  const address = parseEmail(input.email);
  if (address === undefined) return problem("request_invalid");
  const places = parts.placesOf(caller);
  const names = namesOf(places);
  const password = input.password.normalize("NFC");
  // Twice: an account that changed while its password was judged is read, and its password judged, once more.
  for (let round = 0; round < 2; round += 1) {
    const view = await parts.store.accounts.findForSignIn(address.emailKey, names);
    const known = placesKnownTo(view, places);
    const judged = await judgePassword(parts, address.emailKey, view, strongest(known), password, caller);
    if (!judged.ok) return judged;
    const isNews = judged.account.failures > 0 || known.length < places.length;
    const noting: Noting = { act: "session.sign_in", detail: door.name, ...(isNews && { places: names }) };
    const signedIn = await establishOver(parts, door, judged, caller, noting, replaces);
    if (signedIn !== "outdated") return { ok: true, signedIn };
  }
  return problem("credentials_wrong");
}

// A token without a record has none to end: the log says that it is over.
async function establishOver(
  parts: SignInParts,
  door: StrategyDoor,
  proven: Proven,
  caller: Caller,
  noting: Noting,
  replaces: Replaced | undefined,
): Promise<SignedIn | "outdated"> {
  const record = replaces?.hasRecord === true ? replaces.sid : undefined;
  const signedIn = await establish(parts, door, proven, caller, noting, record);
  const isOver = signedIn !== "outdated" && replaces?.hasRecord === false;
  if (isOver) await parts.store.log.appendOnce({ scope: "session", target: replaces.sid });
  return signedIn;
}

/**
 * Proves the password again over a living session and puts a new one in its place: new `sid`, new credentials, same data and
 * children; the old one ends. Costs one hash and one write.
 */
export async function stepUp(
  parts: SignInParts,
  current: Current,
  password: string,
  caller: Caller,
): Promise<Outcome<{ signedIn: SignedIn }>> {
  const judged = await judgeAgain(parts, current, password, caller, "session.step_up");
  if (!judged.ok) return judged;
  const door = parts.strategy(current.strategy);
  if (door === undefined) return problem("strategy_not_allowed");
  const noting: Noting = { act: "session.step_up", places: namesOf(parts.placesOf(caller)) };
  const signedIn = await succeed(parts, door, judged, current, caller, noting);
  return signedIn === "outdated" ? problem("session_changed") : { ok: true, signedIn };
}

/**
 * Changes the password: needs the current one, ends every session of the subject, and puts a new one in the place of the
 * caller's own. Costs two hashes and one write.
 */
export async function changePassword(
  parts: SignInParts,
  current: Current,
  input: { currentPassword: string; newPassword: string },
  caller: Caller,
): Promise<Outcome<{ signedIn: SignedIn }>> {
  const account = await parts.store.accounts.find(current.sub);
  const next = parts.passwordPolicy.judge(input.newPassword, { email: account?.email ?? "" });
  if (!next.ok) return problem(next.code);
  const judged = await judgeAgain(parts, current, input.currentPassword, caller, "password.change");
  if (!judged.ok) return judged;
  const door = parts.strategy(current.strategy);
  if (door === undefined) return problem("strategy_not_allowed");
  const passwordHash = await parts.hasher.hash(next.normalised, askerOf(caller));
  const first = await prepare(parts, door, judged, caller);
  const changed = await parts.store.accounts.changePassword({
    sub: current.sub,
    generation: judged.account.generation,
    passwordHash,
    ...(first.prepared.session === undefined ? {} : { session: first.prepared.session, replaces: current.sid }),
  });
  if (changed.outcome !== "changed") return problem("session_changed");
  // A token without a record must be numbered after the event that ended all earlier ones, its own predecessor among them.
  // Of that very transaction: a later number would let it outlive what was ended in between.
  const { logNumber } = changed;
  const { signedIn } =
    first.prepared.session === undefined ? await prepare(parts, door, { ...judged, logNumber }, caller) : first;
  await audit(parts, "password.change", "ok", caller, { sub: current.sub, sid: signedIn.credentials.sid });
  parts.background.run("password_changed_mail", () => sendPasswordChanged(parts, judged.account));
  const record = await parts.store.sessions.find(signedIn.credentials.sid);
  return { ok: true, signedIn: { ...signedIn, data: record?.data ?? {} } };
}

// A sign-in may name a strategy only among those that the server allows; sessions already issued keep theirs.
function allowedStrategy(parts: SignInParts, name: string | undefined) {
  const allowed = parts.options.strategies;
  return name === undefined || allowed.some((strategy) => strategy === name)
    ? parts.strategy(name ?? allowed[0] ?? "")
    : undefined;
}

/** Takes one from a limit; the problem when there is none left. */
export async function take(parts: SignInParts, kind: "sign_up" | "mail", key: string): Promise<Problem | undefined> {
  const taken = await parts.limits.take(kind, key);
  return taken.ok ? undefined : problem("attempts_exceeded", { retryAfterSeconds: taken.retryAfterSeconds });
}

// The order matters: limits before the queue of hashes, the hash whether or not there is an account, and only then the account's state.
async function judgePassword(
  parts: SignInParts,
  emailKey: string,
  view: SignInView | undefined,
  known: Place | undefined,
  password: string,
  caller: Caller,
): Promise<Outcome<Proven>> {
  const attempt = await parts.limits.attempt({ account: emailKey, address: caller.address, known }, async () => {
    const decoy = await parts.decoys.hashFor(emailKey);
    const verified = await parts.hasher.verify(password, view?.account.passwordHash ?? decoy, askerOf(caller));
    const refusal = view === undefined ? "unknown" : reasonAgainst(parts, view, verified.ok);
    return { isGood: refusal === undefined, refusal, isOutdated: verified.outdated };
  });
  if (!attempt.ok) {
    // Once a pause, not once an attempt: a flood must not wash older entries out of the log.
    const detail = "attempts_exceeded";
    if (attempt.begins) await audit(parts, "session.sign_in", "refused", caller, { sub: view?.account.sub, detail });
    return problem("attempts_exceeded", { retryAfterSeconds: attempt.retryAfterSeconds });
  }
  const { refusal, isOutdated } = attempt.judged;
  if (view === undefined || refusal !== undefined) {
    // Also where there is no account, and before the answer: a write that only accounts cause, after it, would hold up the next request
    // of whoever asks, and tell. Drawing a delay would not hide it: on an idle server one can watch all the while.
    await parts.store.accounts.recordFailure(view?.account.sub);
    await audit(parts, "session.sign_in", "refused", caller, { sub: view?.account.sub, detail: refusal });
    return problem("credentials_wrong");
  }
  rehashLater(parts, view.account, password, isOutdated);
  return { ok: true, account: view.account, logNumber: view.logNumber };
}

function reasonAgainst(parts: SignInParts, view: SignInView, isPasswordRight: boolean): string | undefined {
  if (!isPasswordRight) return "password";
  if (view.account.disabledAt !== null) return "disabled";
  if (view.account.failures >= closedAfterFailures && view.knownPlaces.length === 0) return "closed";
  if (parts.options.signUp === "confirm" && view.account.emailVerifiedAt === null) return "unverified";
  return undefined;
}

// Over a living session the caller is known by it: neither strangers' failures nor those over another session keep the owner from acting.
async function judgeAgain(
  parts: SignInParts,
  current: Current,
  password: string,
  caller: Caller,
  act: "session.step_up" | "password.change",
): Promise<Outcome<Proven>> {
  const view = await parts.store.accounts.viewForSignIn(current.sub);
  if (view === undefined) return problem("credentials_wrong");
  const { account } = view;
  const known = { by: "session", name: current.sid } as const;
  const attempt = await parts.limits.attempt(
    { account: account.emailKey, address: caller.address, known },
    async () => {
      const verified = await parts.hasher.verify(password.normalize("NFC"), account.passwordHash, askerOf(caller));
      return { isGood: verified.ok && account.disabledAt === null };
    },
  );
  if (!attempt.ok) return problem("attempts_exceeded", { retryAfterSeconds: attempt.retryAfterSeconds });
  if (!attempt.judged.isGood) {
    await parts.store.accounts.recordFailure(account.sub);
    await audit(parts, act, "refused", caller, { sub: account.sub, sid: current.sid, detail: "password" });
    return problem("credentials_wrong");
  }
  return { ok: true, account, logNumber: view.logNumber };
}

// After the answer, and only over the hash that was judged: a password changed meanwhile stays changed.
function rehashLater(parts: SignInParts, account: Account, password: string, isOutdated: boolean) {
  if (!isOutdated) return;
  parts.background.run("rehash", async () => {
    const hash = await parts.hasher.hash(password);
    await parts.store.accounts.rehash(account.sub, account.passwordHash, hash);
  });
}

async function audit(
  parts: SignInParts,
  act: Parameters<SignInParts["audit"]["record"]>[0]["act"],
  outcome: "ok" | "refused",
  caller: Caller,
  more: { sub?: string | undefined; sid?: string | undefined; detail?: string | undefined },
) {
  const actor = more.sub === undefined || outcome === "refused" ? "anonymous" : `subject:${more.sub}`;
  await parts.audit.record({
    act,
    outcome,
    by: { actor, address: caller.address, client: caller.client.label },
    ...more,
  });
}
