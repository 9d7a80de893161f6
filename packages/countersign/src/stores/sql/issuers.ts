// The rows of issuing processes in SQL. Knows nothing of followers and leases.

import type { IssuerStore } from "../contract.ts";
import { fromIssuer, toIssuer } from "./rows.ts";
import type { Sql } from "./unit.ts";

/** The issuers' rows. */
export function issuersIn({ read, transact }: Sql): IssuerStore {
  return {
    put: (row) => transact(async ({ db }) => void (await db.insertInto("issuers").values(fromIssuer(row)).execute())),
    update: (row) =>
      transact(async ({ db }) => {
        const { incarnation, ...columns } = fromIssuer(row);
        const updated = db.updateTable("issuers").set(columns).where("incarnation", "=", incarnation);
        return (await updated.returning("incarnation").executeTakeFirst()) !== undefined;
      }),
    list: () => read(async (db) => (await db.selectFrom("issuers").selectAll().execute()).map(toIssuer)),
    remove: (incarnation, nonce) =>
      transact(async ({ db }) => {
        const removed = db.deleteFrom("issuers").where("incarnation", "=", incarnation).where("nonce", "=", nonce);
        return (await removed.returning("incarnation").executeTakeFirst()) !== undefined;
      }),
  };
}
