import fc from "fast-check";
import { base64url, type JWK } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { TokenType } from "./access-token.ts";
import {
  audience,
  createTestClock,
  createTestKey,
  fullClaims,
  issuer,
  leanClaims,
  nowSeconds,
  sign,
  signByJose,
  signRaw,
  type TestKey,
} from "./testing.ts";
import type { Verdict } from "./verdict.ts";
import { createVerifier, type VerifierOptions } from "./verifier.ts";

const [es256, ed25519, rs256, foreign] = await Promise.all([
  createTestKey("k1", "ES256"),
  createTestKey("k2", "Ed25519"),
  createTestKey("k3", "RS256"),
  createTestKey("k1", "ES256"),
]);
const jwks = { keys: [es256.publicJwk, ed25519.publicJwk, rs256.publicJwk] };
const hmac = (secret: string | Uint8Array) => hs256(secret);

// A fresh verifier for each judgement, so that no cache can stand between a token and the rules.
async function judge(token: string, options: Partial<VerifierOptions> = {}): Promise<Verdict> {
  return createVerifier({ issuer, keys: { jwks }, clock: createTestClock(), ...options }).verify(token);
}

async function codeOf(token: string, options?: Partial<VerifierOptions>): Promise<string> {
  const verdict = await judge(token, options);
  return verdict.ok ? "accepted" : verdict.code;
}

const full: Partial<VerifierOptions> = { audience };

/** Good but for the members given; `undefined` takes one out. */
const lean = (changes: object = {}, header: object = {}) => sign(es256, { ...leanClaims, ...changes }, header);
const at = (changes: object = {}, header: object = {}) =>
  sign(es256, { ...fullClaims, ...changes }, { typ: "at+jwt", ...header });

describe("a good token", () => {
  it("of the lean profile is accepted", async () => {
    expect(await judge(await lean({ roles: ["admin"] }))).toEqual({
      ok: true,
      identity: {
        sub: "alice",
        sid: "s234567890123456",
        strategy: "jwt",
        issuer,
        issuedAt: nowSeconds,
        expiresAt: nowSeconds + 300,
        claims: { roles: ["admin"] },
      },
    });
  });

  it("of the full profile is accepted by the audience it names", async () => {
    const token = await at({
      aud: ["https://other.example", audience],
      auth_time: nowSeconds - 60,
      amr: ["pwd"],
      acr: "1",
    });
    expect(await judge(token, full)).toMatchObject({
      ok: true,
      identity: {
        strategy: "jwt",
        audience: ["https://other.example", audience],
        clientId: "app",
        scope: "read write",
        authenticatedAt: nowSeconds - 60,
        amr: ["pwd"],
        acr: "1",
        claims: {},
      },
    });
  });

  it.each([
    { it: "signed with ES256", token: () => signByJose(es256, leanClaims, { alg: "ES256", typ: "lean+jwt" }) },
    { it: "signed with Ed25519", token: () => signByJose(ed25519, leanClaims, { alg: "Ed25519", typ: "lean+jwt" }) },
    { it: "signed with EdDSA", token: () => signByJose(ed25519, leanClaims, { alg: "EdDSA", typ: "lean+jwt" }) },
    { it: "signed with RS256", token: () => signByJose(rs256, leanClaims, { alg: "RS256", typ: "lean+jwt" }) },
    { it: "with the long form of typ", token: () => lean({}, { typ: "application/lean+jwt" }) },
    { it: "with typ in other case", token: () => lean({}, { typ: "Lean+JWT" }) },
    { it: "with a header that means nothing here", token: () => lean({}, { x5t: "AA", cty: "x" }) },
    { it: "with nbf in the past", token: () => lean({ nbf: nowSeconds - 1 }) },
    { it: "with a log number", token: () => lean({ n: 0 }) },
    { it: "issued 10 s ahead of our clock", token: () => lean({ iat: nowSeconds + 10 }) },
    { it: "that ended 9 s ago", token: () => lean({ iat: nowSeconds - 300, exp: nowSeconds - 9 }) },
    { it: "that lives exactly as long as it may", token: () => lean({ exp: nowSeconds + 3600 }) },
    { it: "with a subject of 255 characters", token: () => lean({ sub: "s".repeat(255) }) },
    {
      it: "with claims 16 levels deep",
      token: () => lean({ deep: JSON.parse(`${"[".repeat(15)}${"]".repeat(15)}`) }),
    },
    { it: "of exactly 8192 characters", token: () => tokenOfLength(8192) },
  ])("$it is accepted", async ({ token }) => {
    expect(await codeOf(await token())).toBe("accepted");
  });

  it("keeps what has a meaning of its own apart from the application's claims", async () => {
    const own = { nbf: nowSeconds, n: 1, client_id: "c", jti: "j", auth_time: nowSeconds, scope: "s" };
    const token = await lean({ ...own, amr: ["pwd"], acr: "1", act: { sub: "mallory" }, actor: "ada" });
    const verdict = await judge(token);
    expect(verdict.ok && verdict.identity.claims).toEqual({ actor: "ada" });
  });

  it("is frozen through and through", async () => {
    const verdict = await judge(await lean({ roles: [{ name: "admin" }] }));
    if (!verdict.ok) throw new Error(verdict.code);
    const { identity } = verdict;
    for (const part of [verdict, identity, identity.claims, identity.claims.roles])
      expect(Object.isFrozen(part)).toBe(true);
    expect(Reflect.set(identity.claims, "roles", [])).toBe(false);
  });
});

