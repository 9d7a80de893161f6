// The table of the front page: each row's figures as the lab measured them, and who wins by them. Judges nothing by itself.

import { type Column, columnMeanings, columns, columnWords, type Report, type Row } from "../../lab/contract.ts";
import { short } from "../../lab/figures.ts";
import { noisyAbove } from "../../lab/winners.ts";
import type { Comparison, Unmeasured } from "../comparison.ts";
import { html, type Piece, prose } from "../html.ts";
import { absoluteTime } from "../time.ts";
import { typedCommand } from "../typed-command.ts";
import { durationWords } from "./lab-words.ts";
import { classicWords, columnSides, inSeries, leaderWords, lossWords, tally } from "./winner-words.ts";

/** What the table shows. */
export interface Measured {
  readonly report: Report;
  /** The report was made on the reader's machine; otherwise it came with the package. */
  readonly isOwn: boolean;
}

/** The rows of the report, with the words beside them, below what the columns are. */
export function figuresTable(report: Report, words: Comparison["rows"]): Piece {
  return html`<dl class="versus-key">
    ${columns.map((column) => html`<div><dt class=${`ink-${columnSides[column]}`}>${columnWords[column]}</dt><dd>${columnMeanings[column]}</dd></div>`)}
  </dl>
  <table class="versus" role="table" aria-labelledby="side-by-side-title">
    <thead role="rowgroup">
      <tr role="row">
        <th scope="col" role="columnheader">Aspect</th>
        ${columns.map((column) => html`<th scope="col" role="columnheader"><span class=${`ink-${columnSides[column]}`}>${columnWords[column]}</span></th>`)}
        <th scope="col" role="columnheader">Who wins</th>
      </tr>
    </thead>
    ${report.rows.map((row) => rowGroup(row, words))}
  </table>`;
}

function rowGroup(row: Row, words: Comparison["rows"]): Piece {
  const { question } = words[row.aspect];
  const loss = lossWords(row);
  return html`<tbody role="rowgroup" id=${`row-${row.aspect}`}>
    <tr role="row">
      <th scope="row" role="rowheader"><span class="versus-aspect">${row.title}</span><span class="versus-question">${question}</span>${row.note === undefined ? null : html`<span class="versus-note">${row.note}</span>`}</th>
      ${columns.map((column) => figureCell(row, column))}
      <td role="cell" class="versus-winner">
        <p><span class="versus-asked">JWT or session:</span>${" "}<span class=${`badge badge-${row.winners.classic}`}>${classicWords[row.winners.classic]}</span></p>
        <p><span class="versus-asked">Of all five:</span>${" "}<strong>${leaderWords(row)}</strong></p>
        ${loss === undefined ? null : html`<p class="versus-loss">${loss}</p>`}
        <p class="versus-compared">Compared: ${row.cells.session.unit}</p>
      </td>
    </tr>
    <tr role="row" class="versus-more">
      <td role="cell" colspan=${columns.length + 2}>${rowDetails(row, words)}</td>
    </tr>
  </tbody>`;
}

function figureCell(row: Row, column: Column): Piece {
  const leads = row.winners.leaders.includes(column);
  const side = columnSides[column];
  return html`<td role="cell" class=${leads ? `versus-cell versus-${side} versus-leads` : `versus-cell versus-${side}`} data-label=${columnWords[column]}>
    <span class="versus-figure">${unbroken(row.cells[column].text)}</span>
    ${leads ? html`<span class="visually-hidden"> (leads)</span>` : null}
  </td>`;
}

