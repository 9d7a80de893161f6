// A public key bound to one algorithm, imported from a JWK; knows nothing of where the JWK came from.

import { importJWK, type JWK } from "jose";
import { decodeCanonical } from "./base64url.ts";
import { ConfigurationError } from "./primitives/errors.ts";

/** Signature algorithms (RFC 7518, RFC 9864). `EdDSA` in a key or a token is read as `Ed25519`. */
export type Algorithm = "ES256" | "Ed25519" | "RS256";

/** All algorithms that can be verified. */
export const algorithms: readonly Algorithm[] = ["ES256", "Ed25519", "RS256"];

const algorithmNames: ReadonlyMap<unknown, Algorithm> = new Map([
  ["ES256", "ES256"],
  ["Ed25519", "Ed25519"],
  ["EdDSA", "Ed25519"],
  ["RS256", "RS256"],
]);

/** The algorithm that a JWK or a JWS header names; `undefined` for any other. Names are case-sensitive. */
export function algorithmNamed(name: unknown): Algorithm | undefined {
  return algorithmNames.get(name);
}

/** Whether a value can be a key id: an opaque text of 1 to 64 characters. */
export function isKeyId(kid: unknown): kid is string {
  return typeof kid === "string" && kid.length > 0 && kid.length <= 64;
}

/** A usable key. Only `importVerificationKey` and the key sets make one. */
export type { VerificationKey };

class VerificationKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly cryptoKey: CryptoKey;
  /** The public members it was made from, to tell whether a key has changed under its name. */
  readonly material: string;
  // Makes the type nominal: an object of the same form, unchecked, is not one.
  readonly #checked = true;

  constructor(usable: UsableJwk, cryptoKey: CryptoKey) {
    this.kid = usable.kid;
    this.algorithm = usable.algorithm;
    this.material = usable.material;
    this.cryptoKey = cryptoKey;
  }

  get isChecked(): true {
    return this.#checked;
  }
}

/** A JWK that passed every check that needs no cryptography. */
export interface UsableJwk {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly publicMembers: JWK;
  readonly material: string;
}

/** Why a JWK is of no use here. */
export interface UnusableJwk {
  readonly unusable: string;
}

/**
 * Imports a public JWK (RFC 7517) and binds it to one algorithm, from which no token can talk it into another.
 *
 * `kty` and `crv` decide the algorithm and `alg` must agree; an RSA key without `alg` has none. RSA needs 2048 to 8192
 * bits and e = 65537. `use` must be `sig` and `key_ops` contain `verify`, where present. Private or symmetric
 * members are refused: such a key is no longer secret. Throws `ConfigurationError` naming the cause, never the key.
 */
export async function importVerificationKey(jwk: unknown): Promise<VerificationKey> {
  const judged = judgeJwk(jwk);
  const key = "unusable" in judged ? judged : await importUsable(judged);
  if ("unusable" in key) throw new ConfigurationError("jwk", key.unusable);
  return key;
}

/** Judges a JWK without cryptography: what it would be imported as, or why it cannot be. */
export function judgeJwk(jwk: unknown): UsableJwk | UnusableJwk {
  if (typeof jwk !== "object" || jwk === null) return { unusable: "must be an object" };
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(jwk));
  const secret = secretMembers.find((name) => members.has(name));
  if (secret !== undefined) return { unusable: `must be public, but has the member "${secret}"` };
  const kid = members.get("kid");
  if (!isKeyId(kid)) return { unusable: "kid must be a text of 1 to 64 characters" };
  if ((members.get("use") ?? "sig") !== "sig") return { unusable: 'use must be "sig"' };
  const operations = members.get("key_ops");
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    return { unusable: 'key_ops must contain "verify"' };
  }
  return judgeMaterial(kid, members);
}

/** Imports what `judgeJwk` found usable. */
export async function importUsable(usable: UsableJwk): Promise<VerificationKey | UnusableJwk> {
  try {
    const cryptoKey = await importJWK(usable.publicMembers, usable.algorithm);
    if (!(cryptoKey instanceof Uint8Array)) return new VerificationKey(usable, cryptoKey);
  } catch {
    // Falls through: the runtime's own words may quote the key.
  }
  return { unusable: "is no valid key of its type" };
}

const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

function judgeMaterial(kid: string, members: ReadonlyMap<string, unknown>): UsableJwk | UnusableJwk {
  const [kty, crv] = [members.get("kty"), members.get("crv")];
  const alg = members.get("alg");
  const kind = kinds.find((row) => row.kty === kty && (row.crv === undefined || row.crv === crv));
  if (kind === undefined) return { unusable: "must be an EC key on P-256, an OKP key on Ed25519 or an RSA key" };
  if (alg === undefined && kind.algorithm === "RS256") return { unusable: "an RSA key must name its alg" };
  if (alg !== undefined && algorithmNamed(alg) !== kind.algorithm) {
    return { unusable: `alg must be ${kind.algorithm} for a key of this type` };
  }
  const publicMembers: Record<string, string> = {};
  for (const name of kind.members) {
    const value = members.get(name);
    if (typeof value !== "string" || decodeCanonical(value) === undefined) return { unusable: `${name} is malformed` };
    publicMembers[name] = value;
  }
  const weakness = kind.algorithm === "RS256" ? rsaWeakness(publicMembers) : undefined;
  if (weakness !== undefined) return { unusable: weakness };
  const jwk = { kty: kind.kty, ...(kind.crv === undefined ? {} : { crv: kind.crv }), ...publicMembers };
  return { kid, algorithm: kind.algorithm, publicMembers: jwk, material: JSON.stringify(jwk) };
}

interface KeyKind {
  readonly kty: string;
  readonly crv?: string;
  readonly algorithm: Algorithm;
  readonly members: readonly string[];
}

const kinds: readonly KeyKind[] = [
  { kty: "EC", crv: "P-256", algorithm: "ES256", members: ["x", "y"] },
  { kty: "OKP", crv: "Ed25519", algorithm: "Ed25519", members: ["x"] },
  { kty: "RSA", algorithm: "RS256", members: ["n", "e"] },
];

function rsaWeakness({ n = "", e }: Record<string, string>): string | undefined {
  if (e !== "AQAB") return "e must be 65537";
  const modulus = toInteger(decodeCanonical(n));
  const bits = modulus.toString(2).length;
  if (bits < 2048 || bits > 8192) return "n must have 2048 to 8192 bits";
  return isRoca(modulus) ? "n comes from a generator that is known to be broken (CVE-2017-15361)" : undefined;
}

function toInteger(bytes: Uint8Array | undefined): bigint {
  const digits = Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0"));
  return BigInt(`0x0${digits.join("")}`);
}

// Keys of the broken generator are powers of 65537 modulo each of these primes; others are so by chance once in 2^27.
const rocaPrimes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

function isRoca(modulus: bigint): boolean {
  return rocaPrimes.every((prime) => {
    const rest = Number(modulus % BigInt(prime));
    let power = 1;
    do {
      if (power === rest) return true;
      power = (power * 65537) % prime;
    } while (power !== 1);
    return false;
  });
}
