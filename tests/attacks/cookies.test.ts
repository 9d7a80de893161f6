// Cookies that somebody else planted, doubled or bent (attack classes 19, 25, 26 and 27), and credentials beside one another.

import { describe, expect, it } from "vitest";
import { expectStatus, goodPassword, signIn, signInBody, signUp, startIssuer } from "../support/issuer.ts";

const sid = "__Host-Http-sid";
const at = "__Host-Http-at";

describe("a cookie sent twice", () => {
  it.each([
    ["the good one first", (good: string) => `${sid}=${good}; ${sid}=${"A".repeat(27)}`],
    ["the good one last", (good: string) => `${sid}=${"A".repeat(27)}; ${sid}=${good}`],
    ["the same value twice", (good: string) => `${sid}=${good}; ${sid}=${good}`],
    ["with others in between", (good: string) => `${sid}=${good}; a=b; c=d;${sid}=x`],
    ["in two headers", (good: string) => [`${sid}=${good}`, `${sid}=x`]],
    ["empty once", (good: string) => `${sid}=; ${sid}=${good}`],
  ])("is refused: %s", async (_name, make) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const good = ada.cookie(sid) ?? "";
    const anybody = issuer.client({ kind: "program" });
    const answer = await anybody.get("/auth/session", { headers: { cookie: make(good) } });
    expect([answer.status, answer.json.code]).toEqual([401, "credential_invalid"]);
    expect((await anybody.get("/auth/session", { headers: { cookie: `${sid}=${good}` } })).status).toBe(200);
  });

  it.each([
    ["the good one first", (good: string) => `${sid}=${good}; ${sid}=${"A".repeat(27)}`],
    ["the good one last", (good: string) => `${sid}=${"A".repeat(27)}; ${sid}=${good}`],
    ["the same value twice", (good: string) => `${sid}=${good}; ${sid}=${good}`],
    ["in two headers", (good: string) => [`${sid}=x`, `${sid}=${good}`]],
    ["empty once", (good: string) => `${sid}=; ${sid}=${good}`],
    ["behind seven others", (good: string) => `${Array(7).fill(`${sid}=x`).join("; ")}; ${sid}=${good}`],
    ["under the plain name too", (good: string) => `sid=x; ${sid}=${good}; sid=y`],
  ])("does not keep anybody from signing out: %s", async (_name, make) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const good = ada.cookie(sid) ?? "";
    const out = await ada.post("/auth/sign-out", { headers: { cookie: make(good) } });
    expect(out.status).toBe(204);
    expect(out.setCookies.filter(({ attributes }) => attributes["max-age"] === "0").map(({ name }) => name)).toContain(
      sid,
    );
    const thief = issuer.client({ kind: "program" });
    expect((await thief.get("/auth/session", { headers: { cookie: `${sid}=${good}` } })).status).toBe(401);
    expect((await thief.get("/auth/session", { bearer: good })).status).toBe(401);
    expect(await issuer.auth.audit({ limit: 10, act: "session.sign_out" })).toHaveLength(1);
  });

  it("ends both sessions at sign-out, where both are good", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const other = issuer.client();
    await signIn(other);
    const values = [ada.cookie(sid), other.cookie(sid)];
    const cookie = values.map((value) => `${sid}=${value}`).join("; ");
    expect((await issuer.client().post("/auth/sign-out", { headers: { cookie } })).status).toBe(204);
    for (const client of [ada, other]) expect((await client.get("/auth/session")).status).toBe(401);
  });

  it("ends a JWT's session at sign-out: its refresh token, which is not sent along, is dead", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada, { strategy: "jwt", transport: "cookie" });
    const thief = ada.copy();
    const token = ada.cookie(at) ?? "";
    const cookie = `${at}=${token}; ${at}=x`;
    expect((await ada.post("/auth/sign-out", { headers: { cookie } })).status).toBe(204);
    expect((await thief.post("/auth/refresh")).status).toBe(401);
    expect((await thief.get("/auth/session")).status).toBe(401);
  });

  it("is looked into eight times at the most", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const cookie = `${Array(8).fill(`${sid}=x`).join("; ")}; ${sid}=${ada.cookie(sid)}`;
    expect((await ada.copy().post("/auth/sign-out", { headers: { cookie } })).status).toBe(204);
    expect((await ada.get("/auth/session")).status).toBe(200);
  });

  it("from another site ends nothing", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const cookie = `${sid}=${ada.cookie(sid)}; ${sid}=x`;
    const headers = { cookie, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await ada.post("/auth/sign-out", { headers })).status).toBe(403);
    expect((await ada.get("/auth/session")).status).toBe(200);
  });
});

