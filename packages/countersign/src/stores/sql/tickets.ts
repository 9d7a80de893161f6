// Single-use tickets in SQL. Knows nothing of mail.

import type { Kysely } from "kysely";
import { maxTickets, type Ticket, type TicketKind, type TicketStore } from "../contract.ts";
import { toTicket } from "./rows.ts";
import type { Tables } from "./schema.ts";
import type { Sql, Unit } from "./unit.ts";

export function ticketsIn({ read, transact }: Sql, now: () => number): TicketStore {
  return {
    create: ({ hash, kind, sub, emailKey }, lifetimeMs) =>
      transact(async (unit) => {
        await dropTickets(unit, sub, kind, maxTickets - 1);
        const row = { hash, kind, sub, email_key: emailKey, expires_at: unit.now + Math.round(lifetimeMs) };
        await unit.db.insertInto("tickets").values(row).execute();
      }),
    find: (hash, kind) => read((db) => livingTicket(db, hash, kind, now())),
    redeem: (hash, kind) =>
      transact(async (unit) => {
        const living = unit.db.deleteFrom("tickets").where("hash", "=", hash).where("kind", "=", kind);
        const row = await living.where("expires_at", ">", unit.now).returningAll().executeTakeFirst();
        if (row === undefined) return undefined;
        await dropTickets(unit, row.sub, kind);
        return toTicket(row);
      }),
  };
}

/** The ticket, while it is alive and of this kind. */
export async function livingTicket(
  db: Kysely<Tables>,
  hash: string,
  kind: TicketKind,
  now: number,
): Promise<Ticket | undefined> {
  const living = db.selectFrom("tickets").selectAll().where("hash", "=", hash).where("kind", "=", kind);
  const row = await living.where("expires_at", ">", now).executeTakeFirst();
  return row && toTicket(row);
}

/** Drops the tickets of a subject and kind, but for the `keep` that end last. */
export async function dropTickets({ db }: Unit, sub: string, kind: TicketKind, keep = 0): Promise<void> {
  const own = db.selectFrom("tickets").select("hash").where("sub", "=", sub).where("kind", "=", kind);
  const kept = own.orderBy("expires_at", "desc").orderBy("hash", "desc").limit(keep);
  const dropped = db.deleteFrom("tickets").where("sub", "=", sub).where("kind", "=", kind);
  await dropped.where("hash", "not in", kept).execute();
}
