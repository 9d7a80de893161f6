// Who wins a row, from its figures and its margin alone. Knows no system and no scenario.

import { type Cells, type Column, columns, type Margin, type Undecided, type Winners } from "./contract.ts";

/** A margin above this part is set by scatter, and who does not win by more than it has not tied: it is too noisy to say. */
export const noisyAbove = 0.5;

/**
 * The winners of a row: *JWT or session*, and of all columns. A figure beats another when it is better by more than the margin; a column
 * without a figure is beaten by every one that has one. Pure.
 */
export function winnersOf(cells: Cells, better: "less" | "more", margin: Margin): Winners {
  const beats = (one: Column, other: Column) => isBetter(cells[one].value, cells[other].value, better, margin);
  const undecided: Undecided = margin.relative > noisyAbove ? "noisy" : "tie";
  const unbeaten = columns.filter(
    (column) => cells[column].value !== null && !columns.some((other) => beats(other, column)),
  );
  const [best] = unbeaten;
  const isAlone = best !== undefined && columns.every((other) => other === best || beats(best, other));
  // Where all are as good as each other there is nothing to mark.
  const isLed = isAlone || (undecided === "tie" && unbeaten.length < columns.length);
  return {
    classic: beats("session", "jwt") ? "session" : beats("jwt", "session") ? "jwt" : undecided,
    all: isAlone ? best : undecided,
    leaders: isLed ? unbeaten : [],
  };
}

function isBetter(one: number | null, other: number | null, better: "less" | "more", margin: Margin): boolean {
  if (one === null) return false;
  if (other === null) return true;
  const gain = better === "less" ? other - one : one - other;
  // Of the smaller figure in both directions: "80 % more" is said of what is less.
  return gain > Math.max(margin.absolute, Math.min(Math.abs(one), Math.abs(other)) * margin.relative);
}
