// What an error of SQLite means: busy for now, or out of reach. Knows nothing of the statement that met it.

import { Unavailable } from "@countersign/verifier";
import type { Clock } from "../../primitives/clock.ts";
import { fraction, type Random } from "../../primitives/random.ts";

/** What waiting for another process's write lock needs. */
export interface BusyWait {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a transaction waits for the write lock, in milliseconds, before it gives up. */
  readonly totalMs: number;
}

/**
 * Repeats `attempt` while the database is locked by another, asleep in between, up to the total; then throws `Unavailable`.
 * The total counts from when the lock was first missed, so that a queue behind a dead lock empties at once instead of one by one.
 */
export function createBusyRetry({ clock, random, totalMs }: BusyWait): (attempt: () => void) => Promise<void> {
  let missedFirst = Number.NEGATIVE_INFINITY;
  let missedLast = Number.NEGATIVE_INFINITY;
  return async (attempt) => {
    for (let tries = 0; ; tries += 1) {
      const error = busyOutcome(attempt);
      if (error === undefined) {
        missedLast = Number.NEGATIVE_INFINITY;
        return;
      }
      const now = clock.monotonic();
      if (tries === 0 && now - missedLast > sameLockMs) missedFirst = now;
      missedLast = now;
      if (now - missedFirst >= totalMs) throw lockedOut(totalMs, error);
      await clock.sleep(1 + fraction(random) * Math.min(2 ** tries, 20));
    }
  };
}

/** Attempts that miss the lock so shortly after each other miss the same one. */
const sameLockMs = 100;

/** The error of an attempt that missed the lock; `undefined` when it had it. */
function busyOutcome(attempt: () => void): unknown {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (isBusy(error)) return error;
    throw error;
  }
}

/** `Unavailable` for an error of the driver; any other error as it is. */
export function asFault(error: unknown): unknown {
  if (!isDriverError(error)) return error;
  const why = typeof error.errstr === "string" ? error.errstr : "not open";
  return new Unavailable("store_unavailable", `the database could not answer: ${why}`, { cause: error });
}

/** Whether another connection holds the lock; a moment later it may be free. */
export function isBusy(error: unknown): boolean {
  return [resultCodes.busy, resultCodes.locked, resultCodes.protocol].includes(primaryCode(error));
}

/** Whether the file is something else than a database. */
export function isNoDatabase(error: unknown): boolean {
  return primaryCode(error) === resultCodes.notADatabase;
}

/** Whether the database is damaged. */
export function isDamaged(error: unknown): boolean {
  return primaryCode(error) === resultCodes.corrupt;
}

/** Whether the file cannot be opened or written by this user. */
export function isOutOfReach(error: unknown): boolean {
  return [resultCodes.cannotOpen, resultCodes.readOnly].includes(primaryCode(error));
}

// https://www.sqlite.org/rescode.html
const resultCodes = { busy: 5, locked: 6, readOnly: 8, corrupt: 11, cannotOpen: 14, protocol: 15, notADatabase: 26 };

interface DriverError extends Error {
  readonly code: string;
  readonly errcode?: unknown;
  readonly errstr?: unknown;
}

function isDriverError(error: unknown): error is DriverError {
  return error instanceof Error && "code" in error && driverCodes.has(error.code);
}

// The second is what a closed database and a finalized statement answer.
const driverCodes = new Set<unknown>(["ERR_SQLITE_ERROR", "ERR_INVALID_STATE"]);

/** The lower byte of an extended result code; 0 for errors of another origin. */
function primaryCode(error: unknown): number {
  return isDriverError(error) && typeof error.errcode === "number" ? error.errcode & 0xff : 0;
}

function lockedOut(totalMs: number, cause: unknown): Unavailable {
  return new Unavailable("store_unavailable", `the database stayed locked for ${totalMs} ms`, { cause });
}
