import { describe, expect, it } from "vitest";
import { spacedJson } from "./spaced-json.ts";

describe("JSON with room to break it", () => {
  it.each<{ it: string; value: object; text: string }>([
    { it: "members", value: { alg: "ES256", exp: 3 }, text: '{"alg": "ES256", "exp": 3}' },
    {
      it: "lists and objects inside",
      value: { aud: ["a", "b"], cnf: { jkt: "x" } },
      text: '{"aud": ["a", "b"], "cnf": {"jkt": "x"}}',
    },
    { it: "nothing", value: {}, text: "{}" },
    {
      it: "an address in a text as it was",
      value: { iss: "https://a.example:1" },
      text: '{"iss": "https://a.example:1"}',
    },
    { it: "commas and colons in a text as they were", value: { a: 'b,c":d' }, text: '{"a": "b,c\\":d"}' },
    { it: "braces in a text as they were", value: { a: "{ [ x ] }" }, text: '{"a": "{ [ x ] }"}' },
  ])("spaces $it", ({ value, text }) => {
    expect(spacedJson(value)).toBe(text);
    expect(JSON.parse(spacedJson(value))).toEqual(value);
  });
});
