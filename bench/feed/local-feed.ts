// A revocation feed in the memory of the process that follows it: the real follower and the real view, without the network.

import { randomBytes } from "node:crypto";
import {
  createFollower,
  type FeedTransport,
  type FollowerSource,
  maxEventsPerMessage,
  type RevocationEvent,
  systemClock,
  type Verifier,
} from "@countersign/verifier";

/** A log of this many ended sessions, all of them somebody else's, that live longer than any run. */
export function feedOf(revocations: number): FollowerSource {
  const transport: FeedTransport = {
    async ask({ applied, nonce, lagMs }) {
      const to = Math.min(revocations, applied + maxEventsPerMessage);
      const events = Array.from({ length: to - applied }, (_, index) => endedSession(applied + index + 1));
      const mark = to.toString(16).padStart(16, "0");
      const place = { from: applied, to, mark, hasMore: to < revocations };
      return { ...place, events, nonce, lagMs, horizon: 0, isSnapshot: false, keySet: "" };
    },
  };
  return {
    createFollower: (hooks) =>
      createFollower({
        ...{ transport, clock: systemClock, random: { bytes: (length) => randomBytes(length) } },
        ...{ name: "bench", lagMs: 5000, onStale: "ask", follow: "background" },
        ...hooks,
      }),
  };
}

/** Resolves once the verifier's view is fresh and holds this many events. */
export async function whenFollowed(verifier: Pick<Verifier, "feed" | "start">, number: number): Promise<void> {
  verifier.start();
  for (;;) {
    const state = verifier.feed();
    if (state?.state === "fresh" && state.number >= number) return;
    await systemClock.sleep(1);
  }
}

function endedSession(number: number): RevocationEvent {
  return { number, scope: "session", target: randomBytes(12).toString("base64url"), expires: Date.now() + 86_400_000 };
}
