import type { JWK } from "jose";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { createLocalKeySet, type KeySource } from "./key-set.ts";
import { ConfigurationError, Unavailable } from "./primitives/errors.ts";
import { runtimeRandom } from "./primitives/random.ts";
import type { RevocationEvent } from "./revocation/event.ts";
import { createFollower } from "./revocation/follower.ts";
import { deriveSid } from "./session-name.ts";
import {
  audience,
  createTestClock,
  createTestKey,
  fullClaims,
  issuer,
  leanClaims,
  nowSeconds,
  sign,
} from "./testing.ts";
import type { RequestLike, Verdict } from "./verdict.ts";
import { createVerifier, insecureJudgeIgnoringExpiry, type Verifier, type VerifierOptions } from "./verifier.ts";

const [k1, k2, foreign] = await Promise.all([createTestKey("k1"), createTestKey("k2"), createTestKey("k1")]);
const jwks = { keys: [k1.publicJwk, k2.publicJwk] };
const token = await sign(k1, { ...leanClaims, role: "admin" });
const sessionToken = "A".repeat(27);

function setUp(options: Partial<VerifierOptions> = {}) {
  const clock = createTestClock();
  return { clock, verifier: createVerifier({ issuer, keys: { jwks }, clock, ...options }) };
}

/** A key source that counts what is asked of it, and from which keys can leave. */
function countingKeys() {
  const inner = createLocalKeySet(jwks);
  const gone = new Set<string>();
  const count = { finds: 0 };
  const source: KeySource = {
    find(kid) {
      count.finds += 1;
      return gone.has(kid) ? undefined : inner.find(kid);
    },
    has: (kid, key) => !gone.has(kid) && inner.has(kid, key),
  };
  return { source, gone, count };
}

const outcome = (verdict: Verdict<object>) => (verdict.ok ? "accepted" : verdict.code);
const bearer = (credential: string): RequestLike => ({ headers: { authorization: `Bearer ${credential}` } });

describe("authenticate", () => {
  const cookie = (headers: Record<string, string> = {}, method = "GET"): RequestLike => ({
    method,
    headers: { cookie: `__Host-Http-at=${token}`, ...headers },
  });

  it.each([
    { it: "accepts a Bearer token", request: bearer(token), code: "accepted" },
    { it: "accepts a token in our cookie", request: cookie(), code: "accepted" },
    {
      it: "accepts the cookie on a POST from the same origin",
      request: cookie({ "sec-fetch-site": "same-origin" }, "POST"),
      code: "accepted",
    },
    {
      it: "accepts a Bearer token on a POST from anywhere",
      request: { ...bearer(token), method: "POST" },
      code: "accepted",
    },
    { it: "misses a credential", request: { headers: {} }, code: "credential_missing" },
    {
      it: "refuses the cookie on a POST from another site",
      request: cookie({ "sec-fetch-site": "cross-site" }, "POST"),
      code: "cross_site_request",
    },
    { it: "refuses the cookie on a POST of unknown origin", request: cookie({}, "POST"), code: "cross_site_request" },
    {
      it: "refuses the cookie on a WebSocket from another site",
      request: cookie({ upgrade: "websocket", "sec-fetch-site": "cross-site" }),
      code: "cross_site_request",
    },
    {
      it: "looks at no cookie beside a Bearer token that is not good",
      request: cookie({ authorization: `Bearer ${token}x` }),
      code: "token_malformed",
    },
    {
      it: "looks at no cookie beside another scheme",
      request: cookie({ authorization: "Basic abc" }),
      code: "authorization_malformed",
    },
    {
      it: "refuses a cookie that comes twice",
      request: { method: "GET", headers: { cookie: `__Host-Http-at=${token}; __Host-Http-at=${token}` } },
      code: "credential_ambiguous",
    },
    {
      it: "refuses a quoted cookie",
      request: { method: "GET", headers: { cookie: `__Host-Http-at="${token}"` } },
      code: "token_malformed",
    },
    {
      it: "knows no cookie without the prefix",
      request: { method: "GET", headers: { cookie: `at=${token}` } },
      code: "credential_missing",
    },
    { it: "refuses a session token", request: bearer(sessionToken), code: "session_unsupported" },
  ])("$it", async ({ request, code }) => {
    expect(outcome(await setUp().verifier.authenticate(request))).toBe(code);
  });

  it("takes a web Request and one of Node.js", async () => {
    const { verifier } = setUp();
    const headers = { authorization: `Bearer ${token}` };
    expect(outcome(await verifier.authenticate(new Request("https://api.example", { headers })))).toBe("accepted");
  });

  it("looks at no cookie when told so", async () => {
    expect(outcome(await setUp({ cookie: false }).verifier.authenticate(cookie()))).toBe("credential_missing");
  });

  it("knows the plain cookie of an issuer on localhost, and prefers the one with the prefix", async () => {
    const local = "http://localhost:4000";
    const { verifier } = setUp({ issuer: local });
    const good = await sign(k1, { ...leanClaims, iss: local });
    const at = (text: string) => verifier.authenticate({ method: "GET", headers: { cookie: text } });
    expect(outcome(await at(`at=${good}`))).toBe("accepted");
    expect(outcome(await at(`at=planted; __Host-Http-at=${good}`))).toBe("accepted");
  });

  it("compares with the own origins behind a proxy", async () => {
    const { verifier } = setUp({ ownOrigins: ["https://app.example"] });
    const from = (origin: string) => verifier.authenticate(cookie({ origin, host: "inner:8080" }, "POST"));
    expect(outcome(await from("https://app.example"))).toBe("accepted");
    expect(outcome(await from("https://evil.example"))).toBe("cross_site_request");
  });
});

