// Copies an account or a session many times inside a database file of the lab, far faster than a store makes them. Knows a few columns by name, judges nothing.

import { DatabaseSync } from "node:sqlite";

/** What a copy of a session has of its own. All else is its template's. */
export interface OwnValues {
  readonly sid: string;
  readonly sub: string;
  readonly tokenHash: string | null;
  readonly refreshSeed: string | null;
}

/** How many copies one transaction has. */
const perTransaction = 100_000;

/** What a million rows take, in KiB: names come in no order, so each copy touches pages anywhere. */
const cacheKib = 786_432;

/** The address of a copied account. */
export function addressOfCopy(sub: string): string {
  return `${sub.toLowerCase()}@lab.example`;
}

/**
 * Copies the row of the account `template`, once for each of `subs`, on a connection of its own. Nothing is waited for: a database of the lab
 * outlives no crash. Throws where a copy cannot be made.
 */
export function copyAccounts(path: string, template: string, subs: Iterable<string>): void {
  copyRows(path, { table: "accounts", own: ["sub", "email", "email_key"], key: "sub", template }, subs, (sub) => {
    const address = addressOfCopy(sub);
    return [sub, address, address];
  });
}

/** Copies the row of the session `template`, once for each of `copies`, as accounts are copied. Their subjects must be there. */
export function copySessions(path: string, template: string, copies: Iterable<OwnValues>): void {
  const own = ["sid", "sub", "token_hash", "refresh_seed"];
  copyRows(path, { table: "sessions", own, key: "sid", template }, copies, (copy) => [
    copy.sid,
    copy.sub,
    copy.tokenHash,
    copy.refreshSeed,
  ]);
}

interface Copying {
  readonly table: "accounts" | "sessions";
  /** The columns that a copy has of its own. */
  readonly own: readonly string[];
  readonly key: string;
  /** The key of the row that is copied. */
  readonly template: string;
}

function copyRows<Each>(
  path: string,
  copying: Copying,
  copies: Iterable<Each>,
  valuesOf: (copy: Each) => readonly (string | null)[],
): void {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec(`PRAGMA synchronous = OFF; PRAGMA cache_size = -${cacheKib}; PRAGMA wal_autocheckpoint = 0`);
    const copy = database.prepare(copyingStatement(database, copying));
    let open = 0;
    for (const each of copies) {
      if (open === 0) database.exec("BEGIN IMMEDIATE");
      const { changes } = copy.run(...valuesOf(each), copying.template);
      if (changes !== 1) throw new Error(`There is nothing to copy in the table ${copying.table}.`);
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

// Whatever columns there are: those that are not a copy's own are taken as they stand.
function copyingStatement(database: DatabaseSync, { table, own, key }: Copying): string {
  const rows = database.prepare("SELECT name FROM pragma_table_info(?)").all(table);
  const names = rows.map(({ name }) => String(name));
  const others = names.filter((name) => !own.includes(name));
  return `INSERT INTO ${table} (${[...own, ...others].join(", ")}) SELECT ${[...own.map(() => "?"), ...others].join(", ")} FROM ${table} WHERE ${key} = ?`;
}
