// What a real browser noticed of a page that jumped, and a jump of ours that it must notice. Knows nothing of the page.

import type { Page } from "playwright-core";
import { expect } from "vitest";

/** A jump as the browser reports it. */
interface Shift {
  /** In milliseconds since the page's beginning. */
  readonly at: number;
  /** How much, and what was moved. */
  readonly words: string;
}

/** Begins to note jumps, from the next page's very beginning. */
export async function noteShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: Shift[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources = [] } = entry as PerformanceEntry & { value: number; sources?: { node?: Node }[] };
        const where = sources.map(({ node }) => (node instanceof Element ? node.outerHTML.slice(0, 80) : "text"));
        shifts.push({ at: entry.startTime, words: `${value} ${where.join(" ")}` });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/**
 * The jumps until now. A line's height is then put in at the top of the page, and waited for until the observer tells of that: it has told of all that
 * came before by then, and an observer that sees nothing passes no test.
 */
export async function shiftsOf(page: Page): Promise<string[]> {
  const planted = await page.evaluate(async () => {
    const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    // Further down the browser keeps in place what is read, and nothing jumps. A scroll that is under way may win the first time.
    do {
      window.scrollTo({ top: 0, behavior: "instant" });
      await drawn();
    } while (window.scrollY > 0);
    const line = document.createElement("div");
    line.style.height = "24px";
    const at = performance.now();
    document.querySelector("main")?.prepend(line);
    return at;
  });
  const all = () => page.evaluate(() => (globalThis as unknown as { shifts: Shift[] }).shifts);
  await expect.poll(async () => (await all()).some(({ at }) => at >= planted), { timeout: 10_000 }).toBe(true);
  return (await all()).filter(({ at }) => at < planted).map(({ words }) => words);
}
