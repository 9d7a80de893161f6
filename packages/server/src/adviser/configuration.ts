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
  /** The command that makes the service key which a service needs. */
  readonly command: string | undefined;
  /** What services are built with, where the issuer's process is not the only one. */
  readonly services: readonly Configuration[];
}

/** What stands in the place of a service key, until the text is made. */
export const serviceKeyPlace = "COUNTERSIGN_KEY";

/** How an audience signs in that is advised this. */
export function signInFor(audience: Audience, choice: Choice, answers: Answers): SignIn {
  const hasCookies = audience === "browser" && isByCookie(answers);
  return { strategy: strategyOf[choice], transport: hasCookies ? "cookie" : "token" };
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
    issuer: issuerConfigurations(issuerOptions(plan)),
    command: scopes.length === 0 ? undefined : `countersign services add orders --scope ${scopes.join(",")}`,
    services,
  };
}

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
    ...(followsPartners ? { lifetime: "1m" } : {}),
  };
  // With the hybrid among them, the issuer's process judges every token by the log.
  const strategies = [...choices.map((choice) => strategyOf[choice]), ...(followsPartners ? ["hybrid"] : [])];
  const isFollowed = followsPartners || choices.includes("hybrid") || choices.includes("session-feed");
  return {
    issuer,
    strategies: [...new Set(strategies)],
    ...(choices.includes("session-feed") ? { session: { cache: 100_000 } } : {}),
    ...(Object.keys(jwt).length > 0 ? { jwt } : {}),
    ...(answers.revocation === "now" && isFollowed ? { feed: { lag: "2s" } } : {}),
    ...(issuer === "https://auth.example" && isForBrowsers(answers) ? { corsOrigins: ["https://shop.example"] } : {}),
  };
}

function isForBrowsers({ clients }: Answers): boolean {
  return clients.includes("web") || clients.includes("spa");
}

function issuerConfigurations(options: Options): ToPaste["issuer"] {
  return [
    {
      kind: "countersign.json",
      title: "The standalone server: countersign.json",
      options,
      code: JSON.stringify(options, null, 2),
    },
    { kind: "createAuth", title: "Or within a program of your own", options, code: authCode(options) },
  ];
}

function serviceConfigurations(plan: Plan): readonly Configuration[] {
  const { answers, issuer, hasPartners } = plan;
  const theirs = hasPartners ? [verifier("A partner’s service", { issuer })] : [];
  if (answers.services === "one") return theirs;
  if (answers.services === "few" && plan.choices.some((choice) => strategyOf[choice] === "session")) {
    // The issuer's options over the same file; keeping house is the issuer's work.
    const options = { ...issuerOptions(plan), upkeep: false };
    const title = "Each service, over the issuer’s database file";
    return [{ kind: "createAuth", title, options, code: authCode(options) }, ...theirs];
  }
  return [verifier("Each service", verifierOptions(plan)), ...theirs];
}

function verifierOptions({ answers, choices, issuer, followsPartners }: Plan): Options {
  const isHybrid = choices.includes("hybrid");
  const lag = answers.revocation === "now" ? { lagMs: 2000 } : {};
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
    'import { createVerifier } from "@countersign/verifier";',
    "",
    ...(hasKey ? [`const { ${serviceKeyPlace} = "" } = process.env;`, ""] : []),
    `export const verifier = createVerifier(${printed(options)});`,
  ];
  return { kind: "createVerifier", title, options, code: code.join("\n") };
}

function authCode(options: Options): string {
  const parts = ["secrets: [AUTH_SECRET]", 'store: await openSqliteStore({ path: "auth.db" })'];
  return [
    'import { createAuth } from "countersign";',
    'import { openSqliteStore } from "countersign/sqlite";',
    "",
    'const { AUTH_SECRET = "" } = process.env;',
    "",
    `export const auth = createAuth(${printed(options, parts)});`,
    "await auth.start();",
  ].join("\n");
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
