// Accounts in SQL: addresses, password hashes, generations and what ends with them. Knows nothing of hashing or of mail.

import { type Kysely, type Selectable, sql } from "kysely";
import {
  type Account,
  type AccountStore,
  type EndReason,
  isAlive,
  type NewSession,
  type SignInView,
  unbounded,
} from "../contract.ts";
import { newRecord } from "../record.ts";
import { recordSuccess } from "./notes.ts";
import { fromNewAccount, parseList, toAccount } from "./rows.ts";
import type { AccountTable, Tables } from "./schema.ts";
import {
  endEverythingOf,
  endSessionsOf,
  familyOf,
  insertSession,
  mayBegin,
  moveChildren,
  sessionOf,
} from "./sessions.ts";
import { dropTickets, livingTicket } from "./tickets.ts";
import { appendPending, type Sql, type Unit } from "./unit.ts";

export function accountsIn({ read, transact }: Sql): AccountStore {
  return {
    create: (account) =>
      transact(async ({ db, now }) => {
        const insert = db.insertInto("accounts").values(fromNewAccount(account, now));
        const row = await insert
          .onConflict((conflict) => conflict.doNothing())
          .returning("sub")
          .executeTakeFirst();
        if (row !== undefined) return "created";
        await writeForNobody(db);
        return "taken";
      }),
    findForSignIn: (emailKey, places) => read((db) => signInView(db, "email_key", emailKey, places)),
    viewForSignIn: (sub) => read((db) => signInView(db, "sub", sub, [])),
    find: (sub) => read((db) => accountBy(db, "sub", sub)),
    findByEmail: (emailKey) => read((db) => accountBy(db, "email_key", emailKey)),
    list: ({ after = "", limit, search = "" }) =>
      read(async (db) => {
        const wanted = search.normalize("NFC").toLowerCase();
        const page = db.selectFrom("accounts").selectAll().where("sub", ">", after);
        const found = wanted === "" ? page : page.where(sql<number>`instr(email_key, ${wanted})`, ">", 0);
        return (await found.orderBy("sub").limit(limit).execute()).map(toAccount);
      }),
    recordFailure: (sub) => transact(({ db }) => recordFailure(db, sub)),
    recordSuccess: (sub, places) => transact((unit) => recordSuccess(unit, sub, places)),
    rehash: (sub, from, to) =>
      transact(async ({ db }) => {
        const account = db.updateTable("accounts").set({ password_hash: to }).where("sub", "=", sub);
        return (await account.where("password_hash", "=", from).returning("sub").executeTakeFirst()) !== undefined;
      }),
    changePassword: (change) => transact((unit) => changePassword(unit, change)),
    verifyAddress: (ticketHash) => transact((unit) => verifyAddress(unit, ticketHash)),
    endAll: (sub, reason, options = {}) => transact((unit) => endAll(unit, sub, reason, options)),
    endNext: (page, reason) => transact((unit) => endNext(unit, page, reason)),
    setDisabled: (sub, disabled) => transact((unit) => setDisabled(unit, sub, disabled)),
  };
}

type AccountKey = "sub" | "email_key";

async function accountBy(db: Kysely<Tables>, key: AccountKey, value: string): Promise<Account | undefined> {
  const row = await db.selectFrom("accounts").selectAll().where(key, "=", value).executeTakeFirst();
  return row && toAccount(row);
}

/** One statement, so that account and log number are of the same moment. */
async function signInView(
  db: Kysely<Tables>,
  key: AccountKey,
  value: string,
  places: readonly string[],
): Promise<SignInView | undefined> {
  const row = await db
    .selectFrom("accounts")
    .innerJoin("log_state", (join) => join.on("log_state.id", "=", 1))
    .selectAll("accounts")
    .select("log_state.number as log_number")
    .where(key, "=", value)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const known = parseList(row.places);
  return {
    account: toAccount(row),
    logNumber: row.log_number,
    knownPlaces: places.filter((place) => known.includes(place)),
  };
}

async function recordFailure(db: Kysely<Tables>, sub: string | undefined): Promise<number> {
  const more = db.updateTable("accounts").set({ failures: sql<number>`failures + 1` });
  const counted = sub === undefined ? undefined : more.where("sub", "=", sub).returning("failures");
  const account = await counted?.executeTakeFirst();
  if (account !== undefined) return account.failures;
  await writeForNobody(db);
  return 0;
}

/** One row more to be written, as where there was an account: a transaction that changes nothing never waits for the disk. */
async function writeForNobody(db: Kysely<Tables>): Promise<void> {
  await db.updateTable("nobody").set({ writes: sql<number>`writes + 1` }).execute();
}

