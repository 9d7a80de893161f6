// Runs the project's tests, all or the quick ones, and closes with one line. Does not know what any of them tests.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { createChildren } from "./children.ts";
import { installServices, provideCommand, type ServiceName, serviceNames, servicesRequired } from "./services.ts";
import {
  closingLine,
  type FailedTest,
  failureLines,
  type SkippedTest,
  sum,
  type Tally,
  tally,
  type VitestReport,
} from "./test-tally.ts";

interface Arguments {
  readonly quick: boolean;
  /** Path filters: only test files whose path contains one of them; types and lint are left out. */
  readonly filters: readonly string[];
}

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
const children = createChildren();
const scratch = mkdtempSync(join(tmpdir(), "countersign-test-"));
const missingReport = join(scratch, "missing.jsonl");

process.chdir(root);
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
] as const) {
  process.once(signal, () => void children.stop().finally(() => process.exit(128 + number)));
}

await main(parseArguments(process.argv.slice(2)));

async function main({ quick, filters }: Arguments): Promise<void> {
  const required = servicesRequired(process.env);
  const tallies: Tally[] = [];
  if (required && !quick) {
    try {
      installServices(serviceNames);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      tallies.push({ passed: 0, failed: [{ file: "services", name: "could not be provided", message }], skipped: [] });
    }
  }
  if (tallies.length === 0) {
    if (filters.length === 0) {
      tallies.push(await runCheck("types", "tsc", ["--noEmit", "-p", "."]));
      tallies.push(await runCheck("lint", "biome", ["check", "."]));
    }
    for (const project of quick ? ["unit"] : ["unit", "e2e", "faults", "browser"]) {
      tallies.push(await runProject(project, filters));
    }
    if (filters.length > 0 && isEmpty(sum(tallies))) {
      const name = `no test file's path contains ${filters.map((filter) => `"${filter}"`).join(" or ")}`;
      tallies.push({ passed: 0, failed: [{ file: "paths", name, message: "" }], skipped: [] });
    }
  }
  const total = sum(tallies);
  tellSkipped(total.skipped, required);
  tellFailed(total.failed);
  const { line, ok } = closingLine(total, required);
  console.log(`\n${line}`);
  process.exitCode = ok ? 0 : 1;
}

function parseArguments(args: readonly string[]): Arguments {
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--quick");
  if (unknown !== undefined) {
    console.error(`Unknown option ${unknown}. Usage: npm test -- [--quick] [part of a test file's path …]`);
    process.exit(2);
  }
  return { quick: args.includes("--quick"), filters: args.filter((arg) => arg !== "--quick") };
}

async function runCheck(name: string, program: string, args: readonly string[]): Promise<Tally> {
  console.log(`\n== ${name}`);
  const code = await run(join(bin, program), args);
  console.log(code === 0 ? `${name}: passed` : `${name}: failed`);
  const failure = { file: name, name: `${program} ended with exit code ${code}`, message: "" };
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? [] : [failure], skipped: [] };
}

async function runProject(project: string, filters: readonly string[]): Promise<Tally> {
  console.log(`\n== ${project}`);
  const report = join(scratch, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await run(join(bin, "vitest"), [
    "run",
    // A missing snapshot is a failure, not something to be written down.
    "--update=none",
    ...filters,
    "--project",
    project,
    ...reporters,
    ...(filters.length > 0 ? ["--passWithNoTests"] : []),
  ]);
  const read = existsSync(report) ? (JSON.parse(readFileSync(report, "utf8")) as VitestReport) : undefined;
  return tally(project, read, code);
}

/** The shims in .bin start with `node`: ours must be the first on the PATH. */
function run(command: string, args: readonly string[]): Promise<number> {
  return children.run(command, args, {
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
    TEST_MISSING_SERVICES: missingReport,
  });
}

/** Says once more, at the end of a log of thousands of lines, what failed. */
function tellFailed(failed: readonly FailedTest[]): void {
  for (const failure of failed) {
    const file = failure.file.startsWith(root) ? relative(root, failure.file) : failure.file;
    console.log(`\n${failureLines({ ...failure, file }).join("\n")}`);
  }
}

/** Names each file with skipped tests, and the one command that provides what it misses. */
function tellSkipped(skipped: readonly SkippedTest[], required: boolean): void {
  if (skipped.length === 0) return;
  const missing = readMissing();
  const verdict = required ? "Skipped, which counts as failed here" : "Skipped";
  console.log("");
  for (const [file, tests] of Map.groupBy(skipped, (test) => test.file)) {
    const needs = missing.get(file);
    console.log(
      needs === undefined
        ? `${verdict}: ${relative(root, file)}: ${tests.map((test) => test.name).join("; ")} (marked so in the file, or its set-up failed)`
        : `${verdict}: ${relative(root, file)} (${tests.length}) needs ${needs.join(", ")}. Provide: ${provideCommand(needs)}`,
    );
  }
}

function readMissing(): Map<string, ServiceName[]> {
  const missing = new Map<string, ServiceName[]>();
  if (!existsSync(missingReport)) return missing;
  for (const line of readFileSync(missingReport, "utf8").trim().split("\n")) {
    const { file, service } = JSON.parse(line) as { file: string; service: ServiceName };
    missing.set(file, [...new Set([...(missing.get(file) ?? []), service])]);
  }
  return missing;
}

function isEmpty(total: Tally): boolean {
  return total.passed + total.failed.length + total.skipped.length === 0;
}
