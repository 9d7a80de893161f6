// Rows on the store as a whole: its clock, its closing, and what it keeps when it is opened again.

import { Unavailable } from "@countersign/verifier";
import type { Store } from "../contract.ts";
import { client, freely, type Harness, hour, id, minute, newSession, type Open, policy, rows } from "./setting.ts";

const issuerRow = { incarnation: "i", nonce: "n", longestLagMs: 0, leastApplied: null, followers: [] } as const;

/** Every method that asks the data, each with arguments that it would take. */
const calls: Readonly<Record<string, (store: Store) => unknown>> = {
  "accounts.create": ({ accounts }) =>
    accounts.create({ sub: id("eve"), email: "e", emailKey: "e", emailVerified: false, passwordHash: "h" }),
  "accounts.findForSignIn": ({ accounts }) => accounts.findForSignIn("ada@example.org", []),
  "accounts.viewForSignIn": ({ accounts }) => accounts.viewForSignIn(id("ada")),
  "accounts.find": ({ accounts }) => accounts.find(id("ada")),
  "accounts.findByEmail": ({ accounts }) => accounts.findByEmail("ada@example.org"),
  "accounts.list": ({ accounts }) => accounts.list({ limit: 1 }),
  "accounts.recordFailure": ({ accounts }) => accounts.recordFailure(id("ada")),
  "accounts.recordSuccess": ({ accounts }) => accounts.recordSuccess(id("ada"), []),
  "accounts.rehash": ({ accounts }) => accounts.rehash(id("ada"), "a", "b"),
  "accounts.changePassword": ({ accounts }) =>
    accounts.changePassword({ sub: id("ada"), generation: 0, passwordHash: "h" }),
  "accounts.verifyAddress": ({ accounts }) => accounts.verifyAddress("t"),
  "accounts.endAll": ({ accounts }) => accounts.endAll(id("ada"), "revoked"),
  "accounts.setDisabled": ({ accounts }) => accounts.setDisabled(id("ada"), true),
  "sessions.create": ({ sessions }) => sessions.create(newSession("s"), freely),
  "sessions.find": ({ sessions }) => sessions.find(id("s")),
  "sessions.touch": ({ sessions }) => sessions.touch(id("s"), policy),
  "sessions.rotate": ({ sessions }) => sessions.rotate(id("s"), 0, client, policy),
  "sessions.setLifetime": ({ sessions }) => sessions.setLifetime(id("s"), {}, policy),
  "sessions.mergeData": ({ sessions }) => sessions.mergeData(id("s"), {}, policy),
  "sessions.end": ({ sessions }) => sessions.end(id("s"), "revoked"),
  "sessions.replace": ({ sessions }) => sessions.replace(id("s"), newSession("t"), { generation: 0, policy }),
  "sessions.list": ({ sessions }) => sessions.list(id("ada"), policy, 1),
  "sessions.listAll": ({ sessions }) => sessions.listAll({ limit: 1 }, policy),
  "sessions.count": ({ sessions }) => sessions.count(),
  "tickets.create": ({ tickets }) => tickets.create({ hash: "t", kind: "reset", sub: id("ada"), emailKey: "a" }, 1),
  "tickets.find": ({ tickets }) => tickets.find("t", "reset"),
  "tickets.redeem": ({ tickets }) => tickets.redeem("t", "reset"),
  "log.head": ({ log }) => log.head(),
  "log.read": ({ log }) => log.read(0),
  "log.newest": ({ log }) => log.newest([{ scope: "everyone", target: "" }]),
  "log.append": ({ log }) => log.append({ scope: "everyone", target: "" }),
  "log.appendOnce": ({ log }) => log.appendOnce({ scope: "everyone", target: "" }),
  "log.registerAccessLifetime": ({ log }) => log.registerAccessLifetime(1),
  "keys.list": ({ keys }) => keys.list(),
  "keys.change": ({ keys }) => keys.change(0, {}),
  "audit.append": ({ audit }) =>
    audit.append([
      { act: "a", outcome: "ok", actor: "a", sub: null, sid: null, address: null, client: null, detail: null },
    ]),
  "audit.list": ({ audit }) => audit.list({ limit: 1 }),
  "issuers.put": ({ issuers }) => issuers.put(issuerRow),
  "issuers.update": ({ issuers }) => issuers.update(issuerRow),
  "issuers.list": ({ issuers }) => issuers.list(),
  "issuers.remove": ({ issuers }) => issuers.remove("i", "n"),
  "services.create": ({ services }) =>
    services.create({ id: "s", name: "s", secretHash: "h", scopes: [], audience: null }),
  "services.find": ({ services }) => services.find("s"),
  "services.list": ({ services }) => services.list(),
  "services.remove": ({ services }) => services.remove("s"),
  ping: (store) => store.ping(),
  prune: (store) => store.prune({ auditMs: 1, auditEntries: 1 }),
};

