// Writes docs/performance.md from what runs of the bench have written: `node bench/document.ts FILE.json …`. Measures nothing.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type JudgedAim, judgeAims } from "./aims.ts";
import type { Arguments } from "./arguments.ts";
import { type Machine, machineText } from "./machine.ts";
import { remarksOn } from "./remarks.ts";
import { number, type Row, type SectionReport, spreadText, type Table } from "./report.ts";
import { sections } from "./sections.ts";

/** What `npm run bench -- --json FILE` writes. */
export interface WrittenRun {
  readonly machine: Machine;
  readonly args: Arguments;
  readonly reports: readonly SectionReport[];
}

/** The page. Of sections that several runs measured, the last one counts. */
export function performancePage(runs: readonly WrittenRun[]): string {
  const found = sections.flatMap(({ name, title }) => {
    const run = runs.findLast(({ reports }) => reports.some(({ section }) => section === name));
    const report = run?.reports.find(({ section }) => section === name);
    return run === undefined || report === undefined ? [] : [{ name, title, run, report }];
  });
  const aims = judgeAims(found.map(({ report }) => report));
  const [first] = runs;
  return [
    introduction,
    ...(first === undefined ? [] : ["```", machineText(first.machine), "```"]),
    "## The aims",
    aimsTable(aims),
    ...remarksOn(aims),
    ...found.flatMap(({ name, title, run, report }) => [
      `## ${capital(title)}`,
      `\`${commandOf(run.args, name)}\`, ${run.machine.date.slice(0, 16).replace("T", " ")} UTC, load ${run.machine.load.toFixed(2)} at the beginning.`,
      ...report.tables.flatMap(tableMarkdown),
    ]),
    "",
  ].join("\n\n");
}

const introduction = `# What it costs

\`npm run bench\` measures Countersign beside the libraries that people use today, side by side in one run: fresh strings, interleaved rounds, medians with the middle half
in brackets. What counts are the ratios of one run; the rest depends on the machine. Each rival is asserted to answer 200 to a good and 401 to a damaged credential before
it is timed. The rivals are installed in \`bench/\`, with a lock of their own.

\`\`\`sh
npm run bench                                  # everything
npm run bench -- --quick --only in-process     # a first look
npm run bench -- --json figures.json && node bench/document.ts figures.json   # writes this page
\`\`\``;

function commandOf({ quick, seconds }: Arguments, section: string): string {
  const more = [...(quick ? ["--quick"] : []), ...(seconds === (quick ? 0.5 : 1) ? [] : [`--seconds ${seconds}`])];
  return ["npm run bench --", ...more, `--only ${section}`].join(" ");
}

function aimsTable(aims: readonly JudgedAim[]): string {
  const rows = aims.map(
    ({ aim, measured, isMet, missedBy }) => `| ${aim} | ${measured} | ${isMet ? "met" : `**missed** ${missedBy}`} |`,
  );
  return ["| aim | found | |", "|---|---|---|", ...rows].join("\n");
}

/** A table, its title above it. */
export function tableMarkdown({ title, base, rows, notes = [] }: Table): string[] {
  const hasRatio = rows.some(({ ratio }) => ratio !== undefined);
  const head = ["", "median", "middle half", ...(hasRatio ? [base === undefined ? "ratio" : `× ${base}`] : []), ""];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = [line(head), line(head.map(() => "---")), ...rows.map((row) => line(cellsOf(row, hasRatio)))].join(
    "\n",
  );
  return [`### ${capital(title)}`, table, ...(notes.length === 0 ? [] : [notes.join(" ")])];
}

function cellsOf({ name, value, unit, ratio, note = "" }: Row, hasRatio: boolean): string[] {
  const span = value.count === 1 ? "" : `${number(value.p25)} – ${number(value.p75)}`;
  const ratios = hasRatio ? [ratio === undefined ? "" : spreadText(ratio)] : [];
  return [name, `${number(value.median)} ${unit}`, span, ...ratios, note];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

if (import.meta.main) {
  const runs = process.argv.slice(2).map((path): WrittenRun => JSON.parse(readFileSync(path, "utf8")));
  if (runs.length === 0) {
    console.error("node bench/document.ts FILE.json …, each written by npm run bench -- --json FILE.json");
    process.exitCode = 2;
  } else {
    writeFileSync(join(import.meta.dirname, "..", "docs", "performance.md"), performancePage(runs));
  }
}
