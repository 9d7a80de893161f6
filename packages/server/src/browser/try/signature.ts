// Checks a JWT's signature against a pasted key, and looks for forgeries that fool others. What the strict gate says is another matter.

import { compactVerify, importJWK, type JWK } from "jose";
import type { Finding } from "./findings.ts";
import type { Jwt } from "./jwt-parts.ts";
import type { MeantSecret, PastedKey } from "./pasted-key.ts";
import { bytesText } from "./words.ts";

/** What became of a signature. */
export interface SignatureAnswer {
  /** `unknown`: nothing to check it with, or no way to. */
  readonly state: "good" | "bad" | "forged" | "unknown";
  readonly findings: readonly Finding[];
}

/** Checks the signature of a JWT. Never throws. Costs one check per key and meaning. */
export async function checkSignature(jwt: Jwt, pasted: PastedKey): Promise<SignatureAnswer> {
  const alg = jwt.header.members?.alg;
  if (typeof alg !== "string" || alg.toLowerCase() === "none") {
    return unknown("Nothing to check", "The token does not say that anybody signed it.");
  }
  if (/^HS(256|384|512)$/.test(alg)) return checkHmac(jwt, alg, pasted);
  if (pasted.kind === "problem") return unknown("The key cannot be read", pasted.problem);
  if (pasted.kind === "none")
    return unknown("Not checked", "Paste the issuer's public key to see whether it made this token.");
  if (pasted.kind === "secret") {
    return unknown("Not that kind of key", `\`${alg}\` is checked by a public key; that is a secret.`);
  }
  return checkByKeys(jwt, alg, pasted.keys);
}

function unknown(title: string, text: string): SignatureAnswer {
  return { state: "unknown", findings: [{ level: "note", title, text }] };
}

async function checkHmac(jwt: Jwt, alg: string, pasted: PastedKey): Promise<SignatureAnswer> {
  const guessed = await firstThatFits(jwt, alg, guessableSecrets());
  if (guessed !== undefined) {
    return {
      state: "forged",
      findings: [
        {
          level: "danger",
          title: "The secret was guessed",
          text: "It is one of a few dozen words that stand in tutorials and examples; it took this page a moment. Whoever guesses it makes tokens of anybody. Take 32 random bytes, or better a key pair.",
        },
      ],
    };
  }
  if (pasted.kind === "problem") return unknown("The key cannot be read", pasted.problem);
  if (pasted.kind === "none")
    return unknown("Not checked", "Paste the secret to check it, or the issuer's public key to look for a forgery.");
  if (pasted.kind === "keys") return lookForConfusion(jwt, alg, pasted);
  const fitting = await firstThatFits(jwt, alg, pasted.secrets);
  if (fitting === undefined)
    return bad("The signature does not fit this secret", "The token was changed, or made with another secret.");
  const { bytes, meaning } = fitting;
  const least = Number(alg.slice(2)) / 8;
  const isShort = bytes.length < least;
  return {
    state: "good",
    findings: [
      {
        level: "good",
        title: "The signature is good",
        text: `The secret fits, ${meaning}. So whoever has it made the token: the issuer, or any service that checks.`,
      },
      ...(isShort
        ? [
            {
              level: "danger" as const,
              title: "The secret is short",
              text: `It has ${bytesText(bytes.length)}; \`${alg}\` asks for ${least} (RFC 7518 section 3.2). Who has one token can try secrets at their leisure, with nobody to notice.`,
            },
          ]
        : []),
    ],
  };
}

async function lookForConfusion(
  jwt: Jwt,
  alg: string,
  { keys, text }: { keys: readonly JWK[]; text: string },
): Promise<SignatureAnswer> {
  const forged = await firstThatFits(jwt, alg, spellings(text, keys));
  if (forged === undefined) {
    return unknown(
      "Not that kind of key",
      `\`${alg}\` is checked by a secret. The public key pasted was not misused as one, in any spelling tried.`,
    );
  }
  return {
    state: "forged",
    findings: [
      {
        level: "danger",
        title: "Forged: the public key was used as a secret",
        text: "This is the confusion attack (RFC 8725 section 2.1). Everybody has the public key, so anybody could have made this token, and a verifier that takes the token's word for its algorithm accepts it.",
      },
    ],
  };
}

