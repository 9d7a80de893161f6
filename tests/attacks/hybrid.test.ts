// What is mixed up, planted or put beside each other: no pair of cookies makes anybody somebody else, and no failure lets anybody in.

import { type Algorithm, ConfigurationError, createVerifier } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { type ServiceOptions, startFollowing, startService, until } from "../support/following.ts";
import type { Answer } from "../support/http-client.ts";
import { goodPassword, type SignInWish, signIn, signUp, startIssuer, type TestIssuer } from "../support/issuer.ts";

const sessionCookie = "__Host-Http-sid";
const tokenCookie = "__Host-Http-at";
const beyondToken = 311_000;

const startHybrid = () => startIssuer({ strategies: ["hybrid", "session", "jwt"] });

interface Bearer {
  readonly up: Answer;
  readonly sub: string;
  readonly sid: string;
  /** As it stands in the request. */
  readonly session: string;
  readonly token: string;
}

/** Somebody who signs in by cookies, each time on a browser of their own. */
async function signedIn(issuer: TestIssuer, name: string, wish: SignInWish = {}): Promise<Bearer> {
  const client = issuer.client();
  const known = await issuer.auth.subjects.findByEmail(`${name}@example.com`);
  const sign = known === undefined ? signUp : signIn;
  const up = await sign(client, { email: `${name}@example.com`, transport: "cookie", ...wish });
  const cookie = (cookieName: string) => `${cookieName}=${client.cookie(cookieName)}`;
  return { up, sub: up.str("sub"), sid: up.str("sid"), session: cookie(sessionCookie), token: cookie(tokenCookie) };
}

const textOf = (cookie: string) => cookie.slice(cookie.indexOf("=") + 1);

/** Asks the issuer and three services: one that can ask about sessions, one that cannot, one that does not follow. */
async function everywhere(issuer: TestIssuer, headers: Record<string, string>) {
  const client = issuer.client({ kind: "program" });
  const judged = async (options: ServiceOptions) => {
    await using service = await startService(issuer, options);
    return told(await service.judge(headers));
  };
  const atIssuer = await client.get("/auth/check", { headers: { "x-forwarded-method": "GET", ...headers } });
  return {
    issuer: atIssuer.status === 200 ? atIssuer.headers["x-auth-subject"] : `${atIssuer.status} ${atIssuer.json.code}`,
    asking: await judged({ sessions: true }),
    following: await judged({}),
    alone: await judged({ feed: false }),
  };
}

const told = ({ status, json }: Answer) => (status === 200 ? json.sub : `${status} ${json.code}`);

const invalid = "401 credential_invalid";
const expired = "401 token_expired";

