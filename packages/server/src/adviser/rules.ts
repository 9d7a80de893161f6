// What the adviser knows, as data: which answers speak for which strategy, why, and what it costs. Decides nothing itself.

import type { Aspect } from "../lab/contract.ts";
import { type Audience, type Choice, allAudiences as everybody } from "./choices.ts";
import type { Client, OptionId, SingleQuestionId } from "./questions.ts";

/** Answers that a rule asks for: of each question named one of those listed. */
export type Condition = { readonly [Id in SingleQuestionId]?: readonly OptionId<Id>[] } & {
  /** At least one of these. */
  readonly clients?: readonly Client[];
  /** None of these. */
  readonly withoutClients?: readonly Client[];
  /** Whether browsers sign in by cookie. */
  readonly byCookie?: boolean;
};

/**
 * How much a rule weighs. `decides`: the first of these that holds makes the choice. `requires`: what must be so for the choice to work at all.
 * `supports`: a further reason for what was chosen. `costs`: what is paid for it.
 */
export type Strength = "decides" | "requires" | "supports" | "costs";

/** One rule. */
export interface Rule {
  readonly id: string;
  readonly audiences: readonly Audience[];
  readonly strength: Strength;
  readonly when: Condition;
  /** What it advises; one that decides advises one. Otherwise: the choices of which it says something. */
  readonly advice: readonly Choice[];
  /** The reason. Words between backquotes are code; names in braces are bounds of the configuration, `{lag}` and `{tokenEnd}`. */
  readonly words: string;
  /** The row of the table that shows it. */
  readonly row: Aspect;
}

const away: readonly Choice[] = ["jwt", "hybrid"];
const looked: readonly Choice[] = ["session", "session-feed"];