interface Row {
  readonly it: string;
  readonly token: () => string | Promise<string>;
  readonly code: string;
  readonly options?: Partial<VerifierOptions>;
}

const shape: Row[] = [
  { it: "nothing", token: () => "", code: "token_malformed" },
  { it: "one part", token: () => "abc", code: "token_malformed" },
  { it: "two parts", token: async () => (await lean()).split(".").slice(0, 2).join("."), code: "token_malformed" },
  { it: "an empty signature", token: async () => (await lean()).replace(/[^.]*$/, ""), code: "token_malformed" },
  { it: "an empty payload", token: async () => (await lean()).replace(/\.[^.]*\./, ".."), code: "token_malformed" },
  { it: "an empty header", token: async () => (await lean()).replace(/^[^.]*/, ""), code: "token_malformed" },
  { it: "four parts", token: async () => `${await lean()}.AA`, code: "token_malformed" },
  { it: "the five parts of a JWE", token: async () => `${await lean()}.AA.AA`, code: "token_malformed" },
  { it: "JSON serialisation", token: async () => jsonSerialised(await lean()), code: "token_malformed" },
  { it: "a trailing dot", token: async () => `${await lean()}.`, code: "token_malformed" },
  { it: "a trailing line end", token: async () => `${await lean()}\n`, code: "token_malformed" },
  { it: "a leading space", token: async () => ` ${await lean()}`, code: "token_malformed" },
  { it: "padding", token: async () => `${await lean()}==`, code: "token_malformed" },
  { it: "a space inside", token: async () => (await lean()).replace(".", " ."), code: "token_malformed" },
  { it: "base64 instead of base64url", token: async () => (await lean()).replace(/.$/, "+"), code: "token_malformed" },
  { it: "stray bits in the signature", token: async () => withStrayBits(await lean(), 2), code: "token_malformed" },
  { it: "stray bits in the payload", token: async () => withStrayBits(await lean(), 1), code: "token_malformed" },
  { it: "a length that no bytes have", token: async () => `${await lean()}AAA`, code: "token_malformed" },
  { it: "8193 characters", token: async () => `${await tokenOfLength(8192)}A`, code: "token_too_long" },
  { it: "a megabyte", token: () => "a".repeat(1_000_000), code: "token_too_long" },
  { it: "100 000 dots", token: () => ".".repeat(100_000), code: "token_too_long" },
  { it: "a session token", token: () => "A".repeat(27), code: "session_unsupported" },
];

