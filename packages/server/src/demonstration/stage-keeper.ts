// Keeps the stage: opens it at its first use, ends it when nobody has used it for a while, and at the end. Knows not what it is used for.

import type { Clock } from "@countersign/verifier";

/** What is kept: it can be ended. */
export interface Kept {
  end(): Promise<void>;
}

export interface Keeper<Thing extends Kept> {
  /**
   * Uses it, opening it first where there is none. When the work throws, the thing is taken for broken: it is ended, and the next use opens
   * another. Throws what opening or the work throws, and after `close`.
   */
  use<Result>(work: (thing: Thing) => Promise<Result>): Promise<Result>;
  /** Ends it, and opens no other. */
  close(): Promise<void>;
}

export interface KeeperOptions<Thing extends Kept> {
  open(): Promise<Thing>;
  readonly clock: Clock;
  /** Unused for so long, it is ended. */
  readonly idleMs: number;
}

/** A keeper. Opens nothing yet. */
export function keep<Thing extends Kept>({ open, clock, idleMs }: KeeperOptions<Thing>): Keeper<Thing> {
  let current: Promise<Thing> | undefined;
  const endings = new Set<Promise<void>>();
  let users = 0;
  let idle = new AbortController();
  let isClosed = false;

  const discard = (kept: Promise<Thing>) => {
    if (current === kept) current = undefined;
    const ending = kept
      .then((thing) => thing.end())
      .catch(() => undefined)
      .finally(() => endings.delete(ending));
    endings.add(ending);
  };
  const waitUntilIdle = async (kept: Promise<Thing>) => {
    idle = new AbortController();
    const { signal } = idle;
    await clock.sleep(idleMs, signal, { mayEnd: true });
    if (!signal.aborted && current === kept) discard(kept);
  };
  return {
    async use(work) {
      if (isClosed) throw new Error("The stage is closed.");
      idle.abort();
      current ??= open();
      const kept = current;
      users += 1;
      try {
        return await work(await kept);
      } catch (error) {
        if (current === kept) discard(kept);
        throw error;
      } finally {
        users -= 1;
        if (users === 0 && current === kept) void waitUntilIdle(kept);
      }
    },
    async close() {
      isClosed = true;
      idle.abort();
      if (current !== undefined) discard(current);
      await Promise.all(endings);
    },
  };
}
