// Draws a credential taken apart: cookies with their flags, tokens with their parts, sizes. Judges nothing.

import { html } from "htm/preact";
import type { Credential, Pane } from "../../demonstration/contract.ts";
import { accessTokenOf, headerOf, takeApartCookie, takeApartToken } from "../../demonstration/taken-apart.ts";
import { carriedWords } from "../../web/credential-size.ts";
import { grouped } from "../../web/grouped.ts";
import { spacedJson } from "../../web/spaced-json.ts";

export interface CredentialProps {
  readonly pane: Pane;
  readonly credential: Credential;
}

/** Where panes stand below each other, the next is not to be far away. */
const isWide = globalThis.matchMedia?.("(min-width: 66rem)").matches ?? true;

/** What the last sign-in or renewal came with. */
export function credentialView({ pane, credential }: CredentialProps) {
  const [, value] = headerOf(credential, 0);
  const token = accessTokenOf(credential);
  const { refresh } = credential;
  return html`<details class="demo-credential" open=${isWide}>
    <summary>${pane === "jwt" ? "The token" : pane === "session" ? "The cookie" : "The two cookies"}, taken apart: ${sizeWords(credential, value)}</summary>
    ${credential.cookies.map(cookiePart)}
    ${token === null ? null : tokenPart(token)}
    ${refresh === null ? null : html`<p class="demo-refresh">Beside it a refresh token of ${refresh.length} characters, which services never see: <code class="wrap-anywhere">${refresh}</code></p>`}
  </details>`;
}

function sizeWords({ bearer }: Credential, value: string): string {
  const by = bearer === null ? "cookie" : "bearer";
  const bytes = (bearer ?? value).length;
  return `${grouped(bytes)} bytes; ${carriedWords(bytes, by)}`;
}

function cookiePart(line: string) {
  const { name, value, attributes } = takeApartCookie(line);
  const isToken = takeApartToken(value) !== undefined;
  return html`<div class="demo-cookie">
    <p class="demo-wire"><span class="wire-name">${name}=</span><wbr /><span class=${isToken ? "demo-cut" : "wire-secret"}>${isToken ? `${value.slice(0, 24)}…` : value}</span></p>
    <ul class="demo-flags">${attributes.map((attribute) => html`<li><code>${attribute}</code> ${flagWords(attribute)}</li>`)}</ul>
  </div>`;
}

/** What a flag of a cookie does; for an end, when. */
function flagWords(attribute: string): string {
  const [name = "", value = ""] = attribute.split("=");
  if (name === "Max-Age")
    return `kept for ${Number(value) > 120 ? `${Math.round(Number(value) / 60)} minutes` : `${value} s`}`;
  return flags.get(attribute) ?? "";
}

const flags: ReadonlyMap<string, string> = new Map([
  ["HttpOnly", "no script reads it"],
  ["Secure", "sent over TLS, and to localhost"],
  ["SameSite=Lax", "other sites’ forms do not send it"],
  ["Path=/", "to the whole host, and to no other"],
]);

function tokenPart(token: string) {
  const parts = takeApartToken(token);
  if (parts === undefined) return null;
  const { header, claims, signature, headerSays, claimsSay } = parts;
  return html`<div class="demo-token">
    <dl class="specimen-parts">
      <div class="part-header"><dt>Header</dt><dd><code>${spacedJson(headerSays)}</code> ${header.length} B</dd></div>
      <div class="part-claims"><dt>Claims</dt><dd><code>${spacedJson(claimsSay)}</code> ${claims.length} B</dd></div>
      <div class="part-signature"><dt>Signature</dt><dd>64 bytes that only the issuer can make, ${signature.length} B as text</dd></div>
    </dl>
    <p class="demo-wire"><span class="wire-header">${header}</span>.<wbr /><span class="wire-claims">${claims}</span>.<wbr /><span class="wire-signature">${signature}</span></p>
  </div>`;
}