/** A figure and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replace(/(\d) (ms|s|B|kB|MB)\b/g, "$1\u00a0$2");
}

function rowDetails(row: Row, words: Comparison["rows"]): Piece {
  const alike = Map.groupBy(columns, (column) => row.cells[column].detail);
  return html`<details>
    <summary>What was measured<span class="visually-hidden"> in the row ${row.title}</span>, and its limits</summary>
    <div class="versus-details">
      <p>${row.sentence}</p>
      <p>${prose(words[row.aspect].why)}</p>
      <dl>
        ${[...alike].map(([detail, which]) => html`<div><dt>${inSeries(which.map((column) => columnWords[column]))}</dt><dd>${detail}</dd></div>`)}
      </dl>
      <p>${marginWords(row)}</p>
      <p><strong>Limits.</strong>${" "}${row.limits}</p>
    </div>
  </details>`;
}

function marginWords({ margin, better, cells, turns }: Row): string {
  const parts = [
    ...(margin.relative > 0 ? [`${Math.round(margin.relative * 100)} % of the smaller one`] : []),
    ...(margin.absolute > 0 ? [`${short(margin.absolute)}`] : []),
  ];
  const by =
    parts.length === 0
      ? "any difference decides"
      : `a figure wins when it is better by more than ${parts.join(" and by more than ")}`;
  // Where columns took turns, a ratio of each turn decides.
  if (turns !== undefined) {
    const more = parts.length === 0 ? "" : ` by more than ${parts.join(" and by more than ")}`;
    return `Compared: ${cells.session.unit}; ${better} is better, and one beats another when it is better${more} in three turns of four. Where turns contradict each other it is too noisy to say, and no tie.`;
  }
  const noisy =
    margin.relative > noisyAbove
      ? " The margin is that wide because one and the same load scattered so much: what does not win by it is too noisy to say, and no tie."
      : "";
  return `Compared: ${cells.session.unit}; ${better} is better, and ${by}.${noisy}`;
}

/** How the rows came out, counted. */
export function score(rows: readonly Row[]): Piece {
  const counts = tally(rows);
  return html`<p class="score">
    <span class="score-part score-session"><strong>${counts.session}</strong>${" for sessions"}</span>
    <span class="score-part score-jwt"><strong>${counts.jwt}</strong>${" for JWTs"}</span>
    <span class="score-part score-tie"><strong>${counts.tie}</strong>${counts.tie === 1 ? " tie" : " ties"}</span>
    ${counts.noisy === 0 ? null : html`<span class="score-part"><strong>${counts.noisy}</strong>${" too noisy to say"}</span>`}
    <span class="score-words">Counting rows does not decide it: what decides is which rows matter to you.</span>
  </p>`;
}

/** Where, when and how the figures were measured. */
export function provenance({ report, isOwn }: Measured): Piece {
  const { machine, versions, conditions, tookSeconds } = report;
  const memory = Math.round(machine.memoryBytes / 2 ** 30);
  const at = Date.parse(report.date);
  return html`<div class="provenance">
    <p><strong>${isOwn ? "Measured on this machine" : "Measured on the project’s machine"}</strong>, <time datetime=${new Date(at).toISOString()}>${absoluteTime(at)}</time>${conditions.quick ? ", in a quick run: fewer rounds and shorter loads, so rougher figures" : ""}.</p>
    <dl>
      <div><dt>Machine</dt><dd>${machine.cpu}, ${machine.cores} ${machine.cores === 1 ? "core" : "cores"}, ${memory} GiB, ${machine.os}</dd></div>
      <div><dt>Versions</dt><dd>Countersign ${versions.countersign}, Node.js ${versions.node}</dd></div>
      <div><dt>Conditions</dt><dd>${conditionWords(report)}</dd></div>
      <div><dt>Command</dt><dd><code class="wrap-anywhere">${typedCommand(report.command)}</code>, ${durationWords(tookSeconds)}</dd></div>
    </dl>
  </div>`;
}

function conditionWords({ conditions }: Report): string {
  const { store, services, claims, seconds, accessLifetime } = conditions;
  const where = store === "sqlite" ? "sessions in SQLite" : "sessions in the issuer’s memory";
  return `${where}; ${services} service processes; ${claims} claims of the application; loads of ${seconds} s; access tokens of at most ${accessLifetime} s, because the lab waits for them to run out`;
}

/** What cannot be measured, side by side and without a winner. */
export function unmeasuredList(list: readonly Unmeasured[]): Piece {
  return html`<div class="unmeasured">
    <h3>What no lab can measure</h3>
    <dl>
      ${list.map(
        ({ aspect, session, jwt, hybrid }) => html`<div class="unmeasured-aspect">
          <dt>${aspect}</dt>
          <dd><strong class="ink-jwt">JWT.</strong>${" "}${jwt}</dd>
          <dd><strong class="ink-session">Session.</strong>${" "}${session}</dd>
          <dd><strong class="ink-hybrid">Hybrid.</strong>${" "}${hybrid}</dd>
        </div>`,
      )}
    </dl>
  </div>`;
}
