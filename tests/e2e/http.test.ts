// HTTP as any client sees it: bounded and strict requests, honest status codes, problems with stable codes, safe headers on every answer.

import { connect } from "node:net";
import { refusals } from "@countersign/verifier";
import { problems } from "countersign";
import { describe, expect, it } from "vitest";
import { routes } from "../../packages/countersign/src/http/routes.ts";
import type { Answer, Client, Sending } from "../support/http-client.ts";
import { addService, interceptStore, signInBody, signUp, startIssuer } from "../support/issuer.ts";

const jsonRoutes = routes.filter(({ body }) => body !== undefined && body.form !== true);
const formRoutes = routes.filter(({ body }) => body?.form === true);
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
const pathOf = (route: { path: string }) => route.path.replace(/:\w+/g, "AAAAAAAAAAAAAAAA");

/** Somebody who may call the route. */
async function allowedCaller(route: (typeof routes)[number]) {
  const issuer = await startIssuer();
  const { bearer } = await addService(issuer.auth, ["introspect", "revoke", "follow", "admin"]);
  const isService = route.access !== "public" && route.access !== "account";
  const client = issuer.client(isService ? { headers: { authorization: bearer } } : {});
  if (!isService) await signUp(client);
  return { issuer, client, [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose]() };
}

const codeOf = (answer: Answer) => [answer.status, answer.json.code];

describe("a body", () => {
  it.each(jsonRoutes.map((route) => [nameOf(route), route] as const))(
    "of %s: unknown members, other kinds of JSON and what is no JSON are refused by name",
    async (_name, route) => {
      await using caller = await allowedCaller(route);
      const send = (sending: Sending) => caller.client.send(route.method, pathOf(route), sending);
      const asJson = { "content-type": "application/json" };
      const isOpenObject = route.path === "/auth/session/data";
      if (!isOpenObject) expect(codeOf(await send({ json: { is_admin: true } }))).toEqual([400, "request_invalid"]);
      for (const body of ["[]", "null", '"text"', "7", "{", "{}{}", "\u0000"]) {
        expect([body, ...codeOf(await send({ body, headers: asJson }))]).toEqual([body, 400, "request_invalid"]);
      }
      const notUtf8 = Uint8Array.from([...Buffer.from('{"a":"'), 0xff, 0xfe, ...Buffer.from('"}')]);
      expect(codeOf(await send({ body: notUtf8, headers: asJson }))).toEqual([400, "request_invalid"]);
    },
  );

  it.each([...jsonRoutes, ...formRoutes].map((route) => [nameOf(route), route] as const))(
    "of %s: more than 16 KB is refused, with and without a length, and so is another media type",
    async (_name, route) => {
      await using caller = await allowedCaller(route);
      const send = (sending: Sending) => caller.client.send(route.method, pathOf(route), sending);
      const type = route.body?.form ? "application/x-www-form-urlencoded" : "application/json";
      const large = " ".repeat(16_385);
      expect(codeOf(await send({ body: large, headers: { "content-type": type } }))).toEqual([413, "body_too_large"]);
      expect(codeOf(await send({ body: large, headers: { "content-type": type }, chunked: true }))).toEqual([
        413,
        "body_too_large",
      ]);
      for (const other of ["text/plain", "multipart/form-data; boundary=x", "application/jsonp", "", undefined]) {
        const answer = await send({ body: "{}", headers: { "content-type": other } });
        expect([other, ...codeOf(answer)]).toEqual([other, 415, "media_type_unsupported"]);
        expect(answer.json.detail).toBe(`Send the body as ${type}.`);
      }
    },
  );

  it("of 16 KB exactly is read, and a charset beside the media type does not matter", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const text = JSON.stringify(signInBody());
    const headers = { "content-type": "Application/JSON; charset=utf-8" };
    const body = text + " ".repeat(16_384 - text.length);
    expect((await ada.post("/auth/sign-up", { body, headers, chunked: true })).status).toBe(200);
  });

  it("never has its values repeated in the answer", async () => {
    await using issuer = await startIssuer();
    const client = issuer.client();
    const bodies = [
      { email: 7, password: "my secret value" },
      { email: "ada@example.com", password: ["my secret value"] },
      { email: "ada@example.com", password: "my secret value", strategy: "my secret value" },
      { email: "my secret value".repeat(30), password: "x" },
    ];
    for (const json of bodies) {
      const answer = await client.post("/auth/sign-in", { json });
      expect([answer.status, answer.text.includes("my secret value")]).toEqual([400, false]);
      expect(answer.json.errors).toEqual([{ at: expect.any(String), message: expect.any(String) }]);
    }
  });

  it("in which a form says a member twice is refused", async () => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["introspect"]);
    const answer = await issuer.client({ kind: "program" }).post("/auth/introspect", {
      form: "token=a&token=b",
      headers: { authorization: bearer },
    });
    expect([...codeOf(answer), answer.json.errors]).toEqual([
      400,
      "request_invalid",
      [{ at: "token", message: expect.any(String) }],
    ]);
  });
});