export function keepingRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("the store", () => {
    row("tells the time of its clock", async ({ store, clock, expect }) => {
      const begin = store.now();
      clock.advance(minute);
      expect(store.now() - begin).toBe(minute);
      expect(store.now()).toBe(clock.now());
    });

    row("answers when it is asked whether it is there", async ({ store, expect }) => {
      expect(await store.ping()).toBe(undefined);
    });

    for (const [name, call] of Object.entries(calls)) {
      row(`answers ${name}, and throws Unavailable once it is closed`, async ({ store, expect }) => {
        expect(await codeOf(() => call(store))).toBe("none");
        await store.close();
        expect(await codeOf(() => call(store))).toBe("store_unavailable");
      });
    }

    row("may be closed twice", async ({ store, expect }) => {
      await store.close();
      expect(await store.close()).toBe(undefined);
    });

    row("finishes what is under way before it closes", async ({ store, account, session, reopen, expect }) => {
      await account();
      const sid = await session("laptop");
      const [merged] = await Promise.all([store.sessions.mergeData(sid, { a: 1 }, policy), store.close()]);
      expect(merged).toEqual({ outcome: "merged", data: { a: 1 } });
      const again = await reopen?.();
      if (again !== undefined) expect((await again.sessions.find(sid))?.data).toEqual({ a: 1 });
      await again?.close();
    });

    row("keeps everything, where it keeps anything", async ({ store, account, session, clock, reopen, expect }) => {
      if (reopen === undefined) return;
      const sub = await account();
      await store.log.registerAccessLifetime(minute);
      await store.sessions.mergeData(await session("laptop"), { a: 1 }, policy);
      await store.sessions.rotate(id("laptop"), 0, client, policy);
      await store.sessions.end(await session("ended", { parent: id("laptop") }), "refresh_reuse");
      await store.accounts.recordSuccess(sub, ["place"]);
      await store.tickets.create({ hash: "t", kind: "reset", sub, emailKey: "a" }, hour);
      await store.services.create({ id: "s", name: "s", secretHash: "h", scopes: ["admin"], audience: null });
      await store.keys.change(0, { revoke: ["kkkk"], revokeKeepMs: hour });
      clock.advance(2 * minute);
      await store.prune({ auditMs: hour, auditEntries: 10 });
      const everything = async (store: Store) => [
        await store.accounts.findForSignIn("ada@example.org", ["place"]),
        await store.sessions.find(id("laptop")),
        await store.sessions.find(id("ended")),
        await store.tickets.find("t", "reset"),
        await store.services.list(),
        await store.keys.list(),
        await store.log.read(0),
        (await store.log.append({ scope: "everyone", target: "" })).number,
      ];
      const before = await everything(store);
      await store.close();
      const again = await reopen();
      const after = await everything(again);
      const appended = (await again.log.read(0)).events.map(({ number }) => number);
      await again.close();
      expect(after.slice(0, 6)).toEqual(
        before.slice(0, 6).map((part, index) => (index === 0 ? withNumber(part, 4) : part)),
      );
      expect([before.at(-1), after.at(-1), appended]).toEqual([4, 5, [3, 4, 5]]);
    });
  });
}

function withNumber(view: unknown, logNumber: number): unknown {
  return typeof view === "object" ? { ...view, logNumber } : view;
}

/** The code of what was thrown, at once or later; `none` when nothing was. */
async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "none";
  } catch (error) {
    return error instanceof Unavailable ? error.code : String(error);
  }
}
