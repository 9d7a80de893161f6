// State: what the stores are asked per 1,000 requests, and what they keep per signed-in subject. Judges no one.

import { besideRequests, between, ofRequests, type ReadsAndWrites } from "../../processes/counted-store.ts";
import { type Cell, type Column, columns, columnWords, type Point } from "../contract.ts";
import { bytesText, short } from "../figures.ts";
import type { Lab } from "../lab.ts";
import { scenario } from "../scenario.ts";
import type { Credential, Site } from "../site.ts";

/** Subjects, and requests of all of them together. */
const subjects = 10;
const requests = 1000;

/** What was counted of one column. */
export interface CountedColumn extends ReadsAndWrites {
  /** Calls that time causes, during the same requests. */
  readonly beside: ReadsAndWrites;
  readonly seconds: number;
  readonly sessionRows: number;
}

export interface MeasuredState {
  readonly store: "sqlite" | "memory";
  readonly counted: Readonly<Record<Column, CountedColumn>>;
  /** Bytes per subject, by how many subjects there are. */
  readonly bytes: Readonly<Record<Column, readonly Point[]>>;
}

export const state = scenario<Lab, MeasuredState>({
  aspect: "state",
  title: "State",
  measures: `Reads and writes of the stores of all processes while ${subjects} subjects make ${requests} requests and each renews its access token once, counted at the store; and the bytes that the store keeps per signed-in subject.`,
  limits:
    "A call of the store counts as one, whatever it costs. How often a client renews depends on its traffic: here once per 100 requests. JWT alone cannot renew and signs in again, which counts too. What is told of leases and the log goes by time, not by requests. Bytes are those of one session for each subject, without the account, as the growth of the store.",
  sharesMachine: false,
  prepare: async (lab) => lab,
  async run(lab, progress, signal) {
    const counted = new Map<Column, CountedColumn>();
    for (const column of columns) {
      progress(`counting what ${columnWords[column]} asks its store`);
      counted.set(column, await countColumn(lab, lab.site(column)));
      signal.throwIfAborted();
    }
    const bytes = new Map<Column, readonly Point[]>();
    for (const column of columns) {
      const filled = await lab.fill(column, (many) =>
        progress(`${columnWords[column]}: filling a store with ${short(many)} sessions`),
      );
      bytes.set(
        column,
        filled.map(({ sessions, bytesPerSubject }) => [sessions, Math.round(bytesPerSubject)] as const),
      );
      signal.throwIfAborted();
    }
    return { store: lab.conditions.store, counted: byColumn(counted), bytes: byColumn(bytes) };
  },
  report: reportState,
});

/** The figures of what was counted and weighed. Pure. */
export function reportState({ store, counted, bytes }: MeasuredState) {
  const cells = Object.fromEntries(columns.map((column) => [column, cellOf(counted[column], bytes[column])]));
  return {
    note: "Compared are the calls of the store; the bytes kept stand beside them and decide nothing.",
    cells: cells as Record<Column, Cell>,
    better: "less" as const,
    margin: { relative: 0.1, absolute: 5 },
    series: [
      {
        title: `Bytes kept per signed-in subject (${store === "sqlite" ? "database file" : "heap"})`,
        x: { name: "signed-in subjects", scale: "log" as const },
        y: { name: "bytes per subject", scale: "linear" as const },
        lines: columns.map((column) => ({ column, points: bytes[column] })),
      },
    ],
  };
}

function cellOf({ reads, writes, beside, seconds, sessionRows }: CountedColumn, bytes: readonly Point[]): Cell {
  const [, perSubject = 0] = bytes.at(-1) ?? [];
  const perSecond = (beside.reads + beside.writes) / seconds;
  return {
    value: reads + writes,
    unit: "store calls per 1,000 requests",
    text: `${short(reads)} reads, ${short(writes)} writes; ${bytesText(perSubject)} kept`,
    detail: `Keeps ${bytesText(perSubject)} per signed-in subject (${sessionRows} rows for ${subjects} subjects). The revocation log asks ${short(perSecond)} times a second beside, in all processes together.`,
  };
}

async function countColumn(lab: Lab, site: Site): Promise<CountedColumn> {
  const credentials: Credential[] = [];
  const rowsBefore = await site.rows();
  for (let index = 0; index < subjects; index += 1)
    credentials.push(await site.signIn(await site.addSubject(), "token"));
  const sessionRows = (await site.rows()) - rowsBefore;
  const before = await site.counts();
  const beganAt = lab.clock.monotonic();
  const { statuses } = await lab.load({
    ports: site.services,
    credentials: credentials.map(({ headers }) => headers),
    ...{ connections: 4, requests, seed: lab.conditions.seed },
  });
  requireAccepted(site.column, statuses);
  const own = await site.counts();
  for (const credential of credentials) await renewOnce(site, credential);
  const after = await site.counts();
  const seconds = (lab.clock.monotonic() - beganAt) / 1000;
  const all = ofRequests(between(before, after));
  const beside = besideRequests(between(before, own));
  return { ...all, beside, seconds, sessionRows };
}

// As a client does when its access token runs out: by its refresh token, or by signing in again where there is none. A session needs neither.
async function renewOnce(site: Site, credential: Credential): Promise<void> {
  if (credential.refresh !== undefined) {
    const { status } = await site.renew(credential);
    if (status !== 200) throw new Error(`A renewal of the lab was answered ${status}.`);
  } else if (site.column === "jwt-alone") {
    await site.signIn(credential.email, "token");
  }
}

/** Throws when a load got anything but 200: figures over refusals would say nothing. */
export function requireAccepted(column: Column, statuses: Readonly<Record<string, number>>): void {
  const others = Object.keys(statuses).filter((status) => status !== "200");
  if (others.length > 0) throw new Error(`A load of the lab on ${column} was answered ${others.join(", ")}.`);
}

/** A table with every column, out of a map that has them. */
export function byColumn<T>(found: ReadonlyMap<Column, T>): Record<Column, T> {
  for (const column of columns) if (!found.has(column)) throw new Error(`Nothing was measured of ${column}.`);
  return Object.fromEntries(found) as Record<Column, T>;
}
