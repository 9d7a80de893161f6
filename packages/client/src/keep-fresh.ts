// Keeps credentials fresh around a request: renews before their end where that is known, and once after a 401. Knows no request by itself.

import type { Credentials, Renewal } from "./contract.ts";
import type { Presence } from "./presence.ts";
import type { Clock } from "./primitives/clock.ts";
import type { Turns } from "./turns.ts";

/** A request that may be made again. */
export interface Attempt<T> {
  /** Makes it. `isLast`: it will not be made again. */
  readonly make: (isLast: boolean) => Promise<T>;
  /** Whether this answer is a 401 that a fresh credential might mend. */
  readonly wantsFresh: (answer: T) => boolean | Promise<boolean>;
  /** Whether it can be made a second time. Default: true. */
  readonly canRepeat?: boolean;
  /** Ends the waiting, not the renewal that others wait for too. */
  readonly signal?: AbortSignal | undefined;
  /** Whether its answer tells by itself that nobody is signed in. */
  readonly tellsItself?: boolean;
}

/** The keeper of one client's credentials. */
export interface Keeper {
  /** Makes a request, at most twice. Answers what came last; rejects as the request does, or when it is aborted. */
  run<T>(attempt: Attempt<T>): Promise<T>;
  /** A sign-in or a sign-out decided what a renewal would have. To be called within a turn. */
  settle(outcome: Renewal): void;
}

/** A keeper of these credentials, who lets `presence` know what came of renewals. */
export function createKeeper(parts: {
  readonly credentials: Credentials;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly presence: Presence;
}): Keeper {
  const { credentials, turns, clock, presence } = parts;
  // Counts what was decided: who set out before the latest decision has it already, and need not ask for another.
  let epoch = 0;
  let latest: Renewal = "failed";
  // Counts sign-ins and sign-outs: what one person asked for is never sent again as another.
  let person = 0;
  const settle = (outcome: Renewal) => {
    epoch += 1;
    latest = outcome;
    return outcome;
  };
  const renew = async (seen: number, sinceMs: number, tellsItself: boolean) => {
    const outcome = await turns.take(async () => {
      if (epoch !== seen) return latest;
      if ((await turns.lastRenewal()) > sinceMs) return settle("renewed");
      const asked = await credentials.renew();
      if (asked === "renewed") await turns.tellRenewal();
      return settle(asked);
    });
    presence.find(outcome, tellsItself);
    return outcome;
  };
  return {
    settle(outcome) {
      person += 1;
      settle(outcome);
    },
    async run({ make, wantsFresh, canRepeat = true, signal, tellsItself = false }) {
      const asked = person;
      const freshness = credentials.freshness();
      if (freshness !== "fresh") {
        const early = renew(epoch, clock.now(), tellsItself);
        // Good for a while yet: the request need not wait, and an issuer that is down does not hold it up.
        if (freshness === "over") await unlessAborted(early, signal);
      }
      const seen = epoch;
      const sinceMs = clock.now();
      const answer = await make(!canRepeat);
      if (!(await wantsFresh(answer))) return answer;
      const outcome = await unlessAborted(renew(seen, sinceMs, tellsItself), signal);
      return canRepeat && outcome === "renewed" && asked === person ? make(true) : answer;
    },
  };
}

/** What the work brings, or the reason of the signal as soon as it is aborted. The work goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
