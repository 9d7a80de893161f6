// Cross-domain: a subject signs in by cookie and once more for a token, and visits three sites; where is who recognised? Judges no one.

import { cookieLines, type HttpClient } from "../../processes/http.ts";
import { password, strategyOf } from "../children/setup.ts";
import { type Browser, findChromium, type Page } from "../chromium.ts";
import { type Cell, type Column, columns, columnWords } from "../contract.ts";
import type { Lab } from "../lab.ts";
import { scenario } from "../scenario.ts";
import { ownOrigin, type Site } from "../site.ts";
import { byColumn } from "./state.ts";

/** The sites, as the report names them. */
export const siteWords = {
  own: "the issuer's own host",
  neighbour: "a neighbouring host",
  partner: "another site that knows only where the issuer is",
  keyed: "another site with a service key",
} as const;

export type SiteKind = keyof typeof siteWords;

/** Statuses of a visit: the cookies that go along by themselves, or the token that the page sends. */
export type Visits = Readonly<Record<SiteKind, { readonly cookie: number; readonly token: number }>>;

export interface MeasuredDomains {
  /** Who decided which cookies go where. */
  readonly judge: string;
  readonly visits: Readonly<Record<Column, Visits>>;
}

/** The three that count: a key is a favour of the issuer's, told beside. */
const counted = ["own", "neighbour", "partner"] as const;

export const crossDomain = scenario<Lab, MeasuredDomains>({
  aspect: "cross-domain",
  title: "Cross-domain",
  measures: sentenceOf("a browser"),
  limits:
    "The own and the neighbouring host run services of ours, which may ask the store or follow the feed; the other site's has the verifier and the issuer's address, and nothing else. Redirects to the issuer and back (single sign-on) reach any site with any strategy, and are not compared here. A page that can read a token can lose it to whoever injects a script.",
  sharesMachine: true,
  prepare: async (lab) => lab,
  async run(lab, progress, signal) {
    progress("looking for Chromium");
    const browser = await findChromium();
    const close = () => void browser?.close().catch(() => undefined);
    signal.addEventListener("abort", close, { once: true });
    try {
      const host = browser === undefined ? "https://shop.example" : "localhost";
      const site = await lab.openApart(host);
      const visits = new Map<Column, Visits>();
      for (const column of columns) {
        progress(`${columnWords[column]}: visiting three sites`);
        const ports = await openServices(site(column));
        const tour: Tour = { lab, site: site(column), ports };
        visits.set(column, browser === undefined ? await visitByJar(tour) : await visitByBrowser(tour, browser));
        signal.throwIfAborted();
      }
      const judge = browser === undefined ? "the cookie jar tough-cookie" : `Chromium ${browser.version()}`;
      return { judge, visits: byColumn(visits) };
    } finally {
      signal.removeEventListener("abort", close);
      await browser?.close().catch(() => undefined);
    }
  },
  report: reportDomains,
});

/** The figures of the visits. Pure. */
export function reportDomains({ judge, visits }: MeasuredDomains) {
  const cell = (column: Column): Cell => {
    const by = (way: "cookie" | "token") => counted.filter((kind) => visits[column][kind][way] === 200).length;
    const kinds = Object.keys(siteWords) as SiteKind[];
    const words = kinds.map((kind) => {
      const { cookie, token } = visits[column][kind];
      return `${siteWords[kind]}: cookie ${statusWords(cookie)}, token ${statusWords(token)}`;
    });
    return {
      value: by("cookie") + by("token"),
      unit: "recognitions out of six: three sites, by cookie and by token",
      text: `${by("cookie")} of 3 sites by cookie, ${by("token")} by token`,
      detail: `${words.join("; ")}.`,
    };
  };
  return {
    sentence: sentenceOf(judge),
    cells: Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>,
    better: "more" as const,
    margin: { relative: 0, absolute: 0 },
  };
}

function sentenceOf(judge: string): string {
  return `A subject signs in twice, by cookie and for a token, and visits the issuer's own host, a neighbouring host and another site: at how many they are recognised by the cookies that ${judge} sends along, and at how many by the token that the page sends.`;
}