const header: Row[] = [
  { it: "a header that is no JSON", token: () => signRaw(es256, "{", "{}"), code: "token_malformed" },
  { it: "a header that is a list", token: () => signRaw(es256, "[]", "{}"), code: "token_malformed" },
  {
    it: "a header with alg twice",
    token: () => signRaw(es256, '{"alg":"ES256","typ":"lean+jwt","kid":"k1","alg":"ES256"}', claims()),
    code: "token_malformed",
  },
  {
    it: "a header with __proto__",
    token: () => signRaw(es256, '{"alg":"ES256","typ":"lean+jwt","__proto__":{"kid":"k1"}}', claims()),
    code: "token_malformed",
  },
  {
    it: "a header in invalid UTF-8",
    token: () => signRaw(es256, Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), claims()),
    code: "token_malformed",
  },
  ...[{ crit: ["b64"] }, { crit: [] }, { crit: ["exp"] }, { b64: false }, { b64: true }, { zip: "DEF" }].map(forbidden),
  ...[{ jku: "https://evil.example" }, { x5u: "https://evil.example" }, { x5c: ["AA"] }, { jwk: null }].map(forbidden),
  forbidden({ jwk: foreign.publicJwk }),
  ...["none", "None", "nOnE", "NONE", "", "HS256", "HS512", "es256", "ES384", "PS256", "RS1", "Ed448"].map(
    (alg): Row => ({ it: `alg ${alg || "empty"}`, token: () => lean({}, { alg }), code: "token_algorithm" }),
  ),
  { it: "no alg", token: () => lean({}, { alg: undefined }), code: "token_algorithm" },
  { it: "an alg that is a list", token: () => lean({}, { alg: ["ES256"] }), code: "token_algorithm" },
  { it: "alg none without a signature", token: async () => unsigned(await lean()), code: "token_malformed" },
  {
    it: "an algorithm that is not among the allowed",
    token: () => lean(),
    options: { algorithms: ["Ed25519", "RS256"] },
    code: "token_algorithm",
  },
  { it: "the alg of another key", token: () => lean({}, { alg: "RS256" }), code: "token_algorithm" },
  { it: "the kid of a key with another alg", token: () => lean({}, { kid: "k2" }), code: "token_algorithm" },
  { it: "no typ", token: () => lean({}, { typ: undefined }), code: "token_type" },
  { it: "typ JWT", token: () => lean({}, { typ: "JWT" }), code: "token_type" },
  { it: "a typ that is a list", token: () => lean({}, { typ: ["lean+jwt"] }), code: "token_type" },
  { it: "a typ with space", token: () => lean({}, { typ: "lean+jwt " }), code: "token_type" },
  {
    it: "a typ twice prefixed",
    token: () => lean({}, { typ: "application/application/lean+jwt" }),
    code: "token_type",
  },
  { it: "a typ from the prototype", token: () => lean({}, { typ: "constructor" }), code: "token_type" },
  { it: "no kid", token: () => lean({}, { kid: undefined }), code: "token_malformed" },
  { it: "an empty kid", token: () => lean({}, { kid: "" }), code: "token_malformed" },
  { it: "a kid that is a list", token: () => lean({}, { kid: ["k1"] }), code: "token_malformed" },
  { it: "a kid that is an object", token: () => lean({}, { kid: { k1: 1 } }), code: "token_malformed" },
  { it: "a kid that is a number", token: () => lean({}, { kid: 1 }), code: "token_malformed" },
  { it: "a kid of 65 characters", token: () => lean({}, { kid: "k".repeat(65) }), code: "token_malformed" },
  ...["__proto__", "constructor", "../../etc/passwd", "' OR 1=1 --", "k1\u0000", "K1"].map(
    (kid): Row => ({ it: `the kid ${JSON.stringify(kid)}`, token: () => lean({}, { kid }), code: "token_key_unknown" }),
  ),
];

