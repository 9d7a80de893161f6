// What to paste for some answers: options of the issuer and of the services, as data and as text. Builds nothing from them.

import { audiencesOf, choiceFor } from "./advise.ts";
import { type Audience, type Choice, isByCookie, strategyOf } from "./choices.ts";
import type { Answers } from "./questions.ts";

/** A value of an option. */
export type Value = string | number | boolean | readonly Value[] | Options;

/** Options by name. */
export interface Options {
  readonly [name: string]: Value;
}

/** One configuration: its options, and the same as text to paste. */
export interface Configuration {
  readonly kind: "countersign.json" | "createAuth" | "createVerifier";
  /** What it is for. */
  readonly title: string;
  readonly options: Options;
  readonly code: string;
}

/** How an audience signs in. */
export interface SignIn {
  readonly strategy: "session" | "jwt" | "hybrid";
  /** Where the credential is kept: in the browser's cookies, or by the client, which sends it as a Bearer token. */
  readonly transport: "cookie" | "token";
}

/** Everything to paste. */
export interface ToPaste {
  /** One issuer for all audiences: the standalone server, or within a program. */
  readonly issuer: readonly [Configuration, Configuration];
  /** The issuer in its place, where pages and services cannot share a host. */
  readonly variant: Variant | undefined;
  /** The command that makes the service key which a service needs. */
  readonly command: string | undefined;
  /** What services are built with, where the issuer's process is not the only one. */
  readonly services: readonly Configuration[];
}

/** For pages on other hosts of the same site: they send Bearer tokens. */
export interface Variant {
  readonly issuer: Configuration;
  readonly signIn: SignIn;
  /** Answers that lead to the same for services. */
  readonly answers: Answers;
}

/** What holds where the configuration does not say otherwise, in seconds. */
export const byDefault = { lag: 5, lifetime: 300, leeway: 10 } as const;

/** What stands in the place of a service key, until the text is made. */
export const serviceKeyPlace = "COUNTERSIGN_KEY";

/** How an audience signs in that is advised this. */
export function signInFor(audience: Audience, choice: Choice, answers: Answers): SignIn {
  const hasCookies = audience === "browser" && isByCookie(answers);
  return { strategy: strategyOf[choice], transport: hasCookies ? "cookie" : "token" };
}

/**
 * The bounds of the configuration, as people read them: after how long a sign-out is heard of at the worst, and how long a token outlives it where
 * nothing is heard.
 */
export function boundsOf(answers: Answers): Readonly<Record<"lag" | "tokenEnd", string>> {
  const plan = planFor(answers);
  const lifetime = plan.followsPartners ? partners.lifetimeSeconds : byDefault.lifetime;
  const parts = `${duration(lifetime)}, and ${duration(byDefault.leeway)} for clocks that differ`;
  return {
    lag: duration(isAtOnce(answers) ? prompt.lagSeconds : byDefault.lag),
    tokenEnd: `${duration(lifetime + byDefault.leeway)} (${parts})`,
  };
}

/** What to paste. It fits every audience at once: services do not ask which of them a request comes from. */
export function toPaste(answers: Answers): ToPaste {
  const plan = planFor(answers);
  const services = serviceConfigurations(plan);
  // Who opens the database file needs no key.
  const asking = services.filter(({ kind }) => kind === "createVerifier").map(({ options }) => options);
  const scopes = [
    ...(asking.some((options) => "feed" in options) ? ["follow"] : []),
    ...(asking.some((options) => "sessions" in options) ? ["introspect"] : []),
  ];
  return {
    issuer: issuerConfigurations(issuerOptions(plan), answers.services === "one"),
    variant: variantFor(answers),
    command: scopes.length === 0 ? undefined : `countersign services add orders --scope ${scopes.join(",")}`,
    services,
  };
}

/** What a partner’s token is given where a sign-out must hold soon, and the lag where it must hold at once. */
const partners = { lifetime: "1m", lifetimeSeconds: 60 } as const;
const prompt = { lag: "2s", lagSeconds: 2 } as const;

