import { describe, expect, it } from "vitest";
import { html, renderDocument } from "./html.ts";
import { readMarkup } from "./testing/markup.ts";
import { shownCommand, typedCommand } from "./typed-command.ts";

describe("a line of the command", () => {
  it.each([
    { line: "countersign compare --quick", typed: "npx @countersign/server compare --quick" },
    { line: "countersign", typed: "countersign" },
    { line: "npm ci", typed: "npm ci" },
    { line: "npm run countersign -- compare", typed: "npm run countersign -- compare" },
  ])("is typed as $typed", ({ line, typed }) => {
    expect(typedCommand(line)).toBe(typed);
  });

  it("is shown as it is typed, and broken between words only", () => {
    const line = "countersign compare --rows state,payload --quick";
    const { elements } = readMarkup(renderDocument(html`<code>${shownCommand(line)}</code>`));
    const [code, ...words] = elements;
    expect(code?.text).toBe(typedCommand(line));
    expect(words.map(({ attributes, text }) => [attributes.class, text])).toEqual(
      typedCommand(line)
        .split(" ")
        .map((word) => ["command-word", word]),
    );
  });
});
