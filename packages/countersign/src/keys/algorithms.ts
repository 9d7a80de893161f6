// The signing algorithms, one row each: how a key is made, and what of it is public. Knows no ring and no store.

import type { Algorithm, JsonObject } from "@countersign/verifier";
import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { UsageError } from "../primitives/errors.ts";

interface AlgorithmRow {
  /** Bits of the modulus, where there is one. */
  readonly modulusLength?: number;
  /** The members of the public JWK (RFC 7518 section 6, RFC 8037). Everything else stays private. */
  readonly publicMembers: readonly string[];
}

/** ES256 is the default: gateways and libraries of every language check it. RSA keys have 3072 bits (NIST SP 800-57). */
const table: Readonly<Record<Algorithm, AlgorithmRow>> = {
  ES256: { publicMembers: ["kty", "crv", "x", "y"] },
  Ed25519: { publicMembers: ["kty", "crv", "x"] },
  RS256: { modulusLength: 3072, publicMembers: ["kty", "n", "e"] },
};

/** Whether a stored name is that of an algorithm of the table. */
export function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(table, name);
}

/** A new key pair as JWKs. The platform's own generator makes it: there is no passing it another randomness. RSA takes a second. */
export async function generateKey(alg: Algorithm): Promise<{ publicJwk: JsonObject; privateJwk: JsonObject }> {
  const { modulusLength } = table[alg];
  const pair = await generateKeyPair(alg, {
    extractable: true,
    ...(modulusLength === undefined ? {} : { modulusLength }),
  });
  return {
    publicJwk: publicMembers(alg, await exportJWK(pair.publicKey)),
    privateJwk: textMembers(await exportJWK(pair.privateKey)),
  };
}

/** The public members of a JWK, and nothing else, whatever it holds. */
export function publicMembers(alg: Algorithm, jwk: Readonly<Record<string, unknown>>): JsonObject {
  return textMembers(jwk, table[alg].publicMembers);
}

/** A private JWK, ready to sign with this one algorithm; it cannot be exported again. */
export async function importSigningKey(alg: Algorithm, privateJwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(privateJwk, alg, { extractable: false });
  if (key instanceof Uint8Array) throw new UsageError("internal_error", "a signing key cannot be symmetric");
  return key;
}

/** A JWS in compact form (RFC 7515 section 7.1), its header exactly `alg`, `typ`, `kid`, in that order and without spaces. */
export function signCompact(
  key: CryptoKey,
  header: { alg: Algorithm; typ: string; kid: string },
  claims: object,
): Promise<string> {
  const { alg, typ, kid } = header;
  const payload = new TextEncoder().encode(JSON.stringify(claims));
  return new CompactSign(payload).setProtectedHeader({ alg, typ, kid }).sign(key);
}

function textMembers(jwk: Readonly<Record<string, unknown>>, names: readonly string[] = Object.keys(jwk)): JsonObject {
  const members: Record<string, string> = {};
  for (const name of names) {
    const value = jwk[name];
    if (typeof value === "string") members[name] = value;
  }
  return members;
}
