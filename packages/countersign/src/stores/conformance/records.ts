// Rows on what stands beside accounts and sessions: tickets, the log, the key ring, the audit log, service keys, and pruning.

import {
  type AuditEntry,
  type EventScope,
  eventSlackMs,
  type IssuerRow,
  maxTickets,
  type ServiceKey,
  type StoredKey,
} from "../contract.ts";
import {
  day,
  expectGapless,
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

export function recordRows(harness: Harness, open: Open): void {
  ticketRows(harness, open);
  logRows(harness, open);
  lifetimeRows(harness, open);
  keyRows(harness, open);
  auditRows(harness, open);
  serviceRows(harness, open);
  issuerRows(harness, open);
  pruneRows(harness, open);
}

/** What a view of the log says when nothing was left out and nothing doubted. */
const whole = { isSnapshot: false, hasMore: false } as const;
const keep = { auditMs: 90 * day, auditEntries: 1000 };

function ticketRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const ticket = { hash: "t", kind: "reset", sub: id("ada"), emailKey: "ada@example.org" } as const;

  harness.describe("tickets", () => {
    row("are found while they live, which changes nothing, and redeemed once", async ({ store, clock, expect }) => {
      await store.tickets.create(ticket, hour);
      const expected = { ...ticket, expiresAt: clock.now() + hour };
      clock.advance(hour - 1);
      expect(await store.tickets.find("t", "reset")).toEqual(expected);
      expect(await store.tickets.find("t", "reset")).toEqual(expected);
      expect(await store.tickets.redeem("t", "reset")).toEqual(expected);
      expect(await store.tickets.redeem("t", "reset")).toBe(undefined);
      expect(await store.tickets.find("t", "reset")).toBe(undefined);
    });

    row("end to the millisecond", async ({ store, clock, expect }) => {
      await store.tickets.create(ticket, hour);
      clock.advance(hour);
      expect(await store.tickets.find("t", "reset")).toBe(undefined);
      expect(await store.tickets.redeem("t", "reset")).toBe(undefined);
    });

    row("of another kind or hash are not found, nor spent by the attempt", async ({ store, expect }) => {
      await store.tickets.create(ticket, hour);
      expect(await store.tickets.find("t", "verify")).toBe(undefined);
      expect(await store.tickets.redeem("t", "verify")).toBe(undefined);
      expect(await store.tickets.redeem("T", "reset")).toBe(undefined);
      expect((await store.tickets.redeem("t", "reset"))?.hash).toBe("t");
    });

    const others = [
      { ...ticket, hash: "other kind", kind: "verify" },
      { ...ticket, hash: "other subject", sub: id("bob") },
    ] as const;
    const survivors = async (store: Setting["store"]) =>
      Promise.all(others.map(async ({ hash, kind }) => (await store.tickets.find(hash, kind))?.hash));

    row(`live side by side, the ${maxTickets} that end last of a kind and subject`, async (setting) => {
      const { store, clock, expect } = setting;
      for (const other of others) await store.tickets.create(other, hour);
      for (let index = 0; index <= maxTickets; index += 1) {
        await store.tickets.create({ ...ticket, hash: `link ${index}` }, hour);
        clock.advance(1);
      }
      const isThere = async (index: number) => (await store.tickets.find(`link ${index}`, "reset")) !== undefined;
      const found = await Promise.all(Array.from({ length: maxTickets + 1 }, (_, index) => isThere(index)));
      expect(found).toEqual([false, ...Array(maxTickets).fill(true)]);
      expect(await survivors(store)).toEqual(["other kind", "other subject"]);
    });

    row("made last are kept, also where all end together or the others end later", async ({ store, expect }) => {
      for (let index = 0; index < maxTickets; index += 1) {
        await store.tickets.create({ ...ticket, hash: `z ${index}` }, hour);
      }
      await store.tickets.create({ ...ticket, hash: "same moment" }, hour);
      expect((await store.tickets.find("same moment", "reset"))?.hash).toBe("same moment");
      await store.tickets.create({ ...ticket, hash: "shorter" }, minute);
      expect((await store.tickets.find("shorter", "reset"))?.hash).toBe("shorter");
    });

    row("are worth nothing once one of their kind and subject was redeemed", async ({ store, expect }) => {
      for (const other of others) await store.tickets.create(other, hour);
      await store.tickets.create(ticket, hour);
      await store.tickets.create({ ...ticket, hash: "u" }, hour);
      expect((await store.tickets.redeem("t", "reset"))?.hash).toBe("t");
      expect(await store.tickets.find("u", "reset")).toBe(undefined);
      expect(await store.tickets.redeem("u", "reset")).toBe(undefined);
      expect(await survivors(store)).toEqual(["other kind", "other subject"]);
    });
  });
}

function logRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("the log", () => {
    row("begins at 0 with an empty mark", async ({ store, expect }) => {
      expect(await store.log.head()).toEqual({ number: 0, mark: "" });
      expect(await store.log.read(0)).toEqual({ from: 0, to: 0, mark: "", events: [], horizon: 0, ...whole });
    });

    row("numbers events without gaps, each with a mark of its own", async ({ store, account, session, expect }) => {
      await account();
      await store.sessions.end(await session("laptop"), "revoked");
      await store.log.append({ scope: "session", target: id("token") });
      await store.accounts.endAll(id("ada"), "revoked");
      await store.log.append({ scope: "everyone", target: "" });
      const view = await store.log.read(0);
      expectGapless(expect, view);
      expect(view.events.map(({ scope, target }) => `${scope}:${target}`)).toEqual([
        `session:${id("laptop")}`,
        `session:${id("token")}`,
        `subject:${id("ada")}`,
        "everyone:",
      ]);
      expect(view.events.every(({ mark }) => /^[0-9a-f]{16}$/.test(mark))).toBe(true);
      expect(new Set(view.events.map(({ mark }) => mark)).size).toBe(4);
      expect(await store.log.head()).toEqual({ number: 4, mark: view.mark });
    });

    row("answers what it appended", async ({ store, expect }) => {
      const event = await store.log.append({ scope: "subject", target: id("ada") });
      expect((await store.log.read(0)).events).toEqual([event]);
      expect(event.number).toBe(1);
    });

    row("is read after a number: what comes later and nothing before", async ({ store, expect }) => {
      for (const target of ["a", "b", "c"]) await store.log.append({ scope: "session", target });
      const { mark } = await store.log.head();
      const { events, ...rest } = await store.log.read(1);
      expect(events.map(({ number }) => number)).toEqual([2, 3]);
      expect(rest).toEqual({ from: 1, to: 3, mark, horizon: 0, ...whole });
      expect((await store.log.read(3)).events).toEqual([]);
      expect(await store.log.read(7)).toEqual({ from: 7, to: 3, mark, events: [], horizon: 0, ...whole });
    });

    row("is read in pieces, each of which says where it ends", async ({ store, expect }) => {
      const appended = [];
      for (const target of ["a", "b", "c"]) appended.push(await store.log.append({ scope: "session", target }));
      const [, second, third] = appended;
      const piece = await store.log.read(0, 2);
      expect(piece).toMatchObject({ from: 0, to: 2, mark: second?.mark, hasMore: true });
      expect(piece.events).toEqual(appended.slice(0, 2));
      const rest = await store.log.read({ number: piece.to, mark: piece.mark }, 2);
      expect(rest).toMatchObject({ from: 2, to: 3, mark: third?.mark, events: [third], ...whole });
      expect(await store.log.read({ number: 3, mark: third?.mark ?? "" }, 2)).toMatchObject({ events: [], ...whole });
    });

    row("is read from the beginning by whoever holds another mark", async ({ store, expect }) => {
      const first = await store.log.append({ scope: "session", target: "a" });
      const last = await store.log.append({ scope: "session", target: "b" });
      const read = async (number: number, mark: string) => {
        const { from, to, isSnapshot, events } = await store.log.read({ number, mark });
        return { from, to, isSnapshot, numbers: events.map((event) => event.number) };
      };
      const snapshot = { from: 0, to: 2, isSnapshot: true, numbers: [1, 2] };
      expect(await read(0, "")).toEqual({ from: 0, to: 2, isSnapshot: false, numbers: [1, 2] });
      expect(await read(1, first.mark)).toEqual({ from: 1, to: 2, isSnapshot: false, numbers: [2] });
      expect(await read(2, last.mark)).toEqual({ from: 2, to: 2, isSnapshot: false, numbers: [] });
      expect(await read(1, last.mark)).toEqual(snapshot);
      expect(await read(2, first.mark)).toEqual(snapshot);
      expect(await read(3, last.mark)).toEqual(snapshot);
      expect(await read(1, "")).toEqual(snapshot);
    });

    row("knows the newest mark for ever, and one that was pruned no more", async ({ store, clock, expect }) => {
      await store.log.append({ scope: "session", target: "a" });
      const last = await store.log.append({ scope: "session", target: "b" });
      clock.advance(day);
      await store.prune(keep);
      const { mark } = await store.log.head();
      expect(mark).toBe(last.mark);
      expect(await store.log.read({ number: 2, mark })).toMatchObject({ from: 2, to: 2, events: [], ...whole });
      await store.log.append({ scope: "session", target: "c" });
      expect(await store.log.read({ number: 2, mark })).toMatchObject({ from: 0, to: 3, isSnapshot: true });
    });

    row("appends once what is not said yet: scope and target both count", async ({ store, clock, expect }) => {
      await store.log.registerAccessLifetime(minute);
      const end = { scope: "session", target: "a" } as const;
      expect(await store.log.appendOnce(end)).toBe(true);
      expect(await store.log.appendOnce(end)).toBe(false);
      expect(await store.log.appendOnce({ ...end, target: "b" })).toBe(true);
      expect(await store.log.appendOnce({ ...end, scope: "subject" })).toBe(true);
      const { events, to } = await store.log.read(0);
      expect([to, events.map(({ scope, target }) => `${scope} ${target}`)]).toEqual([
        3,
        ["session a", "session b", "subject a"],
      ]);
      clock.advance(hour);
      await store.prune(keep);
      expect(await store.log.appendOnce(end)).toBe(true);
    });

    row("tells listeners of what was appended, and of nothing else", async ({ store, account, session, expect }) => {
      const heard: number[] = [];
      const stop = store.log.subscribe(() => heard.push(heard.length));
      await account();
      const sid = await session("laptop");
      await store.sessions.find(sid);
      expect(heard).toEqual([]);
      await store.sessions.end(sid, "revoked");
      await store.sessions.end(sid, "revoked");
      expect(heard).toEqual([0]);
      await store.log.append({ scope: "everyone", target: "" });
      expect(heard).toEqual([0, 1]);
      stop();
      await store.log.append({ scope: "everyone", target: "" });
      expect(heard).toEqual([0, 1]);
    });

    row("tells the newest event that speaks of somebody", async ({ store, expect }) => {
      for (const target of ["a", "b", "a"]) await store.log.append({ scope: "session", target });
      await store.log.append({ scope: "subject", target: "b" });
      const newest = (...spoken: [EventScope, string][]) =>
        store.log.newest(spoken.map(([scope, target]) => ({ scope, target })));
      expect(await newest(["session", "a"])).toBe(3);
      expect(await newest(["session", "b"])).toBe(2);
      expect(await newest(["session", "b"], ["subject", "b"])).toBe(4);
      expect(await newest(["subject", "a"])).toBe(0);
      expect(await newest(["everyone", ""])).toBe(0);
      expect(await newest()).toBe(0);
    });
  });
}

function issuerRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("the rows of issuing processes", () => {
    const followers = [{ id: "F", name: "orders", applied: 3, onStale: "ask" as const }];
    const one: IssuerRow = { incarnation: "i1", nonce: "n1", longestLagMs: 5100.5, leastApplied: 3, followers };
    const other: IssuerRow = { incarnation: "i2", nonce: "n1", longestLagMs: 0, leastApplied: null, followers: [] };

    row("are told as they were put", async ({ store, expect }) => {
      expect(await store.issuers.list()).toEqual([]);
      await store.issuers.put(one);
      await store.issuers.put(other);
      expect(new Set(await store.issuers.list())).toEqual(new Set([one, other]));
    });

    row("are updated where they are, and made by no update", async ({ store, expect }) => {
      expect(await store.issuers.update(one)).toBe(false);
      expect(await store.issuers.list()).toEqual([]);
      await store.issuers.put(one);
      const later = { ...one, nonce: "n2", leastApplied: 9 };
      expect(await store.issuers.update(later)).toBe(true);
      expect(await store.issuers.list()).toEqual([later]);
    });

    row("are removed only as they were seen", async ({ store, expect }) => {
      await store.issuers.put(one);
      expect(await store.issuers.remove("i1", "n0")).toBe(false);
      expect(await store.issuers.remove("i2", "n1")).toBe(false);
      expect(await store.issuers.list()).toEqual([one]);
      expect(await store.issuers.remove("i1", "n1")).toBe(true);
      expect(await store.issuers.remove("i1", "n1")).toBe(false);
      expect(await store.issuers.update(one)).toBe(false);
    });
  });
}

function lifetimeRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("the expiry of events", () => {
    row(
      "is the longest access-token lifetime, leeway and skew after the change",
      async ({ store, account, session, clock, expect }) => {
        await store.log.registerAccessLifetime(5 * minute);
        await account();
        const sid = await session("laptop");
        await store.sessions.mergeData(sid, { a: 1 }, policy);
        clock.advance(minute);
        await store.sessions.end(sid, "revoked");
        const [changed, ended] = (await store.log.read(0)).events;
        expect(ended?.expires).toBe(clock.now() + 5 * minute + eventSlackMs);
        expect(changed?.expires).toBe(clock.now() - minute + 5 * minute + eventSlackMs);
      },
    );

    /** The life of an event appended now, beyond the slack. */
    const life = async ({ store, clock }: Pick<Setting, "store" | "clock">) =>
      (await store.log.append({ scope: "everyone", target: "" })).expires - clock.now() - eventSlackMs;

    row("is only the slack before a lifetime is registered", async (setting) => {
      setting.expect(await life(setting)).toBe(0);
    });

    row("rises at once", async (setting) => {
      const { store, expect } = setting;
      await store.log.registerAccessLifetime(5 * minute);
      expect(await life(setting)).toBe(5 * minute);
      await store.log.registerAccessLifetime(hour);
      expect(await life(setting)).toBe(hour);
    });

    row("falls only once everything issued under the longer lifetime has passed", async (setting) => {
      const { store, clock, expect } = setting;
      await store.log.registerAccessLifetime(hour);
      await store.log.registerAccessLifetime(5 * minute);
      clock.advance(hour + eventSlackMs - 1);
      expect(await life(setting)).toBe(hour);
      clock.advance(1);
      expect(await life(setting)).toBe(5 * minute);
    });

    row("does not wait anew when the shorter lifetime is registered again", async (setting) => {
      const { store, clock, expect } = setting;
      await store.log.registerAccessLifetime(hour);
      await store.log.registerAccessLifetime(5 * minute);
      clock.advance(hour);
      await store.log.registerAccessLifetime(5 * minute);
      clock.advance(eventSlackMs);
      expect(await life(setting)).toBe(5 * minute);
    });

    row("waits anew when somebody still registers the longer one", async (setting) => {
      const { store, clock, expect } = setting;
      await store.log.registerAccessLifetime(hour);
      await store.log.registerAccessLifetime(5 * minute);
      clock.advance(hour);
      await store.log.registerAccessLifetime(hour);
      await store.log.registerAccessLifetime(5 * minute);
      clock.advance(hour);
      expect(await life(setting)).toBe(hour);
    });

    row("keeps the longest of several while it is lowered in steps", async (setting) => {
      const { store, clock, expect } = setting;
      await store.log.registerAccessLifetime(hour);
      await store.log.registerAccessLifetime(30 * minute);
      await store.log.registerAccessLifetime(minute);
      await store.log.registerAccessLifetime(2 * minute);
      expect(await life(setting)).toBe(hour);
      clock.advance(2 * hour);
      expect(await life(setting)).toBe(2 * minute);
    });

    row("does not wait anew when a lifetime is raised below the one that is waited out", async (setting) => {
      const { store, clock, expect } = setting;
      await store.log.registerAccessLifetime(hour);
      await store.log.registerAccessLifetime(minute);
      clock.advance(30 * minute);
      await store.log.registerAccessLifetime(2 * minute);
      clock.advance(30 * minute + eventSlackMs);
      expect(await life(setting)).toBe(2 * minute);
    });

    row("is longer where the event asks for it, never shorter", async ({ store, clock, expect }) => {
      await store.log.registerAccessLifetime(5 * minute);
      const long = await store.log.append({ scope: "key", target: "k001", keepMs: day });
      const short = await store.log.append({ scope: "key", target: "k002", keepMs: 1 });
      expect(long.expires).toBe(clock.now() + day);
      expect(short.expires).toBe(clock.now() + 5 * minute + eventSlackMs);
    });
  });
}

