// What the followers of this process may rely on, and until when. Knows no store and no network; time is monotonic only.

import type { OnStale } from "@countersign/verifier";
import type { Clock } from "../primitives/clock.ts";
import type { IssuerFollower } from "../stores/contract.ts";

/** One follower's right to rely on an answer. */
export interface Lease {
  /** The follower's own random id. */
  readonly follower: string;
  /** The service key that it came with: nobody else may speak for it. */
  readonly owner: string;
  readonly name: string;
  /** The number up to which it is known to have applied this very log. */
  readonly applied: number;
  readonly lagMs: number;
  readonly onStale: OnStale;
}

/** What all of them come to, as the store has to know it. */
export interface LeaseSummary {
  readonly longestLagMs: number;
  /** The least number applied; null without a lease. Followers that accept when stale are named, and not waited for. */
  readonly leastApplied: number | null;
  /** At most `mostNamed`, those that have applied least first. */
  readonly followers: readonly IssuerFollower[];
}

/** The leases of one process. */
export interface Leases {
  /**
   * Notes a lease from `handledAt` (monotonic milliseconds) on; it takes the place of the follower's earlier one. `taken`: the id belongs to
   * another service key; `full`: there are too many followers.
   */
  note(lease: Lease, handledAt: number): "noted" | "taken" | "full";
  /** Ends every lease of an owner that relies on none of them any more; whether there was one. */
  release(owner: string): boolean;
  summary(): LeaseSummary;
  /** Those in force, and for how many milliseconds they still are. */
  list(): readonly (Lease & { readonly leftMs: number })[];
  /** Milliseconds until the next one ends; `undefined` without a lease. */
  nextEndMs(): number | undefined;
}

/** How far two clocks may drift apart in one lag, the one 1 % slow and the other 1 % fast: 1.01 / 0.99, rounded up. */
export const driftFactor = 1.021;

/** The owner of the view of the issuing process itself. */
export const ownView = "self";

/** How many followers a row names. */
export const mostNamed = 100;

/** The leases of at most `most` followers. */
export function createLeases(clock: Clock, most: number): Leases {
  const leases = new Map<string, Lease & { readonly until: number }>();

  // By monotonic time alone: somebody who sets the wall clock forward must not end what a follower still relies on.
  function living(): readonly (Lease & { readonly until: number })[] {
    const now = clock.monotonic();
    for (const [id, lease] of leases) if (lease.until <= now) leases.delete(id);
    return [...leases.values()];
  }

  // The own view has its place always, and no key takes more than half: one that was stolen must not shut all others out.
  function isRoomFor(owner: string): boolean {
    if (owner === ownView || leases.size < most / 2) return true;
    const others = living().filter((lease) => lease.owner !== ownView);
    return others.length < most && others.filter((lease) => lease.owner === owner).length < Math.max(1, most / 2);
  }

  return {
    note(lease, handledAt) {
      const known = leases.get(lease.follower);
      if (known !== undefined && known.owner !== lease.owner) return "taken";
      if (known === undefined && !isRoomFor(lease.owner)) return "full";
      const until = handledAt + lease.lagMs * driftFactor + 1;
      // A lease granted earlier may run longer than this one: the follower may rely on it still, and barriers have to wait as long.
      const longer =
        known !== undefined && known.until > until ? { lagMs: known.lagMs, until: known.until } : { until };
      leases.set(lease.follower, { ...lease, ...longer });
      return "noted";
    },
    release(owner) {
      const own = living().filter((lease) => lease.owner === owner);
      for (const { follower } of own) leases.delete(follower);
      return own.length > 0;
    },
    summary() {
      const all = [...living()].sort((a, b) => a.applied - b.applied);
      const waited = all.filter(({ onStale }) => onStale !== "insecureAccept");
      return {
        longestLagMs: Math.max(0, ...all.map(({ lagMs }) => lagMs)),
        leastApplied: waited[0]?.applied ?? null,
        // Those of whom nothing is promised first: the barrier has to name them.
        followers: [...all.filter(({ onStale }) => onStale === "insecureAccept"), ...waited]
          .slice(0, mostNamed)
          .map(({ follower, name, applied, onStale }) => ({ id: follower, name, applied, onStale })),
      };
    },
    list() {
      const now = clock.monotonic();
      return living().map(({ until, ...lease }) => ({ ...lease, leftMs: until - now }));
    },
    nextEndMs() {
      const all = living();
      return all.length === 0 ? undefined : Math.min(...all.map(({ until }) => until)) - clock.monotonic();
    },
  };
}
