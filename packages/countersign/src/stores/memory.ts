// A store in the memory of one process: plain maps, for tests and for servers that may forget. Every method runs to its end
// without yielding, which makes it one transaction. It deliberately does not know of files, other processes or time-outs.

import { Unavailable } from "@countersign/verifier";
import { type Clock, systemClock } from "../primitives/clock.ts";
import { type Random, systemRandom } from "../primitives/random.ts";
import {
  type Account,
  type AccountStore,
  type AuditEntry,
  type AuditStore,
  type EndReason,
  type EventScope,
  type IssuerRow,
  type IssuerStore,
  isAlive,
  isTouchDue,
  type KeyStore,
  type LifetimePolicy,
  type LogEvent,
  type LogStore,
  type LogView,
  maxDataBytes,
  maxPlaces,
  maxTickets,
  type NewAuditEntry,
  type NewSession,
  type Pruned,
  type ServiceKey,
  type ServiceStore,
  type SessionRecord,
  type SessionStore,
  type SignInNotes,
  type SignInView,
  type Store,
  type StoredKey,
  type Ticket,
  type TicketKind,
  type TicketStore,
  unbounded,
} from "./contract.ts";
import { boundedEnds, isTooDeep, mergeJson, newRecord, parseFrozen } from "./record.ts";
import { type AccessLifetimes, eventExpiry, noAccessLifetimes, registered } from "./retention.ts";

export interface MemoryStoreOptions {
  /** The store's clock. Default: the machine's. */
  readonly clock?: Clock;
  /** Where marks come from. Default: the system's generator. */
  readonly random?: Random;
}

/**
 * Makes an empty store. Costs nothing but memory; `sessions.find` and `services.find` answer without a promise, in one look-up.
 * After `close()` every method throws `Unavailable`.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return storeOf(createMemory(options.clock ?? systemClock, options.random ?? systemRandom));
}

/**
 * Another store that holds what this one holds now, on the same clock and randomness: a backup. For tests of what happens when one is put back;
 * an application has nothing to do with it. Throws when `store` was not made by `createMemoryStore`.
 */
export function copyMemoryStore(store: Store): Store {
  const memory = memories.get(store);
  if (memory === undefined) throw new TypeError("Only a store in memory can be copied.");
  // Records are frozen, and replaced whole: a copy of the maps is a copy of everything.
  return storeOf({
    ...memory,
    accounts: new Map(memory.accounts),
    subsByEmail: new Map(memory.subsByEmail),
    places: new Map(memory.places),
    sessions: new Map(memory.sessions),
    sidsBySub: new Map([...memory.sidsBySub].map(([sub, sids]) => [sub, new Set(sids)])),
    tickets: new Map(memory.tickets),
    events: [...memory.events],
    keys: new Map(memory.keys),
    audit: [...memory.audit],
    services: new Map(memory.services),
    issuers: new Map(memory.issuers),
    listeners: new Set(),
  });
}

const memories = new WeakMap<Store, Memory>();

function storeOf(memory: Memory): Store {
  const store: Store = {
    now: () => memory.clock.now(),
    accounts: accountsIn(memory),
    sessions: sessionsIn(memory),
    tickets: ticketsIn(memory),
    log: logIn(memory),
    keys: keysIn(memory),
    audit: auditIn(memory),
    services: servicesIn(memory),
    issuers: issuersIn(memory),
    ping: () => atomically(memory, () => undefined),
    prune: (keep) => atomically(memory, (now) => prune(memory, keep, now)),
    close: async () => {
      memory.closed = true;
    },
  };
  memories.set(store, memory);
  return store;
}

interface Memory {
  readonly clock: Clock;
  readonly random: Random;
  closed: boolean;
  readonly accounts: Map<string, Account>;
  readonly subsByEmail: Map<string, string>;
  readonly places: Map<string, readonly string[]>;
  readonly sessions: Map<string, SessionRecord>;
  /** Those that were not ended: tombstones, of which there may be any number, are in nobody's way. */
  readonly sidsBySub: Map<string, Set<string>>;
  readonly tickets: Map<string, Ticket>;
  head: { readonly number: number; readonly mark: string };
  events: LogEvent[];
  horizon: number;
  lifetimes: AccessLifetimes;
  revision: number;
  readonly keys: Map<string, StoredKey>;
  lastAuditId: number;
  audit: AuditEntry[];
  readonly services: Map<string, ServiceKey>;
  readonly issuers: Map<string, IssuerRow>;
  readonly listeners: Set<() => void>;
}

