// Points in time as pages show them: absolute in UTC, and relative to a given now. Reads no clock.

import { html, type Piece } from "./html.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const units = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
] as const;

/** `23 Nov 2026, 10:04 UTC` for milliseconds since 1970. */
export function absoluteTime(at: number): string {
  const date = new Date(at);
  const clock = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${clock} UTC`;
}

/** `3 minutes ago`, `in 2 days`, `just now`: `at` seen from `now`, both in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const span = Math.abs(at - now);
  const unit = units.find(({ ms }) => span >= ms);
  if (unit === undefined) return at > now ? "in less than a minute" : "just now";
  const count = Math.floor(span / unit.ms);
  const words = `${count} ${unit.name}${count === 1 ? "" : "s"}`;
  return at > now ? `in ${words}` : `${words} ago`;
}

/** A time as machines and people read it, with both forms; milliseconds since 1970. */
export function timeElement(at: number, now: number): Piece {
  const iso = new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
  return html`<time datetime=${iso}>${relativeTime(at, now)} <span class="time-exact">${absoluteTime(at)}</span></time>`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
