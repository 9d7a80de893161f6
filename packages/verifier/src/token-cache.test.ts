import { describe, expect, it } from "vitest";
import { createTokenCache } from "./token-cache.ts";

const token = (index: number, prefix = "t") => `${prefix}.${String(index).padStart(30, "0")}`;

describe("the cache", () => {
  it("finds what was set, and nothing else", () => {
    const cache = createTokenCache<number>(10);
    cache.set(token(1), 1);
    expect(cache.get(token(1))).toBe(1);
    expect(cache.get(token(2))).toBeUndefined();
    cache.delete(token(1));
    expect(cache.get(token(1))).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it("compares the full text: an equal end is not enough", () => {
    const cache = createTokenCache<number>(10);
    cache.set(token(1, "good"), 1);
    expect(cache.get(token(1, "evil"))).toBeUndefined();
    expect(cache.get(`x${token(1, "good")}`)).toBeUndefined();
    expect(cache.get(token(1, "good").slice(-22))).toBeUndefined();
    expect(cache.get(token(1, "good"))).toBe(1);
  });

  it.each([0, 1, 2, 3, 10])("never holds more than about %i", (capacity) => {
    const cache = createTokenCache<number>(capacity);
    for (let index = 0; index < 100; index += 1) {
      cache.set(token(index), index);
      expect(cache.size).toBeLessThanOrEqual(capacity + (capacity % 2));
    }
    expect(cache.get(token(99))).toBe(capacity === 0 ? undefined : 99);
  });

  it("bounds the text it keeps: long tokens push out more", () => {
    const cache = createTokenCache<number>(100);
    for (let index = 0; index < 100; index += 1) cache.set(`${"x".repeat(8000)}${token(index)}`, index);
    expect(cache.size * 8000).toBeLessThanOrEqual(100 * 1024);
    expect(cache.size).toBeGreaterThan(0);
  });

  it("bounds what hangs on its entries: heavy ones push out more, and one that is too heavy is not kept", () => {
    const cache = createTokenCache<number>(100);
    for (let index = 0; index < 100; index += 1) cache.set(token(index), index, 8000);
    expect(cache.size * 8000).toBeLessThanOrEqual(100 * 1024);
    expect(cache.size).toBeGreaterThan(5);
    cache.set(token(7), 7, 60 * 1024);
    expect(cache.get(token(7))).toBeUndefined();
    expect(cache.get(token(99))).toBe(99);
  });

  it("forgets the weight of what it lets go", () => {
    const cache = createTokenCache<number>(10);
    cache.set(token(0), 0);
    for (let index = 1; index < 100; index += 1) {
      cache.set(token(index), index, 4000);
      cache.delete(token(index));
    }
    expect(cache.get(token(0))).toBe(0);
  });

  it("keeps what is in use while others come and go", () => {
    const cache = createTokenCache<number>(10);
    cache.set(token(0), 0);
    for (let index = 1; index < 100; index += 1) {
      cache.set(token(index), index);
      expect(cache.get(token(0))).toBe(0);
    }
  });

  it("sets again without counting twice", () => {
    const cache = createTokenCache<number>(10);
    for (let index = 0; index < 100; index += 1) cache.set(token(1), index);
    expect(cache.size).toBe(1);
    expect(cache.get(token(1))).toBe(99);
  });
});
