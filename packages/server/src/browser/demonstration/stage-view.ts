// Draws the demonstration: what is for all panes, and the panes side by side. Knows no server.

import { html } from "htm/preact";
import { panes } from "../../demonstration/contract.ts";
import type { Controller } from "./controller.ts";
import { paneView } from "./pane-view.ts";
import { button } from "./press-button.ts";
import type { Screen } from "./screen.ts";

export interface StageProps {
  readonly screen: Screen;
  readonly controller: Controller;
}

/** Said before the first button. */
const invitation = "Revoke in one pane and watch the others.";

/** The whole stage. */
export function stageView({ screen, controller }: StageProps) {
  const { view, isBusy, saidOfAll } = screen;
  const alive = panes.filter((pane) => view?.panes[pane].credentials.owner != null && view.panes[pane].ending === null);
  return html`<div class="demo">
    <div class="demo-all" role="group" aria-label="All three">
      ${button({ text: "Sign in three ways", isPossible: !isBusy, onPress: () => void controller.signInAll() })}
      ${button({ text: "Sign out everywhere", isQuiet: true, isPossible: !isBusy && alive.length > 0, onPress: () => void controller.press("sign-out-everywhere", "session", "owner") })}
      ${button({ text: "Begin again", isQuiet: true, isPossible: !isBusy && view !== null, onPress: controller.beginAgain })}
      <p class="demo-said" role="status">${saidOfAll || (view === null ? invitation : "")}</p>
    </div>
    <div class="demo-panes">${panes.map((pane) => html`<${paneView} key=${pane} pane=${pane} screen=${screen} controller=${controller} />`)}</div>
  </div>`;
}
