import { describe, expect, it } from "vitest";
import { inputProblem, longestInput, readTypedObject } from "./input.ts";
import { bytesText, distanceText, momentText, spanText } from "./words.ts";

describe("a span in words", () => {
  it.each([
    [0, "0 seconds"],
    [1, "1 second"],
    [59.6, "1 minute"],
    [300, "5 minutes"],
    [310, "5 minutes 10 seconds"],
    [86_400, "1 day"],
    [90_061, "1 day 1 hour"],
    [-120, "2 minutes"],
    [Number.POSITIVE_INFINITY, "for ever"],
  ])("%d seconds are %s", (seconds, words) => {
    expect(spanText(seconds)).toBe(words);
  });
});

describe("a moment in words", () => {
  it("is told to the second, in UTC", () => {
    expect(momentText(Date.UTC(2026, 10, 23, 10, 4, 5))).toBe("23 Nov 2026, 10:04:05 UTC");
  });

  it.each([8.64e15 + 1, Number.NaN])("that no calendar holds is said to be one: %d", (ms) => {
    expect(momentText(ms)).toContain("beyond every calendar");
  });

  it.each([
    [1000, "in 1 second"],
    [-61_000, "1 minute 1 second ago"],
    [400, "now"],
  ])("%d ms from now is %s", (ms, words) => {
    expect(distanceText(ms, 0)).toBe(words);
  });
});

it("bytes are grouped, and one is one", () => {
  expect([bytesText(1), bytesText(43), bytesText(1306)]).toEqual(["1 byte", "43 bytes", "1\u202f306 bytes"]);
});

describe("a typed object", () => {
  it.each([
    { it: "is read", text: '{"role":"editor"}', value: { role: "editor" } },
    { it: "may be nothing", text: "  ", value: {} },
  ])("$it", ({ text, value }) => {
    expect(readTypedObject(text)).toEqual({ ok: true, value });
  });

  it.each([
    { it: "a list", text: "[]", words: "not an object" },
    { it: "a comma too many", text: '{"a":1,}', words: "not JSON yet" },
    { it: "single quotes", text: "{'a':1}", words: "double quotes" },
    { it: "more than is looked at", text: "x".repeat(longestInput + 1), words: "at the most" },
  ])("explains $it, and repeats none of it", ({ text, words }) => {
    const read = readTypedObject(text);
    expect(read).toMatchObject({ ok: false, problem: expect.stringContaining(words) });
    expect(read.ok ? "" : read.problem).not.toContain("'a'");
  });
});

it("the bound is on characters: exactly so many pass", () => {
  expect(inputProblem("x".repeat(longestInput))).toBeUndefined();
  expect(inputProblem("x".repeat(longestInput + 1))).toContain("16\u202f384");
});
