// The public name of a session, from its secret token; knows no store.

import { base64url } from "jose";

/** What is hashed before the token, so that the name is no other hash of it. */
export const sidLabel = "countersign/sid/v1/";

/** Whether a text has the shape of a session token: 160 bits in base64url. No access token looks like it, for it has dots. */
export function isSessionToken(text: string): boolean {
  return text.length === 27 && /^[\w-]{27}$/.test(text);
}

/** The `sid` that derives from a session token: the first 12 bytes of SHA-256(label ‖ token). Costs one hash of the runtime's. */
export async function deriveSid(sessionToken: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sidLabel + sessionToken));
  return base64url.encode(new Uint8Array(digest, 0, 12));
}