/** A public key in the spellings in which a careless verifier holds it. */
function spellings(text: string, keys: readonly JWK[]): readonly MeantSecret[] {
  const trimmed = text.trim();
  const body = trimmed.replace(/-----[^-]*-----|\s/g, "");
  const texts = [
    text,
    trimmed,
    `${trimmed}\n`,
    trimmed.replaceAll("\n", "\r\n"),
    body,
    ...keys.map((key) => JSON.stringify(key)),
  ];
  return [...new Set(texts)].filter((each) => each !== "").map(asSecret);
}

function asSecret(text: string): MeantSecret {
  return { meaning: "as text", bytes: new TextEncoder().encode(text) };
}

/** What tutorials, examples and hurried people write. */
function guessableSecrets(): readonly MeantSecret[] {
  const words =
    "secret Secret SECRET password Password changeme change-me default key mykey my-key test testing demo admin root jwt jwtsecret jwt-secret jwt_secret JWT_SECRET secretkey secret-key secret_key mysecret my-secret my_secret mysecretkey my-secret-key supersecret super-secret super_secret shhhhh s3cr3t 123456 12345678 1234567890 qwerty token private privatekey auth example your-256-bit-secret your-384-bit-secret your-512-bit-secret your-secret-key your_secret_key a-string-secret-at-least-256-bits-long keyboard-cat";
  return [...words.split(" "), "keyboard cat", "my secret"].map(asSecret);
}

async function firstThatFits(jwt: Jwt, alg: string, secrets: readonly MeantSecret[]): Promise<MeantSecret | undefined> {
  for (const secret of secrets) {
    if (secret.bytes.length > 0 && (await fitsHmac(jwt, alg, secret.bytes))) return secret;
  }
  return undefined;
}

async function fitsHmac({ text, signature }: Jwt, alg: string, secret: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (signature.bytes === undefined) return false;
  const algorithm = { name: "HMAC", hash: `SHA-${alg.slice(2)}` };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["verify"]);
  const signed = new TextEncoder().encode(text.slice(0, text.lastIndexOf(".")));
  return crypto.subtle.verify(algorithm, key, new Uint8Array(signature.bytes), signed);
}

async function checkByKeys(jwt: Jwt, alg: string, keys: readonly JWK[]): Promise<SignatureAnswer> {
  const kid = jwt.header.members?.kid;
  const named = keys.filter((key) => key.kid !== undefined && key.kid === kid);
  const nameless = keys.filter((key) => key.kid === undefined);
  // Who pastes one key means that one, whatever its name.
  const candidates = keys.length === 1 || kid === undefined ? keys : named.length > 0 ? named : nameless;
  if (candidates.length === 0) {
    return bad(
      "None of the keys has its `kid`",
      "The token was made with another key: an older one, or another issuer's.",
    );
  }
  const outcomes = await Promise.all(candidates.map((key) => checkByKey(jwt.text, alg, key)));
  if (outcomes.includes("good")) {
    return {
      state: "good",
      findings: [
        {
          level: "good",
          title: "The signature is good",
          text: "The holder of the private key made exactly this token. Whether it should be accepted is another question: see the gate.",
        },
      ],
    };
  }
  if (outcomes.includes("bad"))
    return bad("The signature does not fit", "The token was changed after it was signed, or made with another key.");
  return unknown(
    "Not a key for this algorithm",
    `The key pasted cannot check \`${alg}\`: it is of another kind, or too weak to be used.`,
  );
}

async function checkByKey(text: string, alg: string, jwk: JWK): Promise<"good" | "bad" | "unfit"> {
  let key: Awaited<ReturnType<typeof importJWK>>;
  try {
    const { kty, crv, x, y, n, e } = jwk;
    const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
    key = await importJWK(Object.fromEntries(members), alg);
  } catch {
    return "unfit";
  }
  try {
    await compactVerify(text, key, { algorithms: [alg] });
    return "good";
  } catch (error) {
    // What is no error of the signature's is one of the key's: too short, or of another curve.
    return error instanceof TypeError ? "unfit" : "bad";
  }
}

function bad(title: string, text: string): SignatureAnswer {
  return { state: "bad", findings: [{ level: "danger", title, text }] };
}
