import { describe, expect, it } from "vitest";
import { closingLine, sum, tally, type VitestReport } from "./test-tally.ts";

function report(...files: [status: string, ...tests: string[]][]): VitestReport {
  return {
    testResults: files.map(([status, ...tests], index) => ({
      name: `/${index}.test.ts`,
      status,
      assertionResults: tests.map((test) => ({ fullName: test, status: test })),
    })),
  };
}

describe("the tally of a report", () => {
  it.each([
    {
      it: "counts passed tests",
      report: report(["passed", "passed", "passed"]),
      exit: 0,
      passed: 2,
      failed: 0,
      skipped: 0,
    },
    {
      it: "counts failed tests",
      report: report(["failed", "passed", "failed"]),
      exit: 1,
      passed: 1,
      failed: 1,
      skipped: 0,
    },
    {
      it: "counts skipped and todo tests",
      report: report(["passed", "skipped", "todo"]),
      exit: 0,
      passed: 0,
      failed: 0,
      skipped: 2,
    },
    {
      it: "fails a test that never ended",
      report: report(["passed", "pending"]),
      exit: 0,
      passed: 0,
      failed: 1,
      skipped: 0,
    },
    { it: "fails a file that did not load", report: report(["failed"]), exit: 1, passed: 0, failed: 1, skipped: 0 },
    {
      it: "fails a file whose hook failed",
      report: report(["failed", "passed"]),
      exit: 1,
      passed: 1,
      failed: 1,
      skipped: 0,
    },
    {
      it: "fails an exit code that no test explains",
      report: report(["passed", "passed"]),
      exit: 1,
      passed: 1,
      failed: 1,
      skipped: 0,
    },
    { it: "fails a run without a report", report: undefined, exit: 1, passed: 0, failed: 1, skipped: 0 },
    { it: "passes an empty run that was asked for", report: undefined, exit: 0, passed: 0, failed: 0, skipped: 0 },
  ])("$it", ({ report, exit, passed, failed, skipped }) => {
    const counted = tally(report, exit);
    expect({ ...counted, skipped: counted.skipped.length }).toEqual({ passed, failed, skipped });
  });
});

describe("the closing line", () => {
  const skipped = [{ file: "a.test.ts", name: "a" }];
  it.each([
    { total: { passed: 3, failed: 0, skipped: [] }, skipsFail: true, line: "3 passed, 0 failed, 0 skipped", ok: true },
    {
      total: { passed: 3, failed: 1, skipped: [] },
      skipsFail: false,
      line: "3 passed, 1 failed, 0 skipped",
      ok: false,
    },
    { total: { passed: 3, failed: 0, skipped }, skipsFail: false, line: "3 passed, 0 failed, 1 skipped", ok: true },
    { total: { passed: 3, failed: 0, skipped }, skipsFail: true, line: "3 passed, 1 failed, 0 skipped", ok: false },
  ])("says $line, skips failing: $skipsFail", ({ total, skipsFail, line, ok }) => {
    expect(closingLine(total, skipsFail)).toEqual({ line, ok });
  });

  it("speaks of all steps together", () => {
    expect(
      sum([
        { passed: 1, failed: 0, skipped },
        { passed: 2, failed: 1, skipped },
      ]),
    ).toEqual({
      passed: 3,
      failed: 1,
      skipped: [...skipped, ...skipped],
    });
  });
});
