// Counts what Vitest's JSON report says. Does not run anything, and trusts no total that it can count itself.

/** How a step ended. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Full names of the tests that were skipped. */
  readonly skipped: readonly SkippedTest[];
}

export interface SkippedTest {
  /** The absolute path of its file. */
  readonly file: string;
  readonly name: string;
}

/** The part of Vitest's JSON report that is counted. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Counts a report. A file that failed without a failing test (it did not load, or its worker died) counts as one failure,
 * and so does an exit code other than 0 that no failure explains (an error outside every test), and so does a test that
 * ended in none of the known states.
 */
export function tally(report: VitestReport | undefined, exitCode: number): Tally {
  let passed = 0;
  let failed = 0;
  const skipped: SkippedTest[] = [];
  for (const file of report?.testResults ?? []) {
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") passed += 1;
      else if (test.status === "skipped" || test.status === "todo") {
        skipped.push({ file: file.name, name: test.fullName });
      } else failedHere += 1;
    }
    failed += file.status === "failed" ? Math.max(1, failedHere) : failedHere;
  }
  return { passed, failed: exitCode !== 0 && failed === 0 ? 1 : failed, skipped };
}

/** The sum of several. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, each) => total + each.passed, 0),
    failed: tallies.reduce((total, each) => total + each.failed, 0),
    skipped: tallies.flatMap((each) => each.skipped),
  };
}

/** The line that closes a run. Where every test is required, a skipped one is a failed one. */
export function closingLine(total: Tally, skipsFail: boolean): { line: string; ok: boolean } {
  const failed = total.failed + (skipsFail ? total.skipped.length : 0);
  const skipped = skipsFail ? 0 : total.skipped.length;
  return { line: `${total.passed} passed, ${failed} failed, ${skipped} skipped`, ok: failed === 0 };
}
