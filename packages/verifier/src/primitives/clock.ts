// The clock that everything else is given; the only file of this package that reads the time.

/** A source of time. Tests pass their own, so that years go by in a millisecond. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970. */
  now(): number;
  /** Milliseconds since an arbitrary start; never runs backwards and ignores changes of the wall clock. */
  monotonic(): number;
  /** Resolves after about `ms` milliseconds; at once when `signal` is aborted, leaving no timer behind. */
  sleep(ms: number, signal?: AbortSignal, options?: SleepOptions): Promise<void>;
}

/** How a sleep stands to the rest of the program. */
export interface SleepOptions {
  /** Whether a program that has nothing else left to do may end during it. Default `false`. */
  readonly mayEnd?: boolean;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal, { mayEnd = false } = {}) =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      // Not every runtime has it: where timers are numbers, none of them keeps a program alive.
      if (mayEnd && typeof timer === "object") timer.unref();
      signal?.addEventListener("abort", wake);
      if (signal?.aborted === true) wake();
    }),
};
