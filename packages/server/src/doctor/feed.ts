// Judges the revocation log: where it stands, and whether what has expired is taken away. Pure.

import type { SqliteLogInspection } from "countersign/sqlite";
import { relativeText, timeText } from "../cli/words.ts";
import { type Finding, findingsAbout } from "./finding.ts";

const about = findingsAbout("feed");

/** Pruning comes once a minute: after this long it did not come. */
const overdueMs = 600_000;

/** What there is to say of it at a time, in milliseconds since 1970. */
export function judgeLog({ number, events, horizon, firstExpiry }: SqliteLogInspection, nowMs: number): Finding[] {
  if (firstExpiry !== undefined && nowMs > firstExpiry + overdueMs) {
    return [
      about.warn(
        `The log keeps events that expired ${relativeText(firstExpiry, nowMs)}: nobody prunes it.`,
        "Keep a server running on this folder: it prunes once a minute.",
      ),
    ];
  }
  const pruned = horizon === 0 ? "nothing was pruned yet" : `what expired until ${timeText(horizon)} is pruned`;
  return [
    about.ok(
      `The log stands at number ${number} and keeps ${events === 1 ? "one event" : `${events} events`}; ${pruned}.`,
    ),
  ];
}
