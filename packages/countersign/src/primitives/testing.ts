// A clock and a randomness that tests own; knows nothing of what is tested with them.

import { hash } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** A clock that stands still until it is told to move. */
export interface TestClock extends Clock {
  /** Lets `ms` milliseconds go by on both clocks; sleepers that are due wake, the earliest first. */
  advance(ms: number): void;
  /** Moves the wall clock only, forwards or backwards, as an administrator or a time server would. */
  jump(ms: number): void;
}

/** A clock that stands at `startMs` (milliseconds since 1970) until a test advances it. Its monotonic time starts at 0. */
export function createTestClock(startMs = Date.UTC(2026, 0, 1)): TestClock {
  let wall = startMs;
  let monotonic = 0;
  let sleepers: { readonly due: number; readonly wake: () => void }[] = [];
  return {
    now: () => wall,
    monotonic: () => monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { due: monotonic + ms, wake: resolve };
        sleepers.push(sleeper);
        const wakeEarly = () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          resolve();
        };
        signal?.addEventListener("abort", wakeEarly, { once: true });
        if (signal?.aborted === true) wakeEarly();
      }),
    advance(ms) {
      wall += ms;
      monotonic += ms;
      const due = sleepers.filter((sleeper) => sleeper.due <= monotonic).sort((a, b) => a.due - b.due);
      sleepers = sleepers.filter((sleeper) => sleeper.due > monotonic);
      for (const sleeper of due) sleeper.wake();
    },
    jump(ms) {
      wall += ms;
    },
  };
}

/** Bytes that look random, never repeat, and are the same for the same seed (SHA-256 of seed and counter). Not secret. */
export function createTestRandom(seed: string): Random {
  let counter = 0;
  const block = () => hash("sha256", `${seed}:${counter++}`, "buffer");
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 32) bytes.set(block().subarray(0, length - at), at);
      return bytes;
    },
  };
}
