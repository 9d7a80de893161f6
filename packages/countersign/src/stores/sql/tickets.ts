// Single-use tickets in SQL. Knows nothing of mail.

import type { Kysely } from "kysely";
import type { Ticket, TicketKind, TicketStore } from "../contract.ts";
import { toTicket } from "./rows.ts";
import type { Tables } from "./schema.ts";
import type { Sql, Unit } from "./unit.ts";

export function ticketsIn({ read, transact }: Sql, now: () => number): TicketStore {
  return {
    create: ({ hash, kind, sub, emailKey }, lifetimeMs) =>
      transact(async (unit) => {
        await dropTickets(unit, sub, kind);
        const row = { hash, kind, sub, email_key: emailKey, expires_at: unit.now + Math.round(lifetimeMs) };
        await unit.db.insertInto("tickets").values(row).execute();
      }),
    find: (hash, kind) => read((db) => livingTicket(db, hash, kind, now())),
    redeem: (hash, kind) =>
      transact(async (unit) => {
        const living = unit.db.deleteFrom("tickets").where("hash", "=", hash).where("kind", "=", kind);
        const row = await living.where("expires_at", ">", unit.now).returningAll().executeTakeFirst();
        return row && toTicket(row);
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

/** Drops every ticket of a subject and kind. */
export async function dropTickets({ db }: Unit, sub: string, kind: TicketKind): Promise<void> {
  await db.deleteFrom("tickets").where("sub", "=", sub).where("kind", "=", kind).execute();
}