const signature: Row[] = [
  { it: "a signature by another key", token: () => sign(foreign, leanClaims), code: "token_signature" },
  {
    it: "the signature of another token",
    token: async () => splice(await lean(), await lean({ sub: "bob" })),
    code: "token_signature",
  },
  {
    it: "a signature of zeros",
    token: async () => withSignature(await lean(), new Uint8Array(64)),
    code: "token_signature",
  },
  {
    it: "a signature of r = n, s = n",
    token: async () => withSignature(await lean(), Buffer.from(p256Order.repeat(2), "hex")),
    code: "token_signature",
  },
  {
    it: "a short signature",
    token: async () => withSignature(await lean(), new Uint8Array(63)),
    code: "token_signature",
  },
  {
    it: "a long signature",
    token: async () => withSignature(await lean(), new Uint8Array(65)),
    code: "token_signature",
  },
  {
    it: "a DER signature",
    token: async () => withSignature(await lean(), toDer(await lean())),
    code: "token_signature",
  },
  {
    it: "a hybrid token by another key",
    token: () => sign(foreign, leanClaims, { typ: "hybrid+jwt" }),
    code: "token_signature",
  },
  {
    it: "a hybrid token, where no feed is followed",
    token: () => lean({}, { typ: "hybrid+jwt" }),
    code: "token_needs_feed",
  },
];

const claimsRows: Row[] = [
  { it: "a payload that is no JSON", token: () => sign(es256, "no"), code: "token_claims" },
  { it: "a payload that is a list", token: () => sign(es256, "[]"), code: "token_claims" },
  {
    it: "a payload with sub twice",
    token: () => sign(es256, claims().replace("{", '{"sub":"bob",')),
    code: "token_claims",
  },
  {
    it: "a payload with a member twice below",
    token: () => sign(es256, claims().replace("{", '{"roles":{"a":1,"a":2},')),
    code: "token_claims",
  },
  {
    it: "a payload with __proto__",
    token: () => sign(es256, claims().replace("{", '{"__proto__":{},')),
    code: "token_claims",
  },
  {
    it: "a payload too deep",
    token: () => sign(es256, claims().replace("{", `{"a":${"[".repeat(16)}${"]".repeat(16)},`)),
    code: "token_claims",
  },
  {
    it: "a payload with a lone surrogate",
    token: () => sign(es256, claims().replace("alice", "\\ud800")),
    code: "token_claims",
  },
  { it: "no iss", token: () => lean({ iss: undefined }), code: "token_issuer" },
  { it: "another iss", token: () => lean({ iss: "https://evil.example" }), code: "token_issuer" },
  { it: "a longer iss", token: () => lean({ iss: `${issuer}/` }), code: "token_issuer" },
  { it: "a shorter iss", token: () => lean({ iss: issuer.slice(0, -1) }), code: "token_issuer" },
  { it: "an iss in other case", token: () => lean({ iss: issuer.toUpperCase() }), code: "token_issuer" },
  { it: "an iss that is a list", token: () => lean({ iss: [issuer] }), code: "token_issuer" },
  ...["sub", "sid"].flatMap((name): Row[] => [
    { it: `no ${name}`, token: () => lean({ [name]: undefined }), code: "token_claims" },
    { it: `an empty ${name}`, token: () => lean({ [name]: "" }), code: "token_claims" },
    { it: `a ${name} that is a number`, token: () => lean({ [name]: 1 }), code: "token_claims" },
    { it: `a ${name} that is a list`, token: () => lean({ [name]: ["alice"] }), code: "token_claims" },
    { it: `a ${name} of 256 characters`, token: () => lean({ [name]: "x".repeat(256) }), code: "token_claims" },
  ]),
  ...["iat", "exp"].map(
    (name): Row => ({ it: `no ${name}`, token: () => lean({ [name]: undefined }), code: "token_claims" }),
  ),
  ...["iat", "exp", "nbf", "n", "auth_time"].flatMap((name) =>
    ['"1767225600"', "null", "-1", "1.5", "1e400", "true", "[1767225600]", "{}", "1e20", '""'].map(
      (value): Row => ({
        it: `${name} = ${value}`,
        token: () => sign(es256, claims({ [name]: "VALUE" }).replace('"VALUE"', value)),
        code: "token_claims",
      }),
    ),
  ),
  { it: "exp = 0", token: () => lean({ exp: 0 }), code: "token_claims" },
  { it: "exp = iat", token: () => lean({ exp: nowSeconds }), code: "token_claims" },
  { it: "a token bound to a key", token: () => lean({ cnf: { jkt: "x" } }), code: "token_claims" },
  { it: "an amr that is a text", token: () => lean({ amr: "pwd" }), code: "token_claims" },
  { it: "an acr that is a number", token: () => lean({ acr: 1 }), code: "token_claims" },
  { it: "a life one second too long", token: () => lean({ exp: nowSeconds + 3601 }), code: "token_lifetime" },
  {
    it: "a life longer than configured",
    token: () => lean(),
    options: { maxLifetimeSeconds: 299 },
    code: "token_lifetime",
  },
];

