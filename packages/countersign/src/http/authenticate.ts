// Recognises a request at the issuer: a session by its record, a token by its signature. Passes through no other file of HTTP.

import {
  type Awaitable,
  acceptedCookieNames,
  type CookieJudges,
  type CrossSiteOptions,
  createTokenCache,
  type Follower,
  firstCookie,
  type Identity,
  isCrossSite,
  judgeCookies,
  presentedCredential,
  type RequestLike,
  refuse,
  type SessionCache,
  type TokenCache,
  type Verdict,
  type Verifier,
  weightOf,
} from "@countersign/verifier";
import { judgeLife, judgePresentedSession, sessionEnd } from "../sessions/judge.ts";
import { looksLikeSessionToken, nameSessionToken, type SessionTokenNames } from "../sessions/session-token.ts";
import { isTouchDue, type LifetimePolicy, type SessionRecord, type Store } from "../stores/contract.ts";

/** What recognising a request needs. */
export interface AuthenticateParts {
  readonly issuer: string;
  readonly store: Store;
  readonly policy: LifetimePolicy;
  readonly verifier: Verifier;
  /** Judges a token in all but its end; see `insecureJudgeIgnoringExpiry`. */
  readonly judgeIgnoringExpiry: (token: string) => Promise<Verdict>;
  /** Notes the use of a session, after the answer. */
  readonly touch: (sid: string) => void;
  /** Makes the cookies that renew the token beside a hybrid's session. */
  readonly renewal: (sid: string, request: RequestLike) => Promise<readonly string[]>;
  /** The longest life of an access token, in milliseconds. */
  readonly accessLifetimeMs: number;
  /** Where sessions are kept in memory under the feed; absent: each is looked up. */
  readonly sessions?: KeptSessions | undefined;
}

/** A session that was looked up, and what it says of its bearer. */
export interface KeptSession {
  readonly record: SessionRecord;
  readonly identity: Identity;
}

/** What was worked out of a session token that opened its session. The session itself is asked for all the same, at every request. */
interface RecalledSession extends KeptSession {
  readonly names: SessionTokenNames;
}

/** How many session tokens are recalled. */
const mostRecalled = 10_000;

/** Sessions in memory, and the view that vouches for them. */
export interface KeptSessions {
  readonly follower: Follower;
  readonly cache: SessionCache<KeptSession>;
}

/** What is judged instead of the request's own. */
export interface AuthenticateOptions {
  /** The method of the original request, for forward authentication; `undefined` there means: unknown, so unsafe. */
  readonly originalMethod?: { readonly method: string | undefined };
}

/** Judges a request, or one credential by itself. */
export interface Recogniser {
  /** Costs one look-up for a session, none for a token. Without a promise where the store and the token cache allow. */
  request(request: RequestLike, options?: AuthenticateOptions): Awaitable<Verdict>;
  /**
   * The same for a credential out of its request: no origin is judged. A session is always looked up: a service that asks may have heard of a
   * change before this process has, and keeps the answer.
   */
  credential(token: string): Awaitable<Verdict>;
  /** How long a follower of the feed may keep what was looked up, in milliseconds. */
  keepMs(record: SessionRecord): number;
  /**
   * Whose credential this is, or was before it expired: for what takes away, never for what lets in. `undefined` where anything else is
   * wrong with it. Whether the session of an expired token still lives is not asked.
   */
  evenIfExpired(token: string): Promise<{ readonly identity: Identity; readonly hasExpired: boolean } | undefined>;
}

/** The parts, and what is remembered of session tokens to spare their hashes. */
interface RecogniserParts extends AuthenticateParts {
  readonly recalled: TokenCache<RecalledSession>;
}

