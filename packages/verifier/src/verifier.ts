// The one door: recognises a request by its access token, or by asking the issuer about its session; knows no store.

import {
  checkAccessToken,
  judgeTime,
  readAccessToken,
  type TokenPolicy,
  type TokenType,
  type UnprovenToken,
  type VerifiedToken,
} from "./access-token.ts";
import type { Fetch } from "./bounded-fetch.ts";
import { acceptedCookieNames } from "./cookies.ts";
import { isCrossSite } from "./csrf.ts";
import type { Identity, JsonObject } from "./identity.ts";
import { createIntrospection, type Introspect, type IntrospectionOptions } from "./introspection.ts";
import { createLocalKeySet, createRemoteKeySet, type KeySource } from "./key-set.ts";
import { presentedCredential } from "./presented.ts";
import { type Clock, systemClock } from "./primitives/clock.ts";
import { ConfigurationError } from "./primitives/errors.ts";
import { freezeJson } from "./strict-json.ts";
import { createTokenCache } from "./token-cache.ts";
import { type Accepted, type Authenticator, type Awaitable, refuse, type Verdict } from "./verdict.ts";
import { type Algorithm, algorithms as allAlgorithms } from "./verification-key.ts";

/** How a verifier judges. */
export interface VerifierOptions {
  /** Who makes the tokens: `iss` must be exactly this. Required. */
  readonly issuer: string;
  /**
   * Where the keys come from: an address, a fixed set, or a source of one's own.
   * Default: `/.well-known/jwks.json` under the issuer.
   */
  readonly keys?: KeySource | { readonly jwksUri: string | URL } | { readonly jwks: unknown } | undefined;
  /** This service's name in `aud`. With it, tokens of the full profile (RFC 9068) are expected; without it, lean ones. */
  readonly audience?: string | undefined;
  /** The kinds of token accepted. Default: `["at+jwt"]` with `audience`, `["lean+jwt"]` without. */
  readonly types?: readonly Exclude<TokenType, "hybrid+jwt">[] | undefined;
  /** The algorithms accepted. Default: all three. Narrow it when it is known which one the issuer uses. */
  readonly algorithms?: readonly Algorithm[] | undefined;
  /**
   * Judges session tokens too, by asking the issuer at every request: for a service that has no store. A session that was ended is refused by the
   * very next request. Without it they are refused with `session_unsupported`.
   */
  readonly sessions?: IntrospectionOptions | undefined;
  /** Whether cookies count too, on safe requests and on those that no other site has made. Default `true`. */
  readonly cookie?: boolean | undefined;
  /** The own origins, for the check of cookie requests behind a proxy that changes `Host`; see `isCrossSite`. */
  readonly origins?: readonly string[] | undefined;
  /** The longest `exp − iat` accepted, in seconds: it bounds what a mistake of the issuer can cost. Default 3600. */
  readonly maxLifetimeSeconds?: number | undefined;
  /** How far clocks may differ, in seconds, either way; at most 60. Default 10. */
  readonly leewaySeconds?: number | undefined;
  /** How many accepted tokens are remembered; 0 for none. Default 10 000 (about 10 MB when full). */
  readonly cacheSize?: number | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** How the key set is fetched. Default: the runtime's `fetch`. */
  readonly fetch?: Fetch | undefined;
}

/** `VerifierOptions` with a type for the application's claims. */
export interface TypedVerifierOptions<Claims extends object> extends VerifierOptions {
  /**
   * Turns the application's claims into their type, once per token. Throwing or returning `undefined` refuses the
   * token with `token_claims`. What it returns is frozen.
   */
  readonly parseClaims: (claims: JsonObject) => Claims | undefined;
}

/** Recognises requests and tokens. */
export interface Verifier<Claims extends object = JsonObject> extends Authenticator<Claims> {
  /**
   * Judges one token. A remembered token is judged at once, without a promise: its time and its key are looked at
   * again. Otherwise one signature check, shared by all who ask for the same token meanwhile.
   * Throws `Unavailable("key_set_unavailable")` when the keys cannot be read.
   */
  verify(token: string): Awaitable<Verdict<Claims>>;
}

/**
 * Makes a verifier.
 *
 * ```ts
 * const verifier = createVerifier({ issuer: "https://auth.example" });
 * const verdict = await verifier.authenticate(request);
 * if (!verdict.ok) return new Response("Who is there?", { status: 401 });
 * console.log(verdict.identity.sub);
 * ```
 *
 * Touches no network until the first token. Throws `ConfigurationError`, naming the option.
 */
