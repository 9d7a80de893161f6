// Rows on races: fifty at once, on two instances of the store where the data has two. Nothing may happen twice, nothing may
// come back, and the log stays gapless and in the order of commits throughout.

import type { LogView, Store } from "../contract.ts";
import {
  allAtOnce,
  client,
  expectGapless,
  freely,
  type Harness,
  id,
  newSession,
  type Open,
  policy,
  rows,
  type Setting,
  tally,
} from "./setting.ts";

const hourMs = 3_600_000;

export function raceRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  /** A row whose log is watched while it runs. */
  const race = (name: string, body: (setting: Setting, at: (index: number) => Store) => Promise<void>) =>
    row(name, async (setting) => {
      const { store, peer = store } = setting;
      const watch = watchLog(setting);
      try {
        await body(setting, (index) => (index % 2 === 0 ? store : peer));
      } finally {
        await watch.stop();
      }
    });

  harness.describe("fifty at once", () => {
    race("create an account: one does", async ({ expect }, at) => {
      const outcomes = await allAtOnce(50, (index) => {
        const sub = id(`sub ${index}`);
        return at(index).accounts.create({ sub, email: "a", emailKey: "a", emailVerified: false, passwordHash: "h" });
      });
      expect(tally(outcomes)).toEqual({ created: 1, taken: 49 });
    });

    race("count failures: each counts", async ({ account, expect }, at) => {
      const sub = await account();
      const counts = await allAtOnce(50, (index) => at(index).accounts.recordFailure(sub));
      expect([...counts].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    });

    race("redeem a ticket: one gets it", async ({ store, account, expect }, at) => {
      const sub = await account();
      await store.tickets.create({ hash: "t", kind: "verify", sub, emailKey: "ada@example.org" }, hourMs);
      const redeemed = await allAtOnce<unknown>(50, (index) =>
        index % 3 === 0 ? at(index).accounts.verifyAddress("t") : at(index).tickets.redeem("t", "verify"),
      );
      expect(redeemed.filter((ticket) => ticket !== undefined).length).toBe(1);
    });

    race("reset a password by one ticket: one does", async ({ store, account, expect }, at) => {
      const sub = await account();
      await store.tickets.create({ hash: "t", kind: "reset", sub, emailKey: "ada@example.org" }, hourMs);
      const outcomes = await allAtOnce(50, async (index) => {
        const change = { sub, generation: 0, passwordHash: `hash ${index}`, ticketHash: "t" };
        return (await at(index).accounts.changePassword(change)).outcome;
      });
      expect(tally(outcomes)).toEqual({ changed: 1, ticket_spent: 49 });
      expect((await store.accounts.find(sub))?.generation).toBe(1);
    });

    race("change a password from one generation: one does", async ({ store, account, expect }, at) => {
      const sub = await account();
      const outcomes = await allAtOnce(50, async (index) => {
        const change = { sub, generation: 0, passwordHash: `hash ${index}`, session: newSession(`new ${index}`) };
        return (await at(index).accounts.changePassword(change)).outcome;
      });
      expect(tally(outcomes)).toEqual({ changed: 1, outdated: 49 });
      expect((await store.sessions.list(sub, policy, 99)).length).toBe(1);
    });

    race("make the first key: one does", async ({ store, expect }, at) => {
      const { revision } = await store.keys.list();
      const outcomes = await allAtOnce(50, (index) => {
        const kid = `k${String(index).padStart(3, "0")}`;
        const sealed = { alg: "ES256", publicJwk: "{}", sealedPrivateJwk: "sealed" };
        const times = { createdAt: 1, signsFrom: 1, signsUntil: null, leavesAt: null };
        return at(index).keys.change(revision, { put: [{ kid, ...sealed, ...times }], revoke: [kid] });
      });
      expect(outcomes.filter((changed) => changed).length).toBe(1);
      expect((await store.keys.list()).keys.length).toBe(1);
      expect((await store.log.head()).number).toBe(1);
    });

    race("create the same session: one does", async ({ account, expect }, at) => {
      await account();
      const outcomes = await allAtOnce(50, (index) => at(index).sessions.create(newSession("laptop"), freely));
      expect(tally(outcomes)).toEqual({ created: 1, exists: 49 });
    });

    race("create sessions within a limit: as many live as it says", async ({ store, account, expect }, at) => {
      const sub = await account();
      await allAtOnce(50, (index) => at(index).sessions.create(newSession(`s${index}`), { ...freely, limit: 5 }));
      expect((await store.sessions.list(sub, policy, 99)).length).toBe(5);
      expect(await store.sessions.count()).toBe(50);
    });

    race("rotate: one moves the counter", async ({ account, session, find, expect }, at) => {
      await account();
      const sid = await session("laptop");
      const outcomes = await allAtOnce(50, (index) => at(index).sessions.rotate(sid, 0, client, policy));
      expect(outcomes.filter((outcome) => outcome !== "lost").length).toBe(1);
      expect((await find(sid))?.refreshCounter).toBe(1);
    });

    race("replace a session: one successor", async ({ store, account, session, expect }, at) => {
      const sub = await account();
      const old = await session("old");
      const on = { generation: 0, policy };
      const outcomes = await allAtOnce(50, (index) => at(index).sessions.replace(old, newSession(`new ${index}`), on));
      expect(tally(outcomes)).toEqual({ replaced: 1, ended: 49 });
      expect((await store.sessions.list(sub, policy, 99)).length).toBe(1);
    });

    race("merge data: all of it is there", async ({ account, session, find, expect }, at) => {
      await account();
      const sid = await session("laptop");
      await allAtOnce(50, (index) => at(index).sessions.mergeData(sid, { [`key ${index}`]: index }, policy));
      const merged = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key ${index}`, index]));
      expect((await find(sid))?.data).toEqual(merged);
    });

    race("merge data to the brim: never beyond it", async ({ account, session, find, expect }, at) => {
      await account();
      const sid = await session("laptop");
      const outcomes = await allAtOnce(50, async (index) => {
        const patch = { [`key ${String(index).padStart(2, "0")}`]: "x".repeat(390) };
        return (await at(index).sessions.mergeData(sid, patch, policy)).outcome;
      });
      // A member takes 402 bytes with its comma: ten fit.
      expect(tally(outcomes)).toEqual({ merged: 10, too_large: 40 });
      expect(Object.keys((await find(sid))?.data ?? {}).length).toBe(10);
    });

    race("end a session: one event", async ({ account, session, events, expect }, at) => {
      await account();
      const sid = await session("laptop");
      const ended = await allAtOnce(50, (index) => at(index).sessions.end(sid, "revoked"));
      expect(ended.flat()).toEqual([sid]);
      expect(await events()).toEqual([`session:${sid}`]);
    });

    race("append to the audit log: all entries, no id twice", async ({ store, expect }, at) => {
      const entry = {
        outcome: "ok",
        actor: "a",
        sub: null,
        sid: null,
        address: null,
        client: null,
        detail: null,
      } as const;
      await allAtOnce(50, (index) => at(index).audit.append([{ ...entry, act: `act ${index}` }]));
      const listed = await store.audit.list({ limit: 99 });
      expect([new Set(listed.map(({ id }) => id)).size, new Set(listed.map(({ act }) => act)).size]).toEqual([50, 50]);
    });

    race("append the same to the log once: one does", async ({ store, expect }, at) => {
      const done = await allAtOnce(50, (index) => at(index).log.appendOnce({ scope: "session", target: "t" }));
      expect([done.filter(Boolean).length, (await store.log.read(0)).events.length]).toEqual([1, 1]);
    });

    race("append to the log: every number once", async ({ store, expect }, at) => {
      const appended = await allAtOnce(50, (index) => at(index).log.append({ scope: "session", target: `t${index}` }));
      const numbers = appended.map(({ number }) => number).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
      const byNumber = [...appended].sort((a, b) => a.number - b.number);
      expect((await store.log.read(0)).events).toEqual(byNumber);
    });
  });

  againstRows(harness, race);
}

type Race = (name: string, body: (setting: Setting, at: (index: number) => Store) => Promise<void>) => void;

function againstRows(harness: Harness, race: Race): void {
  harness.describe("an end against whatever else is under way", () => {
    for (const [name, write] of [
      ["touch", (store, sid) => store.sessions.touch(sid, policy)],
      ["rotate", (store, sid, index) => store.sessions.rotate(sid, Math.floor(index / 4), client, policy)],
      ["setLifetime", (store, sid) => store.sessions.setLifetime(sid, { idleMs: hourMs }, policy)],
      ["mergeData", (store, sid, index) => store.sessions.mergeData(sid, { [`k${index}`]: 1 }, policy)],
    ] as readonly (readonly [string, (store: Store, sid: string, index: number) => Promise<unknown>])[]) {
      race(`${name} does not bring the session back`, async (setting, at) => {
        const { account, session, clock, find, expect } = setting;
        await account();
        const sid = await session("laptop");
        clock.advance(2 * hourMs);
        await allAtOnce(50, (index) =>
          index === 20 ? at(index).sessions.end(sid, "revoked") : write(at(index), sid, index),
        );
        const after = await find(sid);
        expect([after?.revokedAt, after?.reason]).toEqual([clock.now(), "revoked"]);
        const events = await setting.events();
        expect(events.filter((event) => event === `session:${sid}`).length).toBe(1);
        expect(events.at(-1)).toBe(`session:${sid}`);
        await write(at(0), sid, 0);
        expect(await find(sid)).toEqual(after);
      });
    }

    race("a replacement leaves one of both: nothing lives when the end came last", async (setting, at) => {
      const { store, account, session, isAlive, expect } = setting;
      await account();
      for (let round = 0; round < 25; round += 1) {
        const old = await session(`old ${round}`);
        const next = newSession(`new ${round}`);
        const [ended, replaced] = await Promise.all([
          at(round).sessions.end(old, "revoked"),
          at(round + 1).sessions.replace(old, next, { generation: 0, policy }),
        ]);
        expect(replaced).toBe(ended.length === 1 ? "ended" : "replaced");
        expect([await isAlive(old), await isAlive(next.sid)]).toEqual([false, replaced === "replaced"]);
      }
      expect((await store.sessions.count()) >= 25).toBe(true);
    });

    race("no child lives under a parent that has ended", async (setting, at) => {
      const { store, account, session, isAlive, expect } = setting;
      await account();
      const parent = await session("parent");
      const outcomes = await allAtOnce(50, async (index) => {
        if (index === 25) return (await at(index).sessions.end(parent, "revoked")).length > 0 ? "parent" : "none";
        return at(index).sessions.create(newSession(`child ${index}`, { parent }), freely);
      });
      const { created = 0, parent_ended: refused = 0 } = tally(outcomes);
      expect(created + refused).toBe(49);
      expect(await store.sessions.list(id("ada"), policy, 99)).toEqual([]);
      const children = Array.from({ length: 50 }, (_, index) => id(`child ${index}`));
      expect((await Promise.all(children.map(isAlive))).filter((alive) => alive)).toEqual([]);
      expect(new Set(await setting.events()).size).toBe(created + 1);
    });

    race("no sign-in under the old generation outlives a password change", async (setting, at) => {
      const { store, account, expect } = setting;
      const sub = await account();
      const outcomes = await allAtOnce(50, async (index) => {
        if (index !== 25) return at(index).sessions.create(newSession(`s${index}`), freely);
        const change = { sub, generation: 0, passwordHash: "hash 1", session: newSession("changed") };
        return (await at(index).accounts.changePassword(change)).outcome;
      });
      const { created = 0, outdated = 0, changed = 0 } = tally(outcomes);
      expect([created + outdated, changed]).toEqual([49, 1]);
      expect((await store.sessions.list(sub, policy, 99)).map(({ sid }) => sid)).toEqual([id("changed")]);
      expect((await setting.events()).length).toBe(created + 1);
    });

    race("no sign-in outlives disabling or signing out everywhere", async (setting, at) => {
      const { store, account, expect } = setting;
      const sub = await account();
      await allAtOnce<unknown>(50, (index) => {
        if (index === 20) return at(index).accounts.endAll(sub, "sign_out_everywhere");
        if (index === 30) return at(index).accounts.setDisabled(sub, true);
        return at(index).sessions.create(newSession(`s${index}`), { ...freely, generation: index > 20 ? 1 : 0 });
      });
      expect(await store.sessions.list(sub, policy, 99)).toEqual([]);
    });

    race("a step-up under the old generation does not outlive a password change", async (setting, at) => {
      const { store, account, session, expect } = setting;
      const sub = await account();
      const sids: string[] = [];
      for (let index = 0; index < 10; index += 1) sids.push(await session(`s${index}`));
      await Promise.all<unknown>([
        ...sids.map((sid, index) =>
          at(index).sessions.replace(sid, newSession(`up ${index}`), { generation: 0, policy }),
        ),
        at(1).accounts.changePassword({ sub, generation: 0, passwordHash: "hash 1" }),
      ]);
      expect(await store.sessions.list(sub, policy, 99)).toEqual([]);
    });

    race("pruning takes nothing that lives, and loses no event", async (setting, at) => {
      const { store, account, session, clock, expect } = setting;
      const sub = await account();
      for (let index = 0; index < 10; index += 1) await session(`over ${index}`, { lifetimeMs: hourMs });
      clock.advance(hourMs);
      await allAtOnce<unknown>(50, (index) => {
        if (index % 10 === 0) return at(index).prune({ auditMs: hourMs, auditEntries: 10 });
        return at(index).sessions.create(newSession(`s${index}`), freely);
      });
      expect((await store.sessions.list(sub, policy, 99)).length).toBe(45);
      expect(await store.sessions.count()).toBe(45);
      await store.accounts.endAll(sub, "revoked");
      expect((await setting.events()).length).toBe(46);
    });
  });
}

/** Reads the log again and again, on either instance: each view is gapless, and nothing ever appears before what was seen. */
function watchLog({ store, peer = store, expect }: Setting): { stop(): Promise<void> } {
  let running = true;
  let seen: LogView | undefined;
  const look = async (at: Store) => {
    const view = await at.log.read(0);
    expectGapless(expect, view);
    expect(view.events.slice(0, seen?.events.length ?? 0)).toEqual(seen?.events ?? []);
    seen = view;
  };
  const watch = async () => {
    for (let round = 0; running && round < 200; round += 1) {
      await look(round % 2 === 0 ? store : peer);
      // Lets the machine turn, so that what waits for the disk or a timer goes on.
      await new Promise<void>((turn) => setImmediate(turn));
    }
  };
  const watching = watch();
  return {
    async stop() {
      running = false;
      await watching;
      await look(store);
    },
  };
}
