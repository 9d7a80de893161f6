// What the doctor finds: one sentence, how bad it is, and what to do about it. Knows no check.

/** What a finding is about, in the order in which they are told. */
export type About = "configuration" | "secrets" | "store" | "keys" | "feed" | "followers" | "reachability" | "clock";

/** `ok`: as it should be. `warn`: it works, and will bite one day. `error`: it does not work, or is not safe. */
export type Level = "ok" | "warn" | "error";

/** One finding. Never holds a secret. */
export interface Finding {
  readonly about: About;
  readonly level: Level;
  /** One sentence. */
  readonly finding: string;
  /** What to do; absent where nothing is wrong. */
  readonly remedy?: string;
}

/** Makes the findings of one check. */
export interface Findings {
  ok(finding: string): Finding;
  warn(finding: string, remedy: string): Finding;
  error(finding: string, remedy: string): Finding;
}

/** Findings about one thing. */
export function findingsAbout(about: About): Findings {
  return {
    ok: (finding) => ({ about, level: "ok", finding }),
    warn: (finding, remedy) => ({ about, level: "warn", finding, remedy }),
    error: (finding, remedy) => ({ about, level: "error", finding, remedy }),
  };
}
