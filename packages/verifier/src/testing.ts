// Issuers and clocks that the tests of this package own; knows nothing of what is tested with them.

import type { Server } from "node:http";
import { base64url, CompactSign, exportJWK, generateKeyPair, type JWK } from "jose";
import type { Clock } from "./primitives/clock.ts";
import type { Algorithm } from "./verification-key.ts";

export const issuer = "https://auth.example";
export const audience = "https://api.example";
/** 2026-01-01, in seconds since 1970: what the test clock shows, and when test tokens are issued. */
export const nowSeconds = Date.UTC(2026, 0, 1) / 1000;

/** A clock that stands still until it is told to move. */
export interface TestClock extends Clock {
  advance(seconds: number): void;
  /** Makes the wall clock show this, whatever it is. */
  show(ms: number): void;
}

export function createTestClock(): TestClock {
  let wall = nowSeconds * 1000;
  let monotonic = 0;
  let sleepers: { readonly due: number; readonly wake: () => void }[] = [];
  return {
    now: () => wall,
    monotonic: () => monotonic,
    sleep: (ms, signal) =>
      new Promise((wake) => {
        sleepers.push({ due: monotonic + ms, wake });
        signal?.addEventListener("abort", () => wake());
      }),
    advance(seconds) {
      wall += seconds * 1000;
      monotonic += seconds * 1000;
      const due = sleepers.filter((sleeper) => sleeper.due <= monotonic);
      sleepers = sleepers.filter((sleeper) => sleeper.due > monotonic);
      for (const sleeper of due) sleeper.wake();
    },
    show(ms) {
      wall = ms;
    },
  };
}

/** Lets a server listen on a free port of this machine. */
export async function listen(server: Server): Promise<{ origin: string; close: () => Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${address.port}`, close };
}

/** A key pair of an issuer. */
export interface TestKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  readonly privateKey: CryptoKey;
}

export async function createTestKey(kid = "k1", algorithm: Algorithm = "ES256"): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
  return {
    kid,
    algorithm,
    publicJwk,
    privateJwk: { ...(await exportJWK(privateKey)), kid, alg: algorithm },
    privateKey,
  };
}

/** What a good lean token says. */
export const leanClaims = {
  iss: issuer,
  sub: "alice",
  sid: "s234567890123456",
  iat: nowSeconds,
  exp: nowSeconds + 300,
};

/** What a good token of the full profile says. */
export const fullClaims = { ...leanClaims, aud: audience, client_id: "app", jti: "j1", scope: "read write" };

/** A token signed by `key`: any payload, any header beside the key's own. A payload of text is signed as it is. */
export async function sign(key: TestKey, payload: object | string, header: object = {}): Promise<string> {
  const protectedHeader = { alg: key.algorithm, typ: "lean+jwt", kid: key.kid, ...header };
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  // jose refuses to sign some of the headers that a forger would write.
  return signRaw(key, JSON.stringify(protectedHeader), text);
}

/** A token with exactly this header text and this payload, signed by the key's own algorithm. */
export async function signRaw(
  key: TestKey,
  header: string | Uint8Array,
  payload: string | Uint8Array,
): Promise<string> {
  const input = `${base64url.encode(header)}.${base64url.encode(payload)}`;
  const signature = await crypto.subtle.sign(signing[key.algorithm], key.privateKey, new TextEncoder().encode(input));
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}

/** A token signed by jose itself, as an issuer that follows the standards would. */
export async function signByJose(key: TestKey, payload: object, header: { alg: string; typ: string }): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ ...header, kid: key.kid })
    .sign(key.privateKey);
}

const signing = {
  ES256: { name: "ECDSA", hash: "SHA-256" },
  Ed25519: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5" },
} as const;
