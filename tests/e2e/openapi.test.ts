// The OpenAPI document, held against a server that runs: every route is in it, every status and header it names occurs, and no other does.

import { Unavailable } from "@countersign/verifier";
import { beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../packages/countersign/src/http/routes.ts";
import { problemSchema } from "../../packages/countersign/src/http/schemas.ts";
import type { Answer, Client, Sending } from "../support/http-client.ts";
import {
  addService,
  goodPassword,
  type IssuerOptions,
  interceptStore,
  leaseQuestion,
  linkToken,
  otherPassword,
  signIn,
  signInBody,
  signUp,
  startIssuer,
  type TestIssuer,
} from "../support/issuer.ts";

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Described>>;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { schema: Schema }>> };
  readonly security: readonly Readonly<Record<string, unknown>>[];
}

type Schema = Readonly<Record<string, unknown>>;

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly securitySchemes: Readonly<Record<string, Scheme>> };
}

interface Scheme {
  readonly type: string;
  readonly in?: string;
  readonly name?: string;
  readonly scheme?: string;
}

/** Every answer of every conversation below, by operation. */
const seen = new Map<string, Map<number, Answer[]>>();

function operationOf(method: string, path: string): string {
  const bare = path.split("?", 1)[0] ?? path;
  const route = routes.find(
    (each) => each.method === method && new RegExp(`^${each.path.replace(/:\w+/g, "[^/]+")}$`).test(bare),
  );
  return `${method} ${route?.path ?? bare}`;
}

/** A client whose answers are remembered. */
function watched(client: Client): Client {
  const send = async (method: string, path: string, sending?: Sending) => {
    const answer = await client.send(method, path, sending);
    const operation = operationOf(method, path);
    const statuses = seen.get(operation) ?? new Map<number, Answer[]>();
    statuses.set(answer.status, [...(statuses.get(answer.status) ?? []), answer]);
    seen.set(operation, statuses);
    return answer;
  };
  return {
    ...client,
    send,
    get: (path, sending) => send("GET", path, sending),
    post: (path, sending) => send("POST", path, sending),
    copy: (options) => watched(client.copy(options)),
  };
}

const nobody = "AAAAAAAAAAAAAAAA";
const crossSite = { "sec-fetch-site": "cross-site" };
const tooLarge: Sending = { body: "x".repeat(20_000) };

/** What every route of a kind does with bad requests. */
async function sendBadRequests(issuer: TestIssuer, ada: Client, service: Client): Promise<void> {
  const stranger = watched(issuer.client({ kind: "program" }));
  const { bearer } = await addService(issuer.auth, []);
  for (const route of routes) {
    const path = route.path.replace(/:\w+/g, nobody);
    const isService = route.access !== "public" && route.access !== "account";
    const caller = isService ? service : ada;
    if (route.body !== undefined) {
      const body = route.body.form === true ? { form: { unknown: "x" } } : { body: "[]", headers: json };
      for (const bad of [body, tooLarge, { body: "x" }]) await caller.send(route.method, path, bad);
    }
    if (route.query !== undefined) await caller.send(route.method, `${path}?unknown=1`);
    if (route.access !== "public") await stranger.send(route.method, path);
    if (isService) await stranger.send(route.method, path, { headers: { authorization: bearer } });
    else if (route.refuses === "cross_site" || route.access === "account") {
      const headers = { ...crossSite, "content-type": "application/json" };
      const body = plausible[route.path];
      await ada.send(route.method, path, { ...(body === undefined ? {} : { body: JSON.stringify(body) }), headers });
      // A GET changes nothing, but opens a WebSocket.
      if (route.method === "GET") await ada.get(path, { headers: { ...crossSite, "sec-fetch-mode": "websocket" } });
    }
  }
}

const json = { "content-type": "application/json" };

/** Bodies that are well formed, by path. */
const plausible: Readonly<Record<string, object>> = {
  "/auth/sign-up": signInBody({ email: "bob@example.com" }),
  "/auth/sign-in": signInBody(),
  "/auth/refresh": {},
  "/auth/step-up": { password: goodPassword },
  "/auth/password": { current_password: goodPassword, new_password: otherPassword },
  "/auth/password/forgot": { email: "ada@example.com" },
  "/auth/password/reset": { token: "x", new_password: otherPassword },
  "/auth/verify-address": { token: "x" },
  "/auth/sign-out": {},
  "/auth/sign-out-everywhere": {},
  "/auth/session/data": { a: 1 },
  "/auth/revocations/ack": leaseQuestion,
};

