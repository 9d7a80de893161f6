import { describe, expect, it } from "vitest";
import { ConfigurationError, Unavailable } from "./primitives/errors.ts";
import { createTestClock, issuer, nowSeconds } from "./testing.ts";
import { createVerifier, type VerifierOptions } from "./verifier.ts";

const serviceKey = `${"a".repeat(12)}.${"b".repeat(43)}`;
const sessionToken = "c".repeat(27);
const good = {
  active: true,
  sub: "subject-1",
  sid: "session-1",
  iss: issuer,
  iat: nowSeconds - 60,
  exp: nowSeconds + 60,
  auth_time: nowSeconds - 60,
  amr: ["pwd"],
  acr: "aal1",
  strategy: "session",
  data: { theme: "dark" },
  claims: { role: "admin" },
};

interface Asked {
  url: string;
  init: RequestInit;
}

function verifierThatHears(answers: (() => Response | Promise<Response>)[], options: Partial<VerifierOptions> = {}) {
  const asked: Asked[] = [];
  const clock = createTestClock();
  const fetch = async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    const next = answers.shift();
    if (next === undefined) throw new Error("nobody answers");
    return next();
  };
  const verifier = createVerifier({ issuer, clock, fetch, sessions: { serviceKey }, ...options });
  return { verifier, asked, clock };
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

describe("a verifier that asks about sessions", () => {
  it("accepts a living session, with what the issuer says of it", async () => {
    const { verifier, asked } = verifierThatHears([() => json(good)]);
    const verdict = await verifier.verify(sessionToken);
    expect(verdict).toEqual({
      ok: true,
      identity: {
        sub: "subject-1",
        sid: "session-1",
        strategy: "session",
        issuer,
        issuedAt: nowSeconds - 60,
        expiresAt: nowSeconds + 60,
        authenticatedAt: nowSeconds - 60,
        amr: ["pwd"],
        acr: "aal1",
        data: { theme: "dark" },
        claims: { role: "admin" },
      },
    });
    expect(asked.map(({ url, init }) => [url, init.method, init.body])).toEqual([
      [`${issuer}/auth/introspect`, "POST", `token=${sessionToken}`],
    ]);
    expect(new Headers(asked[0]?.init.headers).get("authorization")).toBe(`Bearer ${serviceKey}`);
  });

  it("asks again at every request, so that an ended session is refused by the very next", async () => {
    const { verifier, asked } = verifierThatHears([() => json(good), () => json({ active: false })]);
    expect((await verifier.verify(sessionToken)).ok).toBe(true);
    expect(await verifier.verify(sessionToken)).toEqual({ ok: false, code: "session_unknown" });
    expect(asked).toHaveLength(2);
  });

  it("asks once for each of two requests at once: neither rests on a question that began before it", async () => {
    const { verifier, asked } = verifierThatHears([() => json(good), () => json(good)]);
    await Promise.all([verifier.verify(sessionToken), verifier.verify(sessionToken)]);
    expect(asked).toHaveLength(2);
  });

  it("finds the session in its cookie, before a token", async () => {
    const { verifier } = verifierThatHears([() => json(good)]);
    const headers = { cookie: `__Host-Http-at=a.b.c; __Host-Http-sid=${sessionToken}` };
    expect((await verifier.authenticate({ method: "GET", headers })).ok).toBe(true);
  });

  it("refuses the cookie on an unsafe request of another site, without asking", async () => {
    const { verifier, asked } = verifierThatHears([]);
    const headers = { cookie: `__Host-Http-sid=${sessionToken}`, "sec-fetch-site": "cross-site" };
    const verdict = await verifier.authenticate({ method: "POST", headers });
    expect(verdict).toEqual({ ok: false, code: "cross_site_request" });
    expect(asked).toHaveLength(0);
  });

  it("refuses a session that has run out by its own clock", async () => {
    const { verifier } = verifierThatHears([() => json({ ...good, exp: nowSeconds })]);
    expect(await verifier.verify(sessionToken)).toEqual({ ok: false, code: "session_expired" });
  });

  const unusable: readonly [string, () => Response | Promise<Response>][] = [
    ["the issuer is down", () => Promise.reject(new Error("refused"))],
    ["the service key is refused", () => json({ code: "service_invalid" }, 401)],
    ["the issuer cannot answer", () => json({}, 503)],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } })],
    ["no JSON", () => new Response("<html>")],
    ["a member twice", () => new Response('{"active":false,"active":true}')],
    ["too long an answer", () => json({ ...good, data: { long: "x".repeat(20_000) } })],
    ["no word on whether it is active", () => json({ ...good, active: "yes" })],
    ["another issuer", () => json({ ...good, iss: "https://other.example" })],
    ["an answer about a token", () => json({ ...good, strategy: "jwt" })],
    ["no subject", () => json({ ...good, sub: "" })],
    ["no end", () => json({ ...good, exp: null })],
  ];

  it.each(unusable)("is unavailable, neither yes nor no: %s", async (_name, answer) => {
    const { verifier } = verifierThatHears([answer]);
    const failure = await Promise.resolve(verifier.verify(sessionToken)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({ code: "issuer_unavailable" });
    expect(String(failure)).not.toContain(sessionToken);
    expect(String(failure)).not.toContain(serviceKey);
  });

  it("is unavailable when the answer takes too long", async () => {
    const { verifier, clock } = verifierThatHears([() => new Promise<Response>(() => {})]);
    const failure = Promise.resolve(verifier.verify(sessionToken)).catch((error: unknown) => error);
    clock.advance(4);
    expect(await failure).toBeInstanceOf(Unavailable);
  });

  it("types the claims of a session as those of a token", async () => {
    const parseClaims = (claims: object) => ("role" in claims ? { role: String(claims.role) } : undefined);
    const clock = createTestClock();
    const answers = [json(good), json({ ...good, claims: {} })];
    const fetch = async () => answers.shift() ?? json({}, 500);
    const verifier = createVerifier({ issuer, clock, fetch, sessions: { serviceKey }, parseClaims });
    expect(await verifier.verify(sessionToken)).toMatchObject({ ok: true, identity: { claims: { role: "admin" } } });
    expect(await verifier.verify(sessionToken)).toEqual({ ok: false, code: "token_claims" });
  });

  it.each([
    ["a key of the wrong form", { serviceKey: "short" }],
    ["plain http to another machine", { serviceKey, url: "http://auth.example/introspect" }],
  ])("does not start with %s", (_name, sessions) => {
    expect(() => createVerifier({ issuer, sessions })).toThrow(ConfigurationError);
  });

  it("refuses sessions when it was not told to ask", async () => {
    const verifier = createVerifier({ issuer });
    expect(await verifier.verify(sessionToken)).toEqual({ ok: false, code: "session_unsupported" });
  });
});
