// Tries the browser itself: what the suites beside this one take for granted.

import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");

describe.skipIf(path === undefined)("a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let port = 0;
  const server = createServer((request, response) => {
    response.setHeader("Set-Cookie", "__Host-Http-try=1; Secure; HttpOnly; SameSite=Lax; Path=/");
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><title>${request.headers.host}</title><p>${request.headers.cookie ?? "no cookie"}`);
  });

  beforeAll(async () => {
    chrome = await launchBrowser(path ?? "");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    port = address.port;
  });
  afterAll(async () => {
    await chrome.close();
    server.close();
  });

  it("keeps a cookie with the strictest prefix over http on this machine", async () => {
    const page = await chrome.browser.newPage();
    await page.goto(`http://localhost:${port}/`);
    expect(await page.textContent("p")).toBe("no cookie");
    await page.reload();
    expect(await page.textContent("p")).toBe("__Host-Http-try=1");
  });

  it("finds every site under .test on this machine, and takes no such cookie from them", async () => {
    const page = await chrome.browser.newPage();
    await page.goto(`http://shop.test:${port}/`);
    expect(await page.title()).toBe(`shop.test:${port}`);
    await page.reload();
    expect(await page.textContent("p")).toBe("no cookie");
  });

  it("shares nothing between profiles", async () => {
    const context = await chrome.browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://localhost:${port}/`);
    expect(await page.textContent("p")).toBe("no cookie");
  });
});
