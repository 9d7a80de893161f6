// The one door: recognises a request by its access token, or by asking the issuer about its session; knows no store.

import {
  checkAccessToken,
  judgeBeginning,
  judgeTime,
  readAccessToken,
  type TokenPolicy,
  type TokenType,
  type UnprovenToken,
  type VerifiedToken,
} from "./access-token.ts";
import type { Fetch } from "./bounded-fetch.ts";
import { judgeCookies } from "./cookie-pair.ts";
import { acceptedCookieNames } from "./cookies.ts";
import { isCrossSite } from "./csrf.ts";
import { type FeedOptions, readFeedOptions } from "./feed-options.ts";
import type { Identity, JsonObject } from "./identity.ts";
import { createIntrospection, type Introspect, type IntrospectionOptions } from "./introspection.ts";
import { createLocalKeySet, createRemoteKeySet, type KeySource } from "./key-set.ts";
import { renamed, requireFunction, requireOptions, requireText, wholeNumber } from "./option-readers.ts";
import { firstCookie, type PresentedCookie, presentedCredential, uncheckedBearer } from "./presented.ts";
import { type Clock, systemClock } from "./primitives/clock.ts";
import { ConfigurationError } from "./primitives/errors.ts";
import { warnOfInsecure } from "./primitives/warnings.ts";
import { createFollower, type Follower, type FollowerOptions, type FollowerState } from "./revocation/follower.ts";
import type { RevocationView } from "./revocation/view.ts";
import { createSessionCache } from "./session-cache.ts";
import { deriveSid, isSessionToken } from "./session-name.ts";
import { freezeJson } from "./strict-json.ts";
import { createTokenCache, ownCopy } from "./token-cache.ts";
import { type Accepted, type Authenticator, type Awaitable, type Refused, refuse, type Verdict } from "./verdict.ts";
import { type Algorithm, algorithms as allAlgorithms } from "./verification-key.ts";
import { weightOf } from "./weight.ts";

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
  /**
   * The kinds of token accepted. Default: `["at+jwt"]` with `audience`; without, `["lean+jwt"]`, and with `feed` also `"hybrid+jwt"`, which promises
   * prompt revocation and is accepted by no one who does not follow.
   */
  readonly types?: readonly TokenType[] | undefined;
  /** The algorithms accepted. Default: all three. Narrow it when it is known which one the issuer uses. */
  readonly algorithms?: readonly Algorithm[] | undefined;
  /**
   * Judges session tokens too, by asking the issuer at every request: for a service that has no store. A session that was ended is refused by the
   * very next request. Without it they are refused with `session_unsupported`.
   */
  readonly sessions?: IntrospectionOptions | undefined;
  /**
   * Follows the issuer's revocation feed: every token is judged by it, whatever its kind, and refused within milliseconds of its revocation, within
   * `feed.lagMs` at the worst. Sessions that were looked up are kept in memory for as long as the feed vouches for them, so that they cost no
   * question each. Call `close` at the end.
   */
  readonly feed?: FeedOptions | FollowerSource | undefined;
  /** Whether cookies count too, on safe requests and on those that no other site has made. Default `true`. */
  readonly cookie?: boolean | undefined;
  /**
   * The own origins, such as `["https://app.example"]`, for the check of cookie requests behind a proxy that changes `Host`; see `isCrossSite`.
   * Pages of other sites that may call an issuer are something else: its option `corsOrigins`.
   */
  readonly ownOrigins?: readonly string[] | undefined;
  /** The longest `exp − iat` accepted, in seconds: it bounds what a mistake of the issuer can cost. Default 3600. */
  readonly maxLifetimeSeconds?: number | undefined;
  /** How far clocks may differ, in seconds, either way; at most 60, and 10 under a feed, whose events live no longer. Default 10. */
  readonly leewaySeconds?: number | undefined;
  /** How many accepted tokens are remembered, and as many sessions under a feed; 0 for none. Default 10 000 (about 20 MB when full, at the most). */
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
   * Throws `Unavailable("key_set_unavailable")` when the keys cannot be read, `Unavailable("feed_unavailable")` as `feed.onStale` says.
   */
  verify(token: string): Awaitable<Verdict<Claims>>;
  /** What is known of the revocation feed, for metrics; `undefined` where none is followed. */
  feed(): FollowerState | undefined;
  /** Begins to follow the feed before the first request asks for it. */
  start(): void;
  /** Stops following the feed; for the end of the program. */
  close(): void;
}

