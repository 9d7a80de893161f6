import { expect, it } from "vitest";
import { renderDocument } from "./html.ts";
import { absoluteTime, relativeTime, timeElement } from "./time.ts";

const now = Date.UTC(2026, 10, 23, 10, 4, 30);

it.each([
  ["this very moment", 0, "just now"],
  ["a second before a minute ago", -59_999, "just now"],
  ["a minute ago", -60_000, "1 minute ago"],
  ["almost half a minute before an hour ago", -3_569_000, "59 minutes ago"],
  ["a second before an hour ago", -3_599_000, "1 hour ago"],
  ["an hour ago", -3_600_000, "1 hour ago"],
  ["three days ago", -3 * 86_400_000, "3 days ago"],
  ["in half a minute", 30_000, "in less than a minute"],
  ["in five minutes", 300_000, "in 5 minutes"],
  ["in a month", 30 * 86_400_000, "in 30 days"],
  ["in a month, half a minute after it began", 30 * 86_400_000 - 29_000, "in 30 days"],
  ["in a month, almost half a day after it began", 29.51 * 86_400_000, "in 30 days"],
  ["in a month, more than half a day after it began", 29.49 * 86_400_000, "in 29 days"],
  ["in almost a day", 86_399_000, "in 1 day"],
])("says %s", (_, offset, words) => {
  expect(relativeTime(now + offset, now)).toBe(words);
});

it.each([
  [Date.UTC(2026, 0, 1), "1 Jan 2026, 00:00 UTC"],
  [Date.UTC(2026, 11, 31, 23, 59, 59), "31 Dec 2026, 23:59 UTC"],
])("writes the absolute time of %d in UTC", (at, words) => {
  expect(absoluteTime(at)).toBe(words);
});

it("gives machines the whole second", () => {
  expect(renderDocument(timeElement(now + 250, now))).toContain(`datetime="2026-11-23T10:04:30Z"`);
});
