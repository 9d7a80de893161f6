// Scalability: requests per second with more and more service processes, and what one judgement costs with more and more sessions. Judges no one.

import type { LoadOutcome } from "../children/acts.ts";
import { type Cell, type Column, columns, columnWords, type Point } from "../contract.ts";
import { msText, short } from "../figures.ts";
import type { Lab } from "../lab.ts";
import { describeMachine } from "../machine.ts";
import { type Progress, scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { byColumn, requireAccepted } from "./state.ts";

/** One load: on so many processes. */
export interface LoadPoint extends Pick<LoadOutcome, "p99Ms" | "medianMs"> {
  readonly processes: number;
  readonly perSecond: number;
  /** By how much its fastest turn was faster than its slowest, as a part of the slowest: what is faster by less may be no faster. */
  readonly scatter: number;
}

export interface MeasuredScalability {
  readonly loads: Readonly<Record<Column, readonly LoadPoint[]>>;
  /** Microseconds per judgement, by how many sessions the store holds. */
  readonly growth: Readonly<Record<Column, readonly Point[]>>;
  /** Of the machine that all of it shares. */
  readonly cores: number;
}

/** Requests under way at once. */
const connections = 16;

export const scalability = scenario<Lab, MeasuredScalability>({
  aspect: "scalability",
  title: "Scalability",
  measures: `Requests per second and their p99, the middle of three turns, with 1, 2 and (not with --quick) 4 service processes under ${connections} connections; and the time of one judgement inside a process whose store holds more and more sessions.`,
  limits:
    "The load, the issuer and all services share this machine's cores: more processes than cores say how a strategy shares them, not how it would do on more machines. Services do nothing but judge, so differences look larger than in an application. Sessions lie in one SQLite file (or in the issuer's memory) on this machine: a database across a network costs each look-up a round trip. The first 1,000 sessions are made by the store itself; those beyond are copies of a row, which it reads as its own: to 1,000,000, with --quick to 10,000, in memory to 100,000. Up to 5,000 of them are in use at the same time; the others lie still.",
  sharesMachine: false,
  prepare: async (lab) => lab,
  async run(lab, progress, signal) {
    const { quick } = lab.conditions;
    const loads = await loadInTurns(lab, quick ? [1, 2] : [1, 2, 4], progress, signal);
    const growth = new Map<Column, readonly Point[]>();
    for (const column of columns) {
      const filled = await lab.fill(column, (many) =>
        progress(`${columnWords[column]}: judging with ${short(many)} sessions`),
      );
      growth.set(
        column,
        filled.map(({ sessions, microseconds }) => [sessions, Math.round(microseconds * 10) / 10] as const),
      );
      signal.throwIfAborted();
    }
    return { loads, growth: byColumn(growth), cores: describeMachine().cores };
  },
  report: reportScalability,
});

/** The figures of the loads. Pure. */
export function reportScalability({ loads, growth, cores }: MeasuredScalability) {
  const cell = (column: Column): Cell => {
    const points = loads[column];
    const [one] = points;
    const last = points.at(-1);
    const sizes = growth[column].map(([sessions, us]) => `${short(us)} µs with ${short(sessions)}`);
    return {
      value: one?.perSecond ?? null,
      unit: "requests per second with one service process",
      text:
        one === undefined || last === undefined
          ? "-"
          : `${short(one.perSecond)}/s, with ${last.processes} processes ${short(last.perSecond)}/s`,
      detail: `${points.map((point) => `${point.processes}: ${short(point.perSecond)}/s, p99 ${msText(point.p99Ms)}`).join("; ")}. One judgement: ${sizes.join(", ")} sessions.`,
    };
  };
  return {
    note: `One machine of ${cores} ${cores === 1 ? "core" : "cores"}: more processes than cores show sharing, not scaling.`,
    cells: Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>,
    better: "more" as const,
    margin: { relative: marginOf(columns.map((column) => loads[column][0]?.scatter ?? 0)), absolute: 0 },
    series: [
      {
        title: "Cost of one judgement by number of sessions",
        x: { name: "sessions", scale: "log" as const },
        y: { name: "µs", scale: "log" as const },
        lines: columns.map((column) => ({ column, points: growth[column] })),
      },
      {
        title: "Requests per second by service processes",
        x: { name: "service processes", scale: "linear" as const },
        y: { name: "requests per second", scale: "linear" as const },
        lines: columns.map((column) => ({
          column,
          points: loads[column].map(({ processes, perSecond }) => [processes, Math.round(perSecond)] as const),
        })),
      },
    ],
  };
}

/** The least margin: less comes and goes between two runs even on a quiet machine. */
const leastMargin = 0.15;

// A busy machine scatters the turns of one and the same load; what is no larger than the widest scatter tells nothing.
function marginOf(scatters: readonly number[]): number {
  return Math.max(leastMargin, Math.round(Math.max(...scatters) * 100) / 100);
}

/** Each load is given in so many turns, between those of the others: what else the machine does falls on all alike. */
const turns = 3;

async function loadInTurns(
  lab: Lab,
  processCounts: readonly number[],
  progress: Progress,
  signal: AbortSignal,
): Promise<MeasuredScalability["loads"]> {
  const found = new Map<Column, LoadPoint[][]>(columns.map((column) => [column, processCounts.map(() => [])]));
  const emails = new Map<Column, string>();
  for (const column of columns) emails.set(column, await lab.site(column).addSubject());
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const column of columns) {
      progress(`${columnWords[column]}: loads, turn ${turn} of ${turns}`);
      const site = lab.site(column);
      // Afresh in each turn: tokens of the lab live for a short time.
      const credentials = await signInMany(site, emails.get(column) ?? "", lab.conditions.quick ? 10 : 50);
      for (const [index, processes] of processCounts.entries()) {
        found.get(column)?.[index]?.push(await loadOn(lab, site, processes, credentials, turn));
        signal.throwIfAborted();
      }
    }
  }
  return byColumn(new Map([...found].map(([column, points]) => [column, points.map(middleOf)])));
}

/** The turn in the middle, by requests per second. */
function middleOf(points: readonly LoadPoint[]): LoadPoint {
  const middle = points.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(points.length / 2)];
  if (middle === undefined) throw new Error("Nothing was loaded.");
  const all = points.map(({ perSecond }) => perSecond);
  return { ...middle, scatter: Math.max(...all) / Math.min(...all) - 1 };
}

async function signInMany(site: Site, email: string, many: number): Promise<Headers[]> {
  const credentials: Headers[] = [];
  for (let index = 0; index < many; index += 1) credentials.push((await site.signIn(email, "token")).headers);
  return credentials;
}

type Headers = Readonly<Record<string, string>>;

async function loadOn(
  lab: Lab,
  site: Site,
  processes: number,
  credentials: readonly Headers[],
  turn: number,
): Promise<LoadPoint> {
  const seconds = lab.conditions.seconds / turns;
  const load = { ports: site.services.slice(0, processes), credentials, connections, seed: lab.conditions.seed + turn };
  // Lets every process see every credential, and compiles what is to be measured.
  await lab.load({ ...load, requests: credentials.length * processes * 10 });
  const outcome = await lab.load({ ...load, seconds });
  requireAccepted(site.column, outcome.statuses);
  const { medianMs, p99Ms } = outcome;
  return { processes, perSecond: outcome.requests / outcome.seconds, medianMs, p99Ms, scatter: 0 };
}