/** Everything that goes well, and what is not possible in between. */
async function lead(options: IssuerOptions, conversation: (issuer: TestIssuer, ada: Client) => Promise<void>) {
  await using issuer = await startIssuer(options);
  await conversation(issuer, watched(issuer.client()));
}

async function goodConversation(issuer: TestIssuer, ada: Client): Promise<void> {
  const program = watched(issuer.client({ kind: "program" }));
  const { bearer } = await addService(issuer.auth, ["introspect", "revoke", "follow", "admin"]);
  const service = watched(issuer.client({ kind: "program", headers: { authorization: bearer } }));
  const up = await signUp(ada);
  await issuer.auth.idle();
  const verifyLink = linkToken(issuer.mails);
  await ada.post("/auth/sign-up", { json: signInBody() });
  await ada.post("/auth/sign-up", { json: signInBody({ email: "bob@example.com", password: "short" }) });
  await ada.post("/auth/sign-in", { json: signInBody({ password: otherPassword }) });
  const jwt = await signIn(program, { strategy: "jwt" });
  await program.post("/auth/refresh", { json: { refresh_token: jwt.str("refresh_token") } });
  await program.post("/auth/refresh", { json: { refresh_token: "x" } });
  await ada.post("/auth/step-up", { json: { password: otherPassword } });
  await ada.post("/auth/step-up", { json: { password: goodPassword } });
  await ada.get("/auth/session");
  await ada.send("PATCH", "/auth/session/data", { json: { a: 1 } });
  await ada.send("PATCH", "/auth/session/data", { json: { a: "x".repeat(5000) } });
  await ada.get("/auth/sessions");
  await ada.send("DELETE", `/auth/sessions/${jwt.str("sid")}`);
  await ada.send("DELETE", `/auth/sessions/${nobody}`);
  await ada.get("/auth/check", { headers: { "x-forwarded-method": "GET" } });
  await ada.get("/auth/check", { headers: crossSite });
  await program.get("/auth/check");
  await service.post("/auth/introspect", { form: { token: "x" } });
  await service.post("/auth/revoke", { form: { token: "x" } });
  await service.get("/auth/revocations");
  await service.get("/auth/revocations", { headers: { "last-event-id": "x" } });
  await service.post("/auth/revocations/ack", { json: leaseQuestion });
  const other = await addService(issuer.auth, ["follow"]);
  const headers = { authorization: other.bearer };
  await service.post("/auth/revocations/ack", { json: leaseQuestion, headers });
  await service.get("/auth/admin/subjects");
  await service.get("/auth/admin/audit");
  await sendBadRequests(issuer, ada, service);
  const inCookies = watched(issuer.client());
  await signIn(inCookies, { strategy: "jwt", transport: "cookie" });
  await inCookies.post("/auth/refresh");
  await inCookies.post("/auth/refresh", { headers: crossSite });
  for (const act of ["disable", "enable", "revoke"]) {
    await service.post(`/auth/admin/subjects/${nobody}/${act}`);
    if (act !== "revoke") await service.post(`/auth/admin/subjects/${up.str("sub")}/${act}`);
  }
  await service.post(`/auth/admin/subjects/${up.str("sub")}/revoke`);
  await signIn(ada);
  await ada.post("/auth/password", { json: { current_password: goodPassword, new_password: "short" } });
  await ada.post("/auth/password", { json: { current_password: otherPassword, new_password: otherPassword } });
  await ada.post("/auth/password", { json: { current_password: goodPassword, new_password: otherPassword } });
  await ada.post("/auth/verify-address/send");
  await issuer.auth.idle();
  await ada.post("/auth/verify-address", { json: { token: verifyLink } });
  await ada.post("/auth/verify-address", { json: { token: linkToken(issuer.mails) } });
  await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
  await issuer.auth.idle();
  const link = linkToken(issuer.mails);
  await ada.post("/auth/password/reset", { json: { token: link, new_password: "short" } });
  await ada.post("/auth/password/reset", { json: { token: link, new_password: goodPassword } });
  await ada.post("/auth/password/reset", { json: { token: link, new_password: goodPassword } });
  await ada.send("DELETE", `/auth/sessions/${(await signIn(ada)).str("sid")}`);
  await signIn(ada);
  await ada.post("/auth/sign-out-everywhere");
  await ada.post("/auth/sign-out");
  await program.get("/.well-known/jwks.json");
  await program.get("/.well-known/oauth-authorization-server");
}

