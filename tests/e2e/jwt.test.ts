// The strategy `jwt`, by HTTP: what the comparison says of JWTs is true of ours.

import { createVerifier, type JsonObject } from "@countersign/verifier";
import { createAuth } from "countersign";
import { openSqliteStore } from "countersign/sqlite";
import type { Store } from "countersign/store";
import { describe, expect, it } from "vitest";
import type { Answer, Client } from "../support/http-client.ts";
import {
  cheapHashing,
  expectStatus,
  goodPassword,
  interceptStore,
  otherPassword,
  type StoreKind,
  serverSecret,
  signIn,
  signInBody,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
  waitingFor,
} from "../support/issuer.ts";

const jwt = { strategy: "jwt" } as const;

const refresh = (client: Client, token: string): Promise<Answer> =>
  client.post("/auth/refresh", { json: { refresh_token: token } });

const payloadOf = (token: string): JsonObject =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const headerOf = (token: string): JsonObject =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());

const acts = async ({ auth }: TestIssuer, act: string) => auth.audit({ limit: 100, act });

describe("an access token", () => {
  it("carries what the claims hook says, typed at a separate verifier, and is judged with the issuer switched off", async () => {
    await using issuer = await startIssuer({ claims: () => ({ role: "editor", teams: ["a", "b"] }) });
    const verifier = createVerifier({
      issuer: issuer.url,
      clock: issuer.clock,
      parseClaims: ({ role }) => (typeof role === "string" ? { role } : undefined),
    });
    const ada = issuer.client({ kind: "program" });
    const first = await signUp(ada, jwt);
    const second = await signIn(ada, jwt);
    const judge = (answer: Answer) =>
      verifier.authenticate({ method: "GET", headers: { authorization: `Bearer ${answer.str("access_token")}` } });
    expect(await judge(first)).toMatchObject({ ok: true });
    await issuer.close();
    const verdict = await judge(second);
    if (!verdict.ok) throw new Error(`refused: ${verdict.code}`);
    const role: string = verdict.identity.claims.role;
    expect(role).toBe("editor");
    expect(verdict.identity).toMatchObject({ sid: second.json.sid, strategy: "jwt", issuer: issuer.url });
    issuer.clock.advance(310_000);
    expect(await judge(second)).toEqual({ ok: false, code: "token_expired" });
  });

  it.each([
    ["with a session record", true, 320],
    ["without one", false, 340],
  ])("is lean %s: %d bytes at most with a usual issuer", async (_name, withRecord, most) => {
    const issuerUrl = "https://auth.example.com";
    expect(issuerUrl).toHaveLength(24);
    await using issuer = await startIssuer({ issuer: issuerUrl, jwt: { refresh: withRecord } });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const token = up.str("access_token");
    const seconds = issuer.clock.now() / 1000;
    expect(headerOf(token)).toEqual({ alg: "ES256", typ: "lean+jwt", kid: expect.stringMatching(/^[\w-]{4}$/) });
    expect(payloadOf(token)).toEqual({
      iss: issuerUrl,
      sub: expect.stringMatching(/^[\w-]{16}$/),
      sid: up.json.sid,
      iat: seconds,
      exp: seconds + Number(up.json.expires_in),
      ...(withRecord ? {} : { n: 0 }),
    });
    expect(token.length).toBeLessThanOrEqual(most);
  });

  it("lives five minutes less a random fifth at most, never the same for all", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client({ kind: "program" });
    await signUp(ada, jwt);
    const lives: number[] = [];
    for (let count = 0; count < 12; count += 1) lives.push(Number((await signIn(ada, jwt)).json.expires_in));
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(240);
    expect(Math.max(...lives)).toBeLessThanOrEqual(300);
    expect(new Set(lives).size).toBeGreaterThan(1);
  });

  it("never outlives its session", async () => {
    await using issuer = await startIssuer({ session: { lifetime: "10m", idle: "10m" } });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    issuer.clock.advance(590_000);
    const renewed = expectStatus(await refresh(ada, up.str("refresh_token")), 200);
    expect(renewed.json).toMatchObject({ expires_in: 10, refresh_expires_in: 10 });
    issuer.clock.advance(10_000);
    expect((await refresh(ada, renewed.str("refresh_token"))).json.code).toBe("refresh_invalid");
  });

  it.each(["token", "cookie"] as const)("has one whole second to live at least, by %s", async (transport) => {
    await using issuer = await startIssuer({ session: { lifetime: "10m", idle: "10m" } });
    const ada = issuer.client(transport === "token" ? { kind: "program" } : {});
    const up = await signUp(ada, { strategy: "jwt", transport });
    issuer.clock.advance(599_000);
    const json = transport === "token" ? { refresh_token: up.str("refresh_token") } : {};
    const last = expectStatus(await ada.post("/auth/refresh", { json }), 200);
    expect(last.json.expires_in).toBe(1);
    const verifier = createVerifier({ issuer: issuer.url, clock: issuer.clock });
    const token = transport === "token" ? last.str("access_token") : (ada.cookie("__Host-Http-at") ?? "");
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    issuer.clock.advance(1);
    const over = await ada.post("/auth/refresh", {
      json: transport === "token" ? { refresh_token: last.str("refresh_token") } : {},
    });
    expect([over.status, over.json.code, over.setCookies]).toEqual([401, "refresh_invalid", []]);
    expect((await issuer.store.sessions.find(last.str("sid")))?.refreshCounter).toBe(1);
  });

  it("never outlives a policy that is shorter than the lifetime of new sessions", async () => {
    await using issuer = await startIssuer({ session: { lifetime: "10m", maxLifetime: "1m" } });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    expect(up.json).toMatchObject({ expires_in: 60, refresh_expires_in: 60 });
    expect((await signIn(ada, { transport: "token" })).json).toMatchObject({ expires_in: 60 });
  });

  it.each(["ES256", "Ed25519", "RS256"] as const)("is signed with %s on choice", async (algorithm) => {
    await using issuer = await startIssuer({ jwt: { algorithm } });
    const ada = issuer.client({ kind: "program" });
    const token = (await signUp(ada, jwt)).str("access_token");
    expect(headerOf(token).alg).toBe(algorithm);
    const verifier = createVerifier({ issuer: issuer.url, clock: issuer.clock });
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
  });

  it.each([
    ["too much for its byte budget", () => ({ story: "x".repeat(1024) }), "claims_too_large"],
    ["a claim of the token itself", () => ({ sub: "somebody else" }), "claims_reserved"],
  ])("is not issued when the hook says %s, and nothing is created", async (_name, claims, code) => {
    let isBad = false;
    await using issuer = await startIssuer({ claims: () => (isBad ? claims() : {}) });
    const ada = issuer.client({ kind: "program" });
    await signUp(ada, jwt);
    isBad = true;
    const refused = await ada.post("/auth/sign-in", { json: signInBody(jwt) });
    expect([refused.status, refused.json.code]).toEqual([500, code]);
    expect(await issuer.store.sessions.count()).toBe(1);
    expect(issuer.errors).toMatchObject([{ name: "UsageError", code }]);
    expect((await acts(issuer, "session.sign_in")).length).toBe(0);
  });

  it("ends the account's own routes at once when its session ends, and a service's when it expires", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const bearer = up.str("access_token");
    const verifier = createVerifier({ issuer: issuer.url, clock: issuer.clock });
    expect((await ada.get("/auth/session", { bearer })).json).toMatchObject({ sid: up.json.sid, strategy: "jwt" });
    expect((await ada.post("/auth/sign-out", { bearer })).status).toBe(204);
    expect((await ada.get("/auth/session", { bearer })).json.code).toBe("session_ended");
    expect((await refresh(ada, up.str("refresh_token"))).status).toBe(401);
    expect(await verifier.verify(bearer)).toMatchObject({ ok: true });
  });
});

