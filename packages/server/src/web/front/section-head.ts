// The head of a section of the front page: its title, and a line below. Knows no section.

import { html, type Piece, prose } from "../html.ts";

/** A section's title, which names the section, and what it is about. */
export function sectionHead(id: string, title: string, words?: string): Piece {
  return html`<div class="section-head">
    <h2 id=${id}>${title}</h2>
    ${words === undefined ? null : html`<p>${prose(words)}</p>`}
  </div>`;
}