/** Tried until the limits say no. */
async function tooOften(issuer: TestIssuer, ada: Client): Promise<void> {
  await signUp(ada);
  const until429 = async (path: string, body?: object) => {
    for (let count = 0; count < 40; count += 1) {
      if ((await ada.post(path, body === undefined ? {} : { json: body })).status === 429) return;
    }
  };
  await until429("/auth/verify-address/send");
  for (let count = 0; count < 121; count += 1) await ada.send("PATCH", "/auth/session/data", { json: {} });
  await ada.post("/auth/sign-out-everywhere", { json: { keep_current: true } });
  await until429("/auth/password/forgot", { email: "ada@example.com" });
  await until429("/auth/password/reset", { token: "x", new_password: otherPassword });
  await until429("/auth/verify-address", { token: "x" });
  await until429("/auth/step-up", { password: otherPassword });
  await until429("/auth/password", { current_password: otherPassword, new_password: otherPassword });
  await until429("/auth/sign-in", signInBody({ email: "nobody@example.com" }));
  const guesser = watched(issuer.client({ kind: "program", headers: { authorization: "Bearer nonsense" } }));
  for (let count = 0; count < 35; count += 1) await guesser.get("/auth/admin/audit");
  for (const route of routes.filter(({ access }) => access !== "public" && access !== "account")) {
    await guesser.send(route.method, route.path.replace(/:\w+/g, nobody));
  }
  for (let count = 0; count < 25; count += 1) {
    const sent = { json: signInBody({ email: `person${count}@example.com` }) };
    await watched(issuer.client()).post("/auth/sign-up", sent);
  }
}

async function confirmed(issuer: TestIssuer, ada: Client): Promise<void> {
  await ada.post("/auth/sign-up", { json: signInBody() });
  await issuer.auth.idle();
  await ada.post("/auth/verify-address", { json: { token: linkToken(issuer.mails), password: otherPassword } });
}

/** A strategy that is not allowed, no mail, and a hook that says too much. */
async function otherwiseConfigured(): Promise<void> {
  await lead({ sendsMail: false, jwt: { refresh: false } }, async (_, ada) => {
    const bearer = (await signUp(ada, { strategy: "jwt", transport: "token" })).str("access_token");
    await ada.send("PATCH", "/auth/session/data", { bearer, json: { a: 1 } });
    await ada.post("/auth/password/forgot", { json: { email: "ada@example.com" } });
    await ada.post("/auth/verify-address/send", { bearer });
  });
  let isBad = false;
  await lead({ claims: () => (isBad ? { sub: "root" } : {}) }, async (issuer, ada) => {
    const program = watched(issuer.client({ kind: "program" }));
    const bearer = (await signUp(program, { strategy: "jwt" })).str("access_token");
    const token = (await signIn(program, { strategy: "jwt" })).str("refresh_token");
    isBad = true;
    await ada.post("/auth/sign-up", { json: signInBody({ email: "bob@example.com" }) });
    await ada.post("/auth/sign-in", { json: signInBody() });
    await program.post("/auth/refresh", { json: { refresh_token: token } });
    await program.post("/auth/step-up", { bearer, json: { password: goodPassword } });
    const change = { current_password: goodPassword, new_password: otherPassword };
    await program.post("/auth/password", { bearer, json: change });
  });
}

/** The account changes in the middle of a step-up and of a change of password. */
async function changedMeanwhile(): Promise<void> {
  let change: (() => Promise<unknown>) | undefined;
  const wrapStore: IssuerOptions["wrapStore"] = (store) =>
    interceptStore(store, (call) => {
      if (call !== "sessions.replace" && call !== "accounts.changePassword") return undefined;
      const now = change;
      change = undefined;
      return now?.();
    });
  await lead({ wrapStore }, async (issuer, ada) => {
    const sub = (await signUp(ada)).str("sub");
    for (const path of ["/auth/step-up", "/auth/password"]) {
      change = () => issuer.auth.subjects.revoke(sub);
      await ada.post(path, { json: plausible[path] });
      await signIn(ada);
    }
  });
}