export function createVerifier(options: VerifierOptions & { readonly parseClaims?: undefined }): Verifier;
export function createVerifier<Claims extends object>(options: TypedVerifierOptions<Claims>): Verifier<Claims>;
export function createVerifier<Claims extends object>(
  options: VerifierOptions & { readonly parseClaims?: TypedVerifierOptions<Claims>["parseClaims"] | undefined },
): Verifier<JsonObject> | Verifier<Claims> {
  const { parseClaims } = options;
  if (parseClaims === undefined) return verifierWith(options, accept);
  if (typeof parseClaims !== "function") throw new ConfigurationError("parseClaims", "must be a function");
  return verifierWith(options, (identity) => acceptParsed(identity, parseClaims));
}

function accept<Claims extends object>(identity: Identity<Claims>): Accepted<Claims> {
  return Object.freeze({ ok: true, identity: Object.freeze(identity) });
}

function acceptParsed<Claims extends object>(
  identity: Identity,
  parseClaims: TypedVerifierOptions<Claims>["parseClaims"],
): Verdict<Claims> {
  try {
    const claims = parseClaims(identity.claims);
    return claims === undefined ? refuse("token_claims") : accept({ ...identity, claims: freezeJson(claims) });
  } catch {
    return refuse("token_claims");
  }
}

interface Remembered<Claims extends object> {
  readonly token: VerifiedToken;
  readonly accepted: Accepted<Claims>;
}

function verifierWith<Claims extends object>(
  options: VerifierOptions,
  conclude: (identity: Identity) => Verdict<Claims>,
): Verifier<Claims> {
  const { policy, keys, clock, cookieNames, cacheSize, origins, introspect } = readOptions(options);
  const remembered = createTokenCache<Remembered<Claims>>(cacheSize);
  const underWay = new Map<string, Promise<Verdict<Claims>>>();

  async function judge(unproven: UnprovenToken): Promise<Verdict<Claims>> {
    const key = await keys.find(unproven.kid);
    if (key === undefined) return refuse("token_key_unknown");
    const token = await checkAccessToken(unproven, key, policy);
    if ("ok" in token) return token;
    const untimely = judgeTime(token, clock.now());
    if (untimely !== undefined) return untimely;
    const verdict = conclude(token.identity);
    if (verdict.ok) remembered.set(unproven.text, { token, accepted: verdict });
    return verdict;
  }

  async function judgeByAsking(presented: string, ask: Introspect): Promise<Verdict<Claims>> {
    const answer = await ask(presented);
    return "ok" in answer ? answer : conclude(answer);
  }

  function judgeSession(presented: string): Awaitable<Verdict<Claims>> {
    return introspect === undefined ? refuse("session_unsupported") : judgeByAsking(presented, introspect);
  }

  function judgeOnce(presented: string): Awaitable<Verdict<Claims>> {
    const joined = underWay.get(presented);
    if (joined !== undefined) return joined;
    if (isSessionToken(presented)) return judgeSession(presented);
    const unproven = readAccessToken(presented, policy);
    if ("ok" in unproven) return unproven;
    const judging = judge(unproven).finally(() => underWay.delete(presented));
    underWay.set(presented, judging);
    return judging;
  }

  function verify(presented: string): Awaitable<Verdict<Claims>> {
    if (typeof presented !== "string") return refuse("token_malformed");
    const known = remembered.get(presented);
    if (known === undefined) return judgeOnce(presented);
    const { key } = known.token;
    const untimely = judgeTime(known.token, clock.now());
    if (untimely === undefined && keys.has(key.kid, key)) return known.accepted;
    remembered.delete(presented);
    return untimely ?? judgeOnce(presented);
  }

  return {
    verify,
    authenticate(request) {
      const presented = presentedCredential(request, cookieNames);
      if (!presented.ok) return presented;
      if (presented.from === "authorization") return verify(presented.token);
      return isCrossSite(request, { origins }) ? refuse("cross_site_request") : verify(presented.cookies[0].value);
    },
  };
}

// 160 bits in base64url: what a session's client holds. No access token looks like it, for it has dots.
function isSessionToken(presented: string): boolean {
  return /^[\w-]{27}$/.test(presented);
}

interface Settings {
  readonly policy: TokenPolicy;
  readonly keys: KeySource;
  readonly clock: Clock;
  readonly cookieNames: readonly string[];
  readonly cacheSize: number;
  readonly origins: readonly string[] | undefined;
  readonly introspect: Introspect | undefined;
}

