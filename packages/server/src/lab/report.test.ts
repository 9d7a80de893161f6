import { describe, expect, it } from "vitest";
import { commandOf } from "./conditions.ts";
import { aspects } from "./contract.ts";
import { readCommittedReport } from "./report.ts";
import { winnersOf } from "./winners.ts";

describe("the committed report", () => {
  const report = readCommittedReport();

  it("is a full run with every row, and names the command that made it", () => {
    expect(report.conditions.quick).toBe(false);
    expect(report.rows.map(({ aspect }) => aspect)).toEqual(aspects);
    expect(report.command).toBe(commandOf(report.conditions));
  });

  it.each(report.rows)(
    "has the winners that the figures of $aspect have",
    ({ cells, better, margin, turns, winners }) => {
      expect(winners).toEqual(winnersOf(cells, better, margin, turns));
    },
  );
});
