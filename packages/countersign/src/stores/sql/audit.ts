// The audit log in SQL. Knows nothing of the acts.

import type { AuditStore, NewAuditEntry } from "../contract.ts";
import { toAuditEntry } from "./rows.ts";
import { batches, type Sql, type Unit } from "./unit.ts";

export function auditIn({ read, transact }: Sql): AuditStore {
  return {
    async append(entries) {
      if (entries.length === 0) return;
      await transact((unit) => appendAudit(unit, entries));
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

/** Adds entries, with the time of the transaction. */
export async function appendAudit({ db, now: at }: Unit, entries: readonly NewAuditEntry[]): Promise<void> {
  for (const batch of batches(entries)) {
    const values = batch.map(({ act, outcome, actor, sub, sid, address, client, detail }) => {
      return { at, act, outcome, actor, sub, sid, address, client, detail };
    });
    await db.insertInto("audit").values(values).execute();
  }
}
