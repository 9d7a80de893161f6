import { createPublicKey, verify as verifySignature } from "node:crypto";
import { importVerificationKey } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { generateKey, importSigningKey, isAlgorithm, publicMembers, signCompact } from "./algorithms.ts";

const cases = [
  { alg: "ES256", members: ["crv", "kty", "x", "y"], signatureLength: 64 },
  { alg: "Ed25519", members: ["crv", "kty", "x"], signatureLength: 64 },
  { alg: "RS256", members: ["e", "kty", "n"], signatureLength: 384 },
] as const;

describe.each(cases)(
  "$alg",
  ({ alg, members, signatureLength }) => {
    it("makes a key whose public half has its public members only, and that a verifier accepts", async () => {
      const { publicJwk, privateJwk } = await generateKey(alg);
      expect(Object.keys(publicJwk).sort()).toEqual(members);
      expect(privateJwk).toMatchObject({ ...publicJwk, d: expect.any(String) });
      expect((await importVerificationKey({ ...publicJwk, kid: "k", alg, use: "sig" })).algorithm).toBe(alg);
    });

    it("signs what another implementation verifies, with a header of exactly alg, typ and kid", async () => {
      const { publicJwk, privateJwk } = await generateKey(alg);
      const token = await signCompact(
        await importSigningKey(alg, privateJwk),
        { alg, typ: "lean+jwt", kid: "abcd" },
        { sub: "é" },
      );
      const [header = "", payload = "", signature = ""] = token.split(".");
      const text = (part: string) => Buffer.from(part, "base64url").toString();
      expect(text(header)).toBe(`{"alg":"${alg}","typ":"lean+jwt","kid":"abcd"}`);
      expect(text(payload)).toBe('{"sub":"é"}');
      const bytes = Buffer.from(signature, "base64url");
      expect(bytes).toHaveLength(signatureLength);
      const key = createPublicKey({ key: { ...publicJwk }, format: "jwk" });
      const digest = alg === "Ed25519" ? null : "sha256";
      const verify = (signed: string) =>
        verifySignature(digest, Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }, bytes);
      expect(verify(`${header}.${payload}`)).toBe(true);
      expect(verify(`${header}.${payload}A`)).toBe(false);
    });

    it("signs with a key that cannot be taken out again", async () => {
      const { privateJwk } = await generateKey(alg);
      expect((await importSigningKey(alg, privateJwk)).extractable).toBe(false);
    });

    it("never makes the same key twice", async () => {
      const [a, b] = await Promise.all([generateKey(alg), generateKey(alg)]);
      expect(a.publicJwk).not.toEqual(b.publicJwk);
    });
  },
  30_000,
);

it("makes RSA keys of 3072 bits with e = 65537", async () => {
  const { publicJwk } = await generateKey("RS256");
  expect(Buffer.from(String(publicJwk.n), "base64url")).toHaveLength(384);
  expect(publicJwk.e).toBe("AQAB");
}, 30_000);

it("takes nothing but public members out of a JWK, whatever it holds", () => {
  const jwk = { kty: "EC", crv: "P-256", x: "AA", y: "AA", d: "secret", key_ops: ["sign"], k: "secret" };
  expect(publicMembers("ES256", jwk)).toEqual({ kty: "EC", crv: "P-256", x: "AA", y: "AA" });
});

it.each(["HS256", "none", "es256", "EdDSA", "", "toString", "__proto__"])("knows no algorithm %s", (name) => {
  expect(isAlgorithm(name)).toBe(false);
});
