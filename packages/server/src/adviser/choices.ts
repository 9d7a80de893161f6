// What can be advised, and for whom, with their names. Knows no rule.

import type { Column } from "../lab/contract.ts";
import type { Answers, Client } from "./questions.ts";

/** Who is advised: clients that take the same advice. */
export type Audience = "browser" | "mobile" | "own" | "partners";

/** Every audience, in the order of the advice. */
export const allAudiences: readonly Audience[] = ["browser", "mobile", "own", "partners"];

/** Which clients an audience stands for. */
export const audienceClients: Readonly<Record<Audience, readonly Client[]>> = {
  browser: ["web", "spa"],
  mobile: ["mobile"],
  own: ["own"],
  partners: ["partners"],
};

/** What audiences are called. */
export const audienceNames: Readonly<Record<Audience, string>> = {
  browser: "Browsers",
  mobile: "Mobile and desktop apps",
  own: "Your own programs and services",
  partners: "Partners’ programs",
};

/** What is advised: a column of the comparison. */
export type Choice = Column;

/** The strategy that a sign-in names for each choice. */
export const strategyOf = {
  session: "session",
  "session-feed": "session",
  jwt: "jwt",
  "jwt-alone": "jwt",
  hybrid: "hybrid",
} as const satisfies Readonly<Record<Choice, "session" | "jwt" | "hybrid">>;

/**
 * Whether browsers sign in by cookie: wherever cookies reach, and where pages are rendered without scripts that call other sites, since pages are asked
 * for by nothing else.
 */
export function isByCookie({ clients, sites }: Answers): boolean {
  return sites !== "sites" || (clients.includes("web") && !clients.includes("spa"));
}
