// The frame around every page: head, header with who is signed in, footer. Knows nothing of any page's content.

import { html, type Piece, renderDocument } from "./html.ts";
import { logo } from "./logo.ts";
import { paths } from "./paths.ts";

/** The scripts that pages may ask for. */
export const scriptNames = ["front", "try"] as const;

export type ScriptName = (typeof scriptNames)[number];

/** Where the static files are. */
export interface AssetAddresses {
  readonly style: string;
  readonly favicon: string;
  /** A script that was not built has no address, and its page goes without. */
  readonly scripts?: Readonly<Partial<Record<ScriptName, string>>>;
  /** What others show of the front page. */
  readonly picture?: string;
}

/** What every page is given beside its own model. */
export interface PageContext {
  /** Addresses of the static files. */
  readonly assets: AssetAddresses;
  /** The time now, in milliseconds since 1970. */
  readonly now: number;
  /** Who is signed in; absent for a stranger. */
  readonly account?: { readonly email: string } | undefined;
  /** Whether mails can be read at `/dev/mail`: links to them are shown. */
  readonly devMail?: boolean | undefined;
  readonly site: Site;
}

/** Whose pages these are. */
export interface Site {
  /** The application's name: in the window's title, the header and the footer. */
  readonly name: string;
  /** Whether Countersign shows itself: its mark, the comparison, the reference, the strategies by name. Otherwise the application is all there is. */
  readonly showcase: boolean;
}

/** What one page says to its frame. */
export interface PageFrame {
  /** Stands in the window's title, before the name of the application. */
  readonly title: string;
  /** One sentence for search engines; pages without one ask not to be listed. */
  readonly description?: string;
  /** The address among `paths` that this page answers to; marks it in the navigation. */
  readonly path?: string;
  /** The script that makes the page alive; it is sent with a policy that lets it run (`sendPage`). */
  readonly script?: ScriptName;
  /** Whether the page's policy lets no form be sent: then its header has none. */
  readonly isSealed?: boolean;
  /** The page's own full address: what search engines keep, and what those show who share it. */
  readonly address?: string;
  /** What the page says to search engines in their own form: JSON-LD. */
  readonly data?: object;
  readonly content: Piece;
}

