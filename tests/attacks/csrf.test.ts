// Requests that another site makes with somebody's cookies (attack classes 28 and 29), and what a proxy asks of forward authentication.

import { describe, expect, it } from "vitest";
import { routes } from "../../packages/countersign/src/http/routes.ts";
import type { Client, HeaderValues, Sending } from "../support/http-client.ts";
import { goodPassword, signInBody, signUp, startIssuer } from "../support/issuer.ts";

/** Who asks, as the browser tells it; the host of the issuer is filled in. */
interface Origin {
  readonly name: string;
  readonly headers: (url: string) => HeaderValues;
  readonly passes: boolean;
}

const origins: readonly Origin[] = [
  { name: "a page of the issuer", headers: () => ({ "sec-fetch-site": "same-origin" }), passes: true },
  { name: "the user, by hand", headers: () => ({ "sec-fetch-site": "none", origin: undefined }), passes: true },
  {
    name: "a page of the issuer in an old browser",
    headers: (url) => ({ "sec-fetch-site": undefined, origin: url }),
    passes: true,
  },
  { name: "another site", headers: () => ({ "sec-fetch-site": "cross-site" }), passes: false },
  { name: "a neighbouring host", headers: () => ({ "sec-fetch-site": "same-site" }), passes: false },
  { name: "something new", headers: () => ({ "sec-fetch-site": "very-same-origin" }), passes: false },
  { name: "two answers at once", headers: () => ({ "sec-fetch-site": ["same-origin", "cross-site"] }), passes: false },
  {
    name: "another site that pretends in Origin",
    headers: (url) => ({ "sec-fetch-site": "cross-site", origin: url }),
    passes: false,
  },
  {
    name: "another site in an old browser",
    headers: () => ({ "sec-fetch-site": undefined, origin: "https://evil.example" }),
    passes: false,
  },
  {
    name: "a host whose name begins like the issuer's",
    headers: (url) => ({ "sec-fetch-site": undefined, origin: `${url}.evil.example` }),
    passes: false,
  },
  {
    name: "another port of the same host",
    headers: () => ({ "sec-fetch-site": undefined, origin: "http://127.0.0.1:1" }),
    passes: false,
  },
  {
    name: "an opaque origin",
    headers: () => ({ "sec-fetch-site": undefined, origin: "null" }),
    passes: false,
  },
  {
    name: "nobody: the headers were stripped",
    headers: () => ({ "sec-fetch-site": undefined, origin: undefined }),
    passes: false,
  },
];

const actions: readonly (readonly [string, (client: Client, headers: HeaderValues) => Promise<number>])[] = [
  ["sign-out", async (client, headers) => (await client.post("/auth/sign-out", { headers })).status],
  [
    "sign-out everywhere",
    async (client, headers) => (await client.post("/auth/sign-out-everywhere", { headers })).status,
  ],
  [
    "a change of data",
    async (client, headers) => (await client.send("PATCH", "/auth/session/data", { json: { a: 1 }, headers })).status,
  ],
  [
    "step-up",
    async (client, headers) =>
      (await client.post("/auth/step-up", { json: { password: goodPassword }, headers })).status,
  ],
  [
    "the end of a device",
    async (client, headers) => (await client.send("DELETE", "/auth/sessions/AAAAAAAAAAAAAAAA", { headers })).status,
  ],
  ["sign-in", async (client, headers) => (await client.post("/auth/sign-in", { json: signInBody(), headers })).status],
  [
    "sign-up",
    async (client, headers) =>
      (await client.post("/auth/sign-up", { json: signInBody({ email: "new@example.com" }), headers })).status,
  ],
];

describe.each(actions)("%s with cookies", (_name, act) => {
  it.each(origins.map((origin) => [origin.name, origin] as const))("asked by %s", async (_by, origin) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const before = ada.cookie("__Host-Http-sid");
    const status = await act(ada, origin.headers(issuer.url));
    if (origin.passes) expect(status).not.toBe(403);
    else {
      expect(status).toBe(403);
      expect(ada.cookie("__Host-Http-sid")).toBe(before);
      expect((await ada.get("/auth/session")).json.data).toEqual({});
    }
  });
});

describe("a refresh by cookie", () => {
  it.each(origins.map((origin) => [origin.name, origin] as const))("asked by %s", async (_by, origin) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada, { strategy: "jwt", transport: "cookie" });
    const { status } = await ada.post("/auth/refresh", { headers: origin.headers(issuer.url) });
    expect(status).toBe(origin.passes ? 200 : 403);
  });
});

