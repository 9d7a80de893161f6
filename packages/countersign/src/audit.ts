// The audit log: who did what, when, from where, with what outcome. Knows no secret and is told none.

import type { AuditEntry, NewAuditEntry, Store } from "./stores/contract.ts";

/** Every act that the audit log can name. */
export const auditActs = {
  "subject.sign_up": "An account was made, or not because its address has one.",
  "session.sign_in": "A sign-in with a password.",
  "session.step_up": "A signed-in subject proved its password again and got a new session.",
  "session.refresh": "A refresh token was used again, within the grace, from another network address.",
  "session.reuse": "An old refresh token was presented: the session was ended as stolen.",
  "session.rewound": "A refresh token from the future was presented: the store has lost writes.",
  "session.sign_out": "A credential was ended by its holder.",
  "session.sign_out_everywhere": "A subject ended everything of its own.",
  "session.privilege": "What a subject may do has changed: a new session took the place of its old one.",
  "session.revoke": "A session was ended by somebody else, or by its subject from another device.",
  "session.lifetime": "The lifetime of a session was changed.",
  "password.change": "A password was changed by its subject.",
  "password.forgot": "A link to a new password was asked for.",
  "password.reset": "A password was set by a mailed link.",
  "address.verify": "An address was proved by a mailed link.",
  "subject.revoke": "Everything of a subject was ended by an operator or service.",
  "everyone.revoke": "Everything of everybody was ended by an operator.",
  "subject.disable": "A subject was disabled.",
  "subject.enable": "A subject was enabled.",
  "token.introspect": "A service asked about a credential and was refused.",
  "token.revoke": "A service ended a credential.",
  "key.rotate": "The next signing key was published.",
  "key.revoke": "A signing key was revoked.",
  "service.add": "A service key was made.",
  "service.remove": "A service key was removed.",
  "service.authenticate": "A service key was refused.",
} as const;

/** The name of an act. */
export type AuditAct = keyof typeof auditActs;

/** Who acts and from where. */
export interface Actor {
  /** `subject:…`, `service:…`, `operator` or `anonymous`. */
  readonly actor: string;
  readonly address?: string | undefined;
  readonly client?: string | undefined;
}

/** Who is recorded as having done it. */
export interface ActOptions {
  /** Default: the operator. */
  readonly by?: Actor | undefined;
}

/** Who acts when nobody is named: whoever runs the program. */
export const operator: Actor = { actor: "operator" };

/** One act to be recorded. */
export interface AuditRecord {
  readonly act: AuditAct;
  readonly outcome: AuditEntry["outcome"];
  readonly by: Actor;
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
  /** A code, never free text from a request. */
  readonly detail?: string | undefined;
}

/** Records acts. */
export interface Audit {
  /**
   * Resolves when the entry is on disk. What is recorded at one moment, or while a write is under way, shares the next write.
   * Throws `Unavailable`.
   */
  record(record: AuditRecord): Promise<void>;
  /** The entry of an act that is written together with what it speaks of; to be told by `noted` once it is. */
  entryOf(record: AuditRecord): NewAuditEntry;
  /** Tells of an entry that was written with what it speaks of. */
  noted(entry: NewAuditEntry): void;
}

/** An audit log over a store. `observe`, where given, is told each entry at once: for logs and metrics. */
export function createAudit(store: Store, observe: ((entry: NewAuditEntry) => void) | undefined): Audit {
  let waiting: NewAuditEntry[] = [];
  let next: Promise<void> | undefined;
  let underWay: Promise<void> = Promise.resolve();

  function write(): Promise<void> {
    const entries = waiting;
    waiting = [];
    next = undefined;
    const written = store.audit.append(entries);
    // Whether it succeeded is the business of those whose entries it holds, and of nobody after them.
    underWay = written.catch(() => undefined);
    return written;
  }

  return {
    record(record) {
      const entry = toEntry(record);
      observe?.(entry);
      waiting.push(entry);
      // A flood costs one transaction at a time, however many acts it holds.
      next ??= underWay.then(write);
      return next;
    },
    entryOf: toEntry,
    noted: (entry) => observe?.(entry),
  };
}

function toEntry(record: AuditRecord): NewAuditEntry {
  return {
    act: record.act,
    outcome: record.outcome,
    actor: record.by.actor,
    sub: record.sub ?? null,
    sid: record.sid ?? null,
    address: record.by.address ?? null,
    client: record.by.client ?? null,
    detail: record.detail ?? null,
  };
}