/** Raises the generation with whatever else changes; the account before the change, `undefined` when it is absent. */
async function raiseGeneration(
  { db }: Unit,
  sub: string,
  change: Partial<Selectable<AccountTable>> = {},
): Promise<boolean> {
  const raised = db.updateTable("accounts").set({ ...change, generation: sql<number>`generation + 1` });
  return (await raised.where("sub", "=", sub).returning("sub").executeTakeFirst()) !== undefined;
}

async function changePassword(
  unit: Unit,
  change: Parameters<AccountStore["changePassword"]>[0],
): ReturnType<AccountStore["changePassword"]> {
  const { sub, ticketHash, session, replaces } = change;
  const account = await accountBy(unit.db, "sub", sub);
  if (ticketHash !== undefined) {
    const ticket = await livingTicket(unit.db, ticketHash, "reset", unit.now);
    if (ticket?.sub !== sub || ticket.emailKey !== account?.emailKey) return { outcome: "ticket_spent" };
  }
  if (account === undefined || !(await mayBegin(unit, sub, change.generation))) return { outcome: "outdated" };
  if (session !== undefined && (await sessionOf(unit, session.sid)) !== undefined) return { outcome: "outdated" };

  // A link mailed before the change must not undo it.
  await dropTickets(unit, sub, "reset");
  const proven = ticketHash === undefined ? account.emailVerifiedAt : (account.emailVerifiedAt ?? unit.now);
  await raiseGeneration(unit, sub, { password_hash: change.passwordHash, email_verified_at: proven });
  const kept = session === undefined ? [] : await beginAnew(unit, { ...session, sub }, replaces);
  const ended = await endEverythingOf(unit, sub, "password_changed", kept);
  const events = await appendPending(unit);
  return { outcome: "changed", ended, logNumber: events.at(-1)?.number ?? 0 };
}

/** Creates the session of a changed password, which takes data and children of the one it succeeds; answers what to keep. */
async function beginAnew(unit: Unit, session: NewSession, replaces: string | undefined): Promise<readonly string[]> {
  const before = replaces === undefined ? undefined : await sessionOf(unit, replaces);
  const succeeded = before?.sub === session.sub && isAlive(before, unbounded, unit.now) ? before : undefined;
  await insertSession(unit, newRecord(session, unit.now, succeeded && { data: succeeded.data }));
  if (succeeded !== undefined) await moveChildren(unit, succeeded.sid, session.sid);
  return familyOf(unit, session.sid);
}

async function verifyAddress(unit: Unit, ticketHash: string): Promise<Account | undefined> {
  const ticket = await livingTicket(unit.db, ticketHash, "verify", unit.now);
  if (ticket === undefined) return undefined;
  const row = await unit.db
    .updateTable("accounts")
    .set({ email_verified_at: sql<number>`coalesce(email_verified_at, ${unit.now})` })
    .where("sub", "=", ticket.sub)
    .where("email_key", "=", ticket.emailKey)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await dropTickets(unit, row.sub, "verify");
  return toAccount(row);
}

async function endAll(
  unit: Unit,
  sub: string,
  reason: EndReason,
  { except }: { except?: string },
): ReturnType<AccountStore["endAll"]> {
  if (!(await raiseGeneration(unit, sub))) return undefined;
  const ended = await endEverythingOf(unit, sub, reason, except === undefined ? [] : [except]);
  const events = await appendPending(unit);
  return { ended, logNumber: events.at(-1)?.number ?? 0 };
}

async function endNext(
  unit: Unit,
  { after = "", limit }: { after?: string; limit: number },
  reason: EndReason,
): ReturnType<AccountStore["endNext"]> {
  const left = unit.db.selectFrom("accounts").select("sub").where("sub", ">", after).orderBy("sub");
  const found = (await left.limit(limit + 1).execute()).map(({ sub }) => sub);
  const subs = found.slice(0, limit);
  if (subs.length === 0) return { ended: 0, next: undefined };
  const raised = unit.db.updateTable("accounts").set({ generation: sql<number>`generation + 1` });
  await raised.where("sub", "in", subs).execute();
  const ended = await endSessionsOf(unit, subs, reason);
  return { ended: ended.length, next: found.length > limit ? subs.at(-1) : undefined };
}

async function setDisabled(unit: Unit, sub: string, disabled: boolean): ReturnType<AccountStore["setDisabled"]> {
  const account = await accountBy(unit.db, "sub", sub);
  if (account === undefined) return undefined;
  if (disabled === (account.disabledAt !== null)) return { ended: [] };
  if (!disabled) {
    await unit.db.updateTable("accounts").set({ disabled_at: null }).where("sub", "=", sub).execute();
    return { ended: [] };
  }
  await raiseGeneration(unit, sub, { disabled_at: unit.now });
  return { ended: await endEverythingOf(unit, sub, "disabled") };
}
