// The questions and answers on the front page, from their data and the figures of the report. Knows no figure itself.

import { columns, type Report } from "../../lab/contract.ts";
import { html, type Piece, prose } from "../html.ts";
import { paths } from "../paths.ts";
import { type AskedQuestion, askedQuestions, type Ending } from "../questions-data.ts";
import { shownCommand } from "../typed-command.ts";
import { sectionHead } from "./section-head.ts";

/** What the questions are shown with. */
export interface QuestionsModel {
  readonly report: Report;
  /** Default: `askedQuestions`. */
  readonly questions?: readonly AskedQuestion[];
}

/** The section of questions and answers. */
export function questionsSection({ report, questions = askedQuestions }: QuestionsModel): Piece {
  return html`<section class="band questions" id="questions" aria-labelledby="questions-title">
    ${sectionHead("questions-title", "Questions and answers", "Each answer ends in something that you can run or see.")}
    <div class="question-list">${questions.map((entry, index) => question(entry, report, index === 0))}</div>
  </section>`;
}

/** The words of an answer with figures in the place of their names; `undefined` where the report lacks one of them. */
export function withFigures(text: string, report: Report): string | undefined {
  let isWhole = true;
  const lifetime = `${report.conditions.accessLifetime} s`;
  const words = text
    .replaceAll("{lifetime}", lifetime)
    .replace(/\{([a-z-]+)\.([a-z-]+)\}/g, (_, aspect: string, column: string) => {
      const cells = report.rows.find((row) => row.aspect === aspect)?.cells;
      const found = columns.find((name) => name === column);
      const text = cells === undefined || found === undefined ? undefined : cells[found].text;
      if (text === undefined) isWhole = false;
      return text ?? "";
    });
  return isWhole ? words : undefined;
}

/** An answer as plain text, for those who show no page: what was measured is left out. */
export function plainAnswer({ answer }: AskedQuestion): string {
  return answer.join(" ").replaceAll("`", "");
}

function question(
  { key, question: words, answer, measured, endings }: AskedQuestion,
  report: Report,
  isOpen: boolean,
): Piece {
  const figures = measured === undefined ? undefined : withFigures(measured, report);
  return html`<details id=${`question-${key}`} open=${isOpen}>
    <summary><h3>${prose(words)}</h3></summary>
    ${answer.map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
    ${figures === undefined ? null : html`<p class="question-measured"><strong>Measured.</strong>${" "}${figures}</p>`}
    <ul class="question-endings">${endings.map((ending) => html`<li>${endingPiece(ending)}</li>`)}</ul>
  </details>`;
}

function endingPiece(ending: Ending): Piece {
  if (ending.kind !== "command") return html`<a href=${addressOf(ending)}>${ending.words}</a>`;
  return html`<span>${ending.words}: <code class="question-command">${shownCommand(`countersign ${ending.command}`)}</code></span>`;
}

/** Where an ending leads that is no command. */
export function addressOf(ending: Exclude<Ending, { kind: "command" }>): string {
  switch (ending.kind) {
    case "row":
      return `#row-${ending.aspect}`;
    case "demonstration":
      return "#demonstration";
    case "tool":
      return `${paths.tryIt}#${ending.tool}`;
    case "adviser":
      return "#verdict";
  }
}
