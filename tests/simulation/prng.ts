// The one source of chance of a simulation: the same seed, the same numbers. Knows nothing of what is decided by it. Not secret.

/** A generator of numbers that look random and are the same for the same seed. It is a `Random` for the code under test as well. */
export interface Prng {
  /** In [0, 1). */
  next(): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** A number in [least, most). */
  between(least: number, most: number): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  /** A name of the table, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
  bytes(length: number): Uint8Array;
  /** Another generator, independent of how many numbers are drawn from this one. */
  fork(label: string): Prng;
}

/** A generator (sfc32) for a seed: any text. */
export function createPrng(seed: string): Prng {
  const draw = sfc32(seed);
  const prng: Prng = {
    next: () => draw() / 2 ** 32,
    chance: (probability) => prng.next() < probability,
    between: (least, most) => least + prng.next() * (most - least),
    whole: (least, most) => least + Math.floor(prng.next() * (most - least + 1)),
    pick(items) {
      const item = items[Math.floor(prng.next() * items.length)];
      if (item === undefined) throw new RangeError("There is nothing to pick from.");
      return item;
    },
    weighted(weights) {
      const names: (keyof typeof weights)[] = [];
      for (const name in weights) names.push(name);
      let left = prng.next() * names.reduce((total, name) => total + weights[name], 0);
      for (const name of names) {
        left -= weights[name];
        if (left < 0) return name;
      }
      return prng.pick(names);
    },
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 4) {
        const word = draw();
        for (let index = at; index < Math.min(at + 4, length); index += 1) bytes[index] = word >>> (8 * (index - at));
      }
      return bytes;
    },
    fork: (label) => createPrng(`${seed}/${label}`),
  };
  return prng;
}

// sfc32 of PractRand, its four words filled from the text by a multiplying hash.
function sfc32(seed: string): () => number {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x2545f491];
  for (let index = 0; index < seed.length; index += 1) {
    const code = seed.charCodeAt(index);
    [a, b, c, d] = [
      Math.imul(a ^ code, 0x85ebca6b) ^ d,
      Math.imul(b ^ code, 0xc2b2ae35) ^ a,
      Math.imul(c ^ code, 0x27d4eb2f) ^ b,
      Math.imul(d ^ code, 0x165667b1) ^ c,
    ];
  }
  const draw = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round += 1) draw();
  return draw;
}
