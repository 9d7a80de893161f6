// Private keys at rest: sealed under the server secret, opened with any of the list. Knows neither ring nor store.

import { createCipheriv, createDecipheriv } from "node:crypto";
import { ConfigurationError } from "@countersign/verifier";
import { fromBase64url, toBase64url } from "../primitives/bytes.ts";
import type { Random } from "../primitives/random.ts";
import type { ServerSecret, ServerSecrets } from "./secrets.ts";

/** Which key it is. Bound into the seal, so that nobody who writes to the database can pass one key off as another. */
export interface SealedName {
  readonly kid: string;
  readonly alg: string;
}

const purpose = "key-ring/v1";
const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals a private JWK: `v1.<secret version>.<base64url of nonce, ciphertext and tag>`, by AES-256-GCM with a random 96-bit
 * nonce (NIST SP 800-38D section 8.2.2) under a key derived from the current server secret.
 */
export function sealKey(name: SealedName, privateJwk: string, secrets: ServerSecrets, random: Random): string {
  const secret = secrets.current;
  const nonce = random.bytes(nonceBytes);
  const seal = createCipheriv(cipher, secret.key(purpose), nonce, { authTagLength: tagBytes });
  seal.setAAD(context(name));
  const sealed = Buffer.concat([nonce, seal.update(privateJwk, "utf8"), seal.final(), seal.getAuthTag()]);
  return `v1.${secret.version}.${toBase64url(sealed)}`;
}

/**
 * Opens a seal. `isCurrent`: it was made under the first secret of the list; if not, it should be made anew. Throws
 * `ConfigurationError` when no secret of the list made it for this name: it names the key, never its contents.
 */
export function openKey(
  name: SealedName,
  sealed: string,
  secrets: ServerSecrets,
): { readonly privateJwk: string; readonly isCurrent: boolean } {
  const [form, version, body] = sealed.split(".");
  const bytes = form === "v1" && body !== undefined ? fromBase64url(body) : undefined;
  if (bytes !== undefined && bytes.length > nonceBytes + tagBytes) {
    // Versions are one byte and may collide: then each is tried.
    for (const secret of secrets.all.filter((candidate) => String(candidate.version) === version)) {
      const privateJwk = tryToOpen(name, bytes, secret);
      if (privateJwk !== undefined) return { privateJwk, isCurrent: secret === secrets.current };
    }
  }
  throw new ConfigurationError(
    "secrets",
    `the signing key ${name.kid} cannot be opened: the server secret that sealed it is missing from the list, or the stored key was altered`,
  );
}

function tryToOpen(name: SealedName, bytes: Uint8Array, secret: ServerSecret): string | undefined {
  const nonce = bytes.subarray(0, nonceBytes);
  const seal = createDecipheriv(cipher, secret.key(purpose), nonce, { authTagLength: tagBytes });
  seal.setAAD(context(name));
  seal.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([seal.update(bytes.subarray(nonceBytes, -tagBytes)), seal.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** What the seal binds beside the key: JSON, so that no two names have one text. */
function context(name: SealedName): Buffer {
  return Buffer.from(JSON.stringify(["countersign/key-ring/v1", name.kid, name.alg]));
}
