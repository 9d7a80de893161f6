// Reads a key as people paste it: PEM, certificate, JWK, JWK Set or a secret. Fetches nothing, and judges no token.

import { base64url, exportJWK, importSPKI, importX509, type JWK } from "jose";
import { inputProblem, isObject } from "./input.ts";

/** What was pasted. */
export type PastedKey =
  | { readonly kind: "none" }
  | { readonly kind: "problem"; readonly problem: string }
  /** Public keys; `text` is what was pasted. */
  | { readonly kind: "keys"; readonly source: string; readonly keys: readonly JWK[]; readonly text: string }
  /** The secret of an HMAC, in each way it can be meant. */
  | { readonly kind: "secret"; readonly secrets: readonly MeantSecret[] };

/** A secret, and how the text was read to get it. */
export interface MeantSecret {
  readonly meaning: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Reads what was pasted as a key. Never throws, and never repeats the key in a message. */
export async function readPastedKey(pasted: string): Promise<PastedKey> {
  const problem = inputProblem(pasted);
  if (problem !== undefined) return { kind: "problem", problem };
  const text = pasted.trim();
  if (text === "") return { kind: "none" };
  if (text.includes("-----BEGIN")) return readPem(text);
  if (text.startsWith("{") || text.startsWith("[")) return readJson(text, pasted);
  if (/^https?:\/\//i.test(text)) {
    return bad(
      "That is an address. This page is not able to fetch anything: open it yourself and paste what it shows.",
    );
  }
  return { kind: "secret", secrets: meanings(pasted.replace(/[\r\n]+$/, "")) };
}

function bad(problem: string): PastedKey {
  return { kind: "problem", problem };
}

const privateWarning =
  "That is a private key: whoever has it makes tokens. To check a signature, the public one is enough. Nothing pasted here leaves this page, but a private key that travelled through a clipboard is one to replace.";

const pemKinds: readonly { readonly label: string; readonly read: (pem: string) => Promise<PastedKey> | PastedKey }[] =
  [
    { label: "PUBLIC KEY", read: (pem) => importEach(pem, "PEM", importSPKI) },
    { label: "CERTIFICATE", read: (pem) => importEach(pem, "certificate", importX509) },
    {
      label: "RSA PUBLIC KEY",
      read: () =>
        bad("That is an RSA key in PKCS #1. Browsers read SPKI: `openssl rsa -RSAPublicKey_in -in key.pem -pubout`."),
    },
  ];

function readPem(text: string): Promise<PastedKey> | PastedKey {
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1] ?? "";
  if (label.includes("PRIVATE KEY")) return bad(privateWarning);
  const kind = pemKinds.find((each) => each.label === label);
  // Words around it, and a second certificate behind it, do no harm.
  const [block = text] = new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`).exec(text) ?? [];
  return kind === undefined ? bad("That PEM is neither a public key nor a certificate.") : kind.read(block);
}

const curves = ["ES256", "Ed25519", "RS256", "ES384", "ES512"] as const;

// PEM does not say which algorithm a key is for, so each is asked whether it could be.
async function importEach(text: string, source: string, importer: typeof importSPKI): Promise<PastedKey> {
  for (const alg of curves) {
    try {
      const members = await exportJWK(await importer(text, alg, { extractable: true }));
      return { kind: "keys", source, keys: [members], text };
    } catch {
      // The next one.
    }
  }
  return bad("That PEM cannot be read as a key: it is cut off, or of a kind that signs no JWT here.");
}

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth"];

function readJson(text: string, pasted: string): PastedKey {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad("That begins like a JWK, but it is no JSON: a quote or a bracket is missing.");
  }
  const list = isObject(value) && Array.isArray(value.keys) ? value.keys : undefined;
  const keys: readonly unknown[] = list ?? [value];
  const jwks = keys.filter(isJwk);
  if (jwks.length === 0 || jwks.length < keys.length) {
    return bad(
      list === undefined
        ? "That is JSON, but no key: a JWK has a member `kty`."
        : "The `keys` of a JWK Set are JWKs, and there has to be one.",
    );
  }
  if (jwks.length > 32) return bad("That set has more than 32 keys. Paste the ones that matter.");
  const secret = jwks.find(({ kty }) => kty === "oct");
  if (secret !== undefined)
    return list === undefined
      ? readSecretJwk(secret)
      : bad("A set with a secret key in it is no public set. Paste the one key.");
  if (jwks.some((jwk) => privateMembers.some((name) => Object.hasOwn(jwk, name)))) return bad(privateWarning);
  return { kind: "keys", source: list === undefined ? "JWK" : "JWK Set", keys: jwks, text: pasted };
}

function isJwk(value: unknown): value is JWK {
  return isObject(value) && typeof value.kty === "string";
}

function readSecretJwk({ k }: JWK): PastedKey {
  const bytes = typeof k === "string" ? bytesOf(k) : undefined;
  return bytes === undefined
    ? bad("That secret JWK has no `k` in base64url.")
    : { kind: "secret", secrets: [{ meaning: "as a JWK", bytes }] };
}

function meanings(text: string): readonly MeantSecret[] {
  const asText = { meaning: "as text", bytes: new TextEncoder().encode(text) };
  const decoded = bytesOf(text);
  return decoded === undefined ? [asText] : [asText, { meaning: "as base64", bytes: decoded }];
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text === "" || !/^[\w+/-]+=*$/.test(text)) return undefined;
  try {
    return new Uint8Array(base64url.decode(text));
  } catch {
    return undefined;
  }
}
