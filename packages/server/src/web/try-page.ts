// The page of tools, as the server sends it: what each tool does, what stays in the page, and the places where the script puts the tools.

import { html, type Piece, prose } from "./html.ts";
import { type PageContext, page } from "./page.ts";
import { paths } from "./paths.ts";

/**
 * The content policy of the page: its script and its style sheet come from this server, and nothing else comes or goes. `webrtc` is named because
 * no other directive reaches it.
 */
export const sealedPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; webrtc 'block'";

/**
 * What goes with the policy, for what no content policy reaches. The permissions: whoever asks for a passkey in another site's name makes the browser
 * ask that site (https://www.w3.org/TR/webauthn-3/#sctn-related-origins), and a name can carry data. And where browsers know it, the allow-list: names looked
 * up and connections made ahead, WebRTC, and leaving for another server (https://wicg.github.io/connection-allowlists/).
 */
export const sealedHeaders = {
  "permissions-policy":
    "camera=(), geolocation=(), microphone=(), payment=(), publickey-credentials-create=(), publickey-credentials-get=()",
  "connection-allowlist": "(response-origin)",
} as const;

interface ToolShell {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What it can do, each in a line. */
  readonly points: readonly string[];
}

const tools: readonly ToolShell[] = [
  {
    id: "jwt",
    title: "JWT: take apart, check, sign",
    text: "Paste a token and see what stands in it, what is weak about it, and what a strict verifier says.",
    points: [
      "Header, claims and signature in plain words, with times as times.",
      "The signature checked against a key that you paste: PEM, JWK, JWK Set or secret.",
      "The verdict of the verifier package itself, which runs in this page, with the reason behind each refusal.",
      "Tokens of your own, signed by a key made in the page.",
    ],
  },
  {
    id: "cookie",
    title: "Cookie: what a browser makes of it",
    text: "Paste a `Set-Cookie` line, or a whole response, and see what a browser does with it.",
    points: [
      "Whether it is kept, and why not.",
      "Its flags, prefix, scope, lifetime and size, each judged with a reason.",
    ],
  },
  {
    id: "lifetimes",
    title: "Lifetimes: how long a theft lasts",
    text: "Drag the limits and see for how long a stolen credential works, strategy by strategy.",
    points: [
      "Access token, refresh grace, idle and absolute limit on one scale.",
      "The worst case of each theft: before anybody notices, and after the owner has signed out.",
    ],
  },
  {
    id: "size",
    title: "Size: bytes per request",
    text: "Type the claims that your application needs and see what each strategy sends with every request.",
    points: [
      "Cookies and tokens really made and signed, not estimated.",
      "A warning where the issuer would refuse to make the token.",
    ],
  },
];

/** The page of tools. The same for everybody but for who is signed in. */
export function tryPage(context: PageContext): string {
  return page(context, {
    title: "Try it: JWT, cookie, lifetime and size tools",
    description:
      "Take a JWT apart and check its signature, judge cookies as browsers do, see how long a theft lasts and what each strategy weighs. What you paste stays in the page.",
    path: paths.tryIt,
    script: "try",
    isSealed: true,
    content: html`<div class="try">
      <div class="try-head">
        <h1>Try it</h1>
        <p class="introduction">Four tools for tokens, cookies and lifetimes. They run in this page, and what you paste stays in it.</p>
        <nav aria-label="Tools"><ul class="try-nav">${tools.map(({ id, title }) => html`<li><a href=${`#${id}`}>${title}</a></li>`)}</ul></nav>
      </div>
      ${promise()}
      ${tools.map(toolShell)}
    </div>`,
  });
}

function promise(): Piece {
  return html`<section class="try-promise" aria-labelledby="promise-title">
    <h2 id="promise-title">What stays in the page</h2>
    <p>Your browser enforces it: the page may load its script and its style sheet from this server, and nothing else from anywhere.</p>
    <details>
      <summary>What exactly is enforced, and what is not</summary>
      <ul class="try-points">
        ${enforced.map((text) => html`<li>${prose(text)}</li>`)}
      </ul>
      <p>The three headers, as they were sent:</p>
      <pre class="terminal try-policy" tabindex="0"><code>${sentHeaders()}</code></pre>
    </details>
  </section>`;
}

const enforced: readonly string[] = [
  "Stopped by the policies: requests by script, WebSockets, beacons and pings; pictures, fonts and media; frames, forms and plug-ins; scripts, styles, workers, manifests and prefetches from any other server; and passkeys asked for in another server’s name, because the browser would ask that server.",
  "Stopped where the browser knows how: WebRTC, names looked up and connections made ahead, and leaving for another server. The content policy names WebRTC, but Chromium does not know that directive yet. It does know the header `Connection-Allowlist`, from version 152 on, which stops all four.",
  "Not stopped elsewhere: navigation. A page can lead you to another address, and an address can carry data. No link on this page carries anything that you typed, and the tools lead nowhere.",
  "Not stopped anywhere: what goes to this server. Script and style sheet may be fetched from here, and the links of this page lead here. Nor can a policy hold back the extensions of your browser.",
  "Nothing is kept: no cookie, no storage, no address, and the fields ask the browser not to remember them, nor to have their spelling checked.",
];

function sentHeaders(): string {
  const headers = { "content-security-policy": sealedPolicy, ...sealedHeaders };
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n\n");
}

function toolShell({ id, title, text, points }: ToolShell): Piece {
  return html`<section class="try-section" id=${id} aria-labelledby=${`${id}-title`}>
    <h2 id=${`${id}-title`}>${title}</h2>
    <p class="try-lead">${prose(text)}</p>
    <div class="try-place" id=${`${id}-tool`}>
      <ul class="try-points">${points.map((point) => html`<li>${prose(point)}</li>`)}</ul>
      <p class="try-needs">This tool runs in your browser and needs script.</p>
    </div>
  </section>`;
}
