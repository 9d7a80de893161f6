import { describe, expect, it } from "vitest";
import { resolveConditions } from "./conditions.ts";
import { isLabRunning, startLab } from "./run.ts";

const conditions = resolveConditions({ quick: true });

describe("the lab", () => {
  it("starts nothing when it was called off before", async () => {
    const reason = new Error("called off");
    await expect(startLab(conditions, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(isLabRunning()).toBe(false);
  });

  it("runs once at a time", async () => {
    const first = startLab(conditions, undefined, AbortSignal.abort());
    expect(isLabRunning()).toBe(true);
    await expect(startLab(conditions)).rejects.toThrow("one run at a time");
    await expect(first).rejects.toThrow();
    expect(isLabRunning()).toBe(false);
  });
});