describe("what a form of another site can send", () => {
  const evil = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };

  it.each([
    ["a form", { form: { keep_current: "false" } }],
    ["JSON as text", { body: '{"keep_current":false}', headers: { "content-type": "text/plain" } }],
    ["a multipart form", { body: "--x--", headers: { "content-type": "multipart/form-data; boundary=x" } }],
    ["nothing", {}],
    ["JSON without its media type", { body: "{}", headers: { "content-type": undefined } }],
  ] as const)("changes nothing: %s", async (_name, sending: Sending) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    for (const path of ["/auth/sign-out", "/auth/sign-out-everywhere", "/auth/sign-in", "/auth/refresh"]) {
      const answer = await ada.post(path, { ...sending, headers: { ...sending.headers, ...evil } });
      expect([path, answer.status >= 400]).toEqual([path, true]);
    }
    expect((await ada.get("/auth/session")).status).toBe(200);
  });

  it.each([{ "x-http-method-override": "POST" }, { "x-http-method": "POST" }, { "x-method-override": "DELETE" }])(
    "cannot make another method of a GET: %j",
    async (override) => {
      await using issuer = await startIssuer();
      const ada = issuer.client();
      await signUp(ada);
      expect((await ada.get("/auth/sign-out", { headers: { ...evil, ...override } })).status).toBe(405);
      expect((await ada.get("/auth/sign-out?_method=POST", { headers: evil })).status).toBe(405);
      expect((await ada.get("/auth/session", { headers: { ...evil, ...override } })).status).toBe(200);
      expect((await ada.get("/auth/session")).status).toBe(200);
    },
  );

  it("there is no route that changes something by GET", () => {
    const byGet = routes.filter(({ method }) => method === "GET").map(({ path }) => path);
    expect(byGet).toEqual([
      "/auth/session",
      "/auth/sessions",
      "/auth/check",
      "/auth/revocations",
      "/auth/admin/subjects",
      "/auth/admin/audit",
      "/.well-known/jwks.json",
      "/.well-known/oauth-authorization-server",
    ]);
  });
});

describe("a Bearer token", () => {
  it("is never sent by a browser on its own, so its origin does not matter; cookies beside it do not count", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { email: "bob@example.com", transport: "token" })).str("session_token");
    const answer = await ada.send("PATCH", "/auth/session/data", {
      bearer: token,
      json: { mine: true },
      headers: { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    });
    expect(answer.status).toBe(200);
    expect((await ada.get("/auth/session")).json).toMatchObject({ email: "ada@example.com", data: {} });
  });
});

describe("forward authentication", () => {
  const check = (client: Client, headers: HeaderValues) => client.get("/auth/check", { headers });

  it.each([
    ["X-Forwarded-Method", "x-forwarded-method"],
    ["X-Original-Method", "x-original-method"],
  ])("judges the method of the original request, told in %s", async (_name, header) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const { json } = await signUp(ada);
    const crossSite = { "sec-fetch-site": "cross-site" };
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      const passed = await check(ada, { ...crossSite, [header]: method });
      expect([passed.status, passed.headers["x-auth-subject"], passed.headers["x-auth-session"]]).toEqual([
        200,
        json.sub,
        json.sid,
      ]);
    }
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "get", "", "GET, POST"]) {
      const stopped = await check(ada, { ...crossSite, [header]: method });
      expect([method, stopped.status, stopped.headers["x-auth-subject"]]).toEqual([method, 403, undefined]);
    }
  });

  it("takes a missing method for one that changes something, and two that differ too", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const crossSite = { "sec-fetch-site": "cross-site" };
    expect((await check(ada, crossSite)).status).toBe(403);
    expect((await check(ada, { ...crossSite, "x-forwarded-method": "GET", "x-original-method": "POST" })).status).toBe(
      403,
    );
    expect((await check(ada, { ...crossSite, "x-forwarded-method": "POST", "x-original-method": "GET" })).status).toBe(
      403,
    );
    expect((await check(ada, {})).status).toBe(200);
  });

  it("stops a WebSocket that another site opens", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const websocket = { "x-forwarded-method": "GET", "sec-fetch-mode": "websocket" };
    expect((await check(ada, { ...websocket, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await check(ada, websocket)).status).toBe(200);
  });

  it("refuses without a credential, and for a bad one, and tells a proxy no subject", async () => {
    await using issuer = await startIssuer();
    for (const headers of [{}, { authorization: "Bearer x" }, { cookie: "__Host-Http-sid=x" }]) {
      const answer = await check(issuer.client({ kind: "program" }), { ...headers, "x-forwarded-method": "GET" });
      expect([answer.status, answer.headers["x-auth-subject"]]).toEqual([401, undefined]);
      expect(answer.headers["www-authenticate"]).toMatch(/^Bearer realm=/);
    }
  });

  it("cannot be told a subject by the client", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const { json } = await signUp(ada);
    const answer = await check(ada, {
      "x-forwarded-method": "GET",
      "x-auth-subject": "root",
      "x-auth-session": "root",
    });
    expect([answer.headers["x-auth-subject"], answer.headers["x-auth-session"]]).toEqual([json.sub, json.sid]);
  });
});
