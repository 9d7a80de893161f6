// Sessions in SQL. Every update names in its own WHERE what must still hold; knows nothing of tokens or of who asks.

import type { Awaitable } from "@countersign/verifier";
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import {
  type EndReason,
  isAlive,
  isTouchDue,
  type LifetimePolicy,
  maxDataBytes,
  type NewSession,
  type SessionRecord,
  type SessionStore,
} from "../contract.ts";
import { boundedEnds, isTooDeep, newRecord, parseFrozen } from "../record.ts";
import { writeNotes } from "./notes.ts";
import { fromSession, toSession } from "./rows.ts";
import type { Tables } from "./schema.ts";
import type { Sql, Unit } from "./unit.ts";

/** The session store. `find` is the prepared hot path. */
export function sessionsIn(
  sqlStore: Sql,
  find: (sid: string) => Awaitable<SessionRecord | undefined>,
  now: () => number,
): SessionStore {
  const { read, transact } = sqlStore;
  return {
    create: (session, on) => transact((unit) => createSession(unit, session, on)),
    find,
    async touch(sid, policy) {
      const record = await find(sid);
      if (record === undefined || !isAlive(record, policy, now())) return false;
      return !isTouchDue(record, policy, now()) || transact((unit) => touchSession(unit, sid, policy));
    },
    rotate: (sid, counter, client, policy) =>
      transact(async (unit) => {
        const record = await livingSession(unit, sid, policy);
        if (record?.refreshCounter !== counter || !(await areAncestorsAlive(unit, record, policy))) return "lost";
        const { now } = unit;
        const moved = {
          refresh_counter: counter + 1,
          rotated_at: now,
          last_used_at: now,
          client: JSON.stringify(client),
        };
        const row = await unit.db
          .updateTable("sessions")
          .set(moved)
          .where("sid", "=", sid)
          .where("refresh_counter", "=", counter)
          .where(isLiving(policy, now))
          .returningAll()
          .executeTakeFirst();
        return row === undefined ? "lost" : toSession(row);
      }),
    setLifetime: (sid, change, policy) => transact((unit) => setLifetime(unit, sid, change, policy)),
    mergeData: (sid, patch, policy) =>
      transact(async (unit) => {
        const data = isTooDeep(patch) ? undefined : await mergeData(unit, sid, JSON.stringify(patch), policy);
        if (data !== undefined) return { outcome: "merged", data: parseFrozen(data) };
        return { outcome: (await livingSession(unit, sid, policy)) === undefined ? "ended" : "too_large" };
      }),
    end: (sid, reason) => transact((unit) => endSession(unit, sid, reason)),
    replace: (sid, successor, on) => transact((unit) => replaceSession(unit, sid, successor, on)),
    list: (sub, policy, limit) =>
      read(async (db) => {
        const living = db.selectFrom("sessions").selectAll().where("sub", "=", sub).where(isLiving(policy, now()));
        const rows = await living
          .orderBy("last_used_at", "desc")
          .orderBy("created_at", "desc")
          .orderBy("sid", "desc")
          .limit(limit)
          .execute();
        return rows.map(toSession);
      }),
    listAll: ({ after = "", limit }, policy) =>
      read(async (db) => {
        const living = db.selectFrom("sessions").selectAll().where("sid", ">", after).where(isLiving(policy, now()));
        return (await living.orderBy("sid").limit(limit).execute()).map(toSession);
      }),
    count: () =>
      read(async (db) => {
        const counted = db.selectFrom("sessions").select(({ fn }) => fn.countAll<number>().as("rows"));
        return (await counted.executeTakeFirstOrThrow()).rows;
      }),
  };
}

/** Whether the account may begin a session now: still of this generation, and not disabled. */
export async function mayBegin({ db }: Unit, sub: string, generation: number): Promise<boolean> {
  const account = await db
    .selectFrom("accounts")
    .select("sub")
    .where("sub", "=", sub)
    .where("generation", "=", generation)
    .where("disabled_at", "is", null)
    .executeTakeFirst();
  return account !== undefined;
}

/** The record of a sid, over or not. */
export async function sessionOf({ db }: Unit, sid: string): Promise<SessionRecord | undefined> {
  const row = await db.selectFrom("sessions").selectAll().where("sid", "=", sid).executeTakeFirst();
  return row && toSession(row);
}

/** Adds the row; answers whether the sid was free. */
export async function insertSession({ db }: Unit, record: SessionRecord): Promise<boolean> {
  const insert = db
    .insertInto("sessions")
    .values(fromSession(record))
    .onConflict((conflict) => conflict.doNothing());
  return (await insert.returning("sid").executeTakeFirst()) !== undefined;
}

