import { createServer, request as httpRequest } from "node:http";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import type { Identity } from "../identity.ts";
import { Unavailable } from "../primitives/errors.ts";
import { readHeader } from "../request.ts";
import { createTestClock, createTestKey, issuer, leanClaims, listen, sign } from "../testing.ts";
import { type Authenticator, refuse } from "../verdict.ts";
import { createVerifier } from "../verifier.ts";
import * as forExpress from "./express.ts";
import * as forFastify from "./fastify.ts";
import * as forHono from "./hono.ts";
import * as forNode from "./node.ts";

interface Claims {
  readonly role: string;
}

const key = await createTestKey();
const token = await sign(key, { ...leanClaims, role: "admin" });
const forged = await sign(await createTestKey(), { ...leanClaims, role: "admin" });
const expired = await sign(key, { ...leanClaims, iat: leanClaims.iat - 400, exp: leanClaims.iat - 100, role: "admin" });

const verifier = createVerifier({
  issuer,
  keys: { jwks: { keys: [key.publicJwk] } },
  clock: createTestClock(),
  parseClaims: (claims) => (typeof claims.role === "string" ? { role: claims.role } : undefined),
});

const verdict = await verifier.verify(token);
if (!verdict.ok) throw new Error(verdict.code);
const accepted = verdict;
const renewed = "__Host-Http-at=renewed; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Lax";
const theme = "theme=dark; Path=/";

// Beside the verifier, one authenticator per header, for what a verifier seldom does.
const authenticator: Authenticator<Claims> = {
  authenticate(request) {
    switch (readHeader(request, "x-trouble")) {
      case "unavailable at once":
        throw new Unavailable("store_unavailable", "secret detail", { retryAfterSeconds: 7 });
      case "unavailable later":
        return Promise.reject(new Unavailable("store_unavailable", "secret detail", { retryAfterSeconds: 7 }));
      case "fault at once":
        throw new Error("secret detail");
      case "fault later":
        return Promise.reject(new Error("secret detail"));
      case "token has run out":
        return { ...accepted, renewal: async () => [renewed] };
      case "token has run out, and the store is down":
        return { ...accepted, renewal: () => Promise.reject(new Error("secret detail")) };
      case "scope":
        return refuse("insufficient_scope");
      default:
        return verifier.authenticate(request);
    }
  },
};

it("node:http warns of a fault where nobody listens, once, and answers all the same", async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error) => void warnings.push(warning);
  process.on("warning", hear);
  const running = await listen(
    createServer(forNode.withIdentity(authenticator, (_request, response) => response.end())),
  );
  const statuses: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    statuses.push((await fetch(running.origin, { headers: { "x-trouble": "fault at once" } })).status);
  }
  await running.close();
  process.off("warning", hear);
  expect(statuses).toEqual([500, 500, 500]);
  expect(warnings.map(({ message }) => /A fault \(withIdentity\): Error, at /.test(message))).toEqual([true]);
  expect(warnings[0]?.message).not.toContain("secret detail");
});

interface Running {
  readonly origin: string;
  close(): Promise<void>;
}

interface Framework {
  readonly name: string;
  /**
   * Serves /me guarded, /maybe optionally, /cached and /themed (with a cookie, for all the world to keep) with headers of their own, /signed with
   * our own cookie, /open unguarded; /fault throws.
   */
  start(faults: unknown[]): Promise<Running>;
}

const describeIdentity = (identity: Identity<Claims> | undefined) => ({
  sub: identity?.sub ?? null,
  role: identity?.claims.role ?? null,
});

