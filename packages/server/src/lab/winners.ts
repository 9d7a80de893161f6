// Who wins a row, from its figures and its margin alone. Knows no system and no scenario.

import { type Cells, type Column, columns, type Margin, type Winners } from "./contract.ts";

/**
 * The winners of a row: *JWT or session*, and of all columns. A figure beats another when it is better by more than the margin; a column
 * without a figure is beaten by every one that has one. Pure.
 */
export function winnersOf(cells: Cells, better: "less" | "more", margin: Margin): Winners {
  const beats = (one: Column, other: Column) => isBetter(cells[one].value, cells[other].value, better, margin);
  const leaders = columns.filter(
    (column) => cells[column].value !== null && !columns.some((other) => beats(other, column)),
  );
  const [best] = leaders;
  const isAlone = best !== undefined && columns.every((other) => other === best || beats(best, other));
  return {
    classic: beats("session", "jwt") ? "session" : beats("jwt", "session") ? "jwt" : "tie",
    all: isAlone ? best : "tie",
    leaders,
  };
}

function isBetter(one: number | null, other: number | null, better: "less" | "more", margin: Margin): boolean {
  if (one === null) return false;
  if (other === null) return true;
  const gain = better === "less" ? other - one : one - other;
  return gain > Math.max(margin.absolute, Math.abs(one) * margin.relative);
}