/** Puts the children of one session that have not ended under another. */
export async function moveChildren({ db }: Unit, from: string, to: string): Promise<void> {
  const moved = db.updateTable("sessions").set({ parent: to }).where("parent", "=", from);
  await moved.where("revoked_at", "is", null).execute();
}

/** The session itself and everything below it that has not ended. */
export async function familyOf({ db }: Unit, sid: string): Promise<readonly string[]> {
  const family = [sid];
  for (let level = [sid]; level.length > 0; ) {
    const children = db.selectFrom("sessions").select("sid").where("parent", "in", level);
    level = (await children.where("revoked_at", "is", null).execute()).map((row) => row.sid);
    family.push(...level);
  }
  return family;
}

/**
 * Ends a session and those below it, an event each. One that is over by time is ended too: its tombstone holds when a clock
 * steps back.
 */
export async function endSession(unit: Unit, sid: string, reason: EndReason): Promise<readonly string[]> {
  const ended = await markEnded(unit, reason, (eb) => eb("sid", "=", sid));
  for (let level = ended; level.length > 0; ended.push(...level)) {
    const parents = level;
    level = await markEnded(unit, "parent_ended", (eb) => eb("parent", "in", parents));
  }
  return ended;
}

/** Ends every session of a subject but the kept ones, an event each, and cuts off its tokens without a record. */
export async function endEverythingOf(
  unit: Unit,
  sub: string,
  reason: EndReason,
  kept: readonly string[] = [],
): Promise<readonly string[]> {
  const ended = await markEnded(unit, reason, (eb) =>
    kept.length === 0 ? eb("sub", "=", sub) : eb.and([eb("sub", "=", sub), eb("sid", "not in", kept)]),
  );
  unit.pending.push({ scope: "subject", target: sub });
  return ended;
}

/** Ends every session of these subjects, an event each. */
export function endSessionsOf(unit: Unit, subs: readonly string[], reason: EndReason): Promise<readonly string[]> {
  return markEnded(unit, reason, (eb) => eb("sub", "in", subs));
}

type SessionCondition = (eb: ExpressionBuilder<Tables, "sessions">) => Expression<SqlBool>;

async function markEnded(unit: Unit, reason: EndReason, which: SessionCondition): Promise<string[]> {
  const rows = await unit.db
    .updateTable("sessions")
    .set({ revoked_at: unit.now, reason })
    .where(which)
    .where("revoked_at", "is", null)
    .returning("sid")
    .execute();
  const sids = rows.map(({ sid }) => sid);
  unit.pending.push(...sids.map((target) => ({ scope: "session" as const, target })));
  return sids;
}

/** `isAlive` as a condition. */
function isLiving(policy: LifetimePolicy, now: number): SessionCondition {
  return (eb) =>
    eb.and([
      eb("revoked_at", "is", null),
      eb("expires_at", ">", now),
      eb("created_at", ">", Math.max(0, now - policy.maxAgeMs)),
      eb("last_used_at", ">", Math.max(0, now - policy.maxIdleMs)),
      eb(eb("last_used_at", "+", eb.ref("idle_ms")), ">", now),
    ]);
}

async function livingSession(unit: Unit, sid: string, policy: LifetimePolicy): Promise<SessionRecord | undefined> {
  const record = await sessionOf(unit, sid);
  return record !== undefined && isAlive(record, policy, unit.now) ? record : undefined;
}

/** A session that a child may stand on: alive, of the same subject, and everything above it alive. */
async function livingParent(
  unit: Unit,
  sid: string,
  sub: string,
  policy: LifetimePolicy,
): Promise<SessionRecord | undefined> {
  const record = await livingSession(unit, sid, policy);
  return record?.sub === sub && (await areAncestorsAlive(unit, record, policy)) ? record : undefined;
}

async function areAncestorsAlive(unit: Unit, record: SessionRecord, policy: LifetimePolicy): Promise<boolean> {
  return record.parent === null || (await livingParent(unit, record.parent, record.sub, policy)) !== undefined;
}

async function createSession(
  unit: Unit,
  session: NewSession,
  on: Parameters<SessionStore["create"]>[1],
): ReturnType<SessionStore["create"]> {
  if (!(await mayBegin(unit, session.sub, on.generation))) return "outdated";
  const { parent: parentSid } = session;
  const parent = parentSid === undefined ? undefined : await livingParent(unit, parentSid, session.sub, on.policy);
  if (parentSid !== undefined && parent === undefined) return "parent_ended";
  if (!(await insertSession(unit, newRecord(session, unit.now, parent && { endsBy: parent.expiresAt }))))
    return "exists";

  if (on.replaces !== undefined) await endSession(unit, on.replaces, "superseded");
  await keepWithinLimit(unit, session, on);
  await writeNotes(unit, session.sub, on.notes);
  return "created";
}

