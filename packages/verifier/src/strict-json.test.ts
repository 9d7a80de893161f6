import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freezeJson, parseStrictObject } from "./strict-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;

describe("parseStrictObject", () => {
  it.each([
    { it: "reads an empty object", text: "{}" },
    { it: "reads all kinds of values", text: '{"a":[1,-2.5e3,true,false,null,"x",{"b":[]}]}' },
    { it: "reads white space", text: ' {\n"a" :\t1 }\r\n' },
    { it: "reads equal names at different places", text: '{"a":{"a":1},"b":[{"a":1},{"a":2}]}' },
    { it: "takes no text in a string for structure", text: '{"a":"{\\"a\\":[1e999]}","b":"\\\\"}' },
    { it: "reads a pair of surrogates", text: '{"a":"\\ud83d\\ude00"}' },
    { it: "reads 16 levels", text: nested(16) },
  ])("$it", ({ text }) => {
    expect(parseStrictObject(bytes(text))).toEqual(JSON.parse(text));
  });

  it.each([
    { it: "refuses a member named twice", text: '{"a":1,"a":1}' },
    { it: "refuses a member named twice, once by an escape", text: '{"a":1,"\\u0061":2}' },
    { it: "refuses a member named twice with space between", text: '{"a" :1,"b":2,"a"\n:1}' },
    { it: "refuses a member named twice far below", text: '{"x":[{"y":{"a":1,"b":{"a":1},"a":2}}]}' },
    { it: "refuses __proto__", text: '{"__proto__":{"admin":true}}' },
    { it: "refuses an escaped __proto__ below", text: '{"a":{"\\u005f_proto__":1}}' },
    { it: "refuses a lone surrogate", text: '{"a":"\\ud800"}' },
    { it: "refuses a lone surrogate in a name", text: '{"\\udc00":1}' },
    { it: "refuses a number without end", text: '{"a":1e400}' },
    { it: "refuses a negative number without end", text: '{"a":[-1e400]}' },
    { it: "refuses 17 levels", text: nested(17) },
    { it: "refuses thousands of levels", text: nested(5000) },
    { it: "refuses a list", text: "[]" },
    { it: "refuses a text", text: '"{}"' },
    { it: "refuses null", text: "null" },
    { it: "refuses nothing", text: "" },
    { it: "refuses two objects", text: "{}{}" },
    { it: "refuses a comment", text: "{}//" },
    { it: "refuses NaN", text: '{"a":NaN}' },
    { it: "refuses a byte order mark", text: "\ufeff{}" },
  ])("$it", ({ text }) => {
    expect(parseStrictObject(bytes(text))).toBeUndefined();
  });

  it("refuses invalid UTF-8", () => {
    expect(parseStrictObject(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))).toBeUndefined();
  });

  it("reads whatever JSON.stringify writes", () => {
    const value = fc.dictionary(
      fc.string().filter((name) => name !== "__proto__"),
      fc.jsonValue({ maxDepth: 5 }),
    );
    fc.assert(
      fc.property(value, (object) => {
        const text = JSON.stringify(object);
        fc.pre(!text.includes("__proto__"));
        expect(parseStrictObject(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});

it("freezeJson freezes through and through", () => {
  const value = freezeJson({ a: [{ b: 1 }] });
  expect(Object.isFrozen(value) && Object.isFrozen(value.a) && Object.isFrozen(value.a[0])).toBe(true);
});
