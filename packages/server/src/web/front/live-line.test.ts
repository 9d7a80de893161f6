import { renderToString } from "preact-render-to-string";
import { describe, expect, it } from "vitest";
import { readCommittedReport } from "../../lab/report.ts";
import { liveLine } from "./live-line.ts";

const report = readCommittedReport();
const without = { ...report, rows: report.rows.filter(({ aspect }) => aspect !== "revocation") };

const rendered = (model: Parameters<typeof liveLine>[0]) => {
  const line = liveLine(model);
  return line === null ? null : renderToString(line);
};

describe("the line at the top", () => {
  it.each([
    { isOwn: false, where: "median of the report, on the project’s machine" },
    { isOwn: true, where: "median of the report, on this machine" },
  ])("shows the figure of the report: $where", ({ isOwn, where }) => {
    const line = rendered({ report, isOwn, isLive: false });
    expect(line).toContain(where);
    expect(line).not.toContain("data-at");
    expect(line).not.toContain("live-line-empty");
  });

  it("is not there where nothing is known and nothing can be measured", () => {
    expect(rendered({ report: without, isOwn: true, isLive: false })).toBeNull();
  });

  it("keeps a place for what will be measured, which says nothing before", () => {
    const line = rendered({ report: without, isOwn: true, isLive: true });
    expect(line).toContain('data-at="/demonstration/pulse"');
    expect(line).toContain('class="live-line live-line-empty"');
    for (const name of ["live-line-services", "live-line-time", "live-line-where"]) expect(line).toContain(name);
    expect(line).not.toContain("median");
  });
});