/** Makes the follower of a verifier: for who reaches the issuer in another way than over HTTP. */
export interface FollowerSource {
  readonly createFollower: (hooks: Pick<FollowerOptions, "onSpoken" | "onRestart" | "onKeySet">) => Follower;
  /** Judges only tokens of this kind by it, where others are to be judged without asking anybody. Default: every token. */
  readonly only?: TokenType | undefined;
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
  requireOptions("", options, knownOptions);
  const { parseClaims } = options;
  if (parseClaims === undefined) return verifierWith(options, accept);
  requireFunction("parseClaims", parseClaims);
  return verifierWith(options, (identity) => acceptParsed(identity, parseClaims));
}

/**
 * Makes a judge of access tokens that looks at everything but their end: a token that expired long ago passes. Hybrid tokens too, without a feed.
 *
 * Whoever presents such a token held it once, and may hold it no more by right. So it may only take away: end the session it once opened.
 * It is never a reason to let anybody in, which is why no `Authenticator` can be made of it, and why it remembers nothing.
 * Costs one signature check each time. Throws what `createVerifier` and `verify` throw.
 *
 * ```ts
 * import { insecureJudgeIgnoringExpiry } from "@countersign/verifier";
 *
 * const judge = insecureJudgeIgnoringExpiry({ issuer: "https://auth.example" });
 * const verdict = await judge("an.expired.token");
 * if (verdict.ok) console.log("to be ended:", verdict.identity.sid);
 * ```
 */
export function insecureJudgeIgnoringExpiry(options: VerifierOptions): (token: string) => Promise<Verdict> {
  const { policy: expected, keys, clock } = readOptions(options);
  // A hybrid token needs a feed to let anybody in; here it needs none.
  const isLean = options.types === undefined && options.audience === undefined;
  const policy: TokenPolicy = isLean ? { ...expected, types: new Set([...expected.types, "hybrid+jwt"]) } : expected;
  return async (presented) => {
    const unproven = readAccessToken(presented, policy);
    if ("ok" in unproven) return unproven;
    const key = await keys.find(unproven.kid);
    if (key === undefined) return refuse("token_key_unknown");
    const token = await checkAccessToken(unproven, key, policy);
    if ("ok" in token) return token;
    return judgeBeginning(token, clock.now()) ?? accept(token.identity);
  };
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
  /** The version of the view that last said nothing against it. */
  passedVersion?: number;
  /** The session cookie that names the same session: of the same two texts this need not be worked out again. */
  sessionCookie?: string;
}

type Judgement<Claims extends object> = Remembered<Claims> | Refused;

