// Remembers sessions that were looked up, for as long as a revocation view vouches for them; asks nobody and knows no request.

import type { Clock } from "./primitives/clock.ts";
import type { RevocationView } from "./revocation/view.ts";
import { createTokenCache, ownCopy } from "./token-cache.ts";

/** What a look-up found, and for how long it may be kept at the most. */
export interface FoundSession<Entry> {
  readonly sid: string;
  readonly entry: Entry;
  /** One access-token lifetime at the most: the log keeps events only that long. And a tenth of the idle lifetime, lest use go unnoticed. */
  readonly keepMs: number;
  /** About how many bytes hang on the entry. */
  readonly weight: number;
}

/**
 * Sessions in bounded memory. Whoever asks it has to see to it that the view is fresh: then an ended or changed session is not in it.
 * Keyed by the session token in the memory of this process, and nowhere else.
 */
export interface SessionCache<Entry> {
  /** What is kept for this session token. Costs a look-up in memory. */
  get(sessionToken: string): Entry | undefined;
  /**
   * To be called before a look-up is sent. The function it answers keeps what was found, unless an event that speaks of the session has come
   * meanwhile: the look-up may be older than it. Answers whether it was kept.
   */
  beginLookUp(
    view: Pick<RevocationView, "applied" | "epoch" | "newestOf" | "hasEnded">,
  ): (sessionToken: string, found: FoundSession<Entry>) => boolean;
  /** Forgets a session: an event speaks of it. */
  drop(sid: string): void;
  /** Forgets all: the view began anew, and may not know of what happened in between. */
  clear(): void;
  readonly size: number;
}

interface Kept<Entry> {
  readonly entry: Entry;
  readonly until: { readonly monotonic: number; readonly wall: number };
}

/** A cache of at most `capacity` sessions, bounded in bytes as a cache of tokens; 0 keeps nothing. */
export function createSessionCache<Entry>(clock: Clock, capacity: number): SessionCache<Entry> {
  let kept = createTokenCache<Kept<Entry>>(capacity);
  // Events speak of sids; the cache is asked for tokens.
  let tokens = new Map<string, string>();

  function forgetDropped(): void {
    // What the bounded cache has let go leaves its sid here; in time that is more than the cache itself.
    if (tokens.size <= 2 * capacity + 16) return;
    tokens = new Map([...tokens].filter(([, token]) => kept.get(token) !== undefined));
  }

  return {
    get(sessionToken) {
      const found = kept.get(sessionToken);
      if (found === undefined) return undefined;
      const { monotonic, wall } = found.until;
      if (clock.monotonic() < monotonic && clock.now() < wall) return found.entry;
      kept.delete(sessionToken);
      return undefined;
    },
    beginLookUp(view) {
      const { applied, epoch } = view;
      const began = { monotonic: clock.monotonic(), wall: clock.now() };
      return (sessionToken, { sid, entry, keepMs, weight }) => {
        if (view.epoch !== epoch || view.newestOf(sid) > applied || capacity <= 0 || keepMs <= 0) return false;
        // Only a store that was put back says otherwise than the view.
        if (view.hasEnded(sid)) return false;
        const until = { monotonic: began.monotonic + keepMs, wall: began.wall + keepMs };
        kept.set(sessionToken, { entry, until }, weight);
        if (kept.get(sessionToken) === undefined) return false;
        tokens.set(sid, ownCopy(sessionToken));
        forgetDropped();
        return true;
      };
    },
    drop(sid) {
      const token = tokens.get(sid);
      if (token === undefined) return;
      tokens.delete(sid);
      kept.delete(token);
    },
    clear() {
      kept = createTokenCache(capacity);
      tokens = new Map();
    },
    get size() {
      return kept.size;
    },
  };
}
