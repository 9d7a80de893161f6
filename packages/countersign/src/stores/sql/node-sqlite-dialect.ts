// Kysely over one connection of `node:sqlite`: whoever holds it holds it alone. Knows nothing of tables.

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { type BusyWait, createBusyRetry } from "./faults.ts";

/**
 * A dialect on an open database. Transactions and queries take turns, first come, first served; a transaction begins as a
 * writer (`BEGIN IMMEDIATE`), so that it never fails half-way for want of the lock.
 */
export function nodeSqliteDialect(database: DatabaseSync, wait: BusyWait): Dialect {
  return {
    createAdapter: () => new TurnTakingAdapter(),
    createDriver: () => createDriver(database, wait),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** Kysely's own lock for SQLite wakes every waiter at each turn; the driver below keeps a queue instead. */
class TurnTakingAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function createDriver(database: DatabaseSync, wait: BusyWait): Driver {
  const statements = createStatementCache(database);
  const connection = createConnection(statements);
  const retryWhileBusy = createBusyRetry(wait);
  let queue: Promise<void> = Promise.resolve();
  let release = () => {};
  return {
    init: async () => {},
    async acquireConnection() {
      const turn = queue;
      const { promise, resolve } = Promise.withResolvers<void>();
      queue = promise;
      await turn;
      release = resolve;
      return connection;
    },
    beginTransaction: () => retryWhileBusy(() => void statements.of("BEGIN IMMEDIATE").run()),
    commitTransaction: async () => void statements.of("COMMIT").run(),
    // A full disk ends the transaction by itself.
    rollbackTransaction: async () => void (database.isTransaction && statements.of("ROLLBACK").run()),
    releaseConnection: async () => release(),
    destroy: async () => {
      if (database.isOpen) database.close();
    },
  };
}

interface Statements {
  of(sql: string): StatementSync;
}

/** Statements by their SQL. Ours are few; the bound is for those whose length varies with a list. */
function createStatementCache(database: DatabaseSync, limit = 500): Statements {
  const statements = new Map<string, StatementSync>();
  return {
    of(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      if (statements.size >= limit) statements.clear();
      const statement = database.prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
  };
}

function createConnection(statements: Statements): DatabaseConnection {
  return {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      const statement = statements.of(sql);
      const values = parameters.map(bindable);
      if (statement.columns().length > 0) {
        // The row's type is what the query builder derived from the schema.
        return { rows: statement.all(...values) as Row[] };
      }
      return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
    },
    // biome-ignore lint/correctness/useYield: Kysely asks for the method; nothing here streams.
    async *streamQuery() {
      throw new Error("this dialect does not stream");
    },
  };
}

function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new TypeError(`a ${typeof value} cannot be bound to a statement`);
}
