// The front page: the comparison of sessions and JWTs, from its data. Every opinion comes from the data, none from here.

import type { Advice, Cell, Comparison, ComparisonRow, Question, Side, System, Winner } from "./comparison.ts";
import { tally } from "./comparison.ts";
import { requestPath } from "./drawings.ts";
import { html, type Piece, prose } from "./html.ts";
import { type PageContext, page } from "./page.ts";
import { paths } from "./paths.ts";
import { specimenBytes, specimenCookie, specimenParts, specimenToken } from "./specimens.ts";

/** What the front page shows. */
export interface FrontModel {
  readonly comparison: Comparison;
  /** Where this server is, as the visitor reaches it: `http://localhost:4000`. */
  readonly origin: string;
}

const sideNames: Readonly<Record<Winner, string>> = { session: "Session", jwt: "JWT", tie: "Tie" };

/** The front page. */
export function frontPage(context: PageContext, model: FrontModel): string {
  const { comparison } = model;
  return page(context, {
    title: "JWT or sessions? What is the difference, and which is better",
    description:
      "JWT and session authentication side by side: state, revocation, scalability, payload size, cross-domain. What each is good at, where each fails, and when to choose which.",
    path: paths.front,
    content: html`<div class="front">
      ${hero(context, comparison)}
      <section class="band" id="systems" aria-labelledby="systems-title">
        ${sectionHead("systems-title", "Two ways to know who is asking", "HTTP forgets you after every request. Each system hands you something at sign-in that reminds the server next time. What they hand you is the whole difference.")}
        <div class="systems">${comparison.systems.map(systemCard)}</div>
      </section>
      ${sideBySide(comparison.rows)}
      ${verdict(comparison)}
      ${mistakes(comparison)}
      ${questions(comparison.questions)}
      ${tryIt(context, model.origin)}
    </div>`,
  });
}

function hero(context: PageContext, comparison: Comparison): Piece {
  return html`<section class="hero">
    <div class="hero-words">
      <h1><span class="ink-jwt">JWT</span>${" or "}<span class="ink-session">sessions?</span></h1>
      <p class="hero-question">What is the difference, and which is better?</p>
      ${comparison.answer.map((paragraph) => html`<p class="hero-answer">${prose(paragraph)}</p>`)}
      <p class="actions">
        <a class="button" href="#verdict">Read the verdict</a>
        ${context.account === undefined ? html`<a class="button button-quiet" href=${paths.signUp}>Sign up and see both</a>` : html`<a class="button button-quiet" href=${paths.sessions}>See your sessions</a>`}
      </p>
    </div>
    ${specimens()}
  </section>`;
}

function specimens(): Piece {
  return html`<div class="specimens">
    <p class="specimens-title">The same visitor, recognised two ways</p>
    <figure class="specimen specimen-session">
      <div class="specimen-wire"><span class="wire-name">Cookie: ${specimenCookie.name}=</span><wbr /><span class="wire-secret">${specimenCookie.value}</span></div>
      <figcaption><strong>${specimenBytes.cookie} bytes.</strong>${" "}A secret without meaning. The server looks up whose it is.</figcaption>
    </figure>
    <figure class="specimen specimen-jwt">
      <div class="specimen-wire"><span class="wire-name">Authorization: Bearer${" "}</span><span class="wire-header">${specimenParts.header}</span>.<span class="wire-claims">${specimenParts.claims}</span>.<span class="wire-signature">${specimenParts.signature}</span></div>
      <dl class="specimen-parts">
        <div class="part-header"><dt>Header</dt><dd><code>${spaced(specimenToken.header)}</code></dd></div>
        <div class="part-claims"><dt>Claims</dt><dd><code>${spaced(specimenToken.claims)}</code></dd></div>
        <div class="part-signature"><dt>Signature</dt><dd>64 bytes that only the issuer can make</dd></div>
      </dl>
      <figcaption><strong>${specimenBytes.token} bytes.</strong>${" "}A signed statement. Anyone can read it, and whoever has the public key can check it.</figcaption>
    </figure>
  </div>`;
}

function spaced(value: object): string {
  return JSON.stringify(value).replaceAll(",", ", ").replaceAll('":', '": ');
}

