// Recognises a request at the issuer: a session by its record, a token by its signature. Passes through no other file of HTTP.

import {
  type Awaitable,
  acceptedCookieNames,
  type Identity,
  isCrossSite,
  presentedCredential,
  type RequestLike,
  refuse,
  type Verdict,
  type Verifier,
} from "@countersign/verifier";
import { judgePresentedSession, sessionEnd } from "../sessions/judge.ts";
import { looksLikeSessionToken, nameSessionToken } from "../sessions/session-token.ts";
import { isTouchDue, type LifetimePolicy, type SessionRecord, type Store } from "../stores/contract.ts";

/** What recognising a request needs. */
export interface AuthenticateParts {
  readonly issuer: string;
  readonly store: Store;
  readonly policy: LifetimePolicy;
  readonly verifier: Verifier;
  /** Notes the use of a session, after the answer. */
  readonly touch: (sid: string) => void;
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
  /** The same for a credential out of its request: no origin is judged. */
  credential(token: string): Awaitable<Verdict>;
}

/** The recogniser of an issuer. */
export function createRecogniser(parts: AuthenticateParts): Recogniser {
  const names = [...acceptedCookieNames(parts.issuer, "session"), ...acceptedCookieNames(parts.issuer, "accessToken")];
  const credential = (token: string) =>
    looksLikeSessionToken(token) ? judgeSessionToken(parts, token) : parts.verifier.verify(token);
  return {
    credential,
    request(request, options = {}) {
      const presented = presentedCredential(request, names);
      if (!presented.ok) return presented;
      if (presented.from === "authorization") return credential(presented.token);
      const method =
        options.originalMethod === undefined ? request.method : (options.originalMethod.method ?? "unknown");
      if (isCrossSite(request, { method })) return refuse("cross_site_request");
      // The names stand in order of preference: a session before a token.
      return credential(presented.cookies[0].value);
    },
  };
}

function judgeSessionToken(parts: AuthenticateParts, token: string): Awaitable<Verdict> {
  const names = nameSessionToken(token);
  const found = parts.store.sessions.find(names.sid);
  return found instanceof Promise
    ? found.then((record) => judgeRecord(parts, record, names.tokenHash))
    : judgeRecord(parts, found, names.tokenHash);
}

function judgeRecord(parts: AuthenticateParts, record: SessionRecord | undefined, tokenHash: string): Verdict {
  const nowMs = parts.store.now();
  const refusal = judgePresentedSession(record, tokenHash, parts.policy, nowMs);
  if (refusal !== undefined || record === undefined) return refuse(refusal ?? "session_unknown");
  if (isTouchDue(record, parts.policy, nowMs)) parts.touch(record.sid);
  return { ok: true, identity: toIdentity(parts, record) };
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
