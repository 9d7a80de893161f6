import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEmail } from "./email.ts";

describe("parseEmail", () => {
  it.each([
    ["a plain address", "alice@example.com", "alice@example.com"],
    ["capitals, found in lower case", "Alice.Smith@Example.COM", "alice.smith@example.com"],
    ["a tag, which is part of the name", "alice+news@example.com", "alice+news@example.com"],
    ["a composed and a decomposed letter alike", "jose\u0301@example.com", "jos\u00e9@example.com"],
    ["an international domain by its ASCII form", "info@m\u00fcnchen.example", "info@xn--mnchen-3ya.example"],
    ["the ASCII form itself", "info@xn--mnchen-3ya.example", "info@xn--mnchen-3ya.example"],
    ["a local part of another script", "\u7528\u6237@example.com", "\u7528\u6237@example.com"],
    ["a Kelvin sign, canonically a K", "mi\u212Ae@example.com", "mike@example.com"],
    ["64 bytes before the @", `${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
  ])("takes %s", (_name, text, emailKey) => {
    expect(parseEmail(text)).toEqual({ email: text.normalize("NFC"), emailKey });
  });

  it.each([
    ["something that is no string", { email: "alice@example.com" }],
    ["an array that would read as an address", ["alice@example.com"]],
    ["nothing", ""],
    ["no @", "alice.example.com"],
    ["two @", "alice@evil.example@example.com"],
    ["nothing before the @", "@example.com"],
    ["nothing after it", "alice@"],
    ["a fullwidth @", "alice\uFF20example.com"],
    ["a small @ beside a real one", "alice\uFE6Bevil.example@example.com"],
    ["fullwidth letters", "\uFF41lice@example.com"],
    ["a ligature", "\uFB01nn@example.com"],
    ["a space before", " alice@example.com"],
    ["a space after", "alice@example.com "],
    ["a no-break space", "alice\u00A0b@example.com"],
    ["a line break with a header", "alice@example.com\r\nBcc: eve@example.com"],
    ["a line feed at the end", "alice@example.com\n"],
    ["a null character", "alice\u0000@example.com"],
    ["a zero-width space", "al\u200Bice@example.com"],
    ["a right-to-left override", "al\u202Eice@example.com"],
    ["a quoted local part", '"alice"@example.com'],
    ["a comment", "alice(work)@example.com"],
    ["a list", "alice@example.com,eve@example.com"],
    ["a display name", "Alice <alice@example.com>"],
    ["a dot at the start", ".alice@example.com"],
    ["a dot at the end", "alice.@example.com"],
    ["two dots", "al..ice@example.com"],
    ["a single label", "alice@localhost"],
    ["an IP address", "alice@127.0.0.1"],
    ["an IP address in hexadecimal", "alice@0x7f.1"],
    ["an address literal", "alice@[127.0.0.1]"],
    ["an ideographic full stop", "alice@example\u3002com"],
    ["a hyphen at a label's start", "alice@-example.com"],
    ["an underscore in the domain", "alice@ex_ample.com"],
    ["a percent escape in the domain", "alice@example%2ecom"],
    ["a dot at the domain's end", "alice@example.com."],
    ["a lone surrogate", "al\uD800ice@example.com"],
    ["65 bytes before the @", `${"a".repeat(65)}@example.com`],
    ["65 bytes in 33 letters before the @", `${"\u00e9".repeat(32)}a@example.com`],
    ["255 bytes", `alice@${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(62)}.com`],
  ])("refuses %s", (_name, input) => {
    expect(parseEmail(input)).toBeUndefined();
  });

  it("takes 254 bytes", () => {
    const text = `alice@${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(61)}.com`;
    expect(text.length).toBe(254);
    expect(parseEmail(text)?.emailKey).toBe(text);
  });

  it("finds a key by itself: the key of a key is the key", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const parsed = parseEmail(text);
        if (parsed !== undefined) expect(parseEmail(parsed.emailKey)?.emailKey).toBe(parsed.emailKey);
      }),
    );
  });
});
