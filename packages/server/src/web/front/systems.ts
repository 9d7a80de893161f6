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
    ${part("How it works", steps(system.steps))}
    ${part("Strengths", strengths(system.strengths))}
    ${part("Weaknesses, and what this server does about them", weaknesses(system.weaknesses))}
    <p class="system-try"><a class="button button-quiet" href=${system.tryIt.href}>Try it</a><span>${system.tryIt.text}</span></p>
  </article>`;
}

// The sheet shows one of the two titles: that of the fold where cards stand one below the other, the other where they stand side by side and are open.
function part(title: string, content: Piece): Piece {
  return html`<h4>${title}</h4><details class="system-part"><summary><h4>${title}</h4></summary>${content}</details>`;
}

function steps(list: System["steps"]): Piece {
  return html`<ol class="steps">${list.map(({ title, text }) => html`<li><strong>${title}.</strong>${" "}${prose(text)}</li>`)}</ol>`;
}

function strengths(list: System["strengths"]): Piece {
  return html`<ul class="points points-strong">${list.map((text) => html`<li>${prose(text)}</li>`)}</ul>`;
}

function weaknesses(list: System["weaknesses"]): Piece {
  return html`<ul class="points points-weak">
    ${list.map(({ text, here }) => html`<li><p>${prose(text)}</p><p class="here"><span class="here-mark">Here:</span>${" "}${prose(here)}</p></li>`)}
  </ul>`;
}
