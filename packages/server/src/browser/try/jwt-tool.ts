// The tool that takes a JWT apart, checks it, and asks the strict gate. Decides nothing: it shows what the judges say.

import type { Clock } from "@countersign/verifier";
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { worstFirst } from "./findings.ts";
import { askGate } from "./gate.ts";
import { gateView } from "./gate-view.ts";
import { findWeaknesses } from "./jwt-findings.ts";
import { JwtMaker } from "./jwt-maker.ts";
import { type Jwt, takeApart } from "./jwt-parts.ts";
import { jwtPartsView } from "./jwt-parts-view.ts";
import { readPastedKey } from "./pasted-key.ts";
import { tokenExamples } from "./samples.ts";
import { checkSignature } from "./signature.ts";
import { hasCryptography } from "./signing.ts";
import { useAnswer } from "./use-answer.ts";
import { areaField, exampleButtons, findingList, lineField, problemView, type View } from "./views.ts";

interface Inputs {
  readonly token: string;
  readonly key: string;
  readonly issuer: string;
  readonly audience: string;
  /** When the inputs were last changed: what is said of times is said of then. */
  readonly nowMs: number;
}

/** The JWT tool. */
export function JwtTool({ clock }: { readonly clock: Clock }): View {
  const [inputs, setInputs] = useState<Inputs>({ token: "", key: "", issuer: "", audience: "", nowMs: clock.now() });
  const change = (changes: Partial<Inputs>) => setInputs((before) => ({ ...before, ...changes, nowMs: clock.now() }));
  const examples = tokenExamples.map(({ name, make }) => ({
    name,
    load: () => void make(clock.now()).then(change, () => change({ token: "", key: "" })),
  }));
  if (!hasCryptography()) return problemView(noCryptography);
  return html`<div class="tool">
    ${exampleButtons("Load an example", examples)}
    <div class="try-columns">
      ${areaField({ id: "jwt-token", label: "JWT", hint: "Three parts with dots between.", value: inputs.token, rows: 7, onText: (token) => change({ token }) })}
      ${areaField({ id: "jwt-key", label: "Key to check it with", hint: "PEM, certificate, JWK, JWK Set or secret; or nothing.", value: inputs.key, rows: 7, onText: (key) => change({ key }) })}
    </div>
    <details class="try-more">
      <summary>What the gate expects</summary>
      <div class="try-columns">
        ${lineField({ id: "jwt-issuer", label: "Issuer", hint: "Empty: the one that the token names.", value: inputs.issuer, onText: (issuer) => change({ issuer }) })}
        ${lineField({ id: "jwt-audience", label: "Audience", hint: "Empty: none, or for `at+jwt` the one that the token names.", value: inputs.audience, onText: (audience) => change({ audience }) })}
      </div>
    </details>
    <${Judgement} inputs=${inputs} clock=${clock} />
    <${JwtMaker} clock=${clock} onMade=${(token: string, key: string) => change({ token, key })} />
  </div>`;
}

const noCryptography =
  "The browser gives its cryptography to pages over `https:`, and to this very machine. This page came over plain HTTP, so nothing can be signed or checked here.";

function Judgement({ inputs, clock }: { readonly inputs: Inputs; readonly clock: Clock }): View | null {
  const reading = takeApart(inputs.token);
  if (reading.state === "empty") return null;
  if (reading.state === "problem") return problemView(reading.problem);
  return html`<${Judged} jwt=${reading.jwt} inputs=${inputs} clock=${clock} />`;
}

function Judged({ jwt, inputs, clock }: { readonly jwt: Jwt; readonly inputs: Inputs; readonly clock: Clock }): View {
  const { key, nowMs } = inputs;
  const { answer, hasFailed } = useAnswer(async () => {
    const pasted = await readPastedKey(key);
    const keys = pasted.kind === "keys" ? pasted.keys : [];
    const expected = { issuer: inputs.issuer.slice(0, 2048), audience: inputs.audience.slice(0, 2048) };
    return {
      signature: await checkSignature(jwt, pasted),
      gate: await askGate({ jwt, keys, ...expected, clock }),
      keyProblem: pasted.kind === "problem" ? pasted.problem : undefined,
    };
  }, [inputs]);
  const findings = findWeaknesses(jwt, nowMs);
  const checked = (answer?.signature.findings ?? []).map((finding) => ({ ...finding, place: "signature" as const }));
  return html`<div class="judged">
    ${answer?.keyProblem === undefined ? null : problemView(answer.keyProblem)}
    ${answer === undefined ? null : gateView(answer.gate, answer.signature, nowMs)}
    ${hasFailed ? problemView("The browser could not do that. Its cryptography may lack an algorithm.") : null}
    ${findingList(worstFirst(findings.filter(({ place }) => place === "whole")))}
    ${jwtPartsView(jwt, [...checked, ...findings], nowMs)}
  </div>`;
}