function verifierWith<Claims extends object>(
  options: VerifierOptions,
  conclude: (identity: Identity) => Verdict<Claims>,
): Verifier<Claims> {
  const { policy, keys, clock, cookieNames, cacheSize, ownOrigins, introspect } = readOptions(options);
  const remembered = createTokenCache<Remembered<Claims>>(cacheSize);
  const sessions = createSessionCache<Accepted<Claims>>(clock, cacheSize);
  const sids = createTokenCache<string>(cacheSize);
  const feedOnly = options.feed !== undefined && "createFollower" in options.feed ? options.feed.only : undefined;
  const underWay = new Map<string, Promise<Judgement<Claims>>>();
  const follower = makeFollower(options, clock, {
    onSpoken: sessions.drop,
    onRestart: sessions.clear,
    onKeySet: () => keys.renew?.(),
  });

  async function judge(unproven: UnprovenToken): Promise<Judgement<Claims>> {
    const key = await keys.find(unproven.kid);
    if (key === undefined) return refuse("token_key_unknown");
    const token = await checkAccessToken(unproven, key, policy);
    if ("ok" in token) return token;
    const untimely = judgeTime(token, clock.now());
    if (untimely !== undefined) return untimely;
    const verdict = conclude(token.identity);
    if (!verdict.ok) return verdict;
    const found: Remembered<Claims> = { token, accepted: verdict };
    remembered.set(unproven.text, found, weightOf(token.identity.claims));
    return found;
  }

  // The last word, after everything that takes time: what the view says is true of now.
  function judgeByFeed(known: Remembered<Claims>): Awaitable<Verdict<Claims>> {
    if (follower === undefined || (feedOnly !== undefined && known.token.type !== feedOnly)) return known.accepted;
    const { view } = follower;
    const fresh = follower.whenFresh();
    return fresh instanceof Promise ? fresh.then(() => judgeByView(known, view)) : judgeByView(known, view);
  }

  // With a million revocations, looking one up takes as long as all the rest.
  function judgeByView(known: Remembered<Claims>, view: RevocationView): Verdict<Claims> {
    if (known.passedVersion === view.version) return known.accepted;
    const revoked = view.judge(known.token);
    if (revoked !== undefined) return refuse(revoked);
    known.passedVersion = view.version;
    return known.accepted;
  }

  async function judgeByAsking(presented: string, ask: Introspect): Promise<Verdict<Claims>> {
    // What has ended stays so: its bearer may come as often as it likes, and the issuer is not asked.
    if (follower?.view.hasEnded(await deriveSid(presented)) === true) return refuse("session_revoked");
    const keep = follower === undefined ? undefined : sessions.beginLookUp(follower.view);
    const answer = await ask(presented);
    if ("ok" in answer) return answer;
    // An issuer that was restored from a backup may have lost what this view has heard.
    if (follower?.view.hasEnded(answer.identity.sid) === true) return refuse("session_revoked");
    const verdict = conclude(answer.identity);
    const { sid, data, claims } = answer.identity;
    const weight = weightOf(data) + weightOf(claims);
    if (verdict.ok) keep?.(presented, { sid, entry: verdict, keepMs: answer.keepMs, weight });
    return verdict;
  }

  function judgeSession(presented: string, ask: Introspect): Awaitable<Verdict<Claims>> {
    const fresh = follower?.whenFresh();
    if (fresh instanceof Promise) {
      // Without a feed that vouches for what is kept, the issuer is asked.
      return fresh.then(
        () => keptSession(presented, ask),
        () => judgeByAsking(presented, ask),
      );
    }
    return keptSession(presented, ask);
  }

  function keptSession(presented: string, ask: Introspect): Awaitable<Verdict<Claims>> {
    const kept = follower?.isFresh() === true ? sessions.get(presented) : undefined;
    if (kept !== undefined && clock.now() < kept.identity.expiresAt * 1000) return kept;
    return judgeByAsking(presented, ask);
  }

  async function judgeNew(unproven: UnprovenToken): Promise<Verdict<Claims>> {
    let judging = underWay.get(unproven.text);
    if (judging === undefined) {
      judging = judge(unproven).finally(() => underWay.delete(unproven.text));
      underWay.set(unproven.text, judging);
    }
    const judged = await judging;
    return "ok" in judged ? judged : judgeByFeed(judged);
  }

  // `undefined`: it is not remembered, or not beside this session cookie, and has to be judged from the beginning.
  function verifyRemembered(presented: string, sessionCookie?: string): Awaitable<Verdict<Claims>> | undefined {
    const known = remembered.get(presented);
    if (known === undefined || (sessionCookie !== undefined && known.sessionCookie !== sessionCookie)) return undefined;
    const untimely = judgeTime(known.token, clock.now());
    if (untimely === undefined && keys.has(known.token.key.kid, known.token.key)) return judgeByFeed(known);
    remembered.delete(presented);
    return untimely;
  }

  function verify(presented: string): Awaitable<Verdict<Claims>> {
    if (typeof presented !== "string") return refuse("token_malformed");
    const verdict = verifyRemembered(presented);
    if (verdict !== undefined) return verdict;
    if (isSessionToken(presented)) {
      return introspect === undefined ? refuse("session_unsupported") : judgeSession(presented, introspect);
    }
    const unproven = readAccessToken(presented, policy);
    return "ok" in unproven ? unproven : judgeNew(unproven);
  }

  function sidOf(sessionToken: string): Awaitable<string> {
    return (
      sids.get(sessionToken) ??
      deriveSid(sessionToken).then((sid) => {
        sids.set(sessionToken, sid);
        return sid;
      })
    );
  }

  function judgePresentedCookies(cookies: readonly PresentedCookie[]): Awaitable<Verdict<Claims>> {
    const session = firstCookie(cookies, cookieNames.sessions);
    const token = firstCookie(cookies, cookieNames.tokens);
    if (session === undefined || token === undefined) return judgePair(session, token);
    const known = verifyRemembered(token, session);
    if (known !== undefined && !(known instanceof Promise) && known.ok) return known;
    const verdict = judgePair(session, token, known);
    if (!(verdict instanceof Promise)) rememberPair(session, token, verdict);
    return verdict;
  }

  // A cookie that is no session token is nobody's session; it must not become the key of anything.
  function judgePair(
    session: string | undefined,
    token: string | undefined,
    known?: Awaitable<Verdict<Claims>>,
  ): Awaitable<Verdict<Claims>> {
    const isSession = session !== undefined && isSessionToken(session);
    const ask = introspect === undefined ? undefined : (text: string) => judgeSession(text, introspect);
    return judgeCookies(
      { session: isSession ? session : undefined, token },
      {
        token: (text) => known ?? (isSessionToken(text) ? refuse("token_malformed") : verify(text)),
        session: ask,
        sidOf,
      },
    );
  }

  // Only a hybrid's token is ever the answer for a session that it stands beside.
  function rememberPair(session: string, token: string, verdict: Verdict<Claims>): void {
    const known = remembered.get(token);
    if (known?.token.type === "hybrid+jwt" && known.accepted === verdict) known.sessionCookie = ownCopy(session);
  }

  const names = [...cookieNames.sessions, ...cookieNames.tokens];
  return {
    verify,
    authenticate(request) {
      const bearer = uncheckedBearer(request);
      const verdict = bearer === undefined ? undefined : verifyRemembered(bearer);
      if (verdict !== undefined) return verdict;
      const presented = presentedCredential(request, names);
      if (!presented.ok) return presented;
      if (presented.from === "authorization") return verify(presented.token);
      return isCrossSite(request, { ownOrigins })
        ? refuse("cross_site_request")
        : judgePresentedCookies(presented.cookies);
    },
    feed: () => follower?.state(),
    start: () => follower?.start(),
    close: () => follower?.stop(),
  };
}

