// The store over Kysely, put together from its parts. Knows tables and transactions, but not which database answers:
// what is particular to one stands in the file that opens it.

import { type Awaitable, Unavailable } from "@countersign/verifier";
import { type Kysely, sql } from "kysely";
import type { Clock } from "../../primitives/clock.ts";
import type { Random } from "../../primitives/random.ts";
import type { ServiceKey, SessionRecord, Store } from "../contract.ts";
import { accountsIn } from "./accounts.ts";
import { auditIn } from "./audit.ts";
import { issuersIn } from "./issuers.ts";
import { keysIn } from "./keys.ts";
import { logIn } from "./log.ts";
import { pruneIn } from "./prune.ts";
import type { Tables } from "./schema.ts";
import { servicesIn } from "./services.ts";
import { sessionsIn } from "./sessions.ts";
import { ticketsIn } from "./tickets.ts";
import { type Sql, transactOn } from "./unit.ts";

/** What a database brings. */
export interface SqlDatabase {
  /** Where transactions run. */
  readonly writes: Kysely<Tables>;
  /** Where single reads run; may be the same. */
  readonly reads: Kysely<Tables>;
  /** The hot look-ups, prepared. */
  findSession(sid: string): Awaitable<SessionRecord | undefined>;
  findService(id: string): Awaitable<ServiceKey | undefined>;
  /** Turns an error of the driver into `Unavailable`, and leaves others as they are. */
  asFault(error: unknown): unknown;
  /** Waits for what is under way, then closes. */
  close(): Promise<void>;
}

/** The store on a database whose tables are in place. After `close()` every method throws `Unavailable`. */
export function createSqlStore(database: SqlDatabase, clock: Clock, random: Random): Store {
  const { reads, writes } = database;
  const now = () => clock.now();
  let closed = false;
  const assertOpen = () => {
    if (closed) throw new Unavailable("store_unavailable", "the store is closed");
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    assertOpen();
    try {
      return await work();
    } catch (error) {
      throw database.asFault(error);
    }
  };
  const listeners = new Set<() => void>();
  const transact = transactOn(writes, clock, random, listeners);
  const sqlStore: Sql = {
    read: (work) => guarded(() => work(reads)),
    transact: (work) => guarded(() => transact(work)),
    listeners,
  };
  const hot =
    <T>(find: (key: string) => Awaitable<T>) =>
    (key: string): Awaitable<T> => {
      assertOpen();
      try {
        return find(key);
      } catch (error) {
        throw database.asFault(error);
      }
    };
  return {
    now,
    accounts: accountsIn(sqlStore),
    sessions: sessionsIn(sqlStore, hot(database.findSession), now),
    tickets: ticketsIn(sqlStore, now),
    log: logIn(sqlStore),
    keys: keysIn(sqlStore),
    audit: auditIn(sqlStore),
    services: servicesIn(sqlStore, hot(database.findService)),
    issuers: issuersIn(sqlStore),
    ping: () => sqlStore.read(async (db) => void (await sql`SELECT number FROM log_state`.execute(db))),
    prune: pruneIn(sqlStore),
    async close() {
      if (closed) return;
      closed = true;
      await database.close();
    },
  };
}
