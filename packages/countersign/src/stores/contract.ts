// What the rest of the package asks of a store. Implementations stand beside this file; one conformance suite judges all.

import type { Awaitable, JsonObject, OnStale, Strategy } from "@countersign/verifier";

/*
 * Rules that hold for every method:
 *
 * - Each method is one transaction: it happens whole or not at all, and what it acknowledged survives a crash.
 * - Times are milliseconds since 1970 and come from the store's clock, never from the caller, except those that the caller
 *   computes for a new record (ends), so that several processes cannot disagree about "now".
 * - No write brings a session back. Every update of a session is conditional on its row being alive: not revoked, not idle,
 *   not past its end, under the policy that the caller names.
 * - Whatever ends a session appends an event to the log in the same transaction; the children of a session end with it.
 * - A store that cannot answer throws `Unavailable` with the code `store_unavailable`. Nothing else is thrown for a state of affairs.
 * - Secrets never reach a store: it sees hashes, sealed keys and public names.
 */

/** The bounds that a policy sets on sessions already issued. A record's own, shorter ends hold too. */
export interface LifetimePolicy {
  /** A session unused for longer is over. */
  readonly maxIdleMs: number;
  /** A session older than this is over. */
  readonly maxAgeMs: number;
}

/** Where a sign-in came from, as far as the client says; for the subject's own list of devices. */
export interface ClientInfo {
  /** The User-Agent header, at most 256 characters. */
  readonly userAgent?: string;
  /** The network address, behind trusted proxies. */
  readonly address?: string;
  /** A short name for people: `Firefox on Linux`. Compared at refresh. */
  readonly label: string;
}

/** Why a session ended. */
export type EndReason =
  | "sign_out"
  | "sign_out_everywhere"
  | "revoked"
  | "superseded"
  | "password_changed"
  | "disabled"
  | "refresh_reuse"
  | "store_rewound"
  | "session_limit"
  | "parent_ended";

/** What a new session consists of. */
export interface NewSession {
  /** 16 base64url characters: 12 bytes. */
  readonly sid: string;
  readonly sub: string;
  readonly strategy: Strategy;
  /** SHA-256 of the session token, base64url; null where the strategy has none. */
  readonly tokenHash: string | null;
  /** 32 random bytes, base64url, that refresh tokens derive from; null where the strategy has none. */
  readonly refreshSeed: string | null;
  /** Milliseconds that the session may stay unused. */
  readonly idleMs: number;
  /** Milliseconds from creation to its absolute end. */
  readonly lifetimeMs: number;
  /** Milliseconds from authentication to creation, 0 at sign-in: a successor made without a new proof keeps the old time. */
  readonly authenticatedAgoMs?: number;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly client: ClientInfo;
  /** What the application's `claims` hook said at sign-in. */
  readonly claims: JsonObject;
  /** A living session that this one depends on. */
  readonly parent?: string;
  readonly clientId?: string;
  readonly scope?: string;
  /** Data to begin with; a successor takes its predecessor's when absent. */
  readonly data?: JsonObject;
}

/** The server's record of one sign-in. */
export interface SessionRecord {
  readonly sid: string;
  readonly sub: string;
  readonly strategy: Strategy;
  readonly tokenHash: string | null;
  readonly refreshSeed: string | null;
  /** The number of the refresh token that is current; 0 at first. */
  readonly refreshCounter: number;
  /** When the counter last moved; creation at first. */
  readonly rotatedAt: number;
  readonly createdAt: number;
  readonly authenticatedAt: number;
  /** Accurate to a tenth of the idle lifetime. */
  readonly lastUsedAt: number;
  readonly idleMs: number;
  /** The absolute end. */
  readonly expiresAt: number;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly client: ClientInfo;
  readonly claims: JsonObject;
  readonly parent: string | null;
  readonly clientId: string | null;
  readonly scope: string | null;
  readonly data: JsonObject;
  readonly revokedAt: number | null;
  readonly reason: EndReason | null;
}

