// Keeps credentials fresh around a request: renews before their end where that is known, and once after a 401. Knows no request by itself.

import type { Credentials, Renewal } from "./contract.ts";
import type { Presence } from "./presence.ts";
import type { Clock } from "./primitives/clock.ts";
import type { Turns } from "./turns.ts";

/** The keeper of one client's credentials. */
export interface Keeper {
  /**
   * Makes a request, a second time where `wantsFresh` finds a 401 in the answer that a fresh credential might mend. Answers what came last;
   * rejects as the request does, or when it is aborted: that ends the waiting, not the renewal that others wait for too.
   * `tellsItself`: it asks who is signed in, so that it may be made again as anybody; anything else is never made again as somebody else.
   */
  run<T>(
    make: (isLast: boolean) => Promise<T>,
    wantsFresh: (answer: T) => boolean | Promise<boolean>,
    signal: AbortSignal | undefined,
    canRepeat?: boolean,
    tellsItself?: boolean,
  ): Promise<T>;
  /** A sign-in or a sign-out decided what a renewal would have. To be called within a turn. */
  settle(outcome: Renewal): void;
}

/** A keeper of these credentials, who lets `presence` know what came of renewals. */
export function createKeeper(credentials: Credentials, turns: Turns, clock: Clock, presence: Presence): Keeper {
  // Counts what was decided: who set out before the latest decision has it already, and need not ask for another.
  let epoch = 0;
  let latest: Renewal = "failed";
  // Counts sign-ins and sign-outs here: what one person asked for is never sent again as another.
  let person = 0;
  const settle = (outcome: Renewal) => {
    epoch += 1;
    latest = outcome;
    return outcome;
  };
  const renew = async (seen: number, sinceMs: number, tellsItself: boolean) => {
    const outcome = await turns.take(async () => {
      if (epoch !== seen) return latest;
      const told = await turns.renewedSince(sinceMs);
      if (told) {
        credentials.sub = told;
        return settle("renewed");
      }
      const asked = await credentials.renew();
      if (asked === "renewed") await turns.tellRenewal(credentials.sub);
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
    async run(make, wantsFresh, signal, canRepeat = true, tellsItself = false) {
      const asked = person;
      const { sub } = credentials;
      if (credentials.isOver(true)) {
        const early = renew(epoch, clock.now(), tellsItself);
        // Good for a while yet: the request need not wait, and an issuer that is down does not hold it up.
        if (credentials.isOver(false)) await unlessAborted(early, signal);
      }
      const seen = epoch;
      const sinceMs = clock.now();
      const answer = await make(!canRepeat);
      if (!(await wantsFresh(answer))) return answer;
      const outcome = await unlessAborted(renew(seen, sinceMs, tellsItself), signal);
      if (!canRepeat || outcome !== "renewed" || asked !== person) return answer;
      if (tellsItself || !sub || sub === credentials.sub) return make(true);
      // In another tab somebody else has signed in, and whoever shows who it is has to hear of it.
      presence.declare(true);
      return answer;
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