describe("without refresh", () => {
  it("keeps no row at all, and authenticating asks the store nothing", async () => {
    const calls: string[] = [];
    await using issuer = await startIssuer({
      jwt: { refresh: false },
      wrapStore: (store) => interceptStore(store, (call) => void (call === "now" || calls.push(call))),
    });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const again = await signIn(ada, jwt);
    expect(up.json).not.toHaveProperty("refresh_token");
    expect(calls.filter((call) => call.startsWith("sessions."))).toEqual([]);
    expect(await issuer.store.sessions.count()).toBe(0);
    calls.length = 0;
    for (const answer of [up, again, up, again]) {
      const request = { method: "GET", headers: { authorization: `Bearer ${answer.str("access_token")}` } };
      expect(await issuer.auth.authenticate(request)).toMatchObject({ ok: true, identity: { sid: answer.json.sid } });
    }
    expect(calls).toEqual([]);
  });

  it("is one token alone: no data, no device, no refresh", async () => {
    await using issuer = await startIssuer({ jwt: { refresh: false } });
    const ada = issuer.client({ kind: "program" });
    const bearer = (await signUp(ada, jwt)).str("access_token");
    expect((await ada.get("/auth/session", { bearer })).json).toMatchObject({ data: null, strategy: "jwt" });
    expect((await ada.send("PATCH", "/auth/session/data", { bearer, json: { a: 1 } })).json.code).toBe(
      "session_record_missing",
    );
    expect((await ada.get("/auth/sessions", { bearer })).json).toEqual({ sessions: [] });
    expect((await refresh(ada, bearer)).status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ["sign-out", (ada: Client, bearer: string) => ada.post("/auth/sign-out", { bearer }), 204],
    ["sign-out everywhere", (ada: Client, bearer: string) => ada.post("/auth/sign-out-everywhere", { bearer }), 200],
    [
      "step-up",
      (ada: Client, bearer: string) => ada.post("/auth/step-up", { bearer, json: { password: goodPassword } }),
      200,
    ],
    [
      "a change of password",
      (ada: Client, bearer: string) =>
        ada.post("/auth/password", { bearer, json: { current_password: goodPassword, new_password: otherPassword } }),
      200,
    ],
  ])("%s ends the token at the issuer's own routes, for as long as it would live", async (_name, act, status) => {
    await using issuer = await startIssuer({ jwt: { refresh: false, lifetime: "10m" } });
    const ada = issuer.client({ kind: "program" });
    const bearer = (await signUp(ada, jwt)).str("access_token");
    const ended = await act(ada, bearer);
    expect(ended.status).toBe(status);
    for (const seconds of [0, 60, 300]) {
      issuer.clock.advance(seconds * 1000);
      await issuer.auth.maintain();
      expect((await ada.get("/auth/session", { bearer })).json.code).toBe("credential_revoked");
    }
    // What took its place is good: it was numbered after the event that ended the first.
    if (typeof ended.json.access_token !== "string") return;
    const successor = expectStatus(await ada.post("/auth/sign-in", { json: signInBody(passwordAfter(_name)) }), 200);
    expect((await ada.get("/auth/session", { bearer: successor.str("access_token") })).status).toBe(200);
  });

  it("the token that a step-up or a change of password answers is good", async () => {
    await using issuer = await startIssuer({ jwt: { refresh: false } });
    const ada = issuer.client({ kind: "program" });
    const first = (await signUp(ada, jwt)).str("access_token");
    const raised = await ada.post("/auth/step-up", { bearer: first, json: { password: goodPassword } });
    const json = { current_password: goodPassword, new_password: otherPassword };
    const changed = await ada.post("/auth/password", { bearer: raised.str("access_token"), json });
    const statuses = [first, raised.str("access_token"), changed.str("access_token")].map(
      async (bearer) => (await ada.get("/auth/session", { bearer })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
  });

  it("a token in a browser's cookie is ended by a sign-in over it", async () => {
    await using issuer = await startIssuer({ jwt: { refresh: false } });
    const ada = issuer.client();
    await signUp(ada, { ...jwt, transport: "cookie" });
    const before = ada.copy();
    expect((await before.get("/auth/session")).status).toBe(200);
    await signIn(ada, { strategy: "session" });
    expect((await before.get("/auth/session")).json.code).toBe("credential_revoked");
    expect((await ada.get("/auth/session")).json.strategy).toBe("session");
  });
});

const passwordAfter = (act: string) =>
  ({ ...jwt, password: act.includes("password") ? otherPassword : goodPassword }) as const;

describe.each(storeKinds)("refresh in %s", (store: StoreKind) => {
  it("answers a successor of at most 60 characters; the one before is no Bearer token", async () => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const token = up.str("refresh_token");
    expect(token.length).toBeLessThanOrEqual(60);
    const renewed = expectStatus(await refresh(ada, token), 200);
    expect(Object.keys(renewed.json).sort()).toEqual([
      "access_token",
      "expires_in",
      "refresh_expires_in",
      "refresh_token",
      "sid",
      "token_type",
    ]);
    expect(renewed.json.sid).toBe(up.json.sid);
    for (const bearer of [token, renewed.str("refresh_token")]) {
      expect((await ada.get("/auth/session", { bearer })).json.code).toBe("credential_invalid");
      expect(await issuer.auth.authenticate({ method: "GET", headers: { authorization: `Bearer ${bearer}` } })).toEqual(
        {
          ok: false,
          code: "token_malformed",
        },
      );
    }
  });

  it("has one successor for 50 at once", async () => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const token = up.str("refresh_token");
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(ada, token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const successors = new Set(answers.map((answer) => answer.str("refresh_token")));
    expect(successors.size).toBe(1);
    expect((await issuer.store.sessions.find(`${up.json.sid}`))?.refreshCounter).toBe(1);
    expectStatus(await refresh(ada, [...successors][0] ?? ""), 200);
    expect(await acts(issuer, "session.reuse")).toEqual([]);
  });

  it.each([
    ["at once", 0],
    ["at the last moment of the grace", 10_000],
  ])("repeats the same successor for a lost answer, asked again %s", async (_name, laterMs) => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program" });
    const token = (await signUp(ada, jwt)).str("refresh_token");
    const lost = await refresh(ada, token);
    issuer.clock.advance(laterMs);
    const again = expectStatus(await refresh(ada, token), 200);
    expect(again.json.refresh_token).toBe(lost.json.refresh_token);
    expectStatus(await refresh(ada, again.str("refresh_token")), 200);
  });

  it.each([
    ["a moment after the grace", { laterMs: 10_001 }],
    ["from a client of another kind", { userAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" }],
    ["two generations late", { generations: 2 }],
  ])("takes a token for stolen %s: the session ends, and the audit log says so", async (_name, how) => {
    const {
      laterMs = 0,
      generations = 1,
      userAgent,
    } = { ...{ userAgent: undefined }, ...how } as {
      laterMs?: number;
      generations?: number;
      userAgent?: string | undefined;
    };
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program", userAgent: "curl/8.0" });
    const up = await signUp(ada, jwt);
    const old = up.str("refresh_token");
    let latest = up;
    for (let count = 0; count < generations; count += 1) latest = await refresh(ada, latest.str("refresh_token"));
    issuer.clock.advance(laterMs);
    const thief = issuer.client({ kind: "program", userAgent: userAgent ?? "curl/8.0", address: "127.0.0.66" });
    const caught = await refresh(thief, old);
    expect([caught.status, caught.json.code]).toEqual([401, "refresh_invalid"]);
    expect((await refresh(ada, latest.str("refresh_token"))).status).toBe(401);
    expect((await ada.get("/auth/session", { bearer: latest.str("access_token") })).json.code).toBe("session_ended");
    expect((await issuer.store.sessions.find(`${up.json.sid}`))?.reason).toBe("refresh_reuse");
    expect(await acts(issuer, "session.reuse")).toMatchObject([
      { outcome: "refused", sid: up.json.sid, address: "127.0.0.66" },
    ]);
  });

  it("notes a repetition from another network address, and does not call it theft", async () => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program" });
    const token = (await signUp(ada, jwt)).str("refresh_token");
    await refresh(ada, token);
    const elsewhere = await refresh(issuer.client({ kind: "program", address: "127.0.0.7" }), token);
    expect(elsewhere.status).toBe(200);
    expect(await acts(issuer, "session.refresh")).toMatchObject([
      { detail: "repeated_elsewhere", address: "127.0.0.7" },
    ]);
  });

  it("takes a token from the future for a store that forgot: the session ends and the operator is told", async () => {
    await using issuer = await startIssuer({ store, wrapStore: rewinding });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const second = await refresh(ada, up.str("refresh_token"));
    const third = await refresh(ada, second.str("refresh_token"));
    rewind = 1;
    const answer = await refresh(ada, third.str("refresh_token"));
    rewind = 0;
    expect([answer.status, answer.json.code]).toEqual([401, "refresh_invalid"]);
    expect((await issuer.store.sessions.find(`${up.json.sid}`))?.reason).toBe("store_rewound");
    expect(await acts(issuer, "session.rewound")).toMatchObject([{ outcome: "error", sid: up.json.sid }]);
    expect(await acts(issuer, "session.reuse")).toEqual([]);
  });

  it.each([
    ["another last character", (token: string) => `${token.slice(0, -3)}AAA`],
    ["a higher number", (token: string) => withCounter(token, 7)],
    ["a text that is none", () => "x".repeat(55)],
    ["a session nobody knows", (token: string) => `${token.slice(0, 2)}${"A".repeat(16)}${token.slice(18)}`],
  ])("refuses %s and changes nothing: a stranger cannot end a session", async (_name, forge) => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program" });
    const token = (await signUp(ada, jwt)).str("refresh_token");
    expect(forge(token)).not.toBe(token);
    const refused = await refresh(issuer.client({ kind: "program" }), forge(token));
    expect([refused.status, refused.json.code]).toEqual([401, "refresh_invalid"]);
    expectStatus(await refresh(ada, token), 200);
  });

  it("does not call the owner a thief when the claims hook was down for longer than the grace", async () => {
    let isDown = false;
    await using issuer = await startIssuer({
      store,
      claims: () => {
        if (isDown) throw new Error("the directory is down");
        return {};
      },
    });
    const ada = issuer.client({ kind: "program" });
    const token = (await signUp(ada, jwt)).str("refresh_token");
    isDown = true;
    expect((await refresh(ada, token)).status).toBe(500);
    issuer.clock.advance(60_000);
    isDown = false;
    expectStatus(await refresh(ada, token), 200);
    expect(await acts(issuer, "session.reuse")).toEqual([]);
  });

  it("says what is true now: the hook is asked again", async () => {
    let role = "reader";
    await using issuer = await startIssuer({ store, claims: () => ({ role }) });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    role = "editor";
    const renewed = await refresh(ada, up.str("refresh_token"));
    expect([payloadOf(up.str("access_token")).role, payloadOf(renewed.str("access_token")).role]).toEqual([
      "reader",
      "editor",
    ]);
  });

  it.each([
    ["step-up", "/auth/step-up", { password: goodPassword }],
    ["a change of password", "/auth/password", { current_password: goodPassword, new_password: otherPassword }],
  ])("is superseded by %s: refused, but no sign of theft", async (_name, path, json) => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const raised = expectStatus(await ada.post(path, { bearer: up.str("access_token"), json }), 200);
    expect(raised.json.sid).not.toBe(up.json.sid);
    expect((await refresh(ada, up.str("refresh_token"))).json.code).toBe("refresh_invalid");
    expectStatus(await refresh(ada, raised.str("refresh_token")), 200);
    expect(await acts(issuer, "session.reuse")).toEqual([]);
  });

  it("goes on while the server secret is rotated, and stops when the old one is taken away", async () => {
    await using issuer = await startIssuer({ store });
    const ada = issuer.client({ kind: "program" });
    const token = (await signUp(ada, jwt)).str("refresh_token");
    const fresh = "another server secret, which is quite new";
    const withSecrets = (secrets: string[]) =>
      createAuth({
        ...{ issuer: issuer.url, secrets, store: issuer.store, clock: issuer.clock, hashing: cheapHashing },
        upkeep: false,
      });
    const post = (auth: ReturnType<typeof createAuth>, refreshToken: string) =>
      auth.handle(
        new Request(`${issuer.url}/auth/refresh`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ refresh_token: refreshToken }),
        }),
      );
    const renewed = await post(withSecrets([fresh, serverSecret]), token);
    const successor: { refresh_token: string } = await renewed.json();
    expect(renewed.status).toBe(200);
    expect((await post(withSecrets([fresh]), successor.refresh_token)).status).toBe(200);
    expect((await post(withSecrets([serverSecret]), successor.refresh_token)).status).not.toBe(200);
  });
});