/** Followed by nobody: then it holds everywhere at once. */
async function waitedFor(issuer: TestIssuer, ada: Client): Promise<void> {
  await signUp(ada);
  const { sub } = (await issuer.auth.subjects.findByEmail("ada@example.com")) ?? {};
  const { bearer } = await addService(issuer.auth, ["admin"]);
  const operator = watched(issuer.client({ kind: "program", headers: { authorization: bearer } }));
  for (const act of ["revoke", "disable"]) await operator.post(`/auth/admin/subjects/${sub}/${act}?wait=everywhere`);
}

async function storeDown(): Promise<void> {
  let isDown = false;
  const wrapStore: IssuerOptions["wrapStore"] = (store) =>
    interceptStore(store, (call) => {
      if (isDown && call !== "now") throw new Unavailable("store_unavailable", "gone");
    });
  await lead({ wrapStore }, async (issuer, ada) => {
    const { bearer } = await addService(issuer.auth, ["introspect", "revoke", "follow", "admin"]);
    const service = watched(issuer.client({ kind: "program", headers: { authorization: bearer } }));
    await signUp(ada);
    const jwt = await signIn(issuer.client({ kind: "program" }), { strategy: "jwt" });
    isDown = true;
    for (const route of routes) {
      const path = route.path.replace(/:\w+/g, nobody);
      const isService = route.access !== "public" && route.access !== "account";
      const refresh = route.path === "/auth/refresh" ? { refresh_token: jwt.str("refresh_token") } : undefined;
      const body = refresh ?? plausible[route.path];
      const sending =
        route.body?.form === true ? { form: { token: "A".repeat(27) } } : body === undefined ? {} : { json: body };
      await (isService ? service : ada).send(route.method, path, sending);
    }
  });
  // Keys are served from memory once they were read; before, the store has to answer.
  await lead({ wrapStore }, async (_, ada) => void (await ada.get("/.well-known/jwks.json")));
}

let document: Document;

beforeAll(async () => {
  await lead({ strategies: ["session", "jwt"] }, async (issuer, ada) => {
    document = JSON.parse(JSON.stringify(issuer.auth.openapi("1.2.3")));
    await goodConversation(issuer, ada);
  });
  await lead({ strategies: ["session"] }, async (_, ada) => {
    const sent = { json: signInBody({ strategy: "jwt" }) };
    await ada.post("/auth/sign-in", sent);
    await ada.post("/auth/sign-up", sent);
  });
  await lead({ signUp: "closed" }, async (_, ada) => void (await ada.post("/auth/sign-up", { json: signInBody() })));
  await lead({ signUp: "confirm" }, confirmed);
  await lead({}, tooOften);
  await lead({}, waitedFor);
  await otherwiseConfigured();
  await changedMeanwhile();
  await storeDown();
});

const operations = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const described = (route: { method: string; path: string }): Operation =>
  document.paths[route.path.replace(/:(\w+)/g, "{$1}")]?.[route.method.toLowerCase()] ??
  expect.fail(`${route.path} is not described`);