/** The rules that decide, in order: of those that hold for an audience the first one does. */
const decisions: readonly Rule[] = [
  {
    id: "partners-by-standard",
    audiences: ["partners"],
    strength: "decides",
    when: {},
    advice: ["jwt"],
    words:
      "Whoever has the public key checks a JWT, with a library of any language. A partner needs neither your store nor your feed.",
    row: "cross-domain",
  },
  {
    id: "apps-of-one-service",
    audiences: ["mobile"],
    strength: "decides",
    when: { services: ["one"], revocation: ["now", "seconds"] },
    advice: ["session"],
    words:
      "Where one process issues and checks, an app sends the session’s secret as a Bearer token, and its end is seen at the next look-up. There is no other service that would need a feed.",
    row: "revocation",
  },
  {
    id: "apps-beside-the-store",
    audiences: ["mobile"],
    strength: "decides",
    when: { services: ["few"], revocation: ["now", "seconds"], traffic: ["small", "large"] },
    advice: ["session"],
    words:
      "Services that can open the store look up the secret that an app sends as a Bearer token, and each sees its end at the next request.",
    row: "revocation",
  },
  {
    id: "apps-promptly",
    audiences: ["mobile"],
    strength: "decides",
    when: { revocation: ["now", "seconds"] },
    advice: ["hybrid"],
    words:
      "An app sends a token that is checked without a look-up, as a JWT is; and every service that follows the feed refuses it as soon as it is revoked.",
    row: "revocation",
  },
  {
    id: "apps-by-token",
    audiences: ["mobile"],
    strength: "decides",
    when: { revocation: ["minutes"] },
    advice: ["jwt"],
    words:
      "An app has no need of cookies: it keeps a short-lived token, renews it by itself, and shows it to any service.",
    row: "cross-domain",
  },
  {
    id: "sites-rendered",
    audiences: ["browser"],
    strength: "decides",
    when: { sites: ["sites"], byCookie: true, services: ["one", "few"], traffic: ["small", "large"] },
    advice: ["session"],
    words:
      "A page is asked for with cookies, never with a Bearer token, and a cookie stays at its own host. So visitors sign in at each site, and have a session there.",
    row: "cross-domain",
  },
  {
    id: "sites-promptly",
    audiences: ["browser"],
    strength: "decides",
    when: { sites: ["sites"], byCookie: false, revocation: ["now", "seconds"] },
    advice: ["hybrid"],
    words:
      "Cookies do not reach other sites, so pages there send Bearer tokens. A hybrid’s token ends with its session wherever the revocation log is followed: at services by the feed, and in the issuer’s own process.",
    row: "cross-domain",
  },
  {
    id: "sites-by-token",
    audiences: ["browser"],
    strength: "decides",
    when: { sites: ["sites"], byCookie: false, revocation: ["minutes"] },
    advice: ["jwt"],
    words:
      "Cookies do not reach other sites. A Bearer token does, and whoever has the public key checks it, without asking the issuer.",
    row: "cross-domain",
  },
  {
    id: "one-service-busy",
    audiences: ["browser", "own"],
    strength: "decides",
    when: { services: ["one"], traffic: ["huge"], revocation: ["minutes", "seconds"] },
    advice: ["session-feed"],
    words:
      "At this traffic, keep the sessions in use in memory. The revocation log, the record of what was ended, says when one of them is over, so that no request needs a look-up.",
    row: "state",
  },
  {
    id: "one-service",
    audiences: ["browser", "own"],
    strength: "decides",
    when: { services: ["one"] },
    advice: ["session"],
    words:
      "One service looks each session up in its own store. A signed token would buy a reach that nobody uses, and give up the sign-out that holds at once.",
    row: "revocation",
  },
  {
    id: "few-services",
    audiences: ["browser", "own"],
    strength: "decides",
    when: { services: ["few"], traffic: ["small", "large"] },
    advice: ["session"],
    words:
      "Services that can open the store look each session up, and each sees a sign-out at the next request. Whatever spares the look-ups hears of it a moment later.",
    row: "revocation",
  },
  {
    id: "few-services-at-once",
    audiences: ["browser", "own"],
    strength: "decides",
    when: { services: ["few"], revocation: ["now"] },
    advice: ["hybrid"],
    words:
      "At this traffic the token spares each service its look-ups. Its end is heard of by the feed, not looked up; and who signs somebody out can wait until it holds everywhere.",
    row: "state",
  },
  {
    id: "few-services-busy",
    audiences: ["browser", "own"],
    strength: "decides",
    when: { services: ["few"] },
    advice: ["session-feed"],
    words:
      "At this traffic, each service keeps the sessions in use in memory, and the revocation log, the record of what was ended, says when one of them is over.",
    row: "state",
  },
  {
    id: "pages-of-services",
    audiences: ["browser"],
    strength: "decides",
    when: { services: ["many"], clients: ["web"] },
    advice: ["hybrid"],
    words:
      "A page that a server renders cannot renew a token by itself. So services away from the store check the hybrid’s token, and once it has run out they ask the issuer for the session beside it.",
    row: "state",
  },
  {
    id: "services-promptly",
    audiences: ["browser", "own"],
    strength: "decides",
    when: { services: ["many"], revocation: ["now", "seconds"] },
    advice: ["hybrid"],
    words:
      "Services away from the store check the token by themselves, as they would a JWT; and they follow the feed, so that a sign-out ends it at all of them.",
    row: "revocation",
  },
  {
    id: "programs-alone",
    audiences: ["own"],
    strength: "decides",
    when: {
      services: ["many"],
      revocation: ["minutes"],
      team: ["process"],
      withoutClients: ["web", "spa", "mobile", "partners"],
    },
    advice: ["jwt-alone"],
    words:
      "A program signs in again whenever its token has run out. So there is nothing to renew, and no record of its sign-in to keep.",
    row: "state",
  },
  {
    id: "services-by-token",
    audiences: ["browser", "own"],
    strength: "decides",
    when: { services: ["many"], revocation: ["minutes"] },
    advice: ["jwt"],
    words: "Each service checks the token by itself. None needs the store, and none has to follow anything.",
    row: "state",
  },
];

