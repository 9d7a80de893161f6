// The live demonstration on the front page: what each button would show, in words and drawings, until a script makes it alive. Starts nothing.

import { type Pane, panes } from "../../demonstration/contract.ts";
import { pathDrawing } from "../../demonstration/path-drawing.ts";
import { paneLines, paneTitles } from "../../demonstration/words.ts";
import { html, type Piece, prose } from "../html.ts";
import { paths } from "../paths.ts";
import { sectionHead } from "./section-head.ts";

export interface DemonstrationModel {
  /** Whether this visitor may have processes started on the server's machine. */
  readonly isLive: boolean;
}

/** The section `demonstration`. */
export function demonstrationSection({ isLive }: DemonstrationModel): Piece {
  return html`<section class="band" id="demonstration" aria-labelledby="demonstration-title">
    ${sectionHead("demonstration-title", "See it happen", "One made-up visitor, signed in three ways. An issuer and three services, each a process of its own, talk HTTP on one machine.")}
    ${isLive ? html`<noscript><p class="demo-noscript">With JavaScript there are buttons to press here. This is what each does.</p></noscript>` : null}
    ${isLive ? html`<div class="demo-place" id="demonstration-stage" data-at=${paths.demonstration}>${story()}</div>` : html`${howToRun()}${story()}`}
  </section>`;
}

function howToRun(): Piece {
  return html`<div class="panel demo-run">
    <h3>Run it on your machine</h3>
    <p>This server starts no processes for its visitors. In a copy of the project the demonstration is on the front page:</p>
    <pre class="terminal" tabindex="0"><code><span class="prompt" aria-hidden="true">$ </span>npm start</code></pre>
  </div>`;
}

function story(): Piece {
  return html`<div class="demo-panes">${panes.map(storyOf)}</div>`;
}

function storyOf(pane: Pane): Piece {
  return html`<article class=${`demo-pane demo-told demo-${pane}`} aria-labelledby=${`demo-${pane}`}>
    <h3 id=${`demo-${pane}`}>${paneTitles[pane]}</h3>
    <p class="demo-line">${paneLines[pane]}</p>
    ${pathDrawing(pane, undefined)}
    <dl class="demo-story">
      ${stories[pane].map(([what, shown]) => html`<div><dt>${what}</dt><dd>${prose(shown)}</dd></div>`)}
    </dl>
  </article>`;
}

type Story = readonly (readonly [what: string, shown: string])[];

const stories: Readonly<Record<Pane, Story>> = {
  jwt: [
    [
      "Sign in",
      "The answer holds an access token, which says who it is for and until when, and a refresh token beside it.",
    ],
    [
      "Use it",
      "The service checks the signature, or remembers having done so. It asks neither the issuer nor a store.",
    ],
    [
      "Sign out",
      "The issuer ends the session. The services have not heard of it: they accept the token until it runs out.",
    ],
    ["Steal and replay", "A copy works as the original does, also after the sign-out, until it runs out."],
    [
      "Renew the copy",
      "Thief and owner now hold refresh tokens of one session. Whoever comes second with the old one gives the theft away, and the session ends.",
    ],
    ["Wait for its end", "401, `token_expired`. The client renews with its refresh token, and goes on."],
  ],
  session: [
    ["Sign in", "The answer sets one cookie with a secret that means nothing by itself."],
    ["Use it", "The service asks the issuer, and the issuer its store: at every request."],
    ["Sign out", "The very next request is refused, at every service."],
    ["Steal and replay", "A copy works for as long as the session lives, and ends with it."],
    ["Wait for its end", "There is none to wait for: a session lives until it is ended, or is not used for days."],
  ],
  hybrid: [
    ["Sign in", "The answer sets two cookies: the session’s secret, and a token that stands for it for some minutes."],
    ["Use it", "The service checks the token by itself, as with a JWT. No store, no issuer."],
    ["Sign out", "The issuer tells its feed, and the services refuse the token as soon as they hear."],
    ["Steal and replay", "A copy works until the session ends and the services have heard so."],
    ["Wait for its end", "An ordinary request to the issuer renews the token: a new cookie comes with the answer."],
  ],
};
