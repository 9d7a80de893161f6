// Waiting until an end holds everywhere, on the command line: its words, its exit code. Ends nothing.

import type { Clock } from "@countersign/verifier";
import type { Auth, BarrierResult } from "countersign";
import type { ExitCode } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { printable } from "./table.ts";
import { timeText } from "./words.ts";

/** What the option `--wait` comes to for `auth.sessions.end` and its like. */
export function endOptions(invocation: Invocation): { readonly wait?: "everywhere" } {
  return invocation.flag("wait") ? { wait: "everywhere" } : {};
}

/** What to print as JSON beside what ended; nothing where nothing was waited for. */
export function everywhereJson(reached: BarrierResult | undefined): object {
  if (reached === undefined) return {};
  const { outcome, number, ms, waitedOut, insecure } = reached;
  return { everywhere: { outcome, number, ms: Math.ceil(ms), waited_out: waitedOut, insecure } };
}

/** The same in words, a line each; empty where nothing was waited for. */
export function everywhereWords(reached: BarrierResult | undefined): string {
  if (reached === undefined) return "";
  const { outcome, ms, waitedOut, insecure } = reached;
  const lines =
    outcome === "everywhere"
      ? [`Refused everywhere after ${Math.ceil(ms)} ms.`]
      : [
          "Whether it is refused everywhere is not known: the database could not be read. It has ended, and services that\nfollow the feed refuse it once their lag is over.",
        ];
  if (waitedOut.length > 0) {
    lines.push(
      `Waited out, for they did not answer: ${printable(waitedOut.join(", "))}. They judge by what they knew no more.`,
    );
  }
  if (insecure.length > 0) {
    lines.push(
      `Nothing is promised of those that accept when they know nothing (insecureAccept): ${printable(insecure.join(", "))}.`,
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** 1 when it is not known whether it holds everywhere, otherwise 0. */
export function exitCodeOf(reached: BarrierResult | undefined): ExitCode {
  return reached?.outcome === "notKnown" ? 1 : 0;
}

/** How far clocks may differ, by which verifiers take a token for longer. */
const leewayMs = 10_000;
const minuteMs = 60_000;

/** What becomes of the access tokens of a `jwt` sign-in that has just ended. */
export function outlivingWords({ options }: Pick<Auth, "options">, clock: Pick<Clock, "now">): string {
  const latest = Math.ceil((clock.now() + options.jwt.lifetimeSeconds * 1000 + leewayMs) / minuteMs) * minuteMs;
  // `2026-11-23 10:04:00Z`: the minute is enough.
  const clockTime = `${timeText(latest).slice(11, 16)}Z`;
  return `Services that do not follow the feed accept an access token of the strategy jwt until it runs out, at ${clockTime} at the latest.\n`;
}
