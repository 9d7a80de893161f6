import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeCanonical, isCanonicalBase64url } from "./base64url.ts";

it.each(["", "AA", "AAA", "AAAA", "_-8", "Zg", "Zm8", "Zm9v"])("takes %j", (text) => {
  expect(Buffer.from(decodeCanonical(text) ?? [])).toEqual(Buffer.from(text, "base64url"));
});

it.each(["A", "AAAAA", "AB", "Zh", "AAB", "Zm9", "AA==", "AA=", "+/8", "A A", "AA\n", "\nAA", "AÄ"])(
  "refuses %j",
  (text) => {
    expect(decodeCanonical(text)).toBeUndefined();
  },
);

it("takes exactly one text for any bytes", () => {
  const text = fc.stringMatching(/^[\w-]{0,12}$/);
  fc.assert(
    fc.property(text, (candidate) => {
      const again = Buffer.from(candidate, "base64url").toString("base64url");
      expect(isCanonicalBase64url(candidate)).toBe(again === candidate);
    }),
  );
});
