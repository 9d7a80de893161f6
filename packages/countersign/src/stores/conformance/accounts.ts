// Rows on accounts: addresses, failures, places, passwords, and what ends with them.

import { maxPlaces, type NewAccount } from "../contract.ts";
import {
  client,
  freely,
  type Harness,
  hour,
  id,
  minute,
  newSession,
  type Open,
  policy,
  rows,
  type Setting,
} from "./setting.ts";

const ada: NewAccount = {
  sub: id("ada"),
  email: "Ada@Example.org",
  emailKey: "ada@example.org",
  emailVerified: false,
  passwordHash: "hash 0",
};

export function accountRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);

  harness.describe("accounts", () => {
    row("begin at generation 0, without failures, not disabled, created now", async ({ store, clock, expect }) => {
      expect(await store.accounts.create(ada)).toBe("created");
      const expected = {
        sub: id("ada"),
        email: "Ada@Example.org",
        emailKey: "ada@example.org",
        emailVerifiedAt: null,
        passwordHash: "hash 0",
        generation: 0,
        failures: 0,
        disabledAt: null,
        createdAt: clock.now(),
      };
      expect(await store.accounts.find(id("ada"))).toEqual(expected);
      expect(await store.accounts.findByEmail("ada@example.org")).toEqual(expected);
    });

    row("may begin with a verified address", async ({ store, clock, expect }) => {
      await store.accounts.create({ ...ada, emailVerified: true });
      expect((await store.accounts.find(id("ada")))?.emailVerifiedAt).toBe(clock.now());
    });

    for (const [name, second, outcome] of [
      ["refuse a taken address under another sub", { ...ada, sub: id("eve") }, "taken"],
      ["refuse a taken sub under another address", { ...ada, email: "e@x.org", emailKey: "e@x.org" }, "taken"],
      ["take another address under another sub", { ...ada, sub: id("e"), email: "e@x", emailKey: "e@x" }, "created"],
    ] as const) {
      row(name, async ({ store, expect }) => {
        await store.accounts.create(ada);
        expect(await store.accounts.create({ ...second, passwordHash: "hash of the second" })).toBe(outcome);
        expect((await store.accounts.find(id("ada")))?.passwordHash).toBe("hash 0");
      });
    }

    row("are absent as undefined", async ({ store, account, expect }) => {
      await account();
      expect(await store.accounts.find(id("eve"))).toBe(undefined);
      expect(await store.accounts.findByEmail("eve@example.org")).toBe(undefined);
      expect(await store.accounts.findByEmail("ADA@example.org")).toBe(undefined);
      expect(await store.accounts.findForSignIn("eve@example.org", ["place"])).toBe(undefined);
      expect(await store.accounts.viewForSignIn(id("eve"))).toBe(undefined);
    });

    row("are listed in the order of sub, page by page", async ({ store, account, expect }) => {
      for (const name of ["dora", "ada", "carl", "bob"]) await account(name);
      const subs = async (page: Parameters<typeof store.accounts.list>[0]) =>
        (await store.accounts.list(page)).map(({ sub }) => sub);
      expect(await subs({ limit: 3 })).toEqual([id("ada"), id("bob"), id("carl")]);
      expect(await subs({ limit: 3, after: id("bob") })).toEqual([id("carl"), id("dora")]);
      expect(await subs({ limit: 3, after: id("dora") })).toEqual([]);
    });

    for (const [search, found] of [
      ["bob", ["bob"]],
      ["BOB@", ["bob"]],
      ["@example.org", ["ada", "bob"]],
      ["", ["ada", "bob"]],
      ["eve", []],
      ["%", []],
      ["_", []],
    ] as const) {
      row(`are searched by what their address contains: "${search}"`, async ({ store, account, expect }) => {
        await account("ada");
        await account("bob");
        const listed = await store.accounts.list({ limit: 10, search });
        expect(listed.map(({ sub }) => sub)).toEqual(found.map(id));
      });
    }
  });

  harness.describe("failures and places", () => {
    row("failures count up; a success sets them to 0", async ({ store, account, expect }) => {
      const sub = await account();
      expect([await store.accounts.recordFailure(sub), await store.accounts.recordFailure(sub)]).toEqual([1, 2]);
      expect((await store.accounts.find(sub))?.failures).toBe(2);
      await store.accounts.recordSuccess(sub, []);
      expect((await store.accounts.find(sub))?.failures).toBe(0);
      expect(await store.accounts.recordFailure(sub)).toBe(1);
    });

    row("failures and successes of an absent account count nothing", async ({ store, account, expect }) => {
      const ada = await account();
      expect(await store.accounts.recordFailure(id("eve"))).toBe(0);
      expect(await store.accounts.recordFailure(undefined)).toBe(0);
      expect((await store.accounts.find(ada))?.failures).toBe(0);
      await store.accounts.recordSuccess(id("eve"), ["place"]);
      expect(await store.accounts.find(id("eve"))).toBe(undefined);
    });

    row("of the places presented those are told that are known, in order; others' are not", async (setting) => {
      const { store, account, expect } = setting;
      await store.accounts.recordSuccess(await account("ada"), ["desk", "train", "car"]);
      await store.accounts.recordSuccess(await account("bob"), ["pub"]);
      const known = async (...places: string[]) =>
        (await store.accounts.findForSignIn("ada@example.org", places))?.knownPlaces;
      expect(await known("pub", "train", "desk")).toEqual(["train", "desk"]);
      expect(await known("pub")).toEqual([]);
      expect(await known()).toEqual([]);
      expect((await store.accounts.viewForSignIn(id("ada")))?.knownPlaces).toEqual([]);
    });

    row(`the latest ${maxPlaces} places are remembered`, async ({ store, account, expect }) => {
      const sub = await account();
      for (let at = 0; at < maxPlaces; at += 1) await store.accounts.recordSuccess(sub, [`place ${at}`]);
      await store.accounts.recordSuccess(sub, ["place 0", "new"]);
      const isKnown = async (place: string) =>
        (await store.accounts.findForSignIn("ada@example.org", [place]))?.knownPlaces.length === 1;
      const known = await Promise.all(["place 0", "place 1", "place 2", "new"].map(isKnown));
      expect(known).toEqual([true, false, true, true]);
    });

    row("signing in from one place again and again forgets no other", async ({ store, account, expect }) => {
      const sub = await account();
      await store.accounts.recordSuccess(sub, ["desk"]);
      for (let time = 0; time < maxPlaces; time += 1) await store.accounts.recordSuccess(sub, ["train", "train"]);
      expect((await store.accounts.findForSignIn("ada@example.org", ["desk"]))?.knownPlaces).toEqual(["desk"]);
    });

    row("the view for sign-in carries the log's newest number", async ({ store, account, expect }) => {
      const sub = await account();
      expect((await store.accounts.findForSignIn("ada@example.org", []))?.logNumber).toBe(0);
      await store.log.append({ scope: "everyone", target: "" });
      expect((await store.accounts.findForSignIn("ada@example.org", []))?.logNumber).toBe(1);
      const view = await store.accounts.viewForSignIn(sub);
      expect(view).toEqual({ account: await store.accounts.find(sub), logNumber: 1, knownPlaces: [] });
    });

    row(
      "a hash is replaced only from the one that was judged; the generation stays",
      async ({ store, account, expect }) => {
        const sub = await account();
        expect(await store.accounts.rehash(sub, "hash 1", "hash 2")).toBe(false);
        expect(await store.accounts.rehash(id("eve"), "hash 0", "hash 2")).toBe(false);
        expect((await store.accounts.find(sub))?.passwordHash).toBe("hash 0");
        expect(await store.accounts.rehash(sub, "hash 0", "hash 1")).toBe(true);
        const { passwordHash, generation } = (await store.accounts.find(sub)) ?? {};
        expect({ passwordHash, generation }).toEqual({ passwordHash: "hash 1", generation: 0 });
      },
    );
  });

  endRows(harness, open);
  passwordRows(harness, open);
  addressRows(harness, open);
}

function endRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("ending everything of a subject", () => {
    row("ends each session with an event and the reason, then cuts off the subject", async (setting) => {
      const { store, account, session, expect } = setting;
      const sub = await account("ada");
      const sids = [await session("laptop"), await session("phone"), await session("app", { parent: id("phone") })];
      const other = await session("other", { sub: await account("bob") });
      const ending = await store.accounts.endAll(sub, "sign_out_everywhere");
      expect({ ...ending, ended: [...(ending?.ended ?? [])].sort() }).toEqual({
        ended: [...sids].sort(),
        logNumber: 4,
      });
      const events = await setting.events();
      expect([...events.slice(0, 3)].sort()).toEqual(sids.map((sid) => `session:${sid}`).sort());
      expect(events.slice(3)).toEqual([`subject:${sub}`]);
      expect(await Promise.all(sids.map(setting.reasonOf))).toEqual(Array(3).fill("sign_out_everywhere"));
      expect(await setting.isAlive(other)).toBe(true);
    });

    row("raises the generation, so that a sign-in under way is outdated", async ({ store, account, expect }) => {
      const sub = await account();
      await store.accounts.endAll(sub, "revoked");
      expect((await store.accounts.find(sub))?.generation).toBe(1);
      expect(await store.sessions.create(newSession("late"), freely)).toBe("outdated");
      expect(await store.sessions.create(newSession("new"), { ...freely, generation: 1 })).toBe("created");
    });

    row("spares the one exception only", async ({ store, account, session, isAlive, expect }) => {
      const sub = await account();
      const here = await session("here");
      const below = await session("below", { parent: here });
      const there = await session("there");
      const ending = await store.accounts.endAll(sub, "revoked", { except: here });
      expect([...(ending?.ended ?? [])].sort()).toEqual([below, there].sort());
      expect([await isAlive(here), await isAlive(below), await isAlive(there)]).toEqual([true, false, false]);
    });

    row("may be repeated: nothing is ended twice, reasons stay", async (setting) => {
      const { store, account, session, expect } = setting;
      const sub = await account();
      const sid = await session("laptop");
      await store.accounts.endAll(sub, "revoked");
      expect(await store.accounts.endAll(sub, "sign_out_everywhere")).toEqual({ ended: [], logNumber: 3 });
      expect(await setting.reasonOf(sid)).toBe("revoked");
      expect(await setting.events()).toEqual([`session:${sid}`, `subject:${sub}`, `subject:${sub}`]);
    });

    row("of an absent subject is undefined and writes nothing", async ({ store, events, expect }) => {
      expect(await store.accounts.endAll(id("eve"), "revoked")).toBe(undefined);
      expect(await store.accounts.setDisabled(id("eve"), true)).toBe(undefined);
      expect(await events()).toEqual([]);
    });

    row(
      "goes on from subject to subject, so many in one transaction, and outdates sign-ins under way",
      async (setting) => {
        const { store, account, session, expect } = setting;
        const [ada, bob, eve] = [await account("ada"), await account("bob"), await account("eve")];
        const sids = [
          await session("adas", { sub: ada }),
          await session("bobs", { sub: bob }),
          await session("eves", { sub: eve }),
        ];
        const child = await session("child", { sub: eve, parent: id("eves") });

        expect(await store.accounts.endNext({ limit: 2 }, "revoked")).toEqual({ ended: 2, next: bob });
        expect([...(await setting.events())].sort()).toEqual([`session:${id("adas")}`, `session:${id("bobs")}`]);
        expect(await Promise.all(sids.map(setting.isAlive))).toEqual([false, false, true]);
        expect(await store.sessions.create(newSession("late", { sub: ada }), freely)).toBe("outdated");
        expect(await store.sessions.create(newSession("new", { sub: eve }), freely)).toBe("created");

        const page = { after: bob, limit: 2 };
        expect(await store.accounts.endNext(page, "revoked")).toEqual({ ended: 3, next: undefined });
        expect(await setting.reasonOf(child)).toBe("revoked");
        // An event each, and none of their tokens without a record: that is for one event of its own.
        expect((await setting.events()).every((event) => event.startsWith("session:"))).toBe(true);
        expect((await setting.events()).length).toBe(5);
        expect(await store.accounts.endNext(page, "revoked")).toEqual({ ended: 0, next: undefined });
        expect(await store.accounts.endNext({ after: eve, limit: 1 }, "revoked")).toEqual({
          ended: 0,
          next: undefined,
        });
      },
    );

    row("happens when it is disabled, and nothing begins until it is enabled", async (setting) => {
      const { store, account, session, clock, expect } = setting;
      const sub = await account();
      const sid = await session("laptop");
      expect(await store.accounts.setDisabled(sub, true)).toEqual({ ended: [sid] });
      expect(await setting.reasonOf(sid)).toBe("disabled");
      expect(await setting.events()).toEqual([`session:${sid}`, `subject:${sub}`]);
      const { generation = -1, disabledAt } = (await store.accounts.find(sub)) ?? {};
      expect({ generation, disabledAt }).toEqual({ generation: 1, disabledAt: clock.now() });
      expect(await store.sessions.create(newSession("new"), { ...freely, generation })).toBe("outdated");

      expect(await store.accounts.setDisabled(sub, false)).toEqual({ ended: [] });
      expect((await store.accounts.find(sub))?.disabledAt).toBe(null);
      expect(await store.sessions.create(newSession("new"), { ...freely, generation })).toBe("created");
      expect(await setting.isAlive(sid)).toBe(false);
    });

    row("by disabling may be repeated", async ({ store, account, clock, events, expect }) => {
      const sub = await account();
      const disabledAt = clock.now();
      await store.accounts.setDisabled(sub, true);
      clock.advance(minute);
      expect(await store.accounts.setDisabled(sub, true)).toEqual({ ended: [] });
      expect((await store.accounts.find(sub))?.disabledAt).toBe(disabledAt);
      await store.accounts.setDisabled(sub, false);
      expect(await store.accounts.setDisabled(sub, false)).toEqual({ ended: [] });
      expect(await events()).toEqual([`subject:${sub}`]);
    });
  });
}

function passwordRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const change = { sub: id("ada"), generation: 0, passwordHash: "hash 1" };
  const reset = { hash: "t", kind: "reset", sub: id("ada"), emailKey: "ada@example.org" } as const;

  harness.describe("changing a password", () => {
    row("replaces the hash, raises the generation, ends every session with an event each", async (setting) => {
      const { store, account, session, expect } = setting;
      const sub = await account();
      const sids = [await session("laptop"), await session("phone")];
      const outcome = await store.accounts.changePassword(change);
      expect(outcome.outcome).toBe("changed");
      expect("ended" in outcome && [...outcome.ended].sort()).toEqual([...sids].sort());
      const { passwordHash, generation, emailVerifiedAt } = (await store.accounts.find(sub)) ?? {};
      expect({ passwordHash, generation, emailVerifiedAt }).toEqual({
        passwordHash: "hash 1",
        generation: 1,
        emailVerifiedAt: null,
      });
      expect(await Promise.all(sids.map(setting.reasonOf))).toEqual(["password_changed", "password_changed"]);
      const events = await setting.events();
      expect([...events.slice(0, 2)].sort()).toEqual(sids.map((sid) => `session:${sid}`).sort());
      expect(events.slice(2)).toEqual([`subject:${sub}`]);
    });

    row("creates the new session under the new generation, where it lives on", async (setting) => {
      const { store, account, session, expect } = setting;
      await account();
      const old = await session("old");
      const outcome = await store.accounts.changePassword({ ...change, session: newSession("new") });
      expect(outcome).toEqual({ outcome: "changed", ended: [old], logNumber: (await store.log.head()).number });
      expect(await setting.isAlive(id("new"))).toBe(true);
      expect(await setting.events()).toEqual([`session:${old}`, `subject:${id("ada")}`]);
    });

    row("hands data and children of the session before to the new one", async (setting) => {
      const { store, account, session, find, isAlive, expect } = setting;
      await account();
      const old = await session("old", { data: { theme: "dark" } });
      const app = await session("app", { parent: old });
      const sub = await session("below", { parent: app });
      const elsewhere = await session("elsewhere");
      const stray = await session("stray", { parent: elsewhere });
      const changed = { ...change, session: newSession("new"), replaces: old };
      const outcome = await store.accounts.changePassword(changed);
      expect("ended" in outcome && [...outcome.ended].sort()).toEqual([old, elsewhere, stray].sort());
      expect((await find(id("new")))?.data).toEqual({ theme: "dark" });
      expect((await find(app))?.parent).toBe(id("new"));
      expect(await Promise.all([old, app, sub, elsewhere, stray].map(isAlive))).toEqual([
        false,
        true,
        true,
        false,
        false,
      ]);
      await store.sessions.end(id("new"), "sign_out");
      expect(await Promise.all([app, sub].map(isAlive))).toEqual([false, false]);
    });

    row("takes data that is given over data that is handed on", async ({ store, account, session, find, expect }) => {
      await account();
      const old = await session("old", { data: { theme: "dark" } });
      await store.accounts.changePassword({ ...change, session: newSession("new", { data: { a: 1 } }), replaces: old });
      expect((await find(id("new")))?.data).toEqual({ a: 1 });
    });

    for (const [name, prepare] of [
      [
        "an ended session",
        async ({ store, session }) => {
          const sid = await session("old", { data: { secret: 1 } });
          await store.sessions.end(sid, "revoked");
        },
      ],
      [
        "an idle session",
        async ({ session, clock }) => {
          await session("old", { data: { secret: 1 } });
          clock.advance(10 * hour);
        },
      ],
      [
        "another subject's session",
        async ({ account, session }) => {
          await session("old", { sub: await account("bob"), data: { secret: 1 } });
        },
      ],
      ["an unknown session", async () => {}],
    ] as readonly (readonly [string, (setting: Setting) => Promise<void>])[]) {
      row(`takes nothing over from ${name}`, async (setting) => {
        const { store, account, find, expect } = setting;
        await account();
        await prepare(setting);
        const changed = { ...change, session: newSession("new"), replaces: id("old") };
        expect((await store.accounts.changePassword(changed)).outcome).toBe("changed");
        expect((await find(id("new")))?.data).toEqual({});
      });
    }

    row(
      "is outdated when the generation moved on, the account is disabled or absent; then nothing changes",
      async (setting) => {
        const { store, account, session, expect } = setting;
        const sub = await account("ada");
        const bob = await account("bob");
        const sid = await session("laptop");
        await store.accounts.setDisabled(bob, true);
        const before = await store.accounts.find(sub);
        const head = await store.log.head();
        for (const outdated of [
          { ...change, generation: 1 },
          { ...change, generation: -1 },
          { ...change, sub: bob, generation: 1 },
          { ...change, sub: id("eve") },
          { ...change, session: newSession("laptop") },
        ]) {
          expect(await store.accounts.changePassword(outdated)).toEqual({ outcome: "outdated" });
        }
        expect(await store.accounts.find(sub)).toEqual(before);
        expect(await store.log.head()).toEqual(head);
        expect(await setting.isAlive(sid)).toBe(true);
      },
    );

    row("by a ticket spends it and proves the address", async ({ store, account, clock, expect }) => {
      const sub = await account();
      await store.tickets.create(reset, hour);
      clock.advance(hour - 1);
      expect((await store.accounts.changePassword({ ...change, ticketHash: "t" })).outcome).toBe("changed");
      expect((await store.accounts.find(sub))?.emailVerifiedAt).toBe(clock.now());
      const again = { ...change, generation: 1, ticketHash: "t" };
      expect(await store.accounts.changePassword(again)).toEqual({ outcome: "ticket_spent" });
    });

    row("by a ticket keeps the time at which the address was proven first", async ({ store, clock, expect }) => {
      const provenAt = clock.now();
      await store.accounts.create({ ...ada, emailVerified: true });
      clock.advance(hour);
      await store.tickets.create(reset, hour);
      await store.accounts.changePassword({ ...change, ticketHash: "t" });
      expect((await store.accounts.find(id("ada")))?.emailVerifiedAt).toBe(provenAt);
    });

    row("makes every reset link mailed before worthless", async ({ store, account, expect }) => {
      await account();
      await store.tickets.create(reset, hour);
      await store.tickets.create({ ...reset, hash: "u" }, hour);
      await store.tickets.create({ ...reset, hash: "v", kind: "verify" }, hour);
      await store.accounts.changePassword(change);
      expect(await store.tickets.find("t", "reset")).toBe(undefined);
      expect(await store.tickets.find("u", "reset")).toBe(undefined);
      expect((await store.tickets.find("v", "verify"))?.hash).toBe("v");
    });

    for (const [name, ticket, waitMs] of [
      ["unknown", { ...reset, hash: "another" }, 0],
      ["of another kind", { ...reset, kind: "verify" }, 0],
      ["of another subject", { ...reset, sub: id("bob") }, 0],
      ["for an address that the account no longer has", { ...reset, emailKey: "old@example.org" }, 0],
      ["expired to the millisecond", reset, hour],
    ] as const) {
      row(
        `is refused with a ticket that is ${name}; then nothing changes`,
        async ({ store, account, clock, expect }) => {
          const sub = await account();
          await store.tickets.create(ticket, hour);
          clock.advance(waitMs);
          const before = await store.accounts.find(sub);
          expect(await store.accounts.changePassword({ ...change, ticketHash: "t" })).toEqual({
            outcome: "ticket_spent",
          });
          expect(await store.accounts.find(sub)).toEqual(before);
          expect((await store.log.head()).number).toBe(0);
        },
      );
    }

    row("that is outdated leaves the ticket unspent", async ({ store, account, expect }) => {
      await account();
      await store.tickets.create(reset, hour);
      const outdated = { ...change, generation: 7, ticketHash: "t" };
      expect(await store.accounts.changePassword(outdated)).toEqual({ outcome: "outdated" });
      expect((await store.tickets.find("t", "reset"))?.hash).toBe("t");
    });

    row(
      "makes a refresh, a touch and a merge of the sessions before it impossible",
      async ({ store, account, session, expect }) => {
        await account();
        const sid = await session("laptop");
        await store.accounts.changePassword(change);
        expect(await store.sessions.rotate(sid, 0, client, policy)).toBe("lost");
        expect(await store.sessions.touch(sid, policy)).toBe(false);
        expect(await store.sessions.mergeData(sid, { a: 1 }, policy)).toEqual({ outcome: "ended" });
      },
    );
  });
}

function addressRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const ticket = { hash: "v", kind: "verify", sub: id("ada"), emailKey: "ada@example.org" } as const;

  harness.describe("verifying an address", () => {
    row("spends the ticket and marks the address", async ({ store, account, clock, expect }) => {
      const sub = await account();
      await store.tickets.create(ticket, hour);
      clock.advance(hour - 1);
      const verified = await store.accounts.verifyAddress("v");
      expect(verified?.emailVerifiedAt).toBe(clock.now());
      expect(verified).toEqual(await store.accounts.find(sub));
      expect(await store.accounts.verifyAddress("v")).toBe(undefined);
    });

    row("makes every other link of the kind worthless, and of no other", async ({ store, account, expect }) => {
      await account("ada");
      await store.tickets.create(ticket, hour);
      await store.tickets.create({ ...ticket, hash: "w" }, hour);
      await store.tickets.create({ ...ticket, hash: "r", kind: "reset" }, hour);
      await store.tickets.create({ ...ticket, hash: "b", sub: id("bob") }, hour);
      await store.accounts.verifyAddress("w");
      expect(await store.tickets.find("v", "verify")).toBe(undefined);
      expect((await store.tickets.find("r", "reset"))?.hash).toBe("r");
      expect((await store.tickets.find("b", "verify"))?.hash).toBe("b");
    });

    row("keeps the time of the first proof", async ({ store, account, clock, expect }) => {
      await account();
      await store.tickets.create(ticket, hour);
      await store.accounts.verifyAddress("v");
      const first = clock.now();
      clock.advance(minute);
      await store.tickets.create(ticket, hour);
      expect((await store.accounts.verifyAddress("v"))?.emailVerifiedAt).toBe(first);
    });

    for (const [name, other, waitMs] of [
      ["an unknown ticket", { ...ticket, hash: "another" }, 0],
      ["a ticket of another kind", { ...ticket, kind: "reset" }, 0],
      ["a ticket for an address that has changed", { ...ticket, emailKey: "old@example.org" }, 0],
      ["a ticket of an absent account", { ...ticket, sub: id("eve") }, 0],
      ["a ticket expired to the millisecond", ticket, hour],
    ] as const) {
      row(`refuses ${name}`, async ({ store, account, clock, expect }) => {
        const sub = await account();
        await store.tickets.create(other, hour);
        clock.advance(waitMs);
        expect(await store.accounts.verifyAddress("v")).toBe(undefined);
        expect((await store.accounts.find(sub))?.emailVerifiedAt).toBe(null);
      });
    }
  });
}
