// Looks into a database without changing it: whether it is whole, whose tables it has, how far its log goes. Knows no store.

import type { DatabaseSync } from "node:sqlite";
import { ConfigurationError } from "@countersign/verifier";
import { asFault, isDamaged, isNoDatabase, isOutOfReach } from "./faults.ts";
import { sqliteMigrations } from "./migrations.ts";

/** What a look into a database finds. */
export interface SqliteInspection {
  /** The step that its tables are at: 0 for tables that are not ours. */
  readonly schemaVersion: number;
  /** The step that this program brings tables to. */
  readonly knownVersion: number;
  /** `wal` as it should be. */
  readonly journalMode: string;
  /** What SQLite's quick check complains of; empty for a whole database. */
  readonly faults: readonly string[];
  /** The size of the database without what lies beside it. */
  readonly bytes: number;
  /** The revocation log; absent where the tables are of another step. */
  readonly log?: SqliteLogInspection;
}

/** What the revocation log holds. Times are milliseconds since 1970. */
export interface SqliteLogInspection {
  /** The newest number. */
  readonly number: number;
  /** The latest expiry that was pruned; 0 before the first. */
  readonly horizon: number;
  readonly events: number;
  /** When the first of its events expires; `undefined` without one. */
  readonly firstExpiry: number | undefined;
}

/**
 * Looks into the database at `path`, which may be in use. Costs one pass over the whole file. Throws `ConfigurationError` when it is no database
 * or cannot be opened, `Unavailable` when it stays locked.
 */
export async function inspectSqlite(path: string): Promise<SqliteInspection> {
  const sqlite = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly: true, timeout: 2000 });
    return look(database);
  } catch (error) {
    // So damaged that the check itself cannot go on.
    if (isDamaged(error)) return { ...nothingSeen, faults: ["database disk image is malformed"] };
    if (isNoDatabase(error)) throw new ConfigurationError("store.path", `${path} is not a SQLite database`);
    if (isOutOfReach(error)) throw new ConfigurationError("store.path", `${path} cannot be opened`);
    throw asFault(error);
  } finally {
    database?.close();
  }
}

const nothingSeen = { schemaVersion: 0, knownVersion: sqliteMigrations.length, journalMode: "unknown", bytes: 0 };

function look(database: DatabaseSync): SqliteInspection {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const complaints = database
    .prepare("PRAGMA quick_check(10)")
    .all()
    .map((row) => String(Object.values(row)[0]));
  const knownVersion = sqliteMigrations.length;
  const schemaVersion = versionOf(database);
  return {
    schemaVersion,
    knownVersion,
    journalMode: String(pragma("journal_mode")),
    faults: complaints.filter((each) => each !== "ok"),
    bytes: Number(pragma("page_count")) * Number(pragma("page_size")),
    ...(schemaVersion === knownVersion ? { log: logOf(database) } : {}),
  };
}

function versionOf(database: DatabaseSync): number {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'").get();
  if (table === undefined) return 0;
  return Number(database.prepare("SELECT max(version) AS version FROM schema_version").get()?.version ?? 0);
}

function logOf(database: DatabaseSync): SqliteLogInspection {
  const state = database.prepare("SELECT number, horizon FROM log_state WHERE id = 1").get();
  const kept = database.prepare("SELECT count(*) AS events, min(expires) AS first FROM events").get();
  const first = kept?.first;
  return {
    number: Number(state?.number ?? 0),
    horizon: Number(state?.horizon ?? 0),
    events: Number(kept?.events ?? 0),
    firstExpiry: typeof first === "number" ? first : undefined,
  };
}
