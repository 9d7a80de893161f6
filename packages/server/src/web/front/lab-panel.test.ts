import { describe, expect, it } from "vitest";
import { aspects, type Report } from "../../lab/contract.ts";
import { readCommittedReport } from "../../lab/report.ts";
import { renderDocument } from "../html.ts";
import { labPanel } from "./lab-panel.ts";

const full: Report = { ...readCommittedReport(), tookSeconds: 262 };
const someRows: Report = { ...full, rows: full.rows.slice(1), tookSeconds: 5 };
const quick: Report = { ...full, conditions: { ...full.conditions, quick: true }, tookSeconds: 48 };

function panel(report: Report, isOwn = false): string {
  return renderDocument(labPanel({ report, isOwn, lab: { running: true } }));
}

describe("the panel of the lab", () => {
  it.each([
    {
      name: "the report was full",
      report: full,
      isOwn: false,
      says: "a full run took 4 min 22 s on the project’s machine",
    },
    { name: "the own report was full", report: full, isOwn: true, says: "a full run took 4 min 22 s here" },
    { name: "it was of some rows", report: someRows, isOwn: true, says: "a full run takes some minutes" },
    { name: "it was quick", report: quick, isOwn: true, says: "a full run takes some minutes" },
  ])("says what a full run takes when $name", ({ report, isOwn, says }) => {
    expect(panel(report, isOwn)).toContain(says);
  });

  it("measures how far a run is by all rows, before it has said anything", () => {
    expect(panel(full)).toContain(`max="${aspects.length}" value="0"`);
  });
});
