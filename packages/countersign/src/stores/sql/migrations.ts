// The steps from an empty database to the tables of today, and the one function that applies them. Knows no data.
// A step that was released is never edited: what changes later is a new step.

import { ConfigurationError } from "@countersign/verifier";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Clock } from "../../primitives/clock.ts";
import type { Tables } from "./schema.ts";

/** One step: statements that are applied together or not at all. Its number is its place in the list, from 1. */
export type Migration = readonly string[];

/** The steps for SQLite. */
export const sqliteMigrations: readonly Migration[] = [
  [
    `CREATE TABLE accounts (
      sub TEXT PRIMARY KEY NOT NULL,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL UNIQUE,
      email_verified_at INTEGER,
      password_hash TEXT NOT NULL,
      generation INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      disabled_at INTEGER,
      created_at INTEGER NOT NULL,
      places TEXT NOT NULL CHECK (json_valid(places))
    ) STRICT`,
    `CREATE TABLE sessions (
      sid TEXT PRIMARY KEY NOT NULL,
      sub TEXT NOT NULL REFERENCES accounts (sub),
      strategy TEXT NOT NULL CHECK (strategy IN ('session', 'jwt', 'hybrid')),
      token_hash TEXT,
      refresh_seed TEXT,
      refresh_counter INTEGER NOT NULL,
      rotated_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      authenticated_at INTEGER NOT NULL,
      last_used_at INTEGER NOT NULL,
      idle_ms INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      amr TEXT NOT NULL,
      acr TEXT NOT NULL,
      client TEXT NOT NULL,
      claims TEXT NOT NULL,
      parent TEXT,
      client_id TEXT,
      scope TEXT,
      data TEXT NOT NULL,
      revoked_at INTEGER,
      reason TEXT
    ) STRICT, WITHOUT ROWID`,
    "CREATE INDEX sessions_by_sub ON sessions (sub)",
    "CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL",
    "CREATE INDEX sessions_by_end ON sessions (expires_at)",
    // The tombstone's rule once more, where no query can forget it: what was ended stays ended.
    `CREATE TRIGGER sessions_stay_ended BEFORE UPDATE ON sessions WHEN OLD.revoked_at IS NOT NULL
      BEGIN SELECT RAISE(ABORT, 'an ended session is never changed'); END`,
    `CREATE TABLE tickets (
      hash TEXT PRIMARY KEY NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('reset', 'verify')),
      sub TEXT NOT NULL,
      email_key TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    "CREATE INDEX tickets_by_sub ON tickets (sub, kind)",
    "CREATE INDEX tickets_by_end ON tickets (expires_at)",
    `CREATE TABLE log_state (
      id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
      number INTEGER NOT NULL,
      mark TEXT NOT NULL,
      horizon INTEGER NOT NULL,
      lifetime_current_ms INTEGER NOT NULL,
      lifetime_held_ms INTEGER NOT NULL,
      lifetime_held_until INTEGER NOT NULL
    ) STRICT`,
    "INSERT INTO log_state VALUES (1, 0, '', 0, 0, 0, 0)",
    `CREATE TABLE events (
      number INTEGER PRIMARY KEY NOT NULL,
      mark TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (scope IN ('session', 'subject', 'key', 'everyone', 'changed')),
      target TEXT NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT`,
    "CREATE INDEX events_by_expiry ON events (expires)",
    "CREATE TABLE key_ring (id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1), revision INTEGER NOT NULL) STRICT",
    "INSERT INTO key_ring VALUES (1, 0)",
    `CREATE TABLE signing_keys (
      kid TEXT PRIMARY KEY NOT NULL,
      alg TEXT NOT NULL,
      public_jwk TEXT NOT NULL,
      sealed_private_jwk TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      signs_from INTEGER NOT NULL,
      signs_until INTEGER,
      leaves_at INTEGER
    ) STRICT`,
    `CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      act TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'refused', 'error')),
      actor TEXT NOT NULL,
      sub TEXT,
      sid TEXT,
      address TEXT,
      client TEXT,
      detail TEXT
    ) STRICT`,
    "CREATE INDEX audit_by_time ON audit (at)",
    "CREATE INDEX audit_by_sub ON audit (sub, id) WHERE sub IS NOT NULL",
    "CREATE INDEX audit_by_act ON audit (act, id)",
    `CREATE TABLE services (
      id TEXT PRIMARY KEY NOT NULL,
      name TEXT NOT NULL,
      secret_hash TEXT NOT NULL,
      scopes TEXT NOT NULL CHECK (json_valid(scopes)),
      audience TEXT,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  ["CREATE INDEX events_by_target ON events (scope, target, number)"],
  // A request that names an address without an account writes as many pages as one that names an account.
  [
    "CREATE TABLE nobody (writes INTEGER NOT NULL) STRICT",
    "INSERT INTO nobody VALUES (0)",
    "DROP INDEX audit_by_sub",
    "CREATE INDEX audit_by_sub ON audit (sub, id)",
  ],
  [
    `CREATE TABLE issuers (
      incarnation TEXT PRIMARY KEY NOT NULL,
      nonce TEXT NOT NULL,
      longest_lag_ms REAL NOT NULL,
      least_applied INTEGER,
      followers TEXT NOT NULL CHECK (json_valid(followers))
    ) STRICT, WITHOUT ROWID`,
  ],
  // Tombstones stay until their absolute end, any number of them. Whatever asks for a subject's sessions asks for those that were not ended.
  [
    "CREATE INDEX sessions_living ON sessions (sub, last_used_at) WHERE revoked_at IS NULL",
    "DROP INDEX sessions_by_sub",
  ],
];

/**
 * Brings a database to the newest step that the program knows, one transaction per step. Safe when several processes start at
 * once: each step looks again under the write lock whether it is still to be done.
 * Throws `ConfigurationError` when the database is newer than the program.
 */
export async function migrate(db: Kysely<Tables>, migrations: readonly Migration[], clock: Clock): Promise<void> {
  let applied = 0;
  do {
    applied = await db.transaction().execute((step) => applyNext(step, migrations, clock));
  } while (applied < migrations.length);
}

/** Applies the first step that is missing, if any; answers how many steps the database has now. */
async function applyNext(db: Transaction<Tables>, migrations: readonly Migration[], clock: Clock): Promise<number> {
  await sql`CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL)`.execute(
    db,
  );
  const newest = await db
    .selectFrom("schema_version")
    .select(({ fn }) => fn.max("version").as("version"))
    .executeTakeFirst();
  const version = newest?.version ?? 0;
  if (version > migrations.length) {
    throw new ConfigurationError(
      "store",
      `the database has schema version ${version}, this program knows ${migrations.length}: run the newer program, or restore the backup made before it`,
    );
  }
  const next = migrations[version];
  if (next === undefined) return version;
  for (const statement of next) await sql.raw(statement).execute(db);
  await db
    .insertInto("schema_version")
    .values({ version: version + 1, applied_at: clock.now() })
    .execute();
  return version + 1;
}
