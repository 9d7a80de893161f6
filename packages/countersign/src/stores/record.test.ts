// Merging as ours and as SQLite's: the two stores must agree on every patch, to the byte.

import { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "@countersign/verifier";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { problems } from "../primitives/errors.ts";
import { maxDataBytes, maxDataDepth } from "./contract.ts";
import { isTooDeep, mergeJson, parseFrozen } from "./record.ts";

const names = fc.oneof(
  fc.constantFrom("a", "b", "__proto__", "constructor", "1", "0", "", 'q"\\', "ü\u0000"),
  fc.string(),
);
const leaves = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.string({ unit: "binary" }),
);
const { object } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaves, fc.array(tie("value"), { maxLength: 3 }), tie("object")),
  object: fc.dictionary(names, tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));
/** As it comes from a request: parsed, so that `__proto__` is a member. */
const objects = object.map((value): JsonObject => JSON.parse(JSON.stringify(value)));

describe("merging", () => {
  it("gives what SQLite's json_patch gives, in value and in size", () => {
    const database = new DatabaseSync(":memory:");
    const merged = database.prepare("SELECT json_patch(?, ?) AS text");
    fc.assert(
      fc.property(objects, objects, (target, patch) => {
        const theirs = String(merged.get(JSON.stringify(target), JSON.stringify(patch))?.text);
        const ours = JSON.stringify(mergeJson(target, patch));
        expect(sorted(ours)).toEqual(sorted(theirs));
        expect(Buffer.byteLength(ours)).toBe(Buffer.byteLength(theirs));
      }),
      { numRuns: 2000 },
    );
    database.close();
  });

  it("leaves target and patch as they were", () => {
    const target = parseFrozen('{"a":{"b":1},"c":2}');
    const patch = parseFrozen('{"a":{"b":null,"d":3},"c":null}');
    expect(JSON.stringify(mergeJson(target, patch))).toBe('{"a":{"d":3}}');
    expect([target, patch]).toEqual([
      { a: { b: 1 }, c: 2 },
      { a: { b: null, d: 3 }, c: null },
    ]);
  });
});

describe("depth", () => {
  it("is refused beyond the limit, at no cost for what is far beyond", () => {
    const nested = (levels: number): JsonObject =>
      JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`);
    expect([isTooDeep(nested(maxDataDepth)), isTooDeep(nested(maxDataDepth + 1))]).toEqual([false, true]);
    expect(isTooDeep(nested(5000))).toBe(true);
  });

  it("and size are what people are told of them", () => {
    const { title } = problems.data_too_large;
    expect(title.match(/[\d,]+/g)).toEqual([maxDataBytes.toLocaleString("en"), `${maxDataDepth}`]);
  });
});

/** With members in one order: SQLite keeps another than JavaScript for names of digits. */
function sorted(text: string): unknown {
  return JSON.parse(text, (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : value,
  );
}