const knownOptions = new Set(
  "issuer keys audience types algorithms cookie origins maxLifetimeSeconds leewaySeconds cacheSize clock fetch parseClaims sessions".split(
    " ",
  ),
);

function readOptions(options: VerifierOptions): Settings {
  const unknown = Object.keys(options).find((name) => !knownOptions.has(name));
  if (unknown !== undefined) throw new ConfigurationError(unknown, "is not an option of the verifier");
  const { issuer, audience, cookie = true, clock = systemClock, origins } = options;
  requireText("issuer", issuer);
  if (audience !== undefined) requireText("audience", audience);
  if (typeof cookie !== "boolean") throw new ConfigurationError("cookie", "must be true or false");
  const cacheSize = numberWithin("cacheSize", options.cacheSize ?? 10_000, 0, 10_000_000);
  const policy: TokenPolicy = {
    issuer,
    audience,
    types: readTypes(options),
    algorithms: readAlgorithms(options.algorithms),
    maxLifetimeSeconds: numberWithin("maxLifetimeSeconds", options.maxLifetimeSeconds ?? 3600, 1, 86_400),
    leewaySeconds: numberWithin("leewaySeconds", options.leewaySeconds ?? 10, 0, 60),
  };
  const { sessions, fetch } = options;
  const introspect = sessions === undefined ? undefined : createIntrospection(issuer, sessions, { fetch, clock });
  const cookieNames = cookie ? readCookieNames(issuer, introspect !== undefined) : [];
  const keys = readKeys(options);
  return { policy, keys, clock, cookieNames, cacheSize, origins: readOrigins(origins), introspect };
}

// In order of preference: where both are there, the session counts.
function readCookieNames(issuer: string, withSessions: boolean): readonly string[] {
  const tokens = acceptedCookieNames(issuer, "accessToken");
  return withSessions ? [...acceptedCookieNames(issuer, "session"), ...tokens] : tokens;
}

function requireText(option: string, value: unknown): void {
  if (typeof value !== "string" || value === "")
    throw new ConfigurationError(option, "must be a text that is not empty");
}

function numberWithin(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(option, `must be a whole number from ${least} to ${most}`);
}

function readTypes({ types, audience }: VerifierOptions): ReadonlySet<TokenType> {
  const accepted: readonly TokenType[] = types ?? [audience === undefined ? "lean+jwt" : "at+jwt"];
  if (accepted.length === 0) throw new ConfigurationError("types", "must not be empty");
  for (const type of accepted) {
    if (type === "hybrid+jwt") throw new ConfigurationError("types", "hybrid+jwt needs a revocation feed to follow");
    if (type !== "lean+jwt" && type !== "at+jwt") throw new ConfigurationError("types", "may hold lean+jwt and at+jwt");
    if (type === "at+jwt" && audience === undefined) throw new ConfigurationError("audience", "is needed for at+jwt");
  }
  return new Set(accepted);
}

function readAlgorithms(algorithms: readonly Algorithm[] = allAlgorithms): ReadonlySet<Algorithm> {
  if (algorithms.length === 0 || algorithms.some((name) => !allAlgorithms.includes(name))) {
    throw new ConfigurationError("algorithms", `must be some of ${allAlgorithms.join(", ")}`);
  }
  return new Set(algorithms);
}

function readOrigins(origins: readonly string[] | undefined): readonly string[] | undefined {
  const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text && text !== "null";
  if (origins === undefined || origins.every(isOrigin)) return origins;
  throw new ConfigurationError("origins", 'must be origins as browsers send them: "https://app.example"');
}

function readKeys({ keys, issuer, fetch, clock }: VerifierOptions): KeySource {
  if (keys !== undefined) {
    if (typeof keys !== "object" || keys === null) throw new ConfigurationError("keys", "must be an object");
    if ("find" in keys) return keys;
    if ("jwks" in keys) return naming("keys", () => createLocalKeySet(keys.jwks));
    return naming("keys.jwksUri", () => createRemoteKeySet({ url: keys.jwksUri, fetch, clock }));
  }
  const url = `${issuer.replace(/\/$/, "")}/.well-known/jwks.json`;
  return naming("issuer", () => createRemoteKeySet({ url, fetch, clock }));
}

// The key set names its own option; here the caller wrote another.
function naming(option: string, make: () => KeySource): KeySource {
  try {
    return make();
  } catch (error) {
    throw error instanceof ConfigurationError ? new ConfigurationError(option, error.message) : error;
  }
}
