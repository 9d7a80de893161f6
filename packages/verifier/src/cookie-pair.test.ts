import { describe, expect, it } from "vitest";
import { type CookieJudges, judgeCookies } from "./cookie-pair.ts";
import type { Identity, Strategy } from "./identity.ts";
import { Unavailable } from "./primitives/errors.ts";
import { type Accepted, type Awaitable, refuse, type Verdict } from "./verdict.ts";

const accepted = (sid: string, strategy: Strategy): Accepted => ({
  ok: true,
  identity: {
    ...{ sub: `sub of ${sid}`, sid, strategy, issuer: "https://auth.example" },
    issuedAt: 0,
    expiresAt: 1,
    claims: {},
  } satisfies Identity,
});

/** Tokens and sessions by their text; a session's sid is its text in capitals. */
const tokens: Record<string, () => Verdict> = {
  "hybrid of a": () => accepted("A", "hybrid"),
  "hybrid of b": () => accepted("B", "hybrid"),
  "lean of b": () => accepted("B", "jwt"),
  expired: () => refuse("token_expired"),
  revoked: () => refuse("token_revoked"),
  forged: () => refuse("token_signature"),
  "without a feed": () => refuse("token_needs_feed"),
  unanswerable: () => {
    throw new Unavailable("feed_unavailable", "The feed cannot answer.");
  },
};
const sessions: Record<string, () => Verdict> = {
  a: () => accepted("A", "hybrid"),
  "session c": () => accepted("C", "session"),
  ended: () => refuse("session_revoked"),
};

type When = "at once" | "later";

function judgesThat(answer: When, knowsSessions: boolean): { judges: CookieJudges; asked: string[] } {
  const asked: string[] = [];
  const tell = <T>(make: () => T): Awaitable<T> => (answer === "at once" ? make() : Promise.resolve().then(make));
  const judges: CookieJudges = {
    token: (text) => tell(tokens[text] ?? (() => refuse("token_malformed"))),
    session: knowsSessions
      ? (text) => {
          asked.push(text);
          return tell(sessions[text] ?? (() => refuse("session_unknown")));
        }
      : undefined,
    sidOf: (session) => tell(() => session.toUpperCase()),
  };
  return { judges, asked };
}

const outcome = async (verdict: Awaitable<Verdict>) => {
  const judged = await verdict;
  return judged.ok ? `${judged.identity.sid} ${judged.identity.strategy}` : judged.code;
};

interface Row {
  readonly it: string;
  readonly session?: string;
  readonly token?: string;
  /** What comes of it where sessions can be looked up, and whether one is. */
  readonly known: string;
  readonly isAsked: boolean;
  /** What comes of it where they cannot. */
  readonly unknown: string;
}

const rows: readonly Row[] = [
  { it: "nothing at all", known: "credential_missing", isAsked: false, unknown: "credential_missing" },
  { it: "a pair", session: "a", token: "hybrid of a", known: "A hybrid", isAsked: false, unknown: "A hybrid" },
  { it: "a session", session: "session c", known: "C session", isAsked: true, unknown: "session_unsupported" },
  {
    it: "a session that ended",
    session: "ended",
    known: "session_revoked",
    isAsked: true,
    unknown: "session_unsupported",
  },
  {
    it: "a hybrid token alone",
    token: "hybrid of a",
    known: "token_without_session",
    isAsked: false,
    unknown: "token_without_session",
  },
  { it: "a lean token alone", token: "lean of b", known: "B jwt", isAsked: false, unknown: "B jwt" },
  { it: "an expired token alone", token: "expired", known: "token_expired", isAsked: false, unknown: "token_expired" },
  {
    it: "another's hybrid token beside a session",
    session: "a",
    token: "hybrid of b",
    known: "A hybrid",
    isAsked: true,
    unknown: "token_of_other_session",
  },
  {
    it: "another's hybrid token beside a session that ended",
    session: "ended",
    token: "hybrid of b",
    known: "session_revoked",
    isAsked: true,
    unknown: "token_of_other_session",
  },
  {
    it: "a lean token beside a session",
    session: "session c",
    token: "lean of b",
    known: "C session",
    isAsked: true,
    unknown: "token_of_other_session",
  },
  {
    it: "a lean token beside a session that ended",
    session: "ended",
    token: "lean of b",
    known: "session_revoked",
    isAsked: true,
    unknown: "token_of_other_session",
  },
  {
    it: "an expired token beside a session",
    session: "a",
    token: "expired",
    known: "A hybrid",
    isAsked: true,
    unknown: "token_expired",
  },
  {
    it: "a revoked token beside a session",
    session: "a",
    token: "revoked",
    known: "A hybrid",
    isAsked: true,
    unknown: "token_revoked",
  },
  {
    it: "a forged token beside a session",
    session: "a",
    token: "forged",
    known: "A hybrid",
    isAsked: true,
    unknown: "token_signature",
  },
  {
    it: "a token that needs a feed beside a session",
    session: "a",
    token: "without a feed",
    known: "A hybrid",
    isAsked: true,
    unknown: "token_needs_feed",
  },
];

describe.each(["at once", "later"] as const)("cookies judged %s", (answer) => {
  it.each(rows)("$it", async ({ session, token, known, isAsked, unknown }) => {
    const [able, unable] = [judgesThat(answer, true), judgesThat(answer, false)];
    expect(await outcome(judgeCookies({ session, token }, able.judges))).toBe(known);
    expect(able.asked).toEqual(isAsked ? [session] : []);
    expect(await outcome(judgeCookies({ session, token }, unable.judges))).toBe(unknown);
  });

  it("a token of which nobody can say anything is no reason to refuse the session beside it, where that can be looked up", async () => {
    const { judges } = judgesThat(answer, true);
    expect(await outcome(judgeCookies({ session: "a", token: "unanswerable" }, judges))).toBe("A hybrid");
    expect(await outcome(judgeCookies({ session: "ended", token: "unanswerable" }, judges))).toBe("session_revoked");
  });

  it.each([
    ["where sessions cannot be looked up", "a", false],
    ["where there is no session", undefined, true],
  ])("a token of which nobody can say anything is no refusal either: %s", async (_name, session, knowsSessions) => {
    const { judges } = judgesThat(answer, knowsSessions);
    const judging = async () => judgeCookies({ session, token: "unanswerable" }, judges);
    await expect(judging()).rejects.toMatchObject({ code: "feed_unavailable" });
  });

  it("a store that cannot answer for the session is not taken for a refusal, nor the token beside it for an answer", async () => {
    const { judges } = judgesThat(answer, true);
    const down = () => Promise.reject(new Unavailable("store_unavailable", "The store is down."));
    const judging = async () => judgeCookies({ session: "a", token: "lean of b" }, { ...judges, session: down });
    await expect(judging()).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

it("a pair that is judged at once makes no promise", () => {
  const { judges } = judgesThat("at once", true);
  for (const cookies of [
    { session: "a", token: "hybrid of a" },
    { session: "a", token: "hybrid of b" },
    { session: "session c", token: undefined },
    { session: undefined, token: "lean of b" },
  ]) {
    expect(judgeCookies(cookies, judges)).not.toBeInstanceOf(Promise);
  }
});
