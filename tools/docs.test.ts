import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generate } from "./docs.ts";
import { interfaceSection, schemaSection } from "./docs-options.ts";
import { readText, root } from "./files.ts";

describe("the generated pages", async () => {
  it.each([...(await generate())])("%s is what `npm run docs` writes", (path, content) => {
    expect(existsSync(join(root, path)), `${path} is missing: run npm run docs`).toBe(true);
    expect(readText(path)).toBe(content);
  });
});

describe("a section of options", () => {
  it("names nested options, bounds and defaults", () => {
    const section = schemaSection("Things", {
      type: "object",
      required: ["name"],
      properties: {
        name: { type: "string", minLength: 1, maxLength: 9, description: "Its name." },
        inner: {
          type: "object",
          default: {},
          properties: {
            count: { type: "integer", minimum: 0, default: 3, description: "How many | of them." },
            kinds: { type: "array", items: { enum: ["a", "b"] }, default: ["a"], description: "Which." },
            age: {
              anyOf: [{ type: "number" }, { pattern: "^\\d{1,9}(\\.\\d{1,3})?[smhd]$" }],
              description: "How old.",
            },
          },
        },
      },
    });
    expect(section.split("\n").slice(4)).toEqual([
      "| `name` | a text, 1 to 9 characters | required | Its name. |",
      "| `inner.count` | an integer, at least 0 | `3` | How many \\| of them. |",
      '| `inner.kinds` | a list, each `a`, `b` | `["a"]` | Which. |',
      "| `inner.age` | a duration |  | How old. |",
    ]);
  });

  it("names variables where options have them", () => {
    const schema = { type: "object", properties: { a: { type: "string", description: "It." } } };
    const section = schemaSection("Things", schema, (path) => path.join("_").toUpperCase());
    expect(section.split("\n").at(-1)).toBe("| `a`<br>`A` | a text |  | It. |");
  });

  it("refuses an option that nobody described", () => {
    const schema = { type: "object", properties: { inner: { type: "object", properties: { a: { type: "string" } } } } };
    expect(() => schemaSection("Things", schema)).toThrow("no description of inner.a");
  });

  it("reads an interface with its comments", () => {
    const text =
      "export interface A {\n  /** What it\n   * is. */\n  readonly a?: string | undefined;\n  /** A way. */\n  b(c: 1): void;\n}";
    expect(interfaceSection("a.ts", text, "A").split("\n").slice(2)).toEqual([
      "| `a` | `string` |  | What it is. |",
      "| `b` | `(c: 1): void` | required | A way. |",
    ]);
  });

  it.each([
    { it: "without a comment", text: "interface A { a: 1 }", says: "A.a has no doc comment" },
    { it: "that is not there", text: "interface B {}", says: "declares no interface A" },
  ])("refuses an interface $it", ({ text, says }) => {
    expect(() => interfaceSection("a.ts", text, "A")).toThrow(says);
  });
});
