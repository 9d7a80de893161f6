// Rows on sessions: their beginning, their ends in time, and every way to change one.

import type { Json, JsonObject } from "@countersign/verifier";
import {
  type LifetimePolicy,
  maxDataBytes,
  maxDataDepth,
  type NewSession,
  type SessionStore,
  type SignInNotes,
} from "../contract.ts";
import {
  client,
  dataOf,
  day,
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

export function sessionRows(harness: Harness, open: Open): void {
  createRows(harness, open);
  noteRows(harness, open);
  childRows(harness, open);
  limitRows(harness, open);
  lifeRows(harness, open);
  changeRows(harness, open);
  dataRows(harness, open);
  endRows(harness, open);
  replaceRows(harness, open);
  listRows(harness, open);
}

/** A note of each kind, and what a store knows of notes. */
const notes: SignInNotes = {
  places: ["desk"],
  audit: {
    act: "session.sign_in",
    outcome: "ok",
    actor: "subject:ada",
    sub: id("ada"),
    sid: id("new"),
    address: "203.0.113.7",
    client: "Firefox on Linux",
    detail: null,
  },
};

async function noted({ store, expect }: Setting, before: { failures: number }, isWritten: boolean): Promise<void> {
  const view = await store.accounts.findForSignIn("ada@example.org", ["desk"]);
  const written = (await store.audit.list({ limit: 10 })).map(({ id: _, at: __, ...entry }) => entry);
  expect({ places: view?.knownPlaces, failures: view?.account.failures, written }).toEqual(
    isWritten
      ? { places: ["desk"], failures: 0, written: [notes.audit] }
      : { places: [], failures: before.failures, written: [] },
  );
}

function noteRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const failedTwice = async ({ store, account }: Setting) => {
    const sub = await account();
    await store.accounts.recordFailure(sub);
    return { failures: await store.accounts.recordFailure(sub) };
  };
  harness.describe("what is noted of a sign-in", () => {
    row("is written with the session that is created", async (setting) => {
      const before = await failedTwice(setting);
      const created = await setting.store.sessions.create(newSession("new"), { ...freely, notes });
      setting.expect(created).toBe("created");
      await noted(setting, before, true);
      const [entry] = await setting.store.audit.list({ limit: 1 });
      setting.expect(entry?.at).toBe(setting.clock.now());
    });

    row("is written with the session that takes the place of another", async (setting) => {
      const before = await failedTwice(setting);
      const on = { generation: 0, policy, notes };
      const old = await setting.session("old");
      setting.expect(await setting.store.sessions.replace(old, newSession("new"), on)).toBe("replaced");
      await noted(setting, before, true);
    });

    row("is not written without it", async (setting) => {
      const { store, session, expect } = setting;
      const before = await failedTwice(setting);
      const taken = await session("taken");
      const over = await session("over");
      await store.sessions.end(over, "sign_out");
      const orphan = newSession("new", { parent: over });
      expect([
        await store.sessions.create(newSession("new"), { ...freely, generation: 1, notes }),
        await store.sessions.create(newSession("taken"), { ...freely, notes }),
        await store.sessions.create(orphan, { ...freely, notes }),
        await store.sessions.replace(over, newSession("new"), { generation: 0, policy, notes }),
        await store.sessions.replace(taken, newSession("over"), { generation: 0, policy, notes }),
        await store.sessions.replace(taken, newSession("new"), { generation: 1, policy, notes }),
      ]).toEqual(["outdated", "exists", "parent_ended", "ended", "exists", "outdated"]);
      await noted(setting, before, false);
    });

    row("may be any part of it, or nothing", async (setting) => {
      const { store, expect } = setting;
      const before = await failedTwice(setting);
      const { audit = undefined, places = [] } = notes;
      await store.sessions.create(newSession("one"), { ...freely, notes: {} });
      await noted(setting, before, false);
      if (audit !== undefined) await store.sessions.create(newSession("two"), { ...freely, notes: { audit } });
      expect((await store.accounts.find(id("ada")))?.failures).toBe(before.failures);
      await store.sessions.create(newSession("three"), { ...freely, notes: { places } });
      await noted(setting, before, true);
    });
  });
}

function createRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("creating a session", () => {
    row("keeps what it was given, and the store's own times", async ({ store, account, clock, find, expect }) => {
      await account();
      const given: NewSession = newSession("laptop", {
        strategy: "jwt",
        tokenHash: null,
        refreshSeed: "seed",
        authenticatedAgoMs: 5 * minute,
        amr: ["pwd", "otp"],
        acr: "2",
        claims: { role: "admin", teams: ["a", "b"] },
        clientId: "app",
        scope: "read write",
        data: { theme: "dark" },
      });
      expect(await store.sessions.create(given, freely)).toBe("created");
      const now = clock.now();
      expect(await find(id("laptop"))).toEqual({
        sid: id("laptop"),
        sub: id("ada"),
        strategy: "jwt",
        tokenHash: null,
        refreshSeed: "seed",
        refreshCounter: 0,
        rotatedAt: now,
        createdAt: now,
        authenticatedAt: now - 5 * minute,
        lastUsedAt: now,
        idleMs: 10 * hour,
        expiresAt: now + 100 * hour,
        amr: ["pwd", "otp"],
        acr: "2",
        client,
        claims: { role: "admin", teams: ["a", "b"] },
        parent: null,
        clientId: "app",
        scope: "read write",
        data: { theme: "dark" },
        revokedAt: null,
        reason: null,
      });
      expect((await store.log.head()).number).toBe(0);
    });

    row("begins with empty data and no client of the client's own where nothing is given", async (setting) => {
      await setting.account();
      const sid = await setting.session("laptop", { client: { label: "curl" } });
      const { data, clientId, scope, authenticatedAt, createdAt, client } = (await setting.find(sid)) ?? {};
      setting.expect({ data, clientId, scope, client }).toEqual({
        data: {},
        clientId: null,
        scope: null,
        client: { label: "curl" },
      });
      setting.expect(authenticatedAt).toBe(createdAt);
    });

    row("hands out records that nobody can change", async ({ account, session, find, expect }) => {
      await account();
      const record = await find(await session("laptop", { data: { list: [{}] }, claims: { a: {} } }));
      const { amr, client, claims, data } = record ?? {};
      expect([record, amr, client, claims, claims?.a, data, data?.list].map(Object.isFrozen)).toEqual(
        Array(7).fill(true),
      );
    });

    row("does not keep what the caller changes afterwards", async ({ account, session, find, expect }) => {
      await account();
      const data = { list: [1] };
      const sid = await session("laptop", { data });
      data.list.push(2);
      expect((await find(sid))?.data).toEqual({ list: [1] });
    });

    row("refuses a sid that is taken, also by a session that is over; the first stays as it was", async (setting) => {
      const { store, account, session, find, expect } = setting;
      await account();
      const sid = await session("laptop");
      const again = newSession("laptop", { tokenHash: "another" });
      const before = await find(sid);
      expect(await store.sessions.create(again, freely)).toBe("exists");
      expect(await find(sid)).toEqual(before);
      await store.sessions.end(sid, "revoked");
      expect(await store.sessions.create(again, freely)).toBe("exists");
      expect(await setting.isAlive(sid)).toBe(false);
    });

    for (const [name, sub, generation] of [
      ["an older generation", "ada", 0],
      ["a generation yet to come", "ada", 2],
      ["a disabled account", "bob", 1],
      ["an absent account", "eve", 0],
    ] as const) {
      row(`is outdated with ${name}`, async ({ store, account, session, find, expect }) => {
        await store.accounts.endAll(await account("ada"), "revoked");
        await store.accounts.setDisabled(await account("bob"), true);
        const replaced = await session("replaced");
        const outcome = await store.sessions.create(newSession("new", { sub: id(sub) }), {
          ...freely,
          generation,
          replaces: replaced,
        });
        expect(outcome).toBe("outdated");
        expect(await find(id("new"))).toBe(undefined);
        expect((await find(replaced))?.revokedAt).toBe(null);
      });
    }

    row("ends the session that it replaces, with what stands on it", async (setting) => {
      const { store, account, session, expect } = setting;
      await account();
      const old = await session("old", { data: { theme: "dark" } });
      const below = await session("below", { parent: old });
      expect(await store.sessions.create(newSession("new"), { ...freely, replaces: old })).toBe("created");
      expect([await setting.reasonOf(old), await setting.reasonOf(below)]).toEqual(["superseded", "parent_ended"]);
      expect(await setting.events()).toEqual([`session:${old}`, `session:${below}`]);
      expect((await setting.find(id("new")))?.data).toEqual({});
    });

    row("replaces another subject's session too: somebody else signs in on the same device", async (setting) => {
      const { store, account, session, expect } = setting;
      await account("ada");
      const old = await session("old", { sub: await account("bob") });
      expect(await store.sessions.create(newSession("new"), { ...freely, replaces: old })).toBe("created");
      expect(await setting.isAlive(old)).toBe(false);
    });

    row("leaves the end of an ended session as it was, and takes an unknown one for none", async (setting) => {
      const { store, account, session, expect } = setting;
      await account();
      const old = await session("old");
      await store.sessions.end(old, "sign_out");
      expect(await store.sessions.create(newSession("new"), { ...freely, replaces: old })).toBe("created");
      expect(await store.sessions.create(newSession("newer"), { ...freely, replaces: id("none") })).toBe("created");
      expect(await setting.reasonOf(old)).toBe("sign_out");
      expect(await setting.events()).toEqual([`session:${old}`]);
    });

    row("that is refused ends nothing", async ({ store, account, session, isAlive, expect }) => {
      await account();
      const old = await session("old");
      const taken = await session("taken");
      expect(await store.sessions.create(newSession("taken"), { ...freely, replaces: old, limit: 1 })).toBe("exists");
      const orphan = newSession("orphan", { parent: id("none") });
      expect(await store.sessions.create(orphan, { ...freely, replaces: old, limit: 1 })).toBe("parent_ended");
      expect([await isAlive(old), await isAlive(taken)]).toEqual([true, true]);
    });

    row("is found by its sid; an unknown sid is undefined", async ({ account, session, find, expect }) => {
      await account();
      expect((await find(await session("laptop")))?.sid).toBe(id("laptop"));
      expect(await find(id("unknown"))).toBe(undefined);
      expect(await find("")).toBe(undefined);
    });
  });
}

function childRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("a child session", () => {
    row(
      "is created under a living parent, and does not outlive its end",
      async ({ account, session, find, clock, expect }) => {
        await account();
        const parent = await session("parent");
        clock.advance(hour);
        const short = await session("short", { parent, lifetimeMs: hour });
        const long = await session("long", { parent, lifetimeMs: 1000 * hour });
        expect((await find(short))?.parent).toBe(parent);
        expect((await find(short))?.expiresAt).toBe(clock.now() + hour);
        expect((await find(long))?.expiresAt).toBe((await find(parent))?.expiresAt);
      },
    );

    for (const [name, prepare] of [
      ["ended", async ({ store }) => void (await store.sessions.end(id("parent"), "revoked"))],
      ["idle to the millisecond", async ({ clock }) => clock.advance(10 * hour)],
      [
        "past its end",
        async ({ store, clock }) => {
          await store.sessions.setLifetime(id("parent"), { expiresAt: clock.now() + minute }, policy);
          clock.advance(minute);
        },
      ],
    ] as readonly (readonly [string, (setting: Setting) => Promise<void>])[]) {
      row(`is not created under a parent that is ${name}`, async (setting) => {
        const { store, account, session, find, expect } = setting;
        await account();
        await session("parent");
        await prepare(setting);
        const child = newSession("child", { parent: id("parent") });
        expect(await store.sessions.create(child, freely)).toBe("parent_ended");
        expect(await find(id("child"))).toBe(undefined);
      });
    }

    row("is not created under an unknown parent, another subject's, or one over by the policy", async (setting) => {
      const { store, account, session, clock, expect } = setting;
      await account("ada");
      const bobs = await session("bobs", { sub: await account("bob") });
      const parent = await session("parent");
      clock.advance(hour);
      const create = (parent: string, policy: LifetimePolicy) =>
        store.sessions.create(newSession("child", { parent }), { ...freely, policy });
      expect(await create(id("none"), policy)).toBe("parent_ended");
      expect(await create("", policy)).toBe("parent_ended");
      expect(await create(bobs, policy)).toBe("parent_ended");
      expect(await create(parent, { ...policy, maxIdleMs: hour })).toBe("parent_ended");
      expect(await create(parent, { ...policy, maxAgeMs: hour })).toBe("parent_ended");
      expect(await create(parent, { maxIdleMs: hour + 1, maxAgeMs: hour + 1 })).toBe("created");
    });

    row(
      "is not created below a living parent whose own parent is over",
      async ({ store, account, session, clock, expect }) => {
        await account();
        const top = await session("top", { idleMs: hour });
        const middle = await session("middle", { parent: top });
        clock.advance(hour);
        expect(await store.sessions.create(newSession("child", { parent: middle }), freely)).toBe("parent_ended");
      },
    );

    for (const [name, prepare, outcome] of [
      ["lives", async () => {}, "moved"],
      ["has ended", async ({ store }) => void (await store.sessions.end(id("parent"), "revoked")), "lost"],
      ["is one millisecond short of idle", async ({ clock }) => clock.advance(hour - 1), "moved"],
      ["is idle", async ({ clock }) => clock.advance(hour), "lost"],
      [
        "was pruned",
        async ({ store, clock }) => {
          await store.sessions.setLifetime(id("parent"), { expiresAt: clock.now() + 1 }, policy);
          clock.advance(1);
          await store.prune({ auditMs: day, auditEntries: 10 });
        },
        "lost",
      ],
    ] as readonly (readonly [string, (setting: Setting) => Promise<void>, string])[]) {
      row(`is refreshed or not as its parent ${name}`, async (setting) => {
        const { store, account, session, expect } = setting;
        await account();
        const parent = await session("parent", { idleMs: hour });
        const child = await session("child", { parent });
        await prepare(setting);
        const moved = await store.sessions.rotate(child, 0, client, policy);
        expect(moved === "lost" ? "lost" : "moved").toBe(outcome);
      });
    }

    row("may be lengthened up to its parent's end", async ({ store, account, session, find, expect }) => {
      await account();
      const parent = await session("parent");
      const child = await session("child", { parent, lifetimeMs: hour });
      const end = (await find(parent))?.expiresAt ?? 0;
      expect((await store.sessions.setLifetime(child, { expiresAt: end + 1 }, policy))?.expiresAt).toBe(end);
      expect((await store.sessions.setLifetime(child, { expiresAt: end - 1 }, policy))?.expiresAt).toBe(end - 1);
    });
  });
}

function limitRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("the limit of sessions", () => {
    row("lets as many live as it says; beyond it the longest unused end", async (setting) => {
      const { store, account, session, clock, isAlive, expect } = setting;
      await account();
      for (const name of ["a", "b", "c"]) {
        clock.advance(2 * hour);
        await session(name);
      }
      clock.advance(2 * hour);
      await store.sessions.touch(id("a"), policy);
      expect(await store.sessions.create(newSession("d"), { ...freely, limit: 4 })).toBe("created");
      expect(await setting.events()).toEqual([]);
      expect(await store.sessions.create(newSession("e"), { ...freely, limit: 3 })).toBe("created");
      expect(await Promise.all(["a", "b", "c", "d", "e"].map(id).map(isAlive))).toEqual([
        true,
        false,
        false,
        true,
        true,
      ]);
      expect(await setting.events()).toEqual([`session:${id("b")}`, `session:${id("c")}`]);
      expect(await setting.reasonOf(id("b"))).toBe("session_limit");
    });

    row("counts neither what is over, nor other subjects' sessions", async (setting) => {
      const { store, account, session, clock, isAlive, expect } = setting;
      await account("ada");
      await session("bobs", { sub: await account("bob") });
      await store.sessions.end(await session("ended"), "revoked");
      await session("idle", { idleMs: hour });
      await session("living");
      clock.advance(hour);
      expect(await store.sessions.create(newSession("new"), { ...freely, limit: 2 })).toBe("created");
      expect(await Promise.all([isAlive(id("living")), isAlive(id("new")), isAlive(id("bobs"))])).toEqual([
        true,
        true,
        true,
      ]);
      expect(await setting.reasonOf(id("idle"))).toBe(null);
    });

    row("does not count the session that is replaced", async ({ store, account, session, isAlive, expect }) => {
      await account();
      const stays = await session("stays");
      const old = await session("old");
      expect(await store.sessions.create(newSession("new"), { ...freely, limit: 2, replaces: old })).toBe("created");
      expect(await isAlive(stays)).toBe(true);
    });

    row(
      "ends neither the new session nor what it stands on",
      async ({ store, account, session, clock, isAlive, expect }) => {
        await account();
        const parent = await session("parent");
        clock.advance(hour);
        const other = await session("other");
        clock.advance(hour);
        const child = newSession("child", { parent });
        expect(await store.sessions.create(child, { ...freely, limit: 1 })).toBe("created");
        expect(await Promise.all([parent, other, child.sid].map(isAlive))).toEqual([true, false, true]);
      },
    );
  });
}

/** Every method that asks whether a session is alive, as one that answers it. */
const judges: Readonly<
  Record<string, (sessions: SessionStore, sid: string, policy: LifetimePolicy) => Promise<boolean>>
> = {
  touch: (sessions, sid, policy) => sessions.touch(sid, policy),
  rotate: async (sessions, sid, policy) => (await sessions.rotate(sid, 0, client, policy)) !== "lost",
  setLifetime: async (sessions, sid, policy) =>
    (await sessions.setLifetime(sid, { idleMs: hour }, policy)) !== undefined,
  mergeData: async (sessions, sid, policy) => (await sessions.mergeData(sid, { a: 1 }, policy)).outcome === "merged",
  replace: async (sessions, sid, policy) =>
    (await sessions.replace(sid, newSession("new"), { generation: 0, policy })) === "replaced",
  "create below": async (sessions, sid, policy) =>
    (await sessions.create(newSession("new", { parent: sid }), { ...freely, policy })) === "created",
  list: async (sessions, sid, policy) =>
    (await sessions.list(id("ada"), policy, 10)).some((record) => record.sid === sid),
  listAll: async (sessions, sid, policy) =>
    (await sessions.listAll({ limit: 10 }, policy)).some((record) => record.sid === sid),
};

/** Moments in the life of a session of 10 hours idle and 100 hours long, created at 0. */
const moments: readonly {
  readonly name: string;
  readonly afterMs: number;
  readonly bounds?: Partial<LifetimePolicy>;
  readonly session?: Partial<NewSession>;
  readonly ended?: boolean;
  readonly alive: boolean;
}[] = [
  { name: "at once", afterMs: 0, alive: true },
  { name: "one millisecond before it is idle", afterMs: 10 * hour - 1, alive: true },
  { name: "idle to the millisecond", afterMs: 10 * hour, alive: false },
  { name: "before the policy's shorter idle time", afterMs: hour - 1, bounds: { maxIdleMs: hour }, alive: true },
  { name: "idle by the policy", afterMs: hour, bounds: { maxIdleMs: hour }, alive: false },
  { name: "one millisecond before its end", afterMs: hour - 1, session: { lifetimeMs: hour }, alive: true },
  { name: "at its end", afterMs: hour, session: { lifetimeMs: hour }, alive: false },
  { name: "before the policy's shorter age", afterMs: hour - 1, bounds: { maxAgeMs: hour }, alive: true },
  { name: "too old by the policy", afterMs: hour, bounds: { maxAgeMs: hour }, alive: false },
  {
    name: "within an unbounded policy",
    afterMs: hour,
    bounds: { maxAgeMs: Infinity, maxIdleMs: Infinity },
    alive: true,
  },
  { name: "ended a moment ago", afterMs: 0, ended: true, alive: false },
];

function lifeRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  for (const [method, isAliveBy] of Object.entries(judges)) {
    harness.describe(`${method} and the life of a session`, () => {
      for (const { name, afterMs, bounds, session: more, ended = false, alive } of moments) {
        row(
          `${alive ? "accepts" : "refuses"} a session ${name}`,
          async ({ store, account, session, clock, find, expect }) => {
            await account();
            const sid = await session("laptop", more);
            clock.advance(afterMs);
            if (ended) await store.sessions.end(sid, "revoked");
            const before = await find(sid);
            const head = await store.log.head();
            expect(await isAliveBy(store.sessions, sid, { ...policy, ...bounds })).toBe(alive);
            if (alive) return;
            expect(await find(sid)).toEqual(before);
            expect(await store.log.head()).toEqual(head);
            expect(await store.sessions.count()).toBe(1);
          },
        );
      }

      row("refuses a session that does not exist", async ({ store, account, expect }) => {
        await account();
        expect(await isAliveBy(store.sessions, id("laptop"), policy)).toBe(false);
      });
    });
  }

  harness.describe("noting use", () => {
    for (const [name, idleMs, maxIdleMs, afterMs, noted] of [
      ["not before a tenth of the idle lifetime", 10 * hour, 90 * day, hour - 1, false],
      ["after a tenth of the idle lifetime", 10 * hour, 90 * day, hour, true],
      ["not before a tenth of the policy's", 10 * hour, hour, 6 * minute - 1, false],
      ["after a tenth of the policy's, when that is shorter", 10 * hour, hour, 6 * minute, true],
      ["by the session's own, when that is shorter", hour, 10 * hour, 6 * minute, true],
    ] as const) {
      row(name, async ({ store, account, session, clock, find, expect }) => {
        await account();
        const sid = await session("laptop", { idleMs });
        const begin = clock.now();
        clock.advance(afterMs);
        expect(await store.sessions.touch(sid, { ...policy, maxIdleMs })).toBe(true);
        expect((await find(sid))?.lastUsedAt).toBe(noted ? begin + afterMs : begin);
      });
    }

    row(
      "keeps a session alive to its absolute end, and no longer",
      async ({ store, account, session, clock, expect }) => {
        await account();
        const sid = await session("laptop");
        for (let hours = 0; hours < 99; hours += 9) {
          clock.advance(9 * hour);
          expect(await store.sessions.touch(sid, policy)).toBe(true);
        }
        clock.advance(hour);
        expect(await store.sessions.touch(sid, policy)).toBe(false);
      },
    );

    row("never moves backwards, when the clock does", async ({ store, account, session, clock, find, expect }) => {
      await account();
      const sid = await session("laptop");
      const begin = clock.now();
      clock.jump(-9 * hour);
      expect(await store.sessions.touch(sid, policy)).toBe(true);
      expect((await find(sid))?.lastUsedAt).toBe(begin);
    });

    row("writes no event", async ({ store, account, session, clock, events, expect }) => {
      await account();
      const sid = await session("laptop");
      clock.advance(2 * hour);
      await store.sessions.touch(sid, policy);
      expect(await events()).toEqual([]);
    });
  });
}

function changeRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("rotating", () => {
    row("moves the counter, notes use and client, and changes nothing else", async (setting) => {
      const { store, account, session, clock, find, expect } = setting;
      await account();
      const sid = await session("laptop", { refreshSeed: "seed", data: { a: 1 } });
      const before = await find(sid);
      clock.advance(minute);
      const other = { address: "198.51.100.1", label: "Safari on iPhone" };
      const after = await store.sessions.rotate(sid, 0, other, policy);
      const now = clock.now();
      expect(after).toEqual({ ...before, refreshCounter: 1, rotatedAt: now, lastUsedAt: now, client: other });
      expect(await find(sid)).toEqual(after);
      expect(await setting.events()).toEqual([]);
    });

    for (const counter of [0, 2, -1]) {
      row(
        `is lost with the counter ${counter} when 1 is current`,
        async ({ store, account, session, find, expect }) => {
          await account();
          const sid = await session("laptop");
          await store.sessions.rotate(sid, 0, client, policy);
          const before = await find(sid);
          expect(await store.sessions.rotate(sid, counter, client, policy)).toBe("lost");
          expect(await find(sid)).toEqual(before);
        },
      );
    }
  });

  harness.describe("changing a lifetime", () => {
    const week: LifetimePolicy = { maxAgeMs: 7 * day, maxIdleMs: day };
    for (const [name, change, ends] of [
      ["lengthens", { expiresAt: 150 * hour, idleMs: 20 * hour }, { expiresAt: 150 * hour, idleMs: 20 * hour }],
      ["shortens", { expiresAt: hour, idleMs: minute }, { expiresAt: hour, idleMs: minute }],
      ["changes the end alone", { expiresAt: 2 * hour }, { expiresAt: 2 * hour, idleMs: 10 * hour }],
      ["changes the idle time alone", { idleMs: hour }, { expiresAt: 100 * hour, idleMs: hour }],
      ["is bounded by the policy's age", { expiresAt: 7 * day + 1 }, { expiresAt: 7 * day, idleMs: 10 * hour }],
      ["is bounded by the policy's idle time", { idleMs: day + 1 }, { expiresAt: 100 * hour, idleMs: day }],
    ] as const) {
      row(`${name} and appends a changed event`, async ({ store, account, session, clock, find, events, expect }) => {
        await account();
        const begin = clock.now();
        const sid = await session("laptop");
        const before = await find(sid);
        const absolute = "expiresAt" in change ? { ...change, expiresAt: begin + change.expiresAt } : change;
        const after = await store.sessions.setLifetime(sid, absolute, week);
        expect(after).toEqual({ ...before, expiresAt: begin + ends.expiresAt, idleMs: ends.idleMs });
        expect(await find(sid)).toEqual(after);
        expect(await events()).toEqual([`changed:${sid}`]);
      });
    }

    row(
      "into the past ends the session for every later request",
      async ({ store, account, session, clock, isAlive, expect }) => {
        await account();
        const sid = await session("laptop");
        await store.sessions.setLifetime(sid, { expiresAt: clock.now() }, policy);
        expect(await isAlive(sid)).toBe(false);
        const later = { expiresAt: clock.now() + hour };
        expect(await store.sessions.setLifetime(sid, later, policy)).toBe(undefined);
      },
    );
  });
}