describe("a query", () => {
  it.each([
    ["a parameter twice", "limit=1&limit=2"],
    ["an unknown parameter", "limti=1"],
    ["a number that is none", "limit=many"],
    ["a number out of range", "limit=501"],
    ["nothing where a number belongs", "limit="],
  ])("with %s is refused", async (_name, query) => {
    await using issuer = await startIssuer();
    const { bearer } = await addService(issuer.auth, ["admin"]);
    const client = issuer.client({ kind: "program", headers: { authorization: bearer } });
    for (const path of ["/auth/admin/subjects", "/auth/admin/audit"]) {
      expect(codeOf(await client.get(`${path}?${query}`))).toEqual([400, "request_invalid"]);
    }
  });

  it.each(["access_token", "session_token", "token", "sid"])("never authenticates: %s", async (name) => {
    await using issuer = await startIssuer();
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { transport: "token" })).str("session_token");
    expect(codeOf(await program.get(`/auth/session?${name}=${token}`))).toEqual([401, "credential_missing"]);
  });
});

describe("an address", () => {
  it.each([
    "/auth",
    "/auth/",
    "/auth/sign-in/",
    "//auth/sign-in",
    "/AUTH/sign-in",
    "/auth/sign-in.json",
    "/auth/nothing",
    "/.well-known/openid-configuration",
    "/auth/sessions/a/b",
  ])("that is none is 404: %s", async (path) => {
    await using issuer = await startIssuer();
    for (const method of ["GET", "POST"]) {
      expect(codeOf(await issuer.client().send(method, path))).toEqual([404, "route_unknown"]);
    }
  });

  it.each([...new Set(routes.map(({ path }) => path))])("takes its own methods only: %s", async (path) => {
    await using issuer = await startIssuer();
    const own = routes.filter((route) => route.path === path).map(({ method }) => `${method}`);
    const allow = [...own, ...(own.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    const client = issuer.client();
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
      if (allow.split(", ").includes(method)) continue;
      const answer = await client.send(method, pathOf({ path }));
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, allow]);
      if (method !== "HEAD") expect(answer.json.code).toBe("method_not_allowed");
    }
    const options = await client.send("OPTIONS", pathOf({ path }));
    expect([options.status, options.headers.allow]).toEqual([204, allow]);
  });

  it("answers HEAD as GET, without the body", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    for (const path of ["/auth/session", "/auth/sessions", "/.well-known/jwks.json", "/auth/check"]) {
      const headers = { "x-forwarded-method": "GET" };
      const whole = await ada.get(path, { headers });
      const head = await ada.send("HEAD", path, { headers });
      expect([path, head.status, head.text]).toEqual([path, 200, ""]);
      expect(head.headers["content-type"]).toBe(whole.headers["content-type"]);
    }
    const anonymous = await issuer.client({ kind: "program" }).send("HEAD", "/auth/session");
    expect(anonymous.status).toBe(401);
  });
});

const safeHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "strict-transport-security": "max-age=31536000",
};

