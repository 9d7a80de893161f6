// Judges whether a request that bears cookies was made by another site; knows nothing of the cookies themselves.

import { readHeader, twice } from "./request.ts";
import type { RequestLike } from "./verdict.ts";

/** What the judge is told besides the request. */
export interface CrossSiteOptions {
  /** The method to judge instead of the request's own: forward authentication judges the original request. */
  readonly method?: string | undefined;
  /**
   * The own origins (`https://app.example`), compared exactly, where a proxy changes the `Host` header. Consulted only
   * for browsers that send no Fetch Metadata. By default the `Origin`'s host must equal the `Host` header.
   */
  readonly ownOrigins?: readonly string[] | undefined;
}

/**
 * Whether a request has to be refused because another site may have caused it; to be asked by whoever accepts a cookie.
 *
 * GET, HEAD and OPTIONS pass, unless they open a WebSocket. Anything else, and a missing method, needs proof of
 * its origin: Fetch Metadata first (`same-origin` and `none` pass; `same-site` does not, for a neighbouring host is
 * another site to us), `Origin` where the browser sends none, and neither: cross-site. What is malformed or sent
 * twice is cross-site too. Methods are case-sensitive (RFC 9110 section 9.1). Costs a few header reads.
 */
export function isCrossSite(request: RequestLike, options: CrossSiteOptions = {}): boolean {
  if (isSafe(options.method ?? request.method) && !opensWebSocket(request)) return false;
  const site = readHeader(request, "sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const origin = readHeader(request, "origin");
  if (origin === undefined || origin === twice) return true;
  return options.ownOrigins === undefined ? !isOwnHost(origin, request) : !options.ownOrigins.includes(origin);
}

function isSafe(method: string | undefined): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

// A WebSocket is opened by GET, is not held back by CORS, and then carries anything.
function opensWebSocket(request: RequestLike): boolean {
  return readHeader(request, "upgrade") !== undefined || readHeader(request, "sec-fetch-mode") === "websocket";
}

function isOwnHost(origin: string, request: RequestLike): boolean {
  const host = ownHost(request);
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost, origin: canonicalOrigin } = new URL(origin);
  // An Origin is never longer than its canonical form: no path, no user, no default port (RFC 6454 section 6.2).
  if (canonicalOrigin !== origin || (protocol !== "https:" && protocol !== "http:")) return false;
  // Reading the host under the same scheme drops a default port that a proxy has written out.
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}

const hostAndPort = /^[\w.\-:[\]]+$/;

function ownHost(request: RequestLike): string | undefined {
  const host = readHeader(request, "host") ?? authority(request);
  if (host === twice) return undefined;
  if (host !== undefined) return hostAndPort.test(host) ? host : undefined;
  const { url } = request;
  return url !== undefined && /^https?:/.test(url) && URL.canParse(url) ? new URL(url).host : undefined;
}

// Node.js gives HTTP/2's `:authority` under its own name; web `Headers` cannot hold it and would throw.
function authority(request: RequestLike): string | typeof twice | undefined {
  return typeof request.headers.get === "function" ? undefined : readHeader(request, ":authority");
}
