import { describe, expect, it } from "vitest";
import { isKeepable } from "./session-data.ts";

describe("the data of a session", () => {
  it.each([
    ["nothing", {}],
    ["texts of every alphabet", { "naïve é": "日本 🧁", "": "\u0001\u007f\uffff" }],
    ["numbers, truth and nothing", { a: 1, b: true, c: null, d: -0.5 }],
    ["objects and arrays", { a: { b: [{ c: ["d"] }, null, 1] } }],
    ["what only looks like the name of a prototype", { proto: 1, a: ["__proto__"], constructor: { prototype: 1 } }],
    ["what only looks like an escape", { "\\u0000": "\\ud800" }],
  ])("may hold %s", (_name, patch) => {
    expect(isKeepable(patch)).toBe(true);
  });

  it.each([
    ["U+0000 in a name", { "a\u0000": 1 }],
    ["U+0000 in a text", { a: "\u0000" }],
    ["U+0000 deep inside", { a: [{ b: { c: ["x\u0000y"] } }] }],
    ["U+0000 in a name deep inside", { a: [{ b: { "\u0000": 1 } }] }],
    ["a member __proto__", JSON.parse('{"__proto__":1}')],
    ["a member __proto__ deep inside", JSON.parse('{"a":[{"b":{"__proto__":{"c":1}}}]}')],
    ["half a character in a name", { "\ud800": 1 }],
    ["half a character in a text", { a: ["\udc00"] }],
  ])("may not hold %s", (_name, patch) => {
    expect(isKeepable(patch)).toBe(false);
  });
});
