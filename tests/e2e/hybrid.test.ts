// The strategy `hybrid`, by HTTP: a session and a token that spares its look-up, in a browser and in a program.

import { createServer } from "node:http";
import type { Authenticator, JsonObject } from "@countersign/verifier";
import { authenticated as expressGuard } from "@countersign/verifier/express";
import { authenticated as fastifyGuard } from "@countersign/verifier/fastify";
import { authenticated as honoGuard } from "@countersign/verifier/hono";
import { withIdentity } from "@countersign/verifier/node";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { startService } from "../support/following.ts";
import type { Answer, Client } from "../support/http-client.ts";
import {
  expectStatus,
  goodPassword,
  type IssuerOptions,
  interceptStore,
  otherPassword,
  type StoreKind,
  signIn,
  signInBody,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
} from "../support/issuer.ts";

const sessionCookie = "__Host-Http-sid";
const tokenCookie = "__Host-Http-at";
const hybrid = { strategy: "hybrid" } as const;
const inBody = { strategy: "hybrid", transport: "token" } as const;
/** Longer than any access token lives, leeway included. */
const beyondToken = 311_000;

const startHybrid = (options: IssuerOptions = {}) =>
  startIssuer({ strategies: ["hybrid", "session", "jwt"], ...options });

const refresh = (client: Client, token: string): Promise<Answer> =>
  client.post("/auth/refresh", { json: { refresh_token: token } });
const partOf = (token: string | undefined, index: 0 | 1): JsonObject =>
  JSON.parse(Buffer.from((token ?? "").split(".")[index] ?? "", "base64url").toString());
const headerOf = (token: string | undefined) => partOf(token, 0);
const payloadOf = (token: string | undefined) => partOf(token, 1);
const cookieIn = ({ setCookies }: Answer, name: string) => setCookies.find((cookie) => cookie.name === name);
const changed = ({ setCookies }: Answer) => setCookies.map(({ name, value }) => [name, value === "" ? "gone" : "set"]);
const renewedOnly = [[tokenCookie, "set"]];

/** An issuer whose store's calls are counted; the time is no call. */
async function startCounting(options: IssuerOptions = {}): Promise<{ issuer: TestIssuer; calls: string[] }> {
  const calls: string[] = [];
  const wrapStore: IssuerOptions["wrapStore"] = (store) =>
    interceptStore(store, (call) => void (call === "now" || calls.push(call)));
  return { issuer: await startHybrid({ wrapStore, ...options }), calls };
}

