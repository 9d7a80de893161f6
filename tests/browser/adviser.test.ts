// The adviser in a real Chromium: the same advice with script and without, by keyboard, and by a link that is shared.

import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../e2e/server-fixture.ts";
import { violations } from "../support/axe.ts";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");

const hybrid = "?clients=web,mobile&services=many&sites=host&revocation=now&traffic=small&team=process";

describe.skipIf(path === undefined)("the adviser in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let server: TestServer;

  beforeAll(async () => {
    [chrome, server] = await Promise.all([launchBrowser(path ?? ""), startTestServer()]);
  });
  afterAll(async () => {
    await Promise.all([chrome.close(), server[Symbol.asyncDispose]()]);
  });

  async function open(search: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await chrome.browser.newContext(options);
    const page = await context.newPage();
    await page.goto(`${server.url}/${search}`);
    return page;
  }

  const withoutScript = { javaScriptEnabled: false };

  /** For each audience that is advised: what. */
  async function advised(page: Page): Promise<Record<string, string>> {
    const names = await page.locator("#advice .adviser-audience").allTextContents();
    const choices = await page.locator("#advice .adviser-choice").allTextContents();
    return Object.fromEntries(names.map((name, index) => [name, choices[index] ?? ""]));
  }

  async function choose(page: Page, ...ids: readonly string[]): Promise<void> {
    for (const id of ids) await page.click(`label[for=${id}]`);
  }

  it("gives the general verdict to those who have answered nothing", async () => {
    for (const options of [{}, withoutScript]) {
      const page = await open("", options);
      expect(await page.locator("#verdict-title").textContent()).toBe("Recommended: it depends on your architecture");
      expect(await page.locator(".verdict-short").textContent()).toBe("For most web applications: sessions.");
      expect(await page.locator("#advice h3").allTextContents()).toEqual([
        "Choose sessions when",
        "Choose JWTs when",
        "Take the hybrid when",
      ]);
      expect(await advised(page)).toEqual({});
      await page.context().close();
    }
  });

  it("advises by a form where no script runs, and comes back to the verdict", async () => {
    const page = await open("", withoutScript);
    await choose(page, "clients-mobile", "services-many", "revocation-now");
    await page.click("text=Show the advice");
    await page.waitForURL(/revocation=now/);
    const { search, hash } = new URL(page.url());
    expect(search).toBe(
      "?clients=web&clients=mobile&services=many&sites=host&revocation=now&traffic=small&team=process",
    );
    expect(hash).toBe("#verdict");
    expect(await advised(page)).toEqual({ Browsers: "Hybrid", "Mobile and desktop apps": "Hybrid" });
    expect(await page.isChecked("#services-many")).toBe(true);
    expect(await page.textContent("#advice")).toContain("createVerifier");
    await page.context().close();
  });

  it("changes the advice in place as answers change, and the address with it", async () => {
    const page = await open("");
    const loads: string[] = [];
    page.on("framenavigated", (frame) => loads.push(frame.url()));
    const entries = await page.evaluate(() => history.length);
    await page.evaluate(() => document.documentElement.setAttribute("data-same-page", "true"));
    await choose(page, "services-many");
    expect(await advised(page)).toEqual({ Browsers: "Hybrid" });
    await choose(page, "clients-web", "clients-spa");
    expect(await advised(page)).toEqual({ Browsers: "JWT with refresh" });
    await choose(page, "clients-web", "clients-spa", "revocation-now");
    expect(await advised(page)).toEqual({ Browsers: "Hybrid" });
    await choose(page, "clients-mobile");
    expect(await advised(page)).toEqual({ Browsers: "Hybrid", "Mobile and desktop apps": "Hybrid" });
    expect(page.url()).toBe(`${server.url}/${hybrid}#verdict`);
    expect(await page.textContent("#advice-said")).toBe(
      "Recommended. Browsers: Hybrid. Mobile and desktop apps: Hybrid.",
    );
    expect(await page.getAttribute("#advice-said", "aria-live")).toBe("polite");
    expect(await page.evaluate(() => history.length)).toBe(entries);
    expect(await page.getAttribute("html", "data-same-page")).toBe("true");
    await page.context().close();
  });

  it("gives the same advice in place as the server does, to the letter", async () => {
    const everybody =
      "?clients=web,spa,mobile,own,partners&services=many&sites=site&revocation=now&traffic=large&team=cache";
    for (const search of [
      hybrid,
      everybody,
      "?clients=own&services=many",
      "?clients=spa&sites=sites",
      "?clients=web,spa,partners&sites=site&services=few&revocation=seconds",
      "?clients=web&sites=sites&services=few",
      "?services=few",
    ]) {
      const served = await open(search, withoutScript);
      const alive = await open(search);
      // A change, and back again: what stands there is the script's own.
      await choose(alive, "clients-web");
      await choose(alive, "clients-web");
      const html = (page: Page) => page.locator("#advice").innerHTML();
      expect((await html(alive)).trim(), search).toBe((await html(served)).trim());
      await Promise.all([served.context().close(), alive.context().close()]);
    }
  });

  it("is shared by its link, which says the same elsewhere", async () => {
    const page = await open("", { permissions: ["clipboard-read", "clipboard-write"] });
    expect(await page.locator(".adviser-copy").count()).toBe(0);
    await choose(page, "clients-partners", "services-many", "revocation-seconds");
    await page.click("text=Copy the link");
    await page.waitForSelector("text=Link copied");
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toBe(page.url());
    const advice = await advised(page);
    for (const options of [{}, withoutScript]) {
      const other = await open(link.slice(server.url.length + 1), options);
      expect(await advised(other)).toEqual(advice);
      expect(await other.isChecked("#clients-partners")).toBe(true);
      await other.context().close();
    }
    await page.context().close();
  });

  it("says why, and what would change it: each by a link that leads there", async () => {
    const page = await open(hybrid);
    const rows = await page
      .locator("#advice a[href^='#']")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(rows.length).toBeGreaterThan(3);
    for (const row of new Set(rows)) expect(await page.locator(row).count(), row).toBe(1);
    await page.click("#advice .adviser-changes a >> nth=0");
    await page.waitForURL(/services=one/);
    expect(await advised(page)).toEqual({ Browsers: "Session", "Mobile and desktop apps": "Session" });
    await page.context().close();
  });

  it("works by keyboard alone", async () => {
    const page = await open("");
    await page.focus("#clients-web");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(Object.keys(await advised(page))).toEqual(["Browsers", "Mobile and desktop apps"]);
    await page.focus("#services-one");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await page.isChecked("#services-many")).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("services-many");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowUp");
    expect(new URL(page.url()).search).toContain("services=many");
    await page.keyboard.press("Enter");
    expect(await advised(page)).toMatchObject({ "Mobile and desktop apps": "Hybrid" });
    await page.context().close();
  });

  it("asks for a client where none is chosen, with script and without", async () => {
    const page = await open("");
    await choose(page, "clients-web");
    expect(await page.textContent("#advice")).toContain("Choose at least one kind of client");
    const other = await open(new URL(page.url()).search, withoutScript);
    expect(await other.textContent("#advice")).toContain("Choose at least one kind of client");
    await Promise.all([page.context().close(), other.context().close()]);
  });

  it("says so where a link has answers that are none, until others are chosen", async () => {
    for (const options of [{}, withoutScript]) {
      const page = await open("?clients=banana", options);
      expect(await page.textContent("#advice-unknown")).toContain("not understood");
      expect(await page.locator("#advice h3").count()).toBe(3);
      expect(await page.isChecked("#clients-web")).toBe(true);
      await page.goto(`${server.url}/?clients=mobile,banana`);
      expect(await page.textContent("#advice-unknown")).toContain("Some answers");
      expect(await advised(page)).toEqual({ "Mobile and desktop apps": "JWT with refresh" });
      await page.context().close();
    }
    const page = await open("?clients=banana");
    await choose(page, "services-many");
    expect(await page.locator("#advice-unknown").count()).toBe(0);
    expect(await advised(page)).toEqual({ Browsers: "Hybrid" });
    await page.context().close();
  });

  it("takes an address that somebody spoilt for no answer, or for those that it knows", async () => {
    const page = await open("?clients=%3Cscript%3E&services=__proto__&revocation=%E0%A4", withoutScript);
    expect(await advised(page)).toEqual({});
    await page.goto(`${server.url}/?clients=constructor,mobile&services=%00`);
    expect(await advised(page)).toEqual({ "Mobile and desktop apps": "JWT with refresh" });
    await page.context().close();
  });

  it("has no accessibility fault after a change, light and dark, narrow and wide", async () => {
    for (const width of [360, 1280]) {
      const page = await open(hybrid, { viewport: { width, height: 900 } });
      await choose(page, "clients-partners", "team-cache");
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page, "#verdict"), `${width} ${colorScheme}`).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, `${width} ${colorScheme}`).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    }
  });
});
