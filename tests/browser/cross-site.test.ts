// Tokens across sites in a real Chromium: a page on one site, the issuer on another, a service on a third; and what stays impossible.

import { createVerifier } from "@countersign/verifier";
import { withIdentity } from "@countersign/verifier/node";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LaunchedBrowser, launchBrowser } from "../support/browser.ts";
import { ada, type IssuerSite, startIssuerSite, startPages } from "../support/issuer-site.ts";
import { type Calling, call, postJson, type Reply } from "../support/page-calls.ts";
import { type SmallServer, serve } from "../support/servers.ts";
import { requireService } from "../support/services.ts";

const path = requireService("chromium");

const bearer = (token: string, calling: Calling = {}): Calling => ({
  ...calling,
  headers: { ...calling.headers, authorization: `Bearer ${token}` },
});

/** A text in the answer that a script got. */
function text(reply: Reply | "failed", member: string): string {
  const value = reply === "failed" ? undefined : reply.json[member];
  if (typeof value !== "string") throw new Error(`no text "${member}" in ${JSON.stringify(reply)}`);
  return value;
}

/** A service that has only the verifier. Which pages may call it is its own business, and not the verifier's. */
function startService(issuer: string, allowedOrigin: string): Promise<SmallServer> {
  const guarded = withIdentity(createVerifier({ issuer }), (_request, response, { sub, strategy }) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ sub, strategy }));
  });
  return serve((request, response) => {
    response.setHeader("vary", "Origin");
    if (request.headers.origin === allowedOrigin) {
      response.setHeader("access-control-allow-origin", allowedOrigin);
      response.setHeader("access-control-allow-headers", "authorization");
    }
    if (request.method === "OPTIONS") response.writeHead(204).end();
    else guarded(request, response);
  });
}

