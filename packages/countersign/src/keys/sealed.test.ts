import { ConfigurationError } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createTestRandom } from "../primitives/testing.ts";
import { openKey, sealKey } from "./sealed.ts";
import { createSecrets, type ServerSecrets } from "./secrets.ts";

const [old, fresh] = ["old-secret-old-secret-old-secret-", "new-secret-new-secret-new-secret-"];
const name = { kid: "abcd", alg: "ES256" };
const privateJwk = '{"kty":"EC","d":"very-private"}';
const random = createTestRandom("sealed");
const seal = (secrets: ServerSecrets) => sealKey(name, privateJwk, secrets, random);

describe("a sealed key", () => {
  it("opens again", () => {
    const secrets = createSecrets([fresh]);
    expect(openKey(name, seal(secrets), secrets)).toEqual({ privateJwk, isCurrent: true });
  });

  it("has its documented form, and shows nothing of the key", () => {
    const secrets = createSecrets([fresh]);
    const sealed = seal(secrets);
    expect(sealed).toMatch(new RegExp(`^v1\\.${secrets.current.version}\\.[A-Za-z0-9_-]+$`));
    const bytes = Buffer.from(sealed.split(".")[2] ?? "", "base64url");
    expect(bytes).toHaveLength(12 + privateJwk.length + 16);
    expect(bytes.toString("latin1")).not.toContain("private");
  });

  it("is different each time: the nonce is drawn anew", () => {
    const secrets = createSecrets([fresh]);
    expect(seal(secrets)).not.toBe(seal(secrets));
  });

  it("opens with any secret of the list, and tells that it is not the first", () => {
    expect(openKey(name, seal(createSecrets([old])), createSecrets([fresh, old]))).toEqual({
      privateJwk,
      isCurrent: false,
    });
  });

  it("opens when two secrets have one version: both are tried", () => {
    const { current } = createSecrets([fresh]);
    const twins = createSecrets([old]).all.map((secret) => ({ ...secret, version: current.version }));
    const secrets = { current: twins[0] ?? current, all: [...twins, current] };
    expect(openKey(name, seal(createSecrets([fresh])), secrets)).toEqual({ privateJwk, isCurrent: false });
  });

  const flip = (sealed: string, at: number) => {
    const [form, version, body = ""] = sealed.split(".");
    const bytes = Buffer.from(body, "base64url");
    bytes[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1;
    return `${form}.${version}.${bytes.toString("base64url")}`;
  };
  const anySecret = createSecrets([fresh]);
  it.each([
    ["without its secret", name, seal(createSecrets([old]))],
    ["under another kid", { ...name, kid: "abce" }, seal(anySecret)],
    ["under another algorithm", { ...name, alg: "Ed25519" }, seal(anySecret)],
    ["with a bit of its nonce changed", name, flip(seal(anySecret), 0)],
    ["with a bit of its text changed", name, flip(seal(anySecret), 12)],
    ["with a bit of its tag changed", name, flip(seal(anySecret), -1)],
    ["with its end cut", name, seal(anySecret).slice(0, -4)],
    ["with another version", name, seal(anySecret).replace(/^v1\.\d+/, `v1.${(anySecret.current.version + 1) % 256}`)],
    ["in another form", name, seal(anySecret).replace(/^v1/, "v2")],
    ["in standard base64", name, `${seal(anySecret)}==`],
    ["when it is empty", name, ""],
    ["when it is too short to hold anything", name, `v1.${anySecret.current.version}.AAAA`],
  ])("does not open %s; the error names the key and nothing secret", (_name, as, sealed) => {
    const open = () => openKey(as, sealed, anySecret);
    expect(open).toThrow(ConfigurationError);
    expect(open).toThrow(
      `secrets: the signing key ${as.kid} cannot be opened: the server secret that sealed it is missing`,
    );
    expect(open).not.toThrow(/new-secret|old-secret|private"/);
  });
});
