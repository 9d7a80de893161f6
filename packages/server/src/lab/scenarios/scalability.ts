// Scalability: requests per second with more and more service processes, and what one judgement costs with more and more sessions. Judges no one.

import type { LoadOutcome } from "../children/acts.ts";
import { type Cell, type Column, columns, columnWords, type Point, type Turns } from "../contract.ts";
import { msText, quantile, short } from "../figures.ts";
import type { Lab } from "../lab.ts";
import { describeMachine } from "../machine.ts";
import { type Progress, scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { byColumn, requireAccepted } from "./state.ts";

/** One load: on so many processes. */
export interface LoadPoint extends Pick<LoadOutcome, "p99Ms" | "medianMs"> {
  readonly processes: number;
  /** Of the turn in the middle. */
  readonly perSecond: number;
  /** Of each turn. */
  readonly turns: readonly number[];
  /** How long a turn lasted, in the middle. */
  readonly seconds: number;
}

/** What one judgement costs in a store of a size, in microseconds: of a credential that was seen before, and of one that was not. */
export interface Cost {
  readonly sessions: number;
  readonly again: number;
  readonly first: number;
}

export interface MeasuredScalability {
  readonly loads: Readonly<Record<Column, readonly LoadPoint[]>>;
  readonly growth: Readonly<Record<Column, readonly Cost[]>>;
  /** Of the machine that all of it shares. */
  readonly cores: number;
}

/** Requests under way at once. */
const connections = 16;

/**
 * Each load is given in so many turns, between those of the others: what else the machine does falls on all alike. A quarter of so many on the wrong
 * side is not chance.
 */
const turns = 15;

/** A quarter of fewer is nothing. */
const leastTurns = 5;

export const scalability = scenario<Lab, MeasuredScalability>({
  aspect: "scalability",
  title: "Scalability",
  measures: `Requests per second and their p99 with 1, 2 and (not with --quick) 4 service processes under ${connections} connections: columns take ${turns} short turns, one after another, the turn in the middle is shown, and one beats another where it was faster by more than the margin in three turns of four; and the time of one judgement inside a process whose store holds more and more sessions, of a credential that it has seen before and of one that it has not.`,
  limits:
    "The load, the issuer and all services share this machine's cores. Where there are two, one service process and the load fill them: a second and a fourth process then take their time from the load and from each other, and answer fewer requests per second together than one alone. More processes than cores say how a strategy shares them, not how it would do on more machines. Services do nothing but judge, so differences look larger than in an application. Sessions lie in one SQLite file (or in the issuer's memory) on this machine: a database across a network costs each look-up a round trip. The first 1,000 accounts and sessions are made by the store itself; those beyond are copies of a row, which it reads as its own: to 1,000,000, with --quick to 10,000, in memory to 100,000. The judgement is timed over 500 credentials (with --quick 50), no two alike and equally many for each column; the others lie still. What is timed again and again is what a process remembers: a session that it looks up each time, a token whose signature it has checked. The first check of a token, with its signature, costs far more, and a service makes it once for each token in each process: every few minutes for each client.",
  sharesMachine: false,
  prepare: async (lab) => lab,
  async run(lab, progress, signal) {
    const { quick } = lab.conditions;
    const loads = await loadInTurns(lab, quick ? [1, 2] : [1, 2, 4], progress, signal);
    const growth = new Map<Column, readonly Cost[]>();
    for (const column of columns) {
      const filled = await lab.fill(column, (many) =>
        progress(`${columnWords[column]}: judging with ${short(many)} sessions`),
      );
      growth.set(
        column,
        filled.map(({ sessions, microseconds, firstMicroseconds }) => ({
          ...{ sessions, again: tenths(microseconds), first: tenths(firstMicroseconds) },
        })),
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
    const sizes = growth[column].map(({ sessions, again }) => `${short(again)} µs with ${short(sessions)}`);
    const firsts = growth[column].map(({ sessions, first }) => `${short(first)} µs with ${short(sessions)}`);
    return {
      value: one?.perSecond ?? null,
      unit: "requests per second with one service process",
      text:
        one === undefined || last === undefined
          ? "-"
          : `${short(one.perSecond)}/s, with ${last.processes} processes ${short(last.perSecond)}/s`,
      detail: `${points.map((point) => `${point.processes}: ${short(point.perSecond)}/s, p99 ${msText(point.p99Ms)}`).join("; ")}; ${one?.turns.length ?? 0} turns of ${short(one?.seconds ?? 0)} s each. One judgement: ${sizes.join(", ")} sessions. The first of a credential: ${firsts.join(", ")}.`,
    };
  };
  return {
    note: `One machine of ${cores} ${cores === 1 ? "core" : "cores"}: more processes than cores show sharing, not scaling. The first check of a token costs ${firstWords(growth)}, and is not in these figures.`,
    cells: Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>,
    better: "more" as const,
    margin: { relative: margin, absolute: 0 },
    turns: Object.fromEntries(columns.map((column) => [column, turnsOf(loads[column])])) as Turns,
    series: [
      {
        title: "Cost of one judgement by number of sessions",
        x: { name: "sessions", scale: "log" as const },
        y: { name: "µs", scale: "log" as const },
        lines: costLines(growth, "again"),
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
      {
        title: "Cost of the first judgement of a credential by number of sessions",
        x: { name: "sessions", scale: "log" as const },
        y: { name: "µs", scale: "log" as const },
        lines: costLines(growth, "first"),
      },
    ],
  };
}

function costLines(growth: MeasuredScalability["growth"], which: "again" | "first") {
  return columns.map((column) => ({
    column,
    points: growth[column].map((cost): Point => [cost.sessions, cost[which]]),
  }));
}

// Requests per second of one process are what is compared.
function turnsOf([one]: readonly LoadPoint[]): readonly number[] {
  return one?.turns.map((perSecond) => Math.round(perSecond)) ?? [];
}

function firstWords(growth: MeasuredScalability["growth"]): string {
  const all = (["jwt", "jwt-alone", "hybrid"] as const).flatMap((column) => growth[column].map(({ first }) => first));
  const [least, most] = [short(Math.min(...all)), short(Math.max(...all))];
  return least === most ? `${least} µs` : `${least} to ${most} µs`;
}

function tenths(microseconds: number): number {
  return Math.round(microseconds * 10) / 10;
}

/** What columns must differ by, as a part. Less than that nobody would choose by. */
const margin = 0.05;

async function loadInTurns(
  lab: Lab,
  processCounts: readonly number[],
  progress: Progress,
  signal: AbortSignal,
): Promise<MeasuredScalability["loads"]> {
  const found = new Map<Column, TurnPoint[][]>(columns.map((column) => [column, processCounts.map(() => [])]));
  const signedIn = new Map<Column, SignedIn>();
  for (const turn of lab.budget.rounds("load", turns, leastTurns)) {
    progress(`loads, turn ${turn + 1} of ${turns}`);
    // Each begins a turn as often as the others.
    for (const column of rotated(columns, turn)) {
      const site = lab.site(column);
      const { credentials, isNew } = await signInWhenDue(lab, site, signedIn);
      for (const [index, processes] of processCounts.entries()) {
        found.get(column)?.[index]?.push(await loadOn(lab, site, { processes, credentials, isNew, turn }));
        signal.throwIfAborted();
      }
    }
  }
  const middles = [...found].map(
    ([column, points]) => [column, points.map((each, index) => middleOf(processCounts[index] ?? 0, each))] as const,
  );
  return byColumn(new Map(middles));
}

type TurnPoint = Pick<LoadPoint, "perSecond" | "seconds" | "medianMs" | "p99Ms">;

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** What is in the middle of the turns, each figure by itself. */
function middleOf(processes: number, points: readonly TurnPoint[]): LoadPoint {
  const middle = (figure: (point: TurnPoint) => number) => quantile(points.map(figure), 0.5);
  return {
    processes,
    perSecond: middle(({ perSecond }) => perSecond),
    turns: points.map(({ perSecond }) => perSecond),
    seconds: middle(({ seconds }) => seconds),
    medianMs: middle(({ medianMs }) => medianMs),
    p99Ms: middle(({ p99Ms }) => p99Ms),
  };
}

interface SignedIn {
  readonly credentials: readonly Headers[];
  readonly at: number;
}

// Tokens of the lab live for a short time: anew in the middle of the shortest, for a load lasts no longer than a sixth of that.
async function signInWhenDue(
  lab: Lab,
  site: Site,
  all: Map<Column, SignedIn>,
): Promise<{ readonly credentials: readonly Headers[]; readonly isNew: boolean }> {
  const { clock, conditions } = lab;
  const before = all.get(site.column);
  const now = clock.monotonic();
  if (before !== undefined && now - before.at < conditions.accessLifetime * 400) return { ...before, isNew: false };
  // Another subject each time: too many sign-ins of one would be refused.
  const credentials = await signInMany(site, await site.addSubject(), conditions.quick ? 10 : 50);
  all.set(site.column, { credentials, at: now });
  return { credentials, isNew: true };
}

async function signInMany(site: Site, email: string, many: number): Promise<Headers[]> {
  const credentials: Headers[] = [];
  for (let index = 0; index < many; index += 1) credentials.push((await site.signIn(email, "token")).headers);
  return credentials;
}

type Headers = Readonly<Record<string, string>>;

interface Loading {
  readonly processes: number;
  readonly credentials: readonly Headers[];
  /** Nobody has seen these credentials. */
  readonly isNew: boolean;
  readonly turn: number;
}

async function loadOn(lab: Lab, site: Site, { processes, credentials, isNew, turn }: Loading): Promise<TurnPoint> {
  const { seconds, seed } = lab.conditions;
  const load = { ports: site.services.slice(0, processes), credentials, connections, seed: seed + turn };
  // Lets every process see every credential, and compiles what is to be measured.
  if (isNew) await lab.load({ ...load, requests: credentials.length * processes * 10 });
  const outcome = await lab.load({ ...load, seconds: seconds / turns });
  requireAccepted(site.column, outcome.statuses);
  const { medianMs, p99Ms } = outcome;
  return { perSecond: outcome.requests / outcome.seconds, seconds: outcome.seconds, medianMs, p99Ms };
}