const audiences: Row[] = [
  {
    it: "a lean token with aud, where no audience is configured",
    token: () => lean({ aud: audience }),
    code: "token_audience",
  },
  { it: "a lean token with an empty aud", token: () => lean({ aud: [] }), code: "token_audience" },
  {
    it: "a lean token with the right aud, where lean is allowed",
    token: () => lean({ aud: audience }),
    options: { audience, types: ["lean+jwt", "at+jwt"] },
    code: "token_audience",
  },
  { it: "a lean token where the full profile is expected", token: () => lean(), options: full, code: "token_type" },
  { it: "a full token where the lean profile is expected", token: () => at(), code: "token_type" },
  ...[undefined, null, "", [], "https://evil.example", `${audience}/`, audience.slice(0, -1), { [audience]: 1 }].map(
    (aud): Row => ({
      it: `aud = ${JSON.stringify(aud)}`,
      token: () => at({ aud }),
      options: full,
      code: "token_audience",
    }),
  ),
  { it: "aud with a number in it", token: () => at({ aud: [audience, 1] }), options: full, code: "token_audience" },
  { it: "aud nested", token: () => at({ aud: [[audience]] }), options: full, code: "token_audience" },
  { it: "33 audiences", token: () => at({ aud: Array(33).fill(audience) }), options: full, code: "token_audience" },
  ...["client_id", "jti"].flatMap((name): Row[] => [
    { it: `a full token without ${name}`, token: () => at({ [name]: undefined }), options: full, code: "token_claims" },
    { it: `a full token with an empty ${name}`, token: () => at({ [name]: "" }), options: full, code: "token_claims" },
  ]),
  {
    it: "a full token with a scope that is a list",
    token: () => at({ scope: ["read"] }),
    options: full,
    code: "token_claims",
  },
];

const times: Row[] = [
  { it: "exp 10 s ago", token: () => lean({ iat: nowSeconds - 300, exp: nowSeconds - 10 }), code: "token_expired" },
  {
    it: "exp a year ago",
    token: () => lean({ iat: nowSeconds - 31_536_300, exp: nowSeconds - 31_536_000 }),
    code: "token_expired",
  },
  { it: "iat 11 s ahead", token: () => lean({ iat: nowSeconds + 11 }), code: "token_not_yet_valid" },
  { it: "nbf 11 s ahead", token: () => lean({ nbf: nowSeconds + 11 }), code: "token_not_yet_valid" },
  {
    it: "exp now, without leeway",
    token: () => lean({ iat: nowSeconds - 300, exp: nowSeconds }),
    options: { leewaySeconds: 0 },
    code: "token_expired",
  },
  {
    it: "iat 1 s ahead, without leeway",
    token: () => lean({ iat: nowSeconds + 1 }),
    options: { leewaySeconds: 0 },
    code: "token_not_yet_valid",
  },
];

describe.each([
  { what: "shape", rows: shape },
  { what: "header", rows: header },
  { what: "signature", rows: signature },
  { what: "claims", rows: claimsRows },
  { what: "audience", rows: audiences },
  { what: "time", rows: times },
])("by its $what", ({ rows }) => {
  it.each(rows)("refuses $it ($code)", async ({ token, code, options }) => {
    expect(await codeOf(await token(), options)).toBe(code);
  });
});

