// Reads one header of a request, whatever kind of request it is; knows nothing of what headers mean.

import type { HeadersLike, RequestLike } from "./verdict.ts";

/** What is found instead of a value where a request carries something twice that may stand there once. */
export const twice: unique symbol = Symbol("twice");

/**
 * The value of a header, by its lower-case name; `undefined` when absent, `twice` when it was sent more than once.
 *
 * Node.js silently keeps the first of two `Authorization` headers, another hop may keep the last: `rawHeaders` tells.
 * Web `Headers` have already joined repeated ones with a comma, which no reader here takes for a value.
 * `cookie` alone may be repeated (RFC 9113 section 8.2.3) and is joined with `"; "`.
 */
export function readHeader(request: RequestLike, name: string): string | undefined | typeof twice {
  const { headers, rawHeaders } = request;
  if (isWebHeaders(headers)) return headers.get(name) ?? undefined;
  const value = headers[name];
  if (value === undefined) return undefined;
  if (name === "cookie") return typeof value === "string" ? value : value.join("; ");
  if (rawHeaders !== undefined && countOf(rawHeaders, name) > 1) return twice;
  if (typeof value === "string") return value;
  return value.length > 1 ? twice : value[0];
}

function isWebHeaders(headers: HeadersLike): headers is { get(name: string): string | null } {
  return typeof headers.get === "function";
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) count += 1;
  }
  return count;
}
