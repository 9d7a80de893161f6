import { describe, expect, it } from "vitest";
import type { Json } from "./identity.ts";
import { weightOf } from "./weight.ts";

describe("the weight of a value", () => {
  it.each<{ value: Json | undefined; least: number; most: number }>([
    { value: undefined, least: 0, most: 16 },
    { value: null, least: 0, most: 16 },
    { value: 1, least: 8, most: 16 },
    { value: "", least: 16, most: 64 },
    { value: "x".repeat(4000), least: 4000, most: 8100 },
    { value: {}, least: 50, most: 64 },
    { value: { role: "staff" }, least: 100, most: 200 },
    // What was measured of these is 87 KB.
    { value: { a: Array.from({ length: 1360 }, () => ({})) }, least: 87_000, most: 120_000 },
    { value: Array.from({ length: 2000 }, () => 1), least: 16_000, most: 70_000 },
  ])("is between $least and $most", ({ value, least, most }) => {
    expect(weightOf(value)).toBeGreaterThanOrEqual(least);
    expect(weightOf(value)).toBeLessThanOrEqual(most);
  });

  it("counts what is within", () => {
    const inner = { deep: ["a", "b"] };
    expect(weightOf({ inner, again: inner })).toBeGreaterThan(2 * weightOf(inner));
  });
});