describe("the order of judgement", () => {
  it.each([
    { it: "shape before header", token: async () => `${await lean({}, { alg: "none" })}.`, code: "token_malformed" },
    { it: "header before signature", token: () => sign(foreign, leanClaims, { typ: "JWT" }), code: "token_type" },
    { it: "signature before claims", token: () => sign(foreign, { ...leanClaims, iss: "x" }), code: "token_signature" },
    { it: "claims before time", token: () => lean({ iss: "x", exp: nowSeconds - 100, iat: 1 }), code: "token_issuer" },
  ])("is $it", async ({ token, code }) => {
    expect(await codeOf(await token())).toBe(code);
  });
});

describe("a public key taken for a secret", () => {
  it.each(["k1", "k2", "k3"])("signs nothing: HS256 with every text of the key of %s", async (kid) => {
    const jwk = jwks.keys.find((key) => key.kid === kid);
    for (const secret of await textsOf(jwk ?? {})) {
      const token = await hmac(secret)({ alg: "HS256", typ: "lean+jwt", kid }, claims());
      expect(await codeOf(token)).toBe("token_algorithm");
      for (const alg of ["ES256", "EdDSA", "RS256"]) {
        const disguised = await hmac(secret)({ alg, typ: "lean+jwt", kid }, claims());
        expect(["token_algorithm", "token_signature"]).toContain(await codeOf(disguised));
      }
    }
  });
});

describe("kinds of JWT", () => {
  const kinds: Record<string, () => Promise<string>> = {
    "lean+jwt": () => lean(),
    "hybrid+jwt": () => lean({}, { typ: "hybrid+jwt" }),
    "at+jwt": () => at(),
    JWT: () => at({ nonce: "n" }, { typ: "JWT" }),
    "logout+jwt": () => at({ events: {} }, { typ: "logout+jwt" }),
    "secevent+jwt": () => at({ events: {} }, { typ: "secevent+jwt" }),
    "statuslist+jwt": () => at({ status_list: {} }, { typ: "statuslist+jwt" }),
    "dpop+jwt": () => at({ htm: "GET" }, { typ: "dpop+jwt" }),
    "dbsc+jwt": () => at({}, { typ: "dbsc+jwt" }),
    "token-introspection+jwt": () => at({}, { typ: "token-introspection+jwt" }),
    "client-authentication+jwt": () => at({}, { typ: "client-authentication+jwt" }),
  };
  const verifiers: { name: string; options: Partial<VerifierOptions>; accepts: readonly TokenType[] }[] = [
    { name: "without audience", options: {}, accepts: ["lean+jwt"] },
    { name: "with audience", options: full, accepts: ["at+jwt"] },
    { name: "for both", options: { audience, types: ["lean+jwt", "at+jwt"] }, accepts: ["lean+jwt", "at+jwt"] },
  ];

  describe.each(verifiers)("at a verifier $name", ({ options, accepts }) => {
    it.each(Object.entries(kinds))("%s", async (typ, make) => {
      const accepted = accepts.some((type) => type === typ);
      expect((await codeOf(await make(), options)) === "accepted").toBe(accepted);
    });
  });
});

describe("a good token, changed", () => {
  const names = ["ES256", "Ed25519", "RS256"] as const;
  const keys: Record<(typeof names)[number], TestKey> = { ES256: es256, Ed25519: ed25519, RS256: rs256 };
  let tokens: Record<string, string> = {};
  beforeAll(async () => {
    tokens = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await sign(keys[name], leanClaims)] as const)),
    );
  });

  it.each(names)("in any one character is refused (%s)", async (name) => {
    const token = tokens[name] ?? "";
    expect(await codeOf(token)).toBe("accepted");
    const change = fc.tuple(fc.nat(token.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(change, async ([at, character]) => {
        const changed = token.slice(0, at) + String.fromCharCode(character) + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(await codeOf(changed)).not.toBe("accepted");
      }),
      { numRuns: 150 },
    );
  });

  it("by leaving out or adding a character is refused", async () => {
    const token = tokens.ES256 ?? "";
    const edit = fc.tuple(fc.nat(token.length), fc.constantFrom("", "A", ".", "=", "-", "\n", "%"));
    await fc.assert(
      fc.asyncProperty(edit, async ([at, added]) => {
        const changed = token.slice(0, at) + added + token.slice(added === "" ? at + 1 : at);
        fc.pre(changed !== token);
        expect(await codeOf(changed)).not.toBe("accepted");
      }),
      { numRuns: 150 },
    );
  });
});

