import { type LeaseQuestion, messageFromJson, Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createTestClock, createTestRandom } from "../primitives/testing.ts";
import { copyMemoryStore, createMemoryStore } from "../stores/memory.ts";
import { createFeed, type FedAnswer, type FeedPause, type FeedRefusal } from "./feed.ts";
import { ownView } from "./leases.ts";
import type { LogPosition, Piece } from "./pieces.ts";

const asked: LeaseQuestion = {
  follower: "f1",
  name: "api",
  applied: 0,
  mark: "",
  lagMs: 5000,
  onStale: "ask",
  nonce: "n1",
};

function setting({
  store = createMemoryStore({ clock: createTestClock() }),
  maxFollowers = 10,
  snapshotsPerService = 10,
} = {}) {
  const clock = createTestClock();
  const steps: string[] = [];
  let keySet = "k1";
  const log = {
    ...store.log,
    read: (...args: Parameters<typeof store.log.read>) => {
      steps.push(args[1] === 0 ? "looked" : "log read");
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
    snapshotsPerService,
    keySet: () => keySet,
    onError: () => undefined,
  });
  const changeKeys = (to: string) => {
    keySet = to;
  };
  return { clock, store, log, issuers, feed, steps, changeKeys };
}

function answered(answer: FedAnswer | FeedRefusal | FeedPause): FedAnswer {
  if (typeof answer === "string") throw new Error(answer);
  if ("waitMs" in answer) throw new Error(`wait ${answer.waitMs}`);
  return answer;
}

async function append(store: ReturnType<typeof createMemoryStore>, count: number): Promise<LogPosition> {
  for (let index = 0; index < count; index += 1) await store.log.append({ scope: "session", target: `s${index}` });
  return store.log.head();
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a question", () => {
  it("is answered after its lease was noted and the row written", async () => {
    const { feed, store, steps } = setting();
    await append(store, 1);
    await feed.ack(asked, "key");
    expect(steps).toEqual(["looked", "row with 0", "looked", "log read"]);
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

describe("many questions from the same place", () => {
  const follower = (id: number): LeaseQuestion => ({ ...asked, follower: `f${id}`, nonce: `n${id}` });
  const reads = (steps: readonly string[]) => steps.filter((step) => step === "log read").length;

  it("share one read and one text, each with its own nonce", async () => {
    const { feed, store, steps } = setting({ maxFollowers: 300, snapshotsPerService: 100 });
    const { number, mark } = await append(store, 2000);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, id) => feed.ack(follower(id), "key")));
    const later = await feed.ack(follower(50), "key");
    expect(reads(steps)).toBe(1);
    for (const [id, answer] of [...answers, later].entries()) {
      const json = JSON.parse(answered(answer).text());
      expect(json).toMatchObject({ nonce: `n${id}`, lagMs: 5000, to: number, mark });
      expect(messageFromJson(json)?.events.length).toBe(2000);
    }
  });

  it("share none that was made before something was revoked", async () => {
    const { feed, store } = setting();
    await append(store, 2000);
    await feed.ack(follower(0), "key");
    await store.log.append({ scope: "session", target: "late" });
    expect(answered(await feed.ack(follower(1), "key")).events.at(-1)?.target).toBe("late");
  });

  it("share none that was made of other keys, or a minute ago", async () => {
    const { feed, store, steps, changeKeys, clock } = setting();
    await append(store, 2000);
    await feed.ack(follower(0), "key");
    changeKeys("k2");
    expect(answered(await feed.ack(follower(1), "key")).keySet).toBe("k2");
    clock.advance(60_000);
    await feed.ack(follower(2), "key");
    expect(reads(steps)).toBe(3);
  });

  it("share none that failed", async () => {
    const { feed, store, log } = setting();
    await append(store, 2000);
    const { read } = log;
    log.read = (...args) =>
      args[1] === 0 ? read(...args) : Promise.reject(new Unavailable("store_unavailable", "down"));
    await expect(feed.ack(follower(0), "key")).rejects.toThrow("down");
    log.read = read;
    expect(answered(await feed.ack(follower(0), "key")).to).toBe(2000);
  });

  it("share none that tells of more than the log held when it was begun", async () => {
    const { feed, store, log, steps } = setting();
    await append(store, 2000);
    const backup = copyMemoryStore(store);
    const { read } = log;
    log.read = async (...args) => {
      if (args[1] !== 0) await store.log.append({ scope: "session", target: "lost" });
      return read(...args);
    };
    expect(answered(await feed.ack(follower(0), "key")).to).toBe(2001);
    log.read = (...args) => backup.log.read(...args);
    expect(answered(await feed.ack(follower(1), "key")).to).toBe(2000);
    expect(reads(steps)).toBe(1);
  });
});

