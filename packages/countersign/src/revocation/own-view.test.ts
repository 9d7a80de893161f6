import { Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import { createMemoryStore } from "../stores/memory.ts";
import { createFeed } from "./feed.ts";
import { createOwnView } from "./own-view.ts";

const lagMs = 5000;

interface Setting {
  readonly maxFollowers?: number;
  readonly onStale?: "ask" | "refuse";
}

function setting({ maxFollowers = 10, onStale }: Setting = {}) {
  const clock = createTestClock();
  const store = createMemoryStore({ clock });
  const random = createTestRandom("own view");
  const errors: unknown[] = [];
  let reads = 0;
  const log = {
    ...store.log,
    read: (...args: Parameters<typeof store.log.read>) => {
      reads += 1;
      return store.log.read(...args);
    },
  };
  const feed = createFeed({
    ...{ store: { log, issuers: store.issuers }, clock, random, allowedLagMs: lagMs, maxFollowers },
    snapshotsPerService: 10,
    keySet: () => "keys",
    onError: (error) => void errors.push(error),
  });
  const spoken: string[] = [];
  const view = createOwnView(feed, { clock, random, lagMs, onStale }, { onSpoken: (sid) => void spoken.push(sid) });
  return { clock, store, feed, view, spoken, errors, reads: () => reads };
}

const tokenOf = (sid: string) => ({
  sub: "ada",
  sid,
  kid: "k1",
  validUntilMs: Number.MAX_SAFE_INTEGER,
  logNumber: undefined,
});

/** Lets everything that is under way come to its end; no time goes by. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("the own view of an issuer", () => {
  it("asks nothing before it is used, and is complete at the first use", async () => {
    const { store, view, feed, reads } = setting();
    await store.log.append({ scope: "session", target: "ended" });
    await settle();
    expect([reads(), view.state().state, feed.followers()]).toEqual([0, "never", []]);
    expect(await view.judge(tokenOf("ended"))).toBe("token_revoked");
    expect(await view.judge(tokenOf("living"))).toBeUndefined();
    view.stop();
  });

  it("is told of what this process commits, without time going by, and then judges at once", async () => {
    const { store, view, spoken } = setting();
    expect(await view.judge(tokenOf("a"))).toBeUndefined();
    await settle();
    await store.log.append({ scope: "session", target: "a" });
    await settle();
    expect(view.judge(tokenOf("a"))).toBe("token_revoked");
    expect(view.judge(tokenOf("b"))).toBeUndefined();
    expect(spoken).toEqual(["a"]);
    view.stop();
  });

  it("is a follower like any other: the barrier waits for it, and it has a lease in the name of the issuer", async () => {
    const { store, view, feed } = setting();
    await view.whenFresh();
    await settle();
    expect(feed.followers()).toMatchObject([{ name: "issuer", owner: "self", applied: 0, lagMs, onStale: "ask" }]);
    await store.log.append({ scope: "session", target: "a" });
    const reached = await feed.everywhere();
    expect(reached).toMatchObject({ outcome: "everywhere", number: 1, waitedOut: [] });
    expect(view.judge(tokenOf("a"))).toBe("token_revoked");
    view.stop();
  });

  it("rests when nobody has judged by it for a while, and is asked anew by the next who does", async () => {
    const { clock, store, view, feed, reads } = setting();
    await view.whenFresh();
    for (let step = 0; step < 200; step += 1) {
      clock.advance(100);
      await settle();
    }
    expect(feed.subscribers()).toBe(0);
    const before = reads();
    clock.advance(60_000);
    await settle();
    expect([reads(), view.isFresh()]).toEqual([before, false]);
    await store.log.append({ scope: "session", target: "a" });
    await settle();
    expect(view.state().number).toBe(0);
    expect(await view.judge(tokenOf("a"))).toBe("token_revoked");
    await settle();
    expect(feed.subscribers()).toBe(1);
    view.stop();
  });

  it("goes on hearing until its lease has run out, so that no barrier has to wait for it", async () => {
    const { clock, store, view, feed } = setting();
    await view.whenFresh();
    for (let step = 0; feed.followers().length > 0; step += 1) {
      expect(step).toBeLessThan(1000);
      clock.advance(100);
      await settle();
      expect(feed.subscribers()).toBeGreaterThanOrEqual(feed.followers().length);
    }
    await store.log.append({ scope: "session", target: "a" });
    expect(await feed.everywhere()).toMatchObject({ outcome: "everywhere", ms: 0, waitedOut: [] });
    view.stop();
  });

  it("stays fresh while it is used", async () => {
    const { clock, view } = setting();
    await view.whenFresh();
    for (let step = 0; step < 200; step += 1) {
      clock.advance(100);
      await settle();
      expect(view.judge(tokenOf("a"))).toBeUndefined();
    }
    view.stop();
  });

  it.each([
    { onStale: undefined, verdict: "accepted", told: "ask" },
    { onStale: "ask", verdict: "accepted", told: "ask" },
    { onStale: "refuse", verdict: "feed_unavailable", told: "refuse" },
  ] as const)("past its lag, with $onStale: $verdict, though the store would answer", async (row) => {
    const { clock, view, feed } = setting(row.onStale === undefined ? {} : { onStale: row.onStale });
    await view.whenFresh();
    await settle();
    expect(feed.followers()).toMatchObject([{ name: "issuer", onStale: row.told }]);
    clock.advance(lagMs);
    const judged = Promise.resolve().then(() => view.judge(tokenOf("a")));
    const verdict = judged.then(
      (code) => code ?? "accepted",
      (error: unknown) => (error instanceof Unavailable ? error.code : error),
    );
    expect(await verdict).toBe(row.verdict);
    // It has gone on asking by itself.
    await settle();
    expect(await view.judge(tokenOf("a"))).toBeUndefined();
    view.stop();
  });

  it("has its place however many followers there are", async () => {
    const { feed, view } = setting({ maxFollowers: 1 });
    const lease = { applied: 0, mark: "", lagMs, onStale: "ask", nonce: "n" } as const;
    expect(await feed.ack({ follower: "F".repeat(16), name: "first", ...lease }, "key")).toMatchObject({ nonce: "n" });
    expect(await feed.ack({ follower: "G".repeat(16), name: "second", ...lease }, "other")).toBe("followers_exceeded");
    expect(await view.judge(tokenOf("a"))).toBeUndefined();
    view.stop();
  });

  it("holds up nobody once it is stopped and its lease given back; other leases stay", async () => {
    const { store, view, feed } = setting();
    const lease = {
      follower: "F".repeat(16),
      name: "api",
      applied: 0,
      mark: "",
      lagMs,
      onStale: "ask" as const,
      nonce: "n",
    };
    const rows = async () => (await store.issuers.list()).map(({ leastApplied }) => leastApplied);
    await view.whenFresh();
    expect(await rows()).toEqual([0]);
    view.stop();
    await feed.release();
    expect([view.isFresh(), await rows(), feed.followers()]).toEqual([false, [null], []]);
    await feed.ack(lease, "key");
    await feed.release();
    expect(await rows()).toEqual([0]);
    // A request that comes all the same has it asked anew, and given back again.
    await store.log.append({ scope: "session", target: "a" });
    expect(await view.judge(tokenOf("a"))).toBe("token_revoked");
    expect(feed.followers()).toHaveLength(2);
    await feed.release();
    expect(feed.followers()).toHaveLength(1);
  });

  it("makes no row where it never asked", async () => {
    const { store, view, feed } = setting();
    view.stop();
    await feed.release();
    expect(await store.issuers.list()).toEqual([]);
  });

  it("leaves the stream when it is stopped, and its view grows stale", async () => {
    const { clock, store, view, feed } = setting();
    await view.whenFresh();
    await settle();
    expect(feed.subscribers()).toBe(1);
    view.stop();
    await settle();
    expect(feed.subscribers()).toBe(0);
    await store.log.append({ scope: "session", target: "a" });
    await settle();
    expect(view.state().number).toBe(0);
    clock.advance(lagMs);
    expect(view.isFresh()).toBe(false);
  });
});
