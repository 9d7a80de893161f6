// The live demonstration in a real Chromium: every button pressed, in light and dark, narrow and wide, and what is there without script.

import type { BrowserContext, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../e2e/server-fixture.ts";
import { violations } from "../support/axe.ts";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { noteShifts, shiftsOf } from "../support/layout-shifts.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");

/** How long a button may take: the first starts processes. */
const timeout = 30_000;

describe.skipIf(path === undefined)("the demonstration in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let server: TestServer;

  beforeAll(async () => {
    chrome = await launchBrowser(path ?? "");
    server = await startTestServer();
  });
  afterAll(async () => {
    await chrome.close();
    await server[Symbol.asyncDispose]();
  });

  /** A page with its demonstration; `complaints` is what the browser's console said. */
  async function open(context: BrowserContext, place = "/#demonstration") {
    const page = await context.newPage();
    await noteShifts(page);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", ({ message }) => complaints.push(message));
    await page.goto(`${server.url}${place}`);
    const pane = (name: "jwt" | "session" | "hybrid") => page.locator(`.demo-${name}`);
    const button = (within: Locator, name: string) => within.getByRole("button", { name, exact: true });
    /** Presses a button of a pane, and answers what the pane then says. */
    const press = async (name: "jwt" | "session" | "hybrid", text: string, says: RegExp) => {
      await button(pane(name), text).and(page.locator(":not([aria-disabled])")).click({ timeout });
      await pane(name).locator(".demo-said", { hasText: says }).waitFor({ timeout });
      return (await pane(name).locator(".demo-said").textContent()) ?? "";
    };
    const all = (text: string) => button(page.locator(".demo-all"), text).and(page.locator(":not([aria-disabled])"));
    const signInAll = async () => {
      await all("Sign in three ways").click({ timeout });
      await pane("hybrid").locator(".demo-said", { hasText: "POST /auth/sign-in" }).waitFor({ timeout });
    };
    return { page, complaints, pane, press, all, signInAll };
  }

  const accepted = (by: string) => new RegExp(`Service \\d accepted ${by} in .* bytes of header sent\\.$`);

  it("presses every button, and sees what each strategy makes of it", async () => {
    const context = await chrome.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, complaints, pane, press, all, signInAll } = await open(context);
    await signInAll();
    expect(await pane("jwt").locator(".demo-token").textContent()).toContain('"typ": "lean+jwt"');
    expect(await pane("session").locator(".demo-cookie").textContent()).toContain("no script reads it");
    expect(await pane("hybrid").locator(".demo-cookie").count()).toBe(2);

    expect(await press("jwt", "Use it", accepted("it"))).toContain("It asked nobody.");
    expect(await press("session", "Use it", accepted("it"))).toMatch(
      /It asked the issuer, and that cost \d store reads: \d of the session, 1 of the service’s key\./,
    );
    expect(await press("hybrid", "Use it", accepted("it"))).toContain("It asked nobody.");
    for (const name of ["jwt", "session", "hybrid"] as const) {
      await press(name, "Steal a copy", /has a copy now/);
      await press(name, "Replay it", accepted("the thief’s copy"));
    }

    // One session ends: its own pane refuses, the others go on.
    await press(
      "session",
      "Sign out",
      /^Signed out\. Each of 3 services refused (the very next request with either copy|both copies at once)/,
    );
    expect(await pane("session").locator(".demo-refuses").count()).toBe(6);
    expect(await pane("hybrid").locator(".demo-refuses").count()).toBe(0);
    await press(
      "session",
      "Replay it",
      /refused the thief’s copy with 401, because the issuer knows no such living session/,
    );

    // A refresh token that comes twice.
    await press("jwt", "Renew the copy", /the issuer answered 200/);
    await press("jwt", "Renew", /^Theft noticed: .* still accept it/s);

    await all("Sign out everywhere").click({ timeout });
    await pane("hybrid")
      .locator(".demo-said", {
        hasText: /(The last|Each) of 3 services refused (both copies|the very next request with either copy)/,
      })
      .waitFor({ timeout });
    expect(await page.locator(".demo-all .demo-said").textContent()).toContain("POST /auth/sign-out-everywhere");

    await all("Begin again").click({ timeout });
    expect(await pane("jwt").locator(".demo-said").textContent()).toBe("Nothing was sent yet.");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("waits for the real end of a token, and shows the refusal and the renewal", async () => {
    const context = await chrome.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { pane, signInAll, page } = await open(context);
    await signInAll();
    for (const name of ["jwt", "hybrid"] as const) {
      await pane(name).getByRole("button", { name: "Wait for its end" }).click();
      expect(await pane(name).locator(".demo-end").textContent()).toMatch(/^It runs out in \d+ s\. /);
    }
    await pane("jwt").locator("button[aria-pressed=true]").waitFor();
    const end = (name: "jwt" | "hybrid", words: RegExp) =>
      pane(name).locator(".demo-said", { hasText: words }).waitFor({ timeout: 60_000 });
    await end(
      "jwt",
      /with 401, because the token has run out.*POST \/auth\/refresh: the issuer answered 200.*accepted it/s,
    );
    await end(
      "hybrid",
      /with 401, because the browser has dropped.*GET \/auth\/session: the issuer answered 200.*accepted it/s,
    );
    expect(await page.locator("button[aria-pressed=true]").count()).toBe(0);
    await context.close();
  });

  it("is reached and worked by keyboard alone, and nobody loses their place", async () => {
    const context = await chrome.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, pane } = await open(context);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    await page.locator(".demo-all button").first().focus();
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Tab");
    expect(await focused()).toBe("Sign in");
    await page.keyboard.press("Enter");
    await pane("jwt").locator(".demo-said", { hasText: "POST /auth/sign-in" }).waitFor({ timeout });
    expect(await focused()).toBe("Sign in");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await pane("jwt")
      .locator(".demo-said", { hasText: accepted("it") })
      .waitFor({ timeout });
    expect(await focused()).toBe("Use it");
    await context.close();
  });

  it.each([
    { colorScheme: "light", width: 360 },
    { colorScheme: "dark", width: 360 },
    { colorScheme: "light", width: 1280 },
    { colorScheme: "dark", width: 1280 },
  ] as const)(
    "has no accessibility fault and never scrolls sideways: $colorScheme, $width px",
    async ({ colorScheme, width }) => {
      const context = await chrome.browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const { page, pane, press, signInAll } = await open(context);
      const faults = async (state: string) => {
        expect(await violations(page, "#demonstration", "#live-line"), state).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, state).toBeLessThanOrEqual(0);
      };
      await faults("before anything");
      await signInAll();
      for (const summary of await page.locator(".demo-credential > summary").all()) {
        if ((await page.locator(".demo-credential:not([open])").count()) > 0) await summary.click();
      }
      await press("jwt", "Use it", accepted("it"));
      await press("jwt", "Steal a copy", /has a copy now/);
      await pane("jwt").getByRole("button", { name: "Wait for its end" }).click();
      await faults("signed in");
      await press("hybrid", "Sign out", /^Signed out\./);
      await faults("signed out");
      await context.close();
    },
  );

  it("measures a revocation at the top of the page, and moves nothing by that", async () => {
    const context = await chrome.browser.newContext({ viewport: { width: 390, height: 900 } });
    for (const place of ["/", "/#demonstration"]) {
      const { page } = await open(context, place);
      await page.locator(".live-line-fresh").waitFor({ timeout });
      const words = (await page.locator("#live-line").textContent()) ?? "";
      expect(words.replace(/\s+/g, " ")).toMatch(
        /Revoked at 3 services in [\d.]+ (µs|ms|s) measured on this machine just now/,
      );
      expect(await page.locator("#live-line").getAttribute("aria-live")).toBe("off");
      expect(await shiftsOf(page), place).toEqual([]);
      await page.close();
    }
    await context.close();
  });

  it.each([
    { name: "on this page, which then asks no more", isHere: true },
    { name: "elsewhere, and says so without a fault", isHere: false },
  ])("measures no revocation while the lab runs $name", async ({ isHere }) => {
    const context = await chrome.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const runner = await open(context);
    const other = await open(context);
    await other.page.locator(".live-line-fresh").waitFor({ timeout });
    const seen = isHere ? runner : other;
    await runner.page.locator("#lab-panel button[name=quick]").click();
    await runner.page.locator("#lab-panel .lab-running:not([hidden])").waitFor({ timeout });
    let pulses = 0;
    seen.page.on("request", (request) => {
      if (request.url().endsWith("/demonstration/pulse")) pulses += 1;
    });
    // The next pulse of either page is due meanwhile.
    const answered = await other.page.waitForResponse((answer) => answer.url().endsWith("/demonstration/pulse"), {
      timeout,
    });
    expect(answered.status()).toBe(200);
    expect(pulses).toBe(isHere ? 0 : 1);
    await runner.page.locator("#lab-panel .lab-stop button").click();
    await runner.page.locator("#lab-panel .lab-running").waitFor({ state: "hidden", timeout });
    expect(seen.complaints).toEqual([]);
    await context.close();
  });

  it("says without script what each button would show, and has no button that does nothing", async () => {
    const context = await chrome.browser.newContext({ javaScriptEnabled: false });
    const { page } = await open(context);
    const section = page.locator("#demonstration");
    expect(await section.locator("button").count()).toBe(0);
    for (const words of ["Sign in", "Use it", "Sign out", "Steal and replay", "Wait for its end"]) {
      expect(await section.locator("dt", { hasText: words }).count(), words).toBe(3);
    }
    expect(await section.locator("svg").count()).toBe(3);
    expect(await section.textContent()).toContain("With JavaScript there are buttons to press here.");
    expect(await page.locator("#live-line").textContent()).toContain("median of the report");
    await context.close();
  });
});
