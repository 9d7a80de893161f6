// The front page in a real Chromium: still while it loads, readable without script, and with the lab run from it.

import { gzipSync } from "node:zlib";
import type { BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aspects, columns } from "../../packages/server/src/lab/contract.ts";
import { readCommittedReport } from "../../packages/server/src/lab/report.ts";
import { comparison } from "../../packages/server/src/web/comparison.ts";
import { typedCommand } from "../../packages/server/src/web/typed-command.ts";
import { startTestServer, type TestServer } from "../e2e/server-fixture.ts";
import { violations } from "../support/axe.ts";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { noteShifts, shiftsOf } from "../support/layout-shifts.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");
const report = readCommittedReport();
const startButton = "#lab-panel button[name=quick]";

describe.skipIf(path === undefined)("the front page in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let server: TestServer;

  beforeAll(async () => {
    [chrome, server] = await Promise.all([launchBrowser(path ?? ""), startTestServer()]);
  });
  afterAll(async () => {
    await chrome.close();
    await server[Symbol.asyncDispose]();
  });

  interface Opened extends AsyncDisposable {
    readonly page: Page;
    readonly context: BrowserContext;
    /** What the browser had to complain of: errors, refusals of the content policy. */
    readonly complaints: string[];
  }

  async function open(options: BrowserContextOptions = {}, before?: (page: Page) => Promise<void>): Promise<Opened> {
    const context = await chrome.browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      // The demonstration may ask visitors to be patient, and browsers write each such answer down.
      const isPatience = message.location().url.includes("/demonstration") && message.text().includes("429");
      if (["error", "warning"].includes(message.type()) && !isPatience) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await before?.(page);
    await page.goto(server.url);
    return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  /** How many titles to unfold, and how many lists, a card shows. */
  const seenParts = async (card: Locator) => {
    const seen = async (what: string) =>
      (await Promise.all((await card.locator(what).all()).map((each) => each.isVisible()))).filter(Boolean).length;
    return { titles: await seen("summary"), lists: await seen("ol, ul") };
  };

  const openDetails = (page: Page) =>
    page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });

  it.each([
    { width: 360, colorScheme: "light" },
    { width: 360, colorScheme: "dark" },
    { width: 1280, colorScheme: "light" },
    { width: 1280, colorScheme: "dark" },
  ] as const)(
    "has no accessibility fault with all of it unfolded, $width wide and $colorScheme",
    async ({ width, colorScheme }) => {
      await using opened = await open({ viewport: { width, height: 900 }, colorScheme });
      await openDetails(opened.page);
      expect(await violations(opened.page)).toEqual([]);
      const overflow = await opened.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(opened.complaints).toEqual([]);
    },
  );

  it.each([390, 1280])("does not move while it loads and is scrolled, %d px wide", async (width) => {
    await using opened = await open({ viewport: { width, height: 844 } }, noteShifts);
    await opened.page.evaluate(async () => {
      const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      for (let top = 0; top < document.documentElement.scrollHeight; top += 600) {
        window.scrollTo({ top, behavior: "instant" });
        await drawn();
      }
    });
    expect(await shiftsOf(opened.page)).toEqual([]);
  });

  it("says what it is to search engines and to those who share it, and breaks no policy by it", async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    const address = `${server.url}/`;
    const property = (name: string) => page.getAttribute(`meta[property='${name}']`, "content");
    expect(await page.getAttribute("link[rel=canonical]", "href")).toBe(address);
    expect(await property("og:url")).toBe(address);
    expect(await page.title()).toBe("JWT or sessions? What is the difference, and which is better");
    expect(await property("og:title")).toBe(await page.title());
    const description = (await page.getAttribute("meta[name=description]", "content")) ?? "";
    expect(await property("og:description")).toBe(description);
    for (const words of ["JWT", "session", ...aspects.map((aspect) => aspect.split("-")[0] ?? aspect)]) {
      expect(description.toLowerCase(), words).toContain(words.toLowerCase());
    }
    // What is longer is cut off where it is shown.
    expect(description.length).toBeLessThanOrEqual(200);
    const picture = await fetch((await property("og:image")) ?? "");
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
    const data: { "@graph": { "@type": string }[] } = JSON.parse(
      (await page.textContent("script[type='application/ld+json']")) ?? "",
    );
    expect(data["@graph"].map((each) => each["@type"])).toEqual(["SoftwareApplication", "FAQPage"]);
    expect(complaints).toEqual([]);
  });

  it("brings less than 60 KB of script, compressed", async () => {
    await using opened = await open();
    const scripts = await opened.page
      .locator("script[src], link[rel=modulepreload]")
      .evaluateAll((all) => all.map((each) => each.getAttribute("src") ?? each.getAttribute("href") ?? ""));
    expect(scripts.length).toBeGreaterThan(0);
    let bytes = 0;
    for (const address of scripts) {
      const script = await (await fetch(new URL(address, server.url))).arrayBuffer();
      bytes += gzipSync(Buffer.from(script), { level: 9 }).length;
    }
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThan(60_000);
  });

  it("runs its script, and lets no other in", async () => {
    await using opened = await open();
    const { page } = opened;
    const ran = await page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => resolve(effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "globalThis.planted = true";
          document.head.append(script);
        }),
    );
    expect(ran).toBe("script-src-elem");
    expect(await page.evaluate(() => "planted" in globalThis)).toBe(false);
  });

  it("shows every figure of the report without script", async () => {
    await using opened = await open({ javaScriptEnabled: false });
    const cells = await opened.page.locator(".versus .versus-cell .versus-figure").allTextContents();
    expect(cells.map((text) => text.replaceAll("\u00a0", " "))).toEqual(
      report.rows.flatMap((row) => columns.map((column) => row.cells[column].text)),
    );
    expect(await opened.page.locator("svg.plot").count()).toBe(4);
    expect(await opened.page.locator(startButton).isVisible()).toBe(true);
  });

  it.each(comparison.systems)(
    "folds no part of $title where the cards stand side by side, and stops at none",
    async ({ side }) => {
      await using opened = await open({ viewport: { width: 1280, height: 844 } });
      const card = opened.page.locator(`.system-${side}`);
      expect(await seenParts(card)).toEqual({ titles: 0, lists: 3 });
      expect(
        await card
          .locator("summary")
          .evaluateAll((all) => all.map((each) => each.tabIndex >= 0 && each.checkVisibility())),
      ).toEqual([false, false, false]);
    },
  );

  it.each(comparison.systems)(
    "folds the parts of $title on a phone, and unfolds each by a key without script",
    async ({ side }) => {
      await using opened = await open({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
      const card = opened.page.locator(`.system-${side}`);
      expect(await seenParts(card)).toEqual({ titles: 3, lists: 0 });
      for (const [index, summary] of (await card.locator("summary").all()).entries()) {
        await summary.press("Enter");
        expect(await seenParts(card)).toEqual({ titles: 3, lists: index + 1 });
      }
    },
  );

  it.each(comparison.systems)("leads from the card of $title to where it can be tried", async ({ side, tryIt }) => {
    await using opened = await open({ viewport: { width: 390, height: 844 } });
    const { page } = opened;
    await page.locator(`.system-${side} .system-try a`).click();
    await page.waitForURL(new URL(tryIt.href, server.url).href);
    const place = page.locator(new URL(tryIt.href, server.url).hash);
    await expect
      .poll(() =>
        place
          .locator("h2, h3")
          .first()
          .evaluate((head) => head.getBoundingClientRect().top),
      )
      .toBeLessThan(844);
    expect(await place.locator("textarea, button").count()).toBeGreaterThan(0);
  });

  it("names the system before each figure where the table is stacked", async () => {
    await using opened = await open({ viewport: { width: 390, height: 844 } });
    const labels = await opened.page
      .locator("#row-payload .versus-cell")
      .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell, "::before").content));
    expect(labels).toEqual(['"Session"', '"Session under the feed"', '"JWT with refresh"', '"JWT alone"', '"Hybrid"']);
  });

  describe("runs the lab", () => {
    const said = ".lab-said";

    it("with a script, by the keyboard: it shows how far it is, and stops", async () => {
      await using opened = await open();
      const { page, complaints } = opened;
      await page.focus(startButton);
      await page.keyboard.press("Enter");
      await page.waitForSelector(".lab-running", { state: "visible" });
      expect(await page.locator(startButton).isVisible()).toBe(false);
      await page.waitForFunction(() => document.querySelector(".lab-now")?.textContent?.includes("0 of 7 rows done."));
      expect(await page.textContent(".lab-elapsed")).toMatch(/^Running for \d+ s\.$/);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Stop");

      // Whoever comes meanwhile sees the same run.
      await using other = await open();
      expect(await other.page.locator(".lab-running").isVisible()).toBe(true);

      await page.keyboard.press("Enter");
      await page.waitForSelector(startButton, { state: "visible" });
      expect(await page.textContent(said)).toBe(
        "The last run was stopped. Nothing of it was kept: the figures are those from before.",
      );
      await other.page.waitForSelector(startButton, { state: "visible" });
      expect(new URL(page.url()).pathname).toBe("/");
      expect(complaints).toEqual([]);
    });

    it("without script: by forms, and a link to look again", async () => {
      await using opened = await open({ javaScriptEnabled: false });
      const { page } = opened;
      await page.click(startButton);
      await page.waitForSelector(".lab-running", { state: "visible" });
      expect(await page.textContent(".lab-now")).toMatch(/^\d of 7 rows done\. Now: \S/);
      await page.click("#lab-panel noscript a");
      await page.click(".lab-stop button");
      await page.waitForSelector(startButton, { state: "visible" });
      expect(await page.textContent(said)).toBe(
        "The last run was stopped. Nothing of it was kept: the figures are those from before.",
      );
    });

    // Last: from here on the page shows these figures.
    it("to the end, and shows the new figures in place of the old ones", { timeout: 450_000 }, async () => {
      await using opened = await open();
      const { page, complaints } = opened;
      expect(await page.textContent(".provenance")).toContain("Measured on the project’s machine");
      await page.click(startButton);
      await page.waitForFunction(
        () => document.querySelector(".provenance")?.textContent?.includes("Measured on this machine"),
        undefined,
        { timeout: 400_000 },
      );
      expect(await page.textContent(".provenance")).toContain(typedCommand("countersign compare --quick --seed 1"));
      // What leads to a row leads there still.
      const rows = await page.locator(".versus tbody[id]").evaluateAll((all) => all.map(({ id }) => id));
      expect(rows).toEqual(aspects.map((aspect) => `row-${aspect}`));
      expect(await page.locator(startButton).isVisible()).toBe(true);
      expect(complaints).toEqual([]);
    });
  });
});
