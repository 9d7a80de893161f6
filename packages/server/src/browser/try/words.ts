// Spans and moments in words, to the second. Reads no clock.

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** `5 minutes`, `1 day 3 hours`: a span in seconds, in its two largest units. */
export function spanText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "for ever";
  const whole = Math.round(Math.abs(seconds));
  const first = units.findIndex(([, size]) => whole >= size);
  if (first === -1) return "0 seconds";
  let rest = whole;
  const parts = units.slice(first, first + 2).map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? "" : `${count} ${name}${count === 1 ? "" : "s"}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}

/** `23 Nov 2026, 10:04:05 UTC`, for milliseconds since 1970. */
export function momentText(ms: number): string {
  if (!(Math.abs(ms) <= lastMoment)) return "a moment beyond every calendar";
  const date = new Date(ms);
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(pad).join(":");
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${clock} UTC`;
}

/** `in 5 minutes`, `3 hours ago`: a moment seen from now, both in milliseconds since 1970. */
export function distanceText(ms: number, nowMs: number): string {
  const seconds = Math.round((ms - nowMs) / 1000);
  if (seconds === 0) return "now";
  return seconds > 0 ? `in ${spanText(seconds)}` : `${spanText(seconds)} ago`;
}

/** `43 bytes`. */
export function bytesText(bytes: number): string {
  return `${`${bytes}`.replace(/\B(?=(\d{3})+$)/g, "\u202f")} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** The last moment of a `Date`, in milliseconds since 1970. */
const lastMoment = 8.64e15;

function pad(number: number): string {
  return `${number}`.padStart(2, "0");
}
