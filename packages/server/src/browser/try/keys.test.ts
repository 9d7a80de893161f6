// What is said of keys, and of signatures checked by them.

import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { base64url, CompactSign, exportJWK, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { longestInput } from "./input.ts";
import { type Jwt, takeApart } from "./jwt-parts.ts";
import { readPastedKey } from "./pasted-key.ts";
import { checkSignature } from "./signature.ts";
import { makeKey, secretKey, signClaims, signingAlgorithms, signTexts } from "./signing.ts";

const claims = { iss: "https://auth.example.com", sub: "example-subject" };

function read(text: string): Jwt {
  const reading = takeApart(text);
  if (reading.state !== "read") throw new Error("no token");
  return reading.jwt;
}

describe("a pasted key", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = { type: "spki", format: "pem" } as const;
  const publicPem = (key: ReturnType<typeof generateKeyPairSync>["publicKey"]) => key.export(pem).toString();
  const ec = (namedCurve: string) => publicPem(generateKeyPairSync("ec", { namedCurve }).publicKey);
  const jwk = JSON.stringify(rsa.publicKey.export({ format: "jwk" }));

  it.each([
    { it: "PEM, RSA", text: publicPem(rsa.publicKey), source: "PEM", kty: "RSA" },
    { it: "PEM, P-256", text: ec("P-256"), source: "PEM", kty: "EC" },
    { it: "PEM, P-384", text: ec("P-384"), source: "PEM", kty: "EC" },
    { it: "PEM, Ed25519", text: publicPem(generateKeyPairSync("ed25519").publicKey), source: "PEM", kty: "OKP" },
    { it: "PEM with words around it", text: `the key:\n${ec("P-256")}`, source: "PEM", kty: "EC" },
    { it: "a JWK", text: jwk, source: "JWK", kty: "RSA" },
    { it: "a JWK Set", text: `{"keys":[${jwk},${jwk}]}`, source: "JWK Set", kty: "RSA" },
  ])("is read: $it", async ({ text, source, kty }) => {
    expect(await readPastedKey(text)).toMatchObject({
      kind: "keys",
      source,
      keys: [{ kty }, ...(source === "JWK Set" ? [{ kty }] : [])],
    });
  });

  it("is read from a certificate", async () => {
    const made = execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=example", "-days", "1"],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    expect(await readPastedKey(made.toString())).toMatchObject({
      kind: "keys",
      source: "certificate",
      keys: [{ kty: "RSA" }],
    });
  });

  it("may be a secret, as text and as base64", async () => {
    const pasted = await readPastedKey("c2VjcmV0\n");
    const secrets = pasted.kind === "secret" ? pasted.secrets : [];
    expect(secrets.map(({ meaning, bytes }) => [meaning, new TextDecoder().decode(bytes)])).toEqual([
      ["as text", "c2VjcmV0"],
      ["as base64", "secret"],
    ]);
  });

  it("may be a secret JWK", async () => {
    expect(await readPastedKey('{"kty":"oct","k":"c2VjcmV0"}')).toMatchObject({
      kind: "secret",
      secrets: [{ meaning: "as a JWK" }],
    });
  });

  it("may be nothing", async () => {
    expect(await readPastedKey(" \n")).toEqual({ kind: "none" });
  });

  const privateJwk = JSON.stringify(rsa.privateKey.export({ format: "jwk" }));
  it.each([
    {
      it: "a private PEM",
      text: rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      words: "private key",
    },
    {
      it: "an old private PEM",
      text: rsa.privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
      words: "private key",
    },
    { it: "a private JWK", text: privateJwk, words: "private key" },
    { it: "a set with a private JWK", text: `{"keys":[${privateJwk}]}`, words: "private key" },
    { it: "PKCS #1", text: rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString(), words: "PKCS #1" },
    {
      it: "another PEM",
      text: "-----BEGIN CERTIFICATE REQUEST-----\nx\n-----END CERTIFICATE REQUEST-----",
      words: "neither",
    },
    { it: "a PEM cut off", text: `${ec("P-256").slice(0, 80)}\n-----END PUBLIC KEY-----`, words: "cannot be read" },
    { it: "an address", text: "https://auth.example.com/.well-known/jwks.json", words: "not able to fetch" },
    { it: "JSON that is no key", text: '{"a":1}', words: "no key" },
    { it: "a list", text: "[1]", words: "no key" },
    { it: "an empty set", text: '{"keys":[]}', words: "has to be one" },
    { it: "half a JWK", text: '{"kty":"RSA"', words: "no JSON" },
    { it: "a crowd", text: `{"keys":[${Array(33).fill('{"kty":"EC"}').join()}]}`, words: "more than 32" },
    { it: "a secret among public keys", text: `{"keys":[{"kty":"oct","k":"AA"}]}`, words: "no public set" },
    { it: "a secret JWK without a secret", text: '{"kty":"oct"}', words: "no `k`" },
    { it: "more than is looked at", text: "x".repeat(longestInput + 1), words: "at the most" },
  ])("is explained where it cannot serve, and never repeated: $it", async ({ text, words }) => {
    const pasted = await readPastedKey(text);
    expect(pasted).toMatchObject({ kind: "problem", problem: expect.stringContaining(words) });
    for (const secret of text.match(/[\w+/]{40,}/g) ?? []) expect(JSON.stringify(pasted)).not.toContain(secret);
  });
});

