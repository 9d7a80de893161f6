// The live demonstration on the page: finds its place, and draws what the controller says. Knows no meaning of an act.

import { systemClock } from "@countersign/verifier";
import { html } from "htm/preact";
import { render } from "preact";
import type { Failure, Performed } from "../demonstration/contract.ts";
import { postJson } from "./ask-server.ts";
import { type Controller, createController } from "./demonstration/controller.ts";
import type { Screen } from "./demonstration/screen.ts";
import { stageView } from "./demonstration/stage-view.ts";

/** Makes the demonstration alive where the page has one. */
export function mountDemonstration(): void {
  const root = document.getElementById("demonstration-stage");
  const address = root?.dataset.at;
  if (root === null || address === undefined) return;
  const draw = (screen: Screen) => render(html`<${stageView} screen=${screen} controller=${controller} />`, root);
  const controller: Controller = createController({
    ask: async (act, body) => readAnswer(await postJson(`${address}/${act}`, body)),
    clock: systemClock,
    onChange: draw,
    isSeen: () => document.visibilityState === "visible",
  });
  root.replaceChildren();
  draw(controller.screen);
  void controller.run(new AbortController().signal);
}

// Server and page are of one version: what arrives is taken for what was declared, once its outline fits.
function readAnswer({ status, body }: { status: number; body: unknown }): Performed | Failure {
  if (status === 200 && isPerformed(body)) return body;
  if (isFailure(body)) return body;
  return { code: "stage_failed", words: "The server did not answer. Try again." };
}

function isPerformed(body: unknown): body is Performed {
  return typeof body === "object" && body !== null && "view" in body && "steps" in body && Array.isArray(body.steps);
}

function isFailure(body: unknown): body is Failure {
  return (
    typeof body === "object" && body !== null && "words" in body && typeof body.words === "string" && "code" in body
  );
}