/** One account: a subject that signs in with an address and a password. */
export interface Account {
  /** 16 base64url characters: 12 bytes. */
  readonly sub: string;
  /** The address as it was typed. */
  readonly email: string;
  /** The address by which it is found: NFC, lower case. Unique. */
  readonly emailKey: string;
  readonly emailVerifiedAt: number | null;
  /** A PHC string. */
  readonly passwordHash: string;
  /** Raised by password change, disable and sign-out-everywhere. */
  readonly generation: number;
  /** Consecutive failed sign-ins. */
  readonly failures: number;
  readonly disabledAt: number | null;
  readonly createdAt: number;
}

/** An account with what must be read in the same moment, before its password is judged. */
export interface SignInView {
  readonly account: Account;
  /** The newest number of the log. */
  readonly logNumber: number;
  /** Those of the presented places that signed in to this account before, in the order presented. */
  readonly knownPlaces: readonly string[];
}

export interface NewAccount {
  readonly sub: string;
  readonly email: string;
  readonly emailKey: string;
  readonly emailVerified: boolean;
  readonly passwordHash: string;
}

export interface AccountStore {
  /**
   * Adds an account. `taken`: the address has one already (of 50 at once, one is created). Either way costs a write, where writes cost
   * anything, so that time does not tell which it was.
   */
  create(account: NewAccount): Promise<"created" | "taken">;
  /**
   * The account of an address, read together with the log's newest number and which of `places` are known.
   * Absent: `undefined`.
   */
  findForSignIn(emailKey: string, places: readonly string[]): Promise<SignInView | undefined>;
  /** The same, by subject. */
  viewForSignIn(sub: string): Promise<SignInView | undefined>;
  /** The account of a subject. Absent: `undefined`. */
  find(sub: string): Promise<Account | undefined>;
  /** The account of an address. Absent: `undefined`. */
  findByEmail(emailKey: string): Promise<Account | undefined>;
  /** Up to `limit` accounts in the order of `sub`, after `after`; `search` keeps those whose address contains it. */
  list(page: { after?: string; limit: number; search?: string }): Promise<readonly Account[]>;
  /**
   * Counts one more consecutive failure; answers the count. An absent account, and `undefined` for none at all, answer 0, and cost the
   * same write, where writes cost anything: how long a slow disk is busy must not tell who has an account.
   */
  recordFailure(sub: string | undefined): Promise<number>;
  /** Sets the failures to 0 and remembers the places (at most 20 a subject, the latest). Absent: nothing. */
  recordSuccess(sub: string, places: readonly string[]): Promise<void>;
  /** Replaces the hash when it is still `from`; the generation stays (same password, new parameters). */
  rehash(sub: string, from: string, to: string): Promise<boolean>;
  /**
   * Changes the password: spends the ticket (where named), raises the generation, ends every session of the subject with an
   * event each, appends a `subject` event, and creates `session` (where named) under the new generation.
   * `outdated`: the generation moved on since it was read, or the account is disabled or absent; `ticket_spent`: no living ticket.
   * A reset (with a ticket) also proves the address: it becomes verified. `logNumber` is the number of the `subject` event. Every
   * reset ticket of the subject is dropped with the change.
   */
  changePassword(change: {
    sub: string;
    generation: number;
    passwordHash: string;
    ticketHash?: string;
    session?: NewSession;
    /** The session that `session` succeeds: its data and children go over. */
    replaces?: string;
  }): Promise<
    { outcome: "changed"; ended: readonly string[]; logNumber: number } | { outcome: "outdated" | "ticket_spent" }
  >;
  /**
   * Spends a living `verify` ticket, and all others of the subject with it, and marks its address verified.
   * `undefined`: no such ticket, or the address has changed.
   */
  verifyAddress(ticketHash: string): Promise<Account | undefined>;
  /**
   * Ends everything of the subject: raises the generation, ends every session with an event each (but `except`), and appends a
   * `subject` event for tokens without a record. Repeating it is harmless. Absent: `undefined`.
   */
  endAll(
    sub: string,
    reason: EndReason,
    options?: { except?: string },
  ): Promise<{ ended: readonly string[]; logNumber: number } | undefined>;
  /**
   * Ends everything of the next subjects, in the order of `sub`, after `after`, at most `limit` of them: raises their generations and ends
   * every session with an event each. Tokens without a record are not spoken of: that is one `everyone` event of its own. `next`: where to go
   * on; `undefined` once there are no more. Repeating it is harmless.
   */
  endNext(
    page: { after?: string; limit: number },
    reason: EndReason,
  ): Promise<{ ended: number; next: string | undefined }>;
  /** Disables (and ends everything of) or enables the subject. Repeating it is harmless. Absent: `undefined`. */
  setDisabled(sub: string, disabled: boolean): Promise<{ ended: readonly string[] } | undefined>;
}

