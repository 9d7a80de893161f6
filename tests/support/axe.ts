// What axe, the checker of accessibility, finds in a page of a real browser. Knows nothing of the page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** As much of axe as is used. */
interface Axe {
  run(within: Document | string): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

const script = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every fault, as its rule and the first element that breaks it: in the whole page, or within what these selectors find. */
export async function violations(page: Page, ...within: readonly string[]): Promise<string[]> {
  // By the tools' own door: a page's policy lets no other script in.
  await page.evaluate(script);
  return page.evaluate(async (selectors) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const told: string[] = [];
    // One after the other: axe refuses to run twice at once.
    for (const place of selectors.length === 0 ? [document] : selectors) {
      const found = await axe.run(place);
      told.push(...found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`));
    }
    return told;
  }, within);
}
