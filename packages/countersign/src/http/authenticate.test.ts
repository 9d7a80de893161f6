import { createVerifier, insecureJudgeIgnoringExpiry, type RequestLike } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { generateKey, importSigningKey, publicMembers, signCompact } from "../keys/algorithms.ts";
import { createTestRandom } from "../primitives/testing.ts";
import { newSessionToken } from "../sessions/session-token.ts";
import { createTestStore, hourMs, testSub, widePolicy } from "../sessions/testing.ts";
import { createRecogniser } from "./authenticate.ts";

const issuer = "https://auth.example";
const name = "__Host-Http-sid";

interface TestKey {
  readonly publicJwk: object;
  sign(claims: object): Promise<string>;
}

async function createTestKey(kid: string): Promise<TestKey> {
  const { privateJwk } = await generateKey("ES256");
  const key = await importSigningKey("ES256", privateJwk);
  const publicJwk = { ...publicMembers("ES256", privateJwk), kid, alg: "ES256", use: "sig" };
  return { publicJwk, sign: (claims) => signCompact(key, { alg: "ES256", typ: "lean+jwt", kid }, claims) };
}

const [current, left] = [await createTestKey("k1"), await createTestKey("k2")];
const keys = { jwks: { keys: [current.publicJwk] } };
/** Also the key that has left the key set meanwhile. */
const pastKeys = { jwks: { keys: [current.publicJwk, left.publicJwk] } };

/** No hybrid is among those judged here. */
const unrenewed = { renewal: async () => [], accessLifetimeMs: 300_000 };

async function setting() {
  const made = await createTestStore();
  const { token, sid, tokenHash } = newSessionToken(createTestRandom("authenticate"));
  await made.add({ sid, tokenHash, claims: { role: "editor" } });
  const touched: string[] = [];
  const recogniser = createRecogniser({
    issuer,
    store: made.store,
    policy: widePolicy,
    verifier: createVerifier({ issuer, keys, clock: made.clock }),
    judgeIgnoringExpiry: insecureJudgeIgnoringExpiry({ issuer, keys: pastKeys, clock: made.clock }),
    touch: (each) => void touched.push(each),
    ...unrenewed,
  });
  const judge = (headers: Record<string, string>, more: Partial<RequestLike> = {}) =>
    recogniser.request({ method: "GET", headers, ...more });
  return { ...made, token, sid, recogniser, touched, judge };
}

