// Takes away what has passed, a few hundred rows per transaction, so that nobody waits long for the lock.

import type { Pruned, Store } from "../contract.ts";
import { endSession } from "./sessions.ts";
import type { Sql, Unit } from "./unit.ts";

/** Rows per transaction. */
const stepRows = 500;

export function pruneIn(sql: Sql): Store["prune"] {
  return async ({ auditMs, auditEntries }): Promise<Pruned> => ({
    sessions: await repeat(sql, pruneSessions),
    events: await repeat(sql, pruneEvents),
    tickets: await repeat(sql, pruneTickets),
    audit:
      (await repeat(sql, (unit) => pruneAuditBeyondNumber(unit, auditEntries))) +
      (await repeat(sql, (unit) => pruneAuditBeyondAge(unit, auditMs))),
  });
}

/** Repeats a step, a transaction each, until it finds less than it may take; answers how much it took. */
async function repeat({ transact }: Sql, step: (unit: Unit) => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const taken = await transact(step);
    total += taken;
    if (taken < stepRows) return total;
  }
}

async function pruneSessions(unit: Unit): Promise<number> {
  const { db, now } = unit;
  const over = await db.selectFrom("sessions").select("sid").where("expires_at", "<=", now).limit(stepRows).execute();
  if (over.length === 0) return 0;
  const sids = over.map(({ sid }) => sid);
  // What depends on them ends with them, and must not be left without a parent to be judged by.
  const orphans = db.selectFrom("sessions").select("sid").where("parent", "in", sids).where("expires_at", ">", now);
  for (const { sid } of await orphans.where("revoked_at", "is", null).execute())
    await endSession(unit, sid, "parent_ended");
  await db.deleteFrom("sessions").where("sid", "in", sids).execute();
  return sids.length;
}

/** The horizon rises in the same transaction in which the events go. */
async function pruneEvents({ db, now }: Unit): Promise<number> {
  const over = db.selectFrom("events").select("number").where("expires", "<=", now).orderBy("expires").limit(stepRows);
  const gone = await db.deleteFrom("events").where("number", "in", over).returning("expires").execute();
  if (gone.length === 0) return 0;
  const latest = Math.max(...gone.map(({ expires }) => expires));
  await db.updateTable("log_state").set({ horizon: latest }).where("horizon", "<", latest).execute();
  return gone.length;
}

async function pruneTickets({ db, now }: Unit): Promise<number> {
  const over = db.selectFrom("tickets").select("hash").where("expires_at", "<=", now).limit(stepRows);
  return (await db.deleteFrom("tickets").where("hash", "in", over).returning("hash").execute()).length;
}

async function pruneAuditBeyondNumber({ db }: Unit, entries: number): Promise<number> {
  const newest = await db.selectFrom("audit").select("id").orderBy("id", "desc").limit(1).executeTakeFirst();
  if (newest === undefined) return 0;
  const over = db
    .selectFrom("audit")
    .select("id")
    .where("id", "<=", newest.id - entries)
    .limit(stepRows);
  return (await db.deleteFrom("audit").where("id", "in", over).returning("id").execute()).length;
}

async function pruneAuditBeyondAge({ db, now }: Unit, ms: number): Promise<number> {
  const over = db
    .selectFrom("audit")
    .select("id")
    .where("at", "<=", now - ms)
    .limit(stepRows);
  return (await db.deleteFrom("audit").where("id", "in", over).returning("id").execute()).length;
}
