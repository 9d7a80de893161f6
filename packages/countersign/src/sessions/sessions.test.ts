import { describe, expect, it } from "vitest";
import { createAudit } from "../audit.ts";
import type { LifetimePolicy } from "../stores/contract.ts";
import { createSessions } from "./sessions.ts";
import { createTestStore, hourMs, testSub } from "./testing.ts";

const policy: LifetimePolicy = { maxIdleMs: 20 * hourMs, maxAgeMs: 200 * hourMs };

async function setting() {
  const made = await createTestStore();
  const sessions = createSessions({ store: made.store, policy, audit: createAudit(made.store, undefined) });
  const acts = async () => (await made.store.audit.list({ limit: 50 })).map(({ act, actor }) => `${act} ${actor}`);
  return { ...made, sessions, acts };
}

describe("the end of a session", () => {
  it.each([
    ["to a later time", 150, 150],
    ["to an earlier time not at all", 50, 100],
    ["as far as the policy allows", 500, 200],
  ])("is extended %s", async (_name, untilHours, expectedHours) => {
    const { sessions, add, clock, acts } = await setting();
    const began = clock.now();
    const sid = await add();
    const extended = await sessions.extend(sid, new Date(began + untilHours * hourMs));
    expect(extended?.expiresAt).toBe(began + expectedHours * hourMs);
    expect((await sessions.find(sid))?.expiresAt).toBe(began + expectedHours * hourMs);
    expect(await acts()).toEqual(["session.lifetime operator"]);
  });

  it.each([
    ["to an earlier time", { until: 50 }, { expires: 50, idle: 10 }],
    ["to a later time not at all", { until: 150 }, { expires: 100, idle: 10 }],
    ["by a shorter idle lifetime", { idle: 1 }, { expires: 100, idle: 1 }],
    ["by a longer idle lifetime not at all", { idle: 15 }, { expires: 100, idle: 10 }],
    ["both ways", { until: 2, idle: 1 }, { expires: 2, idle: 1 }],
  ])("is shortened %s", async (_name, { until, idle }: { until?: number; idle?: number }, expected) => {
    const { sessions, add, clock } = await setting();
    const began = clock.now();
    const sid = await add();
    const record = await sessions.shorten(sid, {
      ...(until === undefined ? {} : { until: new Date(began + until * hourMs) }),
      ...(idle === undefined ? {} : { idleSeconds: idle * 3600 }),
    });
    expect(record).toMatchObject({ expiresAt: began + expected.expires * hourMs, idleMs: expected.idle * hourMs });
  });

  it("that is no time is the caller's mistake, and changes nothing", async () => {
    const { sessions, add } = await setting();
    const sid = await add();
    const before = await sessions.find(sid);
    await expect(sessions.extend(sid, new Date("never"))).rejects.toMatchObject({ name: "UsageError" });
    await expect(sessions.shorten(sid, { until: new Date(Number.NaN) })).rejects.toMatchObject({ name: "UsageError" });
    await expect(sessions.shorten(sid, { idleSeconds: Number.NaN })).rejects.toMatchObject({ name: "UsageError" });
    await expect(sessions.shorten(sid, { idleSeconds: -1 })).rejects.toMatchObject({ name: "UsageError" });
    expect(await sessions.find(sid)).toEqual(before);
  });

  it("comes by name, with those of its children, and is told once", async () => {
    const { sessions, add, acts } = await setting();
    const sid = await add();
    const child = await add({ parent: sid });
    expect([...(await sessions.end(sid, { actor: "service:abc" }))].sort()).toEqual([sid, child].sort());
    expect(await sessions.end(sid)).toEqual([]);
    expect(await acts()).toEqual(["session.revoke service:abc"]);
  });
});

describe("a session that is over", () => {
  it.each([
    ["revoked", 0],
    ["idle", 10],
    ["past its end", 100],
    ["unknown", undefined],
  ])("is not there for anybody: %s", async (name, hours) => {
    const { sessions, add, clock, acts } = await setting();
    const sid =
      hours === undefined ? "AAAAAAAAAAAAAAAA" : await add({ idleMs: hours === 100 ? 100 * hourMs : 10 * hourMs });
    if (name === "revoked") await sessions.end(sid);
    const told = await acts();
    clock.advance((hours ?? 0) * hourMs);
    const later = new Date(clock.now() + hourMs);
    expect(await sessions.find(sid)).toBeUndefined();
    expect(await sessions.extend(sid, later)).toBeUndefined();
    expect(await sessions.shorten(sid, { until: later })).toBeUndefined();
    expect(await sessions.mergeData(sid, { a: 1 })).toBeUndefined();
    expect(await sessions.list(testSub)).toEqual([]);
    expect(await sessions.listAll({ limit: 10 })).toEqual([]);
    expect(await acts()).toEqual(told);
  });

  it("is judged by the policy of today, not by its own ends alone", async () => {
    const { sessions, add, clock } = await setting();
    const sid = await add({ idleMs: 90 * hourMs });
    clock.advance(20 * hourMs - 1);
    expect((await sessions.find(sid))?.sid).toBe(sid);
    clock.advance(1);
    expect(await sessions.find(sid)).toBeUndefined();
  });
});

describe("data", () => {
  it("is merged, and answered as it is then", async () => {
    const { sessions, add } = await setting();
    const sid = await add();
    await sessions.mergeData(sid, { a: 1, b: { c: 2 } });
    expect(await sessions.mergeData(sid, { a: null, b: { d: 3 } })).toEqual({ b: { c: 2, d: 3 } });
    expect(await sessions.mergeData(sid, { a: "x".repeat(5000) })).toBeUndefined();
    expect((await sessions.find(sid))?.data).toEqual({ b: { c: 2, d: 3 } });
  });

  it("that no database keeps is the caller's mistake", async () => {
    const { sessions, add } = await setting();
    const sid = await add();
    await expect(sessions.mergeData(sid, { "\u0000": 1 })).rejects.toMatchObject({ code: "request_invalid" });
  });
});

it("sessions are listed for their subject, the latest used first, and for operators page by page", async () => {
  const { sessions, add, clock } = await setting();
  const first = await add();
  clock.advance(1000);
  const second = await add();
  expect((await sessions.list(testSub)).map(({ sid }) => sid)).toEqual([second, first]);
  const page = await sessions.listAll({ limit: 1 });
  const next = await sessions.listAll({ limit: 1, after: page[0]?.sid ?? "" });
  expect([...page, ...next].map(({ sid }) => sid)).toEqual([first, second].sort());
});
