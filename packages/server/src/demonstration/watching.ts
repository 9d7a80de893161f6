// Uses a credential again and again at every service, until each has refused it. Knows no service, and nothing of what ends it.

import type { Clock } from "@countersign/verifier";

/** How one use was answered. */
export interface Use {
  readonly isAccepted: boolean;
  readonly code: string | null;
}

/** What an answer says of the end. */
export interface SinceEnd {
  /** Milliseconds from the end to the refusal with which a service is done, its request included; null for what was accepted. */
  readonly afterMs: number | null;
  /** How many requests that were sent after the end the service has accepted so far. */
  readonly acceptedSince: number;
}

export interface Watched {
  readonly clock: Clock;
  readonly services: number;
  /** Uses the credential at a service, by its number from 1 on. */
  use(service: number): Promise<Use>;
  /** Told of every answer. */
  onAnswer?(service: number, use: Use, since: SinceEnd): void;
  /** Between two requests to one service while it matters by milliseconds, in milliseconds: it is added to what is measured, at most. */
  readonly paceMs: number;
  /** Since the end; whoever still accepts then is watched no longer. */
  readonly giveUpAfterMs: number;
  readonly signal: AbortSignal;
}

/** Services that are being watched. */
export interface Watch {
  /** Resolves when each service has answered once. */
  readonly begun: Promise<void>;
  /** To be called when the end was acknowledged. Refusals that came earlier count as at once. */
  ended(): void;
  /** Milliseconds from the end to the last service's refusal; null when one was not seen to refuse. Rejects with what a use threw. */
  readonly over: Promise<number | null>;
}

/** Begins to use a credential at each service, one request after another: at a pace that does not slow down what it waits for. */
export function watchRefusals({ clock, services, use, onAnswer, paceMs, giveUpAfterMs, signal }: Watched): Watch {
  let endedAt = Number.POSITIVE_INFINITY;
  const firsts = Array.from({ length: services }, () => Promise.withResolvers<void>());
  const loops = firsts.map(async (first, index) => {
    let acceptedSince = 0;
    for (;;) {
      if (signal.aborted) return null;
      const sentAt = clock.monotonic();
      const answer = await use(index + 1);
      const since = clock.monotonic() - endedAt;
      const afterMs = answer.isAccepted ? null : Math.max(0, since);
      if (answer.isAccepted && sentAt >= endedAt) acceptedSince += 1;
      if (!signal.aborted) onAnswer?.(index + 1, answer, { afterMs, acceptedSince });
      first.resolve();
      if (afterMs !== null) return afterMs;
      if (since > giveUpAfterMs) return null;
      await clock.sleep(pauseMs(since, paceMs), signal);
    }
  });
  const over = Promise.all(loops).then((ends) => {
    const all = ends.filter((end) => end !== null);
    return all.length < ends.length ? null : Math.max(0, ...all);
  });
  // Whoever waits for either is told; nobody may be waiting for both.
  over.catch(() => undefined);
  const begun = Promise.race([Promise.all(firsts.map(({ promise }) => promise)), over]).then(() => undefined);
  begun.catch(() => undefined);
  return {
    begun,
    over,
    ended() {
      endedAt = clock.monotonic();
    },
  };
}

function pauseMs(sinceEndMs: number, paceMs: number): number {
  if (sinceEndMs < 100) return paceMs;
  return sinceEndMs < 1000 ? 10 : 100;
}
