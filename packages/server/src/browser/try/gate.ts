// Asks the strict gate, which is the verifier package itself, about a token. Adds no rule of its own.

import {
  type Clock,
  ConfigurationError,
  createVerifier,
  type Identity,
  importVerificationKey,
  type KeySource,
  type RefusalCode,
} from "@countersign/verifier";
import type { JWK } from "jose";
import type { Jwt } from "./jwt-parts.ts";
import { makeKey, type PageKey, type SigningAlgorithm, signatureOf } from "./signing.ts";

/** What is asked. */
export interface GateQuestion {
  readonly jwt: Jwt;
  /** Public keys to check it by; without any, the gate is asked what it would say of a good signature. */
  readonly keys: readonly JWK[];
  /** The issuer expected. Default: the one that the token names. */
  readonly issuer: string;
  /** The audience expected. Default: for a token of the full profile, the one that it names. */
  readonly audience: string;
  readonly clock: Clock;
}

/** What the gate says. */
export interface GateAnswer {
  readonly verdict:
    | { readonly ok: true; readonly identity: Identity }
    | { readonly ok: false; readonly code: RefusalCode };
  /** Whether it stands for a token with the same header and claims, signed by a key made in this page: no key was given. */
  readonly isRehearsal: boolean;
  /** What the gate was told to expect. */
  readonly expected: { readonly issuer: string; readonly audience: string | undefined };
  /** Why a key that was given is not taken. */
  readonly keyProblem: string | undefined;
}

/** Asks the gate. Throws only where the browser has no cryptography. */
export async function askGate(question: GateQuestion): Promise<GateAnswer> {
  const { jwt, clock } = question;
  const expected = expectations(question);
  const isRehearsal = question.keys.length === 0;
  const rehearsed = isRehearsal ? await rehearse(jwt) : undefined;
  const given = rehearsed === undefined ? withNames(question.keys, jwt) : [rehearsed.jwk];
  const problems = await Promise.all(given.map(keyProblem));
  const usable = given.filter((_, index) => problems[index] === undefined);
  const { issuer, audience } = expected;
  const verifier = createVerifier({ issuer, audience, keys: fixedKeys(usable), clock, cacheSize: 0 });
  return {
    verdict: await verifier.verify(rehearsed?.text ?? jwt.text),
    isRehearsal,
    expected,
    keyProblem: problems.find((problem) => problem !== undefined),
  };
}

function expectations({ jwt, issuer, audience }: GateQuestion): GateAnswer["expected"] {
  const { iss, aud } = jwt.claims.members ?? {};
  const { typ } = jwt.header.members ?? {};
  const named = typeof iss === "string" && iss !== "" ? iss : "https://auth.example.com";
  const isFull = typeof typ === "string" && /^(application\/)?at\+jwt$/i.test(typ);
  const [first] = Array.isArray(aud) ? aud : [aud];
  const own = isFull ? (typeof first === "string" && first !== "" ? first : "https://api.example.com") : undefined;
  return { issuer: issuer === "" ? named : issuer, audience: audience === "" ? own : audience };
}

const rehearsable: Readonly<Record<string, Exclude<SigningAlgorithm, "HS256">>> = {
  ES256: "ES256",
  Ed25519: "Ed25519",
  EdDSA: "Ed25519",
  RS256: "RS256",
};

const kept = new Map<string, Promise<PageKey>>();

/**
 * The same header and claims with a signature that is good: so the gate goes on to what it would say of them. A token whose algorithm it does not
 * take stays as it is, and is refused for that.
 */
async function rehearse(jwt: Jwt): Promise<{ readonly text: string; readonly jwk: JWK } | undefined> {
  const { alg, kid } = jwt.header.members ?? {};
  const algorithm = typeof alg === "string" && Object.hasOwn(rehearsable, alg) ? rehearsable[alg] : undefined;
  if (algorithm === undefined || typeof kid !== "string" || jwt.signature.bytes === undefined) return undefined;
  const making = kept.get(algorithm) ?? makeKey(algorithm);
  kept.set(algorithm, making);
  const key = await making;
  const parts = `${jwt.header.raw}.${jwt.claims.raw}`;
  return {
    text: `${parts}.${await signatureOf(key, parts)}`,
    jwk: { ...key.publicJwk, kty: key.publicJwk?.kty ?? "", kid },
  };
}

// A PEM has no name. The token says by which name it calls its key, and the reader of this page says that this is the key.
function withNames(keys: readonly JWK[], jwt: Jwt): readonly JWK[] {
  const { kid, alg } = jwt.header.members ?? {};
  return keys.map((key) => ({
    ...key,
    ...(key.kid === undefined && typeof kid === "string" ? { kid } : {}),
    ...(key.alg === undefined && key.kty === "RSA" && typeof alg === "string" ? { alg: "RS256" } : {}),
  }));
}

async function keyProblem(jwk: JWK): Promise<string | undefined> {
  try {
    await importVerificationKey(jwk);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.reason;
    throw error;
  }
}

function fixedKeys(keys: readonly JWK[]): KeySource {
  const byName = new Map(keys.map((key) => [key.kid, key]));
  return {
    async find(kid) {
      const key = byName.get(kid);
      return key === undefined ? undefined : importVerificationKey(key);
    },
    has: (kid) => byName.has(kid),
  };
}
