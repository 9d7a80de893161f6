// Tells who visits from this very machine from strangers whom a proxy on it brings. Knows no page and no key.

import { isPlainLocalhost } from "@countersign/verifier";
import type { Auth } from "countersign";

/** How a request arrived. */
export interface Arrival {
  readonly request: Request;
  /** Of the socket; empty where unknown. */
  readonly remoteAddress: string;
  /** As the request line says: `1.1`. */
  readonly httpVersion: string;
}

/** Where the server stands: what its options say of it. */
export type Standing = Pick<Auth["options"], "issuer" | "trustedProxyHops">;

/**
 * Whether a visitor may read the mails that are written instead of sent: on this machine, at the very address of an issuer in development.
 * Their links open accounts.
 */
export function mayReadMails(arrival: Arrival, standing: Standing): boolean {
  return isDevelopment(standing) && isFromThisMachine(arrival) && hostOf(arrival) === new URL(standing.issuer).host;
}

/**
 * Whether a visitor may read the metrics without a key: on this machine, where strangers cannot look the same. Behind a public issuer with no
 * proxy counted they can: whatever ends TLS in front of it may say nothing of itself.
 */
export function mayReadMetrics(arrival: Arrival, standing: Standing): boolean {
  const strangersShow = isPlainLocalhost(standing.issuer) || standing.trustedProxyHops > 0;
  return strangersShow && isFromThisMachine(arrival);
}

/** Whether a visitor may run the lab, which takes all that the machine has: whoever may read the metrics without a key. */
export function mayRunLab(arrival: Arrival, standing: Standing): boolean {
  return mayReadMetrics(arrival, standing);
}

/** Whether an issuer is one of a developer's: on this machine, with no proxy in front. */
export function isDevelopment({ issuer, trustedProxyHops }: Standing): boolean {
  return isPlainLocalhost(issuer) && trustedProxyHops === 0;
}

/**
 * Whether a request comes from this machine, as far as it can be told: by a loopback address, with no trace of a proxy, and under a local
 * name, so that no other site can reach it through a name of its own that points here (DNS rebinding).
 */
function isFromThisMachine(arrival: Arrival): boolean {
  if (!isLoopback(arrival.remoteAddress) || hasTraceOfProxy(arrival)) return false;
  return isPlainLocalhost(`http://${hostOf(arrival)}`);
}

const proxyHeaders = new Set(["via", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"]);

// Browsers and scrapers speak HTTP/1.1. nginx before 1.29.7 speaks 1.0 to what is behind it unless told otherwise, and says nothing else.
function hasTraceOfProxy({ request, httpVersion }: Arrival): boolean {
  if (httpVersion !== "1.1") return true;
  return [...request.headers.keys()].some((name) => proxyHeaders.has(name) || name.startsWith("x-forwarded-"));
}

function hostOf({ request }: Arrival): string {
  return (request.headers.get("host") ?? "").toLowerCase();
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}
