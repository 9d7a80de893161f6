import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalSecretly, fromBase64url, sha256, toBase64url } from "./bytes.ts";

describe("base64url", () => {
  // RFC 4648 section 10 without padding; the last two have the characters in which base64url differs from base64.
  it.each([
    ["", ""],
    ["66", "Zg"],
    ["666f", "Zm8"],
    ["666f6f", "Zm9v"],
    ["666f6f62", "Zm9vYg"],
    ["fbff", "-_8"],
    ["ffefbe", "_---"],
  ])("of %s is %j", (hexadecimal, text) => {
    const bytes = Uint8Array.from(Buffer.from(hexadecimal, "hex"));
    expect(toBase64url(bytes)).toBe(text);
    expect(Uint8Array.from(fromBase64url(text) ?? [0])).toEqual(bytes);
  });

  it("brings any bytes back, also those in the middle of a larger buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(10), (whole, from) => {
        const part = whole.subarray(from);
        expect(Uint8Array.from(fromBase64url(toBase64url(part)) ?? [0])).toEqual(Uint8Array.from(part));
      }),
    );
  });

  it.each([
    ["padding", "Zg=="],
    ["a character of base64", "+/8"],
    ["a space", "Zm 8"],
    ["a line break at the end", "Zm8\n"],
    ["bits that are not used", "Zh"],
    ["a lone last character", "Zm9vY"],
    ["another script", "Zm9\u00fc"],
  ])("is refused with %s", (_name, text) => {
    expect(fromBase64url(text)).toBeUndefined();
  });
});

describe("sha256", () => {
  // FIPS 180-4, as base64url.
  it("hashes text as UTF-8, and bytes as they are", () => {
    expect(sha256("abc")).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    expect(sha256(Buffer.from("abc"))).toBe(sha256("abc"));
    expect(sha256("\u00e9")).toBe(sha256(Uint8Array.of(0xc3, 0xa9)));
    expect(sha256("")).toHaveLength(43);
  });
});

describe("equalSecretly", () => {
  it.each([
    ["equal texts", "secret", "secret", true],
    ["two empty ones", "", "", true],
    ["another last character", "secret", "secreT", false],
    ["another first character", "secret", "Secret", false],
    ["a character more", "secret", "secrets", false],
    ["a character less", "secret", "secre", false],
    ["nothing", "secret", "", false],
    ["the same letter in two forms", "\u00e9", "e\u0301", false],
    ["texts of one length in characters but not in bytes", "\u00e9a", "aa", false],
    ["two different lone surrogates, which UTF-8 cannot tell apart", "\ud800", "\udbff", false],
  ])("of %s", (_name, a, b, equal) => {
    expect(equalSecretly(a, b)).toBe(equal);
    expect(equalSecretly(b, a)).toBe(equal);
  });
});
