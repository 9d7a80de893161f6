// Verdicts, refusals and the one contract that an application knows: `Authenticator`.

import type { Identity, JsonObject } from "./identity.ts";

/**
 * Every reason for which a credential is refused, with what the outside is told of it.
 * `status` is the HTTP status; `publicCode` stands in the answer, so that a stranger learns no more than a client needs;
 * `error` is the `WWW-Authenticate` error code (RFC 6750 section 3.1), absent where the request bore no credential.
 */
export const refusals = {
  credential_missing: { status: 401, publicCode: "credential_missing", title: "Sign in to continue." },
  credential_ambiguous: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The request carries the same credential twice.",
  },
  authorization_malformed: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The Authorization header is not a Bearer credential.",
  },
  token_malformed: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_too_long: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_header_forbidden: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_algorithm: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_type: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_key_unknown: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_signature: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_claims: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_issuer: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_audience: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_lifetime: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_not_yet_valid: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_expired: {
    status: 401,
    publicCode: "token_expired",
    error: "invalid_token",
    title: "The access token has expired.",
  },
  token_without_session: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_of_other_session: {
    status: 401,
    publicCode: "token_expired",
    error: "invalid_token",
    title: "The access token has expired.",
  },
  token_needs_feed: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  token_revoked: {
    status: 401,
    publicCode: "credential_revoked",
    error: "invalid_token",
    title: "The credential has been revoked.",
  },
  session_unsupported: {
    status: 401,
    publicCode: "credential_invalid",
    error: "invalid_token",
    title: "The credential is not valid.",
  },
  session_unknown: {
    status: 401,
    publicCode: "session_ended",
    error: "invalid_token",
    title: "The session has ended. Sign in again.",
  },
  session_revoked: {
    status: 401,
    publicCode: "session_ended",
    error: "invalid_token",
    title: "The session has ended. Sign in again.",
  },
  session_idle: {
    status: 401,
    publicCode: "session_ended",
    error: "invalid_token",
    title: "The session has ended. Sign in again.",
  },
  session_expired: {
    status: 401,
    publicCode: "session_ended",
    error: "invalid_token",
    title: "The session has ended. Sign in again.",
  },
  cross_site_request: {
    status: 403,
    publicCode: "cross_site_request",
    title:
      'The request does not show that it comes from a page of this site. Programs: use tokens ("transport": "token"), or send an Origin header.',
  },
  insufficient_scope: {
    status: 403,
    publicCode: "insufficient_scope",
    error: "insufficient_scope",
    title: "The credential does not cover this request.",
  },
} as const satisfies Record<string, RefusalRow>;

interface RefusalRow {
  readonly status: 401 | 403;
  readonly publicCode: string;
  readonly error?: "invalid_token" | "insufficient_scope";
  readonly title: string;
}

/** The stable reason for a refusal. Documented in `docs/errors.md`. */
export type RefusalCode = keyof typeof refusals;

/** The credential is good: this is its bearer. */
export interface Accepted<Claims extends object = JsonObject> {
  readonly ok: true;
  readonly identity: Identity<Claims>;
  /**
   * Present where a session is good and the token that spares its look-up has run out: makes the `Set-Cookie` values that renew it, to be sent
   * along with the answer. Adapters do so. Leaving it costs a look-up at the next request, and nothing else.
   */
  readonly renewal?: () => Promise<readonly string[]>;
}

/** The credential is missing or not good, for this reason. `code` is for logs and tests; answers tell its public code. */
export interface Refused {
  readonly ok: false;
  readonly code: RefusalCode;
}

/** The outcome of judging one request. A dependency that cannot answer is no verdict: `Unavailable` is thrown instead. */
export type Verdict<Claims extends object = JsonObject> = Accepted<Claims> | Refused;

/** A value, at once or later. Callers `await`; hot paths answer without a promise. */
export type Awaitable<T> = T | Promise<T>;

/**
 * The part of a request that is looked at. A web `Request` and a Node.js `IncomingMessage` both fit as they are.
 * `rawHeaders`, where present, is how a header sent twice is noticed. `url` counts only when it is absolute, and only
 * to know the own host where there is no `Host` header; no credential is ever read from it.
 */
export interface RequestLike {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: HeadersLike;
  readonly rawHeaders?: readonly string[] | undefined;
}

/** Web `Headers`, or a record with lower-case names. */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

/**
 * Judges requests. `createAuth()` of `countersign` and `createVerifier()` of this package both are one, and an
 * adapter knows nothing more: an application moves from one process to many, or between strategies, by configuration.
 *
 * Outcomes: a `Verdict`. Throws `Unavailable` when a store or key set cannot answer (HTTP 503, never a silent accept).
 */
export interface Authenticator<Claims extends object = JsonObject> {
  authenticate(request: RequestLike): Awaitable<Verdict<Claims>>;
}

const made = new Map<RefusalCode, Refused>();

/** The refusal with this code. Costs no allocation after the first. */
export function refuse(code: RefusalCode): Refused {
  let refused = made.get(code);
  if (refused === undefined) {
    refused = Object.freeze({ ok: false, code });
    made.set(code, refused);
  }
  return refused;
}
