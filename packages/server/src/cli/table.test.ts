import { expect, test } from "vitest";
import { alignColumns, printable } from "./table.ts";

test("columns stand below one another, with two spaces between and none at the end", () => {
  expect(
    alignColumns([
      ["a", "bb", "c"],
      ["aaa", "b", ""],
      ["ü", "bb"],
    ]),
  ).toEqual(["a    bb  c", "aaa  b", "ü    bb"]);
});

test.each([
  ["an escape sequence", "\u001b[31mred", "?[31mred"],
  ["a line break", "a\nb", "a?b"],
  ["a return", "a\rb", "a?b"],
  ["a C1 control", "a\u009bb", "a?b"],
  ["a change of direction", "a\u202eb", "a?b"],
  ["a line separator", "a\u2028b", "a?b"],
])("%s is not printed", (_, text, printed) => {
  expect(printable(text)).toBe(printed);
});

test("letters of every script are", () => {
  expect(printable("Zoë 日本 Ωμέγα")).toBe("Zoë 日本 Ωμέγα");
});