const frameworks: Framework[] = [
  {
    name: "node:http",
    start(faults) {
      const options = { realm: "api", scope: "read", onError: (error: unknown) => faults.push(error) };
      const routes: Record<string, forNode.Listener> = {
        "/me": forNode.withIdentity(
          authenticator,
          (_request, response, identity) => {
            expectTypeOf(identity).toEqualTypeOf<Identity<Claims>>();
            response.end(JSON.stringify(describeIdentity(identity)));
          },
          options,
        ),
        "/maybe": forNode.withOptionalIdentity(
          authenticator,
          (_request, response, identity) => {
            expectTypeOf(identity).toEqualTypeOf<Identity<Claims> | undefined>();
            response.end(JSON.stringify(describeIdentity(identity)));
          },
          options,
        ),
        "/cached": forNode.withIdentity(authenticator, (_request, response) => {
          response.setHeader("cache-control", "private, max-age=60").end("{}");
        }),
        "/themed": forNode.withIdentity(authenticator, (_request, response) => {
          response.writeHead(200, { "set-cookie": theme, "cache-control": "public, max-age=60" }).end("{}");
        }),
        "/themed-in-turn": forNode.withIdentity(authenticator, (_request, response) => {
          const headers = ["Set-Cookie", theme, "Set-Cookie", "lang=en", "Cache-Control", "public, max-age=60"];
          response.writeHead(200, "Fine", headers).end("{}");
        }),
        "/signed": forNode.withIdentity(authenticator, (_request, response) => {
          response.setHeader("set-cookie", "__Host-Http-at=; Max-Age=0").end("{}");
        }),
        "/open": (_request, response) => response.end("{}"),
      };
      return listen(
        createServer((request, response) => {
          response.setHeader("vary", "Origin");
          routes[new URL(request.url ?? "", "http://localhost").pathname]?.(request, response);
        }),
      );
    },
  },
  {
    name: "Express 5",
    start(faults) {
      const guard = forExpress.authenticated(authenticator, { realm: "api", scope: "read" });
      const optional = forExpress.optionallyAuthenticated(authenticator, { realm: "api" });
      const app = express();
      app.use((_request, response, next) => {
        response.vary("Origin");
        next();
      });
      app.get("/open", (request, response) => {
        expect(() => guard.identityOf(request)).toThrow(TypeError);
        response.json({});
      });
      app.all("/me", guard, (request, response) => {
        expectTypeOf(guard.identityOf(request)).toEqualTypeOf<Identity<Claims>>();
        expectTypeOf(request.identity).toEqualTypeOf<Identity<object> | undefined>();
        expect(request.identity).toBe(guard.identityOf(request));
        response.json(describeIdentity(guard.identityOf(request)));
      });
      app.get("/maybe", optional, (request, response) => {
        response.json(describeIdentity(optional.identityOf(request)));
      });
      app.get("/cached", guard, (_request, response) => {
        response.set("cache-control", "private, max-age=60").json({});
      });
      app.get("/themed", guard, (_request, response) => {
        response.set({ "cache-control": "public, max-age=60", "set-cookie": theme }).json({});
      });
      app.get("/signed", guard, (_request, response) => {
        response.set("set-cookie", "__Host-Http-at=; Max-Age=0").json({});
      });
      app.get("/fault", guard, () => {
        throw new Error("secret detail");
      });
      const onError: express.ErrorRequestHandler = (error, _request, response, _next) => {
        faults.push(error);
        response.status(500).json({ code: "internal_error" });
      };
      app.use(onError);
      return listen(createServer(app));
    },
  },
  {
    name: "Fastify 5",
    async start(faults) {
      const guard = forFastify.authenticated(authenticator, { realm: "api", scope: "read" });
      const optional = forFastify.optionallyAuthenticated(authenticator, { realm: "api" });
      const app = fastify();
      app.addHook("onRequest", async (_request, reply) => {
        reply.header("vary", "Origin");
      });
      app.setErrorHandler((error, _request, reply) => {
        faults.push(error);
        reply.code(500).send({ code: "internal_error" });
      });
      app.register(async (scope) => {
        await scope.register(guard);
        scope.all("/me", (request) => {
          expectTypeOf(guard.identityOf(request)).toEqualTypeOf<Identity<Claims>>();
          expectTypeOf(request.identity).toEqualTypeOf<Identity<object> | undefined>();
          expect(request.identity).toBe(guard.identityOf(request));
          return describeIdentity(guard.identityOf(request));
        });
        scope.get("/cached", (_request, reply) => reply.header("cache-control", "private, max-age=60").send({}));
        scope.get("/themed", (_request, reply) =>
          reply.header("cache-control", "public, max-age=60").header("set-cookie", theme).send({}),
        );
        scope.get("/signed", (_request, reply) => reply.header("set-cookie", "__Host-Http-at=; Max-Age=0").send({}));
        scope.get("/fault", () => {
          throw new Error("secret detail");
        });
      });
      app.register(async (scope) => {
        await scope.register(optional);
        scope.get("/maybe", (request) => describeIdentity(optional.identityOf(request)));
      });
      app.get("/open", (request) => {
        expect(() => guard.identityOf(request)).toThrow(TypeError);
        return {};
      });
      const origin = await app.listen({ port: 0, host: "127.0.0.1" });
      return { origin, close: () => app.close() };
    },
  },
  {
    name: "Hono",
    start(faults) {
      const guard = forHono.authenticated(authenticator, { realm: "api", scope: "read" });
      const optional = forHono.optionallyAuthenticated(authenticator, { realm: "api" });
      const app = new Hono<forHono.IdentityEnv<Identity<Claims>>>();
      app.use(cors({ origin: ["https://app.example"] }));
      app.get("/open", (c) => {
        expect(() => guard.identityOf(c)).toThrow(TypeError);
        return c.json({});
      });
      app.all("/me", guard, (c) => {
        expectTypeOf(c.get("identity")).toEqualTypeOf<Identity<Claims>>();
        expectTypeOf(guard.identityOf(c)).toEqualTypeOf<Identity<Claims>>();
        expect(c.get("identity")).toBe(guard.identityOf(c));
        return c.json(describeIdentity(c.get("identity")));
      });
      app.get("/maybe", optional, (c) => c.json(describeIdentity(optional.identityOf(c))));
      app.get("/cached", guard, (c) => c.json({}, 200, { "cache-control": "private, max-age=60" }));
      app.get("/themed", guard, () => {
        return Response.json({}, { headers: { "cache-control": "public, max-age=60", "set-cookie": theme } });
      });
      app.get("/signed", guard, (c) => c.json({}, 200, { "set-cookie": "__Host-Http-at=; Max-Age=0" }));
      app.get("/fault", guard, () => {
        throw new Error("secret detail");
      });
      app.onError((error, c) => {
        faults.push(error);
        return c.json({ code: "internal_error" }, 500);
      });
      return listen(createServer(getRequestListener(app.fetch)));
    },
  },
];

