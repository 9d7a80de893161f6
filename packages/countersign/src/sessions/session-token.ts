// The session token: a secret of 160 bits, and the names that derive from it. Knows no store and no cookie.

import { sha256, toBase64url } from "../primitives/bytes.ts";
import type { Random } from "../primitives/random.ts";

/** What a store may know of a session token. */
export interface SessionTokenNames {
  /** The first 12 bytes of SHA-256(label ‖ token): 16 characters, public. */
  readonly sid: string;
  /** SHA-256 of the token. */
  readonly tokenHash: string;
}

const sidLabel = "countersign/sid/v1/";

/** A new session token: 20 random bytes, 27 characters. */
export function newSessionToken(random: Random): { token: string } & SessionTokenNames {
  const token = toBase64url(random.bytes(20));
  return { token, ...nameSessionToken(token) };
}

/** Whether a text has the shape of a session token. */
export function looksLikeSessionToken(text: string): boolean {
  return text.length === 27 && /^[A-Za-z0-9_-]{27}$/.test(text);
}

/** The names of a presented token: two hashes, no store. A token that was never issued gets names that no store knows. */
export function nameSessionToken(token: string): SessionTokenNames {
  return { sid: sha256(sidLabel + token).slice(0, 16), tokenHash: sha256(token) };
}

/** A random sid, for strategies whose sid derives from no token. */
export function newSid(random: Random): string {
  return toBase64url(random.bytes(12));
}
