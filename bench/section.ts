// How the script of a section is told what to do, and hands back what it found. Knows no section.

import { send } from "./children.ts";
import type { Table } from "./report.ts";

/** What a section is told. */
export interface SectionSettings {
  readonly quick: boolean;
  readonly seconds: number;
  /** Only what has one of these in its path; empty: everything. */
  readonly filters: readonly string[];
  /** A folder for files that are gone after the run; sections share what one of them made. */
  readonly folder: string;
}

/** Runs a section, as the whole of its process. */
export async function runSection(measure: (settings: SectionSettings) => Promise<readonly Table[]>): Promise<void> {
  const settings: SectionSettings = JSON.parse(process.argv[2] ?? "{}");
  // Whoever started it is gone: nobody wants the rest.
  process.once("disconnect", () => process.exit(1));
  await send({ tables: await measure(settings) });
  process.exit(0);
}

/** Whether a path is among those asked for. */
export function isWanted({ filters }: SectionSettings, path: string): boolean {
  return filters.length === 0 || filters.some((filter) => path.includes(filter));
}

/** How many sessions a file has: a million, or in a quick run as many as are made in a second. */
export function rowsOf({ quick }: SectionSettings): number {
  return quick ? 20_000 : 1_000_000;
}
