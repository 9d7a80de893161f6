// The audit log in SQL. Knows nothing of the acts.

import type { AuditStore } from "../contract.ts";
import { toAuditEntry } from "./rows.ts";
import { batches, type Sql } from "./unit.ts";

export function auditIn({ read, transact }: Sql): AuditStore {
  return {
    async append(entries) {
      if (entries.length === 0) return;
      await transact(async ({ db, now: at }) => {
        for (const batch of batches(entries)) {
          await db
            .insertInto("audit")
            .values(
              batch.map(({ act, outcome, actor, sub, sid, address, client, detail }) => {
                return { at, act, outcome, actor, sub, sid, address, client, detail };
              }),
            )
            .execute();
        }
      });
    },
    list: ({ before, limit, sub, act }) =>
      read(async (db) => {
        let page = db.selectFrom("audit").selectAll();
        if (before !== undefined) page = page.where("id", "<", before);
        if (sub !== undefined) page = page.where("sub", "=", sub);
        if (act !== undefined) page = page.where("act", "=", act);
        return (await page.orderBy("id", "desc").limit(limit).execute()).map(toAuditEntry);
      }),
  };
}
