// The reader's own report in the data folder: written whole or not at all, and judged before it is believed. Makes no report.

import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Log } from "../log.ts";
import { aspects, columns, type Report, type Row, undecided } from "./contract.ts";
import { winnersOf } from "./winners.ts";

const text = z.string().max(4000);
// A larger one is no figure: it would be drawn as infinite.
const size = z.number().nonnegative().max(1e15);
const column = z.enum(columns);
const point = z.tuple([size, size]);
const axis = z.strictObject({ name: text, scale: z.enum(["linear", "log"]) });
const cell = z.strictObject({ value: size.nullable(), unit: text, text, detail: text });

const series = z.strictObject({
  title: text,
  x: axis,
  y: axis,
  lines: z.array(z.strictObject({ column, points: z.array(point).max(200) })).max(columns.length),
});

const row = z
  .strictObject({
    aspect: z.enum(aspects),
    title: text,
    sentence: text,
    note: text.optional(),
    limits: text,
    cells: z.record(column, cell),
    series: z.array(series).max(10).optional(),
    better: z.enum(["less", "more"]),
    margin: z.strictObject({ relative: size, absolute: size }),
    turns: z.record(column, z.array(size.positive()).min(1).max(100)).optional(),
    winners: z.strictObject({
      classic: z.enum(["session", "jwt", ...undecided]),
      all: z.enum([...columns, ...undecided]),
      leaders: z.array(column),
    }),
  })
  // Nobody writes winners down, not even into this file.
  .refine(({ cells, better, margin, turns, winners }) => sameWinners(winners, winnersOf(cells, better, margin, turns)));

const reportSchema = z.strictObject({
  format: z.literal(1),
  date: z.iso.datetime(),
  command: text,
  tookSeconds: size,
  machine: z.strictObject({ cpu: text, cores: size, memoryBytes: size, os: text }),
  versions: z.strictObject({ countersign: text, node: text }),
  conditions: z.strictObject({
    store: z.enum(["sqlite", "memory"]),
    services: size,
    claims: size,
    seconds: size,
    accessLifetime: size,
    quick: z.boolean(),
    seed: size,
    rows: z.array(z.enum(aspects)),
  }),
  // Whole runs only: other places of the page refer to each of the rows.
  rows: z.array(row).refine((rows) => `${rows.map(({ aspect }) => aspect)}` === `${aspects}`),
});

/** The report that was kept. None, and a line in the log, where it cannot be read or is no report of this version. */
export function readKeptReport(path: string, log: Pick<Log, "warn">): Report | undefined {
  let found: string;
  try {
    found = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") log.warn({ path, code: codeOf(error) }, "the lab's last report cannot be read");
    return undefined;
  }
  const parsed = reportSchema.safeParse(asJson(found));
  if (parsed.success) return asReport(parsed.data);
  log.warn({ path }, "the lab's last report is damaged, or of another version: ignored");
  return undefined;
}

/** Keeps a report in the place of the one before. Where that is not possible a line in the log says so. */
export function keepReport(path: string, report: Report, log: Pick<Log, "warn">): void {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    // Others see the old one or the new one, whole.
    writeFileSync(draft, `${JSON.stringify(report)}\n`, { mode: 0o600, flag: "wx", flush: true });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    log.warn({ path, code: codeOf(error) }, "the lab's report cannot be kept: it is shown until the server stops");
  }
}

// An absent member and one without a value are two things to the compiler; a file has only the first.
function asReport(parsed: z.output<typeof reportSchema>): Report {
  const rows = parsed.rows.map(
    ({ series: plots, note, turns, ...rest }): Row => ({
      ...rest,
      ...(note !== undefined && { note }),
      ...(turns && { turns }),
      ...(plots && { series: plots }),
    }),
  );
  return { ...parsed, rows };
}

function sameWinners(one: Row["winners"], other: Row["winners"]): boolean {
  return one.classic === other.classic && one.all === other.all && `${one.leaders}` === `${other.leaders}`;
}

function asJson(found: string): unknown {
  try {
    return JSON.parse(found);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown fault";
}