function makeFollower(
  { issuer, feed, fetch }: VerifierOptions,
  clock: Clock,
  hooks: Parameters<FollowerSource["createFollower"]>[0],
): Follower | undefined {
  if (feed === undefined) return undefined;
  if ("createFollower" in feed) return feed.createFollower(hooks);
  const options = readFeedOptions(issuer, feed, { fetch, clock });
  if (options.onStale === "insecureAccept") warnOfInsecure('feed.onStale "insecureAccept"', staleAcceptance);
  return createFollower({ ...options, ...hooks });
}

const staleAcceptance =
  "while the issuer cannot be reached, credentials that were revoked meanwhile are accepted until they expire.";

/** The cookies that are looked for, in order of preference each. */
interface CookieNames {
  readonly sessions: readonly string[];
  readonly tokens: readonly string[];
}

interface Settings {
  readonly policy: TokenPolicy;
  readonly keys: KeySource;
  readonly clock: Clock;
  readonly cookieNames: CookieNames;
  readonly cacheSize: number;
  readonly ownOrigins: readonly string[] | undefined;
  readonly introspect: Introspect | undefined;
}

// Events of the feed live for an access token, its leeway of 10 s and a skew: who took tokens for longer would outlive them.
function mostLeewaySeconds({ feed }: VerifierOptions): number {
  return feed === undefined ? 60 : 10;
}

const knownOptions =
  "issuer keys audience types algorithms cookie ownOrigins maxLifetimeSeconds leewaySeconds cacheSize clock fetch parseClaims sessions feed".split(
    " ",
  );

