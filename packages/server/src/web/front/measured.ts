// The measured part of the front page: the panel that runs the lab, the table, the plots, and what cannot be measured. Knows no figure.

import type { Comparison } from "../comparison.ts";
import { html, type Piece } from "../html.ts";
import { createKeptPiece } from "../kept-piece.ts";
import { type LabPanelModel, labPanel } from "./lab-panel.ts";
import { plotsSection } from "./plots.ts";
import { sectionHead } from "./section-head.ts";
import { figuresTable, type Measured, provenance, score, unmeasuredList } from "./side-by-side.ts";

/** The table of the report with everything that belongs to it. */
export function measuredSection(comparison: Comparison, model: LabPanelModel): Piece {
  return html`<section class="band" id="side-by-side" aria-labelledby="side-by-side-title">
    ${sectionHead("side-by-side-title", "Side by side, measured", "The real systems, with real processes and real requests. Who wins is computed from the figures by a stated margin. A tie is a tie.")}
    ${labPanel(model)}
    ${figures(comparison, model.report, model.isOwn)}
  </section>`;
}

/** What the report says. Kept, for it is most of what the page costs, and changes when the lab has run. */
const figures = createKeptPiece(
  ({ rows, unmeasured }: Comparison, report: Measured["report"], isOwn: boolean) => html`
    ${figuresTable(report, rows)}
    ${score(report.rows)}
    ${provenance({ report, isOwn })}
    ${plotsSection(report)}
    ${unmeasuredList(unmeasured)}`,
);