/** What is noted of a sign-in, in the transaction that puts its session in force: one flush to the disk for all. */
export interface SignInNotes {
  /** The subject succeeded from these places: as `recordSuccess`. */
  readonly places?: readonly string[];
  /** Appended to the audit log: as `append`. */
  readonly audit?: NewAuditEntry;
}

export interface SessionStore {
  /**
   * Adds a session, if the account's generation is still the one read before the credential was judged and the account is not
   * disabled. Ends `replaces` in the same transaction, if it is alive. Beyond `limit` living sessions of the subject the
   * longest unused end (`session_limit`), but neither the new one nor what it stands on. A child is created only while its parent
   * (of the same subject) and what that stands on are alive, under a lock on it, and its end is at most its parent's.
   * `notes` are written with it. `exists`: the sid is taken; `outdated`: generation or account; `parent_ended`: nothing is written.
   */
  create(
    session: NewSession,
    on: { generation: number; replaces?: string; limit: number; policy: LifetimePolicy; notes?: SignInNotes },
  ): Promise<"created" | "exists" | "outdated" | "parent_ended">;
  /**
   * The record of a sid, also when it is over (the judge tells why); `undefined` when the store does not know it.
   * The hot path: one look-up by key, without a promise where the store can.
   */
  find(sid: string): Awaitable<SessionRecord | undefined>;
  /** Notes that a living session was used, at most once per tenth of its idle lifetime. Answers whether it is alive. */
  touch(sid: string, policy: LifetimePolicy): Promise<boolean>;
  /**
   * Moves the refresh counter from `counter` to the next, if it still is `counter` and session and parent are alive;
   * notes use and client. The record as it is after the move, or `lost` when another was faster or it is over.
   */
  rotate(sid: string, counter: number, client: ClientInfo, policy: LifetimePolicy): Promise<SessionRecord | "lost">;
  /**
   * Changes the ends of a living session and appends a `changed` event. `expiresAt` is absolute. The policy bounds both.
   * Over or absent: `undefined`.
   */
  setLifetime(
    sid: string,
    change: { expiresAt?: number; idleMs?: number },
    policy: LifetimePolicy,
  ): Promise<SessionRecord | undefined>;
  /**
   * Merges a patch into the data of a living session (RFC 7396: null deletes a member), in one statement, and appends a `changed` event.
   * `too_large`: the result would pass `maxDataBytes` of JSON, or the patch nests deeper than `maxDataDepth`; nothing changed.
   * `ended`: over or absent.
   */
  mergeData(
    sid: string,
    patch: JsonObject,
    policy: LifetimePolicy,
  ): Promise<{ outcome: "merged"; data: JsonObject } | { outcome: "ended" | "too_large" }>;
  /**
   * Ends a session and its children, an event each. Repeating it is harmless and appends nothing. The sids that ended now: one that is
   * over by time only is ended too, so that it stays over when a clock steps back.
   */
  end(sid: string, reason: EndReason): Promise<readonly string[]>;
  /**
   * Puts a new session in the place of a living one: creates it, hands over data (unless given), moves the children under it, and
   * ends the old one as `superseded` with an event. The successor of a child stands below the same parent. `ended`: the old one is not
   * alive, or what it stands on is not, or it is another subject's; `exists`: the new sid is taken; `outdated`: the
   * account's generation is no longer `generation` (read before the credential was judged), or it is disabled. `notes` are written with it.
   */
  replace(
    sid: string,
    successor: NewSession,
    on: { generation: number; policy: LifetimePolicy; notes?: SignInNotes },
  ): Promise<"replaced" | "ended" | "exists" | "outdated">;
  /** The subject's living sessions, latest use first, at most `limit`. */
  list(sub: string, policy: LifetimePolicy, limit: number): Promise<readonly SessionRecord[]>;
  /** Living sessions, for operators; in the order of `sid`, after `after`. */
  listAll(page: { after?: string; limit: number }, policy: LifetimePolicy): Promise<readonly SessionRecord[]>;
  /** How many rows there are, over ones included. */
  count(): Promise<number>;
}

