// Links by mail: a new password, and the proof of an address. Single-use, hashed at rest, short-lived; opening one changes nothing.

import { sha256, toBase64url } from "../primitives/bytes.ts";
import { type Outcome, type Problem, problem } from "../primitives/errors.ts";
import type { Account, Ticket, TicketKind } from "../stores/contract.ts";
import type { Caller, SignInParts } from "./contract.ts";
import { parseEmail } from "./email.ts";
import { addressTakenMail, passwordChangedMail, resetMail, verifyMail } from "./mail-texts.ts";
import { askerOf, namesOf } from "./places.ts";

/**
 * Asks for a link to a new password. Always answers alike, at once: whether the address has an account shows in its mailbox only.
 * Limited per address and per network address.
 */
export async function forgotPassword(parts: SignInParts, email: string, caller: Caller): Promise<Outcome<object>> {
  if (parts.sendMail === undefined) return problem("mail_not_configured");
  const address = parseEmail(email);
  if (address === undefined) return problem("request_invalid");
  // The network address first: one that is blocked cannot use up what others may ask for.
  const taken = await parts.limits.take("mail", caller.address);
  if (!taken.ok) return problem("attempts_exceeded", { retryAfterSeconds: taken.retryAfterSeconds });
  // A mailbox that has had enough is spared in silence: its owner was mailed, and is not to blame for who asked.
  if (!(await parts.limits.take("mail", address.emailKey)).ok) return { ok: true };
  parts.background.run("reset_mail", async () => {
    const account = await parts.store.accounts.findByEmail(address.emailKey);
    await record(parts, "password.forgot", account === undefined ? "refused" : "ok", caller, account?.sub);
    await sendReset(parts, address, account?.disabledAt === null ? account : undefined);
  });
  return { ok: true };
}

/**
 * Sets a password by a mailed link, and with it proves the address. Ends every session of the subject; signs nobody in.
 * Costs one hash and one write.
 */
export async function resetPassword(
  parts: SignInParts,
  input: { token: string; newPassword: string },
  caller: Caller,
): Promise<Outcome<object>> {
  const limited = await takeLink(parts, caller);
  if (limited !== undefined) return limited;
  const hash = sha256(input.token);
  const opened = await openTicket(parts, hash, "reset");
  if (opened === undefined) return problem("link_invalid");
  const judged = parts.passwordPolicy.judge(input.newPassword, { email: opened.account.email });
  if (!judged.ok) return judged;
  const passwordHash = await parts.hasher.hash(judged.normalised, askerOf(caller));
  const changed = await parts.store.accounts.changePassword({
    sub: opened.account.sub,
    generation: opened.account.generation,
    passwordHash,
    ticketHash: hash,
  });
  if (changed.outcome !== "changed") return problem("link_invalid");
  // Whoever reads the account's mail is its owner: the count of failures ends, and this place is known from now on.
  await parts.store.accounts.recordSuccess(opened.account.sub, namesOf(parts.placesOf(caller)));
  await record(parts, "password.reset", "ok", caller, opened.account.sub);
  parts.background.run("password_changed_mail", () => sendPasswordChanged(parts, opened.account));
  return { ok: true };
}

/** Whether a mailed link would still open something. Changes nothing, and counts for no limit: its secret cannot be guessed. Two look-ups. */
export async function isLinkLiving(parts: SignInParts, kind: TicketKind, token: string): Promise<boolean> {
  return (await openTicket(parts, sha256(token), kind)) !== undefined;
}

/** Sends a link that proves the address of a signed-in subject; nothing to do when it is proved already. */
export async function requestVerification(parts: SignInParts, account: Account): Promise<Outcome<object>> {
  if (parts.sendMail === undefined) return problem("mail_not_configured");
  const taken = await parts.limits.take("mail", account.emailKey);
  if (!taken.ok) return problem("attempts_exceeded", { retryAfterSeconds: taken.retryAfterSeconds });
  parts.background.run("verify_mail", () => sendVerification(parts, account));
  return { ok: true };
}

/**
 * Proves an address by a mailed link. With `signUp: "confirm"` it also asks for the password chosen at sign-up: a stranger who signed up
 * with somebody else's address must not get an account because its owner followed the link.
 */
