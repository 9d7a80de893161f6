// Rows to records and back, one pair per table. Pure; knows nothing of queries.

import type { Insertable, Selectable } from "kysely";
import type {
  Account,
  AuditEntry,
  IssuerRow,
  LogEvent,
  NewAccount,
  ServiceKey,
  SessionRecord,
  StoredKey,
  Ticket,
} from "../contract.ts";
import { parseFrozen } from "../record.ts";
import type {
  AccountTable,
  AuditTable,
  EventTable,
  IssuerTable,
  ServiceTable,
  SessionTable,
  SigningKeyTable,
  TicketTable,
} from "./schema.ts";

export type SessionRow = Selectable<SessionTable>;

/** The row of an issuing process. */
export function fromIssuer(row: IssuerRow): Insertable<IssuerTable> & { incarnation: string } {
  const { incarnation, nonce, longestLagMs, leastApplied, followers } = row;
  return {
    incarnation,
    nonce,
    longest_lag_ms: longestLagMs,
    least_applied: leastApplied,
    followers: JSON.stringify(followers),
  };
}

/** What a row says of an issuing process. */
export function toIssuer(row: Selectable<IssuerTable>): IssuerRow {
  return Object.freeze({
    incarnation: row.incarnation,
    nonce: row.nonce,
    longestLagMs: row.longest_lag_ms,
    leastApplied: row.least_applied,
    followers: parseFollowers(row.followers),
  });
}

/** The record of a row. */
export function toSession(row: SessionRow): SessionRecord {
  return Object.freeze({
    sid: row.sid,
    sub: row.sub,
    strategy: row.strategy,
    tokenHash: row.token_hash,
    refreshSeed: row.refresh_seed,
    refreshCounter: row.refresh_counter,
    rotatedAt: row.rotated_at,
    createdAt: row.created_at,
    authenticatedAt: row.authenticated_at,
    lastUsedAt: row.last_used_at,
    idleMs: row.idle_ms,
    expiresAt: row.expires_at,
    amr: parseList(row.amr),
    acr: row.acr,
    client: parseClient(row.client),
    claims: parseFrozen(row.claims),
    parent: row.parent,
    clientId: row.client_id,
    scope: row.scope,
    data: parseFrozen(row.data),
    revokedAt: row.revoked_at,
    reason: row.reason,
  });
}

/** The row of a record. */
export function fromSession(record: SessionRecord): Insertable<SessionTable> {
  return {
    sid: record.sid,
    sub: record.sub,
    strategy: record.strategy,
    token_hash: record.tokenHash,
    refresh_seed: record.refreshSeed,
    refresh_counter: record.refreshCounter,
    rotated_at: record.rotatedAt,
    created_at: record.createdAt,
    authenticated_at: record.authenticatedAt,
    last_used_at: record.lastUsedAt,
    idle_ms: record.idleMs,
    expires_at: record.expiresAt,
    amr: JSON.stringify(record.amr),
    acr: record.acr,
    client: JSON.stringify(record.client),
    claims: JSON.stringify(record.claims),
    parent: record.parent,
    client_id: record.clientId,
    scope: record.scope,
    data: JSON.stringify(record.data),
    revoked_at: record.revokedAt,
    reason: record.reason,
  };
}

export function toAccount(row: Selectable<AccountTable>): Account {
  return Object.freeze({
    sub: row.sub,
    email: row.email,
    emailKey: row.email_key,
    emailVerifiedAt: row.email_verified_at,
    passwordHash: row.password_hash,
    generation: row.generation,
    failures: row.failures,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
  });
}

export function fromNewAccount(account: NewAccount, now: number): Insertable<AccountTable> {
  return {
    sub: account.sub,
    email: account.email,
    email_key: account.emailKey,
    email_verified_at: account.emailVerified ? now : null,
    password_hash: account.passwordHash,
    generation: 0,
    failures: 0,
    disabled_at: null,
    created_at: now,
    places: "[]",
  };
}

export function toTicket(row: Selectable<TicketTable>): Ticket {
  const { hash, kind, sub } = row;
  return Object.freeze({ hash, kind, sub, emailKey: row.email_key, expiresAt: row.expires_at });
}

export function toEvent({ number, mark, scope, target, expires }: Selectable<EventTable>): LogEvent {
  return Object.freeze({ number, mark, scope, target, expires });
}

export function toKey(row: Selectable<SigningKeyTable>): StoredKey {
  return Object.freeze({
    kid: row.kid,
    alg: row.alg,
    publicJwk: row.public_jwk,
    sealedPrivateJwk: row.sealed_private_jwk,
    createdAt: row.created_at,
    signsFrom: row.signs_from,
    signsUntil: row.signs_until,
    leavesAt: row.leaves_at,
  });
}

export function fromKey(key: StoredKey): Insertable<SigningKeyTable> {
  return {
    kid: key.kid,
    alg: key.alg,
    public_jwk: key.publicJwk,
    sealed_private_jwk: key.sealedPrivateJwk,
    created_at: key.createdAt,
    signs_from: key.signsFrom,
    signs_until: key.signsUntil,
    leaves_at: key.leavesAt,
  };
}

export function toAuditEntry(row: Selectable<AuditTable>): AuditEntry {
  const { id, at, act, outcome, actor, sub, sid, address, client, detail } = row;
  return Object.freeze({ id, at, act, outcome, actor, sub, sid, address, client, detail });
}

export function toService(row: Selectable<ServiceTable>): ServiceKey {
  const scopes: ServiceKey["scopes"] = JSON.parse(row.scopes);
  return Object.freeze({
    id: row.id,
    name: row.name,
    secretHash: row.secret_hash,
    scopes: Object.freeze(scopes),
    audience: row.audience,
    createdAt: row.created_at,
  });
}

/** The list of texts that a column holds as JSON. */
export function parseList(text: string): readonly string[] {
  const list: readonly string[] = JSON.parse(text);
  return Object.freeze(list);
}

function parseClient(text: string): SessionRecord["client"] {
  const client: SessionRecord["client"] = JSON.parse(text);
  return Object.freeze(client);
}

function parseFollowers(text: string): IssuerRow["followers"] {
  const followers: IssuerRow["followers"] = JSON.parse(text);
  return Object.freeze(followers);
}
