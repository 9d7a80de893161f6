// The key ring in SQL. Knows nothing of what is sealed in it.

import type { KeyStore, StoredKey } from "../contract.ts";
import { fromKey, toKey } from "./rows.ts";
import { batches, type Sql, type Unit } from "./unit.ts";

export function keysIn({ read, transact }: Sql): KeyStore {
  return {
    list: () =>
      read(async (db) => {
        // One statement, so that the revision is that of the keys.
        const rows = await db
          .selectFrom("key_ring")
          .leftJoin("signing_keys", (join) => join.onTrue())
          .selectAll("signing_keys")
          .select("revision")
          .orderBy("created_at")
          .orderBy("kid")
          .execute();
        return { revision: rows[0]?.revision ?? 0, keys: rows.flatMap(present) };
      }),
    change: (revision, change) =>
      transact(async (unit) => {
        const next = unit.db
          .updateTable("key_ring")
          .set({ revision: revision + 1 })
          .where("revision", "=", revision);
        if ((await next.returning("revision").executeTakeFirst()) === undefined) return false;
        await putAndRemove(unit, change.put ?? [], change.remove ?? []);
        const { revoke = [], revokeKeepMs: keepMs } = change;
        unit.pending.push(...revoke.map((target) => ({ scope: "key" as const, target, keepMs })));
        return true;
      }),
  };
}

async function putAndRemove({ db }: Unit, put: readonly StoredKey[], remove: readonly string[]): Promise<void> {
  const gone = [...put.map(({ kid }) => kid), ...remove];
  if (gone.length > 0) await db.deleteFrom("signing_keys").where("kid", "in", gone).execute();
  const kept = put.filter(({ kid }) => !remove.includes(kid));
  for (const batch of batches(kept)) await db.insertInto("signing_keys").values(batch.map(fromKey)).execute();
}

/** The key of a joined row, or nothing where the join found none. */
function present(row: { [Column in keyof Parameters<typeof toKey>[0]]: Parameters<typeof toKey>[0][Column] | null }) {
  const { kid, alg, public_jwk, sealed_private_jwk, created_at, signs_from, signs_until, leaves_at } = row;
  if (kid === null || alg === null || public_jwk === null || sealed_private_jwk === null) return [];
  if (created_at === null || signs_from === null) return [];
  return [toKey({ kid, alg, public_jwk, sealed_private_jwk, created_at, signs_from, signs_until, leaves_at })];
}
