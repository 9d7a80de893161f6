// How long events of the log are kept, as pure arithmetic; knows nothing of the log itself.

import { eventSlackMs } from "./contract.ts";

/** The access-token lifetimes that the expiry of events stands on. */
export interface AccessLifetimes {
  /** The lifetime registered last. */
  readonly currentMs: number;
  /** A longer one that may still have tokens out there. */
  readonly heldMs: number;
  /** Until when it has. */
  readonly heldUntil: number;
}

/** Before anything was registered. */
export const noAccessLifetimes: AccessLifetimes = { currentMs: 0, heldMs: 0, heldUntil: 0 };

/** When an event appended at `now` expires: everything that it speaks of has run out by then; never before `keepMs`. */
export function eventExpiry(lifetimes: AccessLifetimes, now: number, keepMs = 0): number {
  return now + Math.max(longest(lifetimes, now) + eventSlackMs, Math.round(keepMs));
}

/**
 * The lifetimes after one was registered at `now`: a longer one holds at once; under a shorter one the longest stays until the
 * last token issued before has run out. Registering the current one again changes nothing.
 */
export function registered(lifetimes: AccessLifetimes, ms: number, now: number): AccessLifetimes {
  const lifetimeMs = Math.round(ms);
  if (lifetimeMs === lifetimes.currentMs) return lifetimes;
  const before = longest(lifetimes, now);
  if (lifetimeMs >= before) return { currentMs: lifetimeMs, heldMs: 0, heldUntil: 0 };
  if (lifetimeMs > lifetimes.currentMs) return { ...lifetimes, currentMs: lifetimeMs };
  const heldUntil = Math.max(lifetimes.heldUntil, now + before + eventSlackMs);
  return { currentMs: lifetimeMs, heldMs: before, heldUntil };
}

function longest(lifetimes: AccessLifetimes, now: number): number {
  return now < lifetimes.heldUntil ? Math.max(lifetimes.heldMs, lifetimes.currentMs) : lifetimes.currentMs;
}
