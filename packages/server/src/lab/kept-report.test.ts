import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog, type Log } from "../log.ts";
import type { Report } from "./contract.ts";
import { keepReport, readKeptReport } from "./kept-report.ts";
import { readCommittedReport } from "./report.ts";

let folder: string;
let path: string;
let lines: string[];
let log: Log;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-kept-"));
  path = join(folder, "lab-report.json");
  lines = [];
  log = createLog({ level: "warn", format: "json" }, (line) => void lines.push(line));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const report = readCommittedReport();

/** The committed report as text, with one thing changed. */
function changed(change: (copy: Report & Record<string, unknown>) => unknown): string {
  const copy = structuredClone(report);
  return JSON.stringify(change({ ...copy }));
}

describe("the reader's report", () => {
  it("comes back as it was kept, for its owner only, and nothing is left beside it", () => {
    keepReport(path, report, log);
    keepReport(path, { ...report, command: "countersign compare --seed 2" }, log);
    expect(readKeptReport(path, log)).toEqual({ ...report, command: "countersign compare --seed 2" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["lab-report.json"]);
    expect(lines).toEqual([]);
  });

  it("is none where none was kept, and nobody is told", () => {
    expect(readKeptReport(path, log)).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it.each([
    { name: "cut off", text: JSON.stringify(report).slice(0, -10) },
    { name: "empty", text: "" },
    { name: "of another format", text: changed((copy) => ({ ...copy, format: 2 })) },
    { name: "with a member more", text: changed((copy) => ({ ...copy, page: "<script>" })) },
    { name: "without its machine", text: changed(({ machine: _, ...rest }) => rest) },
    { name: "without rows", text: changed((copy) => ({ ...copy, rows: [] })) },
    { name: "without one of its rows", text: changed((copy) => ({ ...copy, rows: copy.rows.slice(1) })) },
    {
      name: "with a row twice",
      text: changed(({ rows, ...rest }) => ({ ...rest, rows: [...rows, ...rows.slice(1)] })),
    },
    {
      name: "with a winner that its figures do not have",
      text: changed((copy) => ({
        ...copy,
        rows: copy.rows.map((row) => ({
          ...row,
          winners: { ...row.winners, classic: "jwt", all: "jwt", leaders: ["jwt"] },
        })),
      })),
    },
    {
      name: "with a figure beyond all drawing",
      text: changed((copy) => ({ ...copy, tookSeconds: 1e300 })),
    },
    {
      name: "with more points than a plot has",
      text: changed((copy) => ({
        ...copy,
        rows: copy.rows.map((row) => ({
          ...row,
          series: (row.series ?? []).map((plot) => ({
            ...plot,
            lines: plot.lines.map((line) => ({ ...line, points: Array.from({ length: 201 }, () => [1, 1]) })),
          })),
        })),
      })),
    },
    {
      name: "without a column",
      text: changed((copy) => ({
        ...copy,
        rows: copy.rows.map(({ cells: { hybrid: _, ...cells }, ...row }) => ({ ...row, cells })),
      })),
    },
  ])("is ignored when it is $name, with a line in the log", ({ text }) => {
    writeFileSync(path, text);
    expect(readKeptReport(path, log)).toBeUndefined();
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      "the lab's last report is damaged, or of another version: ignored",
    ]);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("stays the one before when the next cannot be written", () => {
    keepReport(path, report, log);
    const elsewhere = join(folder, "gone", "lab-report.json");
    keepReport(elsewhere, report, log);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { code: "ENOENT", msg: "the lab's report cannot be kept: it is shown until the server stops" },
    ]);
    expect(readKeptReport(path, log)).toEqual(report);
  });

  it("is told of when it cannot be read", () => {
    keepReport(path, report, log);
    expect(readKeptReport(join(path, "below-a-file"), log)).toBeUndefined();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { code: "ENOTDIR", msg: "the lab's last report cannot be read" },
    ]);
  });
});
