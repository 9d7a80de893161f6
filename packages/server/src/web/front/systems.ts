// The columns of the front page: what each system is, how it works, its strengths and weaknesses, from their data.

import type { System } from "../comparison.ts";
import { requestPath } from "../drawings.ts";
import { html, type Piece, prose } from "../html.ts";
import { sectionHead } from "./section-head.ts";

/** The systems, side by side. */
export function systemsSection(systems: readonly System[]): Piece {
  return html`<section class="band" id="systems" aria-labelledby="systems-title">
    ${sectionHead("systems-title", "Ways to know who is asking", "HTTP forgets you after every request. Each system hands you something at sign-in that reminds the server next time. What they hand you is the whole difference.")}
    <div class="systems">${systems.map(systemCard)}</div>
  </section>`;
}

function systemCard(system: System): Piece {
  const { side } = system;
  return html`<article class=${`system system-${side}`} aria-labelledby=${`system-${side}`}>
    <p class="system-short">${system.short}</p>
    <h3 id=${`system-${side}`}>${system.title}</h3>
    <p class="system-what">${prose(system.what)}</p>
    <div class="system-drawing">${requestPath(side)}</div>
    <h4>How it works</h4>
    <ol class="steps">
      ${system.steps.map((step) => html`<li><strong>${step.title}.</strong>${" "}${prose(step.text)}</li>`)}
    </ol>
    <h4>Strengths</h4>
    <ul class="points points-strong">${system.strengths.map((text) => html`<li>${prose(text)}</li>`)}</ul>
    <h4>Weaknesses, and what this server does about them</h4>
    <ul class="points points-weak">
      ${system.weaknesses.map((weakness) => html`<li><p>${prose(weakness.text)}</p><p class="here"><span class="here-mark">Here:</span>${" "}${prose(weakness.here)}</p></li>`)}
    </ul>
    <p class="system-try"><a class="button button-quiet" href=${system.tryIt.href}>Try it</a><span>${system.tryIt.text}</span></p>
  </article>`;
}
