// Where requests are recognised in a simulated world: the product's own verifier, own view and recogniser, put together as a service and as an
// issuer put them together. Knows no promise.

import { createRecogniser, type KeptSession } from "../../packages/countersign/src/http/authenticate.ts";
import type { Feed } from "../../packages/countersign/src/revocation/feed.ts";
import { createOwnView } from "../../packages/countersign/src/revocation/own-view.ts";
import { type Store, unbounded } from "../../packages/countersign/src/stores/contract.ts";
import type { Fetch } from "../../packages/verifier/src/bounded-fetch.ts";
import type { Clock } from "../../packages/verifier/src/primitives/clock.ts";
import { createFollower, type FollowerOptions } from "../../packages/verifier/src/revocation/follower.ts";
import type { RevocationView } from "../../packages/verifier/src/revocation/view.ts";
import { createSessionCache } from "../../packages/verifier/src/session-cache.ts";
import type { Awaitable, RequestLike, Verdict } from "../../packages/verifier/src/verdict.ts";
import { createVerifier, insecureJudgeIgnoringExpiry } from "../../packages/verifier/src/verifier.ts";
import { issuer, keySource } from "./credentials.ts";
import type { Prng } from "./prng.ts";

/** Judges requests by a view of the log. */
export interface Door {
  readonly view: RevocationView;
  authenticate(request: RequestLike): Awaitable<Verdict>;
}

/** How many tokens, and how many sessions, are remembered. */
const cacheSize = 100;

/** A service: it follows the feed, and asks the issuer about sessions. */
export function openService(
  following: Omit<FollowerOptions, "onSpoken" | "onRestart" | "onKeySet">,
  fetch: Fetch,
): Door {
  const views: RevocationView[] = [];
  const verifier = createVerifier({
    ...{ issuer, keys: keySource, clock: following.clock, fetch, cacheSize },
    sessions: { serviceKey: `${"a".repeat(12)}.${"s".repeat(43)}` },
    feed: {
      createFollower(hooks) {
        const follower = createFollower({ ...following, ...hooks });
        views.push(follower.view);
        return follower;
      },
    },
  });
  const [view] = views;
  if (view === undefined) throw new Error("The verifier follows no feed.");
  verifier.start();
  return { view, authenticate: verifier.authenticate };
}

/** What an issuer's door stands on. */
export interface IssuerDoorParts {
  readonly clock: Clock;
  readonly random: Prng;
  readonly store: Store;
  readonly feed: Feed;
  readonly lagMs: number;
  readonly lifetimeMs: number;
  /** Whether sessions are kept in memory. */
  readonly keepsSessions: boolean;
  readonly touch: (sid: string) => void;
}

/** An issuer's own door. */
export interface IssuerDoor extends Door {
  /** What it answers a service that asks about a session, as JSON. Throws `Unavailable`. */
  introspect(sessionToken: string): Promise<string>;
}

/** An issuer: it judges by its own view and its store. */
export function openIssuer(parts: IssuerDoorParts): IssuerDoor {
  const { clock, random, store, feed, lagMs, lifetimeMs, touch } = parts;
  const cache = createSessionCache<KeptSession>(clock, cacheSize);
  const hooks = { onSpoken: cache.drop, onRestart: cache.clear };
  const follower = createOwnView(feed, { clock, random, lagMs }, hooks);
  const recogniser = createRecogniser({
    ...{ issuer, store, policy: unbounded, touch, accessLifetimeMs: lifetimeMs },
    verifier: createVerifier({ issuer, keys: keySource, clock, cacheSize, feed: { createFollower: () => follower } }),
    judgeIgnoringExpiry: insecureJudgeIgnoringExpiry({ issuer, keys: keySource, clock }),
    renewal: async () => [],
    ...(parts.keepsSessions ? { sessions: { follower, cache } } : {}),
  });
  return {
    view: follower.view,
    authenticate: (request) => recogniser.request(request),
    async introspect(sessionToken) {
      const verdict = await recogniser.credential(sessionToken);
      if (!verdict.ok) return JSON.stringify({ active: false });
      const { sub, sid, issuer: iss, issuedAt: iat, expiresAt: exp, strategy, data, claims } = verdict.identity;
      // What a recogniser answers to `keepMs`: a tenth of the idle lifetime is as long here.
      const kept = { cache_seconds: Math.floor(lifetimeMs / 1000) };
      return JSON.stringify({ active: true, sub, sid, iss, iat, exp, strategy, data, claims, ...kept });
    },
  };
}
