import { describe, expect, it } from "vitest";
import { distinct, pick, seeded } from "./seeded.ts";

const letters = [..."abcdefghijklmnopqrstuvwxyz"];

function picksOf(seed: number): string {
  const choose = seeded(seed);
  return Array.from({ length: 20 }, () => pick(letters, choose())).join("");
}

describe("a seed", () => {
  it("repeats the same choice, and another makes another", () => {
    expect(picksOf(7)).toBe(picksOf(7));
    expect(new Set([0, 1, 2, 7, 4_294_967_295].map(picksOf)).size).toBe(5);
  });

  it("chooses evenly, and nothing beyond the list", () => {
    const choose = seeded(1);
    const counts = new Map<string, number>();
    for (let index = 0; index < 26_000; index += 1) {
      const letter = pick(letters, choose());
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(26);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });

  it("chooses some of a list, no one twice, the same for the same seed", () => {
    const some = distinct(letters, 10, seeded(3));
    expect(new Set(some).size).toBe(10);
    expect(some).toEqual(distinct(letters, 10, seeded(3)));
    expect(some).not.toEqual(distinct(letters, 10, seeded(4)));
    expect(distinct(letters, 26, seeded(3)).toSorted()).toEqual(letters);
  });

  it("chooses nothing where there is not enough", () => {
    expect(() => pick([], 0.5)).toThrow("nothing to choose from");
    expect(() => distinct(letters, 27, seeded(1))).toThrow("There are not 27 to choose from.");
  });
});
