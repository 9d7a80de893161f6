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
