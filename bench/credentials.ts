// Credentials as our issuer makes them, in any number, without a sign-in for each. Knows no server.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { nameSessionToken } from "countersign";

/** The issuer of every token in the bench. */
export const issuer = "https://auth.example.com";

/** The cookies' names where the issuer is on https. */
export const cookies = { session: "__Host-Http-sid", token: "__Host-Http-at" } as const;

/** A signing key with what a verifier needs of it. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwks: { readonly keys: readonly object[] };
}

export function newSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });
  return { privateKey, publicKey, jwks: { keys: [{ ...jwk, kid: keyId, alg: "ES256", use: "sig" }] } };
}

const keyId = "k001";

/** A token of the lean profile, signed with ES256, good for an hour. About 320 characters, as our issuer's. */
export function newAccessToken(key: SigningKey, typ: "lean+jwt" | "hybrid+jwt", sid = newSid()): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: newSubject(), sid, iat, exp: iat + 3600 };
  const input = `${encode({ alg: "ES256", typ, kid: keyId })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** A session token: 160 random bits. */
export function newSessionToken(): string {
  return randomBytes(20).toString("base64url");
}

/** The two cookies of a hybrid's browser. */
export function newHybridCookies(key: SigningKey): string {
  const session = newSessionToken();
  const token = newAccessToken(key, "hybrid+jwt", nameSessionToken(session).sid);
  return `${cookies.session}=${session}; ${cookies.token}=${token}`;
}

export function newSubject(): string {
  return newSid();
}

function newSid(): string {
  return randomBytes(12).toString("base64url");
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
