// The log: pino, one line an event, for people or for programs. Keeps secrets out of what it is given; decides nothing.

import { type Logger, pino } from "pino";
import type { Config } from "./config.ts";

/** The server's log. */
export type Log = Logger;

/** A log with this level and format; `write` gets each line with its end. */
export function createLog(options: Config["log"], write: (line: string) => void): Log {
  const destination = { write: options.format === "json" ? write : (line: string) => write(prettyLine(line)) };
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      // Nothing of this kind is ever logged on purpose. This holds also for what nobody thought of.
      redact: { paths: redacted, censor: "[removed]" },
    },
    destination,
  );
}

const redacted = ["authorization", "cookie", "password", "token", "secret", "email"].flatMap((name) => [
  name,
  `*.${name}`,
]);

/** What of an error goes into the log: libraries put addresses, URLs and answers into theirs. */
export function describeError(error: unknown): { type: string; message: string; code?: string; stack?: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: "something that is no error was thrown" };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause instanceof Error ? ` (because: ${error.cause.message})` : "";
  const stack = error.stack === undefined ? {} : { stack: scrub(error.stack) };
  return { type: error.name, message: scrub(error.message + cause), ...code, ...stack };
}

/** A text without mail addresses, tokens and query strings. */
export function scrub(text: string): string {
  return text
    .replace(/[^\s<>"'(),;:@/]+@[^\s<>"'(),;:@/]+\.[^\s<>"'(),;:@/.]+/g, "<address>")
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "<token>")
    .replace(/\?[\w%.-]+=[^\s"')]*/g, "?<query>");
}

/** A line for people: time, level, message, and the other members as `name=value`; stacks below. */
function prettyLine(line: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const members = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const head = `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${String(msg ?? "")}`;
  return `${[head, ...members].join(" ")}\n${prettyError(err)}`;
}

function prettyError(err: unknown): string {
  if (typeof err !== "object" || err === null) return "";
  const text = "stack" in err ? String(err.stack) : "message" in err ? String(err.message) : "";
  return text
    .split("\n")
    .map((row) => `    ${row.trim()}\n`)
    .join("");
}
