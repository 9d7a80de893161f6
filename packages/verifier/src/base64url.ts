// Canonical base64url (RFC 4648 section 5), decoded on any runtime; knows nothing of what the bytes mean.

import { base64url } from "jose";

// With 2 characters left over, the last one carries 2 bits; with 3 left over, 4. The others have to be zero.
const lastOfTwo = "AQgw";
const lastOfThree = "AEIMQUYcgkosw048";

/** Whether a text is base64url, unpadded, and the only such text for its bytes. */
export function isCanonicalBase64url(text: string): boolean {
  if (!/^[\w-]*$/.test(text)) return false;
  const leftOver = text.length % 4;
  if (leftOver === 0) return true;
  if (leftOver === 1) return false;
  return (leftOver === 2 ? lastOfTwo : lastOfThree).includes(text.slice(-1));
}

/** The bytes of a canonical base64url text; `undefined` for any other. */
export function decodeCanonical(text: string): Uint8Array | undefined {
  return isCanonicalBase64url(text) ? base64url.decode(text) : undefined;
}
