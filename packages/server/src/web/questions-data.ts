// The questions that visitors ask, and their answers, as data. Figures are named, never written: they are the report's.

import type { Aspect } from "../lab/contract.ts";

/** How an answer ends: in something that can be run or seen. */
export type Ending =
  | { readonly kind: "row"; readonly aspect: Aspect; readonly words: string }
  | { readonly kind: "demonstration"; readonly words: string }
  | { readonly kind: "tool"; readonly tool: "jwt" | "cookie" | "lifetimes" | "size"; readonly words: string }
  | { readonly kind: "adviser"; readonly words: string }
  /** What to type after `countersign`. */
  | { readonly kind: "command"; readonly command: string; readonly words: string };

/** A question with its answer. Words between backquotes are code. */
export interface AskedQuestion {
  /** Names the question in addresses. */
  readonly key: string;
  readonly question: string;
  readonly answer: readonly string[];
  /**
   * What was measured, with the names of figures in braces: `{payload.session}` for a cell, `{lifetime}` for how long access tokens lived. Left out
   * where the report lacks one of them.
   */
  readonly measured?: string;
  readonly endings: readonly [Ending, ...Ending[]];
}

/** The questions, in the order in which they are shown. */
export const askedQuestions: readonly AskedQuestion[] = [
  {
    key: "more-secure",
    question: "Is JWT more secure than sessions?",
    answer: [
      "Neither is more secure by itself. A stolen token cannot be taken back before it expires; sessions suffer CSRF and fixation where nobody guards against them. Both are safe when built with care, and both have often been broken when they were not.",
      "The difference is in how they fail. A session can be ended the moment you notice. A JWT limits the damage by its short life instead, and depends on strict checks of algorithm, key and type.",
    ],
    measured:
      "Stolen, and then signed out by its owner: a session was {theft.session}, a JWT {theft.jwt}, a hybrid {theft.hybrid}. The lab’s tokens live {lifetime} at most.",
    endings: [
      { kind: "row", aspect: "theft", words: "See what a stolen credential is worth" },
      { kind: "tool", tool: "jwt", words: "Take a token of yours through the strict checks" },
    ],
  },
  {
    key: "when-to-use",
    question: "When should I use JWT, and when sessions?",
    answer: [
      "Take sessions for a web application on one host, above all when it is rendered on the server, when a sign-out must hold at once, or when the data is sensitive.",
      "Take JWTs when other sites, mobile apps or partners must be recognised by services that share no store. Where several services must also see a sign-out at once, take the hybrid. Many systems mix them: one for each kind of client.",
    ],
    endings: [{ kind: "adviser", words: "Answer six questions, and get the advice for your own system" }],
  },
  {
    key: "storage",
    question: "Where should a browser keep its tokens?",
    answer: [
      "In a cookie with `HttpOnly`, `Secure` and `SameSite`, which scripts cannot read, and with a check against CSRF. Not in `localStorage`: any script on the page can read it, one bad dependency is enough, and what was read works elsewhere.",
      "A page that calls other sites may hold a short-lived access token in memory, and lose it on reload.",
    ],
    measured: "The attacks by CSRF and fixation that were sent with a session cookie: {csrf-fixation.session}.",
    endings: [
      { kind: "tool", tool: "cookie", words: "Have a cookie of yours judged" },
      { kind: "row", aspect: "csrf-fixation", words: "See which attacks were sent" },
    ],
  },
  {
    key: "revoke-jwt",
    question: "Can a JWT be revoked?",
    answer: [
      "Not by itself: its signature stays good until `exp`. What can be ended at once is its renewal, so that the access token in use is the last one. It lives for the rest of its minutes.",
      "A deny list in a database, asked at each request, works; but then you have a session again, with more bytes. Pushing the list to the services keeps the look-up off the request: that is what the revocation feed does. A service that follows it refuses a revoked token as soon as it hears, and within a stated bound when the network is cut.",
    ],
    measured:
      "From the sign-out until no service accepted it any more. Session: {revocation.session}. JWT: {revocation.jwt}. Hybrid, which follows the feed: {revocation.hybrid}. The lab’s tokens live {lifetime} at most.",
    endings: [
      { kind: "demonstration", words: "Revoke one and watch the others" },
      { kind: "command", command: "compare --rows revocation --quick", words: "Measure it on your machine" },
    ],
  },
  {
    key: "scale",
    question: "Do sessions scale?",
    answer: [
      "Further than most people need. A look-up by key is cheap, in an embedded database above all. What limits you is seldom the rate but the sharing: many services, far apart, all depending on one store being up.",
      "Sessions kept in memory under the revocation feed need no look-up at all, and still end when you say so. Across organisations sessions do not scale: there JWTs are the answer.",
    ],
    measured:
      "Requests that were judged: sessions {scalability.session}; under the feed {scalability.session-feed}; JWTs {scalability.jwt}.",
    endings: [
      { kind: "row", aspect: "scalability", words: "See what one judgement costs as sessions grow in number" },
      { kind: "command", command: "compare --rows scalability,state --quick", words: "Measure it on your machine" },
    ],
  },
  {
    key: "headers",
    question: "Cookies or headers?",
    answer: [
      "That is a question of transport, not of strategy: every credential can travel either way. Cookies suit browsers on one host: the browser keeps them away from scripts, and sends them by itself, which is why they need the check against CSRF. A JWT in a cookie needs it just as much.",
      "The `Authorization` header suits everything else: other sites, apps, programs. Nothing is sent behind your back, and whoever can read the token can take it away. This server takes both; a header, where there is one, counts alone.",
    ],
    measured: "Bytes per request: sessions {payload.session}; JWTs {payload.jwt}; hybrids {payload.hybrid}.",
    endings: [
      { kind: "row", aspect: "cross-domain", words: "See who is recognised where, by cookie and by header" },
      { kind: "tool", tool: "size", words: "Count the bytes for your own claims" },
    ],
  },
  {
    key: "sign-out",
    question: "What does signing out do?",
    answer: [
      "With a session the record ends, and the next request is refused at every server. With a JWT the renewal ends, and the access token lives for the rest of its minutes, except at services that follow the revocation feed. A hybrid is accepted only by those, so its sign-out holds wherever it was good at all.",
      "An application that only forgets its copy has signed nobody out: the credential goes on working for whoever else has it.",
    ],
    measured:
      "After the sign-out was acknowledged: a session {revocation.session}; a JWT {revocation.jwt}, of the {lifetime} at most that tokens live in the lab.",
    endings: [
      { kind: "demonstration", words: "Sign out in one pane, and replay what was stolen in another" },
      { kind: "tool", tool: "lifetimes", words: "Draw how long a theft lasts with your own lifetimes" },
    ],
  },
  {
    key: "refresh",
    question: "What is a refresh token for?",
    answer: [
      "An access token is short-lived so that a stolen one soon melts. The refresh token spares the visitor a new sign-in every few minutes: it goes to the issuer alone, and buys the next access token.",
      "It is the more valuable of the two, so it is replaced at each use. If an older one appears again, two parties hold it, and the sign-in is ended for both.",
    ],
    endings: [{ kind: "tool", tool: "lifetimes", words: "Draw access, refresh and session on one line" }],
  },
  {
    key: "change-later",
    question: "Can I change my mind later?",
    answer: [
      "Here, yes. All strategies stand on the same record of a sign-in, and an application asks one question, who is this?, whichever is in use. You change a line of configuration: new sign-ins follow it, and those who are signed in stay so.",
    ],
    endings: [
      { kind: "adviser", words: "See what another answer would change" },
      { kind: "command", command: "compare --rows state,payload --quick", words: "Measure what the change would cost" },
    ],
  },
];
