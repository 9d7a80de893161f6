import { expect, it } from "vitest";
import { createTestClock } from "./testing.ts";
import { createUpkeep } from "./upkeep.ts";

function setting(round: () => Promise<unknown> = async () => undefined) {
  const clock = createTestClock();
  const errors: unknown[] = [];
  let rounds = 0;
  const upkeep = createUpkeep({
    clock,
    everyMs: 1000,
    round: () => {
      rounds += 1;
      return round();
    },
    onError: (error) => void errors.push(error),
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { upkeep, errors, pass, rounds: () => rounds };
}

it("goes round once in a pause, from when it begins, however often it is begun", async () => {
  const { upkeep, pass, rounds } = setting();
  await pass(5000);
  expect(rounds()).toBe(0);
  upkeep.begin();
  upkeep.begin();
  expect(rounds()).toBe(0);
  await pass(999);
  expect(rounds()).toBe(0);
  await pass(1);
  expect(rounds()).toBe(1);
  await pass(1000);
  expect(rounds()).toBe(2);
});

it("goes on when a round fails, and tells why", async () => {
  const { upkeep, errors, pass, rounds } = setting(async () => {
    throw new Error("the store is away");
  });
  upkeep.begin();
  await pass(1000);
  await pass(1000);
  expect([rounds(), errors]).toEqual([2, [new Error("the store is away"), new Error("the store is away")]]);
});

it("never has two rounds under way, and can be waited for", async () => {
  const slow = Promise.withResolvers<void>();
  const { upkeep, pass, rounds } = setting(() => slow.promise);
  upkeep.begin();
  await upkeep.idle();
  await pass(1000);
  await pass(5000);
  expect(rounds()).toBe(1);
  let isIdle = false;
  const idle = upkeep.idle().then(() => {
    isIdle = true;
  });
  await pass(0);
  expect(isIdle).toBe(false);
  slow.resolve();
  await idle;
});

it("ends for good", async () => {
  const { upkeep, pass, rounds } = setting();
  upkeep.begin();
  upkeep.end();
  upkeep.begin();
  await pass(5000);
  expect(rounds()).toBe(0);
});
