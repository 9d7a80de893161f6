// Service keys in SQL. Knows nothing of what a service may ask.

import type { Awaitable } from "@countersign/verifier";
import type { ServiceKey, ServiceStore } from "../contract.ts";
import { toService } from "./rows.ts";
import type { Sql } from "./unit.ts";

/** The service keys. `find` is the prepared hot path. */
export function servicesIn(
  { read, transact }: Sql,
  find: (id: string) => Awaitable<ServiceKey | undefined>,
): ServiceStore {
  return {
    create: (service) =>
      transact(async ({ db, now }) => {
        const { id, name, secretHash, audience } = service;
        const scopes = JSON.stringify(service.scopes);
        const inserted = await db
          .insertInto("services")
          .values({ id, name, secret_hash: secretHash, scopes, audience, created_at: now })
          .onConflict((conflict) => conflict.doNothing())
          .returning("id")
          .executeTakeFirst();
        return inserted === undefined ? "exists" : "created";
      }),
    find,
    list: () =>
      read(async (db) => {
        const rows = await db.selectFrom("services").selectAll().orderBy("created_at").orderBy("id").execute();
        return rows.map(toService);
      }),
    remove: (id) =>
      transact(async ({ db }) => {
        const removed = db.deleteFrom("services").where("id", "=", id).returning("id");
        return (await removed.executeTakeFirst()) !== undefined;
      }),
  };
}
