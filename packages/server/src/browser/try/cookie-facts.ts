// What follows from a cookie's line: where it goes, how long it lives, how large it is. Judges nothing.

import { parseCookieDate } from "./cookie-date.ts";
import type { ReadCookie } from "./cookie-reading.ts";

/** Where the answer came from, as far as cookies care. */
export interface CookieOrigin {
  readonly host: string;
  readonly path: string;
  /** `https:`, or this very machine. */
  readonly isSecure: boolean;
}

/** A cookie with everything that follows from its line. */
export interface CookieFacts {
  readonly cookie: ReadCookie;
  readonly origin: CookieOrigin;
  /** Bytes of name and value, as browsers count them. */
  readonly bytes: number;
  readonly prefix: CookiePrefix | undefined;
  readonly isSecure: boolean;
  readonly isHttpOnly: boolean;
  readonly sameSite: "strict" | "lax" | "none" | undefined;
  /** Absent for a cookie of one host. */
  readonly domain: string | undefined;
  readonly path: string;
  readonly life: CookieLife;
}

/** How long a cookie lives, in seconds; `ends` where the line says it is over already. */
export interface CookieLife {
  readonly kind: "session" | "lasting" | "ends";
  readonly by: "Max-Age" | "Expires" | undefined;
  readonly seconds: number | undefined;
  /** Whether the line asked for more than browsers grant. */
  readonly isCapped: boolean;
}

/** The prefixes of names that make browsers check the rest, the longest first. */
export const cookiePrefixes = ["__Host-Http-", "__Host-", "__Http-", "__Secure-"] as const;

export type CookiePrefix = (typeof cookiePrefixes)[number];

/** The origin that an address stands for; `undefined` where it is no address of a web server. */
export function readOrigin(address: string): CookieOrigin | undefined {
  const text = address.trim();
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (text === "" || text.length > 2048 || !URL.canParse(full)) return undefined;
  const { protocol, hostname, pathname } = new URL(full);
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  const isLocal =
    hostname === "localhost" || hostname.endsWith(".localhost") || /^(127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return { host: hostname, path: pathname, isSecure: protocol === "https:" || isLocal };
}

/** The longest life that browsers grant a cookie: 400 days (RFC 6265bis section 5.5). */
export const longestLifeSeconds = 400 * 86_400;

/** What follows from a cookie's line, at a time in milliseconds since 1970. */
export function factsOf(cookie: ReadCookie, origin: CookieOrigin, nowMs: number): CookieFacts {
  const { attributes, name, value } = cookie;
  const domain = attributes.get("domain")?.replace(/^\./, "").toLowerCase();
  const path = attributes.get("path");
  const sameSite = attributes.get("samesite")?.toLowerCase();
  return {
    cookie,
    origin,
    bytes: byteLength(name) + byteLength(value),
    prefix: prefixOf(name),
    isSecure: attributes.has("secure"),
    isHttpOnly: attributes.has("httponly"),
    sameSite: sameSite === "strict" || sameSite === "lax" || sameSite === "none" ? sameSite : undefined,
    domain: domain === undefined || domain === "" ? undefined : domain,
    path: path?.startsWith("/") === true ? path : defaultPath(origin.path),
    life: lifeOf(attributes, nowMs),
  };
}

/** The prefix that a name begins with. Browsers compare it without regard to case. */
export function prefixOf(name: string): CookiePrefix | undefined {
  return cookiePrefixes.find((prefix) => name.toLowerCase().startsWith(prefix.toLowerCase()));
}

/** Bytes in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

// The folder of the address that set it.
function defaultPath(path: string): string {
  const last = path.lastIndexOf("/");
  return last <= 0 ? "/" : path.slice(0, last);
}

function lifeOf(attributes: ReadonlyMap<string, string>, nowMs: number): CookieLife {
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return life("Max-Age", Number(maxAge));
  const expires = parseCookieDate(attributes.get("expires") ?? "");
  if (expires !== undefined) return life("Expires", (expires - nowMs) / 1000);
  return { kind: "session", by: undefined, seconds: undefined, isCapped: false };
}

function life(by: "Max-Age" | "Expires", seconds: number): CookieLife {
  if (seconds <= 0) return { kind: "ends", by, seconds: 0, isCapped: false };
  return {
    kind: "lasting",
    by,
    seconds: Math.min(seconds, longestLifeSeconds),
    isCapped: seconds > longestLifeSeconds,
  };
}