describe("a cookie with nearly our name", () => {
  it.each([
    ["without the prefix", (good: string) => `sid=${good}`],
    ["with another prefix", (good: string) => `__Host-sid=${good}`],
    ["in capitals", (good: string) => `__HOST-HTTP-SID=${good}`],
    ["with a no-break space in front", (good: string) => `\u00a0${sid}=${good}`],
    ["in quotes", (good: string) => `${sid}="${good}"`],
    ["encoded", (good: string) => `${sid}=${encodeURIComponent(`${good}%`)}`],
    ["with one character more", (good: string) => `${sid}=${good}A`],
  ])("is none of ours: %s", async (_name, make) => {
    await using issuer = await startIssuer({ issuer: "https://auth.example.com" });
    const ada = issuer.client();
    await signUp(ada);
    const cookie = make(ada.cookie(sid) ?? "");
    expect((await issuer.client({ kind: "program" }).get("/auth/session", { headers: { cookie } })).status).toBe(401);
  });

  it("in a jar too large to be true holds no credential, and breaks nothing", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const cookie = `${"a=b; ".repeat(4000)}${sid}=${ada.cookie(sid)}`;
    expect((await issuer.client({ kind: "program" }).get("/auth/session", { headers: { cookie } })).status).toBe(431);
    const request = new Request(`${issuer.url}/auth/session`, { headers: { cookie } });
    expect((await issuer.auth.handle(request)).status).toBe(401);
  });
});

describe("Authorization beside a cookie", () => {
  it.each([
    ["an unknown token", "Bearer nonsense"],
    ["a session that never was", `Bearer ${"A".repeat(27)}`],
    ["another scheme", "Basic YTpi"],
    ["no token", "Bearer"],
    ["two tokens", "Bearer a b"],
    ["an empty header", ""],
  ])("alone counts: with %s nobody falls back to the cookie", async (_name, authorization) => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    for (const path of ["/auth/session", "/auth/check"]) {
      expect((await ada.get(path, { headers: { authorization } })).status).toBe(401);
    }
    expect((await ada.get("/auth/session")).status).toBe(200);
  });

  it("sent twice is refused, also when the first one is good", async () => {
    await using issuer = await startIssuer();
    const program = issuer.client({ kind: "program" });
    const token = (await signUp(program, { transport: "token" })).str("session_token");
    const authorization = [`Bearer ${token}`, `Bearer ${token}`];
    expect((await program.get("/auth/session", { headers: { authorization } })).status).toBe(401);
    expect((await program.get("/auth/session", { headers: { authorization: `bearer   ${token}` } })).status).toBe(200);
  });

  it("is ended together with it at sign-out: every credential that was presented", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const inBrowser = ada.copy();
    const program = issuer.client({ kind: "program" });
    const session = (await signIn(program, { transport: "token" })).str("session_token");
    const jwt = await signIn(program, { strategy: "jwt" });
    const other = await signIn(program, { strategy: "jwt" });
    const out = await ada.post("/auth/sign-out", {
      bearer: session,
      json: { refresh_token: jwt.str("refresh_token") },
    });
    expect(out.status).toBe(204);
    expect((await inBrowser.get("/auth/session")).status).toBe(401);
    expect((await program.get("/auth/session", { bearer: session })).status).toBe(401);
    expect((await program.get("/auth/session", { bearer: jwt.str("access_token") })).status).toBe(401);
    expect((await program.get("/auth/session", { bearer: other.str("access_token") })).status).toBe(200);
    expect(await issuer.auth.audit({ limit: 10, act: "session.sign_out" })).toHaveLength(3);
  });
});

describe("a planted session", () => {
  it("of the attacker's own account ends when the victim signs in over it", async () => {
    await using issuer = await startIssuer();
    const eve = issuer.client();
    await signUp(eve, { email: "eve@example.com" });
    await signUp(issuer.client());
    const victim = eve.copy();
    await signIn(victim);
    expect(victim.cookie(sid)).not.toBe(eve.cookie(sid));
    expect((await victim.get("/auth/session")).json.email).toBe("ada@example.com");
    expect((await eve.get("/auth/session")).status).toBe(401);
  });

  it("is not raised by the victim's step-up for whoever else holds it", async () => {
    await using issuer = await startIssuer();
    const ada = issuer.client();
    await signUp(ada);
    const holder = ada.copy();
    expectStatus(await ada.post("/auth/step-up", { json: { password: goodPassword } }), 200);
    expect((await holder.get("/auth/session")).status).toBe(401);
  });
});

describe("Set-Cookie", () => {
  it.each(["ada@example.com\r\nSet-Cookie: a=b", "ada@example.com; Domain=evil.example", "\u0000ada@example.com"])(
    "cannot be bent by what a request says: %j",
    async (email) => {
      await using issuer = await startIssuer({ claims: ({ email: address }) => ({ address }) });
      const answer = await issuer.client({ userAgent: "x; Domain=evil.example" }).post("/auth/sign-up", {
        json: signInBody({ email }),
      });
      expect([answer.status, answer.setCookies]).toEqual([400, []]);
    },
  );

  it("holds our names and attributes only, whatever the client calls itself", async () => {
    await using issuer = await startIssuer();
    const { setCookies } = await signUp(
      issuer.client({
        userAgent: "a=b; Path=/; Domain=evil.example, Set-Cookie: x=y",
        headers: { cookie: `__Secure-device=x; Path=/evil; ${sid}=y%0d%0aSet-Cookie:z` },
      }),
    );
    for (const { text } of setCookies) {
      expect(text).toMatch(
        /^(__Host-Http-sid|__Host-Http-at|__Secure-rt|__Secure-device)=[\w-]*; Max-Age=\d+; Path=\/[\w/-]*; HttpOnly; Secure; SameSite=(Lax|Strict)$/,
      );
    }
    expect(setCookies.length).toBeGreaterThan(1);
  });
});
