import { createVerifier, refuse, Unavailable } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createAudit } from "../audit.ts";
import { resolveOptions } from "../options.ts";
import { UsageError } from "../primitives/errors.ts";
import { createTestRandom } from "../primitives/testing.ts";
import { newSessionToken } from "../sessions/session-token.ts";
import { createTestStore, widePolicy } from "../sessions/testing.ts";
import { createLimits } from "../sign-in/limits.ts";
import { createRecogniser } from "./authenticate.ts";
import { type Call, type HttpParts, type Route, route } from "./contract.ts";
import { createDispatch } from "./dispatch.ts";
import { newServiceKey } from "./service-key.ts";

const least = {
  method: "POST",
  path: "/auth/thing",
  tag: "Things",
  summary: "A thing",
  access: "public",
  cors: true,
  answers: {},
  problems: [],
} as const;

/** A dispatcher over the rows given; it has what every route needs, and nothing of what handlers use. */
async function setting(rows: readonly Route[], more: object = {}) {
  const made = await createTestStore();
  const { store, clock } = made;
  const options = resolveOptions({
    issuer: "https://auth.example",
    secrets: ["a server secret that is long enough"],
    corsOrigins: ["https://app.example"],
    ...more,
  });
  const verifier = createVerifier({ issuer: options.issuer, keys: { jwks: { keys: [] } }, clock });
  const session = newSessionToken(createTestRandom("dispatch"));
  await made.add({ sid: session.sid, tokenHash: session.tokenHash });
  const service = newServiceKey(createTestRandom("service"));
  await store.services.create({ ...service, name: "api", scopes: ["admin"], audience: null });
  const parts = {
    ...{ options, store, policy: widePolicy, audit: createAudit(store, undefined) },
    signInParts: { limits: createLimits() },
    recogniser: createRecogniser({
      issuer: options.issuer,
      store,
      policy: widePolicy,
      verifier,
      judgeIgnoringExpiry: async () => refuse("token_malformed"),
      touch: () => undefined,
      renewal: async () => [],
      accessLifetimeMs: 300_000,
    }),
  } as unknown as HttpParts;
  const errors: unknown[] = [];
  const dispatch = createDispatch(parts, rows, (error) => void errors.push(error));
  const send = (method: string, path: string, init: RequestInit = {}) =>
    dispatch(new Request(`https://auth.example${path}`, { method, ...init }), "192.0.2.1");
  return { store, send, errors, bearer: session.token, key: `Bearer ${service.id}.${service.secret}` };
}

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe("a request", () => {
  it("reaches its route with what was parsed, and who asks", async () => {
    const calls: Call[] = [];
    const row = route({
      ...least,
      path: "/auth/things/:sid",
      body: { schema: z.strictObject({ a: z.string() }) },
      query: z.strictObject({ n: z.coerce.number() }),
      run: (call) => {
        calls.push(call);
        return { status: 200, body: { ok: true } };
      },
    });
    const { send } = await setting([row]);
    const headers = { "content-type": "application/json", "user-agent": "curl/8.0" };
    const answer = await send("POST", "/auth/things/a%20b?n=7", { body: '{"a":"b"}', headers });
    expect(answer.status).toBe(200);
    expect(calls).toMatchObject([
      {
        ...{ body: { a: "b" }, query: { n: 7 }, params: { sid: "a b" } },
        caller: { address: "192.0.2.1", client: { label: "curl" } },
      },
    ]);
  });

  it("is judged for access before anything of it is read", async () => {
    const row: Route = {
      ...least,
      access: "account",
      body: { schema: z.strictObject({}) },
      run: () => ({ status: 200 }),
    };
    const { send, bearer } = await setting([row]);
    const bad = { body: "x".repeat(20_000), headers: { "content-type": "text/plain" } };
    expect((await send("POST", "/auth/thing", bad)).status).toBe(401);
    const headers = { ...bad.headers, authorization: `Bearer ${bearer}` };
    expect((await send("POST", "/auth/thing", { ...bad, headers })).status).toBe(413);
  });

  it("has a session on an account route, a service on a service's, and none on a public one", async () => {
    const seen: unknown[] = [];
    const row = (access: Route["access"]): Route => ({
      ...least,
      path: `/auth/${access}`,
      access,
      run: ({ session, service }) => {
        seen.push([access, session?.identity.sub, service?.name]);
        return { status: 204 };
      },
    });
    const { send, bearer, key } = await setting([row("public"), row("account"), row("admin"), row("revoke")]);
    await send("POST", "/auth/public", { headers: { authorization: key } });
    await send("POST", "/auth/account", { headers: { authorization: `Bearer ${bearer}` } });
    await send("POST", "/auth/admin", { headers: { authorization: key } });
    expect((await send("POST", "/auth/account", { headers: { authorization: key } })).status).toBe(401);
    expect((await send("POST", "/auth/admin", { headers: { authorization: `Bearer ${bearer}` } })).status).toBe(401);
    expect((await send("POST", "/auth/revoke", { headers: { authorization: key } })).status).toBe(403);
    expect(seen).toEqual([
      ["public", undefined, undefined],
      ["account", "subject-of-tests", undefined],
      ["admin", undefined, "api"],
    ]);
  });

  it("of a service that is refused is written down, if it tried", async () => {
    const { send, store, key } = await setting([{ ...least, access: "revoke", run: () => ({ status: 204 }) }]);
    await send("POST", "/auth/thing");
    await send("POST", "/auth/thing", { headers: { authorization: "Bearer nonsense" } });
    await send("POST", "/auth/thing", { headers: { authorization: key } });
    const entries = await store.audit.list({ limit: 5 });
    expect(entries.map(({ actor, detail }) => [actor.split(":")[0], detail])).toEqual([
      ["service", "service_scope_missing"],
      ["anonymous", "service_invalid"],
    ]);
  });
});

