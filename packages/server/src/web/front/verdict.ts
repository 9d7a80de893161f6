// The verdict on the front page: it depends, on what, and then the adviser. Knows no rule.

import { type Classic, classics } from "../../adviser/classics.ts";
import type { Answers } from "../../adviser/questions.ts";
import { adviceView, questionsForm } from "../../adviser/view.ts";
import { html, type Piece } from "../html.ts";

/** What the verdict is shown with. */
export interface VerdictModel {
  /** The answers in the address, if there are any. */
  readonly answers: Answers | undefined;
  /** Whether the address also has what is no answer. Default: no. */
  readonly hasUnknown?: boolean | undefined;
}

/** The section of the verdict. */
export function verdictSection({ answers, hasUnknown = false }: VerdictModel): Piece {
  return html`<section class="verdict" id="verdict" aria-labelledby="verdict-title">
    <div class="verdict-inner">
      <div class="verdict-head">
        <p class="verdict-label">The verdict</p>
        <h2 id="verdict-title"><span class="verdict-recommended">Recommended:</span>${" "}it depends on your architecture</h2>
        <p class="verdict-short">For most web applications: sessions.</p>
        <p>It depends on who your clients are, how many services check them and where, how soon a sign-out must hold, on traffic, and on what you run. Say so, and get a recommendation for each kind of client, with its reasons, its price, and the configuration to paste. Your answers stand in the address: share it.</p>
      </div>
      ${hasUnknown ? html`<p class="adviser-unknown" id="advice-unknown">${unknownWords(answers)}</p>` : null}
      ${questionsForm(answers)}
      <p class="visually-hidden" id="advice-said" role="status" aria-live="polite"></p>
      <div class="adviser-place" id="advice">
        ${answers === undefined ? html`<div class="advice">${classics.map(classicCard)}</div>` : adviceView(answers)}
      </div>
    </div>
  </section>`;
}

function unknownWords(answers: Answers | undefined): string {
  return answers === undefined
    ? "The answers in this link were not understood. Here are the questions afresh, and below them the verdict in general."
    : "Some answers in this link were not understood. What is chosen here counts.";
}

function classicCard({ strategy, title, when, note }: Classic): Piece {
  return html`<div class=${`advice-card advice-${strategy === "hybrid" ? "both" : strategy}`}>
    <h3>${title}</h3>
    <ul>${when.map((text) => html`<li>${text}</li>`)}</ul>
    <p class="advice-note">${note}</p>
  </div>`;
}
