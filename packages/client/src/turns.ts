// Takes turns: within a tab, and by Web Locks over all tabs of an origin. Writes nothing anywhere, and knows no credential.

import { type Clock, limit } from "./primitives/clock.ts";

/** The part of `navigator.locks` that is used. */
export interface Locks {
  request(
    name: string,
    options: { mode?: "exclusive" | "shared"; signal?: AbortSignal },
    work: () => Promise<unknown>,
  ): Promise<unknown>;
  query(): Promise<{ held?: readonly { name?: string }[] }>;
}

/** Turns of one client. */
export interface Turns {
  /**
   * Runs the work while nobody else does, in no tab. Where a tab that was put to sleep keeps its turn, it runs after `patienceMs` all the
   * same: the issuer bears it.
   */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** When a tab last told of a renewal, in milliseconds since 1970; 0 where none did lately. To be asked within a turn. */
  lastRenewal(): Promise<number>;
  /** Tells the other tabs of a renewal, before the turn ends. */
  tellRenewal(): Promise<void>;
}

/** How long a renewal is told of: longer than requests that set out before it are under way. */
const toldMs = 10_000;

/**
 * Turns under this name; without `locks` each tab has its own. A renewal is told by holding, for a while, a lock whose name is the time: the
 * browser's list of locks is in memory, for this origin only, and in the order of the turns, which messages are not.
 */
export function createTurns(parts: {
  locks: Locks | undefined;
  name: string;
  clock: Clock;
  patienceMs: number;
}): Turns {
  const { locks, name, clock, patienceMs } = parts;
  let last: Promise<unknown> = Promise.resolve();
  const overTabs = async <T>(held: Locks, work: () => Promise<T>): Promise<T> => {
    const patience = limit(clock, patienceMs);
    let begun: Promise<T> | undefined;
    const begin = () => {
      begun = work();
      return begun;
    };
    await held.request(name, { signal: patience.signal }, begin).catch(() => undefined);
    patience.abort();
    return begun ?? work();
  };
  return {
    take(work) {
      const turn = last.then(() => (locks ? overTabs(locks, work) : work()));
      last = turn.catch(() => undefined);
      return turn;
    },
    async lastRenewal() {
      const held = (await locks?.query().catch(() => undefined))?.held ?? [];
      const times = held.map((lock) => Number(lock.name?.split(`${name} `)[1] ?? 0));
      // What lies in the future was told before the clock was set back.
      return Math.max(0, ...times.filter((time) => time <= clock.now()));
    },
    async tellRenewal() {
      await new Promise<unknown>((told) => {
        const hold = () => {
          told(true);
          return clock.sleep(toldMs);
        };
        if (locks) locks.request(`${name} ${clock.now()}`, { mode: "shared" }, hold).catch(told);
        else told(false);
      });
    },
  };
}