/** RFC 7396, appendix A, as far as target and patch are objects, and what JSON makes difficult. */
const merges: readonly (readonly [name: string, target: JsonObject, patch: JsonObject, result: JsonObject])[] = [
  ["replaces a member", { a: "b" }, { a: "c" }, { a: "c" }],
  ["adds a member", { a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  ["deletes a member by null", { a: "b" }, { a: null }, {}],
  ["deletes one of two", { a: "b", b: "c" }, { a: null }, { b: "c" }],
  ["replaces an array by a text", { a: ["b"] }, { a: "c" }, { a: "c" }],
  ["replaces a text by an array", { a: "c" }, { a: ["b"] }, { a: ["b"] }],
  ["merges objects in depth", { a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  ["replaces an array whole", { a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  ["keeps a null that was there", { e: null }, { a: 1 }, { e: null, a: 1 }],
  ["makes nothing of null in depth", {}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ["replaces a text by an object without its nulls", { a: "b" }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
  ["keeps nulls in arrays", {}, { a: [null, { b: null }] }, { a: [null, { b: null }] }],
  ["does nothing with an empty patch", { a: 1 }, {}, { a: 1 }],
  ["deletes what is not there", { a: 1 }, { b: null }, { a: 1 }],
  ["takes numbers as they are", {}, { n: [0, -1.5, 1e21, 9007199254740991] }, { n: [0, -1.5, 1e21, 9007199254740991] }],
  [
    "takes any text",
    { "": "ö" },
    { "": '\u0000\n"\\', "\ud83d\ude00": true },
    { "": '\u0000\n"\\', "\ud83d\ude00": true },
  ],
  ["knows a member by its text, however it is written", { 'a"b': 1 }, { 'a"b': null }, {}],
  ["takes names of digits", { "10": 1, "2": 2 }, { "10": null, "1": 3 }, { "1": 3, "2": 2 }],
];

/** Objects whose member `__proto__` is a member, as only a parser makes them. */
const parsed = (text: string): JsonObject => JSON.parse(text);

function dataRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const merge = ({ store }: Setting, patch: JsonObject) => store.sessions.mergeData(id("laptop"), patch, policy);

  harness.describe("merging data", () => {
    for (const [name, target, patch, result] of merges) {
      row(name, async (setting) => {
        await setting.account();
        const sid = await setting.session("laptop", { data: target });
        setting.expect(await merge(setting, patch)).toEqual({ outcome: "merged", data: result });
        setting.expect((await setting.find(sid))?.data).toEqual(result);
        setting.expect(await setting.events()).toEqual([`changed:${sid}`]);
      });
    }

    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      row(`treats a member named ${name} like any other`, async (setting) => {
        const { account, session, find, expect } = setting;
        await account();
        const sid = await session("laptop", { data: { kept: 1 } });
        const text = async () => JSON.stringify((await find(sid))?.data);
        await merge(setting, parsed(`{"${name}":{"admin":true,"other":1}}`));
        expect(await text()).toBe(`{"kept":1,"${name}":{"admin":true,"other":1}}`);
        await merge(setting, parsed(`{"${name}":{"admin":null}}`));
        expect(await text()).toBe(`{"kept":1,"${name}":{"other":1}}`);
        expect((await find(sid))?.data.admin).toBe(undefined);
        await merge(setting, parsed(`{"${name}":null}`));
        expect(await text()).toBe('{"kept":1}');
      });
    }

    for (const [name, before, patch, outcome] of [
      ["exactly 4,096 bytes", {}, dataOf(maxDataBytes), "merged"],
      ["4,097 bytes", {}, dataOf(maxDataBytes + 1), "too_large"],
      ["a byte more than what was full", dataOf(maxDataBytes), { a: 1 }, "too_large"],
      ["a shorter text in the place of the long", dataOf(maxDataBytes), { text: "" }, "merged"],
      ["few characters of many bytes", {}, { text: "\u{1f600}".repeat(1024) }, "too_large"],
      ["many nulls", {}, Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`n${at}`, null])), "merged"],
    ] as readonly (readonly [string, JsonObject, JsonObject, string])[]) {
      row(`judges the size of the result: ${name}`, async (setting) => {
        const { account, session, find, events, expect } = setting;
        await account();
        const sid = await session("laptop", { data: before });
        expect((await merge(setting, patch)).outcome).toBe(outcome);
        expect((await events()).length).toBe(outcome === "merged" ? 1 : 0);
        if (outcome === "too_large") expect((await find(sid))?.data).toEqual(before);
      });
    }

    for (const [depth, outcome] of [
      [maxDataDepth, "merged"],
      [maxDataDepth + 1, "too_large"],
      [1500, "too_large"],
    ] as const) {
      row(`of ${depth} levels is ${outcome}`, async (setting) => {
        await setting.account();
        await setting.session("laptop");
        const nested = parsed(`${'{"a":'.repeat(depth - 1)}{}${"}".repeat(depth - 1)}`);
        setting.expect((await merge(setting, nested)).outcome).toBe(outcome);
        const list: Json = JSON.parse(`${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}`);
        setting.expect((await merge(setting, { list })).outcome).toBe(outcome);
      });
    }
  });
}

function endRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("ending a session", () => {
    row("leaves a tombstone with time and reason, and appends an event", async (setting) => {
      const { store, account, session, clock, find, expect } = setting;
      await account();
      const sid = await session("laptop");
      const before = await find(sid);
      clock.advance(minute);
      expect(await store.sessions.end(sid, "sign_out")).toEqual([sid]);
      expect(await find(sid)).toEqual({ ...before, revokedAt: clock.now(), reason: "sign_out" });
      expect(await setting.events()).toEqual([`session:${sid}`]);
    });

    row("may be repeated: nothing changes, nothing is appended", async (setting) => {
      const { store, account, session, clock, find, expect } = setting;
      await account();
      const sid = await session("laptop");
      await store.sessions.end(sid, "sign_out");
      const before = await find(sid);
      clock.advance(minute);
      expect(await store.sessions.end(sid, "revoked")).toEqual([]);
      expect(await store.sessions.end(id("unknown"), "revoked")).toEqual([]);
      expect(await find(sid)).toEqual(before);
      expect(await setting.events()).toEqual([`session:${sid}`]);
    });

    row("ends its children and theirs, an event each, and nothing beside or above", async (setting) => {
      const { store, account, session, isAlive, expect } = setting;
      await account();
      await session("top");
      await session("beside", { parent: id("top") });
      await session("middle", { parent: id("top") });
      await session("below", { parent: id("middle") });
      await session("lowest", { parent: id("below") });
      const ended = await store.sessions.end(id("middle"), "revoked");
      expect(ended).toEqual(["middle", "below", "lowest"].map(id));
      expect(await setting.events()).toEqual(ended.map((sid) => `session:${sid}`));
      expect([await isAlive(id("top")), await isAlive(id("beside"))]).toEqual([true, true]);
      const reasons = await Promise.all(ended.map(setting.reasonOf));
      expect(reasons).toEqual(["revoked", "parent_ended", "parent_ended"]);
    });

    row("leaves the reason of a child that ended before", async ({ store, account, session, reasonOf, expect }) => {
      await account();
      const parent = await session("parent");
      const child = await session("child", { parent });
      await store.sessions.end(child, "refresh_reuse");
      expect(await store.sessions.end(parent, "sign_out")).toEqual([parent]);
      expect(await reasonOf(child)).toBe("refresh_reuse");
    });

    row(
      "holds when it was over by time and the clock steps back",
      async ({ store, account, session, clock, isAlive, expect }) => {
        await account();
        const sid = await session("laptop");
        clock.jump(11 * hour);
        expect(await store.sessions.end(sid, "sign_out")).toEqual([sid]);
        clock.jump(-11 * hour);
        expect(await isAlive(sid)).toBe(false);
      },
    );
  });
}

function replaceRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const on = { generation: 0, policy };
  harness.describe("replacing a session", () => {
    row("creates the successor with data and children, and ends the old as superseded", async (setting) => {
      const { store, account, session, find, isAlive, expect } = setting;
      await account();
      const old = await session("old", { data: { theme: "dark" } });
      const app = await session("app", { parent: old });
      const below = await session("below", { parent: app });
      expect(await store.sessions.replace(old, newSession("new", { acr: "2" }), on)).toBe("replaced");
      const { data, acr, refreshCounter } = (await find(id("new"))) ?? {};
      expect({ data, acr, refreshCounter }).toEqual({ data: { theme: "dark" }, acr: "2", refreshCounter: 0 });
      expect([(await find(app))?.parent, (await find(below))?.parent]).toEqual([id("new"), app]);
      expect(await Promise.all([id("new"), app, below, old].map(isAlive))).toEqual([true, true, true, false]);
      expect(await setting.reasonOf(old)).toBe("superseded");
      expect(await setting.events()).toEqual([`session:${old}`]);
    });

    row("takes data that is given over data that is handed on", async ({ store, account, session, find, expect }) => {
      await account();
      const old = await session("old", { data: { theme: "dark" } });
      await store.sessions.replace(old, newSession("new", { data: {} }), on);
      expect((await find(id("new")))?.data).toEqual({});
    });

    row("leaves a child that ended before where it was", async ({ store, account, session, find, expect }) => {
      await account();
      const old = await session("old");
      const child = await session("child", { parent: old });
      await store.sessions.end(child, "sign_out");
      const before = await find(child);
      expect(await store.sessions.replace(old, newSession("new"), on)).toBe("replaced");
      expect(await find(child)).toEqual(before);
    });

    row("happens once: of two successors one is made", async ({ store, account, session, find, expect }) => {
      await account();
      const old = await session("old");
      expect(await store.sessions.replace(old, newSession("new"), on)).toBe("replaced");
      expect(await store.sessions.replace(old, newSession("newer"), on)).toBe("ended");
      expect(await find(id("newer"))).toBe(undefined);
    });

    for (const [name, prepare, successor, generation, outcome] of [
      ["a taken sid", async ({ session }) => void (await session("new")), newSession("new"), 0, "exists"],
      ["its own sid", async () => {}, newSession("old"), 0, "exists"],
      [
        "an older generation",
        async ({ store, account }) => {
          await store.accounts.endAll(await account("bob"), "revoked");
        },
        newSession("new"),
        -1,
        "outdated",
      ],
      ["a newer generation", async () => {}, newSession("new"), 1, "outdated"],
      [
        "another subject",
        async ({ account }) => void (await account("eve")),
        newSession("new", { sub: id("eve") }),
        0,
        "ended",
      ],
      [
        "a disabled account",
        async ({ store }) => void (await store.accounts.setDisabled(id("ada"), true)),
        newSession("new"),
        1,
        "ended",
      ],
      ["an unknown parent", async () => {}, newSession("new", { parent: id("none") }), 0, "ended"],
    ] as readonly (readonly [string, (setting: Setting) => Promise<void>, NewSession, number, string])[]) {
      row(`with ${name} is refused and changes nothing`, async (setting) => {
        const { store, account, session, find, expect } = setting;
        await account();
        const old = await session("old");
        await prepare(setting);
        const before = [await find(old), await store.log.head(), await store.sessions.count()];
        expect(await store.sessions.replace(old, successor, { generation, policy })).toBe(outcome);
        expect([await find(old), await store.log.head(), await store.sessions.count()]).toEqual(before);
      });
    }

    row("keeps its place below its parent, and falls with it", async (setting) => {
      const { store, account, session, find, isAlive, expect } = setting;
      await account();
      const parent = await session("parent");
      const child = await session("child", { parent });
      expect(await store.sessions.replace(child, newSession("new", { lifetimeMs: 1000 * hour }), on)).toBe("replaced");
      expect((await find(id("new")))?.parent).toBe(parent);
      expect((await find(id("new")))?.expiresAt).toBe((await find(parent))?.expiresAt);
      await store.sessions.end(parent, "sign_out");
      expect(await isAlive(id("new"))).toBe(false);
    });

    row("is refused below a parent that is over", async ({ store, account, session, clock, expect }) => {
      await account();
      const child = await session("child", { parent: await session("parent", { idleMs: hour }) });
      clock.advance(hour);
      expect(await store.sessions.replace(child, newSession("new"), on)).toBe("ended");
    });
  });
}

function listRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("listing sessions", () => {
    row("of a subject: latest use first, at most so many", async ({ store, account, session, clock, expect }) => {
      await account("ada");
      await session("bobs", { sub: await account("bob") });
      for (const name of ["a", "b", "c"]) {
        await session(name);
        clock.advance(2 * hour);
      }
      await store.sessions.touch(id("a"), policy);
      await store.sessions.end(await session("ended"), "revoked");
      const listed = await store.sessions.list(id("ada"), policy, 10);
      expect(listed.map(({ sid }) => sid)).toEqual(["a", "c", "b"].map(id));
      expect(listed[0]).toEqual(await store.sessions.find(id("a")));
      expect((await store.sessions.list(id("ada"), policy, 2)).map(({ sid }) => sid)).toEqual(["a", "c"].map(id));
      expect(await store.sessions.list(id("eve"), policy, 10)).toEqual([]);
    });

    row("of everybody: in the order of sid, page by page", async ({ store, account, session, expect }) => {
      await account("ada");
      const sub = await account("bob");
      for (const name of ["d", "a", "c"]) await session(name);
      await session("b", { sub });
      await store.sessions.end(id("c"), "revoked");
      const sids = async (page: Parameters<typeof store.sessions.listAll>[0]) =>
        (await store.sessions.listAll(page, policy)).map(({ sid }) => sid);
      expect(await sids({ limit: 2 })).toEqual(["a", "b"].map(id));
      expect(await sids({ limit: 2, after: id("b") })).toEqual(["d"].map(id));
      expect(await store.sessions.count()).toBe(4);
    });
  });
}
