// The mark of Countersign: a secret kept inside a ring, and a signature that runs through its opening.

import { html, type Piece } from "./html.ts";

/** The mark. Decorative: whoever shows it says the name beside it. */
export function logo(): Piece {
  return html`<svg class="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
    <path class="logo-ring" d="M24.2 8.2 A11 11 0 1 0 24.2 23.8" />
    <path class="logo-sign" d="M9.5 18.6 C11.8 11.2 15.2 10.6 14.9 15.4 C14.7 18.8 16.4 19.3 18.1 16.9 C19.5 14.9 20.7 14.8 21.4 16.2 C22.3 18 25.4 17.6 30 13.8" />
  </svg>`;
}
