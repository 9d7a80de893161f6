// The bench: installs what it needs, runs each section in a process of its own, prints what it found and how that stands to the aims.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aimsText, judgeAims } from "./aims.ts";
import { type Arguments, parseArguments, usage } from "./arguments.ts";
import { startChild } from "./children.ts";
import { describeMachine, machineText } from "./machine.ts";
import { type SectionReport, type Table, tableText } from "./report.ts";
import type { SectionSettings } from "./section.ts";
import { type Section, sections } from "./sections.ts";

const given = parseArguments(
  process.argv.slice(2),
  sections.map(({ name }) => name),
);
if (typeof given === "string") {
  console.error(`${given}\n\n${usage}`);
  process.exitCode = 2;
} else {
  process.exitCode = await run(given);
}

async function run(args: Arguments): Promise<number> {
  if (!installRivals()) return 1;
  const wanted = sections.filter(({ name }) => args.only.length === 0 || args.only.some((only) => isOf(only, name)));
  const machine = describeMachine();
  console.log(`\nCountersign beside others: ${wanted.map(({ title }) => title).join("; ")}.`);
  console.log("Medians of interleaved rounds, the middle half in brackets. What counts are the ratios of one run.\n");
  console.log(machineText(machine));
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  const reports: SectionReport[] = [];
  let failed = 0;
  for (const section of wanted) {
    try {
      reports.push(await runSection(section, args, folder));
      // After each, so that an interrupted run keeps what it has found.
      write(args.json, { machine, args, reports });
    } catch (error) {
      failed += 1;
      console.error(`\n${section.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const aims = judgeAims(reports);
  if (aims.length > 0) console.log(aimsText(aims));
  if (args.quick) console.log("\nA quick run: to see that everything works, not to be quoted.");
  return failed === 0 ? 0 : 1;
}

function write(path: string | undefined, found: object): void {
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(found, null, 1)}\n`);
}

async function runSection(section: Section, args: Arguments, folder: string): Promise<SectionReport> {
  console.log(`\n== ${section.name}: ${section.title}`);
  const filters = args.only.filter((only) => isOf(only, section.name) && only.includes("/"));
  const settings: SectionSettings = { quick: args.quick, seconds: args.seconds, filters, folder };
  const began = performance.now();
  const flags = ["--expose-gc", "--max-old-space-size=8192"];
  await using child = startChild({ script: section.script, args: [JSON.stringify(settings)], flags });
  const { tables } = await child.hear<{ readonly tables: readonly Table[] }>(section.minutes * 60_000);
  for (const table of tables) console.log(tableText(table));
  return { section: section.name, seconds: Math.round((performance.now() - began) / 1000), tables };
}

function isOf(only: string, section: string): boolean {
  return only === section || only.startsWith(`${section}/`);
}

/** The rivals' packages stand in the bench's own lock, so that the project's `npm ci` does not bring them. */
function installRivals(): boolean {
  if (existsSync(join(import.meta.dirname, "node_modules", ".package-lock.json"))) return true;
  console.log("Installing the rivals into bench/node_modules: npm ci --ignore-scripts");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], { cwd: import.meta.dirname, stdio: "inherit" });
  return status === 0;
}