const key = (kid: string, more: Partial<StoredKey> = {}): StoredKey => ({
  kid,
  alg: "ES256",
  publicJwk: '{"kty":"EC"}',
  sealedPrivateJwk: `sealed ${kid}`,
  createdAt: 1,
  signsFrom: 2,
  signsUntil: null,
  leavesAt: null,
  ...more,
});

function keyRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("the key ring", () => {
    row("begins empty, at a revision that the first change names", async ({ store, expect }) => {
      const { revision, keys } = await store.keys.list();
      expect(keys).toEqual([]);
      expect(await store.keys.change(revision, { put: [key("aaaa")] })).toBe(true);
      const after = await store.keys.list();
      expect(after.keys).toEqual([key("aaaa")]);
      expect(after.revision === revision).toBe(false);
    });

    row("refuses a change that names a revision of the past or of the future, whole", async ({ store, expect }) => {
      const { revision } = await store.keys.list();
      await store.keys.change(revision, { put: [key("aaaa")] });
      const before = await store.keys.list();
      const change = { put: [key("bbbb")], remove: ["aaaa"], revoke: ["aaaa"] };
      expect(await store.keys.change(revision, change)).toBe(false);
      expect(await store.keys.change(before.revision + 1, change)).toBe(false);
      expect(await store.keys.list()).toEqual(before);
      expect((await store.log.head()).number).toBe(0);
    });

    row("puts, replaces and removes keys in one change, the oldest listed first", async ({ store, expect }) => {
      const change = async (change: Parameters<typeof store.keys.change>[1]) =>
        store.keys.change((await store.keys.list()).revision, change);
      await change({ put: [key("bbbb", { createdAt: 2 }), key("aaaa")] });
      expect((await store.keys.list()).keys.map(({ kid }) => kid)).toEqual(["aaaa", "bbbb"]);
      const retired = key("bbbb", { createdAt: 2, signsUntil: 9, leavesAt: 10 });
      expect(await change({ put: [retired, key("cccc", { createdAt: 3 })], remove: ["aaaa", "none"] })).toBe(true);
      expect((await store.keys.list()).keys).toEqual([retired, key("cccc", { createdAt: 3 })]);
      expect(await change({ put: [], remove: ["bbbb", "cccc"] })).toBe(true);
      expect((await store.keys.list()).keys).toEqual([]);
    });

    row("appends an event for each revoked kid, kept as long as asked", async ({ store, clock, expect }) => {
      const { revision } = await store.keys.list();
      expect(await store.keys.change(revision, { revoke: ["aaaa", "bbbb"], revokeKeepMs: day })).toBe(true);
      const { events } = await store.log.read(0);
      const expected = ["aaaa", "bbbb"].map((target) => ({ scope: "key", target, expires: clock.now() + day }));
      expect(events.map(({ scope, target, expires }) => ({ scope, target, expires }))).toEqual(expected);
    });
  });
}

const entry = (act: string, more: Partial<Omit<AuditEntry, "id" | "at">> = {}): Omit<AuditEntry, "id" | "at"> => ({
  act,
  outcome: "ok",
  actor: "subject:ada",
  sub: id("ada"),
  sid: id("laptop"),
  address: "203.0.113.7",
  client: "Firefox on Linux",
  detail: null,
  ...more,
});

function auditRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  harness.describe("the audit log", () => {
    row("keeps entries whole, with the store's time, newest first", async ({ store, clock, expect }) => {
      const full = entry("a", { outcome: "refused", detail: "credentials_wrong" });
      const bare = entry("b", { actor: "anonymous", sub: null, sid: null, address: null, client: null });
      await store.audit.append([full, bare]);
      clock.advance(minute);
      await store.audit.append([entry("c", { outcome: "error" })]);
      await store.audit.append([]);
      const listed = await store.audit.list({ limit: 10 });
      const without = listed.map(({ id: _, ...rest }) => rest);
      const at = clock.now();
      expect(without).toEqual([
        { ...entry("c", { outcome: "error" }), at },
        { ...bare, at: at - minute },
        { ...full, at: at - minute },
      ]);
    });

    row("is read page by page: before an id, at most so many, filters exact", async ({ store, expect }) => {
      await store.audit.append(["a", "b", "ab", "a"].map((act) => entry(act)));
      await store.audit.append([entry("a", { sub: id("bob") })]);
      const all = await store.audit.list({ limit: 10 });
      const acts = async (page: Parameters<typeof store.audit.list>[0]) =>
        (await store.audit.list(page)).map(({ id }) => all.findIndex((entry) => entry.id === id));
      expect(all.length).toBe(5);
      expect(await acts({ limit: 2 })).toEqual([0, 1]);
      expect(await acts({ limit: 2, before: all[1]?.id ?? 0 })).toEqual([2, 3]);
      expect(await acts({ limit: 9, act: "a" })).toEqual([0, 1, 4]);
      expect(await acts({ limit: 9, sub: id("ada") })).toEqual([1, 2, 3, 4]);
      expect(await acts({ limit: 9, sub: id("ada"), act: "a", before: all[1]?.id ?? 0 })).toEqual([4]);
      expect(await acts({ limit: 9, act: "A" })).toEqual([]);
    });
  });
}

function serviceRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const service: Omit<ServiceKey, "createdAt"> = {
    id: "service_0001",
    name: "orders",
    secretHash: "hash",
    scopes: ["introspect", "revoke"],
    audience: "https://orders.example",
  };
  harness.describe("service keys", () => {
    row("are created once per id, found, listed and removed", async ({ store, clock, expect }) => {
      const created = { ...service, createdAt: clock.now() };
      expect(await store.services.create(service)).toBe("created");
      expect(await store.services.create({ ...service, name: "another", secretHash: "h" })).toBe("exists");
      expect(await store.services.find(service.id)).toEqual(created);
      expect(Object.isFrozen(await store.services.find(service.id))).toBe(true);
      clock.advance(1);
      await store.services.create({ ...service, id: "another", scopes: ["admin"], audience: null });
      const [first, second, ...more] = await store.services.list();
      expect([first, second?.audience, second?.scopes, more]).toEqual([created, null, ["admin"], []]);
      expect(await store.services.remove(service.id)).toBe(true);
      expect(await store.services.find(service.id)).toBe(undefined);
      expect(await store.services.remove(service.id)).toBe(false);
      expect((await store.services.list()).length).toBe(1);
      expect(await store.services.create(service)).toBe("created");
    });

    row("that are unknown are undefined", async ({ store, expect }) => {
      expect(await store.services.find("unknown")).toBe(undefined);
      expect(await store.services.list()).toEqual([]);
    });
  });
}

