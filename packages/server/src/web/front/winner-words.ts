// Who wins a row of the report, in the page's words: from the winners that were computed, and nothing else.

import { type Column, columns, columnWords, type Row } from "../../lab/contract.ts";
import type { Side } from "../comparison.ts";

/** Which system a column belongs to: it has that one's colour. */
export const columnSides: Readonly<Record<Column, Side>> = {
  session: "session",
  "session-feed": "session",
  jwt: "jwt",
  "jwt-alone": "jwt",
  hybrid: "hybrid",
};

/** The answer to the visitor's question, JWT or session. */
export const classicWords: Readonly<Record<Row["winners"]["classic"], string>> = {
  session: "Session",
  jwt: "JWT",
  tie: "Tie",
  noisy: "Too noisy to say",
};

/** Who leads of all columns: the winner, or those that tie. */
export function leaderWords({ winners, cells }: Row): string {
  const names = winners.leaders.map((column) => columnWords[column]);
  if (columns.every((column) => cells[column].value === null)) return "None has a figure";
  if (winners.all === "noisy") return classicWords.noisy;
  if (names.length === 0) return "Tie of all";
  return winners.all === "tie" ? `Tie of ${inSeries(names)}` : inSeries(names);
}

/** What is to be said where ours, the hybrid and sessions under the feed, is beaten; `undefined` where neither is. */
export function lossWords({ winners }: Row): string | undefined {
  // Where nobody leads nobody is beaten.
  if (winners.leaders.length === 0) return undefined;
  const beaten = (["session-feed", "hybrid"] as const).filter((column) => !winners.leaders.includes(column));
  if (beaten.length === 0) return undefined;
  return `Beaten here: ${inSeries(beaten.map((column) => inSentence(columnWords[column])))}.`;
}

/** How many rows each side wins when the question is JWT or session. */
export function tally(rows: readonly Row[]): Readonly<Record<Row["winners"]["classic"], number>> {
  const counts = { session: 0, jwt: 0, tie: 0, noisy: 0 };
  for (const { winners } of rows) counts[winners.classic] += 1;
  return counts;
}

/** `a`, `a and b`, `a, b and c`. */
export function inSeries(names: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(names);
}

function inSentence(name: string): string {
  return name.startsWith("JWT") ? name : name.charAt(0).toLowerCase() + name.slice(1);
}
