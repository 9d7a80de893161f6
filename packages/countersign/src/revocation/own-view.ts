// This process's own view of the log: a follower like any other, which asks without a network. Knows no request.

import {
  type Clock,
  createFollower,
  type FeedTransport,
  type Follower,
  type FollowerSource,
  type RevocationMessage,
  Unavailable,
} from "@countersign/verifier";
import type { Random } from "../primitives/random.ts";
import type { Feed } from "./feed.ts";
import { ownView } from "./leases.ts";

/** What an own view needs. */
export interface OwnViewParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly lagMs: number;
  /** Never to accept: who makes the promises keeps them. Default `"ask"`. */
  readonly onStale?: "ask" | "refuse" | undefined;
}

/** Makes the own view. It follows while it is used, and rests otherwise. */
export function createOwnView(
  feed: Feed,
  { onStale = "ask", ...parts }: OwnViewParts,
  hooks: Parameters<FollowerSource["createFollower"]>[0] = {},
): Follower {
  const transport: FeedTransport = {
    async ask(question) {
      const answer = await feed.ack(question, ownView);
      if (typeof answer === "string") throw new Unavailable("feed_unavailable", `The own feed refused: ${answer}.`);
      // It counts against no key's allowance.
      if ("waitMs" in answer) throw new Unavailable("feed_unavailable", "The own feed has to wait.");
      return answer;
    },
    stream: (from, onMessage, signal) => streamFrom(feed, from, onMessage, signal),
  };
  const ways = { onStale, follow: "background", restsWhenUnused: true, acknowledgeAfterMs: 0 } as const;
  return createFollower({ ...parts, transport, name: "issuer", ...ways, ...hooks });
}

function streamFrom(
  feed: Feed,
  from: { applied: number; mark: string },
  onMessage: (message: RevocationMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const position = { number: from.applied, mark: from.mark };
    const stop = feed.subscribe(position, ({ message }) => onMessage(message));
    const end = () => {
      stop();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