describe("a remembered token", () => {
  it("is judged at once, without a promise, and gives the very same identity", async () => {
    const { verifier } = setUp();
    const first = verifier.verify(token);
    expect(first).toBeInstanceOf(Promise);
    const verdict = await first;
    expect(verifier.verify(token)).toBe(verdict);
    expect(verifier.authenticate(bearer(token))).toBe(verdict);
  });

  it("costs no second signature check", async () => {
    const verify = vi.spyOn(crypto.subtle, "verify");
    const { verifier } = setUp();
    await verifier.verify(token);
    await verifier.verify(token);
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  it("is refused from its end on", async () => {
    const { verifier, clock } = setUp();
    await verifier.verify(token);
    clock.advance(309.999);
    expect(outcome(await verifier.verify(token))).toBe("accepted");
    clock.advance(0.001);
    expect(verifier.verify(token)).toEqual({ ok: false, code: "token_expired" });
    expect(outcome(await verifier.verify(token))).toBe("token_expired");
  });

  it("is refused when the clock is set back before its beginning", async () => {
    const { verifier, clock } = setUp();
    await verifier.verify(token);
    clock.show((nowSeconds - 11) * 1000);
    expect(verifier.verify(token)).toEqual({ ok: false, code: "token_not_yet_valid" });
  });

  it("is not accepted by a clock that shows no time", async () => {
    const { verifier, clock } = setUp();
    await verifier.verify(token);
    clock.show(Number.NaN);
    expect(outcome(await verifier.verify(token))).not.toBe("accepted");
  });

  it("goes with its key", async () => {
    const { source, gone } = countingKeys();
    const { verifier } = setUp({ keys: source });
    expect(outcome(await verifier.verify(token))).toBe("accepted");
    gone.add("k1");
    expect(outcome(await verifier.verify(token))).toBe("token_key_unknown");
  });

  it("vouches for no other token with the same end", async () => {
    const { verifier } = setUp();
    await verifier.verify(token);
    const [header, , signature] = token.split(".");
    const [, otherPayload] = (await sign(k1, { ...leanClaims, sub: "bob" })).split(".");
    expect(outcome(await verifier.verify(`${header}.${otherPayload}.${signature}`))).toBe("token_signature");
  });

  it("is judged anew by a verifier with other expectations", async () => {
    expect(outcome(await setUp().verifier.verify(token))).toBe("accepted");
    expect(outcome(await setUp({ issuer: "https://other.example" }).verifier.verify(token))).toBe("token_issuer");
  });

  it("is forgotten when there are too many; then it is checked again", async () => {
    const { source, count } = countingKeys();
    const { verifier } = setUp({ keys: source, cacheSize: 2 });
    const others = await Promise.all(["a", "b", "c"].map((sub) => sign(k1, { ...leanClaims, sub })));
    for (const each of [token, ...others, token]) expect(outcome(await verifier.verify(each))).toBe("accepted");
    expect(count.finds).toBe(5);
  });

  it("is not remembered when the cache has no room at all", async () => {
    const { verifier } = setUp({ cacheSize: 0 });
    await verifier.verify(token);
    expect(verifier.verify(token)).toBeInstanceOf(Promise);
  });
});

describe("a token that is not good", () => {
  it("is not remembered", async () => {
    const { source, count } = countingKeys();
    const { verifier } = setUp({ keys: source });
    const forged = await sign(foreign, leanClaims);
    expect(outcome(await verifier.verify(forged))).toBe("token_signature");
    expect(outcome(await verifier.verify(forged))).toBe("token_signature");
    expect(count.finds).toBe(2);
  });

  it("is accepted once its time has come", async () => {
    const { verifier, clock } = setUp();
    const later = await sign(k1, { ...leanClaims, iat: nowSeconds + 60, exp: nowSeconds + 360 });
    expect(outcome(await verifier.verify(later))).toBe("token_not_yet_valid");
    clock.advance(50);
    expect(outcome(await verifier.verify(later))).toBe("accepted");
  });

  it("is refused at once where no cryptography is needed", () => {
    expect(setUp().verifier.verify("nonsense")).toEqual({ ok: false, code: "token_malformed" });
  });

  it("is refused, not thrown at, where JavaScript passes something else", async () => {
    const verify: (value: never) => unknown = setUp().verifier.verify;
    for (const value of [undefined, null, 1, {}, ["a"]]) {
      expect(Reflect.apply(verify, undefined, [value])).toEqual({ ok: false, code: "token_malformed" });
    }
  });
});

describe("1000 first uses of one token at once", () => {
  it("cost one signature check", async () => {
    const verify = vi.spyOn(crypto.subtle, "verify");
    const { source, count } = countingKeys();
    const { verifier } = setUp({ keys: source });
    const verdicts = await Promise.all(Array.from({ length: 1000 }, () => verifier.verify(token)));
    expect(new Set(verdicts).size).toBe(1);
    expect(verdicts.every((verdict) => verdict.ok)).toBe(true);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(count.finds).toBe(1);
    verify.mockRestore();
  });

  it("leave nothing behind when they fail", async () => {
    let isDown = true;
    const inner = createLocalKeySet(jwks);
    const keys: KeySource = {
      find: (kid) => (isDown ? Promise.reject(new Unavailable("key_set_unavailable", "down")) : inner.find(kid)),
      has: () => true,
    };
    const { verifier } = setUp({ keys });
    const failures = await Promise.allSettled(Array.from({ length: 10 }, () => verifier.verify(token)));
    expect(failures.every(({ status }) => status === "rejected")).toBe(true);
    isDown = false;
    expect(outcome(await verifier.verify(token))).toBe("accepted");
  });
});

describe("keys that cannot be read", () => {
  it("are neither an accept nor a refusal", async () => {
    const fetch = () => Promise.reject(new TypeError("fetch failed"));
    const { verifier } = setUp({ keys: undefined, fetch });
    await expect(verifier.verify(token)).rejects.toThrow(Unavailable);
    await expect(verifier.authenticate(bearer(token))).rejects.toMatchObject({ code: "key_set_unavailable" });
  });

  it("stop remembered tokens once the last good set is too old", async () => {
    let isDown = false;
    const fetch = async () => (isDown ? new Response("", { status: 500 }) : Response.json(jwks));
    const { verifier, clock } = setUp({ keys: undefined, fetch, maxLifetimeSeconds: 86_400 });
    const long = await sign(k1, { ...leanClaims, exp: nowSeconds + 86_400 });
    const young = async () => outcome(await verifier.verify(long));
    expect(await young()).toBe("accepted");
    isDown = true;
    clock.advance(86_399);
    expect(await young()).toBe("accepted");
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
    await expect(young()).rejects.toThrow(Unavailable);
  });

  it("are fetched from under the issuer unless told otherwise", async () => {
    const fetched: string[] = [];
    const fetch = async (url: string) => {
      fetched.push(url);
      return Response.json(jwks);
    };
    await setUp({ keys: undefined, fetch }).verifier.verify(token);
    await setUp({ keys: undefined, fetch, issuer: "https://auth.example/tenant/" }).verifier.verify(token);
    await setUp({ keys: { jwksUri: "https://keys.example/set" }, fetch }).verifier.verify(token);
    expect(fetched).toEqual([
      "https://auth.example/.well-known/jwks.json",
      "https://auth.example/tenant/.well-known/jwks.json",
      "https://keys.example/set",
    ]);
  });

  it("are never fetched from where a token says", async () => {
    const fetch = vi.fn(async () => Response.json(jwks));
    const { verifier } = setUp({ keys: undefined, fetch });
    for (const header of [
      { jku: "https://evil.example" },
      { x5u: "https://evil.example" },
      { jwk: foreign.publicJwk },
    ]) {
      expect(outcome(await verifier.verify(await sign(foreign, leanClaims, header)))).toBe("token_header_forbidden");
    }
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("the judge that ignores expiry", () => {
  const long = (claims: object = {}, key = k1, header: object = {}) =>
    sign(key, { ...leanClaims, iat: nowSeconds - 86_400, exp: nowSeconds - 86_100, ...claims }, header);
  const judgeWith = (options: Partial<VerifierOptions> = {}) =>
    insecureJudgeIgnoringExpiry({ issuer, keys: { jwks }, clock: createTestClock(), ...options });

  it("tells whose token it was, good or long expired", async () => {
    expect(await judgeWith()(await long())).toEqual({
      ok: true,
      identity: expect.objectContaining({ sub: leanClaims.sub, sid: leanClaims.sid, expiresAt: nowSeconds - 86_100 }),
    });
    expect(outcome(await judgeWith()(token))).toBe("accepted");
    expect(outcome(await setUp().verifier.verify(await long()))).toBe("token_expired");
  });

  it("tells it of a hybrid token too, which a verifier without a feed lets in at no time", async () => {
    const typ = { typ: "hybrid+jwt" };
    expect(await judgeWith()(await long({}, k1, typ))).toMatchObject({ ok: true, identity: { strategy: "hybrid" } });
    expect(outcome(await judgeWith()(await long({}, foreign, typ)))).toBe("token_signature");
    expect(outcome(await judgeWith({ types: ["lean+jwt"] })(await long({}, k1, typ)))).toBe("token_needs_feed");
    expect(outcome(await judgeWith({ audience })(await long({}, k1, typ)))).toBe("token_type");
    expect(outcome(await setUp().verifier.verify(await sign(k1, leanClaims, typ)))).toBe("token_needs_feed");
  });

  it.each([
    { it: "another's signature", made: () => long({}, foreign), code: "token_signature" },
    { it: "a changed signature", made: async () => `${(await long()).slice(0, -8)}AAAAAAAA`, code: "token_signature" },
    { it: "an unknown key", made: () => long({}, k1, { kid: "k9" }), code: "token_key_unknown" },
    { it: "another issuer", made: () => long({ iss: "https://evil.example" }), code: "token_issuer" },
    { it: "an audience", made: () => long({ aud: audience }), code: "token_audience" },
    { it: "another kind", made: () => long({}, k1, { typ: "at+jwt" }), code: "token_type" },
    { it: "another algorithm", made: () => long({}, k1, { alg: "none" }), code: "token_algorithm" },
    { it: "a header that brings a key", made: () => long({}, k1, { jku: "x" }), code: "token_header_forbidden" },
    { it: "no session", made: () => long({ sid: undefined }), code: "token_claims" },
    { it: "no end at all", made: () => long({ exp: undefined }), code: "token_claims" },
    { it: "a life too long", made: () => long({ exp: nowSeconds - 60 }), code: "token_lifetime" },
    {
      it: "a beginning to come",
      made: () => long({ iat: nowSeconds + 11, exp: nowSeconds + 300 }),
      code: "token_not_yet_valid",
    },
    { it: "a session token's form", made: async () => sessionToken, code: "token_malformed" },
    { it: "too much of it", made: async () => "A".repeat(8193), code: "token_too_long" },
    { it: "nothing", made: async () => "", code: "token_malformed" },
  ])("refuses everything else that is wrong: $it", async ({ made, code }) => {
    expect(outcome(await judgeWith()(await made()))).toBe(code);
  });

  it("remembers nothing: each time the key is asked for, and what a verifier of the same keys says stays the same", async () => {
    const { source, gone, count } = countingKeys();
    const clock = createTestClock();
    const judge = insecureJudgeIgnoringExpiry({ issuer, keys: source, clock });
    const verifier = createVerifier({ issuer, keys: source, clock });
    const old = await long();
    for (let time = 1; time <= 3; time += 1) {
      expect(outcome(await judge(old))).toBe("accepted");
      expect(count.finds).toBe(2 * time - 1);
      expect(outcome(await verifier.verify(old))).toBe("token_expired");
    }
    gone.add("k1");
    expect(outcome(await judge(old))).toBe("token_key_unknown");
  });

  it("refuses what a verifier would refuse among its options, and asks nobody about sessions", async () => {
    expect(() => insecureJudgeIgnoringExpiry({ issuer: "" })).toThrow(ConfigurationError);
    const fetch = () => Promise.reject(new TypeError("fetch failed"));
    await expect(judgeWith({ keys: undefined, fetch })(await long())).rejects.toThrow(Unavailable);
  });
});

describe("claims", () => {
  const parseRole = (claims: object) => {
    if (!("role" in claims) || typeof claims.role !== "string") throw new Error("no role");
    return { role: claims.role };
  };

  it("have the type that the application gives them", async () => {
    const verifier = createVerifier({ issuer, keys: { jwks }, clock: createTestClock(), parseClaims: parseRole });
    expectTypeOf(verifier).toEqualTypeOf<Verifier<{ role: string }>>();
    const verdict = await verifier.verify(token);
    if (!verdict.ok) throw new Error(verdict.code);
    expectTypeOf(verdict.identity.claims.role).toEqualTypeOf<string>();
    expect(verdict.identity.claims).toEqual({ role: "admin" });
    expect(Object.isFrozen(verdict.identity) && Object.isFrozen(verdict.identity.claims)).toBe(true);
    expect(verifier.verify(token)).toBe(verdict);
  });

  it.each([
    { it: "throws", parseClaims: parseRole },
    { it: "returns nothing", parseClaims: () => undefined },
  ])("refuse the token when the application $it", async ({ parseClaims }) => {
    const verifier = createVerifier<object>({ issuer, keys: { jwks }, clock: createTestClock(), parseClaims });
    expect(outcome(await verifier.verify(await sign(k1, leanClaims)))).toBe("token_claims");
  });
});

describe("options", () => {
  const serviceKey = `${"a".repeat(12)}.${"b".repeat(43)}`;
  const make = (options: object) => () =>
    Reflect.apply(createVerifier, undefined, [{ issuer, keys: { jwks }, ...options }]);

  it.each<{ option: string; options: object }>([
    { option: "issuer", options: { issuer: undefined } },
    { option: "issuer", options: { issuer: "" } },
    { option: "issuer", options: { issuer: [issuer] } },
    { option: "issuer", options: { issuer: "auth", keys: undefined } },
    { option: "issuer", options: { issuer: "http://auth.example", keys: undefined } },
    { option: "audience", options: { audience: "" } },
    { option: "audience", options: { types: ["at+jwt"] } },
    { option: "audience", options: { types: ["lean+jwt", "at+jwt"] } },
    { option: "types", options: { types: [] } },
    { option: "types", options: { types: ["JWT"] } },
    { option: "types", options: { types: ["hybrid+jwt"] } },
    { option: "algorithms", options: { algorithms: [] } },
    { option: "algorithms", options: { algorithms: ["none"] } },
    { option: "algorithms", options: { algorithms: ["ES256", "HS256"] } },
    { option: "cookie", options: { cookie: "at" } },
    { option: "ownOrigins", options: { ownOrigins: ["https://app.example/"] } },
    { option: "ownOrigins", options: { ownOrigins: ["null"] } },
    { option: "maxLifetimeSeconds", options: { maxLifetimeSeconds: 0 } },
    { option: "maxLifetimeSeconds", options: { maxLifetimeSeconds: Number.POSITIVE_INFINITY } },
    { option: "leewaySeconds", options: { leewaySeconds: -1 } },
    { option: "leewaySeconds", options: { leewaySeconds: 61 } },
    { option: "leewaySeconds", options: { leewaySeconds: Number.NaN } },
    { option: "cacheSize", options: { cacheSize: 1.5 } },
    { option: "keys.jwks.keys", options: { keys: { jwks: {} } } },
    { option: "keys.jwks.keys[0]", options: { keys: { jwks: { keys: [k1.privateJwk] } } } },
    { option: "keys", options: { keys: "https://auth.example" } },
    { option: "keys.jwksUri", options: { keys: { jwksUri: "http://auth.example/jwks.json" } } },
    { option: "parseClaims", options: { parseClaims: "role" } },
    { option: "audiance", options: { audiance: audience } },
    { option: "origins", options: { origins: ["https://app.example"] } },
    { option: "types", options: { types: "at+jwt", audience } },
    { option: "algorithms", options: { algorithms: "ES256" } },
    { option: "ownOrigins", options: { ownOrigins: "https://app.example" } },
    { option: "cacheSize", options: { cacheSize: "10" } },
    { option: "fetch", options: { fetch: {} } },
    { option: "issuer", options: { issuer: "https://user:word@auth.example", keys: undefined } },
    { option: "keys", options: { keys: null } },
    { option: "keys", options: { keys: { jwks, jwksUri: "https://auth.example/jwks.json" } } },
    { option: "keys.jwksUrl", options: { keys: { jwksUrl: "https://auth.example/jwks.json" } } },
    { option: "keys.find", options: { keys: { find: () => undefined } } },
    { option: "keys.jwksUri", options: { keys: {} } },
    { option: "keys.jwksUri", options: { keys: { jwksUri: "https://user:word@auth.example/jwks.json" } } },
    { option: "sessions", options: { sessions: serviceKey } },
    { option: "sessions.serviceKey", options: { sessions: { serviceKey: "short" } } },
    { option: "sessions.serviceKeys", options: { sessions: { serviceKey, serviceKeys: [] } } },
    { option: "sessions.timeoutMs", options: { sessions: { serviceKey, timeoutMs: Number.NaN } } },
    { option: "sessions.timeoutMs", options: { sessions: { serviceKey, timeoutMs: 0 } } },
    { option: "sessions.timeoutMs", options: { sessions: { serviceKey, timeoutMs: 60_001 } } },
    { option: "sessions.url", options: { sessions: { serviceKey, url: "/auth/introspect" } } },
    { option: "sessions.url", options: { sessions: { serviceKey, url: "http://auth.example/x" } } },
    { option: "sessions.url", options: { sessions: { serviceKey, url: "https://user:word@auth.example/x" } } },
    { option: "feed.url", options: { feed: { serviceKey, url: "https://user:word@auth.example/x" } } },
    { option: "feed.lag", options: { feed: { serviceKey, lag: 5 } } },
  ])("name $option when it is wrong: $options", ({ option, options }) => {
    const error: unknown = (() => {
      try {
        return make(options)();
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ option });
    // The name stands there once, before what is wrong; and no secret in an address is repeated.
    if (!(error instanceof ConfigurationError)) return;
    expect(error.message).toBe(`${option}: ${error.reason}`);
    expect(error.reason).not.toMatch(/^[\w.[\]]+: |word@/);
  });

  it("tell which there are, where there is no such option", () => {
    expect(make({ sessions: { serviceKey, url2: "x" } })).toThrow(
      "sessions.url2: there is no such option; there are serviceKey, url, timeoutMs",
    );
    expect(() => Reflect.apply(createVerifier, undefined, [])).toThrow("options: must be an object");
  });

  it.each([
    { options: {} },
    { options: { sessions: { serviceKey, timeoutMs: undefined, url: `${issuer}/elsewhere` } } },
    { options: { keys: { jwksUri: new URL("https://auth.example/jwks.json") } } },
    { options: { keys: { find: () => undefined, has: () => false } } },
    { options: { audience } },
    { options: { audience, types: ["lean+jwt"] } },
    { options: { audience: undefined, types: undefined, cookie: undefined } },
    { options: { algorithms: ["Ed25519"], leewaySeconds: 0, cacheSize: 0, maxLifetimeSeconds: 60 } },
    { options: { issuer: "any text", keys: { jwks } } },
  ])("are taken: $options", ({ options }) => {
    expect(make(options)).not.toThrow();
  });
});

it("no refusal and no error tells the token", async () => {
  const told: string[] = [];
  const { verifier } = setUp({ keys: undefined, fetch: () => Promise.reject(new Error("down")) });
  for (const each of [token, `${token}x`, sessionToken, await sign(foreign, fullClaims)]) {
    try {
      told.push(JSON.stringify(await verifier.verify(each)));
    } catch (error) {
      told.push(String(error));
    }
    for (const part of each.split(".")) expect(told.join("\n")).not.toContain(part);
  }
  expect(told).toHaveLength(4);
});

it("keys given as a set are those of the issuer", async () => {
  const only: { keys: JWK[] } = { keys: [k2.publicJwk] };
  const { verifier } = setUp({ keys: { jwks: only } });
  expect(outcome(await verifier.verify(token))).toBe("token_key_unknown");
  expect(outcome(await verifier.verify(await sign(k2, leanClaims)))).toBe("accepted");
});

describe("an option that weakens a check", () => {
  /** What the runtime is warned of while `work` goes on. */
  async function warnings(work: () => unknown): Promise<Error[]> {
    const heard: Error[] = [];
    const hear = (warning: Error) => void heard.push(warning);
    process.on("warning", hear);
    await work();
    // Node.js tells of a warning in the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", hear);
    return heard;
  }

  const away = () => Promise.reject(new TypeError("fetch failed"));
  const serviceKey = `${"k".repeat(12)}.${"s".repeat(43)}`;
  const following = (onStale: "ask" | "refuse" | "insecureAccept") =>
    setUp({ feed: { serviceKey, onStale, follow: "on-demand" }, fetch: away }).verifier;

  it("is told of once for each verifier, however many requests are judged by it", async () => {
    const heard = await warnings(async () => {
      const verifiers = [following("insecureAccept"), following("insecureAccept")];
      const judged = [...verifiers, ...verifiers].map((verifier) => verifier.verify(token));
      expect((await Promise.all(judged)).map(outcome)).toEqual(Array(4).fill("accepted"));
    });
    expect(heard.map((warning) => "code" in warning && warning.code)).toEqual(Array(2).fill("COUNTERSIGN_INSECURE"));
    expect(heard[0]?.message).toMatch(/feed\.onStale "insecureAccept".*revoked.*accepted/);
    expect(heard[0]?.message).not.toContain("s".repeat(42));
  });

  it.each(["ask", "refuse"] as const)("is not %s", async (onStale) => {
    expect(await warnings(() => following(onStale))).toEqual([]);
  });
});

describe("a session that is asked about under a feed", () => {
  const sid = "s234567890123456";

  /** An issuer that calls the session good, and a log that says what is told here. */
  function asked(scope: "session" | "changed" | undefined, target = sid, onAsked = () => {}) {
    const clock = createTestClock();
    const events = scope === undefined ? [] : [{ number: 1, scope, target, expires: clock.now() + 300_000 }];
    const answer = { from: 0, to: 1, mark: "m", events, horizon: 0, isSnapshot: false, hasMore: false, keySet: "" };
    const body = {
      active: true,
      sub: "alice",
      sid,
      iss: issuer,
      iat: nowSeconds,
      exp: nowSeconds + 3600,
      strategy: "session",
    };
    const serviceKey = `${"k".repeat(12)}.${"s".repeat(43)}`;
    return createVerifier({
      ...{ issuer, keys: { jwks }, clock, sessions: { serviceKey } },
      fetch: async () => {
        onAsked();
        return Response.json(body);
      },
      feed: {
        createFollower: (hooks) =>
          createFollower({
            ...{
              clock,
              name: "test",
              lagMs: 5000,
              onStale: "ask",
              follow: "on-demand",
              random: runtimeRandom,
              ...hooks,
            },
            transport: { ask: async ({ nonce, lagMs }) => ({ ...answer, nonce, lagMs }) },
          }),
      },
    });
  }

  it.each([
    ["is accepted while nothing is known against it", undefined, "accepted"],
    ["is accepted though it has changed", "changed", "accepted"],
    [
      "is refused once its end was heard of, whatever an issuer that was restored from a backup says",
      "session",
      "session_revoked",
    ],
  ] as const)("%s", async (_it, scope, code) => {
    expect(outcome(await asked(scope).verify(sessionToken))).toBe(code);
  });

  it.each([
    { name: "is not asked about once its end was heard of", scope: "session", questions: 0, code: "session_revoked" },
    { name: "is asked about when it has changed", scope: "changed", questions: 1, code: "accepted" },
  ] as const)("$name", async ({ scope, questions, code }) => {
    let count = 0;
    const verifier = asked(scope, await deriveSid(sessionToken), () => {
      count += 1;
    });
    expect(outcome(await verifier.verify(sessionToken))).toBe(code);
    expect(count).toBe(questions);
  });
});

describe("a hybrid's two cookies that were recognised before", () => {
  const other = "B".repeat(27);
  const asNobody = { active: false };

  /** A service that follows a log told here, and may ask about sessions; the issuer's answers to that are counted. */
  async function service(options: { readonly asksIssuer: boolean }) {
    const clock = createTestClock();
    const sid = await deriveSid(sessionToken);
    const claims = { ...leanClaims, sid };
    const pair = { token: await sign(k1, claims, { typ: "hybrid+jwt" }), sid };
    const log: RevocationEvent[] = [];
    const count = { asked: 0 };
    const serviceKey = `${"k".repeat(12)}.${"s".repeat(43)}`;
    const body = {
      active: true,
      sub: "alice",
      sid,
      iss: issuer,
      iat: nowSeconds,
      exp: nowSeconds + 3600,
      strategy: "session",
    };
    const verifier = createVerifier({
      ...{ issuer, keys: { jwks }, clock },
      ...(options.asksIssuer ? { sessions: { serviceKey } } : {}),
      fetch: async (_url, init) => {
        count.asked += 1;
        return Response.json(String(init?.body).includes(sessionToken) ? body : asNobody);
      },
      feed: {
        createFollower: (hooks) =>
          createFollower({
            ...{
              clock,
              name: "test",
              lagMs: 5000,
              onStale: "ask",
              follow: "on-demand",
              random: runtimeRandom,
              ...hooks,
            },
            transport: {
              ask: async ({ nonce, lagMs, applied }) => {
                const answer = {
                  from: applied,
                  to: log.length,
                  mark: `m${log.length}`,
                  events: log.slice(applied),
                  horizon: 0,
                };
                return { ...answer, isSnapshot: false, hasMore: false, keySet: "", nonce, lagMs };
              },
            },
          }),
      },
    });
    const visit = (session: string, access = pair.token) =>
      verifier.authenticate({
        method: "GET",
        headers: { cookie: `__Host-Http-sid=${session}; __Host-Http-at=${access}` },
      });
    // The sid is derived once, the token proven once: then it goes without a promise.
    for (let times = 0; times < 3; times += 1) expect(outcome(await visit(sessionToken))).toBe("accepted");
    return { clock, verifier, log, count, visit, pair };
  }

  it("are accepted at once, and asked of nobody", async () => {
    const { visit, count } = await service({ asksIssuer: true });
    const verdict = visit(sessionToken);
    expect(verdict).not.toBeInstanceOf(Promise);
    expect(verdict).toMatchObject({ ok: true, identity: { strategy: "hybrid" } });
    expect(count.asked).toBe(0);
  });

  it("count no more beside another session, which is judged itself", async () => {
    const alone = await service({ asksIssuer: false });
    expect(outcome(await alone.visit(other))).toBe("token_of_other_session");
    const asking = await service({ asksIssuer: true });
    expect(outcome(await asking.visit(other))).toBe("session_unknown");
    expect(asking.count.asked).toBe(1);
  });

  it("are no place for a lean token: beside a session cookie it is another's, also where sessions cannot be asked about", async () => {
    const lean = await sign(k1, leanClaims);
    const alone = await service({ asksIssuer: false });
    expect(outcome(await alone.visit(other, lean))).toBe("token_of_other_session");
    const asking = await service({ asksIssuer: true });
    expect(outcome(await asking.visit(other, lean))).toBe("session_unknown");
    expect(await asking.visit(sessionToken, lean)).toMatchObject({ ok: true, identity: { strategy: "session" } });
    // What is no session token is nobody's session.
    expect(await alone.visit("left-over", lean)).toMatchObject({ ok: true, identity: { strategy: "jwt" } });
  });

  it("are refused once the session's end was heard of", async () => {
    const { visit, log, clock, pair } = await service({ asksIssuer: false });
    log.push({ number: 1, scope: "session", target: pair.sid, expires: clock.now() + 300_000 });
    clock.advance(4);
    expect(outcome(await visit(sessionToken))).toBe("token_revoked");
    expect(outcome(await visit(sessionToken))).toBe("token_revoked");
  });

  it("leave the session to be asked about once the token has run out", async () => {
    const asking = await service({ asksIssuer: true });
    asking.clock.advance(400);
    expect(await asking.visit(sessionToken)).toMatchObject({ ok: true, identity: { strategy: "session" } });
    const alone = await service({ asksIssuer: false });
    alone.clock.advance(400);
    expect(outcome(await alone.visit(sessionToken))).toBe("token_expired");
  });

  it("may be followed by another token of the same session", async () => {
    const { visit, pair } = await service({ asksIssuer: false });
    const successor = await sign(k1, { ...leanClaims, sid: pair.sid, iat: nowSeconds + 1 }, { typ: "hybrid+jwt" });
    expect(outcome(await visit(sessionToken, successor))).toBe("accepted");
    expect(outcome(await visit(sessionToken))).toBe("accepted");
    expect(outcome(await visit(other, successor))).toBe("token_of_other_session");
  });
});
