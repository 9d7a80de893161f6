// A kept piece: the same to whoever reads the page, made once for each change of its sources.

import { expect, it } from "vitest";
import { html, renderDocument } from "./html.ts";
import { createKeptPiece } from "./kept-piece.ts";

interface Words {
  readonly text: string;
}

/** A kept piece that counts how often it is made. */
function counted() {
  const made: string[] = [];
  const piece = createKeptPiece(({ text }: Words, isLoud: boolean) => {
    made.push(text);
    return html`<p title=${text}>${isLoud ? text.toUpperCase() : text}</p><hr />`;
  });
  const shown = (words: Words, isLoud = false) => renderDocument(html`<main>${piece(words, isLoud)}</main>`);
  return { made, shown };
}

it("is in the page as if it had been made there, and escaped as there", () => {
  const { shown } = counted();
  const words = { text: 'a < b & "c"' };
  const fresh = renderDocument(html`<main><p title=${words.text}>${words.text}</p><hr /></main>`);
  expect(shown(words)).toBe(fresh);
  expect(shown(words)).toBe(fresh);
  expect(fresh).toContain("a &lt; b &amp; &quot;c&quot;");
});

it("is made once for the same sources, and anew where one is another", () => {
  const { made, shown } = counted();
  const [one, other] = [{ text: "one" }, { text: "other" }];
  for (const words of [one, one, other, other, one]) expect(shown(words)).toContain(words.text);
  expect(made).toEqual(["one", "other", "one"]);
  expect(shown(one, true)).toContain("ONE");
  expect(shown({ text: "one" })).toContain("one");
  expect(made).toEqual(["one", "other", "one", "one", "one"]);
});

it("may be nothing", () => {
  const nothing = createKeptPiece(() => null);
  expect(renderDocument(html`<main>${nothing()}</main>`)).toBe("<!doctype html><main></main>");
});