/** What a ticket is for: one link in one mail. */
export type TicketKind = "reset" | "verify";

/** A single-use proof that somebody read a mail. */
export interface Ticket {
  /** SHA-256 of the secret in the link, base64url. */
  readonly hash: string;
  readonly kind: TicketKind;
  readonly sub: string;
  /** The `emailKey` that the mail went to. */
  readonly emailKey: string;
  readonly expiresAt: number;
}

export interface TicketStore {
  /**
   * Adds a ticket that lives `lifetimeMs`. Of the same kind and subject, it and the nine others that end last are kept. The subject
   * need not exist: a ticket of nobody's costs the same write.
   */
  create(ticket: Omit<Ticket, "expiresAt">, lifetimeMs: number): Promise<void>;
  /** The living ticket with this hash; changes nothing. */
  find(hash: string, kind: TicketKind): Promise<Ticket | undefined>;
  /** Takes the living ticket away, and all others of its kind and subject with it: of 50 at once, one gets it. */
  redeem(hash: string, kind: TicketKind): Promise<Ticket | undefined>;
}

/** What an event of the log speaks of. */
export type EventScope = "session" | "subject" | "key" | "everyone" | "changed";

/** What an event speaks of, and of whom. */
export interface Spoken {
  readonly scope: EventScope;
  /** A sid, sub or kid; empty for `everyone`. */
  readonly target: string;
}

/** A numbered fact of the log. */
export interface LogEvent {
  readonly number: number;
  /** 16 lower-case hexadecimal characters, random: tells a restored log from the one that was. */
  readonly mark: string;
  readonly scope: EventScope;
  /** A sid, sub or kid; empty for `everyone`. */
  readonly target: string;
  /** When nothing that it speaks of can be accepted any more. */
  readonly expires: number;
}

/** One consistent view of the log. */
export interface LogView {
  /** The number asked for, 0 for a snapshot: every living event after it, up to `to`, is in `events`. */
  readonly from: number;
  /** The newest number and its mark; 0 and an empty mark when nothing was ever appended. Where `hasMore`, those of the last event. */
  readonly to: number;
  readonly mark: string;
  readonly events: readonly LogEvent[];
  /** The latest expiry that was pruned. */
  readonly horizon: number;
  /** Whether the log does not hold the mark asked for, at the number asked for: it was pruned, or this is another log. */
  readonly isSnapshot: boolean;
  /** Whether `limit` cut it short. */
  readonly hasMore: boolean;
}

