// Which credential a request presents, and where; knows nothing of whether it is good.

import { findCookies, findCookieValues } from "./cookies.ts";
import { readHeader, twice } from "./request.ts";
import { type Refused, type RequestLike, refuse } from "./verdict.ts";

/** A credential from the `Authorization` header. Cookies, if there are any, do not count. */
export interface PresentedBearer {
  readonly ok: true;
  readonly from: "authorization";
  readonly token: string;
}

/** Credentials from cookies: each of the names looked for that is there, in the order asked; at least one. */
export interface PresentedCookies {
  readonly ok: true;
  readonly from: "cookie";
  readonly cookies: readonly [PresentedCookie, ...PresentedCookie[]];
}

/** One cookie as it was sent. */
export interface PresentedCookie {
  readonly name: string;
  readonly value: string;
}

/**
 * Finds the credential of a request; never in the query string or the body (RFC 9700 section 4.3.2).
 *
 * `Authorization` alone counts when it is present: the scheme `Bearer` in any case, spaces, one token68 (RFC 9110
 * section 11.4); an unusable one never falls back to a cookie. Otherwise the cookies of the names given.
 * Refuses with `authorization_malformed`, `credential_ambiguous` (a header or a cookie twice) or `credential_missing`.
 */
export function presentedCredential(
  request: RequestLike,
  acceptedCookies: readonly string[],
): PresentedBearer | PresentedCookies | Refused {
  const authorization = readHeader(request, "authorization");
  if (authorization === undefined) return presentedCookies(request, acceptedCookies);
  if (authorization === twice) return refuse("credential_ambiguous");
  const token = bearerToken(authorization);
  return token === undefined ? refuse("authorization_malformed") : { ok: true, from: "authorization", token };
}

/** As `presentedCredential`, for the cookies alone: sign-out looks at all that a request bears. */
export function presentedCookies(request: RequestLike, acceptedNames: readonly string[]): PresentedCookies | Refused {
  const header = acceptedNames.length === 0 ? undefined : readHeader(request, "cookie");
  if (header === undefined) return refuse("credential_missing");
  if (header === twice) return refuse("credential_ambiguous");
  const values = findCookies(header, acceptedNames);
  if (values === twice) return refuse("credential_ambiguous");
  const found: PresentedCookie[] = [];
  for (let index = 0; index < acceptedNames.length; index += 1) {
    const name = acceptedNames[index];
    const value = values[index];
    if (name !== undefined && value !== undefined) found.push({ name, value });
  }
  return isSome(found) ? { ok: true, from: "cookie", cookies: found } : refuse("credential_missing");
}

function isSome<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}

/**
 * Every value that the request bears under these names, each once, at most `most` of each name: for ending them. What may not open
 * anything, for it came twice, may still be what its owner wants to be rid of.
 */
export function presentedCookieValues(
  request: RequestLike,
  acceptedNames: readonly string[],
  most: number,
): readonly string[] {
  const header = readHeader(request, "cookie");
  if (typeof header !== "string") return [];
  return [...new Set(acceptedNames.flatMap((name) => findCookieValues(header, name, most)))];
}

/** The value of the first of these names that is among the cookies. */
export function firstCookie(cookies: readonly PresentedCookie[], names: readonly string[]): string | undefined {
  for (const { name, value } of cookies) if (names.includes(name)) return value;
  return undefined;
}

/**
 * What stands after `Bearer ` in the `Authorization` header, unchecked: to be compared with what is known to be a token, and for nothing else.
 * Spares the request of a known bearer the pass over every character. `undefined` for any other header; that says nothing against the request.
 */
export function uncheckedBearer(request: RequestLike): string | undefined {
  const authorization = readHeader(request, "authorization");
  return typeof authorization === "string" && authorization.startsWith("Bearer ") ? authorization.slice(7) : undefined;
}

const bearer = /^bearer +([\w\-.~+/]+=*)$/i;

function bearerToken(authorization: string): string | undefined {
  return bearer.exec(authorization)?.[1];
}
