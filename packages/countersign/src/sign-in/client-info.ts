// Where a request comes from, as far as it can be believed: a label for people, an address, an address block. Judges nothing.

import { isIPv4, isIPv6 } from "node:net";

/** Browsers by a token of their User-Agent. The first that matches counts: most of them claim to be others as well. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Headless)?(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*Safari\//, "Safari"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac(?:intosh| OS X)\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

const unknownClient = "Unknown client";

/**
 * A short name for people: `Firefox on Linux`, `curl`, `Unknown client`. At most 64 printable ASCII characters, without versions: an
 * update of the program does not change it. It is what the client says of itself, and proves nothing.
 */
export function clientLabel(userAgent: string | undefined): string {
  // Only a bounded piece is looked at, so that no header makes the expressions below slow.
  const text = (userAgent ?? "").slice(0, 512).replace(/[^\x20-\x7e]/g, "");
  const browser = browsers.find(([pattern]) => pattern.test(text))?.[1];
  const system = systems.find(([pattern]) => pattern.test(text))?.[1];
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  if (text.startsWith("Mozilla/")) return system === undefined ? unknownClient : `Browser on ${system}`;
  const product = /^[A-Za-z][A-Za-z0-9._-]{0,31}(?=[/ ]|$)/.exec(text)?.[0];
  return product ?? unknownClient;
}

/**
 * The client's network address, in its one canonical spelling; `undefined` where there is none (a Unix socket).
 *
 * `hops` is how many proxies in front are ours. Each appends the address it saw to `X-Forwarded-For`, so the n-th entry from the right
 * was written by our outermost proxy, and everything left of it by strangers. With 0 the header is ignored. An entry
 * that is missing or malformed leaves the address of the socket: never one that a stranger chose.
 */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | null | undefined,
  hops: number,
): string | undefined {
  const socket = remoteAddress === undefined ? undefined : canonicalAddress(remoteAddress);
  if (hops <= 0 || !forwardedFor) return socket;
  const entries = forwardedFor.split(",");
  return canonicalAddress(entries[entries.length - hops]?.trim() ?? "") ?? socket;
}

/** The block that one client can be assumed to own: an IPv4 address itself, the /64 of an IPv6 address (RFC 6177). */
export function addressBlock(address: string | undefined): string {
  const canonical = canonicalAddress(address ?? "");
  if (canonical === undefined) return "unknown";
  if (isIPv4(canonical)) return canonical;
  const first = groups(canonical)
    .slice(0, 4)
    .map((group) => group.toString(16));
  return `${ipv6Text(`${first.join(":")}::`)}/64`;
}

/** One spelling per address: no brackets, port or zone; IPv4-mapped IPv6 as IPv4; IPv6 as in RFC 5952. */
function canonicalAddress(text: string): string | undefined {
  const bare = withoutPort(text);
  if (isIPv4(bare)) return bare;
  const withoutZone = bare.replace(/%[A-Za-z0-9._~-]{1,32}$/, "");
  if (!isIPv6(withoutZone) || withoutZone.includes("%")) return undefined;
  const canonical = ipv6Text(withoutZone);
  const mapped = groups(canonical);
  if (!mapped.slice(0, 5).every((group) => group === 0) || mapped[5] !== 0xffff) return canonical;
  return mapped
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}

function withoutPort(text: string): string {
  const bracketed = /^\[([^[\]]{2,80})\](?::\d{1,5})?$/.exec(text);
  if (bracketed?.[1] !== undefined) return isIPv4(bracketed[1]) ? "" : bracketed[1];
  return /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(text)?.[1] ?? text;
}

/** The platform's URL parser writes IPv6 addresses in their canonical form. */
function ipv6Text(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

/** The eight 16-bit groups of a canonical IPv6 address. */
function groups(canonical: string): number[] {
  const [head = "", tail] = canonical.split("::");
  const numbers = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const before = numbers(head);
  if (tail === undefined) return before;
  const after = numbers(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
