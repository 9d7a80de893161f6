// Keeps the stage: opens it at its first use, ends it when nobody has used it for a while, and when told. Knows not what it is used for.

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
  /** Uses what stands, and opens nothing: `undefined` where nothing does. For the rest as `use`. */
  useStanding<Result>(work: (thing: Thing) => Promise<Result>): Promise<Result | undefined>;
  /** Ends what stands once the uses under way are over. The next use opens another. */
  putAway(): Promise<void>;
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
  const uses = new Set<Promise<unknown>>();
  let idle = new AbortController();
  let isClosed = false;

  const discard = (kept: Promise<Thing>) => {
    if (current !== kept) return;
    current = undefined;
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
    if (!signal.aborted) discard(kept);
  };
  const useOf = async <Result>(kept: Promise<Thing>, work: (thing: Thing) => Promise<Result>): Promise<Result> => {
    idle.abort();
    const result = kept.then(work);
    uses.add(result);
    try {
      return await result;
    } catch (error) {
      discard(kept);
      throw error;
    } finally {
      uses.delete(result);
      if (uses.size === 0 && current === kept) void waitUntilIdle(kept);
    }
  };
  return {
    async use(work) {
      if (isClosed) throw new Error("The stage is closed.");
      current ??= open();
      return useOf(current, work);
    },
    useStanding: async (work) => (current === undefined ? undefined : useOf(current, work)),
    async putAway() {
      const kept = current;
      if (kept === undefined) return;
      await Promise.allSettled([kept, ...uses]);
      idle.abort();
      discard(kept);
      await Promise.all(endings);
    },
    async close() {
      isClosed = true;
      idle.abort();
      if (current !== undefined) discard(current);
      await Promise.all(endings);
    },
  };
}
