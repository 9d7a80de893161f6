// The panel that runs the lab from the page: a form that works without script, and places that a script fills. Starts nothing by itself.

import { aspects, type Report } from "../../lab/contract.ts";
import type { LabStatus } from "../../lab-runs.ts";
import { html, type Piece } from "../html.ts";
import { paths } from "../paths.ts";
import { shownCommand } from "../typed-command.ts";
import { durationWords, elapsedWords, endWords, progressWords } from "./lab-words.ts";
import type { Measured } from "./side-by-side.ts";

/** What the panel shows. */
export interface LabPanelModel extends Measured {
  /** What the lab is doing; absent where this visitor may not run it. */
  readonly lab?: LabStatus | undefined;
}

/** The panel, or the command where the lab is not allowed. */
export function labPanel({ report, isOwn, lab }: LabPanelModel): Piece {
  if (lab === undefined) return commandPanel();
  const { running, progress } = lab;
  // The script reads where to ask from the forms and from here, and knows no address itself.
  return html`<div class="lab" id="lab-panel" data-events=${paths.labEvents} data-status=${paths.labStatus}>
    <div class="lab-words">
      <h3>${isOwn ? "Run it again" : "Run on this machine"}</h3>
      <p>The lab starts an issuer and services in processes of their own, and measures every row again. It takes all that the machine has. ${lastRunWords(report, isOwn)}</p>
    </div>
    <form class="lab-start" method="post" action=${paths.labRun} hidden=${running}>
      <button class="button" type="submit" name="quick" value="on">${isOwn ? "Quick run" : "Run on this machine"}</button>
      <button class="button button-quiet" type="submit">Full run</button>
    </form>
    <div class="lab-running" hidden=${!running}>
      <progress class="lab-progress" max=${progress?.of ?? aspects.length} value=${progress?.done ?? 0} aria-label="Rows that are measured"></progress>
      <p class="lab-now">${progress === undefined ? "Starting" : progressWords(progress)}</p>
      <p class="lab-note"><span class="lab-elapsed">${elapsedWords(progress?.elapsedSeconds ?? 0)}</span>${" "}Nothing of a run that is stopped is kept.</p>
      <noscript><p><a href=${`${paths.front}#lab-panel`}>Look again</a></p></noscript>
      <form class="lab-stop" method="post" action=${paths.labStop}><button class="button button-quiet button-small" type="submit">Stop</button></form>
    </div>
    <p class="lab-said" role="status">${running || lab.lastRun === undefined ? "" : endWords[lab.lastRun]}</p>
  </div>`;
}

/** How long it takes, by the run whose figures are shown: no other is known. */
function lastRunWords({ conditions, tookSeconds }: Report, isOwn: boolean): string {
  const took = `took ${durationWords(tookSeconds)} ${isOwn ? "here" : "on the project’s machine"}`;
  return conditions.quick
    ? `The last quick run ${took}; a full one takes several times as long.`
    : `The last full run ${took}; a quick one takes a fraction of that. Both take longer where the machine is busy.`;
}

function commandPanel(): Piece {
  return html`<div class="lab" id="lab-panel">
    <div class="lab-words">
      <h3>Run on your machine</h3>
      <p>This server does not run the lab. In a copy of the project after <code>npm ci</code>, or where the package <code>@countersign/server</code> is installed, one command measures every row where you are.</p>
    </div>
    <pre class="terminal" tabindex="0"><code><span class="prompt" aria-hidden="true">$ </span>${shownCommand("countersign compare --quick")}</code></pre>
  </div>`;
}