describe("every answer", () => {
  const situations: readonly (readonly [string, number, (client: Client, signedIn: Client) => Promise<Answer>])[] = [
    ["a good one", 200, (_, ada) => ada.get("/auth/session")],
    ["a sign-in", 200, (_, ada) => ada.post("/auth/sign-in", { json: signInBody() })],
    ["one without a body", 204, (_, ada) => ada.post("/auth/sign-out")],
    ["one to a proxy", 200, (_, ada) => ada.get("/auth/check", { headers: { "x-forwarded-method": "GET" } })],
    ["a preflight", 204, (client) => client.send("OPTIONS", "/auth/sign-in")],
    ["400", 400, (client) => client.post("/auth/sign-in", { json: {} })],
    ["401", 401, (client) => client.get("/auth/session")],
    ["401 to a sign-in", 401, (client) => client.post("/auth/sign-in", { json: signInBody({ password: "x" }) })],
    ["401 to a service", 401, (client) => client.get("/auth/admin/audit")],
    ["403", 403, (_, ada) => ada.post("/auth/step-up", { json: {}, headers: { "sec-fetch-site": "cross-site" } })],
    ["404", 404, (client) => client.get("/auth/nothing")],
    ["405", 405, (client) => client.get("/auth/sign-in")],
    ["409", 409, (client) => client.post("/auth/sign-up", { json: signInBody() })],
    ["413", 413, (client) => client.post("/auth/sign-in", { body: "x".repeat(20_000) })],
    ["415", 415, (client) => client.post("/auth/sign-in", { body: "{}" })],
    ["422", 422, (client) => client.post("/auth/sign-up", { json: signInBody({ password: "short" }) })],
  ];

  it.each(situations)("bears the headers that keep it safe: %s", async (_name, status, act) => {
    await using issuer = await startIssuer({ issuer: "https://auth.example.com" });
    const ada = issuer.client();
    await signUp(ada);
    const answer = await act(issuer.client(), ada);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(safeHeaders);
    const vary = answer.headers.vary?.split(", ");
    expect(vary).toEqual(expect.arrayContaining(["Authorization", "Cookie", "Origin", "Sec-Fetch-Site"]));
    expect(answer.headers).not.toHaveProperty("x-powered-by");
    if (status === 401) expect(answer.headers["www-authenticate"]).toMatch(/^(Bearer|Basic) realm="countersign"/);
  });

  it.each([
    ["500", 500, () => new Error("the password of the database is hunter2")],
    ["500 for what is no error", 500, () => "hunter2"],
  ])("bears them too when the server fails, and tells nothing: %s", async (_name, status, makeError) => {
    let isFailing = false;
    await using issuer = await startIssuer({
      issuer: "https://auth.example.com",
      wrapStore: (store) =>
        interceptStore(store, (call) => {
          if (isFailing && call === "sessions.find") throw makeError();
        }),
    });
    const ada = issuer.client();
    await signUp(ada);
    isFailing = true;
    const answer = await ada.get("/auth/session");
    expect([answer.status, answer.json.code]).toEqual([status, "internal_error"]);
    expect(answer.headers).toMatchObject(safeHeaders);
    expect(JSON.stringify([answer.text, answer.headers])).not.toContain("hunter2");
    expect(issuer.errors).toHaveLength(1);
  });

  it("is JSON or problem+json, and every problem has its own stable code and status", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const known = new Map<unknown, number>([
      ...Object.entries(problems).map(([code, { status }]) => [code, status] as const),
      ...Object.values(refusals).map(({ publicCode, status }) => [publicCode, status] as const),
    ]);
    for (const [, , act] of situations) {
      const answer = await act(issuer.client(), ada);
      const type = answer.headers["content-type"];
      if (answer.status < 300) expect(type).toBe(answer.text === "" ? undefined : "application/json");
      else {
        expect(type).toBe("application/problem+json");
        expect(answer.json).toMatchObject({
          type: `urn:countersign:problem:${answer.json.code}`,
          title: expect.any(String),
          status: answer.status,
        });
        expect(known.get(answer.json.code)).toBe(answer.status);
      }
    }
  });

  it("with public keys and metadata may be cached, and tells only what exists", async () => {
    await using issuer = await startIssuer();
    const client = issuer.client({ kind: "program" });
    const keys = await client.get("/.well-known/jwks.json");
    expect(keys.headers["cache-control"]).toBe("public, max-age=60");
    const [key] = keys.json.keys as Record<string, unknown>[];
    expect(Object.keys(key ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    const { json } = await client.get("/.well-known/oauth-authorization-server");
    expect(json).toMatchObject({ issuer: issuer.url, response_types_supported: [], grant_types_supported: [] });
    for (const [name, url] of Object.entries(json).filter(([name]) => /(_endpoint|_uri)$/.test(name))) {
      const { pathname } = new URL(`${url}`);
      expect([name, routes.some(({ path }) => path === pathname)]).toEqual([name, true]);
    }
  });

  it("that refuses a credential never clears a cookie", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const { json } = await signUp(ada);
    await issuer.auth.sessions.end(`${json.sid}`);
    for (const [method, path] of [
      ["GET", "/auth/session"],
      ["GET", "/auth/check"],
      ["POST", "/auth/refresh"],
      ["POST", "/auth/sign-out-everywhere"],
    ] as const) {
      const answer = await ada.send(method, path);
      expect([path, answer.status, answer.setCookies]).toEqual([path, 401, []]);
    }
  });
});

describe("what is hardly HTTP", () => {
  const raw = (url: string, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.end(text.replaceAll("\n", "\r\n")));
      let answer = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        answer += chunk;
      });
      socket.on("end", () => resolve(answer));
      socket.on("error", reject);
    });

  it.each([
    ["a host that is none", "GET /auth/session HTTP/1.1\nHost: a b\nConnection: close\n\n"],
    ["a host with a path", "GET /auth/session HTTP/1.1\nHost: example.com/evil\nConnection: close\n\n"],
    ["an absolute address", "GET http://evil.example/auth/session HTTP/1.1\nHost: x\nConnection: close\n\n"],
    ["a backslash", "GET /auth\\session HTTP/1.1\nHost: x\nConnection: close\n\n"],
    ["a broken escape", "GET /auth/%ff%zz HTTP/1.1\nHost: x\nConnection: close\n\n"],
    ["an asterisk", "OPTIONS * HTTP/1.1\nHost: x\nConnection: close\n\n"],
    ["TRACE", "TRACE /auth/session HTTP/1.1\nHost: x\nConnection: close\n\n"],
    ["a parameter with a broken escape", "DELETE /auth/sessions/%E0%A4%A HTTP/1.1\nHost: x\nConnection: close\n\n"],
  ])("is answered like anything else: %s", async (_name, text) => {
    await using issuer = await startIssuer();
    const answer = await raw(issuer.url, text);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|401|404|405|501) /);
    expect(answer.toLowerCase()).toContain("x-content-type-options: nosniff");
    expect(answer.toLowerCase()).toContain("cache-control: no-store");
    expect(issuer.errors).toEqual([]);
  });
});
