// Stores that hold sessions whose tokens the bench knows, among up to a million others. Knows no request.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { nameSessionToken } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { openSqliteStore } from "countersign/sqlite";
import type { LifetimePolicy, NewSession, Store } from "countersign/store";
import { newSessionToken, newSubject } from "./credentials.ts";

/** A store, and the tokens of sessions in it. */
export interface FilledStore {
  readonly store: Store;
  readonly tokens: readonly string[];
}

const policy: LifetimePolicy = { maxIdleMs: 7 * 86_400_000, maxAgeMs: 30 * 86_400_000 };

/** A store in memory with this many sessions. */
export async function filledMemoryStore(sessions: number): Promise<FilledStore> {
  const store = createMemoryStore();
  const tokens: string[] = [];
  for (let index = 0; index < sessions; index += 1) tokens.push(await addSession(store));
  return { store, tokens };
}

/** A file with this many sessions; made once in the folder of a run, which takes about half a minute for a million. */
export interface SessionFile {
  readonly path: string;
  readonly tokens: readonly string[];
  /** What the sessions made of the file, without the first one. */
  readonly bytesPerSession: number;
}

/** How many of the file's tokens are known. */
export const knownTokens = 4096;

export async function sessionFile(folder: string, sessions: number): Promise<SessionFile> {
  const [path, facts] = [join(folder, `sessions-${sessions}.db`), join(folder, `sessions-${sessions}.json`)];
  if (existsSync(facts)) return JSON.parse(readFileSync(facts, "utf8"));
  const first = await openSqliteStore({ path });
  const template = await addSession(first);
  await first.close();
  const file = { path, ...fill(path, nameSessionToken(template).sid, sessions) };
  writeFileSync(facts, JSON.stringify(file));
  return file;
}

/** The store on such a file, as `openSqliteStore` opens it. */
export async function filledSqliteStore(folder: string, sessions: number): Promise<FilledStore> {
  const { path, tokens } = await sessionFile(folder, sessions);
  return { store: await openSqliteStore({ path }), tokens };
}

async function addSession(store: Store): Promise<string> {
  const token = newSessionToken();
  const { sid, tokenHash } = nameSessionToken(token);
  const sub = newSubject();
  const email = `${sub}@example.com`;
  await store.accounts.create({ sub, email, emailKey: email, emailVerified: true, passwordHash: "" });
  const session: NewSession = {
    ...{
      sid,
      sub,
      strategy: "session",
      tokenHash,
      refreshSeed: null,
      amr: ["pwd"],
      acr: "1",
      claims: { role: "editor" },
    },
    ...{ idleMs: policy.maxIdleMs, lifetimeMs: policy.maxAgeMs },
    client: { label: "Firefox on Linux", address: "203.0.113.7", userAgent },
  };
  const created = await store.sessions.create(session, { generation: 0, limit: 100, policy });
  if (created !== "created") throw new Error(`The session was not created: ${created}.`);
  return token;
}

const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

// Row by row through the store, each flushed to the disk, a million would take an hour: these are copies of one row that the store made.
function fill(path: string, templateSid: string, sessions: number): { tokens: string[]; bytesPerSession: number } {
  using database = opened(path);
  const columns = database
    .prepare("SELECT name FROM pragma_table_info('sessions')")
    .all()
    .map(({ name }) => String(name));
  const others = columns.filter((column) => !["sid", "sub", "token_hash"].includes(column)).join(", ");
  const accounts = Math.ceil(sessions / 5);
  database.exec("BEGIN");
  database
    .prepare(`${upTo} INSERT INTO accounts SELECT printf('%016x', i), printf('p%d@example.com', i), printf('p%d@example.com', i),
      email_verified_at, password_hash, generation, failures, disabled_at, created_at, places
      FROM n, (SELECT * FROM accounts LIMIT 1)`)
    .run({ count: accounts });
  const beforeSessions = pagesOf(database);
  const copy = database.prepare(`INSERT INTO sessions (sid, sub, token_hash, ${others})
    SELECT $sid, printf('%016x', 1 + abs(random()) % $accounts), $hash, ${others} FROM sessions WHERE sid = $template`);
  const tokens: string[] = [];
  // The known ones are spread over the whole file, as those of people are.
  for (let index = 0; index < sessions; index += 1) {
    const token = newSessionToken();
    const { sid, tokenHash } = nameSessionToken(token);
    copy.run({ $sid: sid, $hash: tokenHash, $accounts: accounts, $template: templateSid });
    if (index % Math.max(1, Math.floor(sessions / knownTokens)) === 0 && tokens.length < knownTokens)
      tokens.push(token);
  }
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);");
  const bytesPerSession = ((pagesOf(database) - beforeSessions) * pageSize(database)) / sessions;
  return { tokens, bytesPerSession };
}

const upTo = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $count)";

function opened(path: string): DatabaseSync & Disposable {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;");
  return database;
}

function pagesOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA page_count").get()?.page_count);
}

function pageSize(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA page_size").get()?.page_size);
}
