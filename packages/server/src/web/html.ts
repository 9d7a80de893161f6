// The template language of the pages, and the few pieces that every page needs. Knows nothing of any one page.

import { html } from "htm/preact";
import { renderToString } from "preact-render-to-string";

/** A piece of a page. Text in it is escaped when it is rendered. */
export type Piece = ReturnType<typeof html>;

export { grouped } from "./grouped.ts";
export { html };

/** A whole document as text. Costs one pass over the tree. */
export function renderDocument(root: Piece): string {
  return `<!doctype html>${renderToString(root)}`;
}

/** Text in which words between backquotes are code. */
export function prose(text: string): readonly (string | Piece)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
