import { describe, expect, it } from "vitest";
import { resolveConditions } from "./conditions.ts";
import { groupsOf, runTogether, startLab } from "./run.ts";
import { scenarios } from "./scenarios.ts";

const conditions = resolveConditions({ quick: true });

describe("the lab", () => {
  it("starts nothing when it was called off before", async () => {
    const reason = new Error("called off");
    await expect(startLab(conditions, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("runs once at a time", async () => {
    const calledOff = (words: string) => startLab(conditions, undefined, AbortSignal.abort(new Error(words)));
    const first = calledOff("the first");
    await expect(calledOff("the second")).rejects.toThrow("one run at a time");
    await expect(first).rejects.toThrow("the first");
    await expect(calledOff("the third")).rejects.toThrow("the third");
  });
});

describe("scenarios", () => {
  const names = (quick: boolean) => groupsOf(scenarios, { quick }).map((group) => group.map(({ aspect }) => aspect));

  it("run one after another in a full run", () => {
    expect(names(false).every((group) => group.length === 1)).toBe(true);
    expect(names(false).flat()).toEqual(scenarios.map(({ aspect }) => aspect));
  });

  it("run side by side in a quick one, where they count no calls and measure no speed", () => {
    expect(names(true)).toEqual([
      ["state"],
      ["scalability"],
      ["revocation", "payload", "cross-domain", "theft", "csrf-fixation"],
    ]);
  });

  it("are called off when one beside them fails, and that failure is told once all have ended", async () => {
    const ended: string[] = [];
    const together = runTogether(["fails", "waits"], new AbortController().signal, async (each, signal) => {
      if (each === "fails") throw new Error("the first failure");
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      ended.push(each);
      throw new Error("a consequence");
    });
    await expect(together).rejects.toThrow("the first failure");
    expect(ended).toEqual(["waits"]);
  });

  it("are called off when the run is", async () => {
    const calledOff = new AbortController();
    const together = runTogether(["one", "two"], calledOff.signal, async (_, signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      signal.throwIfAborted();
    });
    calledOff.abort(new Error("called off"));
    await expect(together).rejects.toThrow("called off");
  });
});
