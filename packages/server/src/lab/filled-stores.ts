// Fills a store with more and more sessions, in a process of its own, and weighs and times it at each size. Judges nothing.

import { rmSync } from "node:fs";
import type { Budget } from "./budget.ts";
import type { FillActs } from "./children/acts.ts";
import { bounds } from "./conditions.ts";
import { type Column, type Conditions, columns } from "./contract.ts";
import { type SiteParts, setupOf } from "./site.ts";

/** A store with so many sessions. */
export interface Filled {
  readonly sessions: number;
  readonly bytesPerSubject: number;
  /** What one judgement costs then, of a credential that the process has seen before. */
  readonly microseconds: number;
  /** What the first of each credential costs. */
  readonly firstMicroseconds: number;
}

const entry = new URL("./children/fill.ts", import.meta.url);

/** Fills the store of a column, as far as there is time; `tell` is told each size. The store is gone at the end. */
export async function fillStore(
  parts: SiteParts,
  column: Column,
  budget: Budget,
  tell: (sessions: number) => void,
): Promise<readonly Filled[]> {
  const { quick, seed } = parts.conditions;
  const usual = setupOf({ ...parts, folder: parts.fastFolder }, column, `${column}.db`);
  // Nobody waits here for tokens to run out, and none may while it is timed, however slow the machine is.
  const setup = { ...usual, conditions: { accessLifetime: bounds.accessLifetime[1] } };
  const filler = await parts.start<FillActs>(entry, { execArgv: ["--expose-gc"] });
  await filler.call("open", { ...setup, seed });
  const found: Filled[] = [];
  const sizes = sizesOf(parts.conditions);
  const share = { index: columns.indexOf(column), of: columns.length };
  for (const index of budget.rounds("fill", sizes.length, 1, share)) {
    const { [index]: sessions = 0 } = sizes;
    tell(sessions);
    const { bytesPerSubject } = await filler.call("grow", { to: sessions });
    const timed = await filler.call("time", quick ? quickTiming : fullTiming);
    found.push({ sessions, bytesPerSubject, ...timed });
  }
  await filler.end();
  // A million subjects and sessions are 600 MB, which may lie in memory.
  const { databasePath } = setup;
  if (databasePath !== null) for (const end of ["", "-wal", "-shm"]) rmSync(databasePath + end, { force: true });
  return found;
}

const quickTiming = { judgements: 500, credentials: 50 } as const;
const fullTiming = { judgements: 5000, credentials: 500 } as const;

/** How many sessions a store is filled with. A million of them, as objects in a process, would weigh a gigabyte. */
function sizesOf({ quick, store }: Conditions): readonly number[] {
  if (quick) return [1000, 10_000];
  return store === "memory" ? [1000, 10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000];
}
