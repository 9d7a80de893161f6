// The names of our cookies, and the strict reading of one of them; knows nothing of what their values mean.

import { twice } from "./request.ts";

/**
 * The cookies that carry credentials. The prefix `__Host-Http-` makes a browser vouch that the cookie came over TLS,
 * from this very host, in a `Set-Cookie` header (draft-ietf-httpbis-layered-cookies); the plain names serve
 * `http://localhost`, where some browsers refuse the prefix.
 */
export const cookieNames = {
  prefixed: { session: "__Host-Http-sid", accessToken: "__Host-Http-at" },
  plain: { session: "sid", accessToken: "at" },
} as const;

/** Which credential a cookie carries. */
export type CookieKind = keyof typeof cookieNames.prefixed;

/**
 * The cookie names that count for an issuer, the one to prefer first. The plain name is among them only for an issuer
 * at `http://localhost` (or a loopback address): anywhere else a neighbouring host could plant it.
 */
export function acceptedCookieNames(issuer: string, kind: CookieKind): readonly string[] {
  const prefixed = cookieNames.prefixed[kind];
  return isPlainLocalhost(issuer) ? [prefixed, cookieNames.plain[kind]] : [prefixed];
}

/** Whether a URL is `http:` on this very machine. */
export function isPlainLocalhost(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const local = hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]";
  return protocol === "http:" && (local || /^127\.\d+\.\d+\.\d+$/.test(hostname));
}

/** The longest `Cookie` header that is looked into, in characters; a longer one holds no credential for us. */
export const longestCookieHeader = 16_384;

/**
 * The value of the cookie of exactly this name, as it stands: quotes stay, nothing is decoded.
 * `undefined` when absent, `twice` when the name occurs more than once, even with equal values: which of the two came
 * from a neighbouring host cannot be told (RFC 6265 section 8.6). Only space and tab are trimmed, so that no other
 * character before a name makes it look like ours. Costs one pass over the header.
 */
export function findCookie(header: string, name: string): string | undefined | typeof twice {
  const found = findCookies(header, [name]);
  return found === twice ? twice : found[0];
}

/** As `findCookie`, for several names in one pass: the value of each, in their order; `twice` when one of them is there twice. */
export function findCookies(header: string, names: readonly string[]): (string | undefined)[] | typeof twice {
  const found = new Array<string | undefined>(names.length).fill(undefined);
  if (header.length > longestCookieHeader) return found;
  for (let start = 0; start < header.length; ) {
    let end = header.indexOf(";", start);
    if (end === -1) end = header.length;
    while (isBlank(header, start)) start += 1;
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] ?? "";
      const equals = start + name.length;
      if (header.charCodeAt(equals) !== 0x3d || !header.startsWith(name, start)) continue;
      if (found[index] !== undefined) return twice;
      let last = end;
      while (last > equals + 1 && isBlank(header, last - 1)) last -= 1;
      found[index] = header.slice(equals + 1, last);
    }
    start = end + 1;
  }
  return found;
}

/** Every value of that name, as `findCookie` reads them, in the order sent; the first `most` of them. */
export function findCookieValues(header: string, name: string, most: number): readonly string[] {
  if (header.length > longestCookieHeader) return [];
  const pairs = header.split(";").map(withoutBlanks);
  const ours = pairs.filter((pair) => pair.startsWith(`${name}=`)).slice(0, most);
  return ours.map((pair) => pair.slice(name.length + 1));
}

// A loop: the regular expression for it takes quadratic time over a header full of blanks.
function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) start += 1;
  while (end > start && isBlank(text, end - 1)) end -= 1;
  return text.slice(start, end);
}

function isBlank(text: string, index: number): boolean {
  const character = text.charCodeAt(index);
  return character === 0x20 || character === 0x09;
}