interface Row {
  readonly it: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers: Record<string, string>;
  readonly status: number;
  readonly body: object;
  readonly challenge?: string | null;
}

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
const cookie = { cookie: `__Host-Http-at=${token}` };
const admin = { sub: "alice", role: "admin" };
const nobody = { sub: null, role: null };
const invalid = 'Bearer realm="api", error="invalid_token", error_description="The credential is not valid."';

const rows: Row[] = [
  { it: "lets a good Bearer token pass", headers: bearer(token), status: 200, body: admin },
  { it: "lets it pass again, from memory", headers: bearer(token), status: 200, body: admin },
  { it: "lets a good cookie pass", headers: cookie, status: 200, body: admin },
  {
    it: "lets a cookie pass on POST from the same origin",
    method: "POST",
    headers: { ...cookie, "sec-fetch-site": "same-origin" },
    status: 200,
    body: admin,
  },
  {
    it: "asks for a credential",
    headers: {},
    status: 401,
    body: { code: "credential_missing" },
    challenge: 'Bearer realm="api"',
  },
  {
    it: "refuses a forged token",
    headers: bearer(forged),
    status: 401,
    body: { code: "credential_invalid" },
    challenge: invalid,
  },
  {
    it: "tells of an expired token",
    headers: bearer(expired),
    status: 401,
    body: { code: "token_expired" },
    challenge: 'Bearer realm="api", error="invalid_token", error_description="The access token has expired."',
  },
  {
    it: "refuses another scheme",
    headers: { ...cookie, authorization: "Basic abc" },
    status: 401,
    body: { code: "credential_invalid" },
    challenge:
      'Bearer realm="api", error="invalid_token", error_description="The Authorization header is not a Bearer credential."',
  },
  {
    it: "refuses a cookie on POST from another site",
    method: "POST",
    headers: { ...cookie, "sec-fetch-site": "cross-site" },
    status: 403,
    body: { code: "cross_site_request" },
    challenge: null,
  },
  {
    it: "refuses a cookie on POST without any sign of its origin",
    method: "POST",
    headers: cookie,
    status: 403,
    body: { code: "cross_site_request" },
    challenge: null,
  },
  {
    it: "tells which scope is missing",
    headers: { "x-trouble": "scope" },
    status: 403,
    body: { code: "insufficient_scope" },
    challenge:
      'Bearer realm="api", error="insufficient_scope", error_description="The credential does not cover this request.", scope="read"',
  },
  { it: "optionally lets nobody pass", path: "/maybe", headers: {}, status: 200, body: nobody },
  { it: "optionally lets somebody pass", path: "/maybe", headers: bearer(token), status: 200, body: admin },
  {
    it: "optionally refuses a credential that is not good",
    path: "/maybe",
    headers: bearer(forged),
    status: 401,
    body: { code: "credential_invalid" },
    challenge: invalid,
  },
  { it: "leaves other routes open", path: "/open", headers: {}, status: 200, body: {} },
];

