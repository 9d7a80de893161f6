// The clock and the randomness that tests own.

import { describe, expect, it } from "vitest";
import { createTestClock, createTestRandom } from "./testing.ts";

describe("the test clock", () => {
  it("stands still until it is advanced, then both times move", () => {
    const clock = createTestClock(1000);
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
    clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
  });

  it("wakes a sleeper at once when it is told that waiting is over, also before it began", async () => {
    const clock = createTestClock();
    const over = new AbortController();
    const sleeping = clock.sleep(200, over.signal);
    over.abort();
    await sleeping;
    await clock.sleep(200, over.signal);
  });

  it("jumps on the wall only", () => {
    const clock = createTestClock(1000);
    clock.jump(-500);
    expect([clock.now(), clock.monotonic()]).toEqual([500, 0]);
  });

  it("wakes sleepers when their time has come, the earliest first, and not before", async () => {
    const clock = createTestClock();
    const woken: string[] = [];
    void clock.sleep(200).then(() => woken.push("late"));
    void clock.sleep(100).then(() => woken.push("early"));
    void clock.sleep(300).then(() => woken.push("never"));
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(99);
    await turn();
    expect(woken).toEqual([]);
    clock.advance(101);
    await turn();
    expect(woken).toEqual(["early", "late"]);
  });
});

describe("the test randomness", () => {
  it("is the same for the same seed and another for another", () => {
    const bytes = (seed: string) => Buffer.from(createTestRandom(seed).bytes(48)).toString("hex");
    expect(bytes("a")).toBe(bytes("a"));
    expect(bytes("a")).not.toBe(bytes("b"));
  });

  it("gives as many bytes as asked for and never the same twice", () => {
    const random = createTestRandom("a");
    const drawn = [0, 1, 8, 32, 33, 100].map((length) => random.bytes(length));
    expect(drawn.map(({ length }) => length)).toEqual([0, 1, 8, 32, 33, 100]);
    const marks = Array.from({ length: 1000 }, () => Buffer.from(random.bytes(8)).toString("hex"));
    expect(new Set(marks).size).toBe(1000);
    expect(Buffer.from(random.bytes(64)).subarray(0, 32)).not.toEqual(Buffer.from(random.bytes(64)).subarray(32));
  });
});
