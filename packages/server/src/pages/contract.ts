// What a page's route is. Knows no page.

import type { PageParts, Visit } from "./visit.ts";

/** One row of the table of pages. */
export interface PageRoute {
  readonly method: "GET" | "POST";
  /** With `:name` for parameters. */
  readonly path: string;
  /** Whether a visitor may learn that there is this address; who may not is answered as at any that there is not. Default: everybody may. */
  readonly isKnownTo?: (parts: PageParts, visit: Visit) => boolean;
  run(parts: PageParts, visit: Visit): Response | Promise<Response>;
}

/** A form that was read: its fields by name. */
export type Fields = ReadonlyMap<string, string>;