interface Plan {
  readonly answers: Answers;
  readonly choices: readonly Choice[];
  readonly issuer: string;
  readonly hasPartners: boolean;
  /** Whether partners' tokens are to end before they run out, wherever the log is followed. */
  readonly followsPartners: boolean;
}

function planFor(answers: Answers): Plan {
  const hasPartners = answers.clients.includes("partners");
  // By cookies, the issuer is at the host of the pages; otherwise it has a name of its own.
  const hasCookies = isForBrowsers(answers) && isByCookie(answers);
  return {
    answers,
    choices: audiencesOf(answers).flatMap((audience) => choiceFor(answers, audience) ?? []),
    issuer: hasCookies ? "https://shop.example" : "https://auth.example",
    hasPartners,
    followsPartners: hasPartners && answers.revocation !== "minutes",
  };
}

function issuerOptions({ answers, choices, issuer, followsPartners }: Plan): Options {
  const jwt: Options = {
    ...(choices.includes("jwt-alone") ? { refresh: false } : {}),
    // Who follows no feed takes a token until its end: the nearer the better.
    ...(followsPartners ? { lifetime: partners.lifetime } : {}),
  };
  // With the hybrid among them, the issuer's process judges every token by the log.
  const strategies = [...choices.map((choice) => strategyOf[choice]), ...(followsPartners ? ["hybrid"] : [])];
  const isFollowed = followsPartners || choices.includes("hybrid") || choices.includes("session-feed");
  return {
    issuer,
    strategies: [...new Set(strategies)],
    ...(choices.includes("session-feed") ? { session: { cache: 100_000 } } : {}),
    ...(Object.keys(jwt).length > 0 ? { jwt } : {}),
    ...(isAtOnce(answers) && isFollowed ? { feed: { lag: prompt.lag } } : {}),
    ...(issuer === "https://auth.example" && isForBrowsers(answers) ? { corsOrigins: ["https://shop.example"] } : {}),
  };
}

function isAtOnce({ revocation }: Answers): boolean {
  return revocation === "now";
}

function isForBrowsers({ clients }: Answers): boolean {
  return clients.includes("web") || clients.includes("spa");
}

function issuerConfigurations(options: Options, checksItself: boolean): ToPaste["issuer"] {
  const code = [
    ...programHead(["isIssuerPath", "nodeHandler"].slice(checksItself ? 0 : 1), checksItself),
    ...secretLines(": openssl rand -base64 32"),
    ...authLines(options),
    "await auth.start();",
    "",
    ...(checksItself
      ? [
          "const issuer = nodeHandler(auth);",
          ...appLines("auth"),
          "",
          "createServer((request, response) => {",
          '  const isForIssuer = isIssuerPath(request.url ?? "/");',
          "  return (isForIssuer ? issuer : app)(request, response);",
          "}).listen(4000);",
        ]
      : ["createServer(nodeHandler(auth)).listen(4000);"]),
  ];
  return [
    standalone("The standalone server: countersign.json", options),
    { kind: "createAuth", title: "Or within a program of your own", options, code: code.join("\n") },
  ];
}

function standalone(title: string, options: Options): Configuration {
  return { kind: "countersign.json", title, options, code: JSON.stringify(options, null, 2) };
}

// Only scripts can send a token by themselves: for pages that a server renders there is no such variant.
function variantFor(answers: Answers): Variant | undefined {
  if (answers.sites !== "site" || !answers.clients.includes("spa")) return undefined;
  const across: Answers = { ...answers, sites: "sites" };
  const choice = choiceFor(across, "browser");
  if (choice === undefined) return undefined;
  const named = { issuer: "https://api.shop.example", corsOrigins: ["https://app.shop.example"] };
  const options = { ...issuerOptions(planFor(across)), ...named };
  return {
    issuer: standalone("Variant for two hosts: countersign.json", options),
    signIn: signInFor("browser", choice, across),
    answers: across,
  };
}

