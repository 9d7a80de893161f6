// Credentials of a simulated world, as an issuer makes them, and the keys that sign them. Knows no store and no verifier.

import { createHash, createPrivateKey, createPublicKey, KeyObject, sign, verify } from "node:crypto";
import { acceptedCookieNames } from "../../packages/verifier/src/cookies.ts";
import { createLocalKeySet } from "../../packages/verifier/src/key-set.ts";

/** Who makes the tokens. */
export const issuer = "https://issuer.example";

/** How far a verifier lets clocks differ. */
export const leewayMs = 10_000;

/** How many keys there are to sign with: one after another may be revoked. */
const mostKeys = 64;

// Always the same, so that the same claims are the same text; all ids share it, for nothing here depends on which key it is.
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
});
const { crv, kty, x } = createPublicKey(privateKey).export({ format: "jwk" });

/** The name of a key. */
export function keyNamed(number: number): string {
  if (number > mostKeys) throw new RangeError("There are no more keys.");
  return `key-${number}`;
}

/** All keys: a set that is given once, as to a verifier that has not heard of its change. */
export const keySource = createLocalKeySet({
  keys: Array.from({ length: mostKeys }, (_, index) => ({ kid: keyNamed(index + 1), kty, crv, x })),
});

/** What a token says. Times are in seconds since 1970. */
export interface TokenClaims {
  readonly sub: string;
  readonly sid: string;
  readonly iat: number;
  readonly exp: number;
  /** The log number, for a token without a record. */
  readonly n?: number;
}

/** A signed token: of a hybrid's session, or, with a log number, without a record. */
export function signToken(kid: string, claims: TokenClaims): string {
  const header = { alg: "Ed25519", kid, typ: claims.n === undefined ? "hybrid+jwt" : "lean+jwt" };
  const parts = [header, { iss: issuer, ...claims }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const signed = parts.join(".");
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

/** The cookies of a browser that holds a session and its token. */
export function cookiesOf(sessionToken: string, token: string): string {
  const [session = ""] = acceptedCookieNames(issuer, "session");
  const [accessToken = ""] = acceptedCookieNames(issuer, "accessToken");
  return `${session}=${sessionToken}; ${accessToken}=${token}`;
}

/**
 * Runs `work` while the platform checks signatures and hashes at once. They are as real as ever; but otherwise its threads answer at a moment that
 * no seed decides.
 */
export async function withPromptCryptography<T>(work: () => Promise<T>): Promise<T> {
  const { subtle } = crypto;
  const { verify: verifyLater, digest: digestLater } = subtle;
  subtle.verify = async (_algorithm, key, signature, data) =>
    verify(null, bytesOf(data), KeyObject.from(key), bytesOf(signature));
  subtle.digest = async (_algorithm, data) =>
    new Uint8Array(createHash("sha256").update(bytesOf(data)).digest()).buffer;
  try {
    // Keys are imported once for all worlds; none may be the first to wait for that.
    await keySource.find(keyNamed(1));
    return await work();
  } finally {
    [subtle.verify, subtle.digest] = [verifyLater, digestLater];
  }
}

function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
