import { describe, expect, it } from "vitest";
import { createBackground } from "./background.ts";

describe("work in the background", () => {
  it("begins after the answer: not before the caller has gone on", async () => {
    const order: string[] = [];
    const background = createBackground(() => undefined);
    background.run("work", async () => order.push("work"));
    order.push("answer");
    await Promise.resolve();
    order.push("sent");
    await background.idle();
    expect(order).toEqual(["answer", "sent", "work"]);
  });

  it("is waited for, also for what it started itself", async () => {
    const done: string[] = [];
    const background = createBackground(() => undefined);
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
    const background = createBackground((name, error) => told.push(name, String(error)));
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
    const background = createBackground((name) => void told.push(name), 2);
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
    await createBackground(() => undefined).idle();
  });
});
