// The top of the front page: the question, the short answer, and the two credentials as they look. Knows no figure of the lab.

import type { Comparison } from "../comparison.ts";
import { carriedWords } from "../credential-size.ts";
import { html, type Piece, prose } from "../html.ts";
import type { PageContext } from "../page.ts";
import { paths } from "../paths.ts";
import { spacedJson } from "../spaced-json.ts";
import { specimenBytes, specimenCookie, specimenParts, specimenToken } from "../specimens.ts";

/** The hero; `below` stands under its words. */
export function heroSection(context: PageContext, { answer }: Pick<Comparison, "answer">, below?: Piece | null): Piece {
  return html`<section class="hero">
    <div class="hero-words">
      <h1><span class="ink-jwt">JWT</span>${" or "}<span class="ink-session">sessions?</span></h1>
      <p class="hero-question">What is the difference, and which is better?</p>
      ${answer.map((paragraph) => html`<p class="hero-answer">${prose(paragraph)}</p>`)}
      <p class="actions">
        <a class="button" href="#verdict">Read the verdict</a>
        ${context.account === undefined ? html`<a class="button button-quiet" href=${paths.signUp}>Sign up and see both</a>` : html`<a class="button button-quiet" href=${paths.sessions}>See your sessions</a>`}
      </p>
      ${below}
    </div>
    ${specimens()}
  </section>`;
}

function specimens(): Piece {
  return html`<div class="specimens">
    <p class="specimens-title">The same visitor, recognised two ways</p>
    <figure class="specimen specimen-session">
      <div class="specimen-wire"><span class="wire-name">Cookie: ${specimenCookie.name}=</span><wbr /><span class="wire-secret">${specimenCookie.value}</span></div>
      <figcaption><strong>${specimenBytes.cookie} bytes</strong>; ${carriedWords(specimenBytes.cookie, "cookie")}.${" "}A secret without meaning. The server looks up whose it is.</figcaption>
    </figure>
    <figure class="specimen specimen-jwt">
      <div class="specimen-wire"><span class="wire-name">Authorization: Bearer${" "}</span><span class="wire-header">${specimenParts.header}</span>.<span class="wire-claims">${specimenParts.claims}</span>.<span class="wire-signature">${specimenParts.signature}</span></div>
      <dl class="specimen-parts">
        <div class="part-header"><dt>Header</dt><dd>How it is signed, and its kind (this server’s shortest): <code>${spacedJson(specimenToken.header)}</code></dd></div>
        <div class="part-claims"><dt>Claims</dt><dd>From whom, for whom, until when: <code>${spacedJson(specimenToken.claims)}</code></dd></div>
        <div class="part-signature"><dt>Signature</dt><dd>64 bytes that only the issuer, who signed it, can make</dd></div>
      </dl>
      <figcaption><strong>${specimenBytes.token} bytes</strong>; ${carriedWords(specimenBytes.token, "bearer")}.${" "}A signed statement. Anyone can read it, and whoever has the public key can check it.</figcaption>
    </figure>
  </div>`;
}