function sectionHead(id: string, title: string, words?: string): Piece {
  return html`<div class="section-head">
    <h2 id=${id}>${title}</h2>
    ${words === undefined ? null : html`<p>${prose(words)}</p>`}
  </div>`;
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
  </article>`;
}

function sideBySide(rows: readonly ComparisonRow[]): Piece {
  return html`<section class="band" id="side-by-side" aria-labelledby="side-by-side-title">
    ${sectionHead("side-by-side-title", "Side by side", "Row by row, which one does better, and why.")}
    <table class="versus" role="table" aria-labelledby="side-by-side-title">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Aspect</th>
          <th scope="col" role="columnheader"><span class="ink-session">Session</span></th>
          <th scope="col" role="columnheader"><span class="ink-jwt">JWT</span></th>
          <th scope="col" role="columnheader">Better</th>
        </tr>
      </thead>
      <tbody role="rowgroup">${rows.map(versusRow)}</tbody>
    </table>
    ${score(rows)}
  </section>`;
}

function versusRow(row: ComparisonRow): Piece {
  return html`<tr role="row" id=${`row-${row.key}`}>
    <th scope="row" role="rowheader"><span class="versus-aspect">${row.aspect}</span><span class="versus-question">${row.question}</span></th>
    ${versusCell("session", row.session, row.winner)}
    ${versusCell("jwt", row.jwt, row.winner)}
    <td role="cell" class="versus-winner"><span class=${`badge badge-${row.winner}`}>${sideNames[row.winner]}</span><span class="versus-why">${prose(row.why)}</span></td>
  </tr>`;
}

function versusCell(side: Side, cell: Cell, winner: Winner): Piece {
  return html`<td role="cell" class=${winner === side ? `versus-${side} versus-better` : `versus-${side}`} data-label=${sideNames[side]}>
    ${cell.measured === undefined ? null : html`<span class="versus-figure">${cell.measured.figure}</span>`}
    ${prose(cell.text)}
    ${cell.measured === undefined ? null : html`<span class="versus-conditions">${cell.measured.conditions}</span>`}
  </td>`;
}

function score(rows: readonly ComparisonRow[]): Piece {
  const counts = tally(rows);
  return html`<p class="score">
    <span class="score-part score-session"><strong>${counts.session}</strong>${" for sessions"}</span>
    <span class="score-part score-jwt"><strong>${counts.jwt}</strong>${" for JWTs"}</span>
    <span class="score-part score-tie"><strong>${counts.tie}</strong>${counts.tie === 1 ? " tie" : " ties"}</span>
    <span class="score-words">Counting rows does not decide it: what decides is which rows matter to you.</span>
  </p>`;
}

function verdict(comparison: Comparison): Piece {
  return html`<section class="verdict" id="verdict" aria-labelledby="verdict-title">
    <div class="verdict-inner">
      <div class="verdict-head">
        <p class="verdict-label">The verdict</p>
        <h2 id="verdict-title">${comparison.verdict.title}</h2>
        <p>${prose(comparison.verdict.text)}</p>
      </div>
      <div class="advice">${comparison.verdict.advice.map(adviceCard)}</div>
    </div>
  </section>`;
}

function adviceCard(advice: Advice): Piece {
  return html`<div class=${`advice-card advice-${advice.choice}`}>
    <h3>${advice.title}</h3>
    <ul>${advice.when.map((text) => html`<li>${prose(text)}</li>`)}</ul>
    <p class="advice-note">${prose(advice.note)}</p>
  </div>`;
}

function mistakes(comparison: Comparison): Piece {
  return html`<section class="band" id="mistakes" aria-labelledby="mistakes-title">
    ${sectionHead("mistakes-title", "Common mistakes", "Most break-ins use none of the finer points above. They use these.")}
    <dl class="mistakes">
      ${comparison.mistakes.map((entry) => html`<div class="mistake"><dt>${prose(entry.mistake)}</dt><dd>${prose(entry.instead)}</dd></div>`)}
    </dl>
  </section>`;
}

function questions(list: readonly Question[]): Piece {
  return html`<section class="band questions" id="questions" aria-labelledby="questions-title">
    ${sectionHead("questions-title", "Questions and answers")}
    <div class="question-list">${list.map((entry, index) => question(entry, index === 0))}</div>
  </section>`;
}

function question(entry: Question, open: boolean): Piece {
  return html`<details id=${`question-${entry.key}`} open=${open}>
    <summary><h3>${prose(entry.question)}</h3></summary>
    ${entry.answer.map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
  </details>`;
}

function tryIt(context: PageContext, origin: string): Piece {
  const signedIn = context.account !== undefined;
  return html`<section class="band try" id="try" aria-labelledby="try-title">
    ${sectionHead("try-title", "See it for yourself", "This page is served by the thing it describes.")}
    <div class="try-panels">
      <div class="panel">
        <h3>Try it here</h3>
        <ol class="steps">
          <li>Sign up with an address and a password.</li>
          <li>Sign in again in other browsers: by session, by JWT, by the hybrid of both.</li>
          <li>Look at your sessions, end one, and see what becomes of it.</li>
        </ol>
        <p class="actions">
          <a class="button" href=${signedIn ? paths.sessions : paths.signUp}>${signedIn ? "Your sessions" : "Sign up"}</a>
          <a class="button button-quiet" href=${paths.reference}>Read the API</a>
        </p>
      </div>
      <div class="panel">
        <h3>Run it yourself</h3>
        <p>In a copy of the project, with nothing but Node.js and npm:</p>
        <pre class="terminal" tabindex="0"><code><span class="prompt" aria-hidden="true">$ </span>npm ci${"\n"}<span class="prompt" aria-hidden="true">$ </span>npm start</code></pre>
        <p class="panel-note">No configuration, no database to install. This one answers at <code class="wrap-anywhere">${origin}</code>.</p>
      </div>
    </div>
  </section>`;
}
