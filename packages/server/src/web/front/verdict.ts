// The verdict on the front page: it depends, on what, and then the adviser. Knows no rule.

import { type Classic, classics } from "../../adviser/classics.ts";
import type { Answers } from "../../adviser/questions.ts";
import { adviceView, questionsForm } from "../../adviser/view.ts";
import { html, type Piece } from "../html.ts";

/** What the verdict is shown with. */
export interface VerdictModel {
  /** The answers in the address, if there are any. */
  readonly answers: Answers | undefined;
}

/** The section of the verdict. */
export function verdictSection({ answers }: VerdictModel): Piece {
  return html`<section class="verdict" id="verdict" aria-labelledby="verdict-title">
    <div class="verdict-inner">
      <div class="verdict-head">
        <p class="verdict-label">The verdict</p>
        <h2 id="verdict-title"><span class="verdict-recommended">Recommended:</span>${" "}it depends on your architecture</h2>
        <p>On who your clients are, how many services check them and where, how soon a sign-out must hold, on traffic, and on what you run. Say so, and get a recommendation for each kind of client, with its reasons, its price, and the configuration to paste. Your answers stand in the address: share it.</p>
      </div>
      ${questionsForm(answers)}
      <p class="visually-hidden" id="advice-said" role="status" aria-live="polite"></p>
      <div class="adviser-place" id="advice">
        ${answers === undefined ? html`<div class="advice">${classics.map(classicCard)}</div>` : adviceView(answers)}
      </div>
    </div>
  </section>`;
}

function classicCard({ strategy, title, when, note }: Classic): Piece {
  return html`<div class=${`advice-card advice-${strategy === "hybrid" ? "both" : strategy}`}>
    <h3>${title}</h3>
    <ul>${when.map((text) => html`<li>${text}</li>`)}</ul>
    <p class="advice-note">${note}</p>
  </div>`;
}
