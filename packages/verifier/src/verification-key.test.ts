import { exportJWK, generateKeyPair, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { createTestKey } from "./testing.ts";
import { importVerificationKey } from "./verification-key.ts";

const [es256, ed25519, rs256] = await Promise.all([
  createTestKey("k1", "ES256"),
  createTestKey("k2", "Ed25519"),
  createTestKey("k3", "RS256"),
]);
const otherCurve = { ...(await exportJWK((await generateKeyPair("ES384")).publicKey)), kid: "k4" };

function without(jwk: JWK, ...names: string[]): JWK {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)));
}

const toBase64url = (value: bigint) => Buffer.from(value.toString(16).padStart(512, "0"), "hex").toString("base64url");

// What the broken generator made: 65537^a modulo the product of the first primes, plus a multiple of that product.
function rocaModulus(): string {
  const primes = Array.from({ length: 170 }, (_, n) => n).filter(
    (n) => n > 1 && Array.from({ length: n - 2 }, (_, d) => d + 2).every((d) => n % d !== 0),
  );
  const product = primes.reduce((all, prime) => all * BigInt(prime), 1n);
  return toBase64url((2n ** 2047n / product + 1n) * product + (65537n ** 7n % product));
}

describe("importVerificationKey", () => {
  it.each([
    { it: "binds P-256 to ES256", jwk: es256.publicJwk, algorithm: "ES256" },
    { it: "binds P-256 without alg to ES256", jwk: without(es256.publicJwk, "alg"), algorithm: "ES256" },
    { it: "binds Ed25519 to Ed25519", jwk: ed25519.publicJwk, algorithm: "Ed25519" },
    { it: "reads EdDSA as Ed25519", jwk: { ...ed25519.publicJwk, alg: "EdDSA" }, algorithm: "Ed25519" },
    { it: "binds RSA to RS256", jwk: rs256.publicJwk, algorithm: "RS256" },
    { it: "needs no use", jwk: without(es256.publicJwk, "use"), algorithm: "ES256" },
    { it: "takes key_ops with verify", jwk: { ...es256.publicJwk, key_ops: ["verify"] }, algorithm: "ES256" },
    { it: "takes a kid of 64 characters", jwk: { ...es256.publicJwk, kid: "k".repeat(64) }, algorithm: "ES256" },
    { it: "passes over members it does not know", jwk: { ...es256.publicJwk, x5t: "AA" }, algorithm: "ES256" },
  ])("$it", async ({ jwk, algorithm }) => {
    const key = await importVerificationKey(jwk);
    expect(key).toMatchObject({ kid: jwk.kid, algorithm });
    expect(key.cryptoKey.type).toBe("public");
    expect(key.material).not.toContain("kid");
  });

  it.each([
    { it: "no object", jwk: "jwk", says: "must be an object" },
    { it: "a private EC key", jwk: es256.privateJwk, says: 'must be public, but has the member "d"' },
    { it: "a private RSA key", jwk: rs256.privateJwk, says: 'must be public, but has the member "d"' },
    { it: "a symmetric key", jwk: { kty: "oct", k: "AAAA", kid: "k1", alg: "HS256" }, says: 'has the member "k"' },
    { it: "a key with a symmetric part", jwk: { ...es256.publicJwk, k: "AAAA" }, says: 'has the member "k"' },
    { it: "a key without kid", jwk: without(es256.publicJwk, "kid"), says: "kid must be" },
    { it: "an empty kid", jwk: { ...es256.publicJwk, kid: "" }, says: "kid must be" },
    { it: "a kid that is no text", jwk: { ...es256.publicJwk, kid: 1 }, says: "kid must be" },
    { it: "a kid of 65 characters", jwk: { ...es256.publicJwk, kid: "k".repeat(65) }, says: "kid must be" },
    { it: "a key for encryption", jwk: { ...es256.publicJwk, use: "enc" }, says: 'use must be "sig"' },
    { it: "a key for signing only", jwk: { ...es256.publicJwk, key_ops: ["sign"] }, says: "key_ops must contain" },
    { it: "a key_ops that is no list", jwk: { ...es256.publicJwk, key_ops: "verify" }, says: "key_ops must contain" },
    { it: "another curve", jwk: otherCurve, says: "must be an EC key on P-256" },
    { it: "another kty", jwk: { ...es256.publicJwk, kty: "RSA" }, says: "alg must be RS256" },
    { it: "an alg of another type", jwk: { ...es256.publicJwk, alg: "RS256" }, says: "alg must be ES256" },
    { it: "a symmetric alg", jwk: { ...rs256.publicJwk, alg: "HS256" }, says: "alg must be RS256" },
    { it: "an alg in other case", jwk: { ...es256.publicJwk, alg: "es256" }, says: "alg must be ES256" },
    { it: "an RSA key without alg", jwk: without(rs256.publicJwk, "alg"), says: "an RSA key must name its alg" },
    { it: "an RSA key for PS256", jwk: { ...rs256.publicJwk, alg: "PS256" }, says: "alg must be RS256" },
    { it: "e = 1", jwk: { ...rs256.publicJwk, e: "AQ" }, says: "e must be 65537" },
    { it: "e = 3", jwk: { ...rs256.publicJwk, e: "Aw" }, says: "e must be 65537" },
    { it: "an RSA key of 2047 bits", jwk: { ...rs256.publicJwk, n: toBase64url(2n ** 2046n + 1n) }, says: "2048 to" },
    {
      it: "an RSA key of 1024 bits, blown up with zeros",
      jwk: { ...rs256.publicJwk, n: toBase64url(2n ** 1023n + 1n) },
      says: "n must have 2048 to",
    },
    {
      it: "an RSA key of 16 384 bits",
      jwk: { ...rs256.publicJwk, n: Buffer.alloc(2048, 0xff).toString("base64url") },
      says: "n must have 2048 to",
    },
    { it: "a key of the broken generator", jwk: { ...rs256.publicJwk, n: rocaModulus() }, says: "CVE-2017-15361" },
    { it: "a member that is not canonical", jwk: { ...es256.publicJwk, x: "AB" }, says: "x is malformed" },
    { it: "a member that is missing", jwk: without(es256.publicJwk, "y"), says: "y is malformed" },
    { it: "a point off the curve", jwk: { ...es256.publicJwk, y: es256.publicJwk.x }, says: "is no valid key" },
    { it: "a short coordinate", jwk: { ...ed25519.publicJwk, x: "AAAA" }, says: "is no valid key" },
  ])("refuses $it", async ({ jwk, says }) => {
    await expect(importVerificationKey(jwk)).rejects.toThrow(says);
  });

  it("tells nothing of the key in its error", async () => {
    const error: unknown = await importVerificationKey(es256.privateJwk).catch((caught: unknown) => caught);
    expect(String(error)).not.toContain(es256.privateJwk.d);
    expect(String(error)).not.toContain(es256.privateJwk.x);
  });
});
