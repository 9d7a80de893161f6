// The adviser as the reader sees it: the questions as a form, and the advice. The same in the server and in the browser; knows neither.

import { html } from "htm/preact";
import { columnWords } from "../lab/contract.ts";
import { answersQuery } from "./address.ts";
import { type Advice, advise, type Change } from "./advise.ts";
import { audienceNames, type Choice, strategyOf } from "./choices.ts";
import { boundsOf, type Configuration, type SignIn, signInFor, toPaste, type Variant } from "./configuration.ts";
import { type Answers, defaultAnswers, isChosen, type Question, questions } from "./questions.ts";
import type { Rule } from "./rules.ts";

type Piece = ReturnType<typeof html>;

/** What follows the address of advice: the section it stands in. */
const fragment = "#verdict";

/** The questions as a form that works by itself: it asks for the same page with the answers in its address. */
export function questionsForm(answers: Answers | undefined): Piece {
  return html`<form class="adviser-form" id="adviser-form" method="get" autocomplete="off" action=${`/${fragment}`}>
    <div class="adviser-questions">${questions.map((question) => questionFields(question, answers ?? defaultAnswers))}</div>
    <p class="actions">
      <button class="button adviser-button" type="submit">Show the advice</button>
      ${answers === undefined ? null : html`<a class="adviser-again" href=${`/${fragment}`}>Start again</a>`}
    </p>
  </form>`;
}

/** The advice for these answers. */
export function adviceView(answers: Answers): Piece {
  const advice = advise(answers);
  if (advice.length === 0)
    return html`<p class="adviser-none">Choose at least one kind of client: the advice is given for each.</p>`;
  return html`<div class="adviser-advice">
    <div class=${`adviser-cards adviser-cards-${advice.length}`}>${advice.map((each) => card(each, answers))}</div>
    ${pastes(answers)}
  </div>`;
}

/** The advice in a sentence, for those who hear the page. */
export function adviceSummary(answers: Answers): string {
  const parts = advise(answers).map(({ audience, choice }) => `${audienceNames[audience]}: ${columnWords[choice]}.`);
  return parts.length === 0 ? "No kind of client is chosen." : `Recommended. ${parts.join(" ")}`;
}

/** The address of the page with this advice. */
export function adviceAddress(answers: Answers): string {
  return `/${answersQuery(answers)}${fragment}`;
}

function questionFields(
  { id, words, isMultiple, options }: Question & (typeof questions)[number],
  answers: Answers,
): Piece {
  return html`<fieldset class="adviser-question">
    <legend>${words}${isMultiple ? html`<span class="adviser-several">${" "}Several may hold.</span>` : null}</legend>
    ${options.map((option) => {
      const hint = "hint" in option ? option.hint : undefined;
      return html`<div class="adviser-option">
        <input type=${isMultiple ? "checkbox" : "radio"} id=${`${id}-${option.id}`} name=${id} value=${option.id} checked=${isChosen(answers, id, option.id)} />
        <label for=${`${id}-${option.id}`}>${option.words}${hint === undefined ? null : html`<span class="adviser-hint">${hint}</span>`}</label>
      </div>`;
    })}
  </fieldset>`;
}

function card(advice: Advice, answers: Answers): Piece {
  const { audience, choice } = advice;
  const reasons = (title: string, name: string, rules: readonly Rule[]) => reasonList(title, name, rules, answers);
  return html`<article class=${`adviser-card adviser-${strategyOf[choice]}`} aria-labelledby=${`advice-${audience}`}>
    <h3 id=${`advice-${audience}`}><span class="adviser-audience">${audienceNames[audience]}</span>${" "}<span class="adviser-choice">${columnWords[choice]}</span></h3>
    <p class="adviser-reason">${reason(advice.decision, answers)}</p>
    ${advice.requirements.map((rule) => html`<p class="adviser-requirement">${reason(rule, answers)}</p>`)}
    ${reasons("What else speaks for it", "adviser-for", advice.supports)}
    ${reasons("What it costs", "adviser-against", advice.costs)}
    <h4>What would change it</h4>
    ${changes(advice.changes)}
    <p class="adviser-sign-in">At sign-in: ${signInCode(signInFor(audience, choice, answers))}</p>
  </article>`;
}