describe("the document", () => {
  it("is OpenAPI 3.1 and describes the routes of the table, and no others", () => {
    expect(document.openapi).toBe("3.1.0");
    const paths = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(paths.sort()).toEqual(operations.map(([name]) => name).sort());
  });

  it("gives each operation its own id, and points to nothing that is not there", () => {
    const all = routes.map((route) => described(route));
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { security } of all) {
      for (const requirement of security) expect(schemes).toEqual(expect.arrayContaining(Object.keys(requirement)));
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to);
    expect(new Set(references)).toEqual(new Set(["#/components/schemas/Problem", "#/components/schemas/Json"]));
    expect(Object.keys(document.components.schemas)).toEqual(["Problem", "Json"]);
  });

  it.each(operations)("describes what %s takes", (_name, route) => {
    const { parameters = [], requestBody } = described(route);
    const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(parameters.filter((each) => each.in === "path").map(({ name }) => name)).toEqual(inPath);
    expect(requestBody === undefined).toBe(route.body === undefined);
    if (requestBody === undefined) return;
    expect(requestBody.required).toBe(route.body?.optional !== true);
    const [type] = Object.keys(requestBody.content);
    expect(type).toBe(route.body?.form === true ? "application/x-www-form-urlencoded" : "application/json");
    const schema = requestBody.content[type ?? ""]?.schema;
    expect(schema?.type).toBe("object");
    // Unknown members are refused, and the document says so; only the data of a session is open.
    if (route.path !== "/auth/session/data") expect(schema?.additionalProperties).toBe(false);
  });

  it.each(operations)("names each status with which %s answers, and no other", (name, route) => {
    const documented = Object.keys(described(route).responses).map(Number);
    const occurred = [...(seen.get(name)?.keys() ?? [])];
    const unreachable = asksNothing.includes(name) ? [503] : [];
    expect(occurred.sort()).toEqual(documented.filter((status) => !unreachable.includes(status)).sort());
  });

  it.each(operations)("describes the answers of %s as they are", (name, route) => {
    for (const [status, answers] of seen.get(name) ?? []) {
      const [type] = Object.keys(described(route).responses[`${status}`]?.content ?? {});
      const schema = status < 400 ? route.answers[status]?.schema : problemSchema;
      for (const answer of answers) {
        expect([status, answer.headers["content-type"]]).toEqual([status, type]);
        // What a schema does not know is dropped at any depth, so what comes back equal is described whole.
        if (type === "text/event-stream")
          expect(answer.text).toMatch(/^id: \d+\.[0-9a-f]*\nevent: revocations\ndata: \{/);
        else if (schema === undefined) expect(answer.text).toBe("");
        else expect(schema.parse(answer.json)).toStrictEqual(answer.json);
      }
    }
  });

  it.each(operations)("names the headers with which %s answers, and no others", (name, route) => {
    for (const [status, answers] of seen.get(name) ?? []) {
      const { headers = {} } = described(route).responses[`${status}`] ?? {};
      const always = Object.keys(headers).filter((header) => headers[header]?.required === true);
      const borne = answers.map((answer) => toldHeaders.filter((header) => header.toLowerCase() in answer.headers));
      expect([status, [...new Set(borne.flat())].sort()]).toEqual([status, Object.keys(headers).sort()]);
      for (const each of borne) expect([status, each]).toEqual([status, expect.arrayContaining(always)]);
    }
  });

  it("names every cookie that bears a credential, and where services put their keys", () => {
    const schemes = Object.values(document.components.securitySchemes);
    const answers = [...seen.values()].flatMap((statuses) => [...statuses.values()].flat());
    const set = answers.flatMap(({ setCookies }) =>
      setCookies.filter(({ value }) => value !== "").map(({ name: cookie }) => cookie),
    );
    const bearing = new Set(set.filter((cookie) => cookie !== "__Secure-device"));
    expect(schemes.flatMap((scheme) => (scheme.in === "cookie" ? [scheme.name] : [])).sort()).toEqual(
      [...bearing].sort(),
    );
    const { security } = described({ method: "POST", path: "/auth/introspect" });
    const named = security
      .flatMap((each) => Object.keys(each))
      .map((key) => document.components.securitySchemes[key]?.scheme);
    expect(named).toEqual(["basic", "bearer"]);
  });

  it.each<readonly [string, string, readonly (readonly string[])[]]>([
    ["POST", "/auth/sign-in", []],
    ["POST", "/auth/refresh", [[], ["refresh", "accessToken"]]],
    ["POST", "/auth/sign-out", [[], ["session"], ["accessToken"], ["bearer"]]],
    ["GET", "/auth/session", [["session"], ["accessToken"], ["bearer"]]],
    ["GET", "/auth/check", [["session"], ["accessToken"], ["bearer"]]],
    ["GET", "/auth/admin/audit", [["service"], ["serviceBearer"]]],
  ])("says what %s %s takes for credentials", (method, path, expected) => {
    expect(described({ method, path }).security.map((each) => Object.keys(each))).toEqual(expected);
  });

  it("names the headers in which a proxy tells the original method", () => {
    const { parameters } = described({ method: "GET", path: "/auth/check" });
    expect(parameters?.map((each) => [each.in, each.name])).toEqual([
      ["header", "X-Forwarded-Method"],
      ["header", "X-Original-Method"],
    ]);
  });
});

/** The headers that say something of one answer; all others are the same everywhere. */
const toldHeaders = ["Retry-After", "Set-Cookie", "WWW-Authenticate", "X-Auth-Session", "X-Auth-Subject"];

// These ask nobody before they answer.
const asksNothing = ["GET /.well-known/oauth-authorization-server", "POST /auth/password/forgot"];
