// The tables as Kysely sees them: names and column types, one interface per table. Knows nothing of how they came to be.

import type { Strategy } from "@countersign/verifier";
import type { Generated } from "kysely";
import type { EndReason, EventScope, TicketKind } from "../contract.ts";

/** Every table. Times are milliseconds since 1970; JSON is text. */
export interface Tables {
  schema_version: SchemaVersionTable;
  accounts: AccountTable;
  sessions: SessionTable;
  tickets: TicketTable;
  log_state: LogStateTable;
  events: EventTable;
  key_ring: KeyRingTable;
  signing_keys: SigningKeyTable;
  audit: AuditTable;
  services: ServiceTable;
  issuers: IssuerTable;
  nobody: NobodyTable;
}

/** One row per migration that was applied. */
export interface SchemaVersionTable {
  version: number;
  applied_at: number;
}

export interface AccountTable {
  sub: string;
  email: string;
  email_key: string;
  email_verified_at: number | null;
  password_hash: string;
  generation: number;
  failures: number;
  disabled_at: number | null;
  created_at: number;
  /** The places known, the latest last: a JSON array of texts. */
  places: string;
}

export interface SessionTable {
  sid: string;
  sub: string;
  strategy: Strategy;
  token_hash: string | null;
  refresh_seed: string | null;
  refresh_counter: number;
  rotated_at: number;
  created_at: number;
  authenticated_at: number;
  last_used_at: number;
  idle_ms: number;
  expires_at: number;
  amr: string;
  acr: string;
  client: string;
  claims: string;
  parent: string | null;
  client_id: string | null;
  scope: string | null;
  data: string;
  revoked_at: number | null;
  reason: EndReason | null;
}

export interface TicketTable {
  hash: string;
  kind: TicketKind;
  sub: string;
  email_key: string;
  expires_at: number;
}

/** One row: the counter of the log and what the expiry of events stands on. */
export interface LogStateTable {
  id: 1;
  number: number;
  mark: string;
  horizon: number;
  lifetime_current_ms: number;
  lifetime_held_ms: number;
  lifetime_held_until: number;
}

export interface EventTable {
  number: number;
  mark: string;
  scope: EventScope;
  target: string;
  expires: number;
}

/** One row: the revision of the key ring. */
export interface KeyRingTable {
  id: 1;
  revision: number;
}

export interface SigningKeyTable {
  kid: string;
  alg: string;
  public_jwk: string;
  sealed_private_jwk: string;
  created_at: number;
  signs_from: number;
  signs_until: number | null;
  leaves_at: number | null;
}

export interface AuditTable {
  id: Generated<number>;
  at: number;
  act: string;
  outcome: "ok" | "refused" | "error";
  actor: string;
  sub: string | null;
  sid: string | null;
  address: string | null;
  client: string | null;
  detail: string | null;
}

export interface ServiceTable {
  id: string;
  name: string;
  secret_hash: string;
  /** A JSON array of texts. */
  scopes: string;
  audience: string | null;
  created_at: number;
}

/** One row, for the writes that stand in for an account where there is none. */
export interface NobodyTable {
  writes: number;
}

/** One row per issuing process: what barriers read of its followers. */
export interface IssuerTable {
  incarnation: string;
  nonce: string;
  longest_lag_ms: number;
  least_applied: number | null;
  /** A JSON array of objects. */
  followers: string;
}