function createMemory(clock: Clock, random: Random): Memory {
  return {
    clock,
    random,
    closed: false,
    accounts: new Map(),
    subsByEmail: new Map(),
    places: new Map(),
    sessions: new Map(),
    sidsBySub: new Map(),
    tickets: new Map(),
    head: Object.freeze({ number: 0, mark: "" }),
    events: [],
    horizon: 0,
    lifetimes: noAccessLifetimes,
    revision: 0,
    keys: new Map(),
    lastAuditId: 0,
    audit: [],
    services: new Map(),
    issuers: new Map(),
    listeners: new Set(),
  };
}

/** One transaction: `work` must not yield. */
async function atomically<T>(memory: Memory, work: (now: number) => T): Promise<T> {
  assertOpen(memory);
  const before = memory.head;
  const result = work(memory.clock.now());
  if (memory.head !== before) for (const listener of memory.listeners) listener();
  return result;
}

function assertOpen(memory: Memory): void {
  if (memory.closed) throw new Unavailable("store_unavailable", "the store is closed");
}

function accountsIn(memory: Memory): AccountStore {
  const { accounts, subsByEmail } = memory;
  const bySub = (sub: string | undefined) => (sub === undefined ? undefined : accounts.get(sub));
  return {
    create: (account) =>
      atomically(memory, (now) => {
        if (subsByEmail.has(account.emailKey) || accounts.has(account.sub)) return "taken";
        subsByEmail.set(account.emailKey, account.sub);
        const { sub, email, emailKey, passwordHash } = account;
        const emailVerifiedAt = account.emailVerified ? now : null;
        const beginnings = { generation: 0, failures: 0, disabledAt: null, createdAt: now };
        accounts.set(sub, Object.freeze({ sub, email, emailKey, emailVerifiedAt, passwordHash, ...beginnings }));
        return "created";
      }),
    findForSignIn: (emailKey, places) =>
      atomically(memory, () => signInView(memory, bySub(subsByEmail.get(emailKey)), places)),
    viewForSignIn: (sub) => atomically(memory, () => signInView(memory, accounts.get(sub), [])),
    find: (sub) => atomically(memory, () => accounts.get(sub)),
    findByEmail: (emailKey) => atomically(memory, () => bySub(subsByEmail.get(emailKey))),
    list: ({ after = "", limit, search = "" }) =>
      atomically(memory, () => {
        const wanted = search.normalize("NFC").toLowerCase();
        const found = [...accounts.values()].filter(({ sub, emailKey }) => sub > after && emailKey.includes(wanted));
        return found.sort((a, b) => order(a.sub, b.sub)).slice(0, limit);
      }),
    recordFailure: (sub) =>
      atomically(memory, () => {
        const account = bySub(sub);
        return account === undefined ? 0 : setAccount(memory, account, { failures: account.failures + 1 }).failures;
      }),
    recordSuccess: (sub, places) => atomically(memory, () => recordSuccess(memory, sub, places)),
    rehash: (sub, from, to) =>
      atomically(memory, () => {
        const account = accounts.get(sub);
        if (account?.passwordHash !== from) return false;
        setAccount(memory, account, { passwordHash: to });
        return true;
      }),
    changePassword: (change) => atomically(memory, (now) => changePassword(memory, change, now)),
    verifyAddress: (ticketHash) =>
      atomically(memory, (now) => {
        const ticket = livingTicket(memory, ticketHash, "verify", now);
        const account = bySub(ticket?.sub);
        if (account === undefined || ticket?.emailKey !== account.emailKey) return undefined;
        dropTickets(memory, account.sub, "verify");
        return setAccount(memory, account, { emailVerifiedAt: account.emailVerifiedAt ?? now });
      }),
    endAll: (sub, reason, { except } = {}) =>
      atomically(memory, (now) => {
        const account = accounts.get(sub);
        if (account === undefined) return undefined;
        setAccount(memory, account, { generation: account.generation + 1 });
        const ended = endEverythingOf(memory, sub, reason, now, (sid) => sid === except);
        return { ended, logNumber: memory.head.number };
      }),
    endNext: ({ after = "", limit }, reason) =>
      atomically(memory, (now) => {
        const left = [...accounts.values()].filter(({ sub }) => sub > after).sort((a, b) => order(a.sub, b.sub));
        const page = left.slice(0, limit);
        let ended = 0;
        for (const account of page) {
          setAccount(memory, account, { generation: account.generation + 1 });
          ended += endSessionsOf(memory, account.sub, reason, now).length;
        }
        return { ended, next: left.length > limit ? page.at(-1)?.sub : undefined };
      }),
    setDisabled: (sub, disabled) =>
      atomically(memory, (now) => {
        const account = accounts.get(sub);
        if (account === undefined) return undefined;
        if (disabled === (account.disabledAt !== null)) return { ended: [] };
        if (!disabled) {
          setAccount(memory, account, { disabledAt: null });
          return { ended: [] };
        }
        setAccount(memory, account, { disabledAt: now, generation: account.generation + 1 });
        return { ended: endEverythingOf(memory, sub, "disabled", now) };
      }),
  };
}

