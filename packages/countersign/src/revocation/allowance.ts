// How much of the log each service key may have read for it: large pieces, which cost the issuer time. Knows neither log nor request.

import type { Clock } from "../primitives/clock.ts";

/** What is left to each owner. What was spent grows back within a minute. */
export interface Allowance {
  /** Spends one, or answers in how many milliseconds there is something left; 0: it was spent. */
  take(owner: string): number;
  /** The same, without spending it. */
  waitMs(owner: string): number;
  /** Spends so much more, also what is not there, up to twice the allowance; less than 0 gives back. */
  charge(owner: string, amount: number): void;
}

/** An allowance of so many a minute, and as many at once. Remembers no owner who has all of it. */
export function createAllowance(clock: Clock, perMinute: number): Allowance {
  const spent = new Map<string, { readonly amount: number; readonly at: number }>();
  const perMs = perMinute / 60_000;

  function owed(owner: string): number {
    const one = spent.get(owner);
    return one === undefined ? 0 : Math.max(0, one.amount - (clock.monotonic() - one.at) * perMs);
  }

  function charge(owner: string, amount: number): void {
    // Nobody comes to owe so much that the next minutes are lost.
    const total = Math.min(owed(owner) + amount, 2 * perMinute);
    if (total <= 0) spent.delete(owner);
    else spent.set(owner, { amount: total, at: clock.monotonic() });
  }

  function waitMs(owner: string): number {
    const over = owed(owner) + 1 - perMinute;
    return over <= 0 ? 0 : over / perMs;
  }

  return {
    take(owner) {
      const wait = waitMs(owner);
      if (wait === 0) charge(owner, 1);
      return wait;
    },
    waitMs,
    charge,
  };
}
