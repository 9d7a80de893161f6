// Figures out of many measurements, and how people read them. Knows no scenario.

/** The value below which `part` of them are; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? sorted[0] ?? Number.NaN;
}

export interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
  readonly rounds: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    worst: quantile(values, 1),
    rounds: values.length,
  };
}

/** `0.42 ms`, `37 ms`, `9.8 s`. */
export function msText(ms: number): string {
  if (ms >= 1000) return `${short(ms / 1000)} s`;
  return `${short(ms)} ms`;
}

/** The time until a refusal. None has passed where the last service had refused before the owner was told that they are signed out. */
export function refusalText(ms: number): string {
  return ms === 0 ? "already refused" : msText(ms);
}

/** `512 B`, `1.2 MB`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1e6) return `${short(bytes / 1e6)} MB`;
  if (bytes >= 10_000) return `${short(bytes / 1e3)} kB`;
  return `${Math.round(bytes)} B`;
}

/** Three digits that count, at most; thousands with commas. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(size >= 10 ? 3 : 2)));
}
