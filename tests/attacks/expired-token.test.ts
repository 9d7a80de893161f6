// What an access token that has expired may still do: end the session it once opened, where its owner signs out or signs in over it; and nothing else.

import { describe, expect, it } from "vitest";
import type { Answer, Client } from "../support/http-client.ts";
import { expectStatus, goodPassword, signIn, signUp, startIssuer, type TestIssuer } from "../support/issuer.ts";

const at = "__Host-Http-at";
const tenMinutes = 600_000;
const byCookie = { strategy: "jwt", transport: "cookie" } as const;

/** A browser whose access token ran out, and somebody who kept a copy of all its cookies. */
async function expiredBrowser(issuer: TestIssuer) {
  const ada = issuer.client();
  const sid = (await signUp(ada, byCookie)).str("sid");
  issuer.clock.advance(tenMinutes);
  return { ada, sid, copy: ada.copy() };
}

const recordOf = async (issuer: TestIssuer, sid: string) => await issuer.store.sessions.find(sid);
const signOuts = async (issuer: TestIssuer) => issuer.auth.audit({ limit: 10, act: "session.sign_out" });
const cleared = (answer: Answer) =>
  answer.setCookies.filter(({ attributes }) => attributes["max-age"] === "0").map(({ name }) => name);

describe("a browser whose access token has run out", () => {
  it("keeps the cookie as long as the refresh token's, so that its session can be told", async () => {
    await using issuer = await startIssuer();
    const { ada } = await expiredBrowser(issuer);
    expect(ada.cookie(at)).toBeDefined();
    issuer.clock.advance(30 * 86_400_000 - tenMinutes - 1000);
    expect([ada.cookie(at), ada.cookie("__Secure-rt")]).not.toContain(undefined);
    issuer.clock.advance(1000);
    expect([ada.cookie(at), ada.cookie("__Secure-rt")]).toEqual([undefined, undefined]);
  });

  it("ends its session by signing out", async () => {
    await using issuer = await startIssuer();
    const { ada, sid, copy } = await expiredBrowser(issuer);
    const out = await ada.post("/auth/sign-out");
    expect([out.status, cleared(out).sort()]).toEqual([204, [at, "__Host-Http-sid", "__Secure-rt"].sort()]);
    expect((await recordOf(issuer, sid))?.reason).toBe("sign_out");
    expect((await copy.post("/auth/refresh")).json.code).toBe("refresh_invalid");
    expect(await signOuts(issuer)).toMatchObject([{ sid, outcome: "ok" }]);
  });

  it("ends its session by signing out also when the signing key was changed meanwhile", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    const sid = (await signUp(ada, byCookie)).str("sid");
    await issuer.auth.keys.rotate();
    for (let day = 0; day < 5; day += 1) {
      issuer.clock.advance(86_400_000);
      await issuer.auth.maintain();
    }
    expect(await issuer.auth.keys.list()).toHaveLength(1);
    expect((await ada.get("/auth/session")).status).toBe(401);
    await ada.post("/auth/sign-out");
    expect((await recordOf(issuer, sid))?.reason).toBe("sign_out");
  });

  it.each(["session", "jwt"] as const)("ends its session by signing in over it by %s", async (strategy) => {
    await using issuer = await startIssuer();
    const { ada, sid, copy } = await expiredBrowser(issuer);
    await signIn(ada, { strategy, transport: "cookie" });
    expect((await recordOf(issuer, sid))?.revokedAt).not.toBeNull();
    expect((await copy.post("/auth/refresh")).status).toBe(401);
    expect((await ada.get("/auth/session")).status).toBe(200);
  });

  it("ends its session when somebody else signs up or in there", async () => {
    await using issuer = await startIssuer();
    const { ada, sid } = await expiredBrowser(issuer);
    await signUp(ada, { ...byCookie, email: "bob@example.com" });
    expect((await recordOf(issuer, sid))?.revokedAt).not.toBeNull();
  });
});

it("a program ends its session by an expired Bearer token", async () => {
  await using issuer = await startIssuer();
  const program = issuer.client({ kind: "program" });
  const up = await signUp(program, { strategy: "jwt" });
  issuer.clock.advance(tenMinutes);
  await program.post("/auth/sign-out", { bearer: up.str("access_token") });
  expect((await recordOf(issuer, up.str("sid")))?.reason).toBe("sign_out");
});

const elsewhere: readonly (readonly [string, (client: Client) => Promise<Answer>])[] = [
  ["reading the session", (client) => client.get("/auth/session")],
  ["listing the sessions", (client) => client.get("/auth/sessions")],
  ["forward authentication", (client) => client.get("/auth/check", { headers: { "x-forwarded-method": "GET" } })],
  ["changing data", (client) => client.send("PATCH", "/auth/session/data", { json: { a: 1 } })],
  ["ending a device", (client) => client.send("DELETE", "/auth/sessions/AAAAAAAAAAAAAAAA")],
  ["signing out everywhere", (client) => client.post("/auth/sign-out-everywhere")],
  ["proving the password again", (client) => client.post("/auth/step-up", { json: { password: goodPassword } })],
  [
    "a new password",
    (client) =>
      client.post("/auth/password", { json: { current_password: goodPassword, new_password: `${goodPassword} too` } }),
  ],
  ["asking for a mail", (client) => client.post("/auth/verify-address/send")],
];

