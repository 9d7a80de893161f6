import { describe, expect, it } from "vitest";
import { bytesText, msText, quantile, short, spreadOf } from "./figures.ts";
import { pick, seeded } from "./seeded.ts";

describe("figures", () => {
  it.each([
    { part: 0.5, found: 3 },
    { part: 0.99, found: 5 },
    { part: 1, found: 5 },
    { part: 0, found: 1 },
  ])("has the value at $part", ({ part, found }) => {
    expect(quantile([5, 1, 4, 2, 3], part)).toBe(found);
  });

  it("spreads many measurements", () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, p99: 3, worst: 3, rounds: 3 });
    expect(spreadOf([]).median).toBeNaN();
  });

  it.each([
    [msText(0), "0 ms"],
    [msText(0.1234), "0.12 ms"],
    [msText(37.04), "37 ms"],
    [msText(1000), "1 s"],
    [msText(8642), "8.6 s"],
    [bytesText(53), "53 B"],
    [bytesText(9999), "9999 B"],
    [bytesText(10_400), "10.4 kB"],
    [bytesText(2_100_000), "2.1 MB"],
    [short(12_345.6), "12,346"],
  ])("reads %s", (text, expected) => {
    expect(text).toBe(expected);
  });

  it("chooses the same for the same seed, and otherwise for another", () => {
    const draw = (seed: number) => {
      const next = seeded(seed);
      return Array.from({ length: 5 }, () => pick(["a", "b", "c", "d", "e", "f", "g", "h"], next()));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
