// Judges one access token: shape, header, signature, claims, time, in this order; knows no cache and fetches nothing.

import { compactVerify, errors } from "jose";
import { decodeCanonical, isCanonicalBase64url } from "./base64url.ts";
import type { Identity, Json, JsonObject, Strategy } from "./identity.ts";
import { freezeJson, parseStrictObject } from "./strict-json.ts";
import { type Refused, refuse } from "./verdict.ts";
import { type Algorithm, algorithmNamed, isKeyId, type VerificationKey } from "./verification-key.ts";

/** The kinds of access token: one `typ` each, and none accepted as another (RFC 8725 section 3.11). */
export type TokenType = "lean+jwt" | "hybrid+jwt" | "at+jwt";

/** What a verifier expects of every token. */
export interface TokenPolicy {
  readonly issuer: string;
  readonly audience: string | undefined;
  readonly types: ReadonlySet<TokenType>;
  readonly algorithms: ReadonlySet<Algorithm>;
  readonly maxLifetimeSeconds: number;
  readonly leewaySeconds: number;
}

/** A token of good shape and header. Nothing of it is proven yet. */
export interface UnprovenToken {
  readonly text: string;
  readonly type: TokenType;
  readonly kid: string;
  readonly algorithm: Algorithm;
}

/** A token whose signature and claims are good. Only `checkAccessToken` makes one. Its time is judged at each use. */
export type { VerifiedToken };

class VerifiedToken {
  readonly type: TokenType;
  readonly key: VerificationKey;
  /** Frozen; `claims` holds the payload's members beyond the registered ones. */
  readonly identity: Identity;
  /** The log number read before the token's credential was judged; only in tokens without a session row. */
  readonly logNumber: number | undefined;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  // Makes the type nominal: an object of the same form, unchecked, is not one.
  readonly #checked = true;

  constructor(type: TokenType, key: VerificationKey, claims: JudgedClaims, leewaySeconds: number) {
    this.type = type;
    this.key = key;
    this.identity = claims.identity;
    this.logNumber = claims.logNumber;
    this.validFromMs = (claims.notBefore - leewaySeconds) * 1000;
    this.validUntilMs = (claims.identity.expiresAt + leewaySeconds) * 1000;
  }

  get sub(): string {
    return this.identity.sub;
  }

  get sid(): string {
    return this.identity.sid;
  }

  get kid(): string {
    return this.key.kid;
  }

  get isChecked(): true {
    return this.#checked;
  }
}

/** The longest token that is looked at, in characters. */
export const longestToken = 8192;

/**
 * The claims that the profiles, or the RFCs around them, give a meaning. They are not part of `identity.claims`, and an application's own
 * claims cannot have these names: the issuer takes them from this list.
 */
export const registeredClaims: ReadonlySet<string> = new Set(
  "iss sub sid iat exp nbf n aud client_id jti auth_time scope amr acr cnf act".split(" "),
);

/**
 * Reads a token's shape and header; touches no key and does no cryptography.
 *
 * Shape: at most 8192 characters, three parts, canonical base64url. Header: one JSON object; `alg` allowed; `typ` one
 * of the expected, short or with `application/`; a bounded `kid`; nothing that would bring its own key or rules
 * (`crit`, `b64`, `zip`, `jku`, `x5u`, `jwk`, `x5c`). RFC 7515 section 4.1, RFC 8725 section 3.
 */
export function readAccessToken(text: string, policy: TokenPolicy): UnprovenToken | Refused {
  if (text.length > longestToken) return refuse("token_too_long");
  const parts = threeParts.test(text) ? text.split(".") : [];
  if (parts.length !== 3 || !parts.every(isCanonicalBase64url)) return refuse("token_malformed");
  const header = parsePart(parts[0]);
  if (header === undefined) return refuse("token_malformed");
  if (forbiddenHeaders.some((name) => Object.hasOwn(header, name))) return refuse("token_header_forbidden");
  const algorithm = algorithmNamed(header.alg);
  if (algorithm === undefined || !policy.algorithms.has(algorithm)) return refuse("token_algorithm");
  const type = tokenType(header.typ);
  if (type === undefined || !isExpected(type, policy)) return refuse("token_type");
  const { kid } = header;
  return isKeyId(kid) ? { text, type, kid, algorithm } : refuse("token_malformed");
}

/**
 * Checks a token's signature by the key of its `kid`, then its claims. Costs one signature check (20 to 100 µs).
 *
 * Claims: no member twice; `iss` exactly the expected; `sub`, `sid`, `iat`, `exp` present and well formed; the lean
 * profile without `aud`; the full profile (RFC 9068) with `aud` naming the expected audience, `client_id` and `jti`; not
 * bound to a key (`cnf`), for a bearer does not prove that it holds one; `exp − iat` within the maximum.
 */
export async function checkAccessToken(
  token: UnprovenToken,
  key: VerificationKey,
  policy: TokenPolicy,
): Promise<VerifiedToken | Refused> {
  if (token.algorithm !== key.algorithm) return refuse("token_algorithm");
  if (!(await isSignedBy(token, key))) return refuse("token_signature");
  if (!policy.types.has(token.type)) return refuse("token_needs_feed");
  const payload = parsePart(token.text.split(".")[1]);
  if (payload === undefined) return refuse("token_claims");
  const claims = judgeClaims(payload, token.type, policy);
  return "ok" in claims ? claims : new VerifiedToken(token.type, key, claims, policy.leewaySeconds);
}

