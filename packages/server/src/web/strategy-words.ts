// What the pages call each strategy, and how they explain it in a line. Knows nothing of how strategies work.

import type { Strategy } from "@countersign/verifier";

/** A strategy as the visitor chooses it. */
export interface StrategyChoice {
  readonly name: Strategy;
  readonly title: string;
  /** One line on what the choice means. */
  readonly hint: string;
}

/** What told who the request came from: a token's signature, or the record of the session. */
export type RecognisedBy = "token" | "record";

interface StrategyWords {
  readonly title: string;
  readonly hint: string;
  /** How a request is recognised. */
  readonly recognised: string;
  /** The same, when a record had to be looked up in its token's stead. */
  readonly withoutToken?: string;
  /** What becomes of it at sign-out. */
  readonly atSignOut: string;
}

/** The words for each strategy. */
export const strategyWords: Readonly<Record<Strategy, StrategyWords>> = {
  session: {
    title: "Session",
    hint: "A secret in a cookie, looked up at each request. Signing out ends it at once.",
    recognised: "By the secret in the cookie: its record was looked up, as at every request.",
    atSignOut: "Dead at once. The next request that carries it is refused.",
  },
  jwt: {
    title: "JWT",
    hint: "A signed token that any service can check by itself. It is renewed every few minutes; a copy may outlast a sign-out by as long.",
    recognised:
      "By its signature, which any service can check with the public key alone. Only to list your devices was the store asked.",
    atSignOut:
      "It cannot be renewed any more. Services that follow the revocations refuse a copy of it at once; others take it until it expires.",
  },
  hybrid: {
    title: "Hybrid",
    hint: "Both at once: a signed token spares the cookie its look-up, and signing out ends it as soon as the services hear of it.",
    recognised:
      "By the pair of cookies: the token’s signature and the revocations heard of, judged here without a look-up. Only to list your devices was the store asked.",
    withoutToken:
      "By the session cookie, whose record was looked up: the token beside it was missing or had run out. A new one comes with this answer, so the next request needs no look-up.",
    atSignOut:
      "Dead here at once, and at every service as soon as it hears: only those that follow the revocations take it at all.",
  },
};

/** These strategies as choices for the sign-in page, in this order. */
export function strategyChoices(names: readonly Strategy[]): readonly StrategyChoice[] {
  return names.map((name) => ({ name, title: strategyWords[name].title, hint: strategyWords[name].hint }));
}
