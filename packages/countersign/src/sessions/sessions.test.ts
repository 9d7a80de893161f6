import type { JsonObject } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createAudit } from "../audit.ts";
import type { BarrierResult } from "../revocation/barrier.ts";
import type { LifetimePolicy } from "../stores/contract.ts";
import { createSessions } from "./sessions.ts";
import { createTestStore, hourMs, testSub } from "./testing.ts";

const policy: LifetimePolicy = { maxIdleMs: 20 * hourMs, maxAgeMs: 200 * hourMs };

const reached: BarrierResult = { outcome: "everywhere", number: 1, ms: 0, waitedOut: [], insecure: [] };
const notFound = { ok: false, code: "session_not_found" };

async function setting() {
  const made = await createTestStore();
  const { store } = made;
  const everywhere = async () => reached;
  const sessions = createSessions({ store, policy, audit: createAudit(store, undefined), everywhere });
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
    const extended = await sessions.extend(sid, { until: new Date(began + untilHours * hourMs) });
    expect(extended).toMatchObject({ ok: true, session: { sid, expiresAt: began + expectedHours * hourMs } });
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
    const shortened = await sessions.shorten(sid, {
      until: until === undefined ? undefined : new Date(began + until * hourMs),
      idleSeconds: idle === undefined ? undefined : idle * 3600,
    });
    const session = { expiresAt: began + expected.expires * hourMs, idleMs: expected.idle * hourMs };
    expect(shortened).toMatchObject({ ok: true, session });
  });

  it.each([
    ["longer", 15, 15],
    ["shorter not at all", 1, 10],
    ["longer as far as the policy allows", 50, 20],
  ])("by idleness is made %s when it is extended", async (_name, idleHours, expectedHours) => {
    const { sessions, add } = await setting();
    const sid = await add();
    const extended = await sessions.extend(sid, { idleSeconds: idleHours * 3600 });
    expect(extended).toMatchObject({ ok: true, session: { idleMs: expectedHours * hourMs } });
  });

  it("is told as the policy has it, whatever was written down", async () => {
    const { sessions, add, clock } = await setting();
    const began = clock.now();
    const sid = await add({ lifetimeMs: 500 * hourMs, idleMs: 500 * hourMs });
    expect(await sessions.find(sid)).toMatchObject({ expiresAt: began + 200 * hourMs, idleMs: 20 * hourMs });
  });

  it("that is no time is the caller's mistake, and changes nothing", async () => {
    const { sessions, add } = await setting();
    const sid = await add();
    const before = await sessions.find(sid);
    await expect(sessions.extend(sid, { until: new Date("never") })).rejects.toMatchObject({ name: "UsageError" });
    await expect(sessions.shorten(sid, { until: new Date(Number.NaN) })).rejects.toMatchObject({ name: "UsageError" });
    await expect(sessions.shorten(sid, { idleSeconds: Number.NaN })).rejects.toMatchObject({ name: "UsageError" });
    await expect(sessions.shorten(sid, { idleSeconds: -1 })).rejects.toMatchObject({ name: "UsageError" });
    expect(await sessions.find(sid)).toEqual(before);
  });

  it("comes by name, with those of its children, and is told once", async () => {
    const { sessions, add, acts } = await setting();
    const sid = await add();
    const child = await add({ parent: sid });
    const { ended, reached: unasked } = await sessions.end(sid, { by: { actor: "service:abc" } });
    expect([[...ended].sort(), unasked]).toEqual([[sid, child].sort(), undefined]);
    expect(await sessions.end(sid)).toEqual({ ended: [], reached: undefined });
    expect(await acts()).toEqual(["session.revoke service:abc"]);
  });

  it("is waited for where that is asked, also by who comes second", async () => {
    const { sessions, add } = await setting();
    const sid = await add();
    expect(await sessions.end(sid, { wait: "everywhere" })).toEqual({ ended: [sid], reached });
    expect(await sessions.end(sid, { wait: "everywhere" })).toEqual({ ended: [], reached });
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
    expect(await sessions.extend(sid, { until: later })).toEqual(notFound);
    expect(await sessions.shorten(sid, { until: later })).toEqual(notFound);
    expect(await sessions.mergeData(sid, { a: 1 })).toEqual(notFound);
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
    const merged = await sessions.mergeData(sid, { a: null, b: { d: 3 } });
    expect(merged).toEqual({ ok: true, data: { b: { c: 2, d: 3 } } });
    const tooLarge = await sessions.mergeData(sid, { a: "x".repeat(5000) });
    expect(tooLarge).toEqual({ ok: false, code: "data_too_large" });
    expect((await sessions.find(sid))?.data).toEqual({ b: { c: 2, d: 3 } });
  });

  it("that no database keeps is the caller's mistake", async () => {
    const { sessions, add } = await setting();
    const sid = await add();
    const nested: JsonObject = JSON.parse('{"a":{"__proto__":{"b":1}}}');
    for (const patch of [{ "\u0000": 1 }, nested]) {
      await expect(sessions.mergeData(sid, patch)).rejects.toMatchObject({ code: "request_invalid" });
    }
    expect((await sessions.find(sid))?.data).toEqual({});
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
