import { expect, it } from "vitest";
import { limit, systemClock } from "./clock.ts";

it("the system's clock sleeps, and runs forwards", async () => {
  const before = systemClock.now();
  await systemClock.sleep(2);
  expect(systemClock.now()).toBeGreaterThan(before);
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

it("a limit is aborted with its reason when the time is over, and never by it once that was called off", async () => {
  const reason = new Error("too long");
  const over = limit(systemClock, 1, reason);
  await new Promise((resolve) => over.signal.addEventListener("abort", resolve));
  expect(over.signal.reason).toBe(reason);
  const calledOff = limit(systemClock, 3_600_000, reason);
  calledOff.abort();
  expect(calledOff.signal.reason).not.toBe(reason);
});
