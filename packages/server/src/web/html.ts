// The template language of the pages, and the few pieces that every page needs. Knows nothing of any one page.

import { html } from "htm/preact";
import { renderToString } from "preact-render-to-string";

/** A piece of a page. Text in it is escaped when it is rendered. */
export type Piece = ReturnType<typeof html>;

export { html };

/** A whole document as text. Costs one pass over the tree. */
export function renderDocument(root: Piece): string {
  return `<!doctype html>${renderToString(root)}`;
}

/** Text in which words between backquotes are code. */
export function prose(text: string): readonly (string | Piece)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** A number with thin groups of three, as in `12 480`. */
export function grouped(number: number): string {
  return Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
