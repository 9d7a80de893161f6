import { describe, expect, it } from "vitest";
import { aspects, type Report } from "../../lab/contract.ts";
import { readCommittedReport } from "../../lab/report.ts";
import { renderDocument } from "../html.ts";
import { labPanel } from "./lab-panel.ts";

const full: Report = { ...readCommittedReport(), tookSeconds: 262 };
const quick: Report = { ...full, conditions: { ...full.conditions, quick: true }, tookSeconds: 167 };

function panel(report: Report, isOwn = false): string {
  return renderDocument(labPanel({ report, isOwn, lab: { running: true } }));
}

describe("the panel of the lab", () => {
  it.each([
    {
      name: "the report was full",
      report: full,
      isOwn: false,
      says: "The last full run took 4 min 22 s on the project’s machine; a quick one takes a fraction of that.",
    },
    { name: "the own report was full", report: full, isOwn: true, says: "The last full run took 4 min 22 s here" },
    {
      name: "it was quick",
      report: quick,
      isOwn: true,
      says: "The last quick run took 2 min 47 s here; a full one takes several times as long.",
    },
  ])("says what the last run took when $name", ({ report, isOwn, says }) => {
    expect(panel(report, isOwn)).toContain(says);
  });

  it("says how long a run has taken, and that nothing of it is kept when it is stopped", () => {
    const progress = { done: 0, of: 7, aspect: "state", words: "filling a store", elapsedSeconds: 70 } as const;
    const running = renderDocument(labPanel({ report: full, isOwn: false, lab: { running: true, progress } }));
    expect(running).toContain("Running for 1 min 10 s.");
    expect(running).toContain("Nothing of a run that is stopped is kept.");
  });

  it("measures how far a run is by all rows, before it has said anything", () => {
    expect(panel(full)).toContain(`max="${aspects.length}" value="0"`);
  });
});
