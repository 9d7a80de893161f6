// The end of the front page: how to see both systems, here and on the reader's machine. Knows no figure.

import { html, type Piece } from "../html.ts";
import type { PageContext } from "../page.ts";
import { paths } from "../paths.ts";
import { sectionHead } from "./section-head.ts";

/** How to see it for oneself; `origin` is where this server answers. */
export function trySection(context: PageContext, origin: string): Piece {
  const signedIn = context.account !== undefined;
  return html`<section class="band try" id="try" aria-labelledby="try-title">
    ${sectionHead("try-title", "See it for yourself", "This page is served by the thing it describes.")}
    <div class="try-panels">
      <div class="panel">
        <h3>Try it here</h3>
        <ol class="steps">
          <li>Sign up with an address and a password.</li>
          <li>Sign in again in other browsers: by session, by JWT, by the hybrid of both.</li>
          <li>Look at your sessions, end one, and see what becomes of it.</li>
        </ol>
        <p class="actions">
          <a class="button" href=${signedIn ? paths.sessions : paths.signUp}>${signedIn ? "Your sessions" : "Sign up"}</a>
          <a class="button button-quiet" href=${paths.reference}>Read the API</a>
        </p>
      </div>
      <div class="panel">
        <h3>Run it yourself</h3>
        <p>In a copy of the project, with nothing but Node.js and npm:</p>
        <pre class="terminal" tabindex="0"><code><span class="prompt" aria-hidden="true">$ </span>npm ci${"\n"}<span class="prompt" aria-hidden="true">$ </span>npm start</code></pre>
        <p class="panel-note">No configuration, no database to install. This one answers at <code class="wrap-anywhere">${origin}</code>.</p>
      </div>
    </div>
  </section>`;
}
