// A file whose log has as many living events as wanted. Knows no follower.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "countersign/sqlite";

/** The path of a file with this many events, each of a session that ended; made once in the folder of a run. */
export async function eventFile(folder: string, events: number): Promise<string> {
  const path = join(folder, `events-${events}.db`);
  if (existsSync(path)) return path;
  const store = await openSqliteStore({ path });
  await store.close();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = OFF; BEGIN;");
  const insert = database.prepare(
    "INSERT INTO events (number, mark, scope, target, expires) VALUES (?, ?, 'session', ?, ?)",
  );
  const expires = Date.now() + 86_400_000;
  let mark = "";
  for (let number = 1; number <= events; number += 1) {
    mark = randomBytes(8).toString("hex");
    insert.run(number, mark, randomBytes(12).toString("base64url"), expires);
  }
  database.prepare("UPDATE log_state SET number = ?, mark = ?").run(events, mark);
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);");
  database.close();
  return path;
}