describe("the allowance of a service key", () => {
  const question = (id: number, position: LogPosition): LeaseQuestion => ({
    ...asked,
    follower: `f${id}`,
    applied: position.number,
    mark: position.mark,
  });
  const other = { number: 7, mark: "of another log" };

  /** Asks from two places in turn, each time of a log that has gone on, so that nothing can be shared. */
  async function askAnew({ feed, store }: ReturnType<typeof setting>, id: number, owner: string) {
    await store.log.append({ scope: "session", target: `more${id}` });
    return feed.ack(question(id, id % 2 === 0 ? asked0 : other), owner);
  }
  const asked0 = { number: 0, mark: "" };
  const waits = (answer: FedAnswer | FeedRefusal | FeedPause) =>
    typeof answer === "object" && "waitMs" in answer ? answer.waitMs : 0;

  it("lets a hundred followers of one key begin together", async () => {
    const { feed, store } = setting({ maxFollowers: 300, snapshotsPerService: 240 });
    await append(store, 10_000);
    const answers = Array.from({ length: 100 }, (_, id) => {
      feed.subscribe(asked0, () => undefined, "key");
      return feed.ack(question(id, asked0), "key");
    });
    for (const answer of await Promise.all(answers)) expect(answered(answer).events.length).toBe(10_000);
    expect(feed.waitMs("key")).toBe(0);
    feed.stop();
  });

  it("is used up by large pieces that are read anew; then it is asked to wait, and gets no lease", async () => {
    const world = setting({ snapshotsPerService: 10, maxFollowers: 300 });
    await append(world.store, 10_000);
    for (let id = 0; id < 10; id += 1) answered(await askAnew(world, id, "key"));
    const rowsBefore = world.feed.followers().length;
    const wait = waits(await askAnew(world, 10, "key"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(6000);
    expect([world.feed.followers().length, world.feed.waitMs("key") > 0]).toEqual([rowsBefore, true]);
    world.clock.advance(wait);
    answered(await askAnew(world, 11, "key"));
  });

  it("is nobody else's, nor that of who asks for little, nor the own view's", async () => {
    const world = setting({ snapshotsPerService: 10, maxFollowers: 300 });
    await append(world.store, 10_000);
    for (let id = 0; id < 10; id += 1) answered(await askAnew(world, id, "key"));
    expect(waits(await askAnew(world, 10, "key"))).toBeGreaterThan(0);
    answered(await askAnew(world, 11, "another"));
    for (let id = 12; id < 30; id += 1) answered(await askAnew(world, id, ownView));
    const head = await world.store.log.head();
    await world.store.log.append({ scope: "session", target: "late" });
    expect(answered(await world.feed.ack(question(50, head), "key")).events.length).toBe(1);
  });

  it("is used by a stream as by questions", async () => {
    const world = setting({ snapshotsPerService: 10 });
    await append(world.store, 10_000);
    for (let round = 0; round < 10; round += 1) {
      await world.store.log.append({ scope: "session", target: `more${round}` });
      const leave = world.feed.subscribe(round % 2 === 0 ? asked0 : other, () => undefined, "key");
      await settle();
      leave();
    }
    expect(world.feed.waitMs("key")).toBeGreaterThan(0);
    world.feed.stop();
  });

  it("is never overdrawn so far that minutes are lost, however many start at once", async () => {
    const world = setting({ snapshotsPerService: 10 });
    await append(world.store, 10_000);
    for (let round = 0; round < 60; round += 1) {
      await world.store.log.append({ scope: "session", target: `more${round}` });
      const leave = world.feed.subscribe(round % 2 === 0 ? asked0 : other, () => undefined, "key");
      await settle();
      leave();
    }
    expect(world.feed.waitMs("key")).toBeGreaterThan(0);
    expect(world.feed.waitMs("key")).toBeLessThanOrEqual(66_000);
    world.feed.stop();
  });

  it("is not touched where the store cannot answer", async () => {
    const { feed, store, issuers } = setting({ snapshotsPerService: 10 });
    await append(store, 2000);
    issuers.put = () => Promise.reject(new Unavailable("store_unavailable", "down"));
    for (let id = 0; id < 20; id += 1) await expect(feed.ack(asked, "key")).rejects.toThrow("down");
    expect(feed.waitMs("key")).toBe(0);
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
    const note = ({ message }: Piece) => {
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

  it("that comes later makes nobody hear again what they know", async () => {
    const world = setting();
    await world.store.log.append({ scope: "session", target: "s1" });
    const first = subscribed(world);
    first.subscribe();
    await settle();
    const second = subscribed(world);
    second.subscribe(await world.store.log.head());
    await settle();
    expect([first.heard, second.heard]).toEqual([["0..1 k1"], ["1..1 k1"]]);
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