describe("a token cookie", () => {
  it("counts beside the session cookie that it belongs to", async () => {
    await using issuer = await startHybrid();
    const { sub, session, token } = await signedIn(issuer, "ada");
    const all = { issuer: sub, asking: sub, following: sub, alone: invalid };
    expect(await everywhere(issuer, { cookie: `${session}; ${token}` })).toEqual(all);
    expect(await everywhere(issuer, { cookie: `${token}; other=1; ${session}` })).toEqual(all);
  });

  it("of another account beside a session is ignored, and the session judged", async () => {
    await using issuer = await startHybrid();
    const [ada, bob] = [await signedIn(issuer, "ada"), await signedIn(issuer, "bob")];
    // Who cannot look up the session says that the client has to renew.
    const judged = { issuer: ada.sub, asking: ada.sub, following: expired, alone: invalid };
    expect(await everywhere(issuer, { cookie: `${ada.session}; ${bob.token}` })).toEqual(judged);
  });

  it("of another session of the same account is ignored too: it may be a session of another level", async () => {
    await using issuer = await startHybrid();
    const [phone, laptop] = [await signedIn(issuer, "ada"), await signedIn(issuer, "ada")];
    await using service = await startService(issuer, { sessions: true });
    const judged = await service.judge({ cookie: `${phone.session}; ${laptop.token}` });
    expect([judged.status, judged.json.sid]).toEqual([200, phone.sid]);
  });

  it("alone is nobody's", async () => {
    await using issuer = await startHybrid();
    const { token } = await signedIn(issuer, "ada");
    const nobody = { issuer: invalid, asking: invalid, following: invalid, alone: invalid };
    expect(await everywhere(issuer, { cookie: token })).toEqual(nobody);
  });

  it.each([
    ["empty", ""],
    ["of another alphabet", "!".repeat(27)],
    ["a character short", "A".repeat(26)],
    ["a token too", undefined],
  ])("beside a session cookie that is %s is nobody's", async (_name, value) => {
    await using issuer = await startHybrid();
    const { token } = await signedIn(issuer, "ada");
    const judged = await everywhere(issuer, { cookie: `${sessionCookie}=${value ?? textOf(token)}; ${token}` });
    expect(Object.values(judged).map((each) => `${each}`.slice(0, 3))).toEqual(["401", "401", "401", "401"]);
  });

  it("put into the session cookie opens nothing", async () => {
    await using issuer = await startHybrid();
    const { token } = await signedIn(issuer, "ada");
    const judged = await everywhere(issuer, { cookie: `${sessionCookie}=${textOf(token)}` });
    expect(Object.values(judged).map((each) => `${each}`.slice(0, 3))).toEqual(["401", "401", "401", "401"]);
  });

  it.each(["session", "hybrid"] as const)("that holds a session token opens nothing, by %s", async (strategy) => {
    await using issuer = await startHybrid();
    const { session } = await signedIn(issuer, "ada", { strategy });
    const judged = await everywhere(issuer, { cookie: `${tokenCookie}=${textOf(session)}` });
    expect(Object.values(judged).map((each) => `${each}`.slice(0, 3))).toEqual(["401", "401", "401", "401"]);
  });

  it("beside a session cookie that nobody has is nobody's", async () => {
    await using issuer = await startHybrid();
    const { token } = await signedIn(issuer, "ada");
    const ended = "401 session_ended";
    const judged = { issuer: ended, asking: ended, following: expired, alone: invalid };
    expect(await everywhere(issuer, { cookie: `${sessionCookie}=${"A".repeat(27)}; ${token}` })).toEqual(judged);
  });

  it("that was revoked beside a good session is ignored, and the session judged", async () => {
    await using issuer = await startHybrid();
    const [ada, bob] = [await signedIn(issuer, "ada"), await signedIn(issuer, "bob")];
    await issuer.auth.sessions.end(bob.sid);
    const judged = { issuer: ada.sub, asking: ada.sub, following: "401 credential_revoked", alone: invalid };
    expect(await everywhere(issuer, { cookie: `${ada.session}; ${bob.token}` })).toEqual(judged);
  });

  it("whose own session was revoked is refused everywhere, session and all", async () => {
    await using issuer = await startHybrid();
    const { sid, session, token } = await signedIn(issuer, "ada");
    await issuer.auth.sessions.end(sid);
    expect(await everywhere(issuer, { cookie: `${session}; ${token}` })).toEqual({
      issuer: "401 session_ended",
      asking: "401 session_ended",
      following: "401 credential_revoked",
      alone: invalid,
    });
  });

  it("that is forged beside a good session is ignored, and the session judged", async () => {
    await using issuer = await startHybrid();
    const { sub, session, token } = await signedIn(issuer, "ada");
    const judged = { issuer: sub, asking: sub, following: invalid, alone: invalid };
    expect(await everywhere(issuer, { cookie: `${session}; ${token.slice(0, -6)}AAAAAA` })).toEqual(judged);
  });

  it("of the strategy jwt gives way to the session beside it wherever sessions are known, and counts where they are not", async () => {
    await using issuer = await startHybrid();
    const [ada, bob] = [await signedIn(issuer, "ada"), await signedIn(issuer, "bob", { strategy: "jwt" })];
    // Who follows knows sessions by name, and cannot ask about them: nobody is better than somebody else.
    const other = "401 token_expired";
    const judged = { issuer: ada.sub, asking: ada.sub, following: other, alone: bob.sub };
    expect(await everywhere(issuer, { cookie: `${ada.session}; ${bob.token}` })).toEqual(judged);
    const alone = { issuer: bob.sub, asking: bob.sub, following: bob.sub, alone: bob.sub };
    expect(await everywhere(issuer, { cookie: bob.token })).toEqual(alone);
    await issuer.auth.sessions.end(ada.sid);
    const ended = "401 session_ended";
    const over = { issuer: ended, asking: ended, following: other, alone: bob.sub };
    expect(await everywhere(issuer, { cookie: `${ada.session}; ${bob.token}` })).toEqual(over);
  });

  it.each([
    ["the session cookie", (ada: Bearer, bob: Bearer) => [ada.session, bob.session, ada.token]],
    ["the session cookie, alike", (ada: Bearer) => [ada.session, ada.session, ada.token]],
    ["the token cookie", (ada: Bearer, bob: Bearer) => [ada.session, ada.token, bob.token]],
    ["the token cookie, alike", (ada: Bearer) => [ada.session, ada.token, ada.token]],
  ])("and a session cookie are refused where a name comes twice: %s", async (which, choose) => {
    await using issuer = await startHybrid();
    const cookie = choose(await signedIn(issuer, "ada"), await signedIn(issuer, "bob")).join("; ");
    const { alone, ...others } = await everywhere(issuer, { cookie });
    expect(others).toEqual({ issuer: invalid, asking: invalid, following: invalid });
    // Who takes no session looks for no session cookie, and then refuses the token for what it is.
    expect(alone).toBe(invalid);
    const client = issuer.client();
    const read = await client.get("/auth/session", { headers: { cookie } });
    expect([read.status, read.json.code, read.setCookies]).toEqual([401, "credential_invalid", []]);
    // Renewal looks at the session cookie alone.
    const refreshed = await client.post("/auth/refresh", { headers: { cookie } });
    expect(refreshed.status).toBe(which.startsWith("the session") ? 401 : 200);
  });

  it("is judged by where the request comes from, as the session cookie is, at the issuer and at a service", async () => {
    await using issuer = await startHybrid();
    await using service = await startService(issuer, { sessions: true });
    const { session, token } = await signedIn(issuer, "ada");
    const foreign = { cookie: `${session}; ${token}`, "sec-fetch-site": "cross-site" };
    const asked = await service.client().post("/", { headers: foreign });
    expect([asked.status, asked.json.code]).toEqual([403, "cross_site_request"]);
    const own = { ...foreign, "sec-fetch-site": "same-origin" };
    expect((await service.client().post("/", { headers: own })).status).toBe(200);
    const refresh = await issuer.client({ kind: "program" }).post("/auth/refresh", { headers: foreign });
    expect([refresh.status, refresh.setCookies]).toEqual([403, []]);
  });
});

