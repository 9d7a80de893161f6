// The pages in a real Chromium: accessible in every state, light and dark, narrow and wide; and usable without script.

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findAsset, readAssets } from "../../packages/server/src/web/assets.ts";
import { samplePages } from "../../packages/server/src/web/testing/models.ts";
import { startTestServer } from "../e2e/server-fixture.ts";
import { violations } from "../support/axe.ts";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { type SmallServer, serve } from "../support/servers.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");
const assets = readAssets();
const pages = samplePages((text) => text, { style: assets.style.path, favicon: assets.favicon.path });
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'";

describe.skipIf(path === undefined)("the pages in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let site: SmallServer;

  beforeAll(async () => {
    chrome = await launchBrowser(path ?? "");
    site = await serve((request, response) => {
      const asked = request.url ?? "/";
      const asset = findAsset(assets, asked);
      const page = pages.find(({ name }) => asked === `/${name}`);
      response.setHeader("content-type", asset?.type ?? "text/html; charset=utf-8");
      response.setHeader("content-security-policy", policy);
      response.end(asset?.body ?? page?.render() ?? "");
    });
  });
  afterAll(async () => {
    await chrome.close();
    await site.stop();
  });

  it.each(pages.map(({ name }) => name))("%s has no accessibility fault and never scrolls sideways", async (name) => {
    for (const width of [360, 1280]) {
      const context = await chrome.browser.newContext({ viewport: { width, height: 900 } });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto(`http://127.0.0.1:${site.port}/${name}`);
        expect(await violations(page), `${width} ${colorScheme}`).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, `${width} ${colorScheme}`).toBeLessThanOrEqual(0);
      }
      expect(complaints).toEqual([]);
      await context.close();
    }
  });

  describe("without script", () => {
    const email = "ada@example.com";
    const password = "wren plays slow cello";

    async function visit(context: BrowserContext, url: string): Promise<Page> {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    }

    it.each(["session", "jwt", "hybrid"])(
      "a person signs up, sees the devices, signs out, and signs in by %s",
      async (strategy) => {
        await using server = await startTestServer();
        const context = await chrome.browser.newContext({ javaScriptEnabled: false });
        const page = await visit(context, `${server.url}/sign-up`);
        await page.fill("input[name=email]", email);
        await page.fill("input[name=password]", password);
        await page.click("main form button");
        await page.waitForURL("**/sessions");
        expect(await page.textContent("main")).toContain(email);

        await page.click("form[action='/sign-out'] button");
        await page.goto(`${server.url}/sessions`);
        expect(new URL(page.url()).pathname).toBe("/sign-in");

        await page.fill("input[name=email]", email);
        await page.fill("input[name=password]", "a wrong pass phrase");
        await page.click("main form button");
        expect(await page.textContent("[role=alert]")).toContain("wrong");
        expect(await page.inputValue("input[name=email]")).toBe(email);
        expect(await page.inputValue("input[name=password]")).toBe("");

        await page.click(`label[for=strategy-${strategy}]`);
        await page.fill("input[name=password]", password);
        await page.click("main form button");
        await page.waitForURL("**/sessions");
        const names = (await context.cookies()).map((cookie) => cookie.name);
        expect(names.includes("__Host-Http-sid")).toBe(strategy !== "jwt");
        expect(names.includes("__Host-Http-at")).toBe(strategy !== "session");
        await context.close();
      },
    );

    it("a forgotten password is set anew by a mail, whose link changes nothing when it is opened", async () => {
      await using server = await startTestServer();
      const context = await chrome.browser.newContext({ javaScriptEnabled: false });
      const page = await visit(context, `${server.url}/sign-up`);
      await page.fill("input[name=email]", email);
      await page.fill("input[name=password]", password);
      await page.click("main form button");
      await page.waitForURL("**/sessions");
      await context.clearCookies();

      await page.goto(`${server.url}/forgot-password`);
      await page.fill("input[name=email]", email);
      await page.click("main form button");
      await page.goto(`${server.url}/dev/mail`);
      // The mail is sent after the answer.
      for (let tries = 0; tries < 50 && (await page.locator("main a").count()) < 2; tries += 1) {
        await page.waitForTimeout(100);
        await page.reload();
      }
      await page.locator("main a").first().click();
      const link = await page.locator("main a[href*='reset-password?token=']").getAttribute("href");
      await page.goto(link ?? "");
      await page.reload();
      await page.fill("input[name=password]", "nine amber kettles hum");
      await page.click("main form button");
      await page.goto(`${server.url}/sign-in`);
      await page.fill("input[name=email]", email);
      await page.fill("input[name=password]", "nine amber kettles hum");
      await page.click("main form button");
      await page.waitForURL("**/sessions");
      await page.goto(link ?? "");
      expect(await page.textContent("main")).toContain("This link does not work any more");
      expect(await page.locator("main input").count()).toBe(0);
      await context.close();
    });
  });
});
