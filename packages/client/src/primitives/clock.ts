// The clock that everything else is given; the only file of this package that reads the time.

/** A source of time. Tests pass their own. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970. */
  now(): number;
  /** Resolves after about `ms` milliseconds; at once when `signal` is aborted, leaving no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake);
      if (signal?.aborted) wake();
    }),
};

/** A limit on how long something takes: aborted after `ms`, with this reason. Abort it to be rid of its timer. */
export function limit(clock: Clock, ms: number, reason?: unknown): AbortController {
  const controller = new AbortController();
  void clock.sleep(ms, controller.signal).then(() => controller.abort(reason));
  return controller;
}
