// The options of following the revocation feed, read and checked; knows no token.

import type { Fetch } from "./bounded-fetch.ts";
import { numberWithin, requireOptions, requireServiceKey, safeUrl } from "./option-readers.ts";
import type { Clock } from "./primitives/clock.ts";
import { ConfigurationError } from "./primitives/errors.ts";
import { type RandomSource, runtimeRandom } from "./primitives/random.ts";
import { lagBounds, type OnStale } from "./revocation/event.ts";
import type { FollowerOptions } from "./revocation/follower.ts";
import { createHttpTransport } from "./revocation/http-transport.ts";

/** How a verifier follows the issuer's revocation feed. */
export interface FeedOptions {
  /** The service key, `id.secret`, with the scope `follow`. Made by `countersign services add`. */
  readonly serviceKey: string;
  /** Where the feed is. Default: `/auth/revocations` under the issuer. `https:`, or `http:` on localhost. */
  readonly url?: string | undefined;
  /** This service's name, for the barrier's result and the metrics. Default `"service"`. */
  readonly name?: string | undefined;
  /** The oldest view of revocations that counts, in milliseconds, 100 to 60 000. The issuer may allow less. Default 5000. */
  readonly lagMs?: number | undefined;
  /**
   * What to do with a request while the view is older: `"ask"` the issuer within the request (default); `"refuse"`: 503 at once;
   * `"insecureAccept"`: go on with what is known, and tell the issuer that nothing is promised of this service. A warning
   * says so once for each verifier.
   */
  readonly onStale?: OnStale | undefined;
  /**
   * `"background"` (default): keeps asking between requests, and is told within milliseconds. `"on-demand"`: asks within a request when the view is
   * older than a third of the lag; for runtimes that do nothing between requests.
   */
  readonly follow?: "background" | "on-demand" | undefined;
  /** How long one question may take, in milliseconds. Default 3000. */
  readonly timeoutMs?: number | undefined;
}

const knownOptions = ["serviceKey", "url", "name", "lagMs", "onStale", "follow", "timeoutMs"];

/** What a follower needs of these options. Throws `ConfigurationError`, naming the option. */
export function readFeedOptions(
  issuer: string,
  options: FeedOptions,
  tools: { readonly fetch: Fetch | undefined; readonly clock: Clock; readonly random?: RandomSource | undefined },
): FollowerOptions {
  requireOptions("feed", options, knownOptions);
  const { serviceKey, name = "service", onStale = "ask", follow = "background" } = options;
  requireServiceKey("feed.serviceKey", serviceKey);
  const url = safeUrl("feed.url", options.url ?? `${issuer.replace(/\/$/, "")}/auth/revocations`);
  if (typeof name !== "string" || name === "" || name.length > 64) {
    throw new ConfigurationError("feed.name", "must be a text of 1 to 64 characters");
  }
  const lagMs = numberWithin("feed.lagMs", options.lagMs ?? 5000, lagBounds.least, lagBounds.most);
  const timeoutMs = numberWithin("feed.timeoutMs", options.timeoutMs ?? 3000, 1, 60_000);
  if (!["ask", "refuse", "insecureAccept"].includes(onStale)) {
    throw new ConfigurationError("feed.onStale", "must be ask, refuse or insecureAccept");
  }
  if (follow !== "background" && follow !== "on-demand") {
    throw new ConfigurationError("feed.follow", "must be background or on-demand");
  }
  const { clock, random = runtimeRandom } = tools;
  const fetch: Fetch = tools.fetch ?? ((...call) => globalThis.fetch(...call));
  const transport = createHttpTransport({ url, serviceKey, fetch, clock, timeoutMs });
  return { transport, clock, random, name, lagMs, onStale, follow };
}