describe.skipIf(path === undefined)("in a real Chromium", () => {
  let chrome: LaunchedBrowser;
  let pages: Awaited<ReturnType<typeof startPages>>;
  let issuer: IssuerSite;
  let service: SmallServer;
  let context: BrowserContext;
  let page: Page;

  // Four sites: no two of them share a registrable domain.
  const appOrigin = () => `http://app.test:${pages.port}`;
  const otherOrigin = () => `http://other.example.test:${pages.port}`;
  const serviceUrl = () => `http://api.service.test:${service.port}/me`;
  const at = (route: string) => `${issuer.origin}${route}`;

  beforeAll(async () => {
    chrome = await launchBrowser(path ?? "");
    pages = await startPages();
    issuer = await startIssuerSite("localhost", { corsOrigins: [appOrigin()] });
    service = await startService(issuer.origin, appOrigin());
  });
  afterAll(async () => {
    await chrome.close();
    await Promise.all([issuer, pages, service].map((each) => each[Symbol.asyncDispose]()));
  });
  beforeEach(async () => {
    context = await chrome.browser.newContext();
    page = await context.newPage();
    issuer.arrived.length = 0;
    return () => context.close();
  });

  const signInAtApp = async () => {
    await page.goto(appOrigin());
    return call(page, at("/auth/sign-in"), postJson({ ...ada, strategy: "jwt", transport: "token" }));
  };

  describe("a page of an allowed site", () => {
    it("signs up, and is known to a service on a third site at once", async () => {
      await page.goto(appOrigin());
      const wish = { email: "grace@example.com", password: ada.password, strategy: "jwt", transport: "token" };
      const signedUp = await call(page, at("/auth/sign-up"), postJson(wish));
      const account = await issuer.auth.subjects.findByEmail("grace@example.com");
      expect(await call(page, serviceUrl(), bearer(text(signedUp, "access_token")))).toEqual({
        status: 200,
        json: { sub: account?.sub, strategy: "jwt" },
      });
    });

    it("signs in, calls the service, renews and signs out, and no cookie is ever involved", async () => {
      const tokens = await signInAtApp();
      expect(await call(page, serviceUrl(), bearer(text(tokens, "access_token")))).toMatchObject({ status: 200 });
      const renewed = await call(page, at("/auth/refresh"), postJson({ refresh_token: text(tokens, "refresh_token") }));
      const token = text(renewed, "access_token");
      expect(await call(page, serviceUrl(), bearer(token))).toMatchObject({ status: 200 });
      expect(await call(page, at("/auth/session"), bearer(token))).toMatchObject({ json: { email: ada.email } });
      expect(
        await call(page, at("/auth/session/data"), bearer(token, { ...postJson({ a: 1 }), method: "PATCH" })),
      ).toMatchObject({ status: 200, json: { data: { a: 1 } } });
      expect(await call(page, at("/auth/sign-out"), bearer(token, { method: "POST" }))).toMatchObject({ status: 204 });
      const refreshToken = text(renewed, "refresh_token");
      const ended = await call(page, at("/auth/refresh"), postJson({ refresh_token: refreshToken }));
      expect(ended).toMatchObject({ status: 401, json: { code: "refresh_invalid" } });
      expect(await context.cookies()).toEqual([]);
      expect(issuer.arrived.filter(({ headers }) => headers.cookie !== undefined)).toEqual([]);
    });

    it("signs in by session too, as a Bearer token", async () => {
      await page.goto(appOrigin());
      const session = await call(
        page,
        at("/auth/sign-in"),
        postJson({ ...ada, strategy: "session", transport: "token" }),
      );
      const token = text(session, "session_token");
      expect(await call(page, at("/auth/session"), bearer(token))).toMatchObject({ json: { strategy: "session" } });
      expect(await call(page, at("/auth/sign-out"), bearer(token, { method: "POST" }))).toMatchObject({ status: 204 });
      expect(await call(page, at("/auth/session"), bearer(token))).toMatchObject({
        status: 401,
        json: { code: "session_ended" },
      });
    });

    it("can read why it was refused: without a token, and with a wrong password", async () => {
      await page.goto(appOrigin());
      expect(await call(page, serviceUrl())).toMatchObject({ status: 401, json: { code: "credential_missing" } });
      expect(await call(page, at("/auth/session"))).toMatchObject({ json: { code: "credential_missing" } });
      const wrong = { ...ada, password: "not the password at all", strategy: "jwt" };
      expect(await call(page, at("/auth/sign-in"), postJson(wrong))).toMatchObject({
        status: 401,
        json: { code: "credentials_wrong" },
      });
    });

    it("cannot use the visitor's own session: its cookie does not cross, and credentials are not allowed", async () => {
      const sid = await signInAtIssuer();
      await page.goto(appOrigin());
      const include = { credentials: "include" } as const;
      expect(await call(page, at("/auth/session"), include)).toBe("failed");
      expect(await call(page, at("/auth/sign-out"), { ...include, method: "POST" })).toBe("failed");
      expect(await call(page, at("/auth/sign-out-everywhere"), { ...postJson({}), ...include })).toBe("failed");
      expect(await call(page, at("/auth/session"))).toMatchObject({ json: { code: "credential_missing" } });
      const crossed = issuer.arrived.filter(({ headers }) => headers.origin === appOrigin());
      expect(crossed.length).toBeGreaterThan(0);
      expect(crossed.filter(({ headers }) => headers.cookie !== undefined)).toEqual([]);
      expect(await issuer.auth.sessions.find(sid)).toBeDefined();
    });

    it("cannot reach what is not meant for pages", async () => {
      const token = text(await signInAtApp(), "access_token");
      for (const route of ["/auth/check", "/auth/admin/subjects"]) {
        expect(await call(page, at(route), bearer(token))).toBe("failed");
      }
    });
  });

  describe("a page of any other site", () => {
    it("can neither sign in nor sign up, nor learn what the answer would have been", async () => {
      const before = await issuer.signIns();
      await page.goto(otherOrigin());
      const wish = { ...ada, strategy: "jwt", transport: "token" };
      expect(await call(page, at("/auth/sign-in"), postJson(wish))).toBe("failed");
      expect(await call(page, at("/auth/sign-up"), postJson({ ...wish, email: "eve@example.com" }))).toBe("failed");
      expect(issuer.arrived.map(({ method }) => method)).toEqual(["OPTIONS", "OPTIONS"]);
      // Without a preflight the request arrives, and is refused for its media type; the script sees nothing of that.
      const simple = { method: "POST", body: JSON.stringify(wish), mode: "no-cors" } as const;
      expect(await call(page, at("/auth/sign-in"), simple)).toEqual({ status: 0, json: {} });
      expect(await issuer.signIns()).toBe(before);
      expect(await issuer.auth.subjects.findByEmail("eve@example.com")).toBeUndefined();
    });

    it("gets nothing by a token that it came by: neither issuer nor service lets its pages call", async () => {
      const token = text(await signInAtApp(), "access_token");
      await page.goto(otherOrigin());
      expect(await call(page, at("/auth/session"), bearer(token))).toBe("failed");
      expect(await call(page, serviceUrl(), bearer(token))).toBe("failed");
      // Not even the refusal is told.
      expect(await call(page, at("/auth/session"))).toBe("failed");
      expect(await call(page, serviceUrl())).toBe("failed");
      // `Authorization` asks for a preflight; without one it is not sent at all.
      await call(page, at("/auth/session"), bearer(token, { mode: "no-cors" }));
      expect(issuer.arrived.at(-1)?.headers).not.toHaveProperty("authorization");
    });

    it("may read the public keys, as anybody", async () => {
      await page.goto(otherOrigin());
      const keys = await call(page, at("/.well-known/jwks.json"));
      expect(keys).toMatchObject({ status: 200, json: { keys: [{ kty: "EC" }] } });
      expect(await call(page, at("/.well-known/jwks.json"), { credentials: "include" })).toBe("failed");
    });
  });

  it("a page of the same site on another port bears the cookie, and is refused for where it comes from", async () => {
    const sid = await signInAtIssuer();
    await page.goto(`http://localhost:${pages.port}/`);
    const calling = { method: "POST", mode: "no-cors", credentials: "include" } as const;
    const refused = page.waitForResponse(at("/auth/sign-out"));
    await call(page, at("/auth/sign-out"), calling);
    expect((await refused).status()).toBe(403);
    const headers = issuer.arrived.at(-1)?.headers;
    expect(headers).toMatchObject({
      "sec-fetch-site": "same-site",
      cookie: expect.stringContaining("__Host-Http-sid="),
    });
    expect(await issuer.auth.sessions.find(sid)).toBeDefined();
  });

  /** Signs the visitor in on the issuer's own page, by cookie. The session's public name. */
  async function signInAtIssuer(): Promise<string> {
    await page.goto(at("/"));
    const sid = text(await call(page, "/auth/sign-in", postJson(ada)), "sid");
    expect((await context.cookies(issuer.origin)).map(({ name }) => name)).toContain("__Host-Http-sid");
    return sid;
  }
});