function statusWords(status: number): string {
  return status === 200 ? "recognised" : `refused (${status})`;
}

interface Tour {
  readonly lab: Lab;
  readonly site: Site;
  /** The port of each site's service. */
  readonly ports: Readonly<Record<SiteKind, number>>;
}

async function openServices(site: Site): Promise<Tour["ports"]> {
  const [own = 0] = site.services;
  const partner = await site.addService({ knows: "address" });
  const keyed = await site.addService({ knows: "key" });
  return { own, neighbour: own, partner, keyed };
}

/** The hosts of the sites under which the jar keeps cookies. */
const jarHosts: Readonly<Record<SiteKind, string>> = {
  own: "shop.example",
  neighbour: "orders.shop.example",
  partner: "partner.test",
  keyed: "partner.test",
};

async function visitByJar({ lab, site, ports }: Tour): Promise<Visits> {
  const { CookieJar } = await import("tough-cookie");
  const jar = new CookieJar(undefined, { prefixSecurity: "strict", rejectPublicSuffixes: false });
  const email = await site.addSubject();
  const answer = await signInByCookie(lab.http, site, email);
  const at = (kind: SiteKind) => `https://${jarHosts[kind]}/`;
  for (const line of answer) await jar.setCookie(line, `${at("own")}auth/sign-in`);
  const token = await site.signIn(email, "token");
  return visitAll(async (kind) => {
    const cookie = await jar.getCookieString(at(kind), { sameSiteContext: "lax" });
    const host = { host: jarHosts[kind] };
    return {
      cookie: await site.ask(ports[kind], { ...host, ...(cookie === "" ? {} : { cookie }) }),
      token: await site.ask(ports[kind], { ...host, ...token.headers }),
    };
  });
}

async function signInByCookie(http: HttpClient, site: Site, email: string): Promise<readonly string[]> {
  const { status, headers } = await http.send({
    ...{ port: site.issuerPort, method: "POST", path: "/auth/sign-in" },
    headers: { host: new URL(site.issuer).host, "content-type": "application/json", ...ownOrigin },
    body: JSON.stringify({ email, password, strategy: strategyOf(site.column), transport: "cookie" }),
  });
  if (status !== 200) throw new Error(`A sign-in of the lab was answered ${status}.`);
  return cookieLines(headers);
}

// Chromium trusts plain http on localhost, and keeps there what elsewhere needs TLS; names under .test are other sites.
const browserHosts: Readonly<Record<SiteKind, string>> = {
  own: "localhost",
  neighbour: "orders.localhost",
  partner: "partner.test",
  keyed: "partner.test",
};

async function visitByBrowser({ site, ports }: Tour, browser: Browser): Promise<Visits> {
  const email = await site.addSubject();
  // The issuer's answers are no pages: their policy lets no script of ours run.
  const context = await browser.newContext({ bypassCSP: true });
  try {
    const page = await context.newPage();
    // Any page of the issuer's origin will do: the sign-in is that of a script on it.
    await page.goto(`http://localhost:${site.issuerPort}/.well-known/jwks.json`);
    const body = { email, password, strategy: strategyOf(site.column), transport: "cookie" };
    await statusOf(page, "/auth/sign-in", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const token = await site.signIn(email, "token");
    return await visitAll(async (kind) => {
      const visited = await page.goto(`http://${browserHosts[kind]}:${ports[kind]}/`);
      const asked = await statusOf(page, "/", { headers: token.headers, credentials: "omit" });
      return { cookie: visited?.status() ?? 0, token: asked };
    });
  } finally {
    await context.close();
  }
}

async function statusOf(page: Page, path: string, init: object): Promise<number> {
  const status = await page.evaluate(
    `fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then((answer) => answer.status)`,
  );
  return typeof status === "number" ? status : 0;
}

async function visitAll(visit: (kind: SiteKind) => Promise<Visits[SiteKind]>): Promise<Visits> {
  return {
    own: await visit("own"),
    neighbour: await visit("neighbour"),
    partner: await visit("partner"),
    keyed: await visit("keyed"),
  };
}
