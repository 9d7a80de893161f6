// What a judged credential says about its bearer; knows nothing of how it was judged.

/** How a sign-in is recognised from request to request. */
export type Strategy = "session" | "jwt" | "hybrid";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [member: string]: Json };

/**
 * Who a request comes from, as far as its credential proves it. Frozen: it may be shared between requests.
 * Times are seconds since 1970 (NumericDate, RFC 7519 section 2).
 */
export interface Identity<Claims extends object = JsonObject> {
  /** The subject: who is signed in. */
  readonly sub: string;
  /** The session: the server's record of this one sign-in, 16 characters. With `refresh: false` it names no record. */
  readonly sid: string;
  /** The strategy that the credential belongs to. */
  readonly strategy: Strategy;
  /** The issuer that made the credential. */
  readonly issuer: string;
  /** When the credential was issued; for a session, when it was created. */
  readonly issuedAt: number;
  /** When the credential ends at the latest. */
  readonly expiresAt: number;
  /** When the subject last proved who it is; absent in lean tokens. */
  readonly authenticatedAt?: number;
  /** Authentication methods (RFC 8176); absent in lean tokens. */
  readonly amr?: readonly string[];
  /** Authentication context class; absent in lean tokens. */
  readonly acr?: string;
  /** The audiences of a token of the full profile. */
  readonly audience?: readonly string[];
  /** The client of a token of the full profile (RFC 9068). */
  readonly clientId?: string;
  /** The scope of a token of the full profile, space-separated. */
  readonly scope?: string;
  /** The log number that the token was issued after; present only in tokens that have no session record. */
  readonly logNumber?: number;
  /** The application's own small object beside the session; present when a session was looked up. */
  readonly data?: JsonObject;
  /** What the application's `claims` hook said of the subject. */
  readonly claims: Readonly<Claims>;
}
