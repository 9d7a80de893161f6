// What a credential says of itself: its kind, its parts, its times, its size. Checks no signature and asks no store.

import type { RefusalCode } from "@countersign/verifier";
import { looksLikeSessionToken, nameSessionToken, parseRefreshToken } from "countersign";
import { relativeText, timeText } from "./words.ts";

/** What there is to say of a credential. */
export interface Explanation {
  readonly kind: string;
  /** What is read from it, for people. Neither its secret nor its signature is among them. */
  readonly facts: Readonly<Record<string, string>>;
  /** `unknown`: only a server with its data could say more. */
  readonly verdict: "accepted" | "refused" | "unknown";
  readonly code?: RefusalCode | undefined;
  readonly reasons: readonly string[];
}

/** The longest credential that is looked at: what the verifier takes. */
const longest = 8192;

/** Explains a credential by itself, at a time in milliseconds since 1970. */
export function explainShape(credential: string, nowMs: number): Explanation {
  const size = `${Buffer.byteLength(credential)} bytes`;
  if (credential.length > longest) {
    return refused("A text too long for a credential", { size }, "token_too_long", "Nothing beyond 8 KB is read.");
  }
  if (looksLikeSessionToken(credential)) return sessionToken(credential, size);
  const refresh = parseRefreshToken(credential);
  if (refresh !== undefined) return refreshToken(refresh, size);
  const jwt = readJwt(credential);
  if (jwt !== undefined) return accessToken(jwt, size, nowMs);
  return refused("No credential that Countersign knows", { size }, "token_malformed", shapeWords(credential));
}

function sessionToken(credential: string, size: string): Explanation {
  return {
    kind: "A session token",
    facts: { size: `${size}; as the cookie __Host-Http-sid 43`, sid: nameSessionToken(credential).sid },
    verdict: "unknown",
    reasons: ["It is a secret that says nothing of itself: the server looks its session up."],
  };
}

function refreshToken(parsed: { version: number; sid: string; counter: number }, size: string): Explanation {
  return {
    kind: "A refresh token",
    facts: { size, sid: parsed.sid, number: `${parsed.counter}`, "key version": `${parsed.version}` },
    verdict: "unknown",
    reasons: ["It counts at POST /auth/refresh only, while its number is the current one of its session."],
  };
}

interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly bytes: readonly [number, number, number];
}

const kinds: Readonly<Record<string, string>> = {
  "lean+jwt": "An access token of the lean profile",
  "at+jwt": "An access token of the full profile (RFC 9068)",
  "hybrid+jwt": "A token of a hybrid session",
};

const algorithms = new Set(["ES256", "Ed25519", "EdDSA", "RS256"]);

function accessToken({ header, claims, bytes }: Jwt, size: string, nowMs: number): Explanation {
  const type = typeof header.typ === "string" ? header.typ.toLowerCase().replace(/^application\//, "") : undefined;
  const [head, payload, signature] = bytes;
  const facts: Record<string, string> = {
    size: `${size}: header ${head}, claims ${payload}, signature ${signature}`,
    ...textFacts(header, "header"),
    ...textFacts(claims, "claim", nowMs),
  };
  const kind = kinds[type ?? ""] ?? "A JWT of another kind";
  if (typeof header.alg !== "string" || !algorithms.has(header.alg)) {
    return refused(kind, facts, "token_algorithm", "Only ES256, Ed25519 and RS256 are taken, each bound to its key.");
  }
  if (type === undefined || kinds[type] === undefined) {
    return refused(kind, facts, "token_type", "Only lean+jwt, at+jwt and hybrid+jwt are access tokens here.");
  }
  const { iat, exp } = claims;
  if (typeof iat !== "number" || typeof exp !== "number") {
    return refused(kind, facts, "token_claims", "iat and exp have to be numbers.");
  }
  if (iat * 1000 > nowMs + leewayMs)
    return refused(kind, facts, "token_not_yet_valid", `It is valid ${relativeText(iat * 1000, nowMs)}.`);
  if (exp * 1000 + leewayMs <= nowMs)
    return refused(kind, facts, "token_expired", `It ended ${relativeText(exp * 1000, nowMs)}.`);
  return {
    kind,
    facts,
    verdict: "unknown",
    reasons: ["Its times are good. Its signature was not checked: there are no keys here."],
  };
}

/** How far clocks may differ. */
const leewayMs = 10_000;

const times = new Set(["iat", "exp", "nbf", "auth_time"]);

function textFacts(values: Readonly<Record<string, unknown>>, what: string, nowMs = 0): Record<string, string> {
  const entries = Object.entries(values).slice(0, 40);
  return Object.fromEntries(entries.map(([name, value]) => [`${what} ${name}`, factText(name, value, nowMs)]));
}

function factText(name: string, value: unknown, nowMs: number): string {
  if (times.has(name) && typeof value === "number" && Math.abs(value) < 1e11) {
    return `${value}: ${timeText(value * 1000)}, ${relativeText(value * 1000, nowMs)}`;
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}

function readJwt(text: string): Jwt | undefined {
  const parts = text.split(".");
  const [head, payload, signature] = parts;
  if (parts.length !== 3 || head === undefined || payload === undefined || signature === undefined) return undefined;
  const header = readObject(head);
  const claims = readObject(payload);
  if (header === undefined || claims === undefined) return undefined;
  return { header, claims, bytes: [head.length, payload.length, signature.length] };
}

function readObject(part: string): Record<string, unknown> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function shapeWords(text: string): string {
  const dots = text.split(".").length - 1;
  if (dots === 4) return "Five parts: an encrypted JWT (JWE). Countersign makes none.";
  if (dots === 2) return "Three parts, but not JSON in base64url: damaged, or something else.";
  if (/^[\w-]{12}[.:][\w-]{43}$/.test(text))
    return "It looks like a service key, which belongs to the routes of services.";
  return "A session token has 27 characters, a refresh token 55, a JWT three parts with dots between.";
}

function refused(kind: string, facts: Explanation["facts"], code: RefusalCode, reason: string): Explanation {
  return { kind, facts, verdict: "refused", code, reasons: [reason] };
}