let rewind = 0;

/** A store that, when told so, shows refresh counters as a backup from yesterday would. */
function rewinding(store: Store): Store {
  const sessions = new Proxy(store.sessions, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member);
      if (member !== "find") return value;
      return async (sid: string) => {
        const record = await store.sessions.find(sid);
        return record && { ...record, refreshCounter: record.refreshCounter - rewind };
      };
    },
  });
  return { ...store, sessions };
}

function withCounter(token: string, counter: number): string {
  const bytes = Buffer.from(token, "base64url");
  bytes.writeUInt32BE(counter, 13);
  return bytes.toString("base64url");
}

describe("in cookies", () => {
  it("sets the token for the site and its refresh token for one path, both out of reach for scripts", async () => {
    await using issuer = await startIssuer();
    const { setCookies, json } = await signUp(issuer.client(), { ...jwt, transport: "cookie" });
    const cookie = (name: string) => setCookies.find((each) => each.name === name);
    const common = { httponly: "", secure: "" };
    // Both to the session's end: the token opens nothing once it has expired, but tells which session it was.
    expect(cookie("__Host-Http-at")?.attributes).toEqual({
      ...common,
      path: "/",
      samesite: "Lax",
      "max-age": `${30 * 86_400}`,
    });
    expect(cookie("__Secure-rt")?.attributes).toEqual({
      ...common,
      path: "/auth/refresh",
      samesite: "Strict",
      "max-age": `${30 * 86_400}`,
    });
    expect(json).toMatchObject({ strategy: "jwt", email: "ada@example.com" });
    expect(JSON.stringify(json)).not.toContain(cookie("__Host-Http-at")?.value ?? "none");
  });

  it("is renewed by cookie at one path, and the answer holds no token", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const up = await signUp(ada, { ...jwt, transport: "cookie" });
    const before = ada.cookie("__Secure-rt");
    issuer.clock.advance(300_000);
    issuer.clock.advance(10_000);
    expect((await ada.get("/auth/session")).json.code).toBe("token_expired");
    const renewed = expectStatus(await ada.post("/auth/refresh"), 200);
    expect(renewed.json).toEqual({ sub: up.json.sub, sid: expect.any(String), expires_in: expect.any(Number) });
    expect(ada.cookie("__Secure-rt")).not.toBe(before);
    expect((await ada.get("/auth/session")).status).toBe(200);
  });

  it("without a refresh token is kept until it expires", async () => {
    await using issuer = await startIssuer({ jwt: { refresh: false } });
    const { setCookies } = await signUp(issuer.client(), { ...jwt, transport: "cookie" });
    const cookie = setCookies.find(({ name }) => name === "__Host-Http-at");
    expect(cookie?.attributes["max-age"]).toMatch(/^2[4-9]\d$|^300$/);
  });

  it("sign-out clears them also when the access token has run out meanwhile", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada, { ...jwt, transport: "cookie" });
    const before = ada.copy();
    issuer.clock.advance(310_000);
    expect((await ada.post("/auth/sign-out")).status).toBe(204);
    expect([ada.cookie("__Host-Http-at"), ada.cookie("__Secure-rt")]).toEqual([undefined, undefined]);
    expect((await before.post("/auth/refresh")).json.code).toBe("refresh_invalid");
  });

  it("a sign-in by one strategy takes the cookies of the other away", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada, { ...jwt, transport: "cookie" });
    const before = ada.copy();
    await signIn(ada, { strategy: "session" });
    expect([ada.cookie("__Host-Http-at"), ada.cookie("__Secure-rt")]).toEqual([undefined, undefined]);
    expect((await before.get("/auth/session")).status).toBe(401);
    expect((await before.post("/auth/refresh")).status).toBe(401);
  });
});

