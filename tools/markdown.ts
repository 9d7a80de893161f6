// Finds the code that documents show: fenced blocks in Markdown and in doc comments. Runs nothing.

/** One fenced block. */
export interface CodeBlock {
  /** The language: the first word after the fence. */
  readonly language: string;
  /** The other words after the fence. */
  readonly flags: readonly string[];
  readonly code: string;
  /** The line of its fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a Markdown text. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const fence = /^([ \t]*)(```+)[ \t]*([^\n`]*)\n([\s\S]*?)^[ \t]*\2[ \t]*$/gm;
  for (const match of markdown.matchAll(fence)) {
    const [, indent = "", , info = "", code = ""] = match;
    const [language = "", ...flags] = info.trim().split(/\s+/);
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({
      language,
      flags,
      code: indent === "" ? code : code.replaceAll(`\n${indent}`, "\n").trimStart(),
      line,
    });
  }
  return blocks;
}

/** The fenced blocks in the doc comments of a TypeScript text. */
export function docCommentBlocks(source: string): CodeBlock[] {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const before = source.slice(0, comment.index).split("\n").length - 1;
    const text = comment[0].replace(/^[ \t]*\*\/$/m, "").replace(/^[ \t]*\* ?/gm, "");
    return codeBlocks(text).map((block) => ({ ...block, line: block.line + before }));
  });
}