const supports: readonly Rule[] = [
  {
    id: "next-request",
    audiences: ["browser", "mobile", "own"],
    strength: "supports",
    when: { revocation: ["now", "seconds"] },
    advice: ["session"],
    words: "The very next request after a sign-out is refused: there is no copy anywhere that could outlive it.",
    row: "revocation",
  },
  {
    id: "wait-everywhere",
    audiences: everybody,
    strength: "supports",
    when: { services: ["few", "many"], revocation: ["now"] },
    advice: ["session-feed", "hybrid"],
    words:
      "You can wait until a sign-out holds at every service that follows the feed: `await auth.everywhere()`, or `countersign sessions revoke SID --wait`.",
    row: "revocation",
  },
  {
    id: "small-cookie",
    audiences: ["browser"],
    strength: "supports",
    when: { byCookie: true },
    advice: looked,
    words: "A small cookie, whatever the claims: a random secret that says nothing about the visitor.",
    row: "payload",
  },
  {
    id: "no-script-reads-it",
    audiences: ["browser"],
    strength: "supports",
    when: { byCookie: true },
    advice: [...looked, ...away],
    words: "It lies in an `HttpOnly` cookie: a script that breaks into a page cannot take it away.",
    row: "theft",
  },
  {
    id: "cross-site-refused",
    audiences: ["browser"],
    strength: "supports",
    when: { byCookie: true },
    advice: [...looked, "hybrid"],
    words: "Requests that other sites make with its cookies are refused, and a new sign-in ends the one before it.",
    row: "csrf-fixation",
  },
  {
    id: "one-process",
    audiences: ["browser", "mobile", "own"],
    strength: "supports",
    when: { services: ["one"], team: ["process"] },
    advice: looked,
    words: "One process with its database file needs no feed to other services, no service keys and no shared cache.",
    row: "state",
  },
  {
    id: "no-shared-cache",
    audiences: ["browser", "mobile", "own"],
    strength: "supports",
    when: { services: ["few", "many"], team: ["cache"] },
    advice: ["session-feed", "hybrid"],
    words: "The feed takes your shared cache off the path of requests: each service judges by what it holds itself.",
    row: "state",
  },
  {
    id: "no-look-up",
    audiences: everybody,
    strength: "supports",
    when: { services: ["few", "many"], traffic: ["large", "huge"] },
    advice: [...away, "jwt-alone"],
    words: "No request of this traffic reaches the store: it is read at sign-in and at renewal.",
    row: "state",
  },
  {
    id: "large-is-measured",
    audiences: ["browser", "mobile", "own"],
    strength: "supports",
    when: { services: ["few"], traffic: ["large"] },
    advice: ["session"],
    words:
      "What plain sessions judge in a second is measured. See whether your traffic is within it on your own machines, before you pay for more.",
    row: "scalability",
  },
  {
    id: "any-host",
    audiences: ["mobile", "own", "partners"],
    strength: "supports",
    when: { sites: ["site", "sites"] },
    advice: [...away, "jwt-alone"],
    words: "A header goes to any host that it is sent to; where it came from does not matter.",
    row: "cross-domain",
  },
  {
    id: "stolen-and-renewed",
    audiences: ["mobile", "partners"],
    strength: "supports",
    when: {},
    advice: away,
    words:
      "A stolen token runs out within minutes. A stolen refresh token comes twice, and then the whole sign-in ends.",
    row: "theft",
  },
  {
    id: "own-services-follow",
    audiences: ["partners"],
    strength: "supports",
    when: { revocation: ["now", "seconds"] },
    advice: ["jwt"],
    words:
      "Your own services follow the feed, and refuse a partner’s token as soon as it is revoked. With `hybrid` among its strategies, the issuer’s process does so, too.",
    row: "revocation",
  },
];

const requirements: readonly Rule[] = [
  {
    id: "one-host-for-scripts",
    audiences: ["browser"],
    strength: "requires",
    when: { sites: ["site"], clients: ["spa"] },
    advice: [...looked, ...away],
    words:
      "Works only if `app.` and `api.` sit behind one host, told apart by path: a cookie stays at the host that set it. Where that cannot be, let pages send Bearer tokens, as the variant below does.",
    row: "cross-domain",
  },
  {
    id: "one-host-for-pages",
    audiences: ["browser"],
    strength: "requires",
    when: { sites: ["site"], clients: ["web"], withoutClients: ["spa"] },
    advice: [...looked, "hybrid"],
    words:
      "Works only if `app.` and `api.` sit behind one host, told apart by path: a cookie stays at the host that set it. Where that cannot be, each host serves the issuer’s `/auth/`, and visitors sign in at each.",
    row: "cross-domain",
  },
];

