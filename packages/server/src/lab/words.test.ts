import { describe, expect, it } from "vitest";
import { resolveConditions } from "./conditions.ts";
import { type Cell, type Column, columns, type Report } from "./contract.ts";
import { judgeRow } from "./run.ts";
import { reportMarkdown, reportText } from "./words.ts";

const cells = Object.fromEntries(
  columns.map((column, index): [Column, Cell] => [
    column,
    { value: index, unit: "things", text: `${index} things`, detail: `Seen: ${index} | more.` },
  ]),
) as Record<Column, Cell>;

const report: Report = {
  ...{ format: 1, date: "2026-11-23T12:00:00.000Z", command: "countersign compare --seed 1", tookSeconds: 12.5 },
  machine: { cpu: "A processor", cores: 4, memoryBytes: 8 * 2 ** 30, os: "Linux 6" },
  ...{ versions: { countersign: "0.1.0", node: "24.0.0" }, conditions: resolveConditions({}) },
  rows: [
    judgeRow({
      ...{
        aspect: "state",
        title: "State",
        sentence: "What was measured.",
        note: "What must be known.",
        limits: "What it does not show.",
      },
      ...{ cells, better: "less", margin: { relative: 0, absolute: 0 } },
    }),
  ],
};

describe("a report in words", () => {
  it("is a table for a terminal, leaders marked", () => {
    expect(reportText(report).split("\n").slice(2, 7)).toEqual([
      "State  * Session                 0 things",
      "         Session under the feed  1 things",
      "         JWT with refresh        2 things",
      "         JWT alone               3 things",
      "         Hybrid                  4 things",
    ]);
    expect(reportText(report)).toContain("State     session         session");
    expect(reportText(report)).toContain("State: What was measured. What must be known.");
    expect(reportText(report)).toContain("JWT alone: no refresh token");
    expect(reportText(report)).toContain("A processor, 4 cores, 8 GiB, Linux 6, Node.js 24.0.0, Countersign 0.1.0");
  });

  it("is Markdown with details, margin and limits", () => {
    const text = reportMarkdown(report);
    expect(text).toContain("| State | 0 things | 1 things | 2 things | 3 things | 4 things | session | session |");
    expect(text).toContain("- **Hybrid**: 4 things. Seen: 4 | more.");
    expect(text).toContain("better by more than 0 % of the smaller one and 0 (things; less is better)");
    expect(text).toContain("Limits: What it does not show.");
  });
});