describe("refused service keys", () => {
  it("are limited by their address, so that nobody fills the log; a good key is not", async () => {
    const { send, store, key } = await setting([{ ...least, access: "admin", run: () => ({ status: 204 }) }]);
    const statuses: number[] = [];
    for (let count = 0; count < 200 && statuses.at(-1) !== 429; count += 1) {
      statuses.push((await send("POST", "/auth/thing", { headers: { authorization: "Bearer nonsense" } })).status);
    }
    expect(statuses.at(-1)).toBe(429);
    const before = (await store.audit.list({ limit: 500 })).length;
    const limited = await send("POST", "/auth/thing", { headers: { authorization: "Bearer nonsense" } });
    expect([limited.status, Number(limited.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect(await store.audit.list({ limit: 500 })).toHaveLength(before);
    expect((await send("POST", "/auth/thing", { headers: { authorization: key } })).status).toBe(204);
  });
});

describe("a fault", () => {
  const failing = (thrown: unknown): Route => ({
    ...least,
    run: () => {
      throw thrown;
    },
  });

  it.each([
    ["an error", new Error("secret"), 500, "internal_error", 1],
    ["what is no error", "secret", 500, "internal_error", 1],
    ["nothing", undefined, 500, "internal_error", 1],
    ["a mistake of the application", new UsageError("claims_too_large", "secret"), 500, "claims_too_large", 1],
    ["a store that is down", new Unavailable("store_unavailable", "secret"), 503, "temporarily_unavailable", 1],
    ["a full queue, which is load and no fault", new Unavailable("busy", "secret"), 503, "temporarily_unavailable", 0],
  ])("is answered without its words, and told to the operator: %s", async (_name, thrown, status, code, told) => {
    const { send, errors } = await setting([failing(thrown)]);
    const answer = await send("POST", "/auth/thing", { headers: { origin: "https://app.example" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    // Also a page of another site may read that something went wrong.
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000");
    const text = await answer.text();
    expect([JSON.parse(text).code, text.includes("secret")]).toEqual([code, false]);
    expect(errors).toEqual(told === 0 ? [] : [thrown]);
  });
});

describe("an address", () => {
  const rows: Route[] = [
    { ...least, method: "GET", run: () => ({ status: 200, body: { a: 1 } }) },
    { ...least, method: "DELETE", cors: false, run: () => ({ status: 204 }) },
  ];

  it("that is none is 404, one that does not take the method 405 with those that it takes", async () => {
    const { send } = await setting(rows);
    expect(await codeOf(await send("GET", "/auth/nothing"))).toBe("route_unknown");
    const answer = await send("PUT", "/auth/thing");
    expect([await codeOf(answer), answer.headers.get("allow")]).toEqual([
      "method_not_allowed",
      "GET, DELETE, HEAD, OPTIONS",
    ]);
  });

  it("answers HEAD as GET, without the body", async () => {
    const { send } = await setting(rows);
    const answer = await send("HEAD", "/auth/thing");
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  it("tells an allowed origin the methods that are open to it, and no other", async () => {
    const { send } = await setting(rows);
    const ask = async (origin: string) => (await send("OPTIONS", "/auth/thing", { headers: { origin } })).headers;
    expect((await ask("https://app.example")).get("access-control-allow-methods")).toBe("GET");
    expect((await ask("https://evil.example")).has("access-control-allow-methods")).toBe(false);
    expect((await ask("https://app.example")).has("access-control-allow-credentials")).toBe(false);
  });

  it("over plain http asks nobody for TLS", async () => {
    const { send } = await setting(rows, { issuer: "http://localhost:4000" });
    expect((await send("GET", "/auth/thing")).headers.has("strict-transport-security")).toBe(false);
  });
});
