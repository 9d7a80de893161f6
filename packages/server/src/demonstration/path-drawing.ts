// Draws the way of one request over the stage: which process was asked, and what it cost. The same on the server and in the browser.

import { html } from "htm/preact";
import type { Pane, Step } from "./contract.ts";
import { durationText } from "./words.ts";

type Drawing = ReturnType<typeof html>;

/** What of a request is drawn. */
export type DrawnStep = Pick<
  Step,
  "to" | "code" | "microseconds" | "sentBytes" | "issuerAsked" | "keysFetched" | "storeReads" | "storeWrites"
>;

/**
 * The way of a request: lit where it went. Without a step, the ways that there are. It says nothing that words beside it do not say, so it is
 * hidden from who does not see it.
 */
export function pathDrawing(pane: Pane, step: DrawnStep | undefined): Drawing {
  const toService = step !== undefined && step.to > 0;
  const toIssuer = step !== undefined && step.to === 0;
  const asked = (step?.issuerAsked ?? 0) + (step?.keysFetched ?? 0) > 0;
  const stored = (step?.storeReads ?? 0) + (step?.storeWrites ?? 0) > 0;
  const head = `stage-head-${pane}`;
  return html`<svg class=${`stage-drawing stage-drawing-${pane}`} viewBox="0 -14 400 146" aria-hidden="true">
    <defs>
      <marker id=${head} viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
        <path class="stage-head" d="M0 0 L8 4 L0 8 z" />
      </marker>
    </defs>
    ${way("M82 50 H124", toService, head)}
    ${way("M218 50 H256", toService && asked, head)}
    ${way("M328 50 H346", stored, head)}
    ${way("M44 74 C44 116 292 116 292 78", toIssuer, head)}
    ${pane === "hybrid" ? html`<path class="stage-feed" d="M284 26 C272 2 176 2 164 24" />` : null}
    ${pane === "hybrid" ? label(224, 1, "feed", "stage-note") : null}
    ${node(8, 74, pane === "jwt" ? "Client" : "Browser")}
    ${node(128, 90, step !== undefined && toService ? `Service ${step.to}` : "Service", toService)}
    ${node(260, 68, "Issuer", toIssuer || (toService && asked))}
    ${store(stored)}
    ${step === undefined ? null : figures(step)}
  </svg>`;
}

function figures(step: DrawnStep): Drawing {
  const { to, code, microseconds, sentBytes, storeReads, storeWrites } = step;
  const calls = storeReads + storeWrites;
  return html`<g>
    ${to > 0 ? label(103, 42, `${sentBytes} B`) : label(168, 124, `${sentBytes} B`)}
    ${to > 0 ? label(173, 90, durationText(microseconds), "stage-cost") : label(338, 92, durationText(microseconds), "stage-cost")}
    ${calls === 0 ? null : label(371, 20, storeCalls(step))}
    ${to > 0 ? mark(214, 28, code === null) : mark(324, 28, code === null)}
  </g>`;
}

function storeCalls({ storeReads, storeWrites }: DrawnStep): string {
  const calls = storeReads + storeWrites;
  const what = storeWrites === 0 ? "read" : "call";
  return `${calls} ${what}${calls === 1 ? "" : "s"}`;
}

function way(d: string, isLit: boolean, head: string): Drawing {
  return html`<path class=${isLit ? "stage-way stage-way-lit" : "stage-way"} d=${d} marker-end=${isLit ? `url(#${head})` : undefined} />`;
}

function node(x: number, width: number, name: string, isLit = true): Drawing {
  return html`<g>
    <rect class=${isLit ? "stage-node" : "stage-node stage-node-idle"} x=${x} y="28" width=${width} height="44" rx="8" />
    <text class="stage-name" x=${x + width / 2} y="54.5" text-anchor="middle">${name}</text>
  </g>`;
}

function store(isLit: boolean): Drawing {
  return html`<g class=${isLit ? undefined : "stage-node-idle"}>
    <path class="stage-node" d="M350 36 v28 c0 5 9 8 21 8 s21 -3 21 -8 v-28" />
    <ellipse class="stage-node" cx="371" cy="36" rx="21" ry="7" />
    <text class="stage-name" x="371" y="60" text-anchor="middle">Store</text>
  </g>`;
}

function mark(x: number, y: number, isGood: boolean): Drawing {
  return html`<g>
    <circle class=${isGood ? "stage-good" : "stage-bad"} cx=${x} cy=${y} r="9" />
    <path class="stage-mark" d=${isGood ? `M${x - 4} ${y} l3 3.2 l5.4 -6` : `M${x - 3.4} ${y - 3.4} l6.8 6.8 m0 -6.8 l-6.8 6.8`} />
  </g>`;
}

function label(x: number, y: number, words: string, className = "stage-label"): Drawing {
  return html`<text class=${className} x=${x} y=${y} text-anchor="middle">${words}</text>`;
}