describe("an Authorization header", () => {
  it.each([
    ["is no Bearer credential", () => "Basic YWRhOng="],
    ["is empty", () => ""],
    ["is a forged token", ({ token }: Bearer) => `Bearer ${textOf(token).slice(0, -6)}AAAAAA`],
    ["is a session that nobody has", () => `Bearer ${"A".repeat(27)}`],
    ["is a text of nothing", () => "Bearer nonsense"],
  ])("never falls back to cookies when it %s", async (_name, make) => {
    await using issuer = await startHybrid();
    const ada = await signedIn(issuer, "ada");
    const headers = { cookie: `${ada.session}; ${ada.token}`, authorization: make(ada) };
    for (const judged of Object.values(await everywhere(issuer, headers))) expect(`${judged}`).toMatch(/^401 /);
    const client = issuer.client();
    for (const answer of [
      await client.get("/auth/session", { headers }),
      await client.get("/auth/check", { headers }),
    ]) {
      expect([answer.status, answer.setCookies]).toEqual([401, []]);
    }
  });

  it("counts alone, whoever the cookies are, and renews no cookie", async () => {
    await using issuer = await startHybrid();
    const ada = await signedIn(issuer, "ada");
    const bob = (await signUp(issuer.client(), { email: "bob@example.com", transport: "token" })).str("access_token");
    const headers = { cookie: `${ada.session}; ${ada.token}`, authorization: `Bearer ${bob}` };
    const { sub } = (await issuer.auth.subjects.findByEmail("bob@example.com")) ?? {};
    expect(await everywhere(issuer, headers)).toEqual({ issuer: sub, asking: sub, following: sub, alone: invalid });
    issuer.clock.advance(beyondToken);
    const refused = await issuer.client().get("/auth/session", { headers });
    expect([refused.status, refused.json.code, refused.setCookies]).toEqual([401, "token_expired", []]);
  });
});

