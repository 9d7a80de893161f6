// The clock that everything else is given; the only file of this package that reads the time.

/** A source of time. Tests pass their own, so that years go by in a millisecond. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970. */
  now(): number;
  /** Milliseconds since an arbitrary start; never runs backwards and ignores changes of the wall clock. */
  monotonic(): number;
  /** Resolves after about `ms` milliseconds; at once when `signal` is aborted, leaving no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake);
      if (signal?.aborted === true) wake();
    }),
};
