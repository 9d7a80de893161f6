// Medians and spans. Knows no unit.

/** The median and the middle half of a number of observations. */
export interface Spread {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  /** How many there were. */
  readonly count: number;
}

/** The spread of observations; of none at all it is `NaN`. */
export function spread(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    p25: quantile(values, 0.25),
    p75: quantile(values, 0.75),
    count: values.length,
  };
}

/** A spread of one observation. */
export function once(value: number): Spread {
  return { median: value, p25: value, p75: value, count: 1 };
}

/** The value below which this share of all lies, between the two nearest observations. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
