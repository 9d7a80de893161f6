// The tool that judges cookies as a browser would. Decides nothing: it shows what the judges say.

import type { Clock } from "@countersign/verifier";
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { readOrigin } from "./cookie-facts.ts";
import { type CookieJudgement, judgeReadCookies } from "./cookie-judgement.ts";
import { readCookies } from "./cookie-reading.ts";
import { worstFirst } from "./findings.ts";
import { cookieExamples } from "./samples.ts";
import { areaField, exampleButtons, findingList, lineField, problemView, prose, type View } from "./views.ts";

interface Inputs {
  readonly text: string;
  readonly address: string;
  readonly nowMs: number;
}

/** The cookie tool. */
export function CookieTool({ clock }: { readonly clock: Clock }): View {
  const [inputs, setInputs] = useState<Inputs>({ text: "", address: "https://app.example.com/", nowMs: clock.now() });
  const change = (changes: Partial<Inputs>) => setInputs((before) => ({ ...before, ...changes, nowMs: clock.now() }));
  const examples = cookieExamples.map(({ name, text, address }) => ({ name, load: () => change({ text, address }) }));
  return html`<div class="tool">
    ${exampleButtons("Load an example", examples)}
    ${areaField({ id: "cookie-text", label: "Set-Cookie", hint: "One line or several, or a whole response with its headers.", value: inputs.text, rows: 6, onText: (text) => change({ text }) })}
    ${lineField({ id: "cookie-address", label: "Address that sent it", hint: "Decides about domain, path and `Secure`. Nothing is sent there.", value: inputs.address, onText: (address) => change({ address }) })}
    ${judgementView(inputs)}
  </div>`;
}

function judgementView({ text, address, nowMs }: Inputs): View | null {
  const reading = readCookies(text);
  if (reading.state === "empty") return null;
  if (reading.state === "problem") return problemView(reading.problem);
  const origin = readOrigin(address);
  if (origin === undefined)
    return problemView("The address has to be that of a web server, such as `https://app.example.com/`.");
  const judged = judgeReadCookies(reading.cookies, origin, nowMs);
  return html`<div class="judged">
    <p class="try-summary" role="status">${summary(judged)}</p>
    ${judged.map(cookieView)}
    <p class="try-words">Whether anybody can register names below a domain, browsers read from the public suffix list. This page knows only a few dozen of its entries.</p>
  </div>`;
}

function summary(judged: readonly CookieJudgement[]): string {
  const count = (outcome: CookieJudgement["outcome"]) => judged.filter((each) => each.outcome === outcome).length;
  const parts = [
    [count("stored"), "kept"],
    [count("refused"), "dropped"],
    [count("removes"), "removed"],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return `${judged.length} ${judged.length === 1 ? "cookie" : "cookies"}: ${told.join(", ")}.`;
}

const outcomes = {
  stored: { word: "Kept", badge: "badge badge-current" },
  refused: { word: "Dropped", badge: "badge badge-dropped" },
  removes: { word: "Removed", badge: "badge" },
} as const;

function cookieView({ facts, outcome, because, rows, findings }: CookieJudgement, index: number): View {
  const id = `cookie-${index}`;
  const { word, badge } = outcomes[outcome];
  return html`<article class="cookie" aria-labelledby=${id}>
    <h3 id=${id}><code class="wrap-anywhere">${facts.cookie.name === "" ? "(no name)" : facts.cookie.name}</code>${" "}<span class=${badge}>${word}</span></h3>
    ${because === undefined ? null : html`<p class="cookie-because">${prose(because)}</p>`}
    ${outcome === "stored" ? rowList(rows) : null}
    ${findingList(worstFirst(findings))}
  </article>`;
}

function rowList(rows: CookieJudgement["rows"]): View {
  return html`<dl class="rows">${rows.map(([name, words]) => html`<div class="row"><dt>${name}</dt><dd>${prose(words)}</dd></div>`)}</dl>`;
}
