// From a proof that was judged good to a session in force; knows nothing of how the proof was judged.

import type { JsonObject } from "@countersign/verifier";
import type { AuditAct, AuditRecord } from "../audit.ts";
import type { Account, Spoken } from "../stores/contract.ts";
import { checkClaims } from "../strategies/claims.ts";
import type { Draft, Prepared, StrategyDoor } from "../strategies/contract.ts";
import type { Caller, SignedIn, SignInParts } from "./contract.ts";

/** How a subject proved who it is, when, and what ends follow where they are not for the strategy to say. */
export type Proof = Pick<Draft, "amr" | "acr" | "authenticatedAgoMs" | "lifetimeMs" | "idleMs">;

/** What a password proves (RFC 8176), and the level it reaches (NIST SP 800-63B-4). */
const passwordProof: Proof = { amr: ["pwd"], acr: "aal1", authenticatedAgoMs: 0 };

/** A proof judged good, with what was read before it was judged. */
export interface Proven {
  readonly account: Account;
  readonly logNumber: number;
}

/** What is noted of the sign-in, in the transaction that puts it in force where there is one. */
export interface Noting {
  readonly act: AuditAct;
  readonly detail?: string;
  /** Where the subject succeeded from, if that is not known yet; with them its failures are forgotten. */
  readonly places?: readonly string[];
}

/** A session that a new one takes the place of. */
export interface Replaced {
  readonly sid: string;
  /** Whether the server keeps a record of it; a token without one is ended by an event alone. */
  readonly hasRecord: boolean;
}

/** The session that a request already bears. */
export interface Current extends Replaced {
  readonly sub: string;
  readonly strategy: string;
  /** The log number of a token without a record. */
  readonly logNumber: number | undefined;
}

/** The claims that the application's hook says of an account; empty without a hook. Throws what the hook throws, and `UsageError`. */
export async function claimsOf(parts: Pick<SignInParts, "claimsHook">, account: Account): Promise<JsonObject> {
  if (parts.claimsHook === undefined) return {};
  const { sub, email, emailVerifiedAt } = account;
  return checkClaims(await parts.claimsHook({ sub, email, emailVerified: emailVerifiedAt !== null }));
}

interface Ready {
  readonly prepared: Prepared;
  readonly signedIn: SignedIn;
}

/** Prepares credentials for a proven account: nothing is in force yet. */
export async function prepare(
  parts: SignInParts,
  door: StrategyDoor,
  { account, logNumber }: Proven,
  caller: Caller,
  proof: Proof = passwordProof,
): Promise<Ready> {
  const claims = await claimsOf(parts, account);
  const issuedAt = parts.store.now();
  const prepared = await door.prepare({
    ...proof,
    sub: account.sub,
    client: caller.client,
    claims,
    transport: caller.transport ?? "token",
    tokenClaims: caller.transport === "cookie" ? {} : claims,
    logNumber,
  });
  const { amr, acr, authenticatedAgoMs } = proof;
  const authenticatedAt = issuedAt - authenticatedAgoMs;
  const { credentials } = prepared;
  return { prepared, signedIn: { account, credentials, claims, issuedAt, authenticatedAt, amr, acr, data: {} } };
}

/**
 * Puts a new sign-in in force: creates its record under the generation read before the credential was judged, and ends the session
 * it replaces. `outdated`: the account changed meanwhile, and the credential has to be judged again.
 */
export async function establish(
  parts: SignInParts,
  door: StrategyDoor,
  proven: Proven,
  caller: Caller,
  noting: Noting,
  replaces: string | undefined,
): Promise<SignedIn | "outdated"> {
  return enforce(parts, await prepare(parts, door, proven, caller), caller, noting, replaces);
}

/**
 * Puts a session in the place of a living one, by the same strategy: new `sid`, new credentials, same data and children. The old one ends,
 * `superseded`. `outdated`: it is over, or its subject changed since `proven` was read.
 */