function signInCode({ strategy, transport }: SignIn): Piece {
  return html`<code>${`"strategy": "${strategy}", "transport": "${transport}"`}</code>`;
}

function reasonList(title: string, name: string, rules: readonly Rule[], answers: Answers): Piece | null {
  if (rules.length === 0) return null;
  return html`<h4>${title}</h4><ul class=${name}>${rules.map((rule) => html`<li>${reason(rule, answers)}</li>`)}</ul>`;
}

function reason({ words, row }: Rule, answers: Answers): Piece {
  const { lag, tokenEnd } = boundsOf(answers);
  return html`${marked(words.replaceAll("{lag}", lag).replaceAll("{tokenEnd}", tokenEnd))}${" "}<a class="adviser-row" href=${`#row-${row}`}>${rowNames[row]}</a>`;
}

/** What the links to the rows say. */
const rowNames: Readonly<Record<Rule["row"], string>> = {
  state: "State",
  revocation: "Revocation",
  scalability: "Scalability",
  payload: "Payload size",
  "cross-domain": "Cross-domain",
  theft: "Theft",
  "csrf-fixation": "CSRF and fixation",
};

function changes(list: readonly Change[]): Piece {
  if (list.length === 0) return html`<p>No other single answer changes this.</p>`;
  const choices = [...new Set(list.map(({ choice }) => choice))];
  return html`<ul class="adviser-changes">${choices.map((choice) =>
    change(
      choice,
      list.filter((each) => each.choice === choice),
    ),
  )}</ul>`;
}

function change(choice: Choice, list: readonly Change[]): Piece {
  return html`<li><strong class=${`adviser-ink-${strategyOf[choice]}`}>${columnWords[choice]}</strong>${", if "}${list.map(
    (each, index) =>
      html`${index === 0 ? "" : ", or if "}<a href=${adviceAddress(each.answers)}>${conditionWords(each)}</a>`,
  )}.</li>`;
}

function conditionWords({ question, option, answers }: Change): string {
  const asked: Question | undefined = questions.find(({ id }) => id === question);
  const chosen = asked?.options.find(({ id }) => id === option);
  if (chosen === undefined) return "";
  // Of clients, an answer may also be taken back.
  return isChosen(answers, question, option) ? chosen.condition : `“${chosen.words}” were not chosen`;
}

function pastes(answers: Answers): Piece {
  const { issuer, variant, command, services } = toPaste(answers);
  return html`<section class="adviser-paste" aria-labelledby="adviser-paste-title">
    <h3 id="adviser-paste-title">The configuration to paste</h3>
    <p>${
      services.length === 0
        ? "One process issues and checks, so this is all."
        : "The issuer is one for all clients; the services beside it check what it issues."
    }${" "}Names that end in <code>.example</code>, and <code>orders</code> for a service, stand for yours. For a trial on your machine, write <code>http://localhost:4000</code> for the issuer, wherever it stands.</p>
    <div class="adviser-pastes">
      ${issuer.map(paste)}
      ${variant === undefined ? null : variantBlock(variant)}
      ${command === undefined ? null : block("The key of a service", command)}
      ${services.map(paste)}
    </div>
  </section>`;
}

function paste({ title, code }: Configuration): Piece {
  return block(title, code);
}

function variantBlock({ issuer, signIn, answers }: Variant): Piece {
  const more = html`<p class="adviser-hint">Where pages and services cannot share a host, pages send Bearer tokens. At sign-in: ${signInCode(signIn)}. The services beside it are <a href=${adviceAddress(answers)}>those for several sites</a>.</p>`;
  return block(issuer.title, issuer.code, more);
}

function block(title: string, code: string, more: Piece | null = null): Piece {
  return html`<figure class="adviser-block">
    <figcaption>${title}</figcaption>
    <pre class="terminal" tabindex="0" role="region" aria-label=${title}><code>${code}</code></pre>
    ${more}
  </figure>`;
}

/** Text in which words between backquotes are code. */
function marked(text: string): readonly (string | Piece)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${unbroken(part)}</code>` : part));
}

// Browsers break lines after any hyphen: an option of a command would lose its two.
function unbroken(code: string): readonly (string | Piece)[] {
  return code
    .split(" ")
    .flatMap((word, index) => [index === 0 ? "" : " ", html`<span class="adviser-word">${word}</span>`]);
}