export interface LogStore {
  /** The newest number. */
  head(): Promise<{ number: number; mark: string }>;
  /**
   * Every event kept after `from`, at most `limit`, with head and horizon of the same moment. Where `from.mark` is not what the log holds at
   * `from.number`, a snapshot: everything kept, from 0.
   */
  read(from: number | { readonly number: number; readonly mark: string }, limit?: number): Promise<LogView>;
  /**
   * Calls the listener after each transaction of this process that appended, once it is committed. Answers how to stop. What other processes
   * append is not told: ask `head`.
   */
  subscribe(listener: () => void): () => void;
  /** The number of the newest event kept that speaks of any of these; 0 when none does. One look-up each, however long the log. */
  newest(spoken: readonly Spoken[]): Promise<number>;
  /** Appends an event that no other change writes: for a token without a record, a key, everyone. `keepMs` only lengthens its life. */
  append(event: { scope: EventScope; target: string; keepMs?: number }): Promise<LogEvent>;
  /** Appends an event unless one that says the same is kept; whether it was appended. Of 50 at once, one is. */
  appendOnce(event: Spoken): Promise<boolean>;
  /**
   * Tells the longest access-token lifetime in use, on which the expiry of events stands: raised at once, lowered only
   * once everything issued under the longer one has passed. Each issuing process calls it at start and from time to time, so that one
   * with a longer lifetime is not forgotten after another registered a shorter one.
   */
  registerAccessLifetime(ms: number): Promise<void>;
}

/** One signing key, sealed. */
export interface StoredKey {
  /** 4 base64url characters. */
  readonly kid: string;
  readonly alg: string;
  /** The public JWK, as JSON text. */
  readonly publicJwk: string;
  /** The private JWK, sealed under the server secret. */
  readonly sealedPrivateJwk: string;
  readonly createdAt: number;
  /** When it begins to sign: published before. */
  readonly signsFrom: number;
  /** When it stops to sign; null while no successor is set. */
  readonly signsUntil: number | null;
  /** When it leaves the key set; null while no successor is set. */
  readonly leavesAt: number | null;
}

/** The stored key ring, with the revision that a change must name. */
export interface StoredKeys {
  readonly revision: number;
  readonly keys: readonly StoredKey[];
}

export interface KeyStore {
  list(): Promise<StoredKeys>;
  /**
   * Puts and removes keys, if the ring still is at `revision`; appends the `key` event of each kid in `revoke` (kept `revokeKeepMs`).
   * Answers whether it was: of two processes that start at once, one makes the first key.
   */
  change(
    revision: number,
    change: {
      put?: readonly StoredKey[];
      remove?: readonly string[];
      revoke?: readonly string[];
      revokeKeepMs?: number;
    },
  ): Promise<boolean>;
}

/** One act in the audit log. No secrets. */
export interface AuditEntry {
  /** Set by the store. */
  readonly id: number;
  readonly at: number;
  /** `session.sign_in`, `password.change`, … see `docs/options.md`. */
  readonly act: string;
  readonly outcome: "ok" | "refused" | "error";
  /** Who did it: `subject:…`, `service:…`, `operator`, `anonymous`. */
  readonly actor: string;
  readonly sub: string | null;
  readonly sid: string | null;
  readonly address: string | null;
  readonly client: string | null;
  /** A code or short text: why. */
  readonly detail: string | null;
}

/** An entry as it is handed to the store. */
export type NewAuditEntry = Omit<AuditEntry, "id" | "at">;

export interface AuditStore {
  append(entries: readonly NewAuditEntry[]): Promise<void>;
  /** Newest first, before the id `before`, at most `limit`; filters are exact. */
  list(page: { before?: number; limit: number; sub?: string; act?: string }): Promise<readonly AuditEntry[]>;
}

/** A service that may ask the issuer things. */
export interface ServiceKey {
  /** 12 base64url characters, public. */
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the secret, base64url. */
  readonly secretHash: string;
  readonly scopes: readonly ("introspect" | "revoke" | "follow" | "admin")[];
  /** The audience that the service stands for; null: first-party tokens and sessions. */
  readonly audience: string | null;
  readonly createdAt: number;
}

export interface ServiceStore {
  create(service: Omit<ServiceKey, "createdAt">): Promise<"created" | "exists">;
  find(id: string): Awaitable<ServiceKey | undefined>;
  list(): Promise<readonly ServiceKey[]>;
  remove(id: string): Promise<boolean>;
}

