// Copies one session many times inside a database file of the lab, far faster than a store makes sessions. Knows four columns by name, judges nothing.

import { DatabaseSync } from "node:sqlite";

/** What a copy has of its own. All else is its template's. */
export interface OwnValues {
  readonly sid: string;
  readonly sub: string;
  readonly tokenHash: string | null;
  readonly refreshSeed: string | null;
}

/** How many copies one transaction has. */
const perTransaction = 100_000;

/** What a million sessions take, in KiB: names come in no order, so each copy touches pages anywhere. */
const cacheKib = 786_432;

/**
 * Copies the row of the session `template`, once for each of `copies`, on a connection of its own. Nothing is waited for: a database of the lab
 * outlives no crash. Throws where a copy cannot be made.
 */
export function copySessions(path: string, template: string, copies: Iterable<OwnValues>): void {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec(`PRAGMA synchronous = OFF; PRAGMA cache_size = -${cacheKib}; PRAGMA wal_autocheckpoint = 0`);
    const copy = database.prepare(copyingStatement(database));
    let open = 0;
    for (const { sid, sub, tokenHash, refreshSeed } of copies) {
      if (open === 0) database.exec("BEGIN IMMEDIATE");
      const { changes } = copy.run(sid, sub, tokenHash, refreshSeed, template);
      if (changes !== 1) throw new Error("There is no session to copy.");
      open += 1;
      if (open === perTransaction) {
        database.exec("COMMIT");
        open = 0;
      }
    }
    if (open > 0) database.exec("COMMIT");
  } finally {
    database.close();
  }
}

const own = ["sid", "sub", "token_hash", "refresh_seed"];

// Whatever columns there are: those that are not a copy's own are taken as they stand.
function copyingStatement(database: DatabaseSync): string {
  const rows = database.prepare("SELECT name FROM pragma_table_info('sessions')").all();
  const names = rows.map(({ name }) => String(name));
  const others = names.filter((name) => !own.includes(name));
  return `INSERT INTO sessions (${[...own, ...others].join(", ")}) SELECT ${[...own.map(() => "?"), ...others].join(", ")} FROM sessions WHERE sid = ?`;
}
