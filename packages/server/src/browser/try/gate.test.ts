// What the strict gate says in the page: every refusal that a token can earn, by the verifier package itself.

import { type RefusalCode, refusals } from "@countersign/verifier";
import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { askGate, type GateQuestion } from "./gate.ts";
import { type Jwt, takeApart } from "./jwt-parts.ts";
import { refusalThreats } from "./refusal-threats.ts";
import { makeKey, signClaims, signTexts } from "./signing.ts";

const nowMs = Date.UTC(2026, 10, 23, 10, 0, 0);
const now = nowMs / 1000;
const clock = { now: () => nowMs, monotonic: () => 0, sleep: () => Promise.resolve() };
const claims = {
  iss: "https://auth.example.com",
  sub: "example-subject",
  sid: "s234567890123456",
  iat: now,
  exp: now + 300,
};
const [key, other, rsa] = await Promise.all([makeKey("ES256"), makeKey("ES256"), makeKey("RS256")]);
const publicJwk = key.publicJwk ?? { kty: "EC" };

function read(text: string): Jwt {
  const reading = takeApart(text);
  if (reading.state !== "read") throw new Error("no token");
  return reading.jwt;
}

async function ask(text: string, question: Partial<GateQuestion> = {}) {
  return askGate({ jwt: read(text), keys: [publicJwk], issuer: "", audience: "", clock, ...question });
}

async function codeOf(text: string, question: Partial<GateQuestion> = {}): Promise<string> {
  const { verdict } = await ask(text, question);
  return verdict.ok ? "accepted" : verdict.code;
}

const lean = (changes: object = {}, typ = "lean+jwt") => signClaims(key, typ, { ...claims, ...changes });
const headed = (changes: object) =>
  signTexts(key, JSON.stringify({ alg: "ES256", typ: "lean+jwt", kid: key.kid, ...changes }), JSON.stringify(claims));

const refused: readonly {
  readonly code: RefusalCode;
  readonly token: () => Promise<string>;
  readonly question?: Partial<GateQuestion>;
}[] = [
  { code: "token_malformed", token: () => headed({ kid: undefined }) },
  { code: "token_too_long", token: () => lean({ fill: "x".repeat(7000) }) },
  { code: "token_header_forbidden", token: () => headed({ jku: "https://keys.example.net" }) },
  { code: "token_algorithm", token: () => headed({ alg: "none" }) },
  { code: "token_type", token: () => lean({}, "JWT") },
  { code: "token_key_unknown", token: () => headed({ kid: "another" }) },
  {
    code: "token_signature",
    token: () =>
      signTexts({ ...other, kid: key.kid }, JSON.stringify({ alg: "ES256", typ: "lean+jwt", kid: key.kid }), "{}"),
  },
  { code: "token_claims", token: () => lean({ sid: undefined }) },
  { code: "token_issuer", token: () => lean(), question: { issuer: "https://other.example.com" } },
  { code: "token_audience", token: () => lean({ aud: "https://api.example.com" }) },
  { code: "token_lifetime", token: () => lean({ exp: now + 7200 }) },
  { code: "token_not_yet_valid", token: () => lean({ iat: now + 60 }) },
  { code: "token_expired", token: () => lean({ iat: now - 600, exp: now - 300 }) },
  { code: "token_needs_feed", token: () => lean({}, "hybrid+jwt") },
];

/** These take a feed, or cookies, to come about. */
const notHere = ["token_revoked", "token_without_session", "token_of_other_session"];

describe("the gate", () => {
  it.each(refused)("refuses with $code, and the page says why the rule is there", async ({ code, token, question }) => {
    expect(await codeOf(await token(), question)).toBe(code);
    expect(Object.keys(refusalThreats)).toContain(code);
  });

  it("has an explanation for every refusal that concerns a token, and each is shown or named here", () => {
    const codes = Object.keys(refusals).filter((code) => code.startsWith("token_"));
    expect(Object.keys(refusalThreats).sort()).toEqual([...codes].sort());
    expect([...refused.map(({ code }) => code), ...notHere].sort()).toEqual([...codes].sort());
    expect(Object.values(refusalThreats).filter((text) => text.length < 40)).toEqual([]);
  });

  it("accepts a good token, and its neighbour with one changed letter not", async () => {
    const token = await lean();
    expect(await ask(token)).toMatchObject({
      verdict: { ok: true, identity: { sub: "example-subject" } },
      isRehearsal: false,
    });
    const [head = "", body = "", signature = ""] = token.split(".");
    const changed = `${head}.${body.replace(/.$/, (last) => (last === "A" ? "B" : "A"))}.${signature}`;
    expect(await codeOf(changed)).not.toBe("accepted");
  });

  it("takes a key without a name, such as one from PEM, for the one that the token names", async () => {
    const { kid: _, alg: __, use: ___, ...nameless } = publicJwk;
    expect(await codeOf(await lean(), { keys: [nameless] })).toBe("accepted");
    const { kid, alg, use, ...rsaMembers } = rsa.publicJwk ?? { kty: "RSA" };
    expect([kid, alg, use]).toEqual([rsa.kid, "RS256", "sig"]);
    expect(await codeOf(await signClaims(rsa, "lean+jwt", claims), { keys: [rsaMembers] })).toBe("accepted");
  });

  it("judges the full profile for the audience that the token names, or for the one expected", async () => {
    const full = await lean({ aud: ["https://api.example.com"], client_id: "web", jti: "j1" }, "at+jwt");
    expect(await codeOf(full)).toBe("accepted");
    expect(await codeOf(full, { audience: "https://other.example.com" })).toBe("token_audience");
  });

  it("says why it takes no such key", async () => {
    const weak = {
      kty: "RSA",
      kid: key.kid,
      alg: "RS256",
      e: "AQAB",
      n: base64url.encode(new Uint8Array(128).fill(255)),
    };
    const answer = await ask(await lean(), { keys: [weak] });
    expect(answer.keyProblem).toBe("n must have 2048 to 8192 bits");
    expect(answer.verdict).toMatchObject({ ok: false, code: "token_key_unknown" });
  });

  it.each([
    { it: "a good token", token: () => lean(), code: "accepted" },
    { it: "a token by a key that nobody has", token: () => signClaims(other, "lean+jwt", claims), code: "accepted" },
    { it: "an expired one", token: () => lean({ iat: now - 600, exp: now - 300 }), code: "token_expired" },
    { it: "one without sid", token: () => lean({ sid: undefined }), code: "token_claims" },
    { it: "one by RSA", token: () => signClaims(rsa, "lean+jwt", claims), code: "accepted" },
    {
      it: "a claim twice",
      token: () =>
        signTexts(key, JSON.stringify({ alg: "ES256", typ: "lean+jwt", kid: key.kid }), '{"sub":"a","sub":"b"}'),
      code: "token_claims",
    },
  ])("without a key says what it would say of a good signature: $it", async ({ token, code }) => {
    const answer = await ask(await token(), { keys: [] });
    expect(answer.isRehearsal).toBe(true);
    expect(answer.verdict.ok ? "accepted" : answer.verdict.code).toBe(code);
  });

  it.each([
    ["none", "token_algorithm"],
    ["HS256", "token_algorithm"],
    ["constructor", "token_algorithm"],
  ])("without a key refuses alg %s for what it is", async (alg, code) => {
    expect(await codeOf(await headed({ alg }), { keys: [] })).toBe(code);
  });
});
