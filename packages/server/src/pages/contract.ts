// What a page's route is. Knows no page.

import type { PageParts, Visit } from "./visit.ts";

/** One row of the table of pages. */
export interface PageRoute {
  readonly method: "GET" | "POST";
  /** With `:name` for parameters. */
  readonly path: string;
  run(parts: PageParts, visit: Visit): Response | Promise<Response>;
}

/** A form that was read: its fields by name. */
export type Fields = ReadonlyMap<string, string>;