/**
 * Judges a token at a time, in milliseconds: refused before `iat` or `nbf` and from `exp` on, give or take the leeway.
 * A clock that tells no number accepts nothing.
 */
export function judgeTime(token: VerifiedToken, nowMs: number): Refused | undefined {
  return judgeBeginning(token, nowMs) ?? (nowMs < token.validUntilMs ? undefined : refuse("token_expired"));
}

/** The first half of `judgeTime`: says nothing of the token's end. */
export function judgeBeginning(token: VerifiedToken, nowMs: number): Refused | undefined {
  return nowMs >= token.validFromMs ? undefined : refuse("token_not_yet_valid");
}

const threeParts = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const forbiddenHeaders = ["crit", "b64", "zip", "jku", "x5u", "jwk", "x5c"];

function parsePart(part: string | undefined): JsonObject | undefined {
  const bytes = part === undefined ? undefined : decodeCanonical(part);
  return bytes === undefined ? undefined : parseStrictObject(bytes);
}

const strategies: Readonly<Record<TokenType, Strategy>> = {
  "lean+jwt": "jwt",
  "hybrid+jwt": "hybrid",
  "at+jwt": "jwt",
};

function tokenType(typ: Json | undefined): TokenType | undefined {
  if (typeof typ !== "string") return undefined;
  const short = typ.toLowerCase().replace(/^application\//, "");
  return isTokenType(short) ? short : undefined;
}

function isTokenType(type: string): type is TokenType {
  return Object.hasOwn(strategies, type);
}

// Hybrid tokens are of the lean profile. They are let through to the signature so that the refusal can say why.
function isExpected(type: TokenType, { types }: TokenPolicy): boolean {
  return types.has(type) || (type === "hybrid+jwt" && types.has("lean+jwt"));
}

async function isSignedBy(token: UnprovenToken, key: VerificationKey): Promise<boolean> {
  const names = key.algorithm === "Ed25519" ? ["Ed25519", "EdDSA"] : [key.algorithm];
  try {
    await compactVerify(token.text, key.cryptoKey, { algorithms: names });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

interface JudgedClaims {
  readonly identity: Identity;
  readonly notBefore: number;
  readonly logNumber: number | undefined;
}

function judgeClaims(payload: JsonObject, type: TokenType, policy: TokenPolicy): JudgedClaims | Refused {
  if (payload.iss !== policy.issuer) return refuse("token_issuer");
  const { sub, sid, iat, exp, nbf, n } = payload;
  if (!isText(sub, 255) || !isText(sid, 128) || !isCount(iat) || !isCount(exp) || exp <= iat) {
    return refuse("token_claims");
  }
  if (!isCountOrAbsent(nbf) || !isCountOrAbsent(n) || Object.hasOwn(payload, "cnf")) return refuse("token_claims");
  const profile = type === "at+jwt" ? judgeFull(payload, policy) : judgeLean(payload);
  if ("ok" in profile) return profile;
  if (exp - iat > policy.maxLifetimeSeconds) return refuse("token_lifetime");
  const core = { sub, sid, strategy: strategies[type], issuer: policy.issuer, issuedAt: iat, expiresAt: exp };
  const claims = Object.fromEntries(Object.entries(payload).filter(([name]) => !registeredClaims.has(name)));
  const numbered = n === undefined ? {} : { logNumber: n };
  const identity: Identity = freezeJson({ ...core, ...profile, ...numbered, claims });
  return { identity, notBefore: Math.max(iat, nbf ?? iat), logNumber: n };
}

type Profile = Pick<Identity, "audience" | "clientId" | "scope" | "authenticatedAt" | "amr" | "acr">;

function judgeLean(payload: JsonObject): Profile | Refused {
  return Object.hasOwn(payload, "aud") ? refuse("token_audience") : judgeAuthentication(payload);
}

function judgeFull(payload: JsonObject, policy: TokenPolicy): Profile | Refused {
  const audience = typeof payload.aud === "string" ? [payload.aud] : payload.aud;
  if (!isTexts(audience, 32, 512) || policy.audience === undefined || !audience.includes(policy.audience)) {
    return refuse("token_audience");
  }
  const { client_id: clientId, jti, scope } = payload;
  if (!isText(clientId, 255) || !isText(jti, 255)) return refuse("token_claims");
  if (scope !== undefined && !isText(scope, 2048)) return refuse("token_claims");
  const authentication = judgeAuthentication(payload);
  if ("ok" in authentication) return authentication;
  return { audience, clientId, ...(scope === undefined ? {} : { scope }), ...authentication };
}

function judgeAuthentication({ auth_time: at, amr, acr }: JsonObject): Profile | Refused {
  if (!isCountOrAbsent(at)) return refuse("token_claims");
  if (amr !== undefined && !isTexts(amr, 16, 64)) return refuse("token_claims");
  if (acr !== undefined && !isText(acr, 255)) return refuse("token_claims");
  return {
    ...(at === undefined ? {} : { authenticatedAt: at }),
    ...(amr === undefined ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
  };
}

function isText(value: Json | undefined, longest: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= longest;
}

function isTexts(value: Json | undefined, most: number, longest: number): value is readonly string[] {
  if (!Array.isArray(value)) return false;
  return value.length > 0 && value.length <= most && value.every((item) => isText(item, longest));
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isCountOrAbsent(value: Json | undefined): value is number | undefined {
  return value === undefined || isCount(value);
}
