// Numbers that a seed repeats, for the choice of work. Nothing secret comes from here.

/** Fractions in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of a list, by a fraction. */
export function pick<T>(list: readonly T[], fraction: number): T {
  const found = list[Math.floor(fraction * list.length)];
  if (found === undefined) throw new Error("There is nothing to choose from.");
  return found;
}

/** So many of a list, no one twice, by fractions. Throws where there are not so many. */
export function distinct<T>(list: readonly T[], many: number, choose: () => number): readonly T[] {
  if (list.length < many) throw new Error(`There are not ${many} to choose from.`);
  const left = [...list];
  for (let place = 0; place < many; place += 1) {
    const other = place + Math.floor(choose() * (left.length - place));
    const [one, two] = [left[place], left[other]];
    if (one === undefined || two === undefined) throw new Error("There is nothing to choose from.");
    left[place] = two;
    left[other] = one;
  }
  return left.slice(0, many);
}