describe("a service that follows no feed", () => {
  it("refuses hybrid tokens and says why; it takes the others", async () => {
    await using issuer = await startHybrid();
    await using service = await startService(issuer, { feed: false });
    const program = issuer.client({ kind: "program" });
    const hybrid = (await signUp(program, { transport: "token" })).str("access_token");
    const jwt = (await signIn(program, { strategy: "jwt" })).str("access_token");
    expect(await service.verifier.verify(hybrid)).toEqual({ ok: false, code: "token_needs_feed" });
    expect(await service.verifier.verify(jwt)).toMatchObject({ ok: true });
    // The reason is the truth, not a guess from a header that anybody can write.
    const [, payload, signature] = hybrid.split(".");
    const forged = `${hybrid.split(".")[0]}.${payload}.${signature?.slice(0, -6)}AAAAAA`;
    expect(await service.verifier.verify(forged)).toEqual({ ok: false, code: "token_signature" });
  });

  it("cannot be configured to take them, and one that follows can be", () => {
    const options = { issuer: "https://auth.example", types: ["hybrid+jwt"] as const };
    expect(() => createVerifier(options)).toThrow(ConfigurationError);
    expect(() => createVerifier(options)).toThrow(expect.objectContaining({ option: "types" }));
    const serviceKey = `${"k".repeat(12)}.${"s".repeat(43)}`;
    expect(() => createVerifier({ ...options, feed: { serviceKey } })).not.toThrow();
  });
});

describe("a service whose view is too old while the issuer is cut off", () => {
  const unavailable = [503, "temporarily_unavailable"];
  const withFeed = (onStale: "ask" | "refuse" | "insecureAccept") => ({ feed: { onStale, timeoutMs: 500 } });

  /** Cut off for longer than the lag, with ada's session ended meanwhile. */
  async function cutOff(issuer: TestIssuer, options: ServiceOptions) {
    const service = await startFollowing(issuer, options);
    const [ada, bob] = [await signedIn(issuer, "ada"), await signedIn(issuer, "bob")];
    const cookies = {
      ada: { cookie: `${ada.session}; ${ada.token}` },
      bob: { cookie: `${bob.session}; ${bob.token}` },
    };
    for (const cookie of Object.values(cookies)) expect((await service.judge(cookie)).status).toBe(200);
    service.cut();
    await issuer.auth.sessions.end(ada.sid);
    issuer.clock.advance(4999);
    // Within the lag what is known counts: that is the bound.
    for (const cookie of Object.values(cookies)) expect((await service.judge(cookie)).status).toBe(200);
    issuer.clock.advance(1);
    return { service, cookies, ada, bob };
  }

  it.each(["ask", "refuse"] as const)(
    "answers 503 and no refusal, to everybody, with %s; and judges again when it is back",
    async (onStale) => {
      await using issuer = await startHybrid();
      const made = await cutOff(issuer, withFeed(onStale));
      await using service = made.service;
      const { ada, bob } = made.cookies;
      for (const cookie of [ada, bob]) {
        const answer = await service.judge(cookie);
        expect([answer.status, answer.json.code]).toEqual(unavailable);
        expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
        expect(answer.headers["www-authenticate"]).toBeUndefined();
      }
      expect(service.verifier.feed()?.state).toBe("stale");
      service.mend();
      // Who refuses waits for its own next question; who asks puts it within the request.
      if (onStale === "refuse") {
        await until("it has asked again", () => {
          issuer.clock.advance(100);
          return service.verifier.feed()?.state === "fresh";
        });
      }
      expect((await service.judge(bob)).status).toBe(200);
      const refused = await service.judge(ada);
      expect([refused.status, refused.json.code]).toEqual([401, "credential_revoked"]);
    },
  );

  it("accepts by what it knows with insecureAccept, for as long as the token lives, and the barrier says so", async () => {
    await using issuer = await startHybrid();
    const made = await cutOff(issuer, { feed: { onStale: "insecureAccept", timeoutMs: 500, name: "careless" } });
    await using service = made.service;
    const { ada, bob } = made.cookies;
    for (const cookie of [ada, bob]) expect((await service.judge(cookie)).status).toBe(200);
    service.mend();
    await until("it has asked again", () => {
      issuer.clock.advance(100);
      return service.verifier.feed()?.state === "fresh";
    });
    expect((await service.judge(ada)).json.code).toBe("credential_revoked");
    expect((await service.judge(bob)).status).toBe(200);
    expect(await issuer.auth.everywhere()).toMatchObject({ outcome: "everywhere", insecure: ["careless"] });
    issuer.clock.advance(beyondToken);
    expect((await service.judge(bob)).json.code).toBe("token_expired");
  });

  it.each(["ask", "refuse"] as const)(
    "answers 503 before its first view, with %s, and never lets in by an empty one",
    async (onStale) => {
      await using issuer = await startHybrid();
      const { session, token } = await signedIn(issuer, "ada");
      await using service = await startService(issuer, withFeed(onStale));
      await service.verifier.verify("not a token");
      // Keys can be had; the feed cannot.
      service.cut();
      const jwks = await issuer.auth.keys.jwks();
      await using other = await startService(issuer, { ...withFeed(onStale), keys: { jwks } });
      other.cut();
      const answer = await other.judge({ cookie: `${session}; ${token}` });
      expect([answer.status, answer.json.code]).toEqual(unavailable);
      other.mend();
      expect((await other.judge({ cookie: `${session}; ${token}` })).status).toBe(200);
    },
  );

  it("looks up the session where it can, though the feed is cut", async () => {
    await using issuer = await startHybrid();
    const { sid, session, token } = await signedIn(issuer, "ada");
    const cookie = { cookie: `${session}; ${token}` };
    // Only the feed is cut: the questions about sessions go another way.
    const closed = `${issuer.url}/auth/no-such-feed`;
    await using service = await startService(issuer, { sessions: true, feed: { url: closed, timeoutMs: 500 } });
    expect((await service.judge(cookie)).status).toBe(200);
    expect(service.asked.at(-1)).toBe("/auth/introspect");
    await issuer.auth.sessions.end(sid);
    const refused = await service.judge(cookie);
    expect([refused.status, refused.json.code]).toEqual([401, "session_ended"]);
    const bearer = await service.judge({ authorization: `Bearer ${textOf(token)}` });
    expect([bearer.status, bearer.json.code]).toEqual(unavailable);
  });

  it("takes a feed that is closed to it for one that cannot answer, never for an empty one", async () => {
    await using issuer = await startHybrid();
    const { session, token } = await signedIn(issuer, "ada");
    const wrong = `${"k".repeat(12)}.${"s".repeat(43)}`;
    await using service = await startService(issuer, { feed: { serviceKey: wrong } });
    const answer = await service.judge({ cookie: `${session}; ${token}` });
    expect([answer.status, answer.json.code]).toEqual(unavailable);
  });
});