export async function verifyAddress(
  parts: SignInParts,
  input: { token: string; password?: string | undefined },
  caller: Caller,
): Promise<Outcome<{ account: Account }>> {
  const limited = await takeLink(parts, caller);
  if (limited !== undefined) return limited;
  const hash = sha256(input.token);
  const opened = await openTicket(parts, hash, "verify");
  if (opened === undefined) return problem("link_invalid");
  if (parts.options.signUp === "confirm" && opened.account.emailVerifiedAt === null) {
    const { emailKey, passwordHash } = opened.account;
    const attempt = await parts.limits.attempt({ account: emailKey, address: caller.address }, async () => {
      const password = (input.password ?? "").normalize("NFC");
      return { isGood: (await parts.hasher.verify(password, passwordHash, askerOf(caller))).ok };
    });
    if (!attempt.ok) return problem("attempts_exceeded", { retryAfterSeconds: attempt.retryAfterSeconds });
    if (!attempt.judged.isGood) {
      const { sub } = opened.account;
      await parts.store.accounts.recordFailure(sub);
      await record(parts, "address.verify", "refused", caller, sub);
      return problem("credentials_wrong");
    }
  }
  const account = await parts.store.accounts.verifyAddress(hash);
  if (account === undefined) return problem("link_invalid");
  await record(parts, "address.verify", "ok", caller, account.sub);
  return { ok: true, account };
}

/** Mails the link that proves an address. Without mail, or for a proved address, nothing. */
export async function sendVerification(parts: SignInParts, account: Account): Promise<void> {
  if (parts.sendMail === undefined || account.emailVerifiedAt !== null) return;
  const { verifyUrl, verifyLifetimeMs, appName } = parts.options.mail;
  const link = await makeLink(parts, account, "verify", verifyUrl, verifyLifetimeMs);
  await parts.sendMail({ to: account.email, ...verifyMail({ appName, link, minutes: verifyLifetimeMs / 60_000 }) });
}

/** Tells the owner of an address that somebody tried to sign up with it. Writes what a new account's first mail would have written. */
export async function sendAddressTaken(parts: SignInParts, to: { email: string; emailKey: string }): Promise<void> {
  const { appName, forgotUrl, verifyLifetimeMs } = parts.options.mail;
  await makeDecoyLink(parts, to.emailKey, "verify", verifyLifetimeMs);
  await parts.sendMail?.({ to: to.email, ...addressTakenMail({ appName, link: forgotUrl }) });
}

/** Tells the owner that the password was changed. */
export async function sendPasswordChanged(parts: SignInParts, account: Account): Promise<void> {
  const { appName, forgotUrl } = parts.options.mail;
  await parts.sendMail?.({ to: account.email, ...passwordChangedMail({ appName, link: forgotUrl }) });
}

// Nobody is mailed where there is no account; but the store is kept busy alike, and the mail, which cannot be, leaves a moment later.
async function sendReset(parts: SignInParts, { emailKey }: { emailKey: string }, account: Account | undefined) {
  const { resetUrl, resetLifetimeMs, appName } = parts.options.mail;
  if (account === undefined) return makeDecoyLink(parts, emailKey, "reset", resetLifetimeMs);
  const link = await makeLink(parts, account, "reset", resetUrl, resetLifetimeMs);
  await parts.background.moment();
  await parts.sendMail?.({ to: account.email, ...resetMail({ appName, link, minutes: resetLifetimeMs / 60_000 }) });
}

type MailedTo = Pick<Account, "sub" | "emailKey">;

async function makeLink(
  parts: SignInParts,
  { sub, emailKey }: MailedTo,
  kind: TicketKind,
  page: string,
  lifetimeMs: number,
) {
  const secret = toBase64url(parts.random.bytes(32));
  await parts.store.tickets.create({ hash: sha256(secret), kind, sub, emailKey }, lifetimeMs);
  const link = new URL(page);
  link.searchParams.set("token", secret);
  return link.href;
}

// A ticket of nobody's, whose secret is forgotten here: it can be opened by nobody, and would be good for nothing.
async function makeDecoyLink(parts: SignInParts, emailKey: string, kind: TicketKind, lifetimeMs: number) {
  const hash = sha256(parts.random.bytes(32));
  await parts.store.tickets.create({ hash, kind, sub: parts.decoys.subFor(emailKey), emailKey }, lifetimeMs);
}

async function takeLink(parts: SignInParts, caller: Caller): Promise<Problem | undefined> {
  const taken = await parts.limits.take("link", caller.address);
  return taken.ok ? undefined : problem("attempts_exceeded", { retryAfterSeconds: taken.retryAfterSeconds });
}

// A link counts for the address it was mailed to: if the account has another one by now, it proves nothing.
async function openTicket(
  parts: SignInParts,
  hash: string,
  kind: TicketKind,
): Promise<{ ticket: Ticket; account: Account } | undefined> {
  const ticket = await parts.store.tickets.find(hash, kind);
  const account = ticket === undefined ? undefined : await parts.store.accounts.find(ticket.sub);
  if (ticket === undefined || account === undefined || account.emailKey !== ticket.emailKey) return undefined;
  return account.disabledAt === null ? { ticket, account } : undefined;
}

async function record(
  parts: SignInParts,
  act: "password.forgot" | "password.reset" | "address.verify",
  outcome: "ok" | "refused",
  caller: Caller,
  sub: string | undefined,
) {
  const by = { actor: "anonymous", address: caller.address, client: caller.client.label };
  await parts.audit.record({ act, outcome, by, sub });
}
