// The revocation log in SQL. Knows nothing of followers.

import { sql } from "kysely";
import type { LogEvent, LogStore, LogView } from "../contract.ts";
import { registered } from "../retention.ts";
import { toEvent } from "./rows.ts";
import { accessLifetimes, appendPending, type Sql } from "./unit.ts";

export function logIn({ read, transact, listeners }: Sql): LogStore {
  return {
    head: () =>
      read((db) => db.selectFrom("log_state").select(["number", "mark"]).where("id", "=", 1).executeTakeFirstOrThrow()),
    read: (asked, limit = Number.MAX_SAFE_INTEGER - 1) =>
      read(async (db) => {
        const after = typeof asked === "number" ? asked : asked.number;
        const isHeld = typeof asked === "number" ? sql`TRUE` : isHeldAt(asked.number, asked.mark);
        // One statement, so that head, events and horizon are of the same moment.
        const { rows } = await sql<ReadRow>`
          WITH state AS (SELECT number, mark, horizon, ${isHeld} AS is_held FROM log_state WHERE id = 1)
          SELECT state.number AS head, state.mark AS head_mark, state.horizon, state.is_held, events.*
          FROM state LEFT JOIN events ON events.number > CASE WHEN state.is_held THEN ${after} ELSE 0 END
          ORDER BY events.number LIMIT ${limit + 1}`.execute(db);
        return toView(rows, after, limit);
      }),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    newest: (spoken) =>
      read(async (db) => {
        if (spoken.length === 0) return 0;
        const row = await db
          .selectFrom("events")
          .select(({ fn }) => fn.max("number").as("number"))
          .where(({ or, and }) => or(spoken.map(({ scope, target }) => and({ scope, target }))))
          .executeTakeFirst();
        return row?.number ?? 0;
      }),
    append: (event) =>
      transact(async (unit) => {
        unit.pending.push(event);
        const [appended] = await appendPending(unit);
        if (appended === undefined) throw new Error("nothing was appended");
        return appended;
      }),
    appendOnce: ({ scope, target }) =>
      transact(async ({ db, pending }) => {
        const same = db.selectFrom("events").select("number").where("scope", "=", scope).where("target", "=", target);
        if ((await same.executeTakeFirst()) !== undefined) return false;
        pending.push({ scope, target });
        return true;
      }),
    registerAccessLifetime: (ms) =>
      transact(async ({ db, now }) => {
        const state = await db.selectFrom("log_state").selectAll().where("id", "=", 1).executeTakeFirstOrThrow();
        const { currentMs, heldMs, heldUntil } = registered(accessLifetimes(state), ms, now);
        const lifetimes = { lifetime_current_ms: currentMs, lifetime_held_ms: heldMs, lifetime_held_until: heldUntil };
        await db.updateTable("log_state").set(lifetimes).where("id", "=", 1).execute();
      }),
  };
}

function isHeldAt(number: number, mark: string) {
  return sql`(${number} = 0 OR (number = ${number} AND mark = ${mark}) OR EXISTS
    (SELECT 1 FROM events WHERE number = ${number} AND mark = ${mark}))`;
}

interface ReadRow extends EventColumns {
  readonly head: number;
  readonly head_mark: string;
  readonly horizon: number;
  readonly is_held: number;
}

/** The columns of an event, or nulls where the join found none. */
type EventColumns = { readonly [Column in keyof LogEvent]: LogEvent[Column] | null };

function toView(rows: readonly ReadRow[], after: number, limit: number): LogView {
  const [state] = rows;
  if (state === undefined) throw new Error("the log has lost its counter");
  const isSnapshot = state.is_held === 0;
  const events = rows.slice(0, limit).flatMap(present);
  const last = events.at(-1);
  const hasMore = last !== undefined && rows.length > limit;
  const { number: to, mark } = hasMore ? last : { number: state.head, mark: state.head_mark };
  return { from: isSnapshot ? 0 : after, to, mark, events, horizon: state.horizon, isSnapshot, hasMore };
}

function present({ number, mark, scope, target, expires }: EventColumns): readonly LogEvent[] {
  if (number === null || mark === null || scope === null || target === null || expires === null) return [];
  return [toEvent({ number, mark, scope, target, expires })];
}
