// The session cookie in a real Chromium: what it looks like, when it is sent, and what pages of other sites and of neighbours can do with it.

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { ada, type IssuerSite, startIssuerSite, startPages } from "../support/issuer-site.ts";
import { type Calling, call, postJson, submitForm } from "../support/page-calls.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");
const cookieName = "__Host-Http-sid";

describe.skipIf(path === undefined)("in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let site: IssuerSite;
  let pages: Awaited<ReturnType<typeof startPages>>;
  let context: BrowserContext;
  let page: Page;

  // A name under `localhost` counts as secure, and has neighbours: names under the same registrable domain.
  const host = "auth.shop.localhost";
  /** Where hostile pages are, and what a browser calls their relation to the issuer. */
  const elsewhere = {
    "another site": () => ({ origin: `http://evil.test:${pages.port}`, relation: "cross-site" }),
    "a neighbouring host": () => ({ origin: `http://evil.shop.localhost:${pages.port}`, relation: "same-site" }),
    "another port of the same host": () => ({ origin: `http://${host}:${pages.port}`, relation: "same-site" }),
  } as const;
  const places = Object.keys(elsewhere) as (keyof typeof elsewhere)[];

  beforeAll(async () => {
    chrome = await launchBrowser(path ?? "");
    pages = await startPages();
    site = await startIssuerSite(host, { corsOrigins: [`http://app.test:${pages.port}`] });
  });
  afterAll(async () => {
    await chrome.close();
    await site[Symbol.asyncDispose]();
    await pages[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    context = await chrome.browser.newContext();
    page = await context.newPage();
    site.arrived.length = 0;
    return () => context.close();
  });

  /** Signs in on the issuer's own page. The session's public name. */
  const signIn = async (): Promise<string> => {
    await page.goto(`${site.origin}/`);
    const reply = await call(page, "/auth/sign-in", postJson(ada));
    const sid = reply === "failed" ? undefined : reply.json.sid;
    if (typeof sid !== "string") throw new Error(`not signed in: ${JSON.stringify(reply)}`);
    return sid;
  };
  const hasCookie = async () => (await context.cookies(site.origin)).some(({ name }) => name === cookieName);

  it("the cookie is 43 bytes, for this host only, over TLS only, and not for scripts", async () => {
    await signIn();
    const cookie = (await context.cookies(site.origin)).find(({ name }) => name === cookieName);
    expect(cookie).toMatchObject({ domain: host, path: "/", httpOnly: true, secure: true, sameSite: "Lax" });
    expect(`${cookie?.name}=${cookie?.value}`).toHaveLength(43);
    expect(await page.evaluate(() => document.cookie)).toBe("");
  });

  it("the cookie is sent with the next navigation, also with one that a link of another site begins", async () => {
    await signIn();
    await page.goto(`${site.origin}/next`);
    expect(await page.textContent("p")).toMatch(new RegExp(`^${cookieName}=[\\w-]{27}$`));
    await page.goto(elsewhere["another site"]().origin);
    await page.evaluate((href) => {
      const link = Object.assign(document.createElement("a"), { href, textContent: "a link" });
      document.body.append(link);
      link.click();
    }, `${site.origin}/linked`);
    await page.waitForURL("**/linked");
    expect(await page.textContent("p")).toContain(cookieName);
  });

  it("a script of the very site cannot plant the cookie, so an injected one cannot fix a session", async () => {
    await page.goto(`${site.origin}/`);
    await page.evaluate((name) => {
      // biome-ignore lint/suspicious/noDocumentCookie: this is the attack.
      document.cookie = `${name}=${"x".repeat(27)}; Secure; Path=/`;
    }, cookieName);
    expect(await context.cookies()).toEqual([]);
  });

  it("a script of a neighbouring host cannot plant it either", async () => {
    await page.goto(elsewhere["a neighbouring host"]().origin);
    await page.evaluate((name) => {
      for (const more of ["", "; Domain=shop.localhost"]) {
        // biome-ignore lint/suspicious/noDocumentCookie: this is the attack.
        document.cookie = `${name}=${"x".repeat(27)}; Secure; Path=/${more}`;
      }
    }, cookieName);
    expect(await context.cookies()).toEqual([]);
  });

  it("its own page signs out, and the cookie is gone", async () => {
    const sid = await signIn();
    expect(await submitForm(page, `${site.origin}/auth/sign-out`)).toBe(204);
    expect(await hasCookie()).toBe(false);
    expect(await site.auth.sessions.find(sid)).toBeUndefined();
  });

  describe.each(places)("a page of %s", (place) => {
    it("cannot sign the visitor out by a form", async () => {
      const sid = await signIn();
      site.arrived.length = 0;
      const { origin, relation } = elsewhere[place]();
      await page.goto(origin);
      const status = await submitForm(page, `${site.origin}/auth/sign-out`);
      const [arrived] = site.arrived;
      expect(arrived?.headers).toMatchObject({ "sec-fetch-site": relation, origin });
      // From another site the cookie stays at home, and there is nothing to end; a neighbour's request bears it, and is refused.
      const bearsCookie = arrived?.headers.cookie?.includes(cookieName) === true;
      expect([bearsCookie, status]).toEqual(relation === "same-site" ? [true, 403] : [false, 204]);
      expect(await hasCookie()).toBe(true);
      expect(await site.auth.sessions.find(sid)).toBeDefined();
    });

    it.each([
      { it: "sign the visitor out", to: "/auth/sign-out", init: { method: "POST" } },
      { it: "end all its sessions", to: "/auth/sign-out-everywhere", init: { method: "POST" } },
      { it: "read who it is", to: "/auth/session", init: {} },
      { it: "change its data", to: "/auth/session/data", init: { ...postJson({ admin: true }), method: "PATCH" } },
    ])("cannot $it by a script", async ({ to, init }) => {
      const sid = await signIn();
      await page.goto(elsewhere[place]().origin);
      for (const mode of ["cors", "no-cors"] as const) {
        const reply = await call(page, `${site.origin}${to}`, { ...init, mode, credentials: "include" });
        // An opaque answer tells nothing, not even its status.
        expect(reply === "failed" || (mode === "no-cors" && reply.status === 0)).toBe(true);
      }
      expect(await hasCookie()).toBe(true);
      expect(await site.auth.sessions.find(sid)).toMatchObject({ data: {} });
    });

    it("cannot sign the visitor in to an account of its own", async () => {
      const before = await site.signIns();
      const { origin } = elsewhere[place]();
      await page.goto(origin);
      const body = JSON.stringify(ada);
      expect(await call(page, `${site.origin}/auth/sign-in`, { ...postJson(ada), credentials: "include" })).toBe(
        "failed",
      );
      await call(page, `${site.origin}/auth/sign-in`, {
        method: "POST",
        body,
        mode: "no-cors",
        credentials: "include",
      });
      // As `name=value` the field reads `{"email":…,"password":…,"x":"="}`: JSON, but for the media type.
      const field = [`${body.slice(0, -1)},"x":"`, '"}'] as const;
      expect(await submitForm(page, `${site.origin}/auth/sign-in`, "text/plain", field)).toBe(415);
      expect(await context.cookies(site.origin)).toEqual([]);
      expect(await site.signIns()).toBe(before);
    });
  });

  it("a page of an allowed site may sign in for tokens, and cannot set the visitor's cookies", async () => {
    await page.goto(`http://app.test:${pages.port}/`);
    const ask = (more: object, init: Calling = {}) =>
      call(page, `${site.origin}/auth/sign-in`, { ...postJson({ ...ada, ...more }), ...init });
    const refused = { status: 403, json: { code: "cross_site_request" } };
    expect(await ask({ transport: "cookie" })).toMatchObject(refused);
    expect(await ask({ transport: "cookie" }, { credentials: "include" })).toBe("failed");
    expect(await ask({ transport: "token" })).toMatchObject({ status: 200 });
    expect(await context.cookies(site.origin)).toEqual([]);
  });
});
