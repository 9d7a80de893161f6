// Counts what Vitest's JSON report says. Does not run anything, and trusts no total that it can count itself.

import { stripVTControlCharacters } from "node:util";

/** How a step ended. */
export interface Tally {
  readonly passed: number;
  readonly failed: readonly FailedTest[];
  readonly skipped: readonly SkippedTest[];
}

export interface FailedTest {
  /** The absolute path of its file, or the name of the step if no file tells. */
  readonly file: string;
  /** The test's full name, or what else failed. */
  readonly name: string;
  /** What it said, with its stack; may be empty. */
  readonly message: string;
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
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/**
 * Counts a report of the step of that name. A file that failed without a failing test (it did not load, or its worker
 * died) counts as one failure, and so does an exit code other than 0 that no failure explains (an error outside every
 * test), and so does a test that ended in none of the known states.
 */
export function tally(step: string, report: VitestReport | undefined, exitCode: number): Tally {
  let passed = 0;
  const failed: FailedTest[] = [];
  const skipped: SkippedTest[] = [];
  for (const file of report?.testResults ?? []) {
    let failedHere = 0;
    for (const { fullName: name, status, failureMessages = [] } of file.assertionResults) {
      if (status === "passed") passed += 1;
      else if (status === "skipped" || status === "todo") skipped.push({ file: file.name, name });
      else {
        failedHere += 1;
        failed.push({ file: file.name, name, message: failureMessages.join("\n") });
      }
    }
    if (file.status === "failed" && failedHere === 0) {
      failed.push({ file: file.name, name: "the file itself, outside its tests", message: file.message ?? "" });
    }
  }
  if (exitCode !== 0 && failed.length === 0) {
    failed.push({ file: step, name: `ended with exit code ${exitCode}`, message: "" });
  }
  return { passed, failed, skipped };
}

/** The sum of several. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, each) => total + each.passed, 0),
    failed: tallies.flatMap((each) => each.failed),
    skipped: tallies.flatMap((each) => each.skipped),
  };
}

/** The line that closes a run. Where every test is required, a skipped one is a failed one. */
export function closingLine(total: Tally, skipsFail: boolean): { line: string; ok: boolean } {
  const failed = total.failed.length + (skipsFail ? total.skipped.length : 0);
  const skipped = skipsFail ? 0 : total.skipped.length;
  return { line: `${total.passed} passed, ${failed} failed, ${skipped} skipped`, ok: failed === 0 };
}

/** What is shown of a failure's message: without its colours, its blank lines, and the deeper stack. */
const shownLines = 12;

/** A failure as it is told before the closing line, so that the end of a long log says what failed. */
export function failureLines({ file, name, message }: FailedTest): string[] {
  const lines = stripVTControlCharacters(message)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return [
    `Failed: ${file}: ${name}`,
    ...lines.slice(0, shownLines).map((line) => `    ${line}`),
    ...(lines.length > shownLines ? ["    …"] : []),
  ];
}
