// Drawings of how a request is recognised, one per system. Colours and type come from the style sheet.

import type { Side } from "./comparison.ts";
import { html, type Piece } from "./html.ts";

/** The path of a request under one system: as an image with a title and a description. */
export function requestPath(side: Side): Piece {
  return drawings[side]();
}

const drawings = { session: sessionPath, jwt: jwtPath, hybrid: hybridPath };

const serverTops = [14, 86, 158] as const;

function sessionPath(): Piece {
  return html`<svg class="drawing drawing-session" viewBox="0 0 360 216" role="img" aria-labelledby="session-path-title session-path-text">
    <title id="session-path-title">The path of a request with a session</title>
    <desc id="session-path-text">The browser sends its cookie to one of three servers. Each server, at each request, looks the session up in one store that all of them share.</desc>
    ${arrowHead("session-head")}
    ${serverTops.map((top) => line(`M86 108 C112 108 108 ${top + 22} 134 ${top + 22}`, top === 86 ? "path-live" : "path-faint", "session-head"))}
    ${serverTops.map((top) => line(`M220 ${top + 22} C246 ${top + 22} 246 108 268 108`, top === 86 ? "path-live" : "path-faint", "session-head"))}
    ${box(8, 84, 78, 48, "Browser")}
    ${serverTops.map((top) => box(138, top, 82, 44, "Server"))}
    ${store(274, 70)}
    ${label(58, 66, "cookie")}
    ${label(304, 52, "look-up")}
  </svg>`;
}

function jwtPath(): Piece {
  return html`<svg class="drawing drawing-jwt" viewBox="0 0 360 216" role="img" aria-labelledby="jwt-path-title jwt-path-text">
    <title id="jwt-path-title">The path of a request with a JWT</title>
    <desc id="jwt-path-text">The client sends its token to any of three services. Each service checks the signature by itself and asks nobody. The issuer stands apart: it gave every service its public key once.</desc>
    ${arrowHead("jwt-head")}
    ${serverTops.map((top) => line(`M86 108 C112 108 108 ${top + 22} 134 ${top + 22}`, "path-live", "jwt-head"))}
    ${serverTops.map((top) => html`<path class="path-once" d=${`M274 108 C250 108 250 ${top + 22} 224 ${top + 22}`} />`)}
    ${box(8, 84, 78, 48, "Client")}
    ${serverTops.map((top) => box(138, top, 82, 44, "Service"))}
    ${serverTops.map((top) => tick(209, top + 3))}
    ${issuer(274, 76)}
    ${label(58, 66, "token")}
    ${label(306, 60, "key, once")}
  </svg>`;
}

function hybridPath(): Piece {
  return html`<svg class="drawing drawing-hybrid" viewBox="0 0 360 216" role="img" aria-labelledby="hybrid-path-title hybrid-path-text">
    <title id="hybrid-path-title">The path of a request with the hybrid</title>
    <desc id="hybrid-path-text">The browser sends its cookie and a token to any of three services. Each service checks the signature and its own copy of the revocations, and asks nobody. The issuer keeps the records and feeds every revocation to all services.</desc>
    ${arrowHead("hybrid-head")}
    ${serverTops.map((top) => line(`M86 108 C112 108 108 ${top + 22} 134 ${top + 22}`, "path-live", "hybrid-head"))}
    ${serverTops.map((top) => line(`M272 108 C248 108 252 ${top + 22} 226 ${top + 22}`, "path-feed", "hybrid-head"))}
    ${box(8, 84, 78, 48, "Browser")}
    ${serverTops.map((top) => box(138, top, 82, 44, "Service"))}
    ${serverTops.map((top) => tick(209, top + 3))}
    ${store(274, 70, "Issuer", "records")}
    ${label(58, 66, "cookie + token")}
    ${label(306, 52, "revocations")}
  </svg>`;
}

function box(x: number, y: number, width: number, height: number, name: string): Piece {
  return html`<g>
    <rect class="node" x=${x} y=${y} width=${width} height=${height} rx="9" />
    <text class="node-name" x=${x + width / 2} y=${y + height / 2 + 4.5} text-anchor="middle">${name}</text>
  </g>`;
}

function store(x: number, y: number, name = "Store", note = "shared"): Piece {
  const outline = `M${x} ${y + 10} v56 c0 6 17 10 38 10 s38 -4 38 -10 v-56`;
  return html`<g>
    <path class="node node-key" d=${outline} />
    <ellipse class="node node-key" cx=${x + 38} cy=${y + 10} rx="38" ry="10" />
    <text class="node-name" x=${x + 38} y=${y + 44} text-anchor="middle">${name}</text>
    <text class="node-note" x=${x + 38} y=${y + 59} text-anchor="middle">${note}</text>
  </g>`;
}

function issuer(x: number, y: number): Piece {
  return html`<g>
    <rect class="node node-apart" x=${x} y=${y} width="78" height="64" rx="9" />
    <text class="node-name" x=${x + 39} y=${y + 29} text-anchor="middle">Issuer</text>
    <text class="node-note" x=${x + 39} y=${y + 46} text-anchor="middle">signs</text>
  </g>`;
}

function tick(x: number, y: number): Piece {
  return html`<g>
    <circle class="tick-disc" cx=${x + 6} cy=${y} r="8.5" />
    <path class="tick-mark" d=${`M${x + 2} ${y} l3 3.2 l5.4 -6`} />
  </g>`;
}

function label(x: number, y: number, words: string): Piece {
  return html`<text class="path-name" x=${x} y=${y} text-anchor="middle">${words}</text>`;
}

function line(d: string, className: string, head: string): Piece {
  return html`<path class=${className} d=${d} marker-end=${`url(#${head})`} />`;
}

function arrowHead(id: string): Piece {
  return html`<defs>
    <marker id=${id} viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
      <path class="arrow-head" d="M0 0 L8 4 L0 8 z" />
    </marker>
  </defs>`;
}