/** A whole page as an HTML document. */
export function page(context: PageContext, frame: PageFrame): string {
  return renderDocument(html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>${frame.path === paths.front ? frame.title : `${frame.title} · ${context.site.name}`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="same-origin" />
      ${listing(frame, context)}
      ${icon(context)}
      <link rel="stylesheet" href=${context.assets.style} />
      ${script(context, frame.script)}
    </head>
    <body>
      <a class="skip" href="#content">Skip to the content</a>
      ${header(context, frame)}
      <main id="content" tabindex="-1">${frame.content}</main>
      ${footer(context)}
    </body>
  </html>`);
}

// Without one, browsers ask the host for its own: the application's.
function icon({ site, assets }: PageContext): Piece | null {
  return site.showcase ? html`<link rel="icon" type="image/svg+xml" href=${assets.favicon} />` : null;
}

function script({ assets }: PageContext, name: ScriptName | undefined): Piece | null {
  const address = name === undefined ? undefined : assets.scripts?.[name];
  return address === undefined ? null : html`<script type="module" src=${address}></script>`;
}

function listing(frame: PageFrame, { site, assets }: PageContext): Piece | readonly (Piece | null)[] {
  if (frame.description === undefined) return html`<meta name="robots" content="noindex" />`;
  return [
    html`<meta name="description" content=${frame.description} />`,
    html`<meta property="og:title" content=${frame.title} />`,
    html`<meta property="og:description" content=${frame.description} />`,
    html`<meta property="og:type" content="website" />`,
    ...(frame.address === undefined ? [] : shared(frame.address, site, assets)),
    frame.data === undefined ? null : structuredData(frame.data),
  ];
}

function shared(address: string, site: Site, { picture }: AssetAddresses): readonly Piece[] {
  const pieces = [
    html`<link rel="canonical" href=${address} />`,
    html`<meta property="og:url" content=${address} />`,
    html`<meta property="og:site_name" content=${site.name} />`,
  ];
  if (picture === undefined) return pieces;
  return [
    ...pieces,
    html`<meta property="og:image" content=${new URL(picture, address).href} />`,
    html`<meta property="og:image:width" content="1200" />`,
    html`<meta property="og:image:height" content="630" />`,
    html`<meta name="twitter:card" content="summary_large_image" />`,
  ];
}

// Data in a script element is run by nobody; what could end the element early is written as an escape.
function structuredData(data: object): Piece {
  const escaped = (found: string) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const text = JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, escaped);
  return html`<script type="application/ld+json" dangerouslySetInnerHTML=${{ __html: text }}></script>`;
}

function header(context: PageContext, { path, isSealed = false }: PageFrame): Piece {
  return html`<header class=${context.account === undefined ? "site-header" : "site-header site-header-account"}>
    <div class="site-header-inner">
      <a class="brand" href=${paths.front}>${context.site.showcase ? logo() : null}<span>${context.site.name}</span></a>
      ${siteLinks(context, path)}
      ${context.account === undefined ? visitor(path) : signedIn(context.account.email, path, isSealed)}
    </div>
  </header>`;
}

function siteLinks({ site, devMail }: PageContext, path: string | undefined): Piece | null {
  if (!site.showcase && devMail !== true) return null;
  const about = html`<li><a href="/#side-by-side">Compare</a></li><li>${navLink(paths.tryIt, "Try it", path)}</li><li>${navLink(paths.reference, "API reference", path)}</li>`;
  return html`<nav class="site-nav" aria-label="Main">
    <ul>
      ${site.showcase ? about : null}
      ${devMail === true ? html`<li>${navLink(paths.devMail, "Mail", path)}</li>` : null}
    </ul>
  </nav>`;
}

function visitor(path: string | undefined): Piece {
  return html`<nav class="site-account" aria-label="Account">
    <ul>
      <li>${navLink(paths.signIn, "Sign in", path)}</li>
      <li><a class="button button-small" href=${paths.signUp}>Sign up</a></li>
    </ul>
  </nav>`;
}

function signedIn(email: string, path: string | undefined, isSealed: boolean): Piece {
  return html`<nav class="site-account" aria-label="Account">
    <ul>
      <li class="account-email"><span class="visually-hidden">Signed in as </span><span title=${email}>${email}</span></li>
      <li>${navLink(paths.sessions, "Your sessions", path)}</li>
      ${isSealed ? null : html`<li><form method="post" action=${paths.signOut}><button class="button button-quiet button-small" type="submit">Sign out</button></form></li>`}
    </ul>
  </nav>`;
}

function navLink(href: string, text: string, path: string | undefined): Piece {
  return html`<a href=${href} aria-current=${path === href ? "page" : undefined}>${text}</a>`;
}

function footer(context: PageContext): Piece {
  return context.site.showcase
    ? ownFooter(context)
    : html`<footer class="site-footer"><div class="site-footer-inner"><p><strong>${context.site.name}</strong></p></div></footer>`;
}

function ownFooter(context: PageContext): Piece {
  return html`<footer class="site-footer">
    <div class="site-footer-inner">
      <p class="site-footer-words"><strong>Countersign</strong>${" "}recognises people by sessions and by JWTs, over one record of each sign-in. Open source under the MIT licence.</p>
      <nav aria-label="Footer">
        <ul>
          <li><a href="/#side-by-side">Comparison</a></li>
          <li><a href="/#verdict">Verdict</a></li>
          <li><a href="/#questions">Questions</a></li>
          <li><a href=${paths.reference}>API reference</a></li>
          <li><a href=${paths.openApi}>OpenAPI</a></li>
          ${context.account === undefined ? null : html`<li><a href=${paths.sessions}>Your sessions</a></li>`}
        </ul>
      </nav>
    </div>
  </footer>`;
}