function readOptions(options: VerifierOptions): Settings {
  requireOptions("", options, knownOptions);
  const { issuer, audience, cookie = true, clock = systemClock, ownOrigins } = options;
  requireText("issuer", issuer);
  if (audience !== undefined) requireText("audience", audience);
  if (typeof cookie !== "boolean") throw new ConfigurationError("cookie", "must be true or false");
  const cacheSize = wholeNumber("cacheSize", options.cacheSize ?? 10_000, 0, 10_000_000);
  const policy: TokenPolicy = {
    issuer,
    audience,
    types: readTypes(options),
    algorithms: readAlgorithms(options.algorithms),
    maxLifetimeSeconds: wholeNumber("maxLifetimeSeconds", options.maxLifetimeSeconds ?? 3600, 1, 86_400),
    leewaySeconds: wholeNumber("leewaySeconds", options.leewaySeconds ?? 10, 0, mostLeewaySeconds(options)),
  };
  const { sessions, fetch } = options;
  requireFunction("fetch", fetch);
  const introspect = sessions === undefined ? undefined : createIntrospection(issuer, sessions, { fetch, clock });
  const cookieNames = readCookieNames(options, cookie);
  const keys = readKeys(options);
  return { policy, keys, clock, cookieNames, cacheSize, ownOrigins: readOrigins(ownOrigins), introspect };
}

// A session cookie is looked for only where it says something: by itself, or of the token beside it.
function readCookieNames({ issuer, sessions, feed }: VerifierOptions, cookie: boolean): CookieNames {
  const withSessions = cookie && (sessions !== undefined || feed !== undefined);
  return {
    sessions: withSessions ? acceptedCookieNames(issuer, "session") : [],
    tokens: cookie ? acceptedCookieNames(issuer, "accessToken") : [],
  };
}

function readTypes({ types, audience, feed }: VerifierOptions): ReadonlySet<TokenType> {
  const lean: readonly TokenType[] = feed === undefined ? ["lean+jwt"] : ["lean+jwt", "hybrid+jwt"];
  const accepted: readonly TokenType[] = types ?? (audience === undefined ? lean : ["at+jwt"]);
  if (!Array.isArray(accepted)) throw new ConfigurationError("types", "must be a list");
  if (accepted.length === 0) throw new ConfigurationError("types", "must not be empty");
  for (const type of accepted) {
    if (!tokenTypes.has(type)) throw new ConfigurationError("types", `may hold ${[...tokenTypes].join(", ")}`);
    if (type === "hybrid+jwt" && feed === undefined) {
      throw new ConfigurationError("types", "hybrid+jwt needs a revocation feed to follow: the option feed");
    }
    if (type === "at+jwt" && audience === undefined) throw new ConfigurationError("audience", "is needed for at+jwt");
  }
  return new Set(accepted);
}

const tokenTypes: ReadonlySet<TokenType> = new Set(["lean+jwt", "hybrid+jwt", "at+jwt"]);

function readAlgorithms(algorithms: readonly Algorithm[] = allAlgorithms): ReadonlySet<Algorithm> {
  if (
    !Array.isArray(algorithms) ||
    algorithms.length === 0 ||
    algorithms.some((name) => !allAlgorithms.includes(name))
  ) {
    throw new ConfigurationError("algorithms", `must be some of ${allAlgorithms.join(", ")}`);
  }
  return new Set(algorithms);
}

function readOrigins(origins: readonly string[] | undefined): readonly string[] | undefined {
  const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text && text !== "null";
  if (origins === undefined || (Array.isArray(origins) && origins.every(isOrigin))) return origins;
  throw new ConfigurationError("ownOrigins", 'must be origins as browsers send them: "https://app.example"');
}

function readKeys({ keys, issuer, fetch, clock }: VerifierOptions): KeySource {
  if (keys !== undefined) {
    if (isKeySource(keys)) return keys;
    requireOptions("keys", keys, ["jwks", "jwksUri"]);
    if ("jwks" in keys && "jwksUri" in keys) throw new ConfigurationError("keys", "takes either jwks or jwksUri");
    if ("jwks" in keys)
      return renamed(
        (option) => `keys.${option}`,
        () => createLocalKeySet(keys.jwks),
      );
    const { jwksUri } = keys;
    return renamed(
      () => "keys.jwksUri",
      () => createRemoteKeySet({ url: jwksUri, fetch, clock }),
    );
  }
  const url = `${issuer.replace(/\/$/, "")}/.well-known/jwks.json`;
  return renamed(
    () => "issuer",
    () => createRemoteKeySet({ url, fetch, clock }),
  );
}

function isKeySource(keys: NonNullable<VerifierOptions["keys"]>): keys is KeySource {
  return typeof keys === "object" && keys !== null && "find" in keys && "has" in keys;
}
