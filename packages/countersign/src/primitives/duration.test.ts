import { describe, expect, it } from "vitest";
import { durationSeconds } from "./duration.ts";

describe("durationSeconds", () => {
  it.each([
    [0, 0],
    [90, 90],
    [0.5, 0.5],
    ["0s", 0],
    ["90s", 90],
    ["5m", 300],
    ["12h", 43_200],
    ["30d", 2_592_000],
    ["1.5h", 5400],
    ["0.25s", 0.25],
    ["36525d", 36_525 * 86_400],
  ])("of %j is %d", (duration, seconds) => {
    expect(durationSeconds(duration)).toBe(seconds);
  });

  it.each([
    ["a negative number", -1],
    ["a negative text", "-5m"],
    ["infinity", Number.POSITIVE_INFINITY],
    ["not a number", Number.NaN],
    ["more than a century", 36_525 * 86_400 + 1],
    ["more than a century as text", "36526d"],
    ["a number as text, without a unit", "90"],
    ["a unit without a number", "m"],
    ["an unknown unit", "5w"],
    ["a unit in capitals", "5M"],
    ["a long unit", "5min"],
    ["a space", "5 m"],
    ["a space before", " 5m"],
    ["a line break at the end", "5m\n"],
    ["two durations", "1h30m"],
    ["an exponent", "1e3s"],
    ["hexadecimal", "0x10s"],
    ["a dot without decimals", "5.s"],
    ["four decimals", "1.0001s"],
    ["ten digits", "1000000000s"],
    ["nothing", ""],
    ["null", null],
    ["an array", ["5m"]],
    ["a prototype's name", "5constructor"],
  ])("refuses %s", (_name, duration) => {
    expect(durationSeconds(duration)).toBeUndefined();
  });
});