export async function succeed(
  parts: SignInParts,
  door: StrategyDoor,
  proven: Proven,
  current: Current,
  caller: Caller,
  noting: Noting,
  proof: Proof = passwordProof,
): Promise<SignedIn | "outdated"> {
  // Whatever may fail fails before anything has changed.
  const ready = await prepare(parts, door, proven, caller, proof);
  const { session } = ready.prepared;
  const { sessions } = parts.store;
  if (session !== undefined && current.hasRecord) {
    const { generation } = proven.account;
    const notes = notesOf(parts, noting, ready.signedIn, caller);
    const replaced = await sessions.replace(current.sid, session, { generation, policy: parts.policy, notes });
    if (replaced !== "replaced") return "outdated";
    parts.audit.noted(notes.audit);
    const record = await sessions.find(session.sid);
    return { ...ready.signedIn, data: record?.data ?? {} };
  }
  const isSuperseded = current.hasRecord
    ? (await sessions.end(current.sid, "superseded")).includes(current.sid)
    : await supersedeToken(parts, current, proven.logNumber);
  return isSuperseded ? enforce(parts, ready, caller, noting, undefined) : "outdated";
}

async function enforce(
  parts: SignInParts,
  { prepared, signedIn }: Ready,
  caller: Caller,
  noting: Noting,
  replaces: string | undefined,
): Promise<SignedIn | "outdated"> {
  const { account } = signedIn;
  if (prepared.session === undefined) {
    if (!(await isStillCurrent(parts, account))) return "outdated";
    if (replaces !== undefined) await parts.store.sessions.end(replaces, "superseded");
    if (noting.places !== undefined) await parts.store.accounts.recordSuccess(account.sub, noting.places);
    await parts.audit.record(auditOf(noting, signedIn, caller));
    return signedIn;
  }
  const notes = notesOf(parts, noting, signedIn, caller);
  const created = await parts.store.sessions.create(prepared.session, {
    generation: account.generation,
    limit: parts.options.session.perSubject,
    policy: parts.policy,
    notes,
    ...(replaces === undefined ? {} : { replaces }),
  });
  // A sid that exists already means 96 random bits came twice: the generator is broken, and going on would be worse.
  if (created === "exists") throw new Error("A new session id was already taken: the random generator repeats itself.");
  if (created !== "created") return "outdated";
  parts.audit.noted(notes.audit);
  return signedIn;
}

function notesOf(parts: SignInParts, noting: Noting, signedIn: SignedIn, caller: Caller) {
  const { places } = noting;
  return { ...(places && { places }), audit: parts.audit.entryOf(auditOf(noting, signedIn, caller)) };
}

function auditOf(
  { act, detail }: Noting,
  { account: { sub }, credentials: { sid } }: SignedIn,
  caller: Caller,
): AuditRecord {
  const by = { actor: `subject:${sub}`, address: caller.address, client: caller.client.label };
  return { act, outcome: "ok", by, sub, sid, detail };
}

// A token without a record has no row whose creation could be conditional: the account is read once more instead. What still slips
// in between is ended by number: the token carries the log number that was read before its credential was judged.
async function isStillCurrent(parts: SignInParts, account: Account): Promise<boolean> {
  const now = await parts.store.accounts.find(account.sub);
  return now !== undefined && now.generation === account.generation && now.disabledAt === null;
}

// Nor one that could be replaced: of several at once, the one whose event is first in the log gets its successor. Its number is the one read
// before, and not that of its own event: what ended everything of the subject in between ends the successor too.
async function supersedeToken({ store }: SignInParts, current: Current, numberBefore: number): Promise<boolean> {
  const { sub, sid, logNumber = 0 } = current;
  const spoken: readonly Spoken[] = [
    { scope: "everyone", target: "" },
    { scope: "subject", target: sub },
    { scope: "session", target: sid },
  ];
  if ((await store.log.newest(spoken)) > logNumber) return false;
  const own = await store.log.append({ scope: "session", target: sid });
  const { events } = await store.log.read(numberBefore);
  return !events.some(
    ({ number, scope, target }) =>
      number < own.number && spoken.some((each) => each.scope === scope && each.target === target),
  );
}
