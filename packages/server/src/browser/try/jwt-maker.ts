// Makes and signs a JWT with a key made in the page. Judges nothing: what it makes can be taken apart above.

import type { Clock } from "@countersign/verifier";
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { readTypedObject } from "./input.ts";
import { ordinaryClaims } from "./samples.ts";
import { makeKey, type PageKey, type SigningAlgorithm, signClaims, signingAlgorithms } from "./signing.ts";
import { areaField, choiceField, problemView, type View } from "./views.ts";

interface Made {
  readonly token: string;
  readonly key: PageKey;
}

interface MakerProps {
  readonly clock: Clock;
  /** Is given the token and the key that checks it. */
  readonly onMade: (token: string, key: string) => void;
}

const kinds = ["lean+jwt", "at+jwt", "hybrid+jwt", "JWT"] as const;

/** The maker of JWTs. */
export function JwtMaker({ clock, onMade }: MakerProps): View {
  const [algorithm, setAlgorithm] = useState<SigningAlgorithm>("ES256");
  const [kind, setKind] = useState<string>(kinds[0]);
  const [claims, setClaims] = useState(() => JSON.stringify(ordinaryClaims(clock.now()), null, 2));
  const [made, setMade] = useState<Made | undefined>();
  const [problem, setProblem] = useState<string | undefined>();

  async function sign(): Promise<void> {
    const typed = readTypedObject(claims);
    setProblem(typed.ok ? undefined : typed.problem);
    if (!typed.ok) return setMade(undefined);
    // A key serves until another algorithm is chosen.
    const key = made?.key.algorithm === algorithm ? made.key : await makeKey(algorithm);
    setMade({ key, token: await signClaims(key, kind, typed.value) });
  }
  const signOrTell = () =>
    void sign().catch(() => setProblem("The browser could not do that. Its cryptography may lack this algorithm."));

  return html`<section class="maker" aria-labelledby="maker-title">
    <h3 id="maker-title">Make and sign one</h3>
    <p class="try-words">The key is made in this page and is gone when you leave it. It signs nothing that anybody trusts.</p>
    <div class="try-columns">
      ${choiceField({ id: "maker-algorithm", label: "Algorithm", value: algorithm, values: signingAlgorithms, onText: (text) => setAlgorithm(signingAlgorithms.find((name) => name === text) ?? "ES256") })}
      ${choiceField({ id: "maker-kind", label: "Kind (typ)", value: kind, values: kinds, onText: setKind })}
    </div>
    ${areaField({ id: "maker-claims", label: "Claims", hint: "A JSON object. Times are seconds since 1970.", value: claims, rows: 8, onText: setClaims })}
    <p class="actions">
      <button type="button" class="button" onClick=${signOrTell}>Make a key and sign</button>
      <button type="button" class="button button-quiet" onClick=${() => setClaims(JSON.stringify(ordinaryClaims(clock.now()), null, 2))}>Fresh claims</button>
    </p>
    ${problem === undefined ? null : problemView(problem)}
    ${made === undefined ? null : madeView(made, onMade)}
  </section>`;
}

function madeView({ token, key }: Made, onMade: MakerProps["onMade"]): View {
  const checking = "secret" in key.shown ? key.shown.secret : key.shown.jwk;
  return html`<div class="made">
    <div class="try-columns">
      ${areaField({ id: "made-token", label: "Signed token", value: token, rows: 7 })}
      ${areaField({ id: "made-key", label: "secret" in key.shown ? "Secret that checks it (base64url)" : "Public key that checks it", value: checking, rows: 7 })}
    </div>
    ${"pem" in key.shown ? html`<details class="try-more"><summary>The same key as PEM</summary><pre class="terminal" tabindex="0"><code>${key.shown.pem}</code></pre></details>` : null}
    <p class="actions"><button type="button" class="button button-quiet" onClick=${() => onMade(token, checking)}>Take it apart above</button></p>
  </div>`;
}
