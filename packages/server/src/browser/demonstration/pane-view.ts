// Draws one pane: its buttons, what its services say, the way of its last request, its credential. Knows no server.

import { html } from "htm/preact";
import type { Answer, Pane, PaneView, Person } from "../../demonstration/contract.ts";
import { people } from "../../demonstration/contract.ts";
import { pathDrawing } from "../../demonstration/path-drawing.ts";
import {
  answerWords,
  lifetimeWords,
  paneLines,
  paneTitles,
  personWords,
  secondsLeft,
} from "../../demonstration/words.ts";
import type { Controller } from "./controller.ts";
import { credentialView } from "./credential-view.ts";
import { button } from "./press-button.ts";
import { type PaneWords, type Screen, wordsOf } from "./screen.ts";

export interface PaneProps {
  readonly pane: Pane;
  readonly screen: Screen;
  readonly controller: Controller;
}

/** One pane. */
export function paneView({ pane, screen, controller }: PaneProps) {
  const { view, steps, now } = screen;
  const seen = view?.panes[pane];
  const owner = seen?.credentials.owner ?? null;
  const title = `demo-${pane}`;
  return html`<section class=${`demo-pane demo-${pane}`} aria-labelledby=${title}>
    <h3 id=${title}>${paneTitles[pane]}</h3>
    <p class="demo-line">${paneLines[pane]}</p>
    ${ownerButtons({ pane, screen, controller })}
    ${thiefButtons({ pane, screen, controller })}
    <p class="demo-end">${lifetimeWords(pane, secondsLeft(owner, now), view?.accessLifetimeSeconds ?? null)}</p>
    ${pathDrawing(pane, steps[pane].at(-1))}
    ${paneWords(wordsOf(screen, pane))}
    <div>${seen === undefined || view === null ? null : servicesTable(pane, seen, view.services)}</div>
    <div>${owner === null ? null : html`<${credentialView} pane=${pane} credential=${owner} />`}</div>
  </section>`;
}

function ownerButtons({ pane, screen, controller }: PaneProps) {
  const { view, isBusy, waiting } = screen;
  const seen = view?.panes[pane];
  const holds = seen?.credentials.owner != null;
  const lives = holds && seen.ending === null;
  const press = (act: "sign-in" | "use" | "renew" | "sign-out") => () => void controller.press(act, pane, "owner");
  return html`<div class="demo-buttons" role="group" aria-label=${`${paneTitles[pane]}: the owner`}>
    <span class="demo-role">Owner</span>
    ${button({ text: "Sign in", isPossible: !isBusy, onPress: press("sign-in") })}
    ${button({ text: "Use it", isQuiet: true, isPossible: !isBusy && holds, onPress: press("use") })}
    ${button({ text: "Sign out", isQuiet: true, isPossible: !isBusy && lives, onPress: press("sign-out") })}
    ${pane === "jwt" ? button({ text: "Renew", isQuiet: true, isPossible: !isBusy && holds, onPress: press("renew") }) : null}
    ${pane === "session" ? null : button({ text: "Wait for its end", isQuiet: true, isPossible: lives, isPressed: waiting.has(pane), onPress: () => controller.wait(pane) })}
  </div>`;
}

function thiefButtons({ pane, screen, controller }: PaneProps) {
  const { view, isBusy } = screen;
  const credentials = view?.panes[pane].credentials;
  const hasCopy = credentials?.thief != null;
  const press = (act: "use" | "renew") => () => void controller.press(act, pane, "thief");
  return html`<div class="demo-buttons demo-thief" role="group" aria-label=${`${paneTitles[pane]}: the thief`}>
    <span class="demo-role">Thief</span>
    ${button({ text: "Steal a copy", isQuiet: true, isPossible: !isBusy && credentials?.owner != null, onPress: () => void controller.press("steal", pane, "owner") })}
    ${button({ text: "Replay it", isQuiet: true, isPossible: !isBusy && hasCopy, onPress: press("use") })}
    ${pane === "jwt" ? button({ text: "Renew the copy", isQuiet: true, isPossible: !isBusy && hasCopy, onPress: press("renew") }) : null}
  </div>`;
}

function paneWords({ ending, said, steps }: PaneWords) {
  const isEmpty = ending === "" && said === "" && steps.length === 0;
  return html`<div class="demo-said" role="status">
    ${ending === "" ? null : html`<p class="demo-ending">${ending}</p>`}
    ${said === "" && !isEmpty ? null : html`<p>${isEmpty ? "Nothing was sent yet." : said}</p>`}
    ${steps.length === 0 ? null : html`<ol class="demo-steps">${steps.map((words) => html`<li>${words}</li>`)}</ol>`}
  </div>`;
}

function servicesTable(pane: Pane, { answers, credentials }: PaneView, services: number) {
  const rows = people.filter((who) => who === "owner" || credentials.thief !== null);
  const numbers = Array.from({ length: services }, (_, index) => index + 1);
  return html`<table class="demo-services">
    <caption class="visually-hidden">${paneTitles[pane]}: what the services say</caption>
    <thead><tr><td></td>${numbers.map((number) => html`<th scope="col">Service ${number}</th>`)}</tr></thead>
    <tbody>${rows.map((who) => answersRow(who, answers[who]))}</tbody>
  </table>`;
}

function answersRow(who: Person, answers: readonly (Answer | null)[]) {
  return html`<tr>
    <th scope="row">${personWords[who]}</th>
    ${answers.map((answer) => html`<td class=${answerClass(answer)}>${answerWords(answer)}</td>`)}
  </tr>`;
}

function answerClass(answer: Answer | null): string {
  if (answer === null) return "demo-unasked";
  return answer.isAccepted ? "demo-accepts" : "demo-refuses";
}
