// Pages of other sites, by HTTP: those that are allowed use Bearer tokens, nobody uses cookies from elsewhere.

import { describe, expect, it } from "vitest";
import { routes } from "../../packages/countersign/src/http/routes.ts";
import type { Answer, Client } from "../support/http-client.ts";
import { expectStatus, goodPassword, interceptStore, signInBody, signUp, startIssuer } from "../support/issuer.ts";

const allowed = "https://app.example";
const strangers = [
  "https://evil.example",
  "https://app.example.evil.example",
  "http://app.example",
  "https://app.example:8443",
  "https://APP.example",
  "https://sub.app.example",
  "null",
];
const corsHeaders = (answer: Answer) =>
  Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name.startsWith("access-control-")));

const preflight = (client: Client, path: string, origin: string) =>
  client.send("OPTIONS", path.replace(/:\w+/g, "x"), {
    headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
  });

describe("a preflight", () => {
  it.each([...new Set(routes.map(({ path }) => path))])(
    "of an allowed origin is told what it may do: %s",
    async (path) => {
      await using issuer = await startIssuer({ corsOrigins: [allowed] });
      const answer = await preflight(issuer.client({ kind: "program" }), path, allowed);
      const open = routes.filter((route) => route.path === path && route.cors).map(({ method }) => method);
      expect(answer.status).toBe(204);
      expect(corsHeaders(answer)).toEqual(
        open.length === 0
          ? {}
          : {
              "access-control-allow-origin": allowed,
              "access-control-allow-methods": open.join(", "),
              "access-control-allow-headers": "authorization, content-type",
              "access-control-max-age": "600",
            },
      );
    },
  );

  it.each(strangers)("of anybody else is told nothing: %s", async (origin) => {
    await using issuer = await startIssuer({ corsOrigins: [allowed] });
    const client = issuer.client({ kind: "program" });
    for (const path of ["/auth/sign-in", "/auth/refresh", "/auth/session"]) {
      expect(corsHeaders(await preflight(client, path, origin))).toEqual({});
    }
  });

  it("opens neither services' nor operators' routes to pages", () => {
    const open = routes.filter(({ cors, access }) => cors && access !== "public" && access !== "account");
    expect(open).toEqual([]);
  });
});

describe("a page of an allowed origin", () => {
  const page = { kind: "program", headers: { origin: allowed, "sec-fetch-site": "cross-site" } } as const;

  it("signs up, renews, uses and ends a token, and may read every answer; credentials are never allowed", async () => {
    await using issuer = await startIssuer({ corsOrigins: [allowed] });
    const client = issuer.client(page);
    const up = await signUp(client, { strategy: "jwt" });
    const renewed = await client.post("/auth/refresh", { json: { refresh_token: up.str("refresh_token") } });
    const bearer = renewed.str("access_token");
    const answers = [
      up,
      renewed,
      await client.get("/auth/session", { bearer }),
      await client.send("PATCH", "/auth/session/data", { bearer, json: { a: 1 } }),
      await client.post("/auth/step-up", { bearer, json: { password: "wrong, of course not" } }),
      await client.get("/auth/session", { bearer: "nonsense" }),
      await client.post("/auth/sign-out", { bearer }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 401, 401, 204]);
    for (const answer of answers) {
      expect(corsHeaders(answer)).toEqual({
        "access-control-allow-origin": allowed,
        "access-control-expose-headers": "WWW-Authenticate, Retry-After",
      });
      expect(answer.headers.vary).toContain("Origin");
      expect(answer.setCookies).toEqual([]);
    }
  });

  it("may read that the server cannot answer now, and when to come back", async () => {
    let isDown = false;
    await using issuer = await startIssuer({
      corsOrigins: [allowed],
      wrapStore: (store) =>
        interceptStore(store, (call) => {
          if (isDown && call === "sessions.find") return store.close().then(() => undefined);
          return undefined;
        }),
    });
    const client = issuer.client(page);
    const bearer = (await signUp(client, { transport: "token" })).str("session_token");
    isDown = true;
    const answer = await client.get("/auth/session", { bearer });
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "1"]);
    expect(corsHeaders(answer)["access-control-allow-origin"]).toBe(allowed);
  });

  it("cannot get cookies, nor use them", async () => {
    await using issuer = await startIssuer({ corsOrigins: [allowed] });
    const ada = issuer.client();
    await signUp(ada);
    const fromElsewhere = { origin: allowed, "sec-fetch-site": "cross-site" };
    for (const strategy of ["session", "jwt"]) {
      const json = signInBody({ strategy: strategy === "jwt" ? "jwt" : "session", transport: "cookie" });
      const refused = await ada.post("/auth/sign-in", { json, headers: fromElsewhere });
      expect([refused.status, refused.json.code, refused.setCookies]).toEqual([403, "cross_site_request", []]);
    }
    const used = await ada.post("/auth/sign-out-everywhere", { headers: fromElsewhere });
    expect([used.status, used.json.code]).toEqual([403, "cross_site_request"]);
    expect((await ada.get("/auth/session")).status).toBe(200);
  });
});

describe("a page of any other origin", () => {
  it.each(strangers)("signs nobody in and reads nothing: %s", async (origin) => {
    await using issuer = await startIssuer({ corsOrigins: [allowed] });
    await signUp(issuer.client());
    const page = issuer.client({ kind: "program", headers: { origin } });
    for (const strategy of ["session", "jwt"] as const) {
      const json = signInBody({ strategy, transport: "token" });
      const refused = await page.post("/auth/sign-in", { json });
      expect([refused.status, refused.json.code]).toEqual([403, "cross_site_request"]);
      expect(corsHeaders(refused)).toEqual({});
    }
    for (const [path, json] of [
      ["/auth/sign-up", signInBody({ email: "eve@example.com", transport: "token" })],
      ["/auth/password/forgot", { email: "ada@example.com" }],
      ["/auth/password/reset", { token: "x", new_password: goodPassword }],
      ["/auth/verify-address", { token: "x" }],
    ] as const) {
      expect([path, (await page.post(path, { json })).status]).toEqual([path, 403]);
    }
    expect(await issuer.auth.subjects.findByEmail("eve@example.com")).toBeUndefined();
    expect(corsHeaders(await page.get("/auth/session"))).toEqual({});
  });
});

describe("keys and metadata", () => {
  it("are for everybody, from everywhere, without credentials", async () => {
    await using issuer = await startIssuer();
    const client = issuer.client({ kind: "program", headers: { origin: "https://anybody.example" } });
    for (const path of ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"]) {
      const answer = expectStatus(await client.get(path), 200);
      expect(corsHeaders(answer)).toEqual({ "access-control-allow-origin": "*" });
    }
  });
});
