// Bytes and their text forms. Knows nothing of what they mean.

import { hash } from "node:crypto";

/** base64url without padding (RFC 4648 section 5). */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/** The bytes of a canonical, unpadded base64url text; `undefined` for anything else. */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

/** SHA-256 as 43 base64url characters. Strings are hashed as UTF-8. */
export function sha256(input: string | Uint8Array): string {
  return hash("sha256", input, "base64url");
}

/** Whether two texts are equal, in a time that tells nothing of where they differ. Lengths are not secret. */
export function equalSecretly(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  // Every character is looked at, whatever came before. Copying both into buffers for `timingSafeEqual` takes three times as long.
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