/** As a neighbour's answer that comes late would: the cookie is in the jar, whatever was there. */
const withCookies = (client: Client, path: string, cookies: Record<string, string | undefined>) =>
  client.get(path, {
    headers: {
      cookie: Object.entries(cookies)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${value}`)
        .join("; "),
    },
  });

describe.each(storeKinds)("in a browser, in %s", (store: StoreKind) => {
  it("gets a session cookie of 43 bytes and a token cookie that holds identifiers only", async () => {
    await using issuer = await startHybrid({ store, claims: () => ({ role: "editor" }) });
    const up = await signUp(issuer.client());
    expect(up.json).toMatchObject({ strategy: "hybrid", email: "ada@example.com", claims: { role: "editor" } });
    const [session, token] = [cookieIn(up, sessionCookie), cookieIn(up, tokenCookie)];
    expect(`${session?.name}=${session?.value}`).toHaveLength(43);
    const common = { path: "/", samesite: "Lax", httponly: "", secure: "" };
    expect(session?.attributes).toEqual({ ...common, "max-age": `${30 * 86_400}` });
    expect(token?.attributes).toEqual({ ...common, "max-age": expect.stringMatching(/^2[4-9]\d$|^300$/) });
    expect(headerOf(token?.value)).toEqual({ alg: "ES256", typ: "hybrid+jwt", kid: expect.any(String) });
    const { sub, sid } = up.json;
    expect(payloadOf(token?.value)).toEqual({
      iss: issuer.url,
      sub,
      sid,
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(up.text).not.toContain(token?.value ?? "none");
    expect(
      changed(up)
        .filter(([, what]) => what === "set")
        .map(([name]) => name)
        .sort(),
    ).toEqual([tokenCookie, sessionCookie, "__Secure-device"].sort());
  });

  it("touches no store while its token lives and the view is fresh, and is looked up when one of the two is over", async () => {
    const { issuer, calls } = await startCounting({ store });
    await using _ = issuer;
    const ada = issuer.client();
    await signUp(ada);
    expect((await ada.get("/auth/check")).status).toBe(200);
    await issuer.auth.idle();
    calls.length = 0;
    for (let count = 0; count < 20; count += 1) expect((await ada.get("/auth/check")).status).toBe(200);
    expect(calls).toEqual([]);
    // Older than the lag: the view is asked for anew, the session is not looked up.
    issuer.clock.advance(5001);
    expect((await ada.get("/auth/check")).status).toBe(200);
    expect(calls).toContain("log.read");
    expect(calls.filter((call) => call.startsWith("sessions."))).toEqual([]);
    issuer.clock.advance(beyondToken);
    calls.length = 0;
    expect((await ada.get("/auth/check")).status).toBe(200);
    expect(calls).toContain("sessions.find");
  });

  it("is renewed in passing when its token has run out, and not before", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    await signUp(ada);
    const [session, first] = [ada.cookie(sessionCookie), ada.cookie(tokenCookie)];
    expect((await ada.get("/auth/session")).setCookies).toEqual([]);
    for (const path of ["/auth/session", "/auth/sessions", "/auth/check"]) {
      issuer.clock.advance(beyondToken);
      const answer = expectStatus(await ada.get(path), 200);
      expect(changed(answer)).toEqual(renewedOnly);
      expect(answer.headers["cache-control"]).toBe("no-store");
      expect((await ada.get(path)).setCookies).toEqual([]);
    }
    expect(ada.cookie(sessionCookie)).toBe(session);
    expect(payloadOf(ada.cookie(tokenCookie))).toMatchObject({ sid: payloadOf(first).sid, sub: payloadOf(first).sub });
    expect(headerOf(ada.cookie(tokenCookie)).typ).toBe("hybrid+jwt");
  });

  it("is renewed by its session cookie at the path for it, and by nothing less", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    const up = await signUp(ada);
    issuer.clock.advance(beyondToken);
    const renewed = expectStatus(await ada.post("/auth/refresh"), 200);
    expect(renewed.json).toEqual({ sub: up.json.sub, sid: up.json.sid, expires_in: expect.any(Number) });
    expect(changed(renewed)).toEqual(renewedOnly);
    const foreign = await ada.post("/auth/refresh", {
      headers: { "sec-fetch-site": "same-site", origin: "https://x.test" },
    });
    expect([foreign.status, foreign.json.code, foreign.setCookies]).toEqual([403, "cross_site_request", []]);
    const tokenOnly = await issuer.client().post("/auth/refresh", {
      headers: { cookie: `${tokenCookie}=${ada.cookie(tokenCookie)}` },
    });
    expect([tokenOnly.status, tokenOnly.json.code, tokenOnly.setCookies]).toEqual([401, "refresh_invalid", []]);
    await issuer.auth.sessions.end(`${up.json.sid}`);
    const ended = await ada.post("/auth/refresh");
    expect([ended.status, ended.json.code, ended.setCookies]).toEqual([401, "refresh_invalid", []]);
  });

  it("is not renewed past the end of its session, and its last token ends with it", async () => {
    await using issuer = await startHybrid({ store, session: { lifetime: "10m", idle: "10m" } });
    const ada = issuer.client();
    await signUp(ada);
    issuer.clock.advance(590_000);
    const last = expectStatus(await ada.get("/auth/session"), 200);
    expect(cookieIn(last, tokenCookie)?.attributes["max-age"]).toBe("10");
    const session = { [sessionCookie]: ada.cookie(sessionCookie) };
    // In its last second it is good, and there is no token left that would be.
    issuer.clock.advance(9500);
    const ending = await withCookies(ada, "/auth/session", session);
    expect([ending.status, ending.setCookies]).toEqual([200, []]);
    issuer.clock.advance(500);
    const over = await withCookies(ada, "/auth/session", session);
    expect([over.status, over.json.code, over.setCookies]).toEqual([401, "session_ended", []]);
  });

  it("gets 50 renewals at once, any of which will do", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    const up = await signUp(ada);
    issuer.clock.advance(beyondToken);
    const answers = await Promise.all(Array.from({ length: 50 }, () => ada.get("/auth/session")));
    const tokens = answers.map((answer) => {
      expect([answer.status, changed(answer)]).toEqual([200, renewedOnly]);
      return cookieIn(answer, tokenCookie)?.value;
    });
    const session = ada.cookie(sessionCookie);
    for (const token of [tokens[0], tokens[25], tokens[49]]) {
      const judged = await withCookies(issuer.client(), "/auth/check", {
        [sessionCookie]: session,
        [tokenCookie]: token,
      });
      expect([judged.status, judged.headers["x-auth-session"], judged.setCookies]).toEqual([200, up.json.sid, []]);
    }
    expect(await issuer.auth.sessions.list(`${up.json.sub}`)).toHaveLength(1);
  });

  it("ignores a renewal that arrives after signing out", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    await signUp(ada);
    issuer.clock.advance(beyondToken);
    const late = (await ada.copy().get("/auth/session")).setCookies[0]?.value;
    expect((await ada.post("/auth/sign-out")).status).toBe(204);
    expect([ada.cookie(sessionCookie), ada.cookie(tokenCookie)]).toEqual([undefined, undefined]);
    for (const path of ["/auth/session", "/auth/check"]) {
      const judged = await withCookies(ada, path, { [tokenCookie]: late });
      expect([judged.status, judged.setCookies]).toEqual([401, []]);
    }
    const bearer = await issuer.client({ kind: "program" }).get("/auth/check", { bearer: late ?? "" });
    expect([bearer.status, bearer.json.code]).toEqual([401, "credential_revoked"]);
  });

  it.each(["hybrid", "session"] as const)(
    "ignores a renewal that arrives after signing in as somebody else, by %s",
    async (strategy) => {
      await using issuer = await startHybrid({ store });
      const browser = issuer.client();
      await signUp(browser);
      issuer.clock.advance(beyondToken);
      const late = (await browser.copy().get("/auth/session")).setCookies[0]?.value;
      const bob = await signUp(browser, { email: "bob@example.com", strategy });
      const cookies = { [sessionCookie]: browser.cookie(sessionCookie), [tokenCookie]: late };
      const judged = await withCookies(browser, "/auth/session", cookies);
      expect([judged.status, judged.json.sub, judged.json.email]).toEqual([200, bob.json.sub, "bob@example.com"]);
      expect(changed(judged)).toEqual(strategy === "hybrid" ? renewedOnly : []);
      if (strategy === "hybrid") expect(payloadOf(cookieIn(judged, tokenCookie)?.value).sid).toBe(bob.json.sid);
    },
  );

  it("takes nobody for the first account when a renewal arrives after signing in as somebody else by jwt: the visitor signs in again", async () => {
    await using issuer = await startHybrid({ store });
    const browser = issuer.client();
    await signUp(browser);
    issuer.clock.advance(beyondToken);
    const late = (await browser.copy().get("/auth/session")).setCookies[0]?.value;
    await signUp(browser, { email: "bob@example.com", strategy: "jwt", transport: "cookie" });
    // The late cookie stands where the new token stood.
    const cookies = { [tokenCookie]: late, "__Secure-rt": browser.cookie("__Secure-rt") };
    expect((await withCookies(browser, "/auth/session", cookies)).status).toBe(401);
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join("; ");
    const refused = await browser.post("/auth/refresh", { headers: { cookie } });
    expect([refused.status, refused.json.code, refused.setCookies]).toEqual([401, "refresh_unpaired", []]);
    const again = await browser.post("/auth/sign-in", {
      headers: { cookie },
      json: signInBody({ email: "bob@example.com", strategy: "jwt", transport: "cookie" }),
    });
    expectStatus(again, 200);
    expect((await browser.get("/auth/session")).json.email).toBe("bob@example.com");
  });

  it.each([
    ["step-up", "/auth/step-up", { password: goodPassword }],
    ["a change of password", "/auth/password", { current_password: goodPassword, new_password: otherPassword }],
  ])(
    "has another session and another token after %s, and the old ones are refused at once",
    async (_name, path, json) => {
      await using issuer = await startHybrid({ store });
      await using service = await startService(issuer, { feed: { follow: "on-demand" } });
      const ada = issuer.client();
      const up = await signUp(ada);
      await ada.send("PATCH", "/auth/session/data", { json: { theme: "dark" } });
      const before = ada.copy();
      const cookies = () => ({ cookie: ada.cookiesFor("/").join("; ") });
      const old = cookies();
      expect((await service.judge(old)).status).toBe(200);
      const raised = expectStatus(await ada.post(path, { json }), 200);
      expect(raised.json).toMatchObject({ strategy: "hybrid", sub: up.json.sub });
      expect(raised.json.sid).not.toBe(up.json.sid);
      expect(ada.cookie(sessionCookie)).not.toBe(before.cookie(sessionCookie));
      expect(payloadOf(ada.cookie(tokenCookie)).sid).toBe(raised.json.sid);
      expect((await ada.get("/auth/session")).json).toMatchObject({ sid: raised.json.sid, data: { theme: "dark" } });
      expect((await before.get("/auth/check")).status).toBe(401);
      expect((await service.judge(cookies())).status).toBe(200);
      issuer.clock.advance(1700);
      const refused = await service.judge(old);
      expect([refused.status, refused.json.code]).toEqual([401, "credential_revoked"]);
    },
  );

  it("is another's after a change of account, and the first account's session has ended", async () => {
    await using issuer = await startHybrid({ store });
    const browser = issuer.client();
    await signUp(browser);
    const before = browser.copy();
    const bob = await signUp(browser, { email: "bob@example.com" });
    const judged = await browser.get("/auth/check");
    expect([judged.status, judged.headers["x-auth-subject"]]).toEqual([200, bob.json.sub]);
    expect((await before.get("/auth/check")).status).toBe(401);
    expect(payloadOf(browser.cookie(tokenCookie)).sid).toBe(bob.json.sid);
  });

  it("a sign-in by another strategy takes its cookies away, and the other way round", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    await signUp(ada);
    const asHybrid = ada.copy();
    await signIn(ada, { strategy: "session" });
    expect([ada.cookie(sessionCookie), ada.cookie(tokenCookie)]).toEqual([expect.any(String), undefined]);
    expect((await asHybrid.get("/auth/check")).status).toBe(401);
    await signIn(ada, { strategy: "jwt", transport: "cookie" });
    expect([ada.cookie(sessionCookie), headerOf(ada.cookie(tokenCookie)).typ]).toEqual([undefined, "lean+jwt"]);
    await signIn(ada, hybrid);
    expect([ada.cookie("__Secure-rt"), headerOf(ada.cookie(tokenCookie)).typ]).toEqual([undefined, "hybrid+jwt"]);
    expect((await ada.get("/auth/session")).json.strategy).toBe("hybrid");
  });

  it.each([
    ["both cookies", [sessionCookie, tokenCookie]],
    ["the session cookie", [sessionCookie]],
    ["the token cookie", [tokenCookie]],
  ])("signs out by %s: the session ends, and both cookies go", async (_name, names) => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    const up = await signUp(ada);
    const whole = ada.copy();
    const cookie = names.map((name) => `${name}=${ada.cookie(name)}`).join("; ");
    const out = await ada.post("/auth/sign-out", { headers: { cookie } });
    expect(out.status).toBe(204);
    expect(changed(out)).toEqual([
      [sessionCookie, "gone"],
      [tokenCookie, "gone"],
      ["__Secure-rt", "gone"],
    ]);
    expect(await issuer.auth.sessions.find(`${up.json.sid}`)).toBeUndefined();
    expect((await whole.get("/auth/check")).status).toBe(401);
    expect((await whole.post("/auth/refresh")).status).toBe(401);
  });

  it("signs out of both where the token beside its session is another's", async () => {
    await using issuer = await startHybrid({ store });
    const [ada, bob] = [issuer.client(), issuer.client()];
    const adaUp = await signUp(ada);
    const bobUp = await signUp(bob, { email: "bob@example.com" });
    const cookie = `${sessionCookie}=${ada.cookie(sessionCookie)}; ${tokenCookie}=${bob.cookie(tokenCookie)}`;
    expect((await issuer.client().post("/auth/sign-out", { headers: { cookie } })).status).toBe(204);
    for (const { json } of [adaUp, bobUp]) expect(await issuer.auth.sessions.find(`${json.sid}`)).toBeUndefined();
  });

  it("is not signed out by another site", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    await signUp(ada);
    for (const name of [sessionCookie, tokenCookie]) {
      const headers = { cookie: `${name}=${ada.cookie(name)}`, "sec-fetch-site": "cross-site" };
      expect((await ada.post("/auth/sign-out", { headers })).status).toBe(403);
    }
    expect((await ada.get("/auth/session")).status).toBe(200);
  });

  it("keeps its cookies whenever it is answered 401", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client();
    const up = await signUp(ada);
    await issuer.auth.sessions.end(`${up.json.sid}`);
    const answers = [
      await ada.get("/auth/session"),
      await ada.get("/auth/check"),
      await ada.post("/auth/refresh"),
      await ada.post("/auth/step-up", { json: { password: goodPassword } }),
      await ada.post("/auth/sign-out-everywhere"),
    ];
    expect(answers.map(({ status, setCookies }) => [status, setCookies])).toEqual(answers.map(() => [401, []]));
  });

  it("sees its end at the very next request: by sign-out elsewhere, everywhere, by disabling", async () => {
    const ends: readonly ((issuer: TestIssuer, up: Answer, other: Client) => Promise<unknown>)[] = [
      (_issuer, up, other) => other.send("DELETE", `/auth/sessions/${up.json.sid}`),
      (_issuer, _up, other) => other.post("/auth/sign-out-everywhere"),
      (issuer, up) => issuer.auth.subjects.disable(`${up.json.sub}`),
      (issuer, up) => issuer.auth.subjects.revoke(`${up.json.sub}`),
    ];
    for (const end of ends) {
      await using issuer = await startHybrid({ store });
      const [ada, other] = [issuer.client(), issuer.client()];
      const up = await signUp(ada);
      await signIn(other);
      expect((await ada.get("/auth/check")).status).toBe(200);
      await end(issuer, up, other);
      // What this process committed is in its own view when the barrier returns, and in the record anyway.
      expect((await issuer.auth.everywhere()).outcome).toBe("everywhere");
      const refused = await ada.get("/auth/check");
      expect([refused.status, refused.json.code]).toEqual([401, "session_ended"]);
    }
  });
});

describe.each(storeKinds)("in a program, in %s", (store: StoreKind) => {
  it("gets an access token of its own kind and a refresh token", async () => {
    await using issuer = await startHybrid({ store, claims: () => ({ role: "editor" }) });
    const up = await signUp(issuer.client({ kind: "program" }), inBody);
    expect(up.json).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: expect.any(Number),
      refresh_token: expect.any(String),
      refresh_expires_in: 30 * 86_400,
      sid: expect.stringMatching(/^[\w-]{16}$/),
    });
    expect(up.str("refresh_token").length).toBeLessThanOrEqual(60);
    expect(up.setCookies).toEqual([]);
    expect(headerOf(up.str("access_token")).typ).toBe("hybrid+jwt");
    expect(payloadOf(up.str("access_token"))).toMatchObject({ sid: up.json.sid, role: "editor" });
  });

  it("is judged locally, and refused from the moment its session ends", async () => {
    const { issuer, calls } = await startCounting({ store });
    await using _ = issuer;
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, inBody);
    const bearer = up.str("access_token");
    expect((await ada.get("/auth/check", { bearer })).status).toBe(200);
    calls.length = 0;
    for (let count = 0; count < 20; count += 1) await ada.get("/auth/check", { bearer });
    expect(calls).toEqual([]);
    expect((await ada.get("/auth/session", { bearer })).json).toMatchObject({ sid: up.json.sid, strategy: "hybrid" });
    await issuer.auth.sessions.end(`${up.json.sid}`);
    expect((await issuer.auth.everywhere()).outcome).toBe("everywhere");
    expect((await ada.get("/auth/check", { bearer })).json.code).toBe("credential_revoked");
    expect((await refresh(ada, up.str("refresh_token"))).json.code).toBe("refresh_invalid");
  });

  it("rotates: 50 refreshes at once have one successor, of the same kind", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, inBody);
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(ada, up.str("refresh_token"))));
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.refresh_token}`)).size).toBe(1);
    const [first] = answers;
    if (first === undefined) throw new Error("no answer");
    expectStatus(first, 200);
    expect(first.json.sid).toBe(up.json.sid);
    expect(headerOf(first.str("access_token")).typ).toBe("hybrid+jwt");
    expect((await ada.get("/auth/check", { bearer: first.str("access_token") })).status).toBe(200);
  });

  it("notices theft: an older refresh token ends the session, access token and all", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, inBody);
    const next = expectStatus(await refresh(ada, up.str("refresh_token")), 200);
    issuer.clock.advance(10_000);
    // Within the grace it would have been a lost answer.
    issuer.clock.advance(1);
    expect((await refresh(ada, up.str("refresh_token"))).json.code).toBe("refresh_invalid");
    expect((await refresh(ada, next.str("refresh_token"))).json.code).toBe("refresh_invalid");
    expect((await issuer.auth.everywhere()).outcome).toBe("everywhere");
    expect((await ada.get("/auth/check", { bearer: next.str("access_token") })).json.code).toBe("credential_revoked");
    expect(await issuer.auth.audit({ limit: 9, act: "session.reuse" })).toHaveLength(1);
  });

  it("takes a lost answer for none: within the grace the successor is the same", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, inBody);
    const first = expectStatus(await refresh(ada, up.str("refresh_token")), 200);
    issuer.clock.advance(9999);
    const again = expectStatus(await refresh(ada, up.str("refresh_token")), 200);
    expect(again.json.refresh_token).toBe(first.json.refresh_token);
    expect(await issuer.auth.audit({ limit: 9, act: "session.reuse" })).toEqual([]);
  });

  it.each(["good", "expired"])(
    "signs out by an access token that is %s: its refresh token is worth nothing any more",
    async (state) => {
      await using issuer = await startHybrid({ store });
      const ada = issuer.client({ kind: "program" });
      const up = await signUp(ada, inBody);
      if (state === "expired") issuer.clock.advance(beyondToken);
      expect((await ada.post("/auth/sign-out", { bearer: up.str("access_token") })).status).toBe(204);
      expect((await refresh(ada, up.str("refresh_token"))).json.code).toBe("refresh_invalid");
    },
  );

  it("signs in over an expired access token: the session it stood for ends", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, inBody);
    issuer.clock.advance(beyondToken);
    const again = await ada.post("/auth/sign-in", { bearer: up.str("access_token"), json: signInBody(inBody) });
    expectStatus(again, 200);
    expect((await refresh(ada, up.str("refresh_token"))).json.code).toBe("refresh_invalid");
    expectStatus(await refresh(ada, again.str("refresh_token")), 200);
  });

  it("supersedes at step-up: the successor is a pair of the same kind", async () => {
    await using issuer = await startHybrid({ store });
    const ada = issuer.client({ kind: "program" });
    const up = await signUp(ada, inBody);
    const raised = await ada.post("/auth/step-up", {
      bearer: up.str("access_token"),
      json: { password: goodPassword },
    });
    expect(headerOf(expectStatus(raised, 200).str("access_token")).typ).toBe("hybrid+jwt");
    expect((await refresh(ada, up.str("refresh_token"))).json.code).toBe("refresh_invalid");
    expectStatus(await refresh(ada, raised.str("refresh_token")), 200);
    expect(await issuer.auth.audit({ limit: 9, act: "session.reuse" })).toEqual([]);
  });
});

