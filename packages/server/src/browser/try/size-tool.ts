// The tool that weighs each strategy for claims that are typed. Weighs nothing itself.

import type { Clock } from "@countersign/verifier";
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { withHeader } from "../../web/credential-size.ts";
import { readTypedObject } from "./input.ts";
import { hasCryptography } from "./signing.ts";
import { measureSizes, type Size, type SizeQuestion } from "./sizes.ts";
import { useAnswer } from "./use-answer.ts";
import { areaField, choiceField, exampleButtons, findingList, lineField, problemView, type View } from "./views.ts";
import { bytesText } from "./words.ts";

interface Inputs {
  readonly claims: string;
  readonly issuer: string;
  readonly sub: string;
  readonly algorithm: SizeQuestion["algorithm"];
}

const algorithms = ["ES256", "Ed25519", "RS256"] as const;

const examples: readonly { readonly name: string; readonly claims: object }[] = [
  { name: "No claims", claims: {} },
  { name: "A role", claims: { role: "editor" } },
  {
    name: "Twenty permissions",
    claims: { tenant: "example", permissions: Array.from({ length: 20 }, (_, index) => `module-${index + 1}:write`) },
  },
];

/** The size tool. */
export function SizeTool({ clock }: { readonly clock: Clock }): View {
  const [inputs, setInputs] = useState<Inputs>({
    claims: "{}",
    issuer: "https://auth.example.com",
    sub: "example-subject1",
    algorithm: "ES256",
  });
  const change = (changes: Partial<Inputs>) => setInputs((before) => ({ ...before, ...changes }));
  const loads = examples.map(({ name, claims }) => ({
    name,
    load: () => change({ claims: JSON.stringify(claims, null, 2) }),
  }));
  if (!hasCryptography()) {
    return problemView(
      "The browser gives its cryptography to pages over `https:` only, and to this very machine: nothing can be signed here.",
    );
  }
  return html`<div class="tool">
    ${exampleButtons("Load an example", loads)}
    <div class="try-columns">
      ${areaField({ id: "size-claims", label: "Claims of the application", hint: "A JSON object, beside what every token has.", value: inputs.claims, rows: 8, onText: (claims) => change({ claims }) })}
      <div class="try-stack">
        ${lineField({ id: "size-issuer", label: "Issuer", value: inputs.issuer, onText: (issuer) => change({ issuer }) })}
        ${lineField({ id: "size-subject", label: "Subject", value: inputs.sub, onText: (sub) => change({ sub }) })}
        ${choiceField({ id: "size-algorithm", label: "Algorithm", value: inputs.algorithm, values: algorithms, onText: (text) => change({ algorithm: algorithms.find((name) => name === text) ?? "ES256" }) })}
      </div>
    </div>
    <${Sizes} inputs=${inputs} clock=${clock} />
  </div>`;
}

function Sizes({ inputs, clock }: { readonly inputs: Inputs; readonly clock: Clock }): View | null {
  const typed = readTypedObject(inputs.claims);
  const isLong = inputs.issuer.length > 2048 || inputs.sub.length > 255;
  const { answer, hasFailed } = useAnswer(async () => {
    if (!typed.ok || isLong) return undefined;
    const { algorithm, issuer, sub } = inputs;
    return measureSizes({ algorithm, issuer, sub, claims: typed.value, nowMs: clock.now() });
  }, [inputs]);
  if (!typed.ok) return problemView(typed.problem);
  if (isLong) return problemView("An issuer has at most 2048 characters, a subject 255.");
  if (hasFailed) return problemView("The browser could not do that. Its cryptography may lack this algorithm.");
  if (answer === undefined) return null;
  const most = Math.max(...answer.sizes.map(({ bytes }) => bytes));
  return html`<div class="judged">
    <ul class="sizes">${answer.sizes.map((size) => sizeView(size, most))}</ul>
    <p class="try-words">Each figure is the credential ${withHeader}, as it travels with every request. The credentials were really made and signed in this page a moment ago.</p>
    ${findingList(answer.findings)}
  </div>`;
}

function sizeView({ strategy, name, bytes, detail }: Size, most: number): View {
  return html`<li class=${`size size-${strategy}`}>
    <p class="size-name">${name}</p>
    <p class="size-bytes"><strong>${bytesText(bytes)}</strong></p>
    <svg class="size-bar" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true"><rect x="0" y="0" width=${Math.max(4, Math.round((bytes / most) * 1000))} height="14" /></svg>
    <p class="size-detail">${detail}</p>
  </li>`;
}
