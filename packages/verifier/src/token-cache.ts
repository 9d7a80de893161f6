// Remembers what accepted tokens proved, in bounded memory; knows nothing of time, keys or revocation.

/** A bounded map from a token's full text to what was found of it. */
export interface TokenCache<Entry> {
  /** What was kept for exactly this text. Costs one hash of 22 characters and one comparison of the text. */
  get(token: string): Entry | undefined;
  set(token: string, entry: Entry): void;
  delete(token: string): void;
  /** How many tokens are kept. */
  readonly size: number;
}

/**
 * Makes a cache of at most `capacity` tokens (rounded up to even), of about `capacity` KB of text together at most.
 * 0 keeps nothing.
 *
 * Two generations: what is asked for moves to the young one; when that is half of all, it becomes the old one and the
 * former old one is dropped. So each call is O(1), what is in use stays, and more tokens in use than there is room for
 * cost no more than one insertion each.
 */
export function createTokenCache<Entry>(capacity: number): TokenCache<Entry> {
  const half = Math.ceil(capacity / 2);
  let young = new Map<string, Slot<Entry>>();
  let old = new Map<string, Slot<Entry>>();
  let youngCharacters = 0;

  function keep(slot: Slot<Entry>): void {
    const full = young.size >= half || youngCharacters + slot.token.length > half * 1024;
    if (full) {
      old = young;
      young = new Map();
      youngCharacters = 0;
    }
    young.set(tailOf(slot.token), slot);
    youngCharacters += slot.token.length;
  }

  function remove(token: string): void {
    const tail = tailOf(token);
    const slot = young.get(tail);
    if (slot !== undefined && young.delete(tail)) youngCharacters -= slot.token.length;
    old.delete(tail);
  }

  return {
    get(token) {
      const tail = tailOf(token);
      const slot = young.get(tail);
      if (slot !== undefined) return slot.token === token ? slot.entry : undefined;
      const older = old.get(tail);
      if (older === undefined || older.token !== token) return undefined;
      old.delete(tail);
      keep(older);
      return older.entry;
    },
    set(token, entry) {
      if (capacity <= 0) return;
      remove(token);
      keep({ token: ownCopy(token), entry });
    },
    delete: remove,
    get size() {
      return young.size + old.size;
    },
  };
}

interface Slot<Entry> {
  readonly token: string;
  readonly entry: Entry;
}

// The end of a signature is as good as random, so it spreads well, and hashing it costs less than hashing the whole.
function tailOf(token: string): string {
  return token.slice(-22);
}

/** A text of its own: one cut out of a header keeps the whole header in memory, with every other cookie in it. */
export function ownCopy(token: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(token));
}
