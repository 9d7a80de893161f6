import { expect, it } from "vitest";
import { relativeText, spanText } from "./words.ts";

const day = 86_400_000;

it.each([
  [0, "0 seconds"],
  [1000, "1 second"],
  [59_400, "59 seconds"],
  [59_600, "1 minute"],
  [1_800_000, "30 minutes"],
  [3_600_000, "1 hour"],
  [7 * day, "7 days"],
  [30 * day - 29_000, "30 days"],
  [29.4 * day, "29 days"],
])("tells a span of %d ms to the nearest unit: %s", (ms, words) => {
  expect(spanText(ms)).toBe(words);
});

it("tells a time from now, before and after", () => {
  expect(relativeText(1_000_000 + 30 * day - 1, 1_000_000)).toBe("in 30 days");
  expect(relativeText(1_000_000 - 240_000, 1_000_000)).toBe("4 minutes ago");
});
