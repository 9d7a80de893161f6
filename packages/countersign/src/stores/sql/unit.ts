// One transaction: its moment, its writes and the events that it will have appended. Knows nothing of what the writes mean.

import { type Kysely, sql, type Transaction } from "kysely";
import type { Clock } from "../../primitives/clock.ts";
import type { Random } from "../../primitives/random.ts";
import type { LogEvent, Spoken } from "../contract.ts";
import { eventExpiry } from "../retention.ts";
import type { LogStateTable, Tables } from "./schema.ts";

/** What the parts of the store work with. */
export interface Sql {
  /** Runs queries that change nothing. Each single query sees one consistent state of all that was committed. */
  read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** Runs one transaction that may write: nobody else writes meanwhile, and it happens whole or not at all. */
  transact<T>(work: (unit: Unit) => Promise<T>): Promise<T>;
  /** Called after each transaction that appended to the log. */
  readonly listeners: Set<() => void>;
}

/** One transaction that may write. */
export interface Unit {
  readonly db: Transaction<Tables>;
  /** The store's clock, read once the transaction had its lock. */
  readonly now: number;
  readonly random: Random;
  /** Events to append at its end. */
  readonly pending: PendingEvent[];
  /** Whether some were appended already. */
  hasAppended?: boolean;
}

export interface PendingEvent extends Spoken {
  readonly keepMs?: number | undefined;
}

/** Runs `work` in one transaction and appends its events last. */
export function transactOn(
  db: Kysely<Tables>,
  clock: Clock,
  random: Random,
  listeners: ReadonlySet<() => void>,
): Sql["transact"] {
  return async (work) => {
    let hasAppended = false;
    const done = await db.transaction().execute(async (trx) => {
      const unit: Unit = { db: trx, now: clock.now(), random, pending: [] };
      const result = await work(unit);
      await appendPending(unit);
      hasAppended = unit.hasAppended === true;
      return result;
    });
    if (hasAppended) for (const listener of listeners) listener();
    return done;
  };
}

/**
 * Appends what is pending. The number comes from the counter's row, which is written after everything else of the transaction, so
 * that numbers follow the order of commits and leave no gap.
 */
export async function appendPending(unit: Unit): Promise<readonly LogEvent[]> {
  const { db, now, random, pending } = unit;
  const added = pending.splice(0).map((event) => ({ ...event, mark: Buffer.from(random.bytes(8)).toString("hex") }));
  const last = added.at(-1);
  if (last === undefined) return [];
  unit.hasAppended = true;
  const state = await db
    .updateTable("log_state")
    .set({ number: sql<number>`number + ${added.length}`, mark: last.mark })
    .where("id", "=", 1)
    .returningAll()
    .executeTakeFirstOrThrow();
  const first = state.number - added.length + 1;
  const events = added.map(({ scope, target, mark, keepMs }, index) =>
    Object.freeze({
      number: first + index,
      mark,
      scope,
      target,
      expires: eventExpiry(accessLifetimes(state), now, keepMs),
    }),
  );
  for (const batch of batches(events)) await db.insertInto("events").values(batch).execute();
  return events;
}

/** The part of the log's state that the expiry of events stands on. */
export function accessLifetimes(state: LogStateTable) {
  return {
    currentMs: state.lifetime_current_ms,
    heldMs: state.lifetime_held_ms,
    heldUntil: state.lifetime_held_until,
  };
}

/** Lists cut to what one statement takes. */
export function batches<T>(list: readonly T[], size = 500): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
