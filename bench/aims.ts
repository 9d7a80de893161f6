// What the project aims at, and how far a run has come. Knows rows by their ids, and measures nothing.

import { number, type Row, type SectionReport } from "./report.ts";

/** An aim, judged. */
export interface JudgedAim {
  readonly aim: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** By how much it was missed; empty where it was met. */
  readonly missedBy: string;
}

interface Aim {
  readonly aim: string;
  readonly id: string;
  /** What is judged of the row: its value, or its ratio to another row of the same table. */
  readonly against?: string;
  readonly unit: string;
  readonly most?: number;
  readonly least?: number;
}

const frameworks = ["node", "fastify", "hono", "express"] as const;

const kept = [
  ["jwt", 90],
  ["hybrid", 90],
  ["hybrid-cookies", 90],
  ["session-memory", 80],
  ["session-feed", 80],
  ["session-sqlite", 60],
] as const;

const aims: readonly Aim[] = [
  ...frameworks.flatMap((framework) =>
    kept.map(([variant, least]) => ({
      aim: `${framework}, ${variant}: keeps at least ${least} % of the throughput`,
      id: `http/${framework}/${variant}`,
      ...{ unit: "%", least },
    })),
  ),
  {
    aim: "a cached token, revocation included: at most a quarter of fast-jwt's cache hit",
    ...{ id: "in-process/500/hybrid-verify-1000", against: "in-process/500/fast-jwt-cache", unit: "of it", most: 0.25 },
  },
  {
    aim: "the same with a million revocations",
    ...{
      id: "in-process/500/hybrid-verify-1000000",
      against: "in-process/500/fast-jwt-cache",
      unit: "of it",
      most: 0.25,
    },
  },
  {
    aim: "a session on SQLite with a million rows: less than express-session in memory",
    ...{ id: "in-process/500/session-sqlite", against: "in-process/500/express-session", unit: "of it", most: 1 },
  },
  { aim: "a revocation at 100 followers: p99 at most 10 ms", id: "revocation/p99", unit: "ms", most: 10 },
  { aim: "sign-ins: at least 90 % of the bare hash", id: "sign-in/session", unit: "%", least: 90 },
  { aim: "start-up: under a second", id: "start-up/first", unit: "ms", most: 1000 },
];

/** Every aim, by its words. */
export const allAims: readonly string[] = aims.map(({ aim }) => aim);

/** The aims of which this run has figures. */
export function judgeAims(reports: readonly SectionReport[]): JudgedAim[] {
  const rows = new Map(
    reports.flatMap(({ tables }) => tables.flatMap((table) => table.rows.map((row) => [row.id, row] as const))),
  );
  return aims.flatMap((aim) => {
    const value = figureOf(aim, rows);
    return value === undefined ? [] : [judge(aim, value)];
  });
}

/** The aims as lines. */
export function aimsText(judged: readonly JudgedAim[]): string {
  const width = Math.max(...judged.map(({ aim }) => aim.length));
  const measuredWidth = Math.max(...judged.map(({ measured }) => measured.length));
  const line = ({ aim, measured, isMet, missedBy }: JudgedAim) =>
    `  ${isMet ? "met   " : "MISSED"}  ${aim.padEnd(width)}  ${measured.padStart(measuredWidth)}  ${missedBy}`.trimEnd();
  return ["\n== aims", ...judged.map(line)].join("\n");
}

function figureOf({ id, against }: Aim, rows: ReadonlyMap<string, Row>): number | undefined {
  const row = rows.get(id);
  if (against === undefined || row === undefined) return row?.value.median;
  const base = rows.get(against);
  // Ratios to one base, round for round, are steadier than ratios of medians.
  if (row.ratio !== undefined && base?.ratio !== undefined) return row.ratio.median / base.ratio.median;
  return base === undefined ? undefined : row.value.median / base.value.median;
}

function judge(
  { aim, unit, most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY }: Aim,
  value: number,
): JudgedAim {
  const over = Math.max(value - most, least - value);
  const isMet = over <= 0;
  return { aim, measured: `${number(value)} ${unit}`, isMet, missedBy: isMet ? "" : `by ${number(over)} ${unit}` };
}