/** What a barrier is told of one follower. */
export interface IssuerFollower {
  /** Random, the follower's own. */
  readonly id: string;
  readonly name: string;
  readonly applied: number;
  readonly onStale: OnStale;
}

/** What one issuing process says of its followers, for the barriers of every process. */
export interface IssuerRow {
  /** Random, another at each start. */
  readonly incarnation: string;
  /** Random, another at each update. */
  readonly nonce: string;
  /** The longest lag that a follower of this process was granted and may still rely on. */
  readonly longestLagMs: number;
  /** The least number that any of them has applied; null: there is none to wait for. */
  readonly leastApplied: number | null;
  /** For people: at most 100 of them, the least applied first. */
  readonly followers: readonly IssuerFollower[];
}

export interface IssuerStore {
  /** Adds the row of a process. */
  put(row: IssuerRow): Promise<void>;
  /** Replaces the row of this incarnation. `false`: there is none, and none was made. */
  update(row: IssuerRow): Promise<boolean>;
  list(): Promise<readonly IssuerRow[]>;
  /** Removes the row if it still has this nonce. */
  remove(incarnation: string, nonce: string): Promise<boolean>;
}

/** What one run of `prune` took away. */
export interface Pruned {
  readonly sessions: number;
  readonly events: number;
  readonly tickets: number;
  readonly audit: number;
}

/** Everything that is kept. */
export interface Store {
  /** The store's clock, in milliseconds. */
  now(): number;
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly tickets: TicketStore;
  readonly log: LogStore;
  readonly keys: KeyStore;
  readonly audit: AuditStore;
  readonly services: ServiceStore;
  readonly issuers: IssuerStore;
  /** Really asks the store. Throws `Unavailable`. */
  ping(): Promise<void>;
  /**
   * Removes, in small steps, what has passed: tombstones and sessions past their absolute end, expired events (raising the horizon; the
   * newest number and mark stay), expired tickets, audit entries beyond age or number. Children left by a pruned session end.
   */
  prune(keep: { auditMs: number; auditEntries: number }): Promise<Pruned>;
  close(): Promise<void>;
}

/** Bytes of JSON that the data of a session may take. */
export const maxDataBytes = 4096;

/**
 * How deep the data of a session may nest: JSON functions of databases stop at some depth, ours is the same in all of them, and a verifier that
 * asks about the session reads 16 levels of the answer.
 */
export const maxDataDepth = 12;

/** What is added to the longest access-token lifetime to get the life of an event: leeway (10 s) and permitted skew (30 s). */
export const eventSlackMs = 40_000;

/** Places remembered per subject. */
export const maxPlaces = 20;

/**
 * Tickets of one kind and subject that live side by side. As many as the limit on mails lets through while a link to a new password
 * lives: with fewer, whoever asks for links in somebody's name could void the one that its owner is about to open.
 */
export const maxTickets = 10;

/** The parts of a record that decide. */
export type LifetimeRecord = Pick<SessionRecord, "revokedAt" | "expiresAt" | "createdAt" | "lastUsedAt" | "idleMs">;

/** The policy that sets no bounds: only the record's own ends hold. */
export const unbounded: LifetimePolicy = { maxIdleMs: Number.POSITIVE_INFINITY, maxAgeMs: Number.POSITIVE_INFINITY };

/** Whether the session is alive at `now`: not revoked, not past its end, not too old, not idle. Each end is exclusive. */
export function isAlive(record: LifetimeRecord, policy: LifetimePolicy, now: number): boolean {
  return (
    record.revokedAt === null &&
    now < record.expiresAt &&
    now < record.createdAt + policy.maxAgeMs &&
    now < record.lastUsedAt + Math.min(record.idleMs, policy.maxIdleMs)
  );
}

/** Whether a use at `now` is worth noting: at most once per tenth of the idle lifetime. */
export function isTouchDue(record: LifetimeRecord, policy: LifetimePolicy, now: number): boolean {
  return now - record.lastUsedAt >= Math.min(record.idleMs, policy.maxIdleMs) / 10;
}
