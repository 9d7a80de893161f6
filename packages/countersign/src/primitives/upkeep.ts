// Does something again and again for as long as the program runs; knows nothing of what it is.

import type { Clock } from "./clock.ts";

/** Rounds of work, one after the other. */
export interface Upkeep {
  /** Begins, where it has not yet; the first round comes after the first pause. Nothing once it has ended. */
  begin(): void;
  /** Begins no further round. */
  end(): void;
  /** Resolves when no round is under way. */
  idle(): Promise<void>;
}

/** What an upkeep consists of. */
export interface UpkeepParts {
  readonly clock: Clock;
  /** The pause between two rounds, in milliseconds. A program that has nothing else to do may end in it. */
  readonly everyMs: number;
  readonly round: () => Promise<unknown>;
  /** Told why a round failed; the next one comes all the same. */
  readonly onError: (error: unknown) => void;
}

/** An upkeep that has not begun. */
export function createUpkeep({ clock, everyMs, round, onError }: UpkeepParts): Upkeep {
  const ending = new AbortController();
  let hasBegun = false;
  let underWay: Promise<void> | undefined;

  async function goOn(): Promise<void> {
    for (;;) {
      await clock.sleep(everyMs, ending.signal, { mayEnd: true });
      if (ending.signal.aborted) return;
      underWay = round().then(() => undefined, onError);
      await underWay;
    }
  }

  return {
    begin() {
      if (hasBegun || ending.signal.aborted) return;
      hasBegun = true;
      void goOn();
    },
    end: () => ending.abort(),
    idle: async () => underWay,
  };
}
