import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";

it("the system's clock runs forwards", async () => {
  const [wall, monotonic] = [systemClock.now(), systemClock.monotonic()];
  await systemClock.sleep(2);
  expect(systemClock.monotonic()).toBeGreaterThan(monotonic);
  expect(systemClock.now()).toBeGreaterThanOrEqual(wall);
});

it.each([
  { it: "before it began", stop: (controller: AbortController) => controller.abort(), late: () => undefined },
  { it: "while it lasts", stop: () => undefined, late: (controller: AbortController) => controller.abort() },
])("a sleep that is called off $it ends at once, and leaves no timer behind", async ({ stop, late }) => {
  const controller = new AbortController();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  stop(controller);
  const sleep = systemClock.sleep(3_600_000, controller.signal);
  late(controller);
  await sleep;
  expect(timers()).toBe(before);
});

it.each([
  { it: "keeps the program alive", options: undefined, least: 1 },
  { it: "that may be the last thing left does not", options: { mayEnd: true }, least: 0 },
])("a sleep $it", async ({ options, least }) => {
  const controller = new AbortController();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const sleep = systemClock.sleep(3_600_000, controller.signal, options);
  // Node.js counts here only those timers that keep it alive.
  expect(timers() - before).toBe(least);
  controller.abort();
  await sleep;
});
