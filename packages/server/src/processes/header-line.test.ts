import { expect, it } from "vitest";
import { headerLineBytes } from "./header-line.ts";

it("counts a header with its name, its separators and the end of its line", () => {
  expect(headerLineBytes("Cookie", "a=1")).toBe("Cookie: a=1\r\n".length);
});
