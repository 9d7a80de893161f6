// The revocation log in SQL. Knows nothing of followers.

import type { LogEvent, LogStore } from "../contract.ts";
import { registered } from "../retention.ts";
import { toEvent } from "./rows.ts";
import { accessLifetimes, appendPending, type Sql } from "./unit.ts";

export function logIn({ read, transact }: Sql): LogStore {
  return {
    head: () =>
      read((db) => db.selectFrom("log_state").select(["number", "mark"]).where("id", "=", 1).executeTakeFirstOrThrow()),
    read: (from) =>
      read(async (db) => {
        // One statement, so that head, events and horizon are of the same moment.
        const rows = await db
          .selectFrom("log_state")
          .leftJoin("events", (join) => join.on("events.number", ">", from))
          .select(["log_state.number as to", "log_state.mark as head_mark", "horizon"])
          .select(["events.number", "events.mark", "scope", "target", "expires"])
          .where("log_state.id", "=", 1)
          .orderBy("events.number")
          .execute();
        const [{ to = 0, head_mark: mark = "", horizon = 0 } = {}] = rows;
        return { from, to, mark, horizon, events: rows.flatMap(present) };
      }),
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
    registerAccessLifetime: (ms) =>
      transact(async ({ db, now }) => {
        const state = await db.selectFrom("log_state").selectAll().where("id", "=", 1).executeTakeFirstOrThrow();
        const { currentMs, heldMs, heldUntil } = registered(accessLifetimes(state), ms, now);
        const lifetimes = { lifetime_current_ms: currentMs, lifetime_held_ms: heldMs, lifetime_held_until: heldUntil };
        await db.updateTable("log_state").set(lifetimes).where("id", "=", 1).execute();
      }),
  };
}

/** The event of a joined row, or nothing where the join found none. */
function present(row: { [Column in keyof LogEvent]: LogEvent[Column] | null }): readonly LogEvent[] {
  const { number, mark, scope, target, expires } = row;
  if (number === null || mark === null || scope === null || target === null || expires === null) return [];
  return [toEvent({ number, mark, scope, target, expires })];
}
