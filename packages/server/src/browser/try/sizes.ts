// The bytes of each strategy for given claims, from credentials that are really made. Estimates nothing.

import { acceptedCookieNames, registeredClaims } from "@countersign/verifier";
import { base64url } from "jose";
import { carriedBytes } from "../../web/credential-size.ts";
import type { Finding } from "./findings.ts";
import { makeKey, type PageKey, type SigningAlgorithm, signClaims } from "./signing.ts";
import { bytesText } from "./words.ts";

/** What is measured. */
export interface SizeQuestion {
  readonly algorithm: Exclude<SigningAlgorithm, "HS256">;
  readonly issuer: string;
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** One way to carry a credential, and what it weighs. */
export interface Size {
  readonly strategy: "session" | "jwt" | "hybrid";
  readonly name: string;
  /** The header's line as it travels with every request, in bytes: its name, the credential, separators. */
  readonly bytes: number;
  /** How the bytes come about. */
  readonly detail: string;
}

/** What came out. */
export interface SizeAnswer {
  readonly sizes: readonly Size[];
  readonly findings: readonly Finding[];
}

/** Really makes the credentials and weighs them. Costs five signatures; the key is made once per algorithm. */
export async function measureSizes(question: SizeQuestion): Promise<SizeAnswer> {
  const key = await keyFor(question.algorithm);
  const session = base64url.encode(crypto.getRandomValues(new Uint8Array(20)));
  // As the issuer does it: in a cookie, a token holds identifiers only.
  const bare = { ...question, claims: {} };
  const lean = await signClaims(key, "lean+jwt", leanClaims(question));
  return {
    sizes: sizesOf({
      sessionCookie: `${cookieName("session")}=${session}`,
      jwtCookie: `${cookieName("accessToken")}=${await signClaims(key, "lean+jwt", leanClaims(bare))}`,
      hybridCookie: `${cookieName("accessToken")}=${await signClaims(key, "hybrid+jwt", leanClaims(bare))}`,
      lean,
      full: await signClaims(key, "at+jwt", fullClaims(question)),
      hybrid: await signClaims(key, "hybrid+jwt", leanClaims(question)),
    }),
    findings: findingsOf(question, lean),
  };
}

const kept = new Map<string, Promise<PageKey>>();

// A `kid` of four characters, as the issuer's have.
async function keyFor(algorithm: SizeQuestion["algorithm"]): Promise<PageKey> {
  const making = kept.get(algorithm) ?? makeKey(algorithm).then((key) => ({ ...key, kid: key.kid.slice(0, 4) }));
  kept.set(algorithm, making);
  return making;
}

function cookieName(kind: "session" | "accessToken"): string {
  return acceptedCookieNames("https://auth.example.com", kind)[0] ?? "";
}

function leanClaims({ issuer, sub, claims, nowMs }: SizeQuestion): object {
  const iat = Math.floor(nowMs / 1000);
  return { iss: issuer, sub, sid: randomName(), iat, exp: iat + 300, ...claims };
}

function fullClaims(question: SizeQuestion): object {
  const { issuer: iss, sub, claims, nowMs } = question;
  const iat = Math.floor(nowMs / 1000);
  const more = { aud: "https://api.example.com", client_id: "web", jti: randomName(), auth_time: iat, scope: "read" };
  return { iss, sub, sid: randomName(), iat, exp: iat + 300, ...more, ...claims };
}

function randomName(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(12)));
}

interface Made {
  readonly sessionCookie: string;
  readonly jwtCookie: string;
  readonly hybridCookie: string;
  readonly lean: string;
  readonly full: string;
  readonly hybrid: string;
}

function sizesOf({ sessionCookie, jwtCookie, hybridCookie, lean, full, hybrid }: Made): readonly Size[] {
  return [
    {
      strategy: "session",
      name: "Session cookie",
      bytes: carriedBytes(sessionCookie.length, "cookie"),
      detail: `the cookie has ${bytesText(sessionCookie.length)}, whatever the claims: they stay in the store`,
    },
    {
      strategy: "jwt",
      name: "JWT, lean profile",
      bytes: carriedBytes(lean.length, "bearer"),
      detail: `the token has ${bytesText(lean.length)}`,
    },
    {
      strategy: "jwt",
      name: "JWT, full profile (RFC 9068)",
      bytes: carriedBytes(full.length, "bearer"),
      detail: `the token has ${bytesText(full.length)}: it names its audience, its client and its scope`,
    },
    {
      strategy: "jwt",
      name: "JWT in a cookie",
      bytes: carriedBytes(jwtCookie.length, "cookie"),
      detail: `the cookie has ${bytesText(jwtCookie.length)}, whatever the claims: in a cookie a token holds identifiers only`,
    },
    {
      strategy: "hybrid",
      name: "Hybrid, both cookies",
      bytes: carriedBytes(sessionCookie.length + 2 + hybridCookie.length, "cookie"),
      detail: `the session's cookie has ${bytesText(sessionCookie.length)}, the token's ${bytesText(hybridCookie.length)}, whatever the claims`,
    },
    {
      strategy: "hybrid",
      name: "Hybrid, as Bearer",
      bytes: carriedBytes(hybrid.length, "bearer"),
      detail: `the token has ${bytesText(hybrid.length)}, and travels without the session's secret`,
    },
  ];
}

/** What the issuer allows a token unless it is told otherwise (`jwt.maxBytes`). */
const tokenBudget = 1024;

function findingsOf({ claims }: SizeQuestion, lean: string): readonly Finding[] {
  const taken = Object.keys(claims).filter((name) => registeredClaims.has(name));
  const findings: (Finding | false)[] = [
    taken.length > 0 && {
      level: "warning",
      title: "Names that are taken",
      text: `${taken.map((name) => `\`${name}\``).join(", ")}: the issuer sets these itself, and refuses them from an application.`,
    },
    lean.length > tokenBudget && {
      level: "warning",
      title: "Over the budget",
      text: `The token has ${bytesText(lean.length)}; the issuer allows ${tokenBudget} unless \`jwt.maxBytes\` says more. It is an error when the token is made, and never a silent drop.`,
    },
    lean.length <= tokenBudget &&
      lean.length > 512 && {
        level: "note",
        title: "It adds up",
        text: "Every request with the token carries it. What changes seldom and is read seldom belongs behind a look-up.",
      },
  ];
  return findings.filter((finding): finding is Finding => finding !== false);
}