function claims(changes: object = {}): string {
  return JSON.stringify({ ...leanClaims, ...changes });
}

function forbidden(member: object): Row {
  const name = JSON.stringify(member).slice(0, 40);
  return { it: `the header ${name}`, token: () => lean({}, member), code: "token_header_forbidden" };
}

async function tokenOfLength(length: number): Promise<string> {
  // base64url has no text of every length, so the padding is sought in both header and payload.
  for (let header = 0; header < 3; header += 1) {
    for (let size = 5800; size < 6000; size += 1) {
      const encoded = JSON.stringify({ ...leanClaims, fill: "x".repeat(size) }).length;
      const head = JSON.stringify({ alg: "ES256", typ: "lean+jwt", kid: "k1", x: "x".repeat(header) }).length;
      if (Math.ceil((encoded * 4) / 3) + Math.ceil((head * 4) / 3) + 86 + 2 !== length) continue;
      const token = await lean({ fill: "x".repeat(size) }, { x: "x".repeat(header) });
      if (token.length === length) return token;
    }
  }
  throw new Error(`There is no token of ${length} characters.`);
}

const p256Order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

function withSignature(token: string, bytes: Uint8Array): string {
  return token.replace(/[^.]*$/, base64url.encode(bytes));
}

function splice(token: string, other: string): string {
  return `${token.split(".").slice(0, 2).join(".")}.${other.split(".")[2]}`;
}

function unsigned(token: string): string {
  return `${base64url.encode('{"alg":"none","typ":"lean+jwt","kid":"k1"}')}.${token.split(".")[1]}.`;
}

function toDer(token: string): Uint8Array {
  const raw = base64url.decode(token.split(".")[2] ?? "");
  const integer = (bytes: Uint8Array) => [2, 33, 0, ...bytes];
  return Uint8Array.from([0x30, 70, ...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))]);
}

function withStrayBits(token: string, index: number): string {
  const parts = token.split(".");
  const part = parts[index] ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const spoiled = part.slice(0, -1) + alphabet[alphabet.indexOf(part.slice(-1)) + 1];
  if (Buffer.compare(Buffer.from(spoiled, "base64url"), Buffer.from(part, "base64url")) !== 0) {
    throw new Error("The part has no spare bits.");
  }
  return parts.with(index, spoiled).join(".");
}

function jsonSerialised(token: string): string {
  const [header, payload, sig] = token.split(".");
  return JSON.stringify({ protected: header, payload, signature: sig });
}

function hs256(secret: string | Uint8Array): (header: object, payload: string) => Promise<string> {
  return async (header, payload) => {
    const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : Uint8Array.from(secret);
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const input = `${base64url.encode(JSON.stringify(header))}.${base64url.encode(payload)}`;
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(input));
    return `${input}.${base64url.encode(new Uint8Array(mac))}`;
  };
}

async function textsOf(jwk: JWK): Promise<(string | Uint8Array)[]> {
  const { createPublicKey } = await import("node:crypto");
  const { kty = "", crv = "", x = "", y = "", n = "", e = "" } = jwk;
  const members = { kty, ...(crv && { crv }), ...(x && { x }), ...(y && { y }), ...(n && { n }), ...(e && { e }) };
  const key = createPublicKey({ key: members, format: "jwk" });
  const pem = key.export({ type: "spki", format: "pem" }).toString();
  const body = pem.replace(/-----[^-]*-----|\n/g, "");
  const der = key.export({ type: "spki", format: "der" });
  const texts = [pem, pem.trim(), pem.replaceAll("\n", "\r\n"), ` ${pem}`, `\ufeff${pem}`, `# key\n${pem}`, body];
  return [...texts, der, JSON.stringify(jwk), JSON.stringify({ keys: [jwk] }), x || n];
}
