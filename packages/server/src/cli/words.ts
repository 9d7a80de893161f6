// Times, spans and addresses as the command line reads and writes them. Reads no clock.

import { durationSeconds } from "countersign";
import { misuse } from "../operator-error.ts";

/** `2026-11-23 10:04:05Z` for milliseconds since 1970; `-` for none. */
export function timeText(ms: number | null): string {
  if (ms === null) return "-";
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** How many of a unit make the next. */
const units = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
] as const;

/** `4 minutes ago`, `in 2 days`: a time seen from now, both in milliseconds since 1970. */
export function relativeText(ms: number, nowMs: number): string {
  return ms > nowMs ? `in ${spanText(ms - nowMs)}` : `${spanText(nowMs - ms)} ago`;
}

/** `7 days`, `30 minutes`: a span in milliseconds, to the nearest whole unit. */
export function spanText(ms: number): string {
  let span = ms / 1000;
  for (const [name, next] of units) {
    if (Math.round(span) < next) return counted(Math.round(span), name);
    span /= next;
  }
  return counted(Math.round(span), "day");
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** Milliseconds of a duration on the command line: `30m`, `12h`, `7d`. */
export function readDuration(option: string, text: string): number {
  const seconds = durationSeconds(/^\d+$/.test(text) ? Number(text) : text);
  if (seconds === undefined) throw misuse(`--${option} takes a duration: seconds, or a number with s, m, h or d`);
  return seconds * 1000;
}

/** Milliseconds since 1970 of a date on the command line: `2026-12-31`, `2026-12-31T18:00:00Z`. */
export function readTime(option: string, text: string): number {
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw misuse(`--${option} takes a date, such as 2026-12-31 or 2026-12-31T18:00:00Z`);
  return ms;
}

/** A whole number on the command line. */
export function readCount(option: string, text: string | undefined, fallback: number, most: number): number {
  const count = text === undefined ? fallback : /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw misuse(`--${option} takes a whole number from 1 to ${most}`);
  return count;
}
