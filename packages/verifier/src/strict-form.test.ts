import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStrictForm } from "./strict-form.ts";

const read = (text: string) => {
  const form = parseStrictForm(text);
  return form.ok ? Object.fromEntries(form.fields) : form;
};

describe("a form", () => {
  it.each([
    { text: "", fields: {} },
    { text: "a=1&b=2", fields: { a: "1", b: "2" } },
    { text: "a+b=c+d%2Be%26f", fields: { "a b": "c d+e&f" } },
    { text: "a=b=c", fields: { a: "b=c" } },
    { text: "a&b=", fields: { a: "", b: "" } },
    { text: "&a=1&&", fields: { a: "1" } },
    { text: "a=%E2%82%AC€", fields: { a: "€€" } },
    { text: "a=%25", fields: { a: "%" } },
  ])("is read: $text", ({ text, fields }) => {
    expect(read(text)).toEqual(fields);
  });

  it.each([
    { it: "Latin-1", text: "a=%E9" },
    { it: "half a character", text: "a=%E2%82" },
    { it: "a surrogate", text: "a=%ED%A0%80" },
    { it: "more bytes than needed", text: "a=%C0%AF" },
    { it: "a stray percent sign", text: "a=100%" },
    { it: "a percent sign before no number", text: "a=%zz" },
    { it: "such a name", text: "%E9=a" },
  ])("is refused with $it", ({ text }) => {
    expect(read(text)).toEqual({ ok: false });
  });

  it.each(["a=1&a=1", "a=1&b=2&%61=3", "a&a"])("is refused with a field twice: %s", (text) => {
    expect(read(text)).toEqual({ ok: false, repeated: "a" });
  });

  it("is whatever browsers write", () => {
    const word = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(fc.dictionary(word, word), (fields) => {
        const form = parseStrictForm(new URLSearchParams(fields).toString());
        expect(form.ok && [...form.fields]).toEqual(Object.entries(fields));
      }),
    );
  });
});
