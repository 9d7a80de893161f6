import { describe, expect, it } from "vitest";
import { closingLine, failureLines, sum, tally, type VitestReport } from "./test-tally.ts";

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
    const counted = tally("unit", report, exit);
    expect({ ...counted, failed: counted.failed.length, skipped: counted.skipped.length }).toEqual({
      passed,
      failed,
      skipped,
    });
  });
});

describe("a failure", () => {
  it("is told by its file, its name and the beginning of its message, without colours", () => {
    const [failed] = tally(
      "unit",
      {
        testResults: [
          {
            name: "/a.test.ts",
            status: "failed",
            assertionResults: [
              { fullName: "passes", status: "passed" },
              {
                fullName: "adds up",
                status: "failed",
                failureMessages: ["\u001b[31mexpected 1\u001b[39m\n\n  at add"],
              },
            ],
          },
        ],
      },
      1,
    ).failed;
    expect(failed && failureLines(failed)).toEqual(["Failed: /a.test.ts: adds up", "    expected 1", "      at add"]);
  });

  it("is cut where its stack goes deep", () => {
    const message = Array.from({ length: 50 }, (_, line) => `line ${line}`).join("\n");
    const lines = failureLines({ file: "/a.test.ts", name: "adds up", message });
    expect(lines).toHaveLength(14);
    expect(lines.at(-1)).toBe("    …");
  });

  it("of a file that did not load is told by what kept it from loading", () => {
    const testResults = [{ name: "/a.test.ts", status: "failed", message: "no such module", assertionResults: [] }];
    expect(tally("unit", { testResults }, 1).failed).toEqual([
      { file: "/a.test.ts", name: "the file itself, outside its tests", message: "no such module" },
    ]);
  });

  it("that no test explains is told by the step and its exit code", () => {
    expect(tally("unit", report(["passed", "passed"]), 3).failed).toEqual([
      { file: "unit", name: "ended with exit code 3", message: "" },
    ]);
  });
});

describe("the closing line", () => {
  const failure = { file: "a.test.ts", name: "a", message: "" };
  const skipped = [{ file: "a.test.ts", name: "a" }];
  it.each([
    { total: { passed: 3, failed: [], skipped: [] }, skipsFail: true, line: "3 passed, 0 failed, 0 skipped", ok: true },
    {
      total: { passed: 3, failed: [failure], skipped: [] },
      skipsFail: false,
      line: "3 passed, 1 failed, 0 skipped",
      ok: false,
    },
    { total: { passed: 3, failed: [], skipped }, skipsFail: false, line: "3 passed, 0 failed, 1 skipped", ok: true },
    { total: { passed: 3, failed: [], skipped }, skipsFail: true, line: "3 passed, 1 failed, 0 skipped", ok: false },
  ])("says $line, skips failing: $skipsFail", ({ total, skipsFail, line, ok }) => {
    expect(closingLine(total, skipsFail)).toEqual({ line, ok });
  });

  it("speaks of all steps together", () => {
    expect(
      sum([
        { passed: 1, failed: [], skipped },
        { passed: 2, failed: [failure], skipped },
      ]),
    ).toEqual({
      passed: 3,
      failed: [failure],
      skipped: [...skipped, ...skipped],
    });
  });
});