describe("a session", () => {
  it("is recognised at once, without a promise, by cookie and by Bearer", async () => {
    const { judge, token, sid, clock } = await setting();
    const seconds = clock.now() / 1000;
    for (const headers of [{ cookie: `${name}=${token}` }, { authorization: `Bearer ${token}` }]) {
      const verdict = judge(headers);
      expect(verdict).not.toBeInstanceOf(Promise);
      expect(verdict).toEqual({
        ok: true,
        identity: {
          ...{ sub: testSub, sid, strategy: "session", issuer },
          ...{ issuedAt: seconds, authenticatedAt: seconds, expiresAt: seconds + 100 * 3600 },
          ...{ amr: ["pwd"], acr: "aal1", data: {}, claims: { role: "editor" } },
        },
      });
    }
  });

  it("is asked for at every request, however often it was recognised", async () => {
    const { judge, token, sid, store } = await setting();
    const headers = { cookie: `${name}=${token}` };
    for (let times = 0; times < 3; times += 1)
      expect(judge(headers)).toMatchObject({ ok: true, identity: { data: {} } });
    await store.sessions.mergeData(sid, { theme: "dark" }, widePolicy);
    expect(judge(headers)).toMatchObject({ ok: true, identity: { data: { theme: "dark" } } });
    await store.sessions.end(sid, "sign_out");
    expect(judge(headers)).toEqual({ ok: false, code: "session_revoked" });
  });

  it("that was recognised still ends by the clock", async () => {
    const { judge, token, clock } = await setting();
    const headers = { cookie: `${name}=${token}` };
    expect(judge(headers)).toMatchObject({ ok: true });
    clock.advance(101 * hourMs);
    expect(judge(headers)).toMatchObject({ ok: false });
  });

  it("gives an identity that nobody can change for somebody else", async () => {
    const { judge, token } = await setting();
    const verdict = await judge({ cookie: `${name}=${token}` });
    if (!verdict.ok) throw new Error(verdict.code);
    const { identity } = verdict;
    for (const part of [identity, identity.claims, identity.data, identity.amr])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it("is noted as used once a tenth of its idle lifetime has gone by, and not before", async () => {
    const { judge, token, sid, touched, clock } = await setting();
    clock.advance(hourMs - 1);
    await judge({ cookie: `${name}=${token}` });
    expect(touched).toEqual([]);
    clock.advance(1);
    await judge({ cookie: `${name}=${token}` });
    expect(touched).toEqual([sid]);
  });

  it("that is refused is not noted as used", async () => {
    const { judge, token, sid, touched, clock, store } = await setting();
    clock.advance(5 * hourMs);
    await store.sessions.end(sid, "sign_out");
    expect(await judge({ cookie: `${name}=${token}` })).toEqual({ ok: false, code: "session_revoked" });
    expect(touched).toEqual([]);
  });

  it.each([
    ["that never was", "session_unknown", "A".repeat(27)],
    ["whose token is no token", "token_malformed", "short"],
  ])("%s is refused", async (_name, code, token) => {
    const { judge } = await setting();
    expect(await judge({ cookie: `${name}=${token}` })).toEqual({ ok: false, code });
  });

  it("is asked of a store that answers later in the same way", async () => {
    const { store, token, sid } = await setting();
    const later = {
      ...store,
      sessions: { ...store.sessions, find: async (each: string) => store.sessions.find(each) },
    };
    const verifier = createVerifier({ issuer, keys });
    const judgeIgnoringExpiry = insecureJudgeIgnoringExpiry({ issuer, keys });
    const parts = {
      issuer,
      store: later,
      policy: widePolicy,
      verifier,
      judgeIgnoringExpiry,
      touch: () => undefined,
      ...unrenewed,
    };
    const recogniser = createRecogniser(parts);
    expect(await recogniser.credential(token)).toMatchObject({ ok: true, identity: { sid } });
  });
});

describe("a request", () => {
  it.each<readonly [string, Partial<RequestLike>, Record<string, string>, string | undefined]>([
    ["GET from anywhere", {}, { "sec-fetch-site": "cross-site" }, undefined],
    ["POST of the same origin", { method: "POST" }, { "sec-fetch-site": "same-origin" }, undefined],
    ["POST from another site", { method: "POST" }, { "sec-fetch-site": "cross-site" }, "cross_site_request"],
    ["POST that tells nothing", { method: "POST" }, {}, "cross_site_request"],
    ["no method at all", { method: undefined }, {}, "cross_site_request"],
  ])("with a cookie is judged by its origin: %s", async (_name, more, headers, code) => {
    const { judge, token } = await setting();
    const verdict = await judge({ cookie: `${name}=${token}`, ...headers }, more);
    expect(verdict.ok ? undefined : verdict.code).toBe(code);
  });

  it.each([
    ["the issuer's own origin, whatever Host a proxy has written", { origin: issuer, host: "inner:8080" }, true],
    ["the origin of the Host", { origin: "https://app.example", host: "app.example" }, true],
    ["an origin that is neither", { origin: "https://evil.example", host: "inner:8080" }, false],
    ["the issuer's name without TLS", { origin: "http://auth.example", host: "inner:8080" }, false],
    ["the issuer's own origin, but sent across sites", { origin: issuer, "sec-fetch-site": "cross-site" }, false],
  ])("with a cookie, from a browser without Fetch Metadata, is taken from: %s", async (_name, headers, ok) => {
    const { judge, token } = await setting();
    expect((await judge({ cookie: `${name}=${token}`, ...headers }, { method: "POST" })).ok).toBe(ok);
  });

  it("with Authorization is not: browsers do not send it on their own", async () => {
    const { judge, token } = await setting();
    const headers = { authorization: `Bearer ${token}`, "sec-fetch-site": "cross-site" };
    expect(await judge(headers, { method: "POST" })).toMatchObject({ ok: true });
  });

  it.each([
    ["told", { method: "GET" }, true],
    ["told to be unsafe", { method: "POST" }, false],
    ["not told", { method: undefined }, false],
  ])("of a proxy is judged by the original method: %s", async (_name, originalMethod, ok) => {
    const { recogniser, token } = await setting();
    const headers = { cookie: `${name}=${token}`, "sec-fetch-site": "cross-site" };
    expect((await recogniser.request({ method: "GET", headers }, { originalMethod })).ok).toBe(ok);
  });

  it.each([
    ["nothing", {}, "credential_missing"],
    ["a cookie twice", { cookie: `${name}=a; ${name}=b` }, "credential_ambiguous"],
    ["another scheme beside a cookie", { authorization: "Basic x", cookie: `${name}=a` }, "authorization_malformed"],
    ["the plain name away from localhost", { cookie: `sid=${"A".repeat(27)}` }, "credential_missing"],
  ])("that bears %s is refused", async (_name, headers: Record<string, string>, code) => {
    const { judge } = await setting();
    expect(await judge(headers)).toEqual({ ok: false, code });
  });
});

describe("a credential whose session is to be ended", () => {
  /** An access token that was issued `ageSeconds` ago and lived for five minutes. */
  async function tokenOf(
    { clock }: { clock: { now(): number } },
    ageSeconds: number,
    key = current,
    claims: object = {},
  ) {
    const iat = Math.floor(clock.now() / 1000) - ageSeconds;
    return key.sign({ iss: issuer, sub: "alice", sid: "s234567890123456", iat, exp: iat + 300, ...claims });
  }

  it("is told while it is good", async () => {
    const made = await setting();
    expect(await made.recogniser.evenIfExpired(await tokenOf(made, 0))).toMatchObject({
      identity: { sub: "alice", sid: "s234567890123456" },
      hasExpired: false,
    });
    expect(await made.recogniser.evenIfExpired(made.token)).toMatchObject({
      identity: { sid: made.sid, strategy: "session" },
      hasExpired: false,
    });
  });

  it.each([
    ["a moment", 310],
    ["a month", 30 * 86_400],
  ])("is told %s after its end, and is refused all the same, before and after", async (_name, ageSeconds) => {
    const made = await setting();
    const token = await tokenOf(made, ageSeconds);
    const refused = { ok: false, code: "token_expired" };
    expect(await made.recogniser.credential(token)).toEqual(refused);
    expect(await made.recogniser.evenIfExpired(token)).toMatchObject({ identity: { sub: "alice" }, hasExpired: true });
    expect(await made.recogniser.credential(token)).toEqual(refused);
    expect(await made.judge({ authorization: `Bearer ${token}` })).toEqual(refused);
    expect(await made.judge({ cookie: `__Host-Http-at=${token}` })).toEqual(refused);
  });

  it("is told when its key has left the key set meanwhile, by which nobody is let in", async () => {
    const made = await setting();
    const token = await tokenOf(made, 86_400, left);
    expect(await made.recogniser.evenIfExpired(token)).toMatchObject({ hasExpired: true });
    expect(await made.recogniser.credential(token)).toEqual({ ok: false, code: "token_key_unknown" });
  });

  it("is not told when anything else is wrong with it", async () => {
    const made = await setting();
    const old = await tokenOf(made, 86_400);
    const stranger = await createTestKey("k1");
    const wrong = {
      "another signature": await tokenOf(made, 86_400, stranger),
      "an unknown key": await tokenOf(made, 86_400, await createTestKey("k3")),
      "another issuer": await tokenOf(made, 86_400, current, { iss: "https://evil.example" }),
      "an audience": await tokenOf(made, 86_400, current, { aud: "https://api.example" }),
      "a life too long": await tokenOf(made, 86_400, current, { exp: Math.floor(made.clock.now() / 1000) - 60 }),
      "a beginning to come": await tokenOf(made, -3600),
      "one part less": old.split(".").slice(0, 2).join("."),
      "a session that never was": "A".repeat(27),
      nothing: "",
    };
    for (const [name, token] of Object.entries(wrong)) {
      expect([name, await made.recogniser.evenIfExpired(token)]).toEqual([name, undefined]);
    }
  });

  it("is not told when it is the token of a session that has ended", async () => {
    const { recogniser, store, sid, token } = await setting();
    await store.sessions.end(sid, "sign_out");
    expect(await recogniser.evenIfExpired(token)).toBeUndefined();
  });
});