function serviceConfigurations(plan: Plan): readonly Configuration[] {
  const { answers, issuer, hasPartners } = plan;
  const theirs = hasPartners ? [verifier("A partner’s service", { issuer })] : [];
  if (answers.services === "one") return theirs;
  if (answers.services === "few" && plan.choices.some((choice) => strategyOf[choice] === "session")) {
    // The issuer's options over the same file; keeping house is the issuer's work.
    const options = { ...issuerOptions(plan), upkeep: false };
    const title = "Each service, over the issuer’s database file";
    const code = [
      ...programHead([], true),
      ...secretLines(" to the issuer’s"),
      ...authLines(options),
      "await auth.start();",
      "",
      ...appLines("auth"),
      "createServer(app).listen(4001);",
    ];
    return [{ kind: "createAuth", title, options, code: code.join("\n") }, ...theirs];
  }
  return [verifier("Each service", verifierOptions(plan)), ...theirs];
}

function verifierOptions({ answers, choices, issuer, followsPartners }: Plan): Options {
  const isHybrid = choices.includes("hybrid");
  const lag = isAtOnce(answers) ? { lagMs: prompt.lagSeconds * 1000 } : {};
  // A page that the server renders cannot renew its token by script: services ask the issuer for the session behind it.
  const asks = isHybrid && answers.clients.includes("web") && isByCookie(answers);
  return {
    issuer,
    ...(isHybrid || followsPartners ? { feed: { serviceKey: serviceKeyPlace, name: "orders", ...lag } } : {}),
    ...(asks ? { sessions: { serviceKey: serviceKeyPlace } } : {}),
  };
}

function verifier(title: string, options: Options): Configuration {
  const hasKey = "feed" in options || "sessions" in options;
  const code = [
    'import { createServer } from "node:http";',
    'import { createVerifier } from "@countersign/verifier";',
    'import { withIdentity } from "@countersign/verifier/node";',
    "",
    ...(hasKey ? variableLines(serviceKeyPlace, " to the key of the service") : []),
    `export const verifier = createVerifier(${printed(options)});`,
    "",
    ...appLines("verifier"),
    "createServer(app).listen(4001);",
  ];
  return { kind: "createVerifier", title, options, code: code.join("\n") };
}

function programHead(fromNode: readonly string[], guards: boolean): readonly string[] {
  return [
    'import { createServer } from "node:http";',
    ...(guards ? ['import { withIdentity } from "@countersign/verifier/node";'] : []),
    'import { createAuth } from "countersign";',
    ...(fromNode.length === 0 ? [] : [`import { ${fromNode.join(", ")} } from "countersign/node";`]),
    'import { openSqliteStore } from "countersign/sqlite";',
    "",
  ];
}

function secretLines(how: string): readonly string[] {
  return variableLines("AUTH_SECRET", how);
}

// Named where it is missing: what the option would say of an empty text does not tell which variable to set.
function variableLines(name: string, how: string): readonly string[] {
  return [
    `const { ${name} } = process.env;`,
    `if (${name} === undefined)`,
    `  throw new Error("Set ${name}${how}");`,
    "",
  ];
}

function authLines(options: Options): readonly string[] {
  const parts = ["secrets: [AUTH_SECRET]", 'store: await openSqliteStore({ path: "auth.db" })'];
  return [`export const auth = createAuth(${printed(options, parts)});`];
}

function appLines(authenticator: "auth" | "verifier"): readonly string[] {
  return [
    `const app = withIdentity(${authenticator}, (_request, response, identity) => {`,
    "  response.end(identity.sub);",
    "});",
  ];
}

function printed(options: Options, more: readonly string[] = []): string {
  const members = [...Object.entries(options).map(([name, value]) => `${name}: ${inline(value)}`), ...more];
  return `{\n${members.map((member) => `  ${member},\n`).join("")}}`;
}

function inline(value: Value): string {
  if (value === serviceKeyPlace) return serviceKeyPlace;
  if (typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  const members = Object.entries(value).map(([name, each]) => `${name}: ${inline(each)}`);
  return `{ ${members.join(", ")} }`;
}

function isList(value: readonly Value[] | Options): value is readonly Value[] {
  return Array.isArray(value);
}

/** `5 s`, `70 s`, `5 min 10 s`. */
function duration(seconds: number): string {
  if (seconds % 60 === 0) return `${seconds / 60} min`;
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