function signInView(memory: Memory, account: Account | undefined, places: readonly string[]): SignInView | undefined {
  if (account === undefined) return undefined;
  const known = memory.places.get(account.sub) ?? [];
  return { account, logNumber: memory.head.number, knownPlaces: places.filter((place) => known.includes(place)) };
}

function setAccount(memory: Memory, account: Account, change: Partial<Account>): Account {
  const changed = Object.freeze({ ...account, ...change });
  memory.accounts.set(account.sub, changed);
  return changed;
}

function recordSuccess(memory: Memory, sub: string, places: readonly string[]): void {
  const account = memory.accounts.get(sub);
  if (account === undefined) return;
  setAccount(memory, account, { failures: 0 });
  const known = (memory.places.get(sub) ?? []).filter((place) => !places.includes(place));
  memory.places.set(sub, [...known, ...new Set(places)].slice(-maxPlaces));
}

function changePassword(
  memory: Memory,
  change: Parameters<AccountStore["changePassword"]>[0],
  now: number,
): Awaited<ReturnType<AccountStore["changePassword"]>> {
  const { sub, session, replaces } = change;
  const account = memory.accounts.get(sub);
  const ticket = change.ticketHash === undefined ? undefined : livingTicket(memory, change.ticketHash, "reset", now);
  if (change.ticketHash !== undefined && (ticket?.sub !== sub || ticket.emailKey !== account?.emailKey)) {
    return { outcome: "ticket_spent" };
  }
  if (account === undefined || !mayBegin(account, change.generation)) return { outcome: "outdated" };
  if (session !== undefined && memory.sessions.has(session.sid)) return { outcome: "outdated" };

  // A link mailed before the change must not undo it.
  dropTickets(memory, sub, "reset");
  setAccount(memory, account, {
    passwordHash: change.passwordHash,
    generation: account.generation + 1,
    emailVerifiedAt: ticket === undefined ? account.emailVerifiedAt : (account.emailVerifiedAt ?? now),
  });
  const kept = new Set<string>();
  if (session !== undefined) {
    const before = memory.sessions.get(replaces ?? "");
    const succeeded = before?.sub === sub && isAlive(before, unbounded, now) ? before : undefined;
    addSession(memory, newRecord({ ...session, sub }, now, succeeded && { data: succeeded.data }));
    if (succeeded !== undefined) moveChildren(memory, succeeded, session.sid);
    for (const sid of familyOf(memory, sub, session.sid)) kept.add(sid);
  }
  const ended = endEverythingOf(memory, sub, "password_changed", now, (sid) => kept.has(sid));
  return { outcome: "changed", ended, logNumber: memory.head.number };
}

function mayBegin(account: Account | undefined, generation: number): boolean {
  return account !== undefined && account.disabledAt === null && account.generation === generation;
}