describe.each(frameworks)("with $name", ({ start }) => {
  const faults: unknown[] = [];
  let running: Running;
  beforeAll(async () => {
    running = await start(faults);
  });
  afterAll(() => running.close());

  const ask = (path: string, init: RequestInit = {}) => fetch(new URL(path, running.origin), init);

  it.each(rows)("$it", async ({ path = "/me", method = "GET", headers, status, body, challenge }) => {
    const response = await ask(path, { method, headers });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(body);
    expect(response.headers.get("www-authenticate")).toBe(challenge ?? null);
    if (status >= 400)
      expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json(; charset=utf-8)?$/);
    if (path === "/open") return;
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("vary")).toMatch(/Authorization, Cookie/);
  });

  it.each(["unavailable at once", "unavailable later"])("answers 503 when the store is %s", async (trouble) => {
    const response = await ask("/me", { headers: { "x-trouble": trouble } });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json(; charset=utf-8)?$/);
    expect(await response.text()).not.toContain("secret");
  });

  it.each(["fault at once", "fault later"])("answers 500, and tells the program, on a %s", async (trouble) => {
    faults.length = 0;
    const response = await ask("/me", { headers: { "x-trouble": trouble } });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(faults).toEqual([new Error("secret detail")]);
  });

  it("keeps what others said of Vary", async () => {
    const headers = { ...bearer(token), origin: "https://app.example" };
    const response = await ask("/me", { headers });
    const vary = response.headers.get("vary");
    expect(vary).toContain("Origin");
    expect(vary).toContain("Authorization, Cookie");
  });

  it("lets a route decide on caching", async () => {
    const response = await ask("/cached", { headers: bearer(token) });
    expect(response.headers.get("cache-control")).toBe("private, max-age=60");
    expect(response.headers.get("vary")).toMatch(/Authorization, Cookie/);
  });

  const runOut = { "x-trouble": "token has run out" };

  it.each(["/me", "/maybe", "/cached"])(
    "renews a token that has run out along with the answer of %s, which nobody may keep",
    async (path) => {
      const response = await ask(path, { headers: runOut });
      expect(response.status).toBe(200);
      if (path !== "/cached") expect(await response.json()).toEqual(admin);
      expect(response.headers.getSetCookie()).toEqual([renewed]);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("vary")).toMatch(/Authorization, Cookie/);
      const next = await ask(path, { headers: bearer(token) });
      expect(next.headers.getSetCookie()).toEqual([]);
    },
  );

  it("adds the renewal to the cookies of a route that sets some, and overrules what it says of caching", async () => {
    const response = await ask("/themed", { headers: runOut });
    expect(response.headers.getSetCookie()).toEqual([theme, renewed]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const next = await ask("/themed", { headers: bearer(token) });
    expect(next.headers.getSetCookie()).toEqual([theme]);
    expect(next.headers.get("cache-control")).toBe("public, max-age=60");
  });

  it("leaves the token's cookie to a route that sets it itself: it may be signing out", async () => {
    const response = await ask("/signed", { headers: runOut });
    expect(response.headers.getSetCookie().filter((cookie) => cookie !== renewed)).toEqual([
      "__Host-Http-at=; Max-Age=0",
    ]);
    expect(response.headers.getSetCookie().at(-1)).toBe("__Host-Http-at=; Max-Age=0");
  });

  it("lets the request pass without a renewal when that fails", async () => {
    const response = await ask("/me", { headers: { "x-trouble": "token has run out, and the store is down" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(admin);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it("refuses two Authorization headers", async () => {
    const { port } = new URL(running.origin);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest({ host: "127.0.0.1", port, path: "/me" }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.setHeader("authorization", [`Bearer ${token}`, `Bearer ${token}`]);
      sent.on("error", reject).end();
    });
    expect(status).toBe(401);
  });

  it("takes no token from the query string", async () => {
    const response = await ask(`/me?access_token=${token}`);
    expect(response.status).toBe(401);
    await response.body?.cancel();
  });
});

it("renews where a route tells its headers in turn, and keeps its own status text", async () => {
  const [node] = frameworks;
  const running = await node?.start([]);
  if (running === undefined) throw new Error("There is no framework.");
  const ask = (headers: Record<string, string>) => fetch(new URL("/themed-in-turn", running.origin), { headers });
  const response = await ask({ "x-trouble": "token has run out" });
  expect([response.status, response.statusText]).toEqual([200, "Fine"]);
  expect(response.headers.getSetCookie()).toEqual([theme, "lang=en", renewed]);
  expect(response.headers.get("cache-control")).toBe("no-store");
  const next = await ask(bearer(token));
  expect([next.statusText, next.headers.getSetCookie()]).toEqual(["Fine", [theme, "lang=en"]]);
  expect(next.headers.get("cache-control")).toBe("public, max-age=60");
  await running.close();
});

it.each([
  { name: "a redirect", answer: () => Response.redirect("https://example.com/elsewhere"), status: 302 },
  { name: "another server's answer", answer: () => fetch("data:text/plain,elsewhere"), status: 200 },
])(
  "says with Hono what every guarded answer says also on $name, whose headers cannot be changed",
  async ({ answer, status }) => {
    const app = new Hono();
    app.get("/elsewhere", forHono.authenticated(authenticator), answer);
    const response = await app.request("/elsewhere", { headers: { "x-trouble": "token has run out" } });
    expect(response.status).toBe(status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("vary")).toBe("Authorization, Cookie");
    expect(response.headers.getSetCookie()).toEqual([renewed]);
  },
);

it.each([
  { it: "a token that is good", headers: bearer(token), cookies: [theme] },
  { it: "one that has run out", headers: { "x-trouble": "token has run out" }, cookies: [renewed, theme] },
])(
  "leaves with Hono what such an answer says by itself, and what others say after it, for $it",
  async ({ headers, cookies }) => {
    const app = new Hono();
    app.use(async (context, next) => {
      await next();
      context.header("set-cookie", theme, { append: true });
      context.header("vary", "Origin", { append: true });
    });
    app.get("/elsewhere", forHono.authenticated(authenticator), () =>
      Response.redirect("https://example.com/elsewhere"),
    );
    const response = await app.request("/elsewhere", { headers });
    expect([response.status, response.headers.get("location")]).toEqual([302, "https://example.com/elsewhere"]);
    expect(response.headers.get("vary")).toBe("Authorization, Cookie, Origin");
    expect(response.headers.getSetCookie()).toEqual(cookies);
    expect(response.headers.get("cache-control")).toBe("no-store");
  },
);

it.each(frameworks.slice(1))("renews also where the route then fails, with $name", async ({ start }) => {
  const faults: unknown[] = [];
  const running = await start(faults);
  const response = await fetch(new URL("/fault", running.origin), { headers: { "x-trouble": "token has run out" } });
  expect([response.status, response.headers.getSetCookie()]).toEqual([500, [renewed]]);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(faults).toEqual([new Error("secret detail")]);
  await running.close();
});
