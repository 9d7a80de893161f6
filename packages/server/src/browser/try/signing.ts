// Makes keys in the page and signs with them. No key leaves the page, and none is kept. Judges nothing.

import { base64url, calculateJwkThumbprint, exportJWK, exportSPKI, type JWK } from "jose";

/** The algorithms that the page can sign with. */
export type SigningAlgorithm = "HS256" | "RS256" | "ES256" | "Ed25519";

/** In the order in which they are offered. */
export const signingAlgorithms: readonly SigningAlgorithm[] = ["ES256", "Ed25519", "RS256", "HS256"];

/** A key made in the page. */
export interface PageKey {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string;
  /** What checks its signatures, as text to paste: a JWK with the public members, or the secret of an HMAC in base64url. */
  readonly shown: { readonly jwk: string; readonly pem: string } | { readonly secret: string };
  readonly signingKey: CryptoKey;
  /** Absent for HMAC: the secret is no public key. */
  readonly publicJwk: JWK | undefined;
}

/** Whether the browser gives this page its cryptography: only on https and on this very machine. */
export function hasCryptography(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}

/** Makes a key. RSA takes a moment: it has 2048 bits, which is enough for a try. */
export async function makeKey(algorithm: SigningAlgorithm): Promise<PageKey> {
  if (algorithm === "HS256") return secretKey(crypto.getRandomValues(new Uint8Array(32)));
  const { privateKey, publicKey } = await makePair(algorithm);
  const members = await exportJWK(publicKey);
  const kid = (await calculateJwkThumbprint(members)).slice(0, 8);
  const publicJwk: JWK = { kid, alg: algorithm, use: "sig", ...members };
  const pem = await exportSPKI(publicKey);
  return { algorithm, kid, shown: { jwk: JSON.stringify(publicJwk, null, 2), pem }, signingKey: privateKey, publicJwk };
}

/** An HMAC key of these bytes. */
export async function secretKey(bytes: Uint8Array<ArrayBuffer>): Promise<PageKey> {
  const signingKey = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const secret = base64url.encode(bytes);
  return { algorithm: "HS256", kid: "secret", shown: { secret }, signingKey, publicJwk: undefined };
}

/** Signs a header and a payload exactly as they stand: what a library would refuse to sign can be made too, to be looked at. */
export async function signTexts(key: PageKey, header: string, payload: string): Promise<string> {
  const parts = `${base64url.encode(header)}.${base64url.encode(payload)}`;
  return `${parts}.${await signatureOf(key, parts)}`;
}

/** Signs claims under an ordinary header. */
export function signClaims(key: PageKey, typ: string, claims: object): Promise<string> {
  return signTexts(key, JSON.stringify({ alg: key.algorithm, typ, kid: key.kid }), JSON.stringify(claims));
}

/** The signature of the first two parts of a token, in base64url. */
export async function signatureOf({ algorithm, signingKey }: PageKey, parts: string): Promise<string> {
  const bytes = await crypto.subtle.sign(parameters[algorithm].sign, signingKey, new TextEncoder().encode(parts));
  return base64url.encode(new Uint8Array(bytes));
}

const parameters = {
  HS256: { sign: { name: "HMAC" } },
  RS256: { sign: { name: "RSASSA-PKCS1-v1_5" } },
  ES256: { sign: { name: "ECDSA", hash: "SHA-256" } },
  Ed25519: { sign: { name: "Ed25519" } },
} as const;

const exponent = Uint8Array.of(1, 0, 1);

async function makePair(algorithm: Exclude<SigningAlgorithm, "HS256">): Promise<CryptoKeyPair> {
  const { subtle } = crypto;
  if (algorithm === "Ed25519") return asPair(await subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]));
  if (algorithm === "ES256")
    return subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const rsa = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: exponent, hash: "SHA-256" };
  return subtle.generateKey(rsa, true, ["sign", "verify"]);
}

function asPair(made: CryptoKey | CryptoKeyPair): CryptoKeyPair {
  if ("privateKey" in made) return made;
  throw new Error("The browser made one key instead of a pair.");
}