function sessionsIn(memory: Memory): SessionStore {
  const { sessions } = memory;
  const livingOf = (sid: string, policy: LifetimePolicy, now: number) => {
    const record = sessions.get(sid);
    return record !== undefined && isAlive(record, policy, now) ? record : undefined;
  };
  return {
    create: (session, on) => atomically(memory, (now) => createSession(memory, session, on, now)),
    find: (sid) => {
      assertOpen(memory);
      return sessions.get(sid);
    },
    touch: (sid, policy) =>
      atomically(memory, (now) => {
        const record = livingOf(sid, policy, now);
        if (record !== undefined && isTouchDue(record, policy, now)) setSession(memory, record, { lastUsedAt: now });
        return record !== undefined;
      }),
    rotate: (sid, counter, client, policy) =>
      atomically(memory, (now) => {
        const record = livingOf(sid, policy, now);
        if (record?.refreshCounter !== counter || !areAncestorsAlive(memory, record, policy, now)) return "lost";
        const copy = Object.freeze({ ...client });
        return setSession(memory, record, {
          refreshCounter: counter + 1,
          rotatedAt: now,
          lastUsedAt: now,
          client: copy,
        });
      }),
    setLifetime: (sid, change, policy) =>
      atomically(memory, (now) => {
        const record = livingOf(sid, policy, now);
        if (record === undefined) return undefined;
        appendEvent(memory, now, "changed", sid);
        const parent = sessions.get(record.parent ?? "");
        return setSession(memory, record, boundedEnds(record, change, policy, parent?.expiresAt));
      }),
    mergeData: (sid, patch, policy) =>
      atomically(memory, (now) => {
        const record = livingOf(sid, policy, now);
        if (record === undefined) return { outcome: "ended" };
        if (isTooDeep(patch)) return { outcome: "too_large" };
        const merged = JSON.stringify(mergeJson(record.data, patch));
        if (Buffer.byteLength(merged) > maxDataBytes) return { outcome: "too_large" };
        appendEvent(memory, now, "changed", sid);
        return { outcome: "merged", data: setSession(memory, record, { data: parseFrozen(merged) }).data };
      }),
    end: (sid, reason) => atomically(memory, (now) => endSession(memory, sid, reason, now)),
    replace: (sid, successor, on) => atomically(memory, (now) => replaceSession(memory, sid, successor, on, now)),
    list: (sub, policy, limit) =>
      atomically(memory, (now) => livingSessionsOf(memory, sub, policy, now).reverse().slice(0, limit)),
    listAll: ({ after = "", limit }, policy) =>
      atomically(memory, (now) => {
        const living = [...sessions.values()].filter(({ sid }) => sid > after && livingOf(sid, policy, now));
        return living.sort((a, b) => order(a.sid, b.sid)).slice(0, limit);
      }),
    count: () => atomically(memory, () => sessions.size),
  };
}

function createSession(
  memory: Memory,
  session: NewSession,
  on: Parameters<SessionStore["create"]>[1],
  now: number,
): Awaited<ReturnType<SessionStore["create"]>> {
  if (!mayBegin(memory.accounts.get(session.sub), on.generation)) return "outdated";
  const parent = memory.sessions.get(session.parent ?? "");
  if (session.parent !== undefined && !isLivingParent(memory, parent, session.sub, on.policy, now))
    return "parent_ended";
  if (memory.sessions.has(session.sid)) return "exists";

  addSession(memory, newRecord(session, now, parent && { endsBy: parent.expiresAt }));
  if (on.replaces !== undefined) endSession(memory, on.replaces, "superseded", now);
  const own = ancestorsOf(memory, session.sid);
  const living = livingSessionsOf(memory, session.sub, on.policy, now);
  for (const { sid } of living) {
    if (livingSessionsOf(memory, session.sub, on.policy, now).length <= on.limit) break;
    if (!own.has(sid)) endSession(memory, sid, "session_limit", now);
  }
  writeNotes(memory, session.sub, on.notes, now);
  return "created";
}

function writeNotes(memory: Memory, sub: string, notes: SignInNotes | undefined, now: number): void {
  const { places, audit } = notes ?? {};
  if (places !== undefined) recordSuccess(memory, sub, places);
  if (audit !== undefined) appendAudit(memory, [audit], now);
}

function replaceSession(
  memory: Memory,
  sid: string,
  successor: NewSession,
  on: Parameters<SessionStore["replace"]>[2],
  now: number,
): Awaited<ReturnType<SessionStore["replace"]>> {
  const old = memory.sessions.get(sid);
  if (old === undefined || old.sub !== successor.sub || !isAlive(old, on.policy, now)) return "ended";
  if (!mayBegin(memory.accounts.get(old.sub), on.generation)) return "outdated";
  const parent = memory.sessions.get(successor.parent ?? old.parent ?? "");
  const isChild = (successor.parent ?? old.parent) !== null;
  if (isChild && !isLivingParent(memory, parent, old.sub, on.policy, now)) return "ended";
  if (memory.sessions.has(successor.sid)) return "exists";

  const endsBy = parent && { endsBy: parent.expiresAt };
  addSession(memory, newRecord(successor, now, { parent: old.parent, data: old.data, ...endsBy }));
  moveChildren(memory, old, successor.sid);
  endSession(memory, sid, "superseded", now);
  writeNotes(memory, old.sub, on.notes, now);
  return "replaced";
}

