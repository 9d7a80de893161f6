// Remembers what accepted tokens proved, in bounded memory; knows nothing of time, keys or revocation.

/** A bounded map from a token's full text to what was found of it. */
export interface TokenCache<Entry> {
  /** What was kept for exactly this text. Costs one hash of 22 characters and one comparison of the text. */
  get(token: string): Entry | undefined;
  /** Keeps an entry. `weight`: about how many bytes hang on it, beside its text; one that is too heavy for the whole cache is not kept. */
  set(token: string, entry: Entry, weight?: number): void;
  delete(token: string): void;
  /** How many tokens are kept. */
  readonly size: number;
}

/**
 * Makes a cache of at most `capacity` tokens (rounded up to even), whose text and weight together are at most about `capacity` KB, beside a KB
 * for each. 0 keeps nothing.
 *
 * Two generations: what is asked for moves to the young one; when that is half of all, it becomes the old one and the
 * former old one is dropped. So each call is O(1), what is in use stays, and more tokens in use than there is room for
 * cost no more than one insertion each.
 */
export function createTokenCache<Entry>(capacity: number): TokenCache<Entry> {
  const half = Math.ceil(capacity / 2);
  let young = new Map<string, Slot<Entry>>();
  let old = new Map<string, Slot<Entry>>();
  let youngWeight = 0;

  function keep(slot: Slot<Entry>): void {
    if (young.size >= half || youngWeight + slot.weight > half * 1024) {
      old = young;
      young = new Map();
      youngWeight = 0;
    }
    young.set(tailOf(slot.token), slot);
    youngWeight += slot.weight;
  }

  function remove(token: string): void {
    const tail = tailOf(token);
    const slot = young.get(tail);
    if (slot !== undefined && young.delete(tail)) youngWeight -= slot.weight;
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
    set(token, entry, weight = 0) {
      if (capacity <= 0) return;
      remove(token);
      const slot = { token: ownCopy(token), entry, weight: token.length + weight };
      if (slot.weight <= half * 1024) keep(slot);
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
  readonly weight: number;
}

// The end of a signature is as good as random, so it spreads well, and hashing it costs less than hashing the whole.
function tailOf(token: string): string {
  return token.slice(-22);
}

/** A text of its own: one cut out of a header keeps the whole header in memory, with every other cookie in it. */
export function ownCopy(token: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(token));
}
