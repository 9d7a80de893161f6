// What the pages call each strategy, and how they explain it in a line. Knows nothing of how strategies work.

import type { Strategy } from "@countersign/verifier";

/** A strategy as the visitor chooses it. */
export interface StrategyChoice {
  readonly name: Strategy;
  readonly title: string;
  /** One line on what the choice means. */
  readonly hint: string;
}

interface StrategyWords {
  readonly title: string;
  readonly hint: string;
  /** How a server recognises it. */
  readonly recognised: string;
  /** What becomes of it at sign-out. */
  readonly atSignOut: string;
}

/** The words for each strategy. */
export const strategyWords: Readonly<Record<Strategy, StrategyWords>> = {
  session: {
    title: "Session",
    hint: "A secret in a cookie, looked up at each request. Signing out ends it at once.",
    recognised: "The server looks it up in its store at every request.",
    atSignOut: "Dead at once. The next request that carries it is refused.",
  },
  jwt: {
    title: "JWT",
    hint: "A signed token that any service can check by itself. It is renewed every few minutes.",
    recognised: "Any service checks its signature with the public key. Nothing is looked up.",
    atSignOut: "It cannot be renewed any more, but a copy of it stays valid until it expires.",
  },
  hybrid: {
    title: "Hybrid",
    hint: "A session cookie, with a short-lived signed token beside it as its cache.",
    recognised: "By its signature, and by the revocations that the service has heard of.",
    atSignOut: "Dead at every service that follows the revocations.",
  },
};

/** These strategies as choices for the sign-in page, in this order. */
export function strategyChoices(names: readonly Strategy[]): readonly StrategyChoice[] {
  return names.map((name) => ({ name, title: strategyWords[name].title, hint: strategyWords[name].hint }));
}
