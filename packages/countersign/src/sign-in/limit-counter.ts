// Counts by one rule over a bounded number of keys, in memory. Knows neither what is counted nor who asks.

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { sha256 } from "../primitives/bytes.ts";

/** So many within so many seconds; beyond that nothing for a while, longer each time. */
export interface LimitRule {
  readonly points: number;
  readonly perSeconds: number;
  /** The first block. It doubles with each further one within a day, up to `maxBlockSeconds`. */
  readonly blockSeconds: number;
  readonly maxBlockSeconds: number;
}

/** There is no attempt left: the next one may come in so many seconds. */
export interface Limited {
  readonly ok: false;
  readonly retryAfterSeconds: number;
  /** Whether this attempt is the one that began the pause: worth a line in the audit log, which those after it are not. */
  readonly begins: boolean;
}

/** Room for one attempt that is still to be judged; exactly one of its methods is to be called, once. */
export interface Room {
  readonly ok: true;
  /** It failed: it counts. */
  failed(): Promise<void>;
  /** It succeeded: earlier failures of the key are forgotten too. */
  succeeded(): Promise<void>;
  /** It counts for nothing. */
  dropped(): void;
}

/** One rule over many keys. Keys are hashed: a dump of the memory shows no addresses. */
export interface LimitCounter {
  /** Counts one, whatever comes of it. */
  take(name: string): Promise<{ readonly ok: true } | Limited>;
  /**
   * Makes room for one that counts only if it fails. Those under way take up room like failures, so that many at once cannot slip by; where
   * that is all that is in the way, it waits until they are judged, in turn. Nobody is blocked for what may yet succeed.
   */
  begin(name: string): Promise<Room | Limited>;
}

/** More than so many of one key do not wait for room: each holds a connection. */
const maxWaiting = 100;

const strikeSeconds = 86_400;

/** A counter that remembers `maxKeys` keys; beyond that it forgets the one unused for longest. */
export function createLimitCounter(rule: LimitRule, maxKeys: number): LimitCounter {
  const counts = new RateLimiterMemory({ points: rule.points, duration: rule.perSeconds });
  const strikes = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: strikeSeconds });
  const underWay = createUnderWay();
  const forget = async (key: string) => {
    await counts.delete(key);
    await strikes.delete(key);
  };
  const recent = createRecency(maxKeys, forget);
  const takeOne = async (key: string) => {
    const state = await consume(counts, key);
    if (state.consumedPoints <= rule.points) return { ok: true } as const;
    if (state.consumedPoints > rule.points + 1) return limited(state.msBeforeNext, false);
    // Exactly one attempt is the first too many, however many come at once: it starts the block.
    const { consumedPoints: strike } = await strikes.penalty(key);
    const seconds = Math.min(rule.blockSeconds * 2 ** (strike - 1), rule.maxBlockSeconds);
    await counts.block(key, seconds);
    return limited(seconds * 1000, true);
  };
  const roomIn = (group: Group): Room => {
    const { key } = group;
    return {
      ok: true,
      async failed() {
        await counts.penalty(key);
        group.judged();
      },
      async succeeded() {
        await forget(key);
        group.judged();
      },
      dropped: () => group.judged(),
    };
  };
  return {
    async take(name) {
      const key = sha256(name);
      await recent.touch(key);
      return takeOne(key);
    },
    async begin(name) {
      const key = sha256(name);
      await recent.touch(key);
      const group = underWay.join(key);
      for (;;) {
        const { next } = group;
        const failures = countOf(await counts.get(key));
        // One was judged while its failures were being read: they are read again.
        if (group.next !== next) continue;
        if (failures <= rule.points && failures + group.running < rule.points) {
          group.running += 1;
          return roomIn(group);
        }
        if (failures <= rule.points && group.running > 0 && group.waiting() <= maxWaiting) {
          await next.promise;
          continue;
        }
        group.leave();
        // Full of what is not judged yet, and of those who wait for it: no reason for a block.
        return failures < rule.points ? limited(1000, false) : refusalOf(await takeOne(key));
      }
    },
  };
}

/** Attempts of one key that are under way, and those who wait for them. */
interface Group {
  readonly key: string;
  running: number;
  /** Resolves when the next of them is judged. */
  next: PromiseWithResolvers<void>;
  /** How many have joined and are not running. */
  waiting(): number;
  /** One of those running is judged, and leaves. */
  judged(): void;
  leave(): void;
}

/** Groups exist while somebody is in them. */
function createUnderWay() {
  const groups = new Map<string, { readonly group: Group; members: number }>();
  const make = (key: string) => {
    const group: Group = {
      key,
      running: 0,
      next: Promise.withResolvers<void>(),
      waiting: () => entry.members - group.running,
      judged() {
        group.running -= 1;
        group.leave();
        const { next } = group;
        group.next = Promise.withResolvers<void>();
        next.resolve();
      },
      leave() {
        entry.members -= 1;
        if (entry.members === 0) groups.delete(key);
      },
    };
    const entry = { group, members: 0 };
    groups.set(key, entry);
    return entry;
  };
  return {
    join(key: string): Group {
      const entry = groups.get(key) ?? make(key);
      entry.members += 1;
      return entry.group;
    },
  };
}

/** The library rejects with its result when the points are used up; here both are values. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (result) {
    if (result instanceof RateLimiterRes) return result;
    throw result;
  }
}

function countOf(state: RateLimiterRes | null): number {
  return state === null || state.msBeforeNext <= 0 ? 0 : state.consumedPoints;
}

function limited(ms: number, begins: boolean): Limited {
  return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)), begins };
}

// The period of the rule may end between reading and taking: then whoever asks again gets room.
function refusalOf(taken: { readonly ok: true } | Limited): Limited {
  return taken.ok ? limited(1000, false) : taken;
}

/** Keys in the order of their last use; `forget` is called with the oldest when there are too many. */
function createRecency(maxKeys: number, forget: (key: string) => Promise<void>) {
  const keys = new Set<string>();
  return {
    async touch(key: string): Promise<void> {
      keys.delete(key);
      keys.add(key);
      const [oldest] = keys.size > maxKeys ? keys : [];
      if (oldest === undefined) return;
      keys.delete(oldest);
      await forget(oldest);
    },
  };
}