describe("an expired access token is refused for", () => {
  it.each(elsewhere)("%s, and no cookie is cleared", async (_name, ask) => {
    await using issuer = await startIssuer();
    const { ada, sid } = await expiredBrowser(issuer);
    const before = await recordOf(issuer, sid);
    const answer = await ask(ada);
    expect([answer.status, answer.json.code, answer.setCookies]).toEqual([401, "token_expired", []]);
    expect(await recordOf(issuer, sid)).toEqual(before);
    // Nor does a sign-out that was refused, or one elsewhere, make it count.
    await ada.post("/auth/sign-out", { headers: { "sec-fetch-site": "cross-site" } });
    expect((await ask(ada)).json.code).toBe("token_expired");
    expect(expectStatus(await ada.post("/auth/refresh"), 200).json.sid).toBe(sid);
    expect((await ada.get("/auth/session")).status).toBe(200);
  });

  it("a service that asks about it", async () => {
    await using issuer = await startIssuer();
    const { ada } = await expiredBrowser(issuer);
    const { id, secret } = await issuer.auth.services.add({ name: "api", scopes: ["introspect"] });
    const service = issuer.client({ kind: "program", headers: { authorization: `Bearer ${id}.${secret}` } });
    const answer = await service.post("/auth/introspect", { form: { token: ada.cookie(at) ?? "" } });
    expect(answer.json).toEqual({ active: false });
  });
});

describe("signing out ends nothing", () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it.each<readonly [string, (token: string) => string]>([
    ["with a changed signature", (token) => `${token.slice(0, -10)}AAAAAAAA${token.slice(-2)}`],
    ["with other claims", (token) => token.replace(/\.[^.]+\./, `.${encode({ sid: "x" })}.`)],
    [
      "with another key's name",
      (token) => token.replace(/^[^.]+/, encode({ alg: "ES256", typ: "lean+jwt", kid: "abcd" })),
    ],
    ["without a signature", (token) => `${token.split(".").slice(0, 2).join(".")}.`],
    ["of another kind", (token) => token.replace(/^[^.]+/, encode({ alg: "ES256", typ: "at+jwt", kid: "abcd" }))],
  ])("by an expired token %s", async (_name, forge) => {
    await using issuer = await startIssuer();
    const { ada, sid } = await expiredBrowser(issuer);
    const stranger = issuer.client({ kind: "program" });
    for (const headers of [
      { cookie: `${at}=${forge(ada.cookie(at) ?? "")}`, "sec-fetch-site": "same-origin" },
      { authorization: `Bearer ${forge(ada.cookie(at) ?? "")}` },
    ]) {
      expect((await stranger.post("/auth/sign-out", { headers })).status).toBe(204);
    }
    expect((await recordOf(issuer, sid))?.revokedAt).toBeNull();
    expect(await signOuts(issuer)).toEqual([]);
  });

  it("by an expired token of another issuer that names the same session", async () => {
    await using issuer = await startIssuer();
    await using other = await startIssuer({ issuer: issuer.url, store: issuer.store, clock: issuer.clock });
    await using foreign = await startIssuer({
      issuer: "https://foreign.example",
      clock: issuer.clock,
      store: issuer.store,
    });
    const token = (await signUp(foreign.client({ kind: "program" }), { strategy: "jwt" })).str("access_token");
    issuer.clock.advance(tenMinutes);
    await other.client({ kind: "program" }).post("/auth/sign-out", { bearer: token });
    expect(await signOuts(issuer)).toEqual([]);
  });

  it("by an expired token of a session that has ended, or of a key that was revoked", async () => {
    await using issuer = await startIssuer();
    const { ada, sid, copy } = await expiredBrowser(issuer);
    const [key] = await issuer.auth.keys.list();
    await issuer.auth.keys.revoke(key?.kid ?? "");
    await copy.post("/auth/sign-out");
    expect((await recordOf(issuer, sid))?.revokedAt).toBeNull();
    await issuer.auth.sessions.end(sid);
    await ada.post("/auth/sign-out");
    expect(await signOuts(issuer)).toEqual([]);
  });

  it("by an expired token that has no record", async () => {
    await using issuer = await startIssuer({ jwt: { refresh: false } });
    const ada = issuer.client();
    await signUp(ada, byCookie);
    const cookie = `${at}=${ada.cookie(at)}`;
    const program = issuer.client({ kind: "program", headers: { cookie, "sec-fetch-site": "same-origin" } });
    const { number } = await issuer.store.log.head();
    issuer.clock.advance(tenMinutes * 200);
    await program.post("/auth/sign-out");
    expect((await issuer.store.log.head()).number).toBe(number);
    expect(await signOuts(issuer)).toEqual([]);
  });

  it("for another site", async () => {
    await using issuer = await startIssuer();
    const { ada, sid } = await expiredBrowser(issuer);
    const out = await ada.post("/auth/sign-out", { headers: { "sec-fetch-site": "same-site" } });
    expect([out.status, out.setCookies]).toEqual([403, []]);
    expect((await recordOf(issuer, sid))?.revokedAt).toBeNull();
  });
});
