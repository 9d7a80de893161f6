// The server secret as a list, and the keys derived from it. Knows nothing of what the keys are for.

import { hkdfSync } from "node:crypto";
import { ConfigurationError } from "@countersign/verifier";

/** One server secret. */
export interface ServerSecret {
  /** One byte that tells secrets of the list apart; not secret, may collide: then both are tried. */
  readonly version: number;
  /** The 32-byte key for one purpose (HKDF-SHA-256, RFC 5869). */
  key(purpose: string): Uint8Array;
}

/** The list: the first makes, all of them recognise. */
export interface ServerSecrets {
  readonly current: ServerSecret;
  readonly all: readonly ServerSecret[];
}

/** Reads the list. Each secret must have at least 32 characters; the first is used to make new credentials. */
export function createSecrets(secrets: readonly string[]): ServerSecrets {
  const all = secrets.map((secret, index) => createSecret(secret, `secrets[${index}]`));
  const [current] = all;
  if (current === undefined) throw new ConfigurationError("secrets", "at least one secret is needed");
  return { current, all };
}

function createSecret(secret: string, option: string): ServerSecret {
  if (typeof secret !== "string" || secret.length < 32) {
    throw new ConfigurationError(option, "a secret needs at least 32 characters, made by a random generator");
  }
  const derive = (purpose: string, length: number) =>
    new Uint8Array(hkdfSync("sha256", secret, "countersign", `countersign/${purpose}`, length));
  const keys = new Map<string, Uint8Array>();
  return {
    version: derive("secret-version/v1", 1)[0] ?? 0,
    key(purpose) {
      const key = keys.get(purpose) ?? derive(purpose, 32);
      keys.set(purpose, key);
      return key;
    },
  };
}
