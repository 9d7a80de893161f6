// Writes docs/performance.md from what runs of the bench have written: `node bench/document.ts FILE.json …`. Measures nothing.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allAims, type JudgedAim, judgeAims } from "./aims.ts";
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

/** The page. Of rows that several runs measured, the last one counts. */
export function performancePage(runs: readonly WrittenRun[]): string {
  const found = sections.flatMap(({ name, title }) => {
    const tables = mergeTables(runs.flatMap((run) => tablesOf(run, name)));
    return tables.length === 0 ? [] : [{ name, title, tables }];
  });
  const aims = judgeAims(found.map(({ name, tables }) => ({ section: name, seconds: 0, tables })));
  const [first] = runs;
  return [
    introduction,
    ...(first === undefined ? [] : [["```", machineText(first.machine), "```"].join("\n")]),
    "## The aims",
    aimsTable(aims),
    remarksOn(aims).join("\n"),
    notMeasured(aims),
    ...found.flatMap(({ name, title, tables }) => [
      `## ${capital(title)}`,
      runs
        .filter((run) => tablesOf(run, name).length > 0)
        .map((run) => commandLine(run, name))
        .join(" "),
      ...tables.flatMap(tableMarkdown),
    ]),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

/** What these runs do not tell: an aim without a figure is not a met one. */
function notMeasured(aims: readonly JudgedAim[]): string {
  const without = allAims.filter((aim) => !aims.some((judged) => judged.aim === aim));
  return without.length === 0 ? "" : `Not measured in these runs: ${without.join("; ")}.`;
}

function tablesOf({ reports }: WrittenRun, section: string): Table[] {
  return reports.filter((report) => report.section === section).flatMap(({ tables }) => tables);
}

function mergeTables(tables: readonly Table[]): Table[] {
  const merged = new Map<string, Table>();
  for (const table of tables) {
    const rows = new Map([...(merged.get(table.title)?.rows ?? []), ...table.rows].map((row) => [row.id, row]));
    merged.set(table.title, { ...table, rows: [...rows.values()] });
  }
  return [...merged.values()];
}

function commandLine({ args, machine }: WrittenRun, section: string): string {
  return `\`${commandOf(args, section)}\` (${machine.date.slice(0, 16).replace("T", " ")} UTC, load ${machine.load.toFixed(2)} at the beginning).`;
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

function commandOf({ quick, seconds, only }: Arguments, section: string): string {
  const more = [...(quick ? ["--quick"] : []), ...(seconds === (quick ? 0.5 : 1) ? [] : [`--seconds ${seconds}`])];
  const parts = only.filter((each) => each === section || each.startsWith(`${section}/`));
  return [
    "npm run bench --",
    ...more,
    ...(parts.length === 0 ? [section] : parts).map((each) => `--only ${each}`),
  ].join(" ");
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
