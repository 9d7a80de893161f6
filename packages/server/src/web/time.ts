// Points in time as pages show them: absolute in UTC, and relative to a given now. Reads no clock.

import { html, type Piece } from "./html.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const minuteMs = 60_000;

/** How many of a unit make the next. */
const units = [
  { name: "minute", next: 60 },
  { name: "hour", next: 24 },
  { name: "day", next: Number.POSITIVE_INFINITY },
] as const;

/** `23 Nov 2026, 10:04 UTC` for milliseconds since 1970. */
export function absoluteTime(at: number): string {
  const date = new Date(at);
  const clock = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${clock} UTC`;
}

/**
 * `3 minutes ago`, `in 2 days`, `just now`: `at` seen from `now`, both in milliseconds since 1970. To the nearest whole unit: what lasts 30 days
 * does not end in 29 a moment later.
 */
export function relativeTime(at: number, now: number): string {
  const span = Math.abs(at - now);
  if (span < minuteMs) return at > now ? "in less than a minute" : "just now";
  let ms = minuteMs;
  for (const { name, next } of units) {
    const count = Math.round(span / ms);
    if (count < next) return inWords(`${count} ${name}${count === 1 ? "" : "s"}`, at > now);
    ms *= next;
  }
  throw new Error("A time that is no number cannot be told.");
}

function inWords(span: string, isAhead: boolean): string {
  return isAhead ? `in ${span}` : `${span} ago`;
}

/** A time as machines and people read it, with both forms; milliseconds since 1970. */
export function timeElement(at: number, now: number): Piece {
  const iso = new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
  return html`<time datetime=${iso}>${relativeTime(at, now)} <span class="time-exact">${absoluteTime(at)}</span></time>`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