describe("an issuer with hybrid among its strategies", () => {
  it.each([
    ["refuses an ended JWT at its proxies' question, too", ["session", "jwt", "hybrid"] as const, 401],
    [
      "is needed for that: without, a JWT is judged by its signature until it runs out",
      ["session", "jwt"] as const,
      200,
    ],
  ])("%s", async (_name, strategies, status) => {
    await using issuer = await startIssuer({ strategies: [...strategies] });
    const ada = issuer.client({ kind: "program" });
    const [ended, living] = [await signUp(ada, { strategy: "jwt" }), await signIn(ada, { strategy: "jwt" })];
    const check = async (answer: Answer) =>
      (await ada.get("/auth/check", { bearer: answer.str("access_token") })).status;
    expect([await check(ended), await check(living)]).toEqual([200, 200]);
    expect((await ada.post("/auth/sign-out", { bearer: ended.str("access_token") })).status).toBe(204);
    expect((await issuer.auth.everywhere()).outcome).toBe("everywhere");
    expect([await check(ended), await check(living)]).toEqual([status, 200]);
  });
});

interface App {
  readonly url: string;
  close(): Promise<unknown>;
}

async function listening(server: ReturnType<typeof createServer>): Promise<App> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The app has no port.");
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${address.port}`, close };
}

/** An application beside its issuer, with one route of its own that sets a cookie and lets all the world keep its answer. */
const apps: readonly { readonly name: string; start(auth: Authenticator): Promise<App> }[] = [
  {
    name: "node:http",
    start: (auth) =>
      listening(
        createServer(
          withIdentity(auth, (_request, response, { sid }) =>
            response.writeHead(200, { "cache-control": "public", "set-cookie": "theme=dark" }).end(sid),
          ),
        ),
      ),
  },
  {
    name: "Express",
    start(auth) {
      const app = express();
      app.get("/", expressGuard(auth), (request, response) => {
        response.set({ "cache-control": "public", "set-cookie": "theme=dark" }).send(request.identity?.sid);
      });
      return listening(createServer(app));
    },
  },
  {
    name: "Fastify",
    async start(auth) {
      const app = fastify();
      app.register(async (scope) => {
        await scope.register(fastifyGuard(auth));
        scope.get("/", (request, reply) =>
          reply.headers({ "cache-control": "public", "set-cookie": "theme=dark" }).send(request.identity?.sid),
        );
      });
      return { url: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
    },
  },
  {
    name: "Hono",
    start(auth) {
      const [app, guard] = [new Hono(), honoGuard(auth)];
      const headers = { "cache-control": "public", "set-cookie": "theme=dark" };
      app.get("/", guard, (c) => c.text(guard.identityOf(c).sid, 200, headers));
      return listening(createServer(getRequestListener(app.fetch)));
    },
  },
];

describe.each(apps)("at an application's own route, with $name", ({ start }) => {
  it("renews in passing when the token has run out, and neither before nor for who is refused", async () => {
    await using issuer = await startHybrid();
    const app = await start(issuer.auth);
    const ada = issuer.client();
    const up = await signUp(ada);
    const ask = async (cookies: readonly string[]) => {
      const answer = await fetch(app.url, { headers: { cookie: cookies.join("; ") } });
      const [status, text, keep] = [answer.status, await answer.text(), answer.headers.get("cache-control")];
      return { status, text, keep, cookies: answer.headers.getSetCookie() };
    };
    const before = await ask(ada.cookiesFor("/"));
    expect(before).toEqual({ status: 200, text: up.json.sid, keep: "public", cookies: ["theme=dark"] });
    issuer.clock.advance(beyondToken);
    const session = `${sessionCookie}=${ada.cookie(sessionCookie)}`;
    const renewed = await ask([session]);
    expect(renewed).toMatchObject({ status: 200, text: up.json.sid, keep: "no-store" });
    const [theme, cookie = ""] = renewed.cookies;
    expect([theme, renewed.cookies.length]).toEqual(["theme=dark", 2]);
    expect(cookie).toMatch(
      /^__Host-Http-at=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const after = await ask([session, cookie.split(";", 1)[0] ?? ""]);
    expect(after).toEqual({ status: 200, text: up.json.sid, keep: "public", cookies: ["theme=dark"] });
    await issuer.auth.sessions.end(`${up.json.sid}`);
    const refused = await ask([session]);
    expect([refused.status, refused.cookies]).toEqual([401, []]);
    await app.close();
  });
});

describe("the size of its token", () => {
  const issuerUrl = "https://auth.example.com";

  it.each(["ES256", "Ed25519"] as const)(
    "is at most 320 bytes with a usual issuer, in a cookie and as Bearer, by %s",
    async (algorithm) => {
      expect(issuerUrl).toHaveLength(24);
      await using issuer = await startHybrid({ issuer: issuerUrl, jwt: { algorithm } });
      const program = await signUp(issuer.client({ kind: "program" }), inBody);
      const browser = issuer.client({ headers: { host: "auth.example.com", origin: issuerUrl } });
      const cookies = await signIn(browser);
      for (const token of [program.str("access_token"), cookieIn(cookies, tokenCookie)?.value ?? ""]) {
        expect(headerOf(token).typ).toBe("hybrid+jwt");
        expect(token.length).toBeGreaterThan(200);
        expect(token.length).toBeLessThanOrEqual(320);
      }
    },
  );

  it("keeps to the budget: too many claims are an error at issue, and make no session", async () => {
    await using issuer = await startHybrid({ claims: () => ({ roles: "x".repeat(900) }) });
    // In a cookie there are none of them.
    await signUp(issuer.client());
    const refused = await issuer.client({ kind: "program" }).post("/auth/sign-in", { json: signInBody(inBody) });
    expect([refused.status, refused.json.code]).toEqual([500, "claims_too_large"]);
    expect(await issuer.store.sessions.count()).toBe(1);
  });
});
