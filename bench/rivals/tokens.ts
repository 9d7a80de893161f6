// The rivals that judge tokens: jose, fast-jwt, jsonwebtoken. All get the same tokens and check the same claims.

import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { createVerifier } from "fast-jwt";
import { importJWK, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { issuer, newSubject, type SigningKey } from "../credentials.ts";

/** Judges one token: the subject, or it throws. */
export type JudgeToken = (token: string) => string | Promise<string>;

/** The secret of the rivals' HS256, which needs no key pair. */
export const sharedSecret = randomBytes(32).toString("hex");

/** A token of the same claims as ours, under the shared secret. */
export function newSharedSecretToken(): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: newSubject(), sid: newSubject(), iat, exp: iat + 3600 };
  const input = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${input}.${createHmac("sha256", sharedSecret).update(input).digest("base64url")}`;
}

export async function joseJudge(algorithm: "ES256" | "HS256", key: SigningKey): Promise<JudgeToken> {
  const shared = { kty: "oct", k: Buffer.from(sharedSecret).toString("base64url") };
  const jwk = algorithm === "ES256" ? key.publicKey.export({ format: "jwk" }) : shared;
  const imported = await importJWK(jwk, algorithm);
  return async (token) => subjectOf((await jwtVerify(token, imported, { issuer, algorithms: [algorithm] })).payload);
}

/** `cache` is how many tokens are remembered; 0: none. Its own default is 1,000. */
export function fastJwtJudge(algorithm: "ES256" | "HS256", key: SigningKey, cache: number): (token: string) => string {
  const verificationKey = algorithm === "ES256" ? pemOf(key) : sharedSecret;
  const verify = createVerifier({
    ...{ key: verificationKey, algorithms: [algorithm], allowedIss: issuer },
    ...(cache === 0 ? {} : { cache }),
  });
  return (token) => subjectOf(verify(token));
}

export function jsonwebtokenJudge(algorithm: "ES256" | "HS256", key: SigningKey): (token: string) => string {
  // A key that has been read once, as its own documentation advises: texts are read anew at each call.
  const verificationKey = algorithm === "ES256" ? key.publicKey : createSecretKey(Buffer.from(sharedSecret));
  return (token) => subjectOf(jsonwebtoken.verify(token, verificationKey, { algorithms: [algorithm], issuer }));
}

export function pemOf(key: SigningKey): string {
  return key.publicKey.export({ type: "spki", format: "pem" }).toString();
}

function subjectOf(payload: unknown): string {
  const sub = typeof payload === "object" && payload !== null && "sub" in payload ? payload.sub : undefined;
  if (typeof sub !== "string") throw new TypeError("The token has no subject.");
  return sub;
}
