// Strings and requests as an HTTP parser makes them: new each time, so that every look-up has to hash them. Knows no credential.

import type { RequestLike } from "@countersign/verifier";

/** The bytes of a text, from which a new string is made at each call. */
export interface Bytes {
  /** A string that nobody has hashed or compared yet. */
  text(): string;
}

export function bytesOf(text: string): Bytes {
  const buffer = Buffer.from(text, "latin1");
  return { text: () => buffer.toString("latin1") };
}

/** A request with an `Authorization` header, as `node:http` would hand it over. */
export function bearerRequest(bytes: Bytes): RequestLike {
  const authorization = bytes.text();
  return {
    method: "GET",
    url: "/",
    headers: { host: "127.0.0.1", authorization },
    rawHeaders: ["Host", "127.0.0.1", "Authorization", authorization],
  };
}

/** A request with a `Cookie` header. */
export function cookieRequest(bytes: Bytes): RequestLike {
  const cookie = bytes.text();
  return {
    method: "GET",
    url: "/",
    headers: { host: "127.0.0.1", cookie },
    rawHeaders: ["Host", "127.0.0.1", "Cookie", cookie],
  };
}

/**
 * A credential that somebody has tampered with: the middle character of each cookie's value, or of the header, is another. Cookies whose values
 * are not secrets are damaged too.
 */
export function damaged(header: string): string {
  if (/^bearer /i.test(header)) return header.slice(0, 7) + damagedText(header.slice(7));
  return header
    .split("; ")
    .map((cookie) => {
      const equals = cookie.indexOf("=") + 1;
      return cookie.slice(0, equals) + damagedText(cookie.slice(equals));
    })
    .join("; ");
}

function damagedText(text: string): string {
  const middle = Math.floor(text.length / 2);
  return `${text.slice(0, middle)}${text[middle] === "A" ? "B" : "A"}${text.slice(middle + 1)}`;
}
