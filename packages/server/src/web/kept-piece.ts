// A piece of a page that is rendered once for what it is made of, and shown again as text. Knows no page.

import { Fragment, h } from "preact";
import { jsxTemplate } from "preact/jsx-runtime";
import { renderToString } from "preact-render-to-string";
import type { Piece } from "./html.ts";

/**
 * Makes a piece that is rendered when it is shown for the first time, and again when one of its sources is another than before: sources are told apart by
 * identity, and nobody changes one that was shown. Keeps one text. Costs nothing to make, and one pass over the tree for each change.
 */
export function createKeptPiece<Sources extends readonly unknown[]>(
  make: (...sources: Sources) => Piece | null,
): (...sources: Sources) => Piece {
  let kept: { readonly sources: Sources; readonly text: string } | undefined;
  return (...sources) => {
    if (kept?.sources.every((source, index) => source === sources[index]) !== true) {
      kept = { sources, text: renderToString(h(Fragment, null, make(...sources))) };
    }
    // As precompiled JSX is: what is markup already goes into the page as it is.
    return jsxTemplate([kept.text]);
  };
}
