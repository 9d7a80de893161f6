import { type LeaseAnswer, type LeaseQuestion, Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import { copyMemoryStore, createMemoryStore } from "../stores/memory.ts";
import { createFeed, type FedMessage, type FeedRefusal } from "./feed.ts";

const asked: LeaseQuestion = {
  follower: "f1",
  name: "api",
  applied: 0,
  mark: "",
  lagMs: 5000,
  onStale: "ask",
  nonce: "n1",
};

function setting({ store = createMemoryStore({ clock: createTestClock() }), maxFollowers = 10 } = {}) {
  const clock = createTestClock();
  const steps: string[] = [];
  let keySet = "k1";
  const log = {
    ...store.log,
    read: (...args: Parameters<typeof store.log.read>) => {
      steps.push(args[1] === 0 ? "mark checked" : "log read");
      return store.log.read(...args);
    },
  };
  const issuers = {
    ...store.issuers,
    put: (row: Parameters<typeof store.issuers.put>[0]) => {
      steps.push(`row with ${row.leastApplied}`);
      return store.issuers.put(row);
    },
  };
  const feed = createFeed({
    store: { log, issuers },
    clock,
    random: createTestRandom("feed"),
    allowedLagMs: 5000,
    maxFollowers,
    keySet: () => keySet,
    onError: () => undefined,
  });
  const changeKeys = (to: string) => {
    keySet = to;
  };
  return { clock, store, issuers, feed, steps, changeKeys };
}

function answered(answer: LeaseAnswer | FeedRefusal): LeaseAnswer {
  if (typeof answer === "string") throw new Error(answer);
  return answer;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a question", () => {
  it("is answered after its lease was noted and the row written", async () => {
    const { feed, steps } = setting();
    await feed.ack(asked, "key");
    expect(steps).toEqual(["mark checked", "row with 0", "log read"]);
  });

  it("is answered with what is new, its nonce and the lag granted", async () => {
    const { feed, store } = setting();
    const first = await store.log.append({ scope: "session", target: "s1" });
    await store.log.append({ scope: "session", target: "s2" });
    const answer = answered(await feed.ack({ ...asked, applied: 1, mark: first.mark }, "key"));
    expect(answer).toMatchObject({ nonce: "n1", lagMs: 5000, from: 1, to: 2, isSnapshot: false, keySet: "k1" });
    expect(answer.events.map(({ target }) => target)).toEqual(["s2"]);
  });

  it.each([
    { lagMs: 60_000, granted: 5000 },
    { lagMs: 5000, granted: 5000 },
    { lagMs: 1000, granted: 1000 },
    { lagMs: 1, granted: 100 },
  ])("that asks for $lagMs ms is granted $granted", async ({ lagMs, granted }) => {
    const { feed } = setting();
    expect(answered(await feed.ack({ ...asked, lagMs }, "key")).lagMs).toBe(granted);
    expect(feed.followers()).toMatchObject([{ lagMs: granted }]);
  });

  it("of another log is answered with a snapshot, and what it has applied counts for nothing", async () => {
    const { store } = setting();
    const backup = copyMemoryStore(store);
    const { mark } = await store.log.append({ scope: "session", target: "lost" });
    await backup.log.append({ scope: "session", target: "s1" });
    const { feed, steps } = setting({ store: backup });
    const answer = answered(await feed.ack({ ...asked, applied: 1, mark }, "key"));
    expect(answer).toMatchObject({ from: 0, to: 1, isSnapshot: true });
    expect(steps).toContain("row with 0");
  });

  it("is not answered, and nothing granted, when the row cannot be written", async () => {
    const { feed, issuers } = setting();
    issuers.put = () => Promise.reject(new Unavailable("store_unavailable", "down"));
    await expect(feed.ack(asked, "key")).rejects.toThrow("down");
  });

  it.each([
    { it: "with another service key", question: asked, owner: "thief", says: "follower_taken" },
    { it: "beyond the bound", question: { ...asked, follower: "f2" }, owner: "key", says: "followers_exceeded" },
    { it: "again", question: asked, owner: "key", says: "answered" },
  ])("$it is $says", async ({ question, owner, says }) => {
    const { feed } = setting({ maxFollowers: 1 });
    await feed.ack(asked, "key");
    const answer = await feed.ack(question, owner);
    expect(typeof answer === "string" ? answer : "answered").toBe(says);
  });
});

describe("a barrier of this process", () => {
  it("waits until its follower has asked with the number", async () => {
    const { feed, store, clock } = setting();
    await feed.ack(asked, "key");
    const { number, mark } = await store.log.append({ scope: "session", target: "s1" });
    let outcome: string | undefined;
    void feed.everywhere().then((result) => {
      outcome = result.outcome;
    });
    await settle();
    clock.advance(100);
    await settle();
    expect(outcome).toBeUndefined();
    await feed.ack({ ...asked, applied: number, mark }, "key");
    clock.advance(100);
    await settle();
    expect(outcome).toBe("everywhere");
  });

  it("finds no lease once it is over, though nobody asks any more", async () => {
    const { feed, store, clock } = setting();
    await feed.ack(asked, "key");
    clock.advance(6000);
    await settle();
    expect((await store.issuers.list()).map(({ leastApplied }) => leastApplied)).toEqual([null]);
  });

  it("knows nothing when the store is down", async () => {
    const { feed, store } = setting();
    await store.close();
    expect(await feed.everywhere()).toMatchObject({ outcome: "notKnown" });
  });
});

describe("a subscriber", () => {
  function subscribed({ feed }: ReturnType<typeof setting>) {
    const heard: string[] = [];
    const note = ({ message }: FedMessage) => {
      heard.push(`${message.from}..${message.to} ${message.keySet}${message.isSnapshot ? " anew" : ""}`);
    };
    return { heard, subscribe: (from = { number: 0, mark: "" }) => feed.subscribe(from, note) };
  }

  it("hears first what there is, also when that is nothing, and then each commit without time going by", async () => {
    const world = setting();
    const { heard, subscribe } = subscribed(world);
    subscribe();
    await settle();
    await world.store.log.append({ scope: "session", target: "s1" });
    await settle();
    await world.store.log.append({ scope: "session", target: "s2" });
    await settle();
    expect(heard).toEqual(["0..0 k1", "0..1 k1", "1..2 k1"]);
  });

  it("hears nothing while there is nothing", async () => {
    const world = setting();
    const { heard, subscribe } = subscribed(world);
    subscribe();
    for (let look = 0; look < 5; look += 1) {
      await settle();
      world.clock.advance(50);
    }
    expect(heard).toEqual(["0..0 k1"]);
  });

  it("that stands in another log hears it anew", async () => {
    const world = setting();
    await world.store.log.append({ scope: "session", target: "s1" });
    const { heard, subscribe } = subscribed(world);
    subscribe({ number: 1, mark: "of another" });
    await settle();
    expect(heard).toEqual(["0..1 k1 anew"]);
  });

  it("hears that the keys are others", async () => {
    const world = setting();
    const { heard, subscribe } = subscribed(world);
    subscribe();
    await settle();
    world.changeKeys("k2");
    world.clock.advance(50);
    await settle();
    expect(heard).toEqual(["0..0 k1", "0..0 k2"]);
  });

  it("hears nothing any more once it has left", async () => {
    const world = setting();
    const { heard, subscribe } = subscribed(world);
    const leave = subscribe();
    await settle();
    leave();
    await world.store.log.append({ scope: "session", target: "s1" });
    world.clock.advance(50);
    await settle();
    expect([heard, world.feed.subscribers()]).toEqual([["0..0 k1"], 0]);
  });
});
