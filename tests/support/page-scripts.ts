// Builds the scripts of the pages before any test runs. Knows no test.

import { buildPages } from "../../tools/pages.ts";

/** Called by Vitest once per project; costs next to nothing when the sources are as they were. */
export async function setup(): Promise<void> {
  await buildPages();
}