const costs: readonly Rule[] = [
  {
    id: "look-ups",
    audiences: ["browser", "mobile", "own"],
    strength: "costs",
    when: { traffic: ["large", "huge"] },
    advice: ["session"],
    words: "Every request costs a look-up in the store.",
    row: "state",
  },
  {
    id: "shared-file",
    audiences: ["browser", "mobile", "own"],
    strength: "costs",
    when: { services: ["few"] },
    advice: looked,
    words:
      "Each service opens the issuer’s database file and holds its secrets, so they run on one machine and trust each other.",
    row: "state",
  },
  {
    id: "two-cookies",
    audiences: ["browser"],
    strength: "costs",
    when: { byCookie: true },
    advice: ["hybrid"],
    words: "A hybrid browser sends two cookies, the session’s and the token’s: more bytes than either alone.",
    row: "payload",
  },
  {
    id: "page-holds-token",
    audiences: ["browser"],
    strength: "costs",
    when: { byCookie: false },
    advice: away,
    words:
      "A page that holds a token can lose it to whoever breaks in with a script. Keep it in memory, never in storage.",
    row: "theft",
  },
  {
    id: "rendered-unknown",
    audiences: ["browser"],
    strength: "costs",
    when: { byCookie: false, clients: ["web"] },
    advice: away,
    words:
      "A page is asked for without a Bearer token. What a server renders, at home too, does not know the visitor: let its script fetch that part, or sign in by cookie at each site, too.",
    row: "cross-domain",
  },
  {
    id: "sign-in-at-each",
    audiences: ["browser"],
    strength: "costs",
    when: { sites: ["sites"], byCookie: true },
    advice: [...looked, "hybrid"],
    words:
      "A cookie stays at its host. So each site serves the issuer’s `/auth/` under its own name, and visitors sign in at each. A sign-out ends the session of one site; signing out everywhere ends all.",
    row: "cross-domain",
  },
  {
    id: "secret-until-its-end",
    audiences: ["mobile", "own"],
    strength: "costs",
    when: {},
    advice: looked,
    words:
      "Whoever steals the secret is the client until the session ends. No renewal replaces it, and so none gives the thief away.",
    row: "theft",
  },
  {
    id: "outlives-sign-out",
    audiences: ["browser", "mobile", "own"],
    strength: "costs",
    when: {},
    advice: ["jwt"],
    words: "A JWT is taken until it runs out, also after a sign-out: for up to {tokenEnd}.",
    row: "revocation",
  },
  {
    id: "alone-unrevoked",
    audiences: ["own"],
    strength: "costs",
    when: {},
    advice: ["jwt-alone"],
    words:
      "There is no record, so no sign-in can be seen in a list or ended by itself. Each lasts until its token runs out.",
    row: "revocation",
  },
  {
    id: "older-token",
    audiences: ["browser"],
    strength: "costs",
    when: { byCookie: true },
    advice: ["jwt"],
    words: "After a new sign-in the token of the one before still works until it runs out, for whoever knows it.",
    row: "csrf-fixation",
  },
  {
    id: "cut-off",
    audiences: ["browser", "mobile", "own"],
    strength: "costs",
    when: { services: ["few", "many"] },
    advice: ["hybrid"],
    words:
      "A service hears of a sign-out, it does not look it up: in the time of a message, and after {lag} at the worst (the lag). One that is cut off from the issuer answers 503 from then on, until it hears again.",
    row: "revocation",
  },
  {
    id: "heard-not-looked-up",
    audiences: ["browser", "own"],
    strength: "costs",
    when: {},
    advice: ["session-feed"],
    words:
      "The end of a session is heard of, not looked up: in the time of a message, and after {lag} at the worst (the lag).",
    row: "revocation",
  },
  {
    id: "partner-follows-nothing-soon",
    audiences: ["partners"],
    strength: "costs",
    when: { revocation: ["now", "seconds"] },
    advice: ["jwt"],
    words:
      "A partner’s own service, which follows no feed, takes a revoked token until it runs out: for up to {tokenEnd}. Hence the short `jwt.lifetime` below.",
    row: "revocation",
  },
  {
    id: "partner-follows-nothing",
    audiences: ["partners"],
    strength: "costs",
    when: { revocation: ["minutes"] },
    advice: ["jwt"],
    words:
      "A partner’s own service, which follows no feed, takes a revoked token until it runs out: for up to {tokenEnd}.",
    row: "revocation",
  },
  {
    id: "no-audience-yet",
    audiences: ["partners"],
    strength: "costs",
    when: {},
    advice: ["jwt"],
    words:
      "Tokens from this issuer name no audience yet: whoever is handed one could show it to another of your services. Give partners accounts of their own, and do not hand them your visitors’ tokens.",
    row: "theft",
  },
  {
    id: "claims-grow",
    audiences: ["mobile", "own", "partners"],
    strength: "costs",
    when: {},
    advice: [...away, "jwt-alone"],
    words: "Each claim makes it longer, at every request.",
    row: "payload",
  },
  {
    id: "own-file",
    audiences: ["browser", "mobile", "own"],
    strength: "costs",
    when: { team: ["database", "cache"] },
    advice: [...looked, ...away, "jwt-alone"],
    words:
      "Records are kept in a SQLite file beside the issuer. To keep them in the database that you run, write a store: the contract and its tests are in the package.",
    row: "state",
  },
];

/** Every rule. */
export const rules: readonly Rule[] = [...decisions, ...requirements, ...supports, ...costs];
