// Work that goes on after the answer was given; knows nothing of what the work is.

/** Runs work after the answer, in a bounded number, and can be waited for. */
export interface Background {
  /** Starts the work soon. Its failure goes to the observer, never to the request that asked for it. */
  run(name: string, work: () => Promise<unknown>): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** A background with room for `limit` pieces of work; what is beyond is dropped and told to `onError`. */
export function createBackground(onError: (name: string, error: unknown) => void, limit = 1000): Background {
  const underWay = new Set<Promise<void>>();
  return {
    run(name, work) {
      if (underWay.size >= limit) return onError(name, new Error("too much background work"));
      // A turn of the event loop later, so that the answer is on its way first and its time tells nothing of this work.
      const task = new Promise<void>((resolve) => setImmediate(resolve))
        .then(work)
        .then(
          () => undefined,
          (error) => onError(name, error),
        )
        .finally(() => underWay.delete(task));
      underWay.add(task);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
