import { expect, test } from "vitest";
import { readReturnTo } from "./return-to.ts";

test.each([["/"], ["/sessions"], ["/private/page?tab=2&x=%2Fpath"], ["/a/~b/c-d_e.html"], ["/search?q=a%20b"]])(
  "follows %s",
  (path) => {
    expect(readReturnTo(path)).toBe(path);
  },
);

test("resolves dot segments as a browser would", () => {
  expect(readReturnTo("/a/../b/./c?d=1")).toBe("/b/c?d=1");
});

test.each([
  ["nothing", undefined],
  ["no text", null],
  ["an empty text", ""],
  ["another site", "https://evil.example/"],
  ["another site without a scheme", "//evil.example/"],
  ["three slashes", "///evil.example/"],
  ["a backslash", "/\\evil.example"],
  ["backslashes", "\\\\evil.example"],
  ["a tab, which browsers drop", "/\t/evil.example"],
  ["a line break, which browsers drop", "/\n/evil.example"],
  ["a line break that ends a header", "/a\r\nset-cookie: b=c"],
  ["a leading space", " /sessions"],
  ["a null character", "/\u0000"],
  ["a script", "javascript:alert(1)"],
  ["a user", "/@evil.example"],
  ["a relative path", "sessions"],
  ["a query alone", "?a=b"],
  ["a fragment", "/sessions#x"],
  ["two slashes inside", "/a//evil.example"],
  ["two slashes after a dot segment", "/.//evil.example"],
  ["an encoded slash", "/%2fevil.example"],
  ["an encoded slash in capitals", "/%2Fevil.example"],
  ["an encoded backslash", "/%5cevil.example"],
  ["an encoded tab", "/%09/evil.example"],
  ["an encoded line break", "/%0d%0aset-cookie"],
  ["letters beyond ASCII", "/\u2044evil"],
  ["more than 512 characters", `/${"a".repeat(512)}`],
])("does not follow %s", (_, text) => {
  expect(readReturnTo(text)).toBeUndefined();
});
