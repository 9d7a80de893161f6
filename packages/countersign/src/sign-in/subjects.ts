// What an application or an operator does to subjects by name. Knows no request, and shows nothing that signs anybody in.

import { type ActOptions, type Audit, type AuditAct, operator } from "../audit.ts";
import { type EndOptions, type Everywhere, type Reached, reach } from "../ending.ts";
import { type Outcome, problem } from "../primitives/errors.ts";
import { newSid } from "../sessions/session-token.ts";
import type { Account, Store } from "../stores/contract.ts";
import type { SignInParts } from "./contract.ts";
import { parseEmail } from "./email.ts";

/** A subject. Times are milliseconds since 1970. */
export interface SubjectView {
  readonly sub: string;
  /** The address as it was typed. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly disabled: boolean;
  /** Consecutive failed sign-ins. */
  readonly failures: number;
  readonly createdAt: number;
}

/** Subjects, for applications and operators. Every method throws `Unavailable` when the store cannot answer. */
export interface Subjects {
  /**
   * Makes an account whose address counts as proved. The password is judged like any other. `address_taken`, `request_invalid` (no address),
   * `password_…`. Costs one hash and one write.
   */
  create(input: { email: string; password: string }, options?: ActOptions): Promise<Outcome<{ subject: SubjectView }>>;
  find(sub: string): Promise<SubjectView | undefined>;
  findByEmail(email: string): Promise<SubjectView | undefined>;
  /** A page, in the order of `sub`; `search` keeps those whose address contains it. */
  list(page: SubjectPage): Promise<readonly SubjectView[]>;
  /** Ends everything of a subject. `ended`: how many sessions. `subject_not_found`. */
  revoke(sub: string, options?: EndOptions): Promise<Outcome<{ ended: number } & Reached>>;
  /** Disables a subject and ends everything of it. `ended`: how many sessions. `subject_not_found`. */
  disable(sub: string, options?: EndOptions): Promise<Outcome<{ ended: number } & Reached>>;
  /** Enables a subject, also one that was closed after too many failures. `subject_not_found`. */
  enable(sub: string, options?: ActOptions): Promise<Outcome<object>>;
}

/** A page of subjects. */
export interface SubjectPage {
  readonly after?: string | undefined;
  readonly limit: number;
  readonly search?: string | undefined;
}

interface Parts {
  readonly store: Store;
  readonly audit: Audit;
  readonly signIn: Pick<SignInParts, "hasher" | "passwordPolicy" | "random">;
  readonly everywhere: Everywhere;
}

/** Subjects over a store. */
export function createSubjects(parts: Parts): Subjects {
  const { accounts } = parts.store;
  return {
    create: (input, options = {}) => createSubject(parts, input, options),
    find: async (sub) => toView(await accounts.find(sub)),
    async findByEmail(email) {
      const address = parseEmail(email);
      return address === undefined ? undefined : toView(await accounts.findByEmail(address.emailKey));
    },
    async list({ after, limit, search }) {
      const page = { limit, ...(after === undefined ? {} : { after }), ...(search === undefined ? {} : { search }) };
      return (await accounts.list(page)).map(toSubjectView);
    },
    revoke: (sub, options = {}) => end(parts, "subject.revoke", sub, accounts.endAll(sub, "revoked"), options),
    disable: (sub, options = {}) => end(parts, "subject.disable", sub, accounts.setDisabled(sub, true), options),
    async enable(sub, options = {}) {
      if ((await accounts.setDisabled(sub, false)) === undefined) return problem("subject_not_found");
      // An operator's word also opens an account that was closed after too many failures.
      await accounts.recordSuccess(sub, []);
      await note(parts, "subject.enable", sub, options);
      return { ok: true };
    },
  };
}

/** How many subjects are ended in one transaction: others get their turn in between. */
const subjectsAtOnce = 200;

/**
 * Ends everything of everybody: tokens without a record by one event, and every session by its own. A sign-in under way is judged anew.
 * Costs one transaction per 200 subjects. When the store fails in between, a part is done: repeat it.
 */
export async function endEveryone(
  { store, audit, everywhere }: Omit<Parts, "signIn">,
  options: EndOptions,
): Promise<{ readonly ended: number } & Reached> {
  await store.log.append({ scope: "everyone", target: "" });
  let ended = 0;
  let after: string | undefined;
  do {
    const page = after === undefined ? { limit: subjectsAtOnce } : { after, limit: subjectsAtOnce };
    const done = await store.accounts.endNext(page, "revoked");
    ended += done.ended;
    after = done.next;
  } while (after !== undefined);
  await audit.record({ act: "everyone.revoke", outcome: "ok", by: options.by ?? operator });
  return { ended, reached: await reach(everywhere, options) };
}

async function createSubject(
  { store, signIn, audit }: Parts,
  { email, password }: { email: string; password: string },
  { by = operator }: ActOptions,
): Promise<Outcome<{ subject: SubjectView }>> {
  const address = parseEmail(email);
  if (address === undefined) return problem("request_invalid");
  const judged = signIn.passwordPolicy.judge(password, { email: address.email });
  if (!judged.ok) return judged;
  const passwordHash = await signIn.hasher.hash(judged.normalised);
  const sub = newSid(signIn.random);
  const created = await store.accounts.create({ sub, ...address, emailVerified: true, passwordHash });
  const account = created === "created" ? await store.accounts.find(sub) : undefined;
  if (account === undefined) return problem("address_taken");
  await audit.record({ act: "subject.sign_up", outcome: "ok", by, sub });
  return { ok: true, subject: toSubjectView(account) };
}

async function end(
  parts: Parts,
  act: AuditAct,
  sub: string,
  ending: Promise<{ ended: readonly string[] } | undefined>,
  options: EndOptions,
): Promise<Outcome<{ ended: number } & Reached>> {
  const done = await ending;
  if (done === undefined) return problem("subject_not_found");
  await note(parts, act, sub, options);
  return { ok: true, ended: done.ended.length, reached: await reach(parts.everywhere, options) };
}

async function note({ audit }: Parts, act: AuditAct, sub: string, { by = operator }: ActOptions): Promise<void> {
  await audit.record({ act, outcome: "ok", by, sub });
}

function toView(account: Account | undefined): SubjectView | undefined {
  return account && toSubjectView(account);
}

function toSubjectView(account: Account): SubjectView {
  const { sub, email, emailVerifiedAt, disabledAt, failures, createdAt } = account;
  return Object.freeze({
    sub,
    email,
    emailVerified: emailVerifiedAt !== null,
    disabled: disabledAt !== null,
    failures,
    createdAt,
  });
}