function isLivingParent(
  memory: Memory,
  parent: SessionRecord | undefined,
  sub: string,
  policy: LifetimePolicy,
  now: number,
): parent is SessionRecord {
  if (parent === undefined || parent.sub !== sub) return false;
  return isAlive(parent, policy, now) && areAncestorsAlive(memory, parent, policy, now);
}

function areAncestorsAlive(memory: Memory, record: SessionRecord, policy: LifetimePolicy, now: number): boolean {
  if (record.parent === null) return true;
  return isLivingParent(memory, memory.sessions.get(record.parent), record.sub, policy, now);
}

/** The session itself and everything above it. */
function ancestorsOf(memory: Memory, sid: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (let at: string | null | undefined = sid; at; at = memory.sessions.get(at)?.parent) found.add(at);
  return found;
}

/** The session itself and everything below it. */
function familyOf(memory: Memory, sub: string, sid: string): readonly string[] {
  return [sid, ...childrenOf(memory, sub, sid).flatMap((child) => familyOf(memory, sub, child.sid))];
}

function childrenOf(memory: Memory, sub: string, sid: string): readonly SessionRecord[] {
  return sessionsOf(memory, sub).filter((record) => record.parent === sid);
}

function moveChildren(memory: Memory, from: SessionRecord, to: string): void {
  for (const child of childrenOf(memory, from.sub, from.sid)) setSession(memory, child, { parent: to });
}

/** The sessions of a subject that were not ended. */
function sessionsOf(memory: Memory, sub: string): readonly SessionRecord[] {
  const sids = [...(memory.sidsBySub.get(sub) ?? [])];
  return sids.flatMap((sid) => memory.sessions.get(sid) ?? []);
}

/** The living sessions of a subject, the longest unused first. */
function livingSessionsOf(memory: Memory, sub: string, policy: LifetimePolicy, now: number): SessionRecord[] {
  const living = sessionsOf(memory, sub).filter((record) => isAlive(record, policy, now));
  return living.sort((a, b) => a.lastUsedAt - b.lastUsedAt || a.createdAt - b.createdAt || order(a.sid, b.sid));
}

function addSession(memory: Memory, record: SessionRecord): void {
  memory.sessions.set(record.sid, record);
  const sids = memory.sidsBySub.get(record.sub) ?? new Set();
  memory.sidsBySub.set(record.sub, sids.add(record.sid));
}

function removeSession(memory: Memory, sid: string, sub: string): void {
  memory.sessions.delete(sid);
  forgetSid(memory, sid, sub);
}

function forgetSid(memory: Memory, sid: string, sub: string): void {
  const sids = memory.sidsBySub.get(sub);
  sids?.delete(sid);
  if (sids?.size === 0) memory.sidsBySub.delete(sub);
}

function setSession(memory: Memory, record: SessionRecord, change: Partial<SessionRecord>): SessionRecord {
  const changed = Object.freeze({ ...record, ...change });
  memory.sessions.set(record.sid, changed);
  if (changed.revokedAt !== null) forgetSid(memory, record.sid, record.sub);
  return changed;
}

/**
 * Ends a session and those below it. One that is over by time is ended too: its tombstone holds when a clock steps back.
 */
function endSession(memory: Memory, sid: string, reason: EndReason, now: number): readonly string[] {
  const record = memory.sessions.get(sid);
  if (record === undefined || record.revokedAt !== null) return [];
  setSession(memory, record, { revokedAt: now, reason });
  appendEvent(memory, now, "session", sid);
  const children = childrenOf(memory, record.sub, sid);
  return [sid, ...children.flatMap((child) => endSession(memory, child.sid, "parent_ended", now))];
}

function endEverythingOf(
  memory: Memory,
  sub: string,
  reason: EndReason,
  now: number,
  isKept: (sid: string) => boolean = () => false,
): readonly string[] {
  const ended = endSessionsOf(memory, sub, reason, now, isKept);
  appendEvent(memory, now, "subject", sub);
  return ended;
}