describe("a signature", () => {
  it.each(signingAlgorithms)("by a key made in the page is good, changed it is bad: %s", async (algorithm) => {
    const key = await makeKey(algorithm);
    const token = await signClaims(key, "JWT", claims);
    const pasted = await readPastedKey("secret" in key.shown ? key.shown.secret : key.shown.jwk);
    expect((await checkSignature(read(token), pasted)).state).toBe("good");
    const [head, , signature] = token.split(".");
    const changed = `${head}.${base64url.encode(JSON.stringify({ ...claims, sub: "admin" }))}.${signature}`;
    expect((await checkSignature(read(changed), pasted)).state).toBe("bad");
  });

  it.each(["PS256", "ES384", "RS512", "EdDSA"])(
    "of an algorithm that the gate does not take, or by its other name, is checked all the same: %s",
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg })
        .sign(privateKey);
      const pasted = await readPastedKey(JSON.stringify(await exportJWK(publicKey)));
      expect((await checkSignature(read(token), pasted)).state).toBe("good");
    },
  );

  it("is checked by the key that the token names, not by another of the set", async () => {
    const [first, second] = await Promise.all([makeKey("ES256"), makeKey("ES256")]);
    const set = (keys: readonly unknown[]) => readPastedKey(JSON.stringify({ keys }));
    const jwt = read(await signClaims(first, "JWT", claims));
    expect((await checkSignature(jwt, await set([second.publicJwk, first.publicJwk]))).state).toBe("good");
    expect(
      (await checkSignature(jwt, await set([second.publicJwk, { ...second.publicJwk, kid: "third" }]))).findings[0]
        ?.title,
    ).toContain("None of the keys");
    expect((await checkSignature(jwt, await set([{ ...second.publicJwk, kid: first.kid }]))).state).toBe("bad");
    expect((await checkSignature(jwt, await set([{ ...first.publicJwk, kid: "alone" }]))).state).toBe("good");
  });

  it("by a key of another kind is not judged at all", async () => {
    const [ec, rsa] = await Promise.all([makeKey("ES256"), makeKey("RS256")]);
    const jwk = JSON.stringify({ ...rsa.publicJwk, kid: ec.kid });
    const checked = await checkSignature(read(await signClaims(ec, "JWT", claims)), await readPastedKey(jwk));
    expect(checked).toMatchObject({ state: "unknown", findings: [{ title: "Not a key for this algorithm" }] });
  });

  it("by a short secret is good, and the secret is called short", async () => {
    const key = await secretKey(new TextEncoder().encode("zephyr-lamp"));
    const checked = await checkSignature(
      read(await signClaims(key, "JWT", claims)),
      await readPastedKey("zephyr-lamp"),
    );
    expect(checked).toMatchObject({ state: "good", findings: [{ level: "good" }, { level: "danger" }] });
    expect(JSON.stringify(checked)).not.toContain("zephyr");
  });

  it("made with the public key as secret is called a forgery, in the spellings that verifiers hold it in", async () => {
    const { shown, publicJwk } = await makeKey("RS256");
    const pem = "pem" in shown ? shown.pem : "";
    for (const text of [pem, pem.trim(), pem.replaceAll("\n", "\r\n")]) {
      const forger = await secretKey(new TextEncoder().encode(text));
      const token = await signTexts(forger, '{"alg":"HS256"}', JSON.stringify(claims));
      expect((await checkSignature(read(token), await readPastedKey(pem))).state).toBe("forged");
      expect((await checkSignature(read(token), await readPastedKey(JSON.stringify(publicJwk)))).state).toBe("unknown");
    }
  });

  it.each([
    { it: "nobody's", header: '{"alg":"none"}', key: "", title: "Nothing to check" },
    { it: "without a key", header: '{"alg":"ES256"}', key: "", title: "Not checked" },
    { it: "an HMAC without a secret", header: '{"alg":"HS256"}', key: "", title: "Not checked" },
    { it: "with a secret for a public key", header: '{"alg":"ES256"}', key: "a secret", title: "Not that kind of key" },
    { it: "with a key that cannot be read", header: '{"alg":"ES256"}', key: "{", title: "The key cannot be read" },
  ])("that cannot be judged is not: $it", async ({ header, key, title }) => {
    const jwt = read(`${base64url.encode(header)}.e30.${base64url.encode(new Uint8Array(64))}`);
    expect(await checkSignature(jwt, await readPastedKey(key))).toMatchObject({
      state: "unknown",
      findings: [{ title }],
    });
  });
});
