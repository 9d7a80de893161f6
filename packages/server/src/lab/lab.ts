// The laboratory: an issuer process, service processes, a load, for every column. Measures nothing, and leaves nothing behind.

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@countersign/verifier";
import { type Acts, type Child, type ChildOptions, startChild } from "../processes/child.ts";
import { createHttpClient, type HttpClient } from "../processes/http.ts";
import { type Budget, unlimited } from "./budget.ts";
import type { IssuerActs, Load, LoadActs, LoadOutcome, ServiceActs } from "./children/acts.ts";
import { type Column, type Conditions, columns } from "./contract.ts";
import { type Filled, fillStore } from "./filled-stores.ts";
import { openSite, type Site, type SiteParts, type SiteProcesses, serviceEntry, type WorseColumns } from "./site.ts";

export interface Lab {
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly budget: Budget;
  readonly http: HttpClient;
  site(column: Column): Site;
  load(load: Load): Promise<LoadOutcome>;
  /** Issuers and one service process apart from the others, where visitors name the issuer's host, or its whole origin, so. */
  openApart(host: string): Promise<(column: Column) => Site>;
  /**
   * Fills a store of its own with sessions, in a process of its own, and weighs and times it at each size. Done once for each column, for whoever
   * asks first; `tell` is told each size.
   */
  fill(column: Column, tell: (sessions: number) => void): Promise<readonly Filled[]>;
  close(): Promise<void>;
}

const entries = {
  issuer: new URL("./children/issuer.ts", import.meta.url),
  load: new URL("./children/load.ts", import.meta.url),
  service: serviceEntry,
};

/**
 * Starts the processes. When `signal` is aborted they end at once, and what is under way fails. `worse` is for the tests of the lab: which columns
 * are worse than they are, and by what. `budget`: the time that there is.
 */
export async function openLab(
  conditions: Conditions,
  signal: AbortSignal,
  worse: WorseColumns = {},
  budget: Budget = unlimited,
): Promise<Lab> {
  signal.throwIfAborted();
  const http = createHttpClient();
  const belongings = keepBelongings(signal, () => http.close());
  const { folder, fastFolder, start, close } = belongings;
  const secret = randomBytes(32).toString("base64url");
  const parts: SiteParts = { conditions, http, folder, fastFolder, secret, worse, start };
  try {
    const [issuer, load, ...services] = await Promise.all([
      start<IssuerActs>(entries.issuer),
      start<LoadActs>(entries.load),
      ...Array.from({ length: serviceCount(conditions) }, () => start<ServiceActs>(entries.service)),
    ]);
    const sites = await openSites(parts, { issuer, services, host: "127.0.0.1", prefix: "" });
    const fills = new Map<Column, Promise<readonly Filled[]>>();
    let apart = 0;
    return {
      ...{ conditions, clock: systemClock, budget, http, close, site: sites },
      load: (input) => load.call("run", input),
      async openApart(host) {
        apart += 1;
        const prefix = `apart-${apart}-`;
        const [ofItsOwn, ...others] = await Promise.all([
          start<IssuerActs>(entries.issuer),
          start<ServiceActs>(entries.service),
        ]);
        return openSites(parts, { issuer: ofItsOwn, services: others, host, prefix });
      },
      fill(column, tell) {
        const filling = fills.get(column) ?? fillStore(parts, column, budget, tell);
        fills.set(column, filling);
        return filling;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Belongings extends Pick<SiteParts, "folder" | "fastFolder" | "start"> {
  /** Ends the processes and removes the files. Repeating it is harmless. */
  close(): Promise<void>;
}

/** The folders and processes of a lab, all of which go when it is closed or called off. */
function keepBelongings(signal: AbortSignal, onClose: () => void): Belongings {
  const folder = mkdtempSync(join(tmpdir(), "countersign-lab-"));
  const fastFolder = mkdtempSync(join(fastPlace(), "countersign-lab-"));
  const started: { end(): Promise<void> }[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  async function closeAll(): Promise<void> {
    signal.removeEventListener("abort", close);
    onClose();
    await Promise.allSettled(started.map((child) => child.end()));
    for (const each of [folder, fastFolder]) rmSync(each, { recursive: true, force: true });
  }
  signal.addEventListener("abort", close, { once: true });
  async function start<Table extends Acts<Table>>(entry: URL, options?: ChildOptions): Promise<Child<Table>> {
    const child = await startChild<Table>(entry, options);
    started.push(child);
    // It was called off meanwhile.
    if (closing !== undefined) await child.end();
    signal.throwIfAborted();
    return child;
  }
  return { folder, fastFolder, start, close };
}

/** The least free space of a file system in memory for it to be used, in bytes. */
const enough = 4e9;

function fastPlace(): string {
  const inMemory = "/dev/shm";
  // Whoever says where temporary files go is obeyed.
  if (process.env.TMPDIR !== undefined || !existsSync(inMemory)) return tmpdir();
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize >= enough ? inMemory : tmpdir();
}

/** Service processes: as many as asked for, and for the scalability as many as it compares. */
function serviceCount({ services, rows, quick }: Conditions): number {
  return rows.includes("scalability") ? Math.max(services, quick ? 2 : 4) : services;
}

/** Opens every column in the same processes. */
async function openSites(parts: SiteParts, processes: Omit<SiteProcesses, "column">): Promise<Lab["site"]> {
  const sites = new Map<Column, Site>();
  for (const column of columns) sites.set(column, await openSite(parts, { ...processes, column }));
  return (column) => {
    const site = sites.get(column);
    if (site === undefined) throw new Error(`There is no site of ${column}.`);
    return site;
  };
}
