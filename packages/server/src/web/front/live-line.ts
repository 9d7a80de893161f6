// The line at the top: how soon a revocation held. Shows the report's figure, until a script measures here and now. Measures nothing.

import { durationText } from "../../demonstration/words.ts";
import type { Report } from "../../lab/contract.ts";
import { html, type Piece } from "../html.ts";
import { paths } from "../paths.ts";

export interface LiveLineModel {
  readonly report: Report;
  readonly isOwn: boolean;
  /** Whether this visitor may have it measured on the server's machine. */
  readonly isLive: boolean;
}

/** The line; none where the report says nothing of it and nothing can be measured. Where only the latter can, its place is kept for it. */
export function liveLine({ report, isOwn, isLive }: LiveLineModel): Piece | null {
  const ms = report.rows.find(({ aspect }) => aspect === "revocation")?.cells.hybrid.value ?? null;
  if (ms === null && !isLive) return null;
  const time = ms === null ? "–" : durationText(ms * 1000);
  const where = `median of the report, ${isOwn ? "on this machine" : "on the project’s machine"}`;
  // It changes by itself while one reads something else: a screen reader finds it, and is not told of it.
  return html`<p class=${ms === null ? "live-line live-line-empty" : "live-line"} id="live-line" aria-live="off" data-at=${isLive ? `${paths.demonstration}/pulse` : undefined}>
    <span class="live-line-mark" aria-hidden="true"></span>
    <span class="live-line-words">Revoked at <strong><span class="live-line-services">${report.conditions.services}</span> services</strong> in <strong class="live-line-time">${time}</strong></span>
    ${" "}<span class="live-line-where">${ms === null ? "not measured yet" : where}</span>
  </p>`;
}