/** The recogniser of an issuer. */
export function createRecogniser(given: AuthenticateParts): Recogniser {
  const parts: RecogniserParts = { ...given, recalled: createTokenCache(mostRecalled) };
  const sessionNames = acceptedCookieNames(parts.issuer, "session");
  const tokenNames = acceptedCookieNames(parts.issuer, "accessToken");
  const names = [...sessionNames, ...tokenNames];
  const judgeEither = (token: string, judge: (sessionToken: string) => Awaitable<Verdict>) =>
    looksLikeSessionToken(token) ? judge(token) : parts.verifier.verify(token);
  const credential = (token: string) => judgeEither(token, (session) => lookUp(parts, session, undefined));
  // A lean token in the wrong cookie is still what it is. A hybrid one counts beside a session, and here it stands in its place.
  const judgeAlone = async (token: string): Promise<Verdict> => {
    const verdict = await credential(token);
    return verdict.ok && verdict.identity.strategy === "hybrid" ? refuse("token_without_session") : verdict;
  };
  const cookieJudges = (request: RequestLike): CookieJudges => ({
    token: (token) => parts.verifier.verify(token),
    session: (token) => (looksLikeSessionToken(token) ? judgeSessionToken(parts, token, request) : judgeAlone(token)),
    sidOf: (token) => namesOf(parts, token).sid,
  });
  return {
    credential,
    keepMs: (record) => keepMs(parts, record),
    async evenIfExpired(token) {
      const verdict = await credential(token);
      if (verdict.ok) return { identity: verdict.identity, hasExpired: false };
      // The key of a token that expired long ago may have left the key set meanwhile.
      if (verdict.code !== "token_expired" && verdict.code !== "token_key_unknown") return undefined;
      const past = await parts.judgeIgnoringExpiry(token);
      return past.ok ? { identity: past.identity, hasExpired: true } : undefined;
    },
    request(request, options = {}) {
      const presented = presentedCredential(request, names);
      if (!presented.ok) return presented;
      if (presented.from === "authorization") {
        return judgeEither(presented.token, (session) => judgeSessionToken(parts, session));
      }
      const method =
        options.originalMethod === undefined ? request.method : (options.originalMethod.method ?? "unknown");
      if (isFromElsewhere(parts.issuer, request, { method })) return refuse("cross_site_request");
      const { cookies } = presented;
      const pair = { session: firstCookie(cookies, sessionNames), token: firstCookie(cookies, tokenNames) };
      return judgeCookies(pair, cookieJudges(request));
    },
  };
}

/**
 * Whether another site may have caused a request: `isCrossSite`, to which pages of the issuer's own origin belong here, too, whatever `Host`
 * a proxy in between has written.
 */
export function isFromElsewhere(
  issuer: string,
  request: RequestLike,
  options: Pick<CrossSiteOptions, "method"> = {},
): boolean {
  return isCrossSite(request, options) && isCrossSite(request, { ...options, ownOrigins: [new URL(issuer).origin] });
}

function judgeSessionToken(parts: RecogniserParts, token: string, cookieOf?: RequestLike): Awaitable<Verdict> {
  const { sessions } = parts;
  return sessions === undefined ? lookUp(parts, token, cookieOf) : judgeKept(parts, sessions, token, cookieOf);
}

// Under the feed: what is kept counts while the view is fresh, and is judged by the clock all the same.
function judgeKept(
  parts: RecogniserParts,
  sessions: KeptSessions,
  token: string,
  cookieOf: RequestLike | undefined,
): Awaitable<Verdict> {
  const { follower, cache } = sessions;
  const judge = (isFresh: boolean) => {
    const kept = isFresh ? cache.get(token) : undefined;
    if (kept !== undefined) {
      const nowMs = parts.store.now();
      // A use that is worth noting is noted by looking up: what is kept tells of an older one.
      if (!isTouchDue(kept.record, parts.policy, nowMs)) {
        const refusal = judgeLife(kept.record, parts.policy, nowMs);
        return refusal === undefined ? accept(parts, kept.record, kept.identity, cookieOf) : refuse(refusal);
      }
    }
    return lookUp(parts, token, cookieOf, cache.beginLookUp(follower.view));
  };
  const fresh = follower.whenFresh();
  if (!(fresh instanceof Promise)) return judge(true);
  // Where the view cannot be had, the store still can.
  return fresh.then(
    () => judge(follower.isFresh()),
    () => lookUp(parts, token, cookieOf),
  );
}

