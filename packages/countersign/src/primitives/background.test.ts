import { describe, expect, it } from "vitest";
import { createBackground } from "./background.ts";
import { createTestClock, createTestRandom } from "./testing.ts";

/** A background whose clock the test owns. */
function setting(onError: (name: string, error: unknown) => void = () => undefined, limit?: number) {
  const clock = createTestClock();
  const parts = { clock, random: createTestRandom("background"), onError };
  return { clock, background: createBackground(limit === undefined ? parts : { ...parts, limit }) };
}

describe("work in the background", () => {
  it("begins after the answer: not before the caller has gone on", async () => {
    const order: string[] = [];
    const { background } = setting();
    background.run("work", async () => order.push("work"));
    order.push("answer");
    await Promise.resolve();
    order.push("sent");
    await background.idle();
    expect(order).toEqual(["answer", "sent", "work"]);
  });

  it("is waited for, also for what it started itself", async () => {
    const done: string[] = [];
    const { background } = setting();
    background.run("first", async () => {
      background.run("second", async () => done.push("second"));
      done.push("first");
    });
    await background.idle();
    expect(done).toEqual(["first", "second"]);
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("no"))],
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
  ])("that %s is told by name, and hurts nobody else", async (_name, work) => {
    const told: unknown[] = [];
    const { background } = setting((name, error) => told.push(name, String(error)));
    let isDone = false;
    background.run("bad", work);
    background.run("good", async () => {
      isDone = true;
    });
    await background.idle();
    expect([told, isDone]).toEqual([["bad", "Error: no"], true]);
  });

  it("beyond its room is dropped and told, and there is room again afterwards", async () => {
    const told: string[] = [];
    let runs = 0;
    const { background } = setting((name) => void told.push(name), 2);
    const work = async () => {
      runs += 1;
    };
    for (const name of ["one", "two", "three"]) background.run(name, work);
    await background.idle();
    expect([told, runs]).toEqual([["three"], 2]);
    background.run("four", work);
    await background.idle();
    expect([told, runs]).toEqual([["three"], 3]);
  });

  it("that there is none of is waited for not at all", async () => {
    await setting().background.idle();
  });
});

describe("a moment in the background", () => {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  it("lasts from 50 to 500 ms, another time each", async () => {
    const { clock, background } = setting();
    const lasted: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      background.run(`${index}`, async () => {
        const begin = clock.monotonic();
        await background.moment();
        lasted.push(clock.monotonic() - begin);
      });
    }
    await turn();
    for (let ms = 0; ms <= 500; ms += 1) {
      clock.advance(1);
      await turn();
    }
    expect(lasted).toHaveLength(40);
    expect(Math.min(...lasted)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...lasted)).toBeLessThanOrEqual(501);
    expect(new Set(lasted).size).toBeGreaterThan(20);
  });

  it("is over as soon as somebody waits for everything, also when it begins only then", async () => {
    const { background } = setting();
    const done: string[] = [];
    background.run("under way", async () => {
      await background.moment();
      done.push("under way");
    });
    await turn();
    expect(done).toEqual([]);
    background.run("later", async () => {
      await background.moment();
      done.push("later");
    });
    await background.idle();
    expect([...done].sort()).toEqual(["later", "under way"]);
  });

  it("lasts again once nobody waits", async () => {
    const { clock, background } = setting();
    await background.idle();
    let isOver = false;
    background.run("work", async () => {
      await background.moment();
      isOver = true;
    });
    await turn();
    await turn();
    expect(isOver).toBe(false);
    clock.advance(500);
    await background.idle();
    expect(isOver).toBe(true);
  });
});