/** Ends the longest unused sessions beyond the limit, but never the new one nor what it stands on. */
async function keepWithinLimit(
  unit: Unit,
  { sid: newSid, sub }: NewSession,
  { limit, policy }: { limit: number; policy: LifetimePolicy },
): Promise<void> {
  const living = await livingSids(unit, sub, policy);
  if (living.length <= limit) return;
  const own = await ancestorsOf(unit, newSid);
  let left: readonly string[] = living;
  for (const sid of living) {
    if (left.length <= limit) return;
    if (own.has(sid) || !left.includes(sid)) continue;
    await endSession(unit, sid, "session_limit");
    left = await livingSids(unit, sub, policy);
  }
}

/** The living sessions of a subject, the longest unused first. */
async function livingSids({ db, now }: Unit, sub: string, policy: LifetimePolicy): Promise<readonly string[]> {
  const living = db.selectFrom("sessions").select("sid").where("sub", "=", sub).where(isLiving(policy, now));
  const rows = await living.orderBy("last_used_at").orderBy("created_at").orderBy("sid").execute();
  return rows.map(({ sid }) => sid);
}

/** The session itself and everything above it. */
async function ancestorsOf(unit: Unit, sid: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at: string | null | undefined = sid; at; at = (await sessionOf(unit, at))?.parent) found.add(at);
  return found;
}

async function touchSession({ db, now }: Unit, sid: string, policy: LifetimePolicy): Promise<boolean> {
  const living = db.updateTable("sessions").set({ last_used_at: sql<number>`max(last_used_at, ${now})` });
  const touched = living.where("sid", "=", sid).where(isLiving(policy, now)).returning("sid");
  return (await touched.executeTakeFirst()) !== undefined;
}

async function setLifetime(
  unit: Unit,
  sid: string,
  change: { expiresAt?: number; idleMs?: number },
  policy: LifetimePolicy,
): Promise<SessionRecord | undefined> {
  const record = await livingSession(unit, sid, policy);
  if (record === undefined) return undefined;
  const parent = record.parent === null ? undefined : await sessionOf(unit, record.parent);
  const ends = boundedEnds(record, change, policy, parent?.expiresAt);
  const row = await unit.db
    .updateTable("sessions")
    .set({ expires_at: ends.expiresAt, idle_ms: ends.idleMs })
    .where("sid", "=", sid)
    .where(isLiving(policy, unit.now))
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  unit.pending.push({ scope: "changed", target: sid });
  return toSession(row);
}

/** The merged data as JSON text; `undefined` when the session is over or the result too large. `json_patch` is RFC 7396. */
async function mergeData(unit: Unit, sid: string, patch: string, policy: LifetimePolicy): Promise<string | undefined> {
  const merged = sql<string>`json_patch(data, ${patch})`;
  const row = await unit.db
    .updateTable("sessions")
    .set({ data: merged })
    .where("sid", "=", sid)
    .where(isLiving(policy, unit.now))
    .where(sql<number>`length(CAST(${merged} AS BLOB))`, "<=", maxDataBytes)
    .returning("data")
    .executeTakeFirst();
  if (row === undefined) return undefined;
  unit.pending.push({ scope: "changed", target: sid });
  return row.data;
}

async function replaceSession(
  unit: Unit,
  sid: string,
  successor: NewSession,
  on: Parameters<SessionStore["replace"]>[2],
): ReturnType<SessionStore["replace"]> {
  const old = await livingSession(unit, sid, on.policy);
  if (old === undefined || old.sub !== successor.sub) return "ended";
  if (!(await mayBegin(unit, old.sub, on.generation))) return "outdated";
  const parentSid = successor.parent ?? old.parent;
  const parent = parentSid === null ? undefined : await livingParent(unit, parentSid, old.sub, on.policy);
  if (parentSid !== null && parent === undefined) return "ended";

  const endsBy = parent && { endsBy: parent.expiresAt };
  const record = newRecord(successor, unit.now, { parent: parentSid, data: old.data, ...endsBy });
  if (!(await insertSession(unit, record))) return "exists";
  await moveChildren(unit, sid, successor.sid);
  await endSession(unit, sid, "superseded");
  await writeNotes(unit, old.sub, on.notes);
  return "replaced";
}
