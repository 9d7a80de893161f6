import { describe, expect, it } from "vitest";
import { codeBlocks, docCommentBlocks } from "./markdown.ts";

describe("the code blocks of a text", () => {
  it("carry language, flags, code and line", () => {
    const text = "# A\n\n```ts run\nconst a = 1;\n```\n\n~~~\n\n- in a list:\n  ```sh\n  npm ci\n  npm test\n  ```\n";
    expect(codeBlocks(text)).toEqual([
      { language: "ts", flags: ["run"], code: "const a = 1;\n", line: 3 },
      { language: "sh", flags: [], code: "npm ci\nnpm test\n", line: 10 },
    ]);
  });

  it("are not those of inline code", () => {
    expect(codeBlocks("Write ```ts in a row``` and `ts`.\n")).toEqual([]);
  });

  it("are found in doc comments", () => {
    const source =
      "// A file.\n\n/**\n * Makes one.\n *\n * ```ts\n * const a = make();\n * a.b();\n * ```\n */\nexport {};\n";
    expect(docCommentBlocks(source)).toEqual([
      { language: "ts", flags: [], code: "const a = make();\na.b();\n", line: 6 },
    ]);
  });
});
