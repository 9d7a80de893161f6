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
  /** Whose the cookies were when a tab last told of a renewal, if one did after this time. To be asked within a turn. */
  renewedSince(ms: number): Promise<string | undefined>;
  /** Tells the other tabs of a renewal, and of whose cookies, before the turn ends. */
  tellRenewal(sub: unknown): Promise<void>;
}

/** How long a renewal is told of: longer than requests that set out before it are under way. */
const toldMs = 10_000;

/**
 * Turns under this name; without `locks` each tab has its own. A renewal is told by holding, for a while, a lock whose name is the time and the subject: the
 * browser's list of locks is in memory, for this origin only, and in the order of the turns, which messages are not.
 */
export function createTurns(locks: Locks | undefined, name: string, clock: Clock, patienceMs: number): Turns {
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
    async renewedSince(ms) {
      let whose: string | undefined;
      let newest = ms;
      for (const lock of (await locks?.query().catch(() => undefined))?.held ?? []) {
        const [time, sub] = lock.name?.split(`${name} `)[1]?.split(" ") ?? [];
        // What lies in the future was told before the clock was set back.
        if (!(Number(time) > newest && Number(time) <= clock.now())) continue;
        newest = Number(time);
        whose = sub;
      }
      return whose;
    },
    async tellRenewal(sub) {
      if (!locks) return;
      await new Promise<unknown>((told) => {
        const hold = () => {
          told(sub);
          return clock.sleep(toldMs);
        };
        locks.request(`${name} ${clock.now()} ${sub}`, { mode: "shared" }, hold).catch(told);
      });
    },
  };
}