function endSessionsOf(
  memory: Memory,
  sub: string,
  reason: EndReason,
  now: number,
  isKept: (sid: string) => boolean = () => false,
): readonly string[] {
  const over = sessionsOf(memory, sub).filter(({ sid }) => !isKept(sid));
  for (const record of over) {
    setSession(memory, record, { revokedAt: now, reason });
    appendEvent(memory, now, "session", record.sid);
  }
  return over.map(({ sid }) => sid);
}

function ticketsIn(memory: Memory): TicketStore {
  return {
    create: ({ hash, kind, sub, emailKey }, lifetimeMs) =>
      atomically(memory, (now) => {
        dropTickets(memory, sub, kind, maxTickets - 1);
        const expiresAt = now + Math.round(lifetimeMs);
        memory.tickets.set(hash, Object.freeze({ hash, kind, sub, emailKey, expiresAt }));
      }),
    find: (hash, kind) => atomically(memory, (now) => livingTicket(memory, hash, kind, now)),
    redeem: (hash, kind) =>
      atomically(memory, (now) => {
        const ticket = livingTicket(memory, hash, kind, now);
        if (ticket !== undefined) dropTickets(memory, ticket.sub, kind);
        return ticket;
      }),
  };
}

function livingTicket(memory: Memory, hash: string, kind: TicketKind, now: number): Ticket | undefined {
  const ticket = memory.tickets.get(hash);
  return ticket?.kind === kind && now < ticket.expiresAt ? ticket : undefined;
}

/** Drops the tickets of a subject and kind, but for the `keep` that end last. */
function dropTickets(memory: Memory, sub: string, kind: TicketKind, keep = 0): void {
  const own = [...memory.tickets.values()].filter((ticket) => ticket.sub === sub && ticket.kind === kind);
  const lastFirst = own.sort((a, b) => b.expiresAt - a.expiresAt || order(b.hash, a.hash));
  for (const { hash } of lastFirst.slice(keep)) memory.tickets.delete(hash);
}

function logIn(memory: Memory): LogStore {
  return {
    head: () => atomically(memory, () => memory.head),
    read: (asked, limit = Number.POSITIVE_INFINITY) => atomically(memory, () => readLog(memory, asked, limit)),
    subscribe(listener) {
      memory.listeners.add(listener);
      return () => void memory.listeners.delete(listener);
    },
    newest: (spoken) =>
      atomically(memory, () => {
        const isSpoken = (event: LogEvent) =>
          spoken.some((one) => one.scope === event.scope && one.target === event.target);
        return memory.events.findLast(isSpoken)?.number ?? 0;
      }),
    append: ({ scope, target, keepMs }) => atomically(memory, (now) => appendEvent(memory, now, scope, target, keepMs)),
    appendOnce: ({ scope, target }) =>
      atomically(memory, (now) => {
        if (memory.events.some((event) => event.scope === scope && event.target === target)) return false;
        appendEvent(memory, now, scope, target);
        return true;
      }),
    registerAccessLifetime: (ms) =>
      atomically(memory, (now) => {
        memory.lifetimes = registered(memory.lifetimes, ms, now);
      }),
  };
}

function readLog(memory: Memory, asked: number | { number: number; mark: string }, limit: number): LogView {
  const after = typeof asked === "number" ? asked : asked.number;
  const isSnapshot = typeof asked !== "number" && !holds(memory, asked);
  const from = isSnapshot ? 0 : after;
  const all = memory.events.filter(({ number }) => number > from);
  const events = all.slice(0, limit);
  const last = events.at(-1);
  const hasMore = last !== undefined && events.length < all.length;
  const { number: to, mark } = hasMore ? last : memory.head;
  return { from, to, mark, events, horizon: memory.horizon, isSnapshot, hasMore };
}

function holds({ head, events }: Memory, { number, mark }: { number: number; mark: string }): boolean {
  if (number === 0 || (number === head.number && mark === head.mark)) return true;
  return events.some((event) => event.number === number && event.mark === mark);
}

function appendEvent(memory: Memory, now: number, scope: EventScope, target: string, keepMs?: number): LogEvent {
  const mark = Buffer.from(memory.random.bytes(8)).toString("hex");
  const number = memory.head.number + 1;
  const event = Object.freeze({ number, mark, scope, target, expires: eventExpiry(memory.lifetimes, now, keepMs) });
  memory.head = Object.freeze({ number, mark });
  memory.events.push(event);
  return event;
}

