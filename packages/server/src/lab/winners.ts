// Who wins a row, from its figures, its turns and its margin alone. Knows no system and no scenario.

import { type Cells, type Column, columns, type Margin, type Turns, type Undecided, type Winners } from "./contract.ts";
import { quantile } from "./figures.ts";

/** A margin above this part is set by scatter, and who does not win by more than it has not tied: it is too noisy to say. */
export const noisyAbove = 0.5;

/**
 * The winners of a row: *JWT or session*, and of all columns. Where the columns took turns they are compared turn by turn; otherwise a figure beats
 * another when it is better by more than the margin. A column without a figure is beaten by every one that has one. Pure.
 */
export function winnersOf(cells: Cells, better: "less" | "more", margin: Margin, turns?: Turns): Winners {
  const compare = (one: Column, other: Column): Outcome =>
    turns === undefined || cells[one].value === null || cells[other].value === null
      ? compareFigures(cells[one].value, cells[other].value, better, margin)
      : compareTurns(turns[one], turns[other], better, margin);
  const beats = (one: Column, other: Column) => compare(one, other) === "better";
  const unbeaten = columns.filter(
    (column) => cells[column].value !== null && !columns.some((other) => beats(other, column)),
  );
  const [best] = unbeaten;
  const isAlone = best !== undefined && columns.every((other) => other === best || beats(best, other));
  const rivals = unbeaten.length > 1 ? unbeaten : columns;
  const isNoisy = unbeaten.some((one) => rivals.some((other) => one !== other && compare(one, other) === "unclear"));
  // Where all are as good as each other there is nothing to mark.
  const isLed = isAlone || (!isNoisy && unbeaten.length < columns.length);
  return {
    classic: classicOf(compare("session", "jwt")),
    all: isAlone ? best : isNoisy ? "noisy" : "tie",
    leaders: isLed ? unbeaten : [],
  };
}

type Outcome = "better" | "worse" | "alike" | "unclear";

function classicOf(outcome: Outcome): "session" | "jwt" | Undecided {
  return ({ better: "session", worse: "jwt", alike: "tie", unclear: "noisy" } as const)[outcome];
}

/**
 * One against the other, of the same turns: the middle half of the ratios lies beyond the margin, or within it, or across it, which is unclear. A ratio of
 * two that were taken one after another does not see what falls on both.
 */
function compareTurns(
  one: readonly number[],
  other: readonly number[],
  better: "less" | "more",
  { relative }: Margin,
): Outcome {
  const [above, below] = better === "more" ? [one, other] : [other, one];
  const ratios = above.map((value, turn) => value / (below[turn] ?? Number.NaN));
  const low = quantile(ratios, 0.25);
  // The same from the other side, so that it does not matter who is compared with whom.
  const high =
    1 /
    quantile(
      ratios.map((ratio) => 1 / ratio),
      0.25,
    );
  const least = 1 + relative;
  if (low > least) return "better";
  if (high < 1 / least) return "worse";
  return low >= 1 / least && high <= least ? "alike" : "unclear";
}

function compareFigures(one: number | null, other: number | null, better: "less" | "more", margin: Margin): Outcome {
  if (isBetter(one, other, better, margin)) return "better";
  if (isBetter(other, one, better, margin)) return "worse";
  return margin.relative > noisyAbove ? "unclear" : "alike";
}

function isBetter(one: number | null, other: number | null, better: "less" | "more", margin: Margin): boolean {
  if (one === null) return false;
  if (other === null) return true;
  const gain = better === "less" ? other - one : one - other;
  // Of the smaller figure in both directions: "80 % more" is said of what is less.
  return gain > Math.max(margin.absolute, Math.min(Math.abs(one), Math.abs(other)) * margin.relative);
}
