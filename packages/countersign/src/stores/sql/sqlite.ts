// The store on SQLite, embedded: one file, or memory. Opens the connections, prepares the hot look-ups and runs the migrations.
// What it deliberately does not know: the meaning of a row.

import { closeSync, openSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Awaitable, ConfigurationError, weightOf } from "@countersign/verifier";
import { Kysely } from "kysely";
import { type Clock, systemClock } from "../../primitives/clock.ts";
import { requireNode } from "../../primitives/node-version.ts";
import { type Random, systemRandom } from "../../primitives/random.ts";
import type { ServiceKey, SessionRecord, Store } from "../contract.ts";
import { asFault, type BusyWait, createBusyRetry, isNoDatabase, isOutOfReach } from "./faults.ts";
import { keepRows } from "./kept-rows.ts";
import { type Migration, migrate, sqliteMigrations } from "./migrations.ts";
import { nodeSqliteDialect } from "./node-sqlite-dialect.ts";
import { type SessionRow, toService, toSession } from "./rows.ts";
import type { ServiceTable, Tables } from "./schema.ts";
import { createSqlStore } from "./store.ts";

export { inspectSqlite, type SqliteInspection, type SqliteLogInspection } from "./inspect.ts";

export interface SqliteStoreOptions {
  /** The database file, in an existing folder; made with mode 0600 when it is absent. `":memory:"`: gone with the process. */
  readonly path: string;
  /** The store's clock. Default: the machine's. */
  readonly clock?: Clock;
  /** Where marks and the jitter of waiting come from. Default: the system's generator. */
  readonly random?: Random;
  /** How long a write waits for another process's lock, in milliseconds, before it throws `Unavailable`. Default: 5,000. */
  readonly busyMs?: number;
  /** Memory for pages, per connection (a file has two), in KiB. Default: 16,384. */
  readonly cacheKib?: number;
  /** The steps to the tables of today. For tests of upgrading. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the database, brings its tables up to date and answers the store. What it acknowledges is on the disk (`synchronous=FULL`).
 * Several processes may open one file. `sessions.find` and `services.find` answer without a promise on a second, read-only
 * connection (6–9 µs); every writing method is one transaction with one flush of the disk.
 *
 * Throws `ConfigurationError` when the path is no database of ours or newer than this program, `Unavailable` when it stays locked.
 *
 * ```ts
 * const store = await openSqliteStore({ path: "./data/countersign.db" });
 * ```
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  requireNode();
  const { path, clock = systemClock, random = systemRandom } = options;
  if (typeof path !== "string" || path === "") throw new ConfigurationError("store.path", "a file name is needed");
  const wait: BusyWait = { clock, random, totalMs: options.busyMs ?? 5000 };
  const cacheKib = Math.max(64, Math.round(options.cacheKib ?? 16_384));
  const opened: DatabaseSync[] = [];
  try {
    if (path !== inMemory) makePrivateFile(path);
    const writer = await connect(path, { readOnly: false, cacheKib }, wait, opened);
    const writes = new Kysely<Tables>({ dialect: nodeSqliteDialect(writer, wait) });
    await migrate(writes, options.migrations ?? sqliteMigrations, clock);
    const reader = path === inMemory ? writer : await connect(path, { readOnly: true, cacheKib }, wait, opened);
    const reads = reader === writer ? writes : new Kysely<Tables>({ dialect: nodeSqliteDialect(reader, wait) });
    const close = () => closeAll(writes, reads, opened);
    return createSqlStore({ writes, reads, ...hotLookUps(reader, reads), asFault, close }, clock, random);
  } catch (error) {
    for (const database of opened) if (database.isOpen) database.close();
    throw asOpeningFault(path, error);
  }
}

const inMemory = ":memory:";

/** SQLite gives its companion files (`-wal`, `-shm`) the mode of the database. */
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

async function connect(
  path: string,
  { readOnly, cacheKib }: { readOnly: boolean; cacheKib: number },
  wait: BusyWait,
  opened: DatabaseSync[],
): Promise<DatabaseSync> {
  // Not at the top of the file: on an older Node.js that would be an error about a module, before ours can say what is missing.
  const sqlite = await import("node:sqlite");
  // A short wait inside SQLite, because it stops the whole process; the long one is asynchronous.
  const database = new sqlite.DatabaseSync(path, { readOnly, timeout: 5 });
  opened.push(database);
  let mode: unknown;
  await createBusyRetry(wait)(() => {
    database.exec(`PRAGMA cache_size = -${cacheKib}; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;`);
    // Switching to the write-ahead log needs the file for itself, so two processes that start at once meet here.
    if (!readOnly)
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;");
    mode = database.prepare("PRAGMA journal_mode").get()?.journal_mode;
  });
  if (mode !== "wal" && path !== inMemory) {
    throw new ConfigurationError(
      "store.path",
      "the file system does not support SQLite's write-ahead log; use a local disk",
    );
  }
  return database;
}

/** How many rows are kept parsed. */
const mostRows = 4096;

function hotLookUps(database: DatabaseSync, db: Kysely<Tables>) {
  const session = database.prepare(`SELECT ${sessionColumns.join(", ")} FROM sessions WHERE sid = ?`);
  session.setReturnArrays(true);
  const service = database.prepare("SELECT * FROM services WHERE id = ?");
  const readSession = (sid: string) => sessionIn(session, sid);
  // A connection does not count its own commits.
  const isReadOnly = database.location() !== null;
  const findSession = isReadOnly ? keepRows(readSession, commitsSeenBy(database), mostRows, isLight) : readSession;
  const findService = (id: string) => serviceIn(service, id);
  // On a connection that also writes, a look-up in the middle of a transaction would see what may never be committed.
  const settled =
    <T>(find: (key: string) => T) =>
    (key: string): Awaitable<T> =>
      database.isTransaction ? db.connection().execute(async () => find(key)) : find(key);
  return { findSession: settled(findSession), findService: settled(findService) };
}

/** Whether what applications and their users put into a session leaves room for the others: some thousands are kept. */
function isLight({ data, claims }: SessionRecord): boolean {
  return weightOf(data) + weightOf(claims) <= 2048;
}

/** SQLite's count of the commits of all other connections; asking takes half the time of a row. */
function commitsSeenBy(database: DatabaseSync): () => unknown {
  const asked = database.prepare("PRAGMA data_version");
  asked.setReturnArrays(true);
  return () => (asked.get() as unknown as readonly unknown[] | undefined)?.[0];
}

// The order of `sessionIn`.
const sessionColumns = [
  ...["sid", "sub", "strategy", "token_hash", "refresh_seed", "refresh_counter", "rotated_at", "created_at"],
  ...["authenticated_at", "last_used_at", "idle_ms", "expires_at", "amr", "acr", "client", "claims", "parent"],
  ...["client_id", "scope", "data", "revoked_at", "reason"],
];

type SessionValues = readonly [
  ...[sid: string, sub: string, strategy: SessionRow["strategy"], tokenHash: string | null, refreshSeed: string | null],
  ...[refreshCounter: number, rotatedAt: number, createdAt: number, authenticatedAt: number, lastUsedAt: number],
  ...[idleMs: number, expiresAt: number, amr: string, acr: string, client: string, claims: string],
  ...[parent: string | null, clientId: string | null, scope: string | null, data: string],
  ...[revokedAt: number | null, reason: SessionRow["reason"]],
];

function sessionIn(statement: StatementSync, sid: string): SessionRecord | undefined {
  // As an array: half the time of an object. Its types are those of the strict table, as everywhere in this folder.
  const values = statement.get(sid) as unknown as SessionValues | undefined;
  if (values === undefined) return undefined;
  return toSession({
    sid: values[0],
    sub: values[1],
    strategy: values[2],
    token_hash: values[3],
    refresh_seed: values[4],
    refresh_counter: values[5],
    rotated_at: values[6],
    created_at: values[7],
    authenticated_at: values[8],
    last_used_at: values[9],
    idle_ms: values[10],
    expires_at: values[11],
    amr: values[12],
    acr: values[13],
    client: values[14],
    claims: values[15],
    parent: values[16],
    client_id: values[17],
    scope: values[18],
    data: values[19],
    revoked_at: values[20],
    reason: values[21],
  });
}

function serviceIn(statement: StatementSync, id: string): ServiceKey | undefined {
  const row = statement.get(id) as unknown as ServiceTable | undefined;
  return row && toService(row);
}

async function closeAll(writes: Kysely<Tables>, reads: Kysely<Tables>, opened: readonly DatabaseSync[]): Promise<void> {
  // Its turn comes after everything that was asked before.
  for (const db of new Set([writes, reads])) await db.connection().execute(async () => {});
  for (const db of new Set([reads, writes])) await db.destroy();
  for (const database of opened) if (database.isOpen) database.close();
}

function asOpeningFault(path: string, error: unknown): unknown {
  if (isNoDatabase(error)) return new ConfigurationError("store.path", `${path} is not a SQLite database`);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isUnreachable =
    typeof code === "string" && ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EISDIR", "EROFS"].includes(code);
  if (isUnreachable || isOutOfReach(error)) {
    return new ConfigurationError("store.path", `${path} cannot be opened: the folder must exist and be writable`);
  }
  return asFault(error);
}