function keysIn(memory: Memory): KeyStore {
  return {
    list: () => atomically(memory, () => ({ revision: memory.revision, keys: sortedKeys(memory) })),
    change: (revision, { put = [], remove = [], revoke = [], revokeKeepMs }) =>
      atomically(memory, (now) => {
        if (memory.revision !== revision) return false;
        for (const key of put) memory.keys.set(key.kid, Object.freeze({ ...key }));
        for (const kid of remove) memory.keys.delete(kid);
        for (const kid of revoke) appendEvent(memory, now, "key", kid, revokeKeepMs);
        memory.revision += 1;
        return true;
      }),
  };
}

function sortedKeys(memory: Memory): readonly StoredKey[] {
  return [...memory.keys.values()].sort((a, b) => a.createdAt - b.createdAt || order(a.kid, b.kid));
}

function appendAudit(memory: Memory, entries: readonly NewAuditEntry[], at: number): void {
  const added = entries.map((entry, index) => Object.freeze({ ...entry, id: memory.lastAuditId + 1 + index, at }));
  memory.lastAuditId += added.length;
  memory.audit.push(...added);
}

function auditIn(memory: Memory): AuditStore {
  return {
    append: (entries) => atomically(memory, (at) => appendAudit(memory, entries, at)),
    list: ({ before = Number.POSITIVE_INFINITY, limit, sub, act }) =>
      atomically(memory, () => {
        const wanted = (entry: AuditEntry) =>
          entry.id < before && (sub === undefined || entry.sub === sub) && (act === undefined || entry.act === act);
        return memory.audit.filter(wanted).reverse().slice(0, limit);
      }),
  };
}

function issuersIn(memory: Memory): IssuerStore {
  const { issuers } = memory;
  return {
    put: (row) => atomically(memory, () => void issuers.set(row.incarnation, Object.freeze({ ...row }))),
    update: (row) =>
      atomically(memory, () => {
        if (!issuers.has(row.incarnation)) return false;
        issuers.set(row.incarnation, Object.freeze({ ...row }));
        return true;
      }),
    list: () => atomically(memory, () => [...issuers.values()]),
    remove: (incarnation, nonce) =>
      atomically(memory, () => issuers.get(incarnation)?.nonce === nonce && issuers.delete(incarnation)),
  };
}

function servicesIn(memory: Memory): ServiceStore {
  const { services } = memory;
  return {
    create: (service) =>
      atomically(memory, (now) => {
        if (services.has(service.id)) return "exists";
        const scopes = Object.freeze([...service.scopes]);
        services.set(service.id, Object.freeze({ ...service, scopes, createdAt: now }));
        return "created";
      }),
    find: (id) => {
      assertOpen(memory);
      return services.get(id);
    },
    list: () =>
      atomically(memory, () => [...services.values()].sort((a, b) => a.createdAt - b.createdAt || order(a.id, b.id))),
    remove: (id) => atomically(memory, () => services.delete(id)),
  };
}

function prune(memory: Memory, keep: { auditMs: number; auditEntries: number }, now: number): Pruned {
  const overSessions = [...memory.sessions.values()].filter(({ expiresAt }) => expiresAt <= now);
  for (const { sid, sub } of overSessions) {
    // What depends on it ends with it, and must not be left without a parent to be judged by.
    for (const child of childrenOf(memory, sub, sid)) {
      if (child.expiresAt > now) endSession(memory, child.sid, "parent_ended", now);
    }
    removeSession(memory, sid, sub);
  }

  const overEvents = memory.events.filter(({ expires }) => expires <= now);
  memory.events = memory.events.filter(({ expires }) => expires > now);
  memory.horizon = overEvents.reduce((horizon, { expires }) => Math.max(horizon, expires), memory.horizon);

  const overTickets = [...memory.tickets.values()].filter(({ expiresAt }) => expiresAt <= now);
  for (const { hash } of overTickets) memory.tickets.delete(hash);

  const before = memory.audit.length;
  const oldestId = memory.lastAuditId - keep.auditEntries;
  memory.audit = memory.audit.filter(({ id, at }) => id > oldestId && at > now - keep.auditMs);
  return {
    sessions: overSessions.length,
    events: overEvents.length,
    tickets: overTickets.length,
    audit: before - memory.audit.length,
  };
}

/** The order of ASCII names, as databases sort them. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