describe("several processes over one database", () => {
  it("share keys and sessions: sign in at one, refresh at the other, verify anywhere", async () => {
    await using one = await startIssuer({ store: "sqlite" });
    const path = one.databasePath ?? "";
    const second = await openSqliteStore({ path, clock: waitingFor(one.clock) });
    await using two = await startIssuer({ store: second, issuer: one.url, clock: one.clock });
    await Promise.all([one.auth.start(), two.auth.start()]);
    expect(await two.auth.keys.jwks()).toEqual(await one.auth.keys.jwks());
    expect((await one.auth.keys.jwks()).keys).toHaveLength(1);

    const ada = one.client({ kind: "program" });
    const elsewhere = two.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const renewed = expectStatus(await refresh(elsewhere, up.str("refresh_token")), 200);
    expect((await ada.get("/auth/session", { bearer: renewed.str("access_token") })).status).toBe(200);
    await elsewhere.post("/auth/sign-out", { bearer: renewed.str("access_token") });
    expect((await ada.get("/auth/session", { bearer: renewed.str("access_token") })).status).toBe(401);
    await two.close();
    await second.close();
  });

  it("answer one successor for 50 refreshes at once, 25 at each", async () => {
    await using one = await startIssuer({ store: "sqlite" });
    const second = await openSqliteStore({ path: one.databasePath ?? "", clock: waitingFor(one.clock) });
    await using two = await startIssuer({ store: second, issuer: one.url, clock: one.clock });
    const ada = one.client({ kind: "program" });
    const elsewhere = two.client({ kind: "program" });
    const token = (await signUp(ada, jwt)).str("refresh_token");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(index % 2 ? elsewhere : ada, token)),
    );
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.refresh_token}`)).size).toBe(1);
    expectStatus(answers[0] ?? expect.fail(), 200);
    await two.close();
    await second.close();
  });
});

describe("the strategies of a server", () => {
  it.each([
    ["session", "session"],
    ["jwt", "jwt"],
  ] as const)("begin with the default: %s", async (first, expected) => {
    await using issuer = await startIssuer({ strategies: first === "jwt" ? ["jwt", "session"] : ["session", "jwt"] });
    const up = await signUp(issuer.client());
    expect(up.json.strategy ?? ("access_token" in up.json ? "jwt" : undefined)).toBe(expected);
  });

  it("are the only ones that a sign-in may name", async () => {
    await using issuer = await startIssuer({ strategies: ["session"] });
    const ada = issuer.client();
    const refused = await ada.post("/auth/sign-up", { json: signInBody(jwt) });
    expect([refused.status, refused.json.code]).toEqual([400, "strategy_not_allowed"]);
    await signUp(ada);
    expect((await ada.post("/auth/sign-in", { json: signInBody(jwt) })).json.code).toBe("strategy_not_allowed");
  });

  it("can change without signing anybody out", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    await using now = await startIssuer({
      store: issuer.store,
      issuer: issuer.url,
      clock: issuer.clock,
      strategies: ["session"],
    });
    const client = now.client({ kind: "program" });
    expect((await client.get("/auth/session", { bearer: up.str("access_token") })).status).toBe(200);
    expectStatus(await refresh(client, up.str("refresh_token")), 200);
  });
});

describe("signing keys", () => {
  it("are staged: published, then signing, then retired, and nobody is signed out", async () => {
    await using issuer = await startIssuer({ keys: { keySetRefresh: "1m" } });
    const ada = issuer.client({ kind: "program" });
    const first = (await signUp(ada, jwt)).str("access_token");
    const rotated = await issuer.auth.keys.rotate();
    if (!rotated.ok) throw new Error(rotated.code);
    const published = (await ada.get("/.well-known/jwks.json")).json.keys as { kid: string }[];
    expect(published.map(({ kid }) => kid).sort()).toEqual([headerOf(first).kid, rotated.kid].sort());
    expect(headerOf((await signIn(ada, jwt)).str("access_token")).kid).toBe(headerOf(first).kid);
    issuer.clock.advance(120_000);
    expect(headerOf((await signIn(ada, jwt)).str("access_token")).kid).toBe(rotated.kid);
    expect((await ada.get("/auth/session", { bearer: first })).status).toBe(200);
  });

  it("that are revoked take their tokens along", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, jwt);
    const bearer = up.str("access_token");
    await issuer.auth.keys.revoke(`${headerOf(bearer).kid}`);
    expect((await ada.get("/auth/session", { bearer })).json.code).toBe("credential_invalid");
    const renewed = expectStatus(await refresh(ada, up.str("refresh_token")), 200);
    expect((await ada.get("/auth/session", { bearer: renewed.str("access_token") })).status).toBe(200);
    expect(await acts(issuer, "key.revoke")).toMatchObject([{ detail: headerOf(bearer).kid }]);
  });
});