function pruneRows(harness: Harness, open: Open): void {
  const row = rows(harness, open);
  const none = { sessions: 0, events: 0, tickets: 0, audit: 0 };

  harness.describe("pruning", () => {
    row("takes sessions at their absolute end, tombstones included, and not before", async (setting) => {
      const { store, account, session, clock, find, expect } = setting;
      await account();
      const ended = await session("ended", { lifetimeMs: hour });
      const idle = await session("idle", { idleMs: minute, lifetimeMs: 2 * hour });
      await store.sessions.end(ended, "revoked");
      clock.advance(hour - 1);
      expect((await store.prune(keep)).sessions).toBe(0);
      expect((await find(ended))?.reason).toBe("revoked");
      clock.advance(1);
      expect((await store.prune(keep)).sessions).toBe(1);
      expect([await find(ended), (await find(idle))?.sid]).toEqual([undefined, idle]);
      clock.advance(hour);
      expect((await store.prune(keep)).sessions).toBe(1);
      expect(await store.sessions.count()).toBe(0);
      expect(await store.sessions.list(id("ada"), policy, 10)).toEqual([]);
    });

    row("ends what depends on a session that it takes", async ({ store, account, session, clock, find, expect }) => {
      await account();
      const first = await session("first", { lifetimeMs: hour });
      const parent = await session("parent");
      const child = await session("child", { parent });
      await store.sessions.setLifetime(parent, { expiresAt: clock.now() + hour }, policy);
      clock.advance(hour);
      expect((await store.prune(keep)).sessions).toBe(2);
      expect([await find(first), await find(parent), (await find(child))?.reason]).toEqual([
        undefined,
        undefined,
        "parent_ended",
      ]);
    });

    row("takes expired events and raises the horizon to the latest of them; number and mark stay", async (setting) => {
      const { store, clock, expect } = setting;
      await store.log.registerAccessLifetime(minute);
      const first = await store.log.append({ scope: "session", target: "a" });
      const kept = await store.log.append({ scope: "key", target: "k", keepMs: day });
      clock.advance(minute);
      const last = await store.log.append({ scope: "session", target: "b" });
      clock.advance(eventSlackMs - 1);
      expect(await store.prune(keep)).toEqual(none);
      clock.advance(1);
      expect(await store.prune(keep)).toEqual({ ...none, events: 1 });
      const { number: to, mark } = last;
      expect(await store.log.read(0)).toEqual({
        from: 0,
        to,
        mark,
        events: [kept, last],
        horizon: first.expires,
        ...whole,
      });
      clock.advance(day);
      expect(await store.prune(keep)).toEqual({ ...none, events: 2 });
      expect(await store.log.read(0)).toEqual({ from: 0, to, mark, events: [], horizon: kept.expires, ...whole });
      expect(await store.log.head()).toEqual({ number: 3, mark });
      expect((await store.log.append({ scope: "everyone", target: "" })).number).toBe(4);
    });

    row("never lowers the horizon", async ({ store, clock, expect }) => {
      const long = await store.log.append({ scope: "key", target: "k", keepMs: day });
      clock.advance(day);
      await store.prune(keep);
      clock.jump(-day / 2);
      await store.log.append({ scope: "session", target: "a" });
      clock.advance(eventSlackMs);
      expect((await store.prune(keep)).events).toBe(1);
      expect((await store.log.read(0)).horizon).toBe(long.expires);
    });

    row("takes expired tickets", async ({ store, clock, expect }) => {
      await store.tickets.create({ hash: "t", kind: "reset", sub: id("ada"), emailKey: "a" }, hour);
      clock.advance(hour - 1);
      expect(await store.prune(keep)).toEqual(none);
      clock.advance(1);
      expect(await store.prune(keep)).toEqual({ ...none, tickets: 1 });
    });

    row("takes audit entries beyond their age", async ({ store, clock, expect }) => {
      await store.audit.append([entry("old")]);
      clock.advance(1);
      await store.audit.append([entry("new")]);
      clock.advance(day - 1);
      expect(await store.prune({ ...keep, auditMs: day })).toEqual({ ...none, audit: 1 });
      expect((await store.audit.list({ limit: 9 })).map(({ act }) => act)).toEqual(["new"]);
    });

    row("takes audit entries beyond their number, and never gives an id twice", async ({ store, expect }) => {
      await store.audit.append(["a", "b", "c", "d"].map((act) => entry(act)));
      const [newest] = await store.audit.list({ limit: 1 });
      expect(await store.prune({ ...keep, auditEntries: 4 })).toEqual(none);
      expect(await store.prune({ ...keep, auditEntries: 3 })).toEqual({ ...none, audit: 1 });
      expect((await store.audit.list({ limit: 9 })).map(({ act }) => act)).toEqual(["d", "c", "b"]);
      expect(await store.prune({ ...keep, auditEntries: 0 })).toEqual({ ...none, audit: 3 });
      for (const act of ["e", "f"]) await store.audit.append([entry(act)]);
      const [latest, later] = await store.audit.list({ limit: 2 });
      expect([latest?.act, later?.act]).toEqual(["f", "e"]);
      expect((latest?.id ?? 0) > (later?.id ?? 0) && (later?.id ?? 0) > (newest?.id ?? 0)).toBe(true);
    });

    row("takes more than one step's worth", async ({ store, account, clock, expect }) => {
      await account();
      await store.audit.append(Array.from({ length: 1201 }, (_, at) => entry(`act ${at}`)));
      for (let at = 0; at < 60; at += 1) {
        await store.sessions.create(newSession(`s${at}`, { lifetimeMs: minute }), freely);
      }
      await store.accounts.endAll(id("ada"), "revoked");
      clock.advance(hour);
      const pruned = await store.prune({ auditMs: minute, auditEntries: 9999 });
      expect(pruned).toEqual({ sessions: 60, events: 61, tickets: 0, audit: 1201 });
      expect(await store.prune(keep)).toEqual(none);
    });
  });
}
