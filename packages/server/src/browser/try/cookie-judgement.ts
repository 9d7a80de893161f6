// Judges a cookie: what a browser does with it, where it goes, how long it lives, and what is weak about it. Knows no cookie by name but prefixes.

import { byteLength, type CookieFacts, type CookieLife, type CookieOrigin, factsOf, prefixOf } from "./cookie-facts.ts";
import { findCookieWeaknesses } from "./cookie-findings.ts";
import type { ReadCookie } from "./cookie-reading.ts";
import type { Finding } from "./findings.ts";
import { distanceText, momentText, spanText } from "./words.ts";

/** The judgement of one cookie. */
export interface CookieJudgement {
  readonly facts: CookieFacts;
  /** What a browser does with the line. */
  readonly outcome: "stored" | "refused" | "removes";
  /** Why it is refused. */
  readonly because: string | undefined;
  /** What there is to know of it: a name and words for each. */
  readonly rows: readonly (readonly [string, string])[];
  readonly findings: readonly Finding[];
}

/** Judges cookies of one answer at a time in milliseconds since 1970. */
export function judgeReadCookies(
  cookies: readonly ReadCookie[],
  origin: CookieOrigin,
  nowMs: number,
): readonly CookieJudgement[] {
  return cookies.map((cookie) => judge(factsOf(cookie, origin, nowMs), nowMs));
}

function judge(facts: CookieFacts, nowMs: number): CookieJudgement {
  const because = whyRefused(facts);
  const outcome = because !== undefined ? "refused" : facts.life.kind === "ends" ? "removes" : "stored";
  return { facts, outcome, because, rows: rowsOf(facts, nowMs), findings: findCookieWeaknesses(facts, outcome) };
}

/** The first reason for which a browser drops the line (RFC 6265bis sections 5.6 and 5.7). */
function whyRefused(facts: CookieFacts): string | undefined {
  const { cookie, origin, bytes } = facts;
  if (cookie.hasControls) return "It holds a control character: browsers drop the whole line.";
  if (cookie.name === "" && cookie.value === "") return "It has neither a name nor a value.";
  if (bytes > 4096)
    return `Name and value have ${bytes} bytes. Browsers drop what has more than 4096, and tell nobody.`;
  if (facts.isSecure && !origin.isSecure) return "`Secure` cannot be set over plain HTTP, except on this very machine.";
  if (facts.sameSite === "none" && !facts.isSecure) return "`SameSite=None` needs `Secure`.";
  if (cookie.attributes.has("partitioned") && !facts.isSecure) return "`Partitioned` needs `Secure`.";
  return whyDomainRefused(facts) ?? whyPrefixRefused(facts);
}

function whyDomainRefused({ domain, origin }: CookieFacts): string | undefined {
  if (domain === undefined || domain === origin.host) return undefined;
  if (/^[\d.]+$|^\[/.test(origin.host))
    return "An IP address has no domain: only exactly this address may stand there.";
  if (!domain.includes("."))
    return `\`${domain}\` is a whole top-level domain: no site may set a cookie for all of it.`;
  if (publicSuffixes.has(domain)) {
    return `Anyone can register a name below \`${domain}\`. It is on the public suffix list, and browsers take no cookie for it.`;
  }
  return origin.host.endsWith(`.${domain}`)
    ? undefined
    : `\`${origin.host}\` does not belong to \`${domain}\`: a host sets cookies for itself and for the domains above it.`;
}

/** A few of the public suffix list's thousands: enough to show the rule. */
const publicSuffixes: ReadonlySet<string> = new Set(
  "co.uk org.uk ac.uk gov.uk com.au net.au co.jp co.nz co.za com.br co.in github.io gitlab.io pages.dev workers.dev vercel.app netlify.app herokuapp.com appspot.com web.app firebaseapp.com azurewebsites.net cloudfront.net fly.dev onrender.com blogspot.com".split(
    " ",
  ),
);

function whyPrefixRefused(facts: CookieFacts): string | undefined {
  const { prefix, cookie } = facts;
  if (cookie.name === "" && prefixOf(cookie.value) !== undefined) {
    return "It has no name, and its value begins with a prefix: sent back, it would look like a cookie with one.";
  }
  if (prefix === undefined) return undefined;
  const missing = [
    facts.isSecure ? "" : "`Secure`",
    prefix.includes("Http-") && !facts.isHttpOnly ? "`HttpOnly`" : "",
    prefix.startsWith("__Host-") && (facts.cookie.attributes.get("domain") ?? "") !== "" ? "to have no `Domain`" : "",
    prefix.startsWith("__Host-") && cookie.attributes.get("path") !== "/" ? "`Path=/`" : "",
  ].filter((text) => text !== "");
  return missing.length === 0 ? undefined : `The prefix \`${prefix}\` needs ${missing.join(", ")}.`;
}

function rowsOf(facts: CookieFacts, nowMs: number): CookieJudgement["rows"] {
  const { domain, origin, path, life: lasts, bytes, cookie } = facts;
  return [
    ["Sent to", domain === undefined ? `\`${origin.host}\` alone` : `\`${domain}\` and every host below it`],
    ["Paths", path === "/" ? "all" : `\`${path}\` and below`],
    ["Connections", facts.isSecure ? "encrypted ones only" : "also unencrypted ones"],
    ["Script", facts.isHttpOnly ? "cannot read it" : "can read and change it"],
    ["Other sites", otherSites[facts.sameSite ?? "unset"]],
    ["Life", lifeWords(lasts, nowMs)],
    ["Size", `${bytes} bytes of 4096: name ${byteLength(cookie.name)}, value ${byteLength(cookie.value)}`],
  ];
}

const otherSites = {
  strict: "never send it, not even when one of their links is followed",
  lax: "send it only when one of their links is followed",
  none: "send it with every request that they make",
  unset: "as `Lax` in Chromium, for new cookies with an exception of two minutes; other browsers differ",
} as const;

function lifeWords({ kind, by, seconds = 0, isCapped }: CookieLife, nowMs: number): string {
  if (kind === "session") return "until the browser ends, and longer where it restores its windows";
  if (kind === "ends") return "over already: the line removes the cookie";
  const end = nowMs + seconds * 1000;
  const words = `${spanText(seconds)}, until ${momentText(end)}`;
  return isCapped
    ? `cut to ${words}: browsers grant 400 days`
    : by === "Expires"
      ? `${words} (${distanceText(end, nowMs)})`
      : words;
}
