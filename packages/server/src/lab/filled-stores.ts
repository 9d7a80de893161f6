// Fills a store with more and more sessions, in a process of its own, and weighs and times it at each size. Judges nothing.

import { rmSync } from "node:fs";
import type { FillActs } from "./children/acts.ts";
import { bounds } from "./conditions.ts";
import type { Column, Conditions } from "./contract.ts";
import { type SiteParts, setupOf } from "./site.ts";

/** A store with so many sessions. */
export interface Filled {
  readonly sessions: number;
  readonly bytesPerSubject: number;
  /** What one judgement costs then. */
  readonly microseconds: number;
}

const entry = new URL("./children/fill.ts", import.meta.url);

/** Fills the store of a column; `tell` is told each size. The store is gone at the end. */
export async function fillStore(
  parts: SiteParts,
  column: Column,
  tell: (sessions: number) => void,
): Promise<readonly Filled[]> {
  const { quick, seed } = parts.conditions;
  const usual = setupOf({ ...parts, folder: parts.fastFolder }, column, `${column}.db`);
  // Nobody waits here for tokens to run out, and none may while it is timed, however slow the machine is.
  const setup = { ...usual, conditions: { accessLifetime: bounds.accessLifetime[1] } };
  const filler = await parts.start<FillActs>(entry, { execArgv: ["--expose-gc"] });
  await filler.call("open", { ...setup, seed });
  const found: Filled[] = [];
  for (const sessions of sizesOf(parts.conditions)) {
    tell(sessions);
    const { bytesPerSubject } = await filler.call("grow", { to: sessions });
    const { microseconds } = await filler.call("time", quick ? quickTiming : fullTiming);
    found.push({ sessions, bytesPerSubject, microseconds });
  }
  await filler.end();
  // A million sessions are 300 MB, which may lie in memory.
  const { databasePath } = setup;
  if (databasePath !== null) for (const end of ["", "-wal", "-shm"]) rmSync(databasePath + end, { force: true });
  return found;
}

const quickTiming = { judgements: 500, tokens: 10 } as const;
const fullTiming = { judgements: 5000, tokens: 50 } as const;

/** How many sessions a store is filled with. A million of them, as objects in a process, would weigh a gigabyte. */
function sizesOf({ quick, store }: Conditions): readonly number[] {
  if (quick) return [1000, 10_000];
  return store === "memory" ? [1000, 10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000];
}
