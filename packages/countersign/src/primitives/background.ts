// Work that goes on after the answer was given; knows nothing of what the work is.

import type { Clock } from "./clock.ts";
import { fraction, type Random } from "./random.ts";

/** Runs work after the answer, in a bounded number, and can be waited for. */
export interface Background {
  /** Starts the work soon. Its failure goes to the observer, never to the request that asked for it. */
  run(name: string, work: () => Promise<unknown>): void;
  /**
   * For work to wait in: 50 to 500 ms, drawn at random, or until somebody waits for `idle`. It parts an act that only some requests
   * cause from the request, for whoever sends the next one and watches whether it is held up. It hides something short and rare; what
   * can be made equal for all requests, such as writes, must be made so instead, since an idle server can be watched all the while.
   */
  moment(): Promise<void>;
  /** Resolves when nothing is under way. Whatever waits in a `moment` goes on at once. */
  idle(): Promise<void>;
}

/** What a background works with. */
export interface BackgroundParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Is told what failed or was dropped. */
  readonly onError: (name: string, error: unknown) => void;
  /** Pieces of work at once; what is beyond is dropped. Default 1000. */
  readonly limit?: number;
}

const leastMomentMs = 50;
const mostMomentMs = 500;

/** A background with room for `limit` pieces of work. */
export function createBackground({ clock, random, onError, limit = 1000 }: BackgroundParts): Background {
  const underWay = new Set<Promise<void>>();
  let waiters = 0;
  let hurry = new AbortController();
  return {
    run(name, work) {
      if (underWay.size >= limit) return onError(name, new Error("too much background work"));
      // A turn of the event loop later, so that the answer is on its way first.
      const task = new Promise<void>((resolve) => setImmediate(resolve))
        .then(work)
        .then(
          () => undefined,
          (error) => onError(name, error),
        )
        .finally(() => underWay.delete(task));
      underWay.add(task);
    },
    async moment() {
      if (waiters > 0) return;
      await clock.sleep(leastMomentMs + fraction(random) * (mostMomentMs - leastMomentMs), hurry.signal);
    },
    async idle() {
      waiters += 1;
      hurry.abort();
      hurry = new AbortController();
      while (underWay.size > 0) await Promise.all(underWay);
      waiters -= 1;
    },
  };
}
