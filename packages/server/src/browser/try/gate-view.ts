// Shows what the strict gate says of a token, and why the rule is there. Asks nothing.

import { html } from "htm/preact";
import { refusalMeanings } from "../../cli/refusal-meanings.ts";
import type { GateAnswer } from "./gate.ts";
import { isTokenRefusal, refusalThreats } from "./refusal-threats.ts";
import type { SignatureAnswer } from "./signature.ts";
import { prose, type View } from "./views.ts";
import { distanceText } from "./words.ts";

/** The gate's verdict, in words. */
export function gateView(answer: GateAnswer, signature: SignatureAnswer, nowMs: number): View {
  const { verdict, isRehearsal, keyProblem } = answer;
  // Without a key, what is accepted is only what stands in the token.
  const state = verdict.ok ? (isRehearsal ? "open" : "accepted") : "refused";
  return html`<section class=${`gate gate-${state}`} aria-labelledby="gate-title">
    <p class="gate-name" id="gate-title">The strict gate</p>
    <p class="gate-verdict" role="status">${prose(headline(answer))}</p>
    ${verdict.ok ? acceptedView(answer, nowMs) : refusedView(verdict.code)}
    ${isRehearsal && signature.state !== "forged" && verdict.ok ? html`<p>${prose(rehearsalWords)}</p>` : null}
    ${keyProblem === undefined ? null : html`<p>${prose(`A key that was pasted is not taken: ${keyProblem}.`)}</p>`}
    <p class="gate-expected">${prose(expectation(answer))}</p>
  </section>`;
}

const rehearsalWords =
  "No public key was given, so the gate saw the same header and claims under a signature by a key made in this page. Paste the issuer's key to have the signature judged too.";

function headline({ verdict, isRehearsal }: GateAnswer): string {
  if (!verdict.ok) return `Refused: \`${verdict.code}\``;
  return isRehearsal ? "Would be accepted, if its signature is good" : "Accepted";
}

function acceptedView({ verdict }: GateAnswer, nowMs: number): View | null {
  if (!verdict.ok) return null;
  const { sub, strategy, expiresAt } = verdict.identity;
  const words = strategy === "hybrid" ? "a hybrid's token" : "a token by itself";
  return html`<p>It says who asks: subject <code class="wrap-anywhere">${sub}</code>, recognised by ${words}, ends ${distanceText(expiresAt * 1000, nowMs)}.</p>`;
}

function refusedView(code: keyof typeof refusalMeanings): View {
  return html`<div>
    <p>${prose(refusalMeanings[code])}</p>
    ${isTokenRefusal(code) ? html`<p><strong>Why the rule is there.</strong>${" "}${prose(refusalThreats[code])}</p>` : null}
  </div>`;
}

function expectation({ expected: { issuer, audience } }: GateAnswer): string {
  const service =
    audience === undefined ? "no audience, so tokens of the lean profile" : `the audience \`${audience}\``;
  return `It is the verifier package itself, and stops at the first reason. Expected here: the issuer \`${issuer}\`, ${service}.`;
}
