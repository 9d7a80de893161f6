// The common mistakes on the front page, from their data.

import type { Mistake } from "../comparison.ts";
import { html, type Piece, prose } from "../html.ts";
import { sectionHead } from "./section-head.ts";

/** Each mistake with what to do in its place. */
export function mistakesSection(mistakes: readonly Mistake[]): Piece {
  return html`<section class="band" id="mistakes" aria-labelledby="mistakes-title">
    ${sectionHead("mistakes-title", "Common mistakes")}
    <dl class="mistakes">
      ${mistakes.map((entry) => html`<div class="mistake"><dt>${prose(entry.mistake)}</dt><dd>${prose(entry.instead)}</dd></div>`)}
    </dl>
  </section>`;
}
