import { describe, expect, it } from "vitest";
import { createTestClock } from "../primitives/testing.ts";
import type { IssuerRow } from "../stores/contract.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { type BarrierResult, waitEverywhere } from "./barrier.ts";

const longestLagMs = 1000;

function row(incarnation: string, leastApplied: number | null, more: Partial<IssuerRow> = {}): IssuerRow {
  const followers = [
    { id: `f-${incarnation}`, name: `api-${incarnation}`, applied: leastApplied ?? 0, onStale: "ask" as const },
  ];
  return { incarnation, nonce: `n-${incarnation}`, longestLagMs, leastApplied, followers, ...more };
}

async function setting(...rows: readonly IssuerRow[]) {
  const clock = createTestClock();
  const { issuers } = createMemoryStore({ clock });
  for (const each of rows) await issuers.put(each);
  let result: BarrierResult | undefined;
  const wait = (number: number, store: { issuers: typeof issuers } = { issuers }) => {
    void waitEverywhere({ store, clock }, number).then((ended) => {
      result = ended;
    });
  };
  /** Lets time go by, in the steps in which a barrier looks. */
  const pass = async (ms: number) => {
    for (let gone = 0; gone <= ms; gone += 5) {
      for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
      if (gone < ms) clock.advance(5);
    }
  };
  return { clock, issuers, wait, pass, result: () => result };
}

describe("a barrier returns at once", () => {
  it.each([
    { it: "where there is no issuer", rows: [] },
    { it: "where no follower has a lease", rows: [row("a", null)] },
    { it: "where all have applied it", rows: [row("a", 7), row("b", 9)] },
  ])("$it", async ({ rows }) => {
    const { wait, pass, result } = await setting(...rows);
    wait(7);
    await pass(0);
    expect(result()).toMatchObject({ outcome: "everywhere", number: 7, waitedOut: [] });
  });

  it("and knows nothing, where the rows cannot be read", async () => {
    const { issuers, wait, pass, result } = await setting();
    wait(7, { issuers: { ...issuers, list: () => Promise.reject(new Error("down")) } });
    await pass(0);
    expect(result()).toMatchObject({ outcome: "notKnown", number: 7 });
  });
});

describe("a barrier waits", () => {
  it("until the row that is behind shows the number", async () => {
    const { issuers, wait, pass, result } = await setting(row("a", 6), row("b", 7));
    wait(7);
    await pass(200);
    expect(result()).toBeUndefined();
    await issuers.update(row("a", 7));
    await pass(40);
    expect(result()).toMatchObject({ outcome: "everywhere", waitedOut: [] });
  });

  it("until no follower of that row has a lease any more", async () => {
    const { issuers, wait, pass, result } = await setting(row("a", 6));
    wait(7);
    await pass(200);
    await issuers.update(row("a", null, { followers: [] }));
    await pass(40);
    expect(result()).toMatchObject({ outcome: "everywhere", waitedOut: ["api-a"] });
  });

  it.each([
    { ms: 1000, outcome: undefined },
    { ms: 1060, outcome: "everywhere" },
  ])("for a row that says nothing until its longest lag has passed: after $ms ms $outcome", async ({ ms, outcome }) => {
    const { wait, pass, result } = await setting(row("a", 6));
    wait(7);
    await pass(ms);
    expect(result()?.outcome).toBe(outcome);
  });

  it("by its own monotonic clock, whatever the wall clock does", async () => {
    const { clock, wait, pass, result } = await setting(row("a", 6));
    wait(7);
    await pass(0);
    clock.jump(3_600_000);
    await pass(500);
    expect(result()).toBeUndefined();
  });

  it("for one that cannot be read again, until its lag has passed", async () => {
    const { issuers, wait, pass, result } = await setting(row("a", 6));
    let reads = 0;
    const list = () => {
      reads += 1;
      return reads === 1 ? issuers.list() : Promise.reject(new Error("down"));
    };
    wait(7, { issuers: { ...issuers, list } });
    await pass(900);
    expect(result()).toBeUndefined();
    await pass(200);
    expect(result()).toMatchObject({ outcome: "everywhere", waitedOut: ["api-a"] });
  });
});

describe("whoever has acknowledged meanwhile is not named", () => {
  const follower = (name: string, applied: number) => ({ id: `f-${name}`, name, applied, onStale: "ask" as const });
  const before = { followers: [follower("frozen", 6), follower("slow", 6)] };
  const between = { followers: [follower("frozen", 6), follower("slow", 7)] };

  it.each([
    { it: "where the lag passes first", end: undefined },
    { it: "where the leases of both run out first", end: row("a", null, { followers: [] }) },
  ])("$it", async ({ end }) => {
    const { issuers, wait, pass, result } = await setting(row("a", 6, before));
    wait(7);
    await pass(200);
    await issuers.update(row("a", 6, between));
    await pass(200);
    if (end !== undefined) await issuers.update(end);
    await pass(700);
    expect(result()).toMatchObject({ outcome: "everywhere", waitedOut: ["frozen"] });
  });
});

describe("a row that was waited out", () => {
  it("is removed, when it is as it was", async () => {
    const { issuers, wait, pass, result } = await setting(row("a", 6));
    wait(7);
    await pass(1100);
    expect([result()?.outcome, await issuers.list()]).toEqual(["everywhere", []]);
  });

  it("stays, when its process has written it meanwhile", async () => {
    const { issuers, wait, pass, result } = await setting(row("a", 6));
    wait(7);
    await pass(500);
    await issuers.update(row("a", 6, { nonce: "another" }));
    await pass(600);
    expect([result()?.outcome, (await issuers.list()).length]).toEqual(["everywhere", 1]);
  });
});

it("a follower that accepts when stale is named, and nothing is promised of it", async () => {
  const followers = [{ id: "f1", name: "old", applied: 1, onStale: "insecureAccept" as const }];
  const { wait, pass, result } = await setting(row("a", null, { followers }));
  wait(7);
  await pass(0);
  expect(result()).toMatchObject({ outcome: "everywhere", waitedOut: [], insecure: ["old"] });
});
