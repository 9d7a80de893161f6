// Durations as people write them: "5m", "30d".

/** A duration: seconds, or a number with a unit: `"90s"`, `"5m"`, `"12h"`, `"30d"`. */
export type Duration = number | `${number}${"s" | "m" | "h" | "d"}`;

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of a duration; `undefined` when the text is none, is negative or passes a century. */
export function durationSeconds(duration: unknown): number | undefined {
  const seconds = typeof duration === "number" ? duration : parse(duration);
  if (seconds === undefined || !Number.isFinite(seconds) || seconds < 0 || seconds > 36_525 * 86_400) return undefined;
  return seconds;
}

function parse(text: unknown): number | undefined {
  const match = typeof text === "string" ? /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text) : null;
  if (match === null) return undefined;
  const unit = match[2] as keyof typeof unitSeconds;
  return Number(match[1]) * unitSeconds[unit];
}
