import { ConfigurationError } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createSecrets } from "./secrets.ts";

const first = "first-secret-first-secret-first-s";
const second = "second-secret-second-secret-secon";

describe("createSecrets", () => {
  it("makes with the first and recognises all", () => {
    const secrets = createSecrets([first, second]);
    expect(secrets.all).toHaveLength(2);
    expect(secrets.current).toBe(secrets.all[0]);
  });

  it("derives the same 32 bytes for the same secret and purpose, at any place in the list", () => {
    const [a, b] = [createSecrets([first, second]).all[1], createSecrets([second]).current];
    expect(a?.key("refresh/v1")).toEqual(b.key("refresh/v1"));
    expect(a?.version).toBe(b.version);
    expect(b.key("refresh/v1")).toHaveLength(32);
  });

  it("derives the key that HKDF-SHA-256 gives for the purpose", async () => {
    const text = (value: string) => new TextEncoder().encode(value);
    const material = await crypto.subtle.importKey("raw", text(first), "HKDF", false, ["deriveBits"]);
    const parameters = {
      name: "HKDF",
      hash: "SHA-256",
      salt: text("countersign"),
      info: text("countersign/refresh/v1"),
    };
    const expected = await crypto.subtle.deriveBits(parameters, material, 256);
    expect(createSecrets([first]).current.key("refresh/v1")).toEqual(new Uint8Array(expected));
  });

  it.each([
    ["another purpose", first, "key-ring/v1"],
    ["another secret", second, "refresh/v1"],
  ])("derives another key for %s", (_name, secret, purpose) => {
    expect(createSecrets([secret]).current.key(purpose)).not.toEqual(createSecrets([first]).current.key("refresh/v1"));
  });

  it("has versions of one byte", () => {
    for (let index = 0; index < 50; index += 1) {
      const { version } = createSecrets([`${first}${index}`]).current;
      expect(version).toBe(Math.trunc(version));
      expect(version).toBeGreaterThanOrEqual(0);
      expect(version).toBeLessThan(256);
    }
  });

  it("takes 32 characters", () => {
    expect(createSecrets(["x".repeat(32)]).all).toHaveLength(1);
  });

  it.each([
    ["no secret at all", [], "secrets"],
    ["an empty secret", [""], "secrets[0]"],
    ["31 characters", ["x".repeat(31)], "secrets[0]"],
    ["31 characters in second place", [first, "x".repeat(31)], "secrets[1]"],
  ])("refuses %s, naming the option and not the secret", (_name, secrets, option) => {
    const make = () => createSecrets(secrets);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(expect.objectContaining({ option }));
    expect(make).not.toThrow(/xxx/);
  });
});
