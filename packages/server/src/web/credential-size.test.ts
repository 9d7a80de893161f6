import { expect, it } from "vitest";
import { carriedBytes, carriedWords } from "./credential-size.ts";

it.each([
  { by: "cookie", header: (credential: string) => `Cookie: ${credential}\r\n` },
  { by: "bearer", header: (credential: string) => `Authorization: Bearer ${credential}\r\n` },
] as const)("counts the header around a credential: $by", ({ by, header }) => {
  expect(carriedBytes(43, by)).toBe(header("x".repeat(43)).length);
});

it("says which figure it is", () => {
  expect(carriedWords(1306, "cookie")).toBe("1\u202f316 with the header’s name and separators");
});