it("a password proves nothing beside a session of somebody else: step-up is for the session that is judged", async () => {
  await using issuer = await startHybrid();
  const [ada, bob] = [
    await signedIn(issuer, "ada"),
    await signedIn(issuer, "bob", { password: "nine amber kettles hum" }),
  ];
  const headers = { cookie: `${bob.session}; ${ada.token}` };
  const wrong = await issuer.client().post("/auth/step-up", { headers, json: { password: goodPassword } });
  expect([wrong.status, wrong.json.code]).toEqual([401, "credentials_wrong"]);
  const right = await issuer.client().post("/auth/step-up", { headers, json: { password: "nine amber kettles hum" } });
  expect([right.status, right.json.sub]).toEqual([200, bob.sub]);
});

it.each(["ES256", "Ed25519", "RS256"] as const satisfies readonly Algorithm[])(
  "a lean token cannot be passed off as a hybrid one, nor the other way round, by %s",
  async (algorithm) => {
    await using issuer = await startIssuer({ strategies: ["hybrid", "jwt"], jwt: { algorithm } });
    const program = issuer.client({ kind: "program" });
    const hybrid = (await signUp(program, { transport: "token" })).str("access_token").split(".");
    const lean = (await signIn(program, { strategy: "jwt" })).str("access_token").split(".");
    await using service = await startService(issuer);
    for (const [header, payload, signature] of [
      [lean[0], hybrid[1], hybrid[2]],
      [hybrid[0], lean[1], lean[2]],
    ]) {
      const verdict = await service.verifier.verify(`${header}.${payload}.${signature}`);
      expect(verdict).toEqual({ ok: false, code: "token_signature" });
    }
  },
);