function lookUp(
  parts: RecogniserParts,
  token: string,
  cookieOf: RequestLike | undefined,
  keep?: ReturnType<SessionCache<KeptSession>["beginLookUp"]>,
): Awaitable<Verdict> {
  const recalled = parts.recalled.get(token);
  const names = recalled?.names ?? nameSessionToken(token);
  const judge = (record: SessionRecord | undefined) => {
    // A store that was restored from a backup may have lost what this process has heard.
    if (parts.sessions?.follower.view.hasEnded(names.sid) === true) {
      parts.recalled.delete(token);
      return refuse("session_revoked");
    }
    const nowMs = parts.store.now();
    // The same record, to the object: its hash was compared with this very token's.
    const isRecalled = recalled !== undefined && record === recalled.record;
    const refusal = isRecalled
      ? judgeLife(recalled.record, parts.policy, nowMs)
      : judgePresentedSession(record, names.tokenHash, parts.policy, nowMs);
    if (refusal !== undefined || record === undefined) {
      parts.recalled.delete(token);
      return refuse(refusal ?? "session_unknown");
    }
    if (isTouchDue(record, parts.policy, nowMs)) parts.touch(record.sid);
    const found = isRecalled ? recalled : { names, record, identity: toIdentity(parts, record) };
    const weight = isRecalled && keep === undefined ? 0 : weightOf(record.data) + weightOf(record.claims);
    if (!isRecalled) parts.recalled.set(token, found, weight);
    keep?.(token, { sid: record.sid, entry: found, keepMs: keepMs(parts, record), weight });
    return accept(parts, record, found.identity, cookieOf);
  };
  const found = parts.store.sessions.find(names.sid);
  return found instanceof Promise ? found.then(judge) : judge(found);
}

function namesOf(parts: RecogniserParts, token: string): SessionTokenNames {
  return parts.recalled.get(token)?.names ?? nameSessionToken(token);
}

/**
 * How long a session that was looked up may be kept under the feed, in milliseconds: one access-token lifetime, for the log keeps events no longer;
 * a tenth of the idle lifetime, so that use is noted as it would be otherwise.
 */
export function keepMs(
  parts: Pick<AuthenticateParts, "accessLifetimeMs" | "policy">,
  record: Pick<SessionRecord, "idleMs">,
): number {
  return Math.min(parts.accessLifetimeMs, Math.min(record.idleMs, parts.policy.maxIdleMs) / 10);
}

function accept(
  parts: AuthenticateParts,
  record: SessionRecord,
  identity: Identity,
  cookieOf: RequestLike | undefined,
): Verdict {
  // Whoever gets here by cookie had no token that spares the look-up.
  if (cookieOf === undefined || record.strategy !== "hybrid") return { ok: true, identity };
  return { ok: true, identity, renewal: () => parts.renewal(record.sid, cookieOf) };
}

/** What a session's record says of its bearer. */
export function toIdentity(parts: Pick<AuthenticateParts, "issuer" | "policy">, record: SessionRecord): Identity {
  return Object.freeze({
    sub: record.sub,
    sid: record.sid,
    strategy: record.strategy,
    issuer: parts.issuer,
    issuedAt: Math.floor(record.createdAt / 1000),
    expiresAt: Math.floor(sessionEnd(record, parts.policy) / 1000),
    authenticatedAt: Math.floor(record.authenticatedAt / 1000),
    amr: record.amr,
    acr: record.acr,
    ...(record.clientId === null ? {} : { clientId: record.clientId }),
    ...(record.scope === null ? {} : { scope: record.scope }),
    data: record.data,
    claims: record.claims,
  });
}
