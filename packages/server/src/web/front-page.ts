// The front page: its sections in their order, and what the page says of itself to others. Every word comes from them.

import type { Answers } from "../adviser/questions.ts";
import type { Comparison } from "./comparison.ts";
import { demonstrationSection } from "./front/demonstration.ts";
import { heroSection } from "./front/hero.ts";
import type { LabPanelModel } from "./front/lab-panel.ts";
import { liveLine } from "./front/live-line.ts";
import { measuredSection } from "./front/measured.ts";
import { mistakesSection } from "./front/mistakes.ts";
import { questionsSection } from "./front/questions.ts";
import { structuredData } from "./front/structured-data.ts";
import { systemsSection } from "./front/systems.ts";
import { trySection } from "./front/try-section.ts";
import { verdictSection } from "./front/verdict.ts";
import { html } from "./html.ts";
import { createKeptPiece } from "./kept-piece.ts";
import { type PageContext, page } from "./page.ts";
import { paths } from "./paths.ts";

/** What the front page shows. */
export interface FrontModel extends LabPanelModel {
  readonly comparison: Comparison;
  /** Where this server is, as the visitor reaches it: `http://localhost:4000`. */
  readonly origin: string;
  /** What the adviser was told, by the address. */
  readonly answers?: Answers | undefined;
  /** Whether the address also has answers that are none. Default: no. */
  readonly hasUnknownAnswers?: boolean;
}

const description =
  "JWT and session authentication side by side, measured: state, revocation, scalability, payload size, cross-domain, theft, CSRF. What each is good at, where each fails, and when to choose which.";

/** The front page. */
export function frontPage(context: PageContext, model: FrontModel): string {
  const { comparison } = model;
  const address = new URL(paths.front, model.origin).href;
  const isLive = model.lab !== undefined;
  return page(context, {
    title: "JWT or sessions? What is the difference, and which is better",
    description,
    path: paths.front,
    script: "front",
    address,
    data: structuredData(address, description),
    content: html`<div class="front">
      ${heroSection(context, comparison, liveLine({ ...model, isLive }))}
      ${systems(comparison.systems)}
      ${measuredSection(comparison, model)}
      ${demonstrationSection({ isLive })}
      ${verdictSection({ answers: model.answers, hasUnknown: model.hasUnknownAnswers })}
      ${mistakesSection(comparison.mistakes)}
      ${questions(model.report)}
      ${trySection(context, model.origin)}
    </div>`,
  });
}

const systems = createKeptPiece(systemsSection);

const questions = createKeptPiece((report: FrontModel["report"]) => questionsSection({ report }));
