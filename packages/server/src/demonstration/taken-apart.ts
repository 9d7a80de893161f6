// Takes credentials apart for people to read. Judges nothing: what it reads may be anybody's, and no signature is looked at.

import type { Credential } from "./contract.ts";

/** A `Set-Cookie` line in its parts. */
export interface CookieParts {
  readonly name: string;
  readonly value: string;
  /** `Path=/`, `HttpOnly`, … as they came. */
  readonly attributes: readonly string[];
}

/** A compact JWS in its parts, as text and as what it says. */
export interface TokenParts {
  readonly header: string;
  readonly claims: string;
  readonly signature: string;
  readonly headerSays: Readonly<Record<string, unknown>>;
  readonly claimsSay: Readonly<Record<string, unknown>>;
}

/** The parts of a `Set-Cookie` line. */
export function takeApartCookie(line: string): CookieParts {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const at = pair.indexOf("=");
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes };
}

/** The parts of a token; `undefined` for what is none. */
export function takeApartToken(token: string): TokenParts | undefined {
  const [header = "", claims = "", signature = "", ...more] = token.split(".");
  const headerSays = readObject(header);
  const claimsSay = readObject(claims);
  if (headerSays === undefined || claimsSay === undefined || signature === "" || more.length > 0) return undefined;
  return { header, claims, signature, headerSays, claimsSay };
}

/** The access token of a credential, in whatever way it travels; null where there is none. */
export function accessTokenOf({ bearer, cookies }: Credential): string | null {
  if (bearer !== null) return bearer;
  const values = cookies.map((line) => takeApartCookie(line).value);
  return values.find((value) => takeApartToken(value) !== undefined) ?? null;
}

/** When a token runs out, in milliseconds since 1970; null where it does not say so. */
export function endOf(token: string): number | null {
  const end = takeApartToken(token)?.claimsSay.exp;
  return typeof end === "number" ? end * 1000 : null;
}

/**
 * The header by which a request carries a credential: its name in lower case, and its value. A browser drops a cookie when it has run out, as the
 * cookie of a token does together with its token.
 */
export function headerOf(
  { bearer, cookies }: Credential,
  now: number,
): readonly [name: "authorization" | "cookie", value: string] {
  if (bearer !== null) return ["authorization", `Bearer ${bearer}`];
  const kept = cookies.map(takeApartCookie).filter(({ value }) => (endOf(value) ?? Number.POSITIVE_INFINITY) > now);
  return ["cookie", kept.map(({ name, value }) => `${name}=${value}`).join("; ")];
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
