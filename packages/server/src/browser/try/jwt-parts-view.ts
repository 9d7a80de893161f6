// Shows the three parts of a JWT, each with what was found in it. Judges nothing.

import type { Json } from "@countersign/verifier";
import { html } from "htm/preact";
import { worstFirst } from "./findings.ts";
import type { JwtFinding, JwtPlace } from "./jwt-findings.ts";
import type { Jwt, JwtPart } from "./jwt-parts.ts";
import { findingList, type View } from "./views.ts";
import { bytesText, distanceText, momentText } from "./words.ts";

/** Header, claims and signature, with the findings in place. */
export function jwtPartsView(jwt: Jwt, findings: readonly JwtFinding[], nowMs: number): View {
  const found = (place: JwtPlace) => findingList(worstFirst(findings.filter((finding) => finding.place === place)));
  const { signature } = jwt;
  return html`<div class="jwt-parts">
    <section class="jwt-part jwt-part-header" aria-labelledby="jwt-header-title">
      ${partTitle("jwt-header-title", "Header", jwt.header.raw)}
      ${memberTable(jwt.header, headerWords, nowMs)}
      ${found("header")}
    </section>
    <section class="jwt-part jwt-part-claims" aria-labelledby="jwt-claims-title">
      ${partTitle("jwt-claims-title", "Claims", jwt.claims.raw)}
      ${memberTable(jwt.claims, claimWords, nowMs)}
      ${found("claims")}
    </section>
    <section class="jwt-part jwt-part-signature" aria-labelledby="jwt-signature-title">
      ${partTitle("jwt-signature-title", "Signature", signature.raw)}
      <p class="jwt-raw"><code class="wrap-anywhere">${signature.raw === "" ? "(empty)" : signature.raw}</code></p>
      <p class="jwt-note">${signature.bytes === undefined ? "Not base64url." : `${bytesText(signature.bytes.length)} once decoded. It covers the first two parts exactly as they travel.`}</p>
      ${found("signature")}
    </section>
  </div>`;
}

function partTitle(id: string, title: string, raw: string): View {
  return html`<h3 id=${id}>${title}${" "}<span class="jwt-bytes">${bytesText(raw.length)}</span></h3>`;
}

const headerWords: Readonly<Record<string, string>> = {
  alg: "algorithm of the signature",
  typ: "kind of token",
  kid: "name of the key",
};

const claimWords: Readonly<Record<string, string>> = {
  iss: "issuer",
  sub: "subject: who is signed in",
  aud: "audience: for which service",
  exp: "ends",
  nbf: "not before",
  iat: "issued",
  jti: "name of this token",
  sid: "session: which sign-in",
  n: "log number",
  client_id: "client",
  auth_time: "last proof of who it is",
  scope: "what it covers",
  amr: "methods of sign-in",
  acr: "level of sign-in",
  cnf: "key that it is bound to",
};

const times = new Set(["exp", "nbf", "iat", "auth_time"]);

function memberTable(part: JwtPart, words: Readonly<Record<string, string>>, nowMs: number): View {
  if (part.members === undefined) {
    return html`<p class="jwt-raw"><code class="wrap-anywhere">${part.text ?? part.raw}</code></p>`;
  }
  const members = Object.entries(part.members);
  if (members.length === 0) return html`<p class="jwt-note">It is empty.</p>`;
  return html`<dl class="members">
    ${members.map(
      ([name, value]) => html`<div class="member">
        <dt><code class="wrap-anywhere">${name}</code>${Object.hasOwn(words, name) ? html`${" "}<span>${words[name]}</span>` : null}</dt>
        <dd><code class="wrap-anywhere">${JSON.stringify(value)}</code>${timeNote(name, value, nowMs)}</dd>
      </div>`,
    )}
  </dl>`;
}

function timeNote(name: string, value: Json, nowMs: number): View | null {
  if (!times.has(name) || typeof value !== "number" || !Number.isFinite(value)) return null;
  return html`<span class="member-time">${momentText(value * 1000)}, ${distanceText(value * 1000, nowMs)}</span>`;
}
