// Examples to begin with, made in the page at the moment they are asked for, with keys that nobody else has. They open nothing.

import { base64url } from "jose";
import { makeKey, secretKey, signClaims, signTexts } from "./signing.ts";

/** A token to look at, and the key to check it with. */
export interface TokenSample {
  readonly token: string;
  readonly key: string;
}

/** An example that can be loaded. */
export interface TokenExample {
  readonly name: string;
  /** Makes it, at a time in milliseconds since 1970. */
  readonly make: (nowMs: number) => Promise<TokenSample>;
}

/** Good and bad tokens, by what is to be seen in them. */
export const tokenExamples: readonly TokenExample[] = [
  { name: "A good token", make: goodToken },
  { name: "Signed by nobody", make: unsignedToken },
  { name: "Public key as secret", make: confusedToken },
  { name: "Guessable secret", make: guessableToken },
  { name: "Brings its own key", make: selfMadeToken },
  { name: "For years, and personal", make: talkativeToken },
  { name: "A claim twice", make: doubledToken },
];

/** Cookies to look at: one as it should be, and its neighbours. */
export const cookieExamples: readonly { readonly name: string; readonly text: string; readonly address: string }[] = [
  {
    name: "As it should be",
    text: "Set-Cookie: __Host-Http-sid=q0Vd3xKfT8nWm2RzLJ7yB5hEaGU; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Lax",
    address: "https://app.example.com/",
  },
  {
    name: "As it often is",
    text: "Set-Cookie: sessionid=38afes7a8; Domain=example.com; Path=/app; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
    address: "https://app.example.com/app/sign-in",
  },
  {
    name: "A whole response",
    text: [
      "HTTP/1.1 200 OK",
      "Content-Type: text/html; charset=utf-8",
      "Set-Cookie: __Host-id=q0Vd3xKfT8nWm2RzLJ7yB5hEaGU; Domain=example.com; Path=/; Secure",
      "Set-Cookie: theme=dark; Max-Age=31536000; SameSite=Lax; Secure",
      "Set-Cookie: embed=1; SameSite=None",
      "Set-Cookie: old_session=; Max-Age=0; Path=/",
      "",
      "<!doctype html>",
    ].join("\n"),
    address: "https://app.example.com/",
  },
];

/** The claims of an ordinary token. */
export function ordinaryClaims(nowMs: number): Readonly<Record<string, string | number>> {
  const iat = Math.floor(nowMs / 1000);
  const sid = base64url.encode(crypto.getRandomValues(new Uint8Array(12)));
  return { iss: "https://auth.example.com", sub: "example-subject", sid, iat, exp: iat + 300 };
}

async function goodToken(nowMs: number): Promise<TokenSample> {
  const key = await makeKey("ES256");
  const token = await signClaims(key, "lean+jwt", ordinaryClaims(nowMs));
  return { token, key: shown(key.publicJwk) };
}

async function unsignedToken(nowMs: number): Promise<TokenSample> {
  const parts = [
    { alg: "none", typ: "JWT" },
    { ...ordinaryClaims(nowMs), sub: "admin" },
  ];
  return { token: `${parts.map((part) => base64url.encode(JSON.stringify(part))).join(".")}.`, key: "" };
}

async function confusedToken(nowMs: number): Promise<TokenSample> {
  const { shown: published, kid } = await makeKey("RS256");
  const pem = "pem" in published ? published.pem : "";
  const forger = await secretKey(new TextEncoder().encode(pem));
  const header = JSON.stringify({ alg: "HS256", typ: "at+jwt", kid });
  const token = await signTexts(forger, header, JSON.stringify({ ...ordinaryClaims(nowMs), sub: "admin" }));
  return { token, key: pem };
}

async function guessableToken(nowMs: number): Promise<TokenSample> {
  const key = await secretKey(new TextEncoder().encode("your-256-bit-secret"));
  return { token: await signClaims(key, "JWT", ordinaryClaims(nowMs)), key: "" };
}

async function selfMadeToken(nowMs: number): Promise<TokenSample> {
  const key = await makeKey("ES256");
  const header = {
    alg: "ES256",
    typ: "at+jwt",
    kid: "../../keys/dev",
    jwk: key.publicJwk,
    jku: "https://keys.example.net/set",
  };
  const token = await signTexts(
    key,
    JSON.stringify(header),
    JSON.stringify({ ...ordinaryClaims(nowMs), sub: "admin" }),
  );
  return { token, key: shown({ ...key.publicJwk, kid: header.kid }) };
}

async function talkativeToken(nowMs: number): Promise<TokenSample> {
  const key = await makeKey("RS256");
  const claims = {
    ...ordinaryClaims(nowMs),
    exp: Math.floor(nowMs / 1000) + 3 * 31_556_952,
    name: "Ada Example",
    email: "ada@example.com",
    phone_number: "+44 1632 960000",
    roles: ["admin", "billing"],
    api_key: "example-not-a-key",
  };
  return { token: await signClaims(key, "JWT", claims), key: "pem" in key.shown ? key.shown.pem : "" };
}

async function doubledToken(nowMs: number): Promise<TokenSample> {
  const key = await makeKey("Ed25519");
  const claims = JSON.stringify(ordinaryClaims(nowMs)).replace('"sub":', '"sub":"admin","sub":');
  const header = JSON.stringify({ alg: "Ed25519", typ: "lean+jwt", kid: key.kid });
  return { token: await signTexts(key, header, claims), key: shown(key.publicJwk) };
}

function shown(jwk: object | undefined): string {
  return JSON.stringify(jwk, null, 2);
}
