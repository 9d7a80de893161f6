// The words of the comparison as data: how each system works, and what the rows of the table ask. Knows no figure and no winner.

import type { Aspect } from "../lab/contract.ts";
import { paths } from "./paths.ts";

/** One of the systems that are compared. */
export type Side = "jwt" | "session" | "hybrid";

/** What the words beside one row of the table say: never who wins, which its figures do. */
export interface RowWords {
  /** The aspect as the question behind it. */
  readonly question: string;
  /** Where the figures come from: how each system works. */
  readonly why: string;
}

/** What no lab can measure, and is worth weighing all the same. */
export interface Unmeasured {
  readonly aspect: string;
  readonly session: string;
  readonly jwt: string;
  readonly hybrid: string;
}

/** A weakness, and what this server does about it. */
export interface Weakness {
  readonly text: string;
  readonly here: string;
}

/** One system: what it is, how it works, what it is good and bad at. */
export interface System {
  readonly side: Side;
  readonly title: string;
  readonly short: string;
  readonly what: string;
  /** How it works, in four steps; the drawing's numbers name them. */
  readonly steps: readonly [Step, Step, Step, Step];
  readonly strengths: readonly string[];
  readonly weaknesses: readonly Weakness[];
  readonly tryIt: TryIt;
}

/** Where a system can be tried, and what is to be seen there. */
export interface TryIt {
  readonly href: string;
  readonly text: string;
}

/** One step of how a system works. */
export interface Step {
  readonly title: string;
  readonly text: string;
}

/** A common mistake and what to do in its place. */
export interface Mistake {
  readonly mistake: string;
  readonly instead: string;
}

/** Everything that the front page says. Words between backquotes are shown as code. */
export interface Comparison {
  readonly answer: readonly string[];
  readonly systems: readonly [System, System, System];
  readonly rows: Readonly<Record<Aspect, RowWords>>;
  readonly unmeasured: readonly Unmeasured[];
  readonly mistakes: readonly Mistake[];
}

const sessionSystem: System = {
  side: "session",
  title: "Session authentication",
  short: "A secret that the server looks up",
  what: "At sign-in the server writes a record of who signed in and keeps it. The browser gets only a long random id for that record, in a cookie. At each request the server looks the id up: what the record says is what holds.",
  steps: [
    { title: "Sign in", text: "The server checks the password and writes a record: who, since when, until when." },
    { title: "Keep", text: "The browser stores a random id in a cookie. By itself it means nothing." },
    { title: "Use", text: "Each request carries the cookie, and the server looks the record up in its store." },
    { title: "Sign out", text: "The server ends the record. The very next request finds nothing and is refused." },
  ],
  strengths: [
    "It ends at once. Sign-out, a changed password or a lost laptop takes effect at the next request.",
    "The server controls the lifetime. It can extend, shorten or end any session after it was given out.",
    "What is known about the visitor stays on the server: private, always fresh, as large as you need.",
    "The credential is tiny, and says nothing to whoever finds it.",
    "Every device is visible: you can list them, limit them, and end just one.",
    "Few moving parts: no keys to rotate, nothing to refresh.",
  ],
  weaknesses: [
    {
      text: "Every request needs the store. All servers must share it, and it must be up and fast.",
      here: "One read by key from an embedded database; the time of last use is written rarely, never on each request.",
    },
    {
      text: "A cookie belongs to the host that set it. Other hosts, apps and services do not get it.",
      here: "Clients without cookies can send the same session token as a Bearer token.",
    },
    {
      text: "The browser attaches cookies by itself, so other sites can try to act in the visitor’s name (CSRF).",
      here: "Every unsafe request with a cookie is checked by the headers in which browsers say whose page is asking (Fetch Metadata), else by Origin. Nothing to wire.",
    },
    {
      text: "An attacker may plant an id before sign-in and share the session afterwards (fixation).",
      here: "A new id at sign-in and at every change of privilege. An id the server does not know is never adopted.",
    },
    {
      text: "Whoever steals the id is the visitor until the session ends.",
      here: "The cookie is out of reach of scripts, only its hash is stored, and each device can be signed out from a list.",
    },
    {
      text: "If the store is lost, everybody is signed out.",
      here: "What the server has acknowledged is on disk, and survives a crash at any instant.",
    },
  ],
  tryIt: { href: `${paths.tryIt}#cookie`, text: "Have a cookie of yours judged." },
};

const jwtSystem: System = {
  side: "jwt",
  title: "JWT authentication",
  short: "A statement that any service can check",
  what: "At sign-in the issuer, the server that checks the password, writes down who signed in and for how long, and signs it: a JSON Web Token. The client sends it along. Any service that has the issuer’s public key can check the signature and knows who is asking, without a store and without asking the issuer.",
  steps: [
    {
      title: "Sign in",
      text: "The issuer checks the password and signs a token with its claims: who, from whom, until when.",
    },
    { title: "Keep", text: "The client holds the token and sends it in the `Authorization` header." },
    { title: "Use", text: "Each service checks the signature with the public key. No look-up, no call to the issuer." },
    {
      title: "Renew, sign out",
      text: "The token runs out in minutes and is renewed. After sign-out no new one is made; the last one runs to its end.",
    },
  ],
  strengths: [
    "No look-up. Checking a signature needs a public key and a clock, even while the issuer is down.",
    "It scales by adding processes. There is no shared store on the path of a request.",
    "It works anywhere: other hosts, mobile apps, partners’ servers, functions at the edge.",
    "It carries claims, statements about the visitor, so a service knows what it needs without asking.",
    "In a header it is sent by your code, not by the browser, so there is nothing for CSRF to use.",
    "It is a standard (RFC 7519). Libraries and gateways of every language check it.",
  ],
  weaknesses: [
    {
      text: "It stays valid until it expires, whatever happened since.",
      here: "By default tokens live for minutes, and none is renewed after sign-out. The issuer also tells what has ended, by the revocation feed: services that follow it refuse such tokens as soon as they hear.",
    },
    {
      text: "Its claims are a snapshot. A role taken away is still in the token.",
      here: "The next token, minutes later, has the new claims. What must be fresh belongs on the server.",
    },
    {
      text: "It is larger than a session id, and grows with each claim.",
      here: "Identifiers only, within a budget of bytes. Passing it is an error, never a silent surprise.",
    },
    {
      text: "It is signed, not encrypted. Anyone who holds it can read it.",
      here: "Identifiers only, unless your application adds claims on purpose. Never a name or an address by default.",
    },
    {
      text: "There is much to get wrong: algorithms, keys, types, audiences.",
      here: "A strict gate stands before the signature: one algorithm per key, one type per purpose, staged key rotation.",
    },
    {
      text: "Staying signed in takes a refresh token, which is a stored secret again.",
      here: "It is replaced at every use. If an old one comes back, that is theft, and the whole sign-in ends.",
    },
  ],
  tryIt: { href: `${paths.tryIt}#jwt`, text: "Take a token apart, check it, make one." },
};

const hybridSystem: System = {
  side: "hybrid",
  title: "Hybrid",
  short: "A signed token that caches the session",
  what: "At sign-in the server writes a record, as for a session, and signs a short-lived token that names it. Services check the token without a look-up, and follow a feed of revocations, the issuer’s news of what has ended: when the record ends, they hear of it and refuse the token.",
  steps: [
    { title: "Sign in", text: "The server checks the password, writes a record, and signs a token that names it." },
    {
      title: "Keep",
      text: "The browser holds two cookies: the session’s secret and the token. A program holds the token.",
    },
    { title: "Use", text: "Each service checks the signature, and its own copy of the revocations. No look-up." },
    {
      title: "Sign out",
      text: "The record ends, and the feed tells every service. The token is renewed with an ordinary request, while the session lives.",
    },
  ],
  strengths: [
    "No look-up on the path of a request, and a sign-out that reaches every service as fast as a message.",
    "One record per sign-in: devices can be listed and ended one by one, as with sessions.",
    "A browser gets its next token with an ordinary request. There is no refresh token to keep in a page.",
    "When the feed is cut, a stated bound says how long a service may go on. Past it, it refuses to guess.",
    "You may begin with sessions and turn to the hybrid later. Whoever is signed in stays so.",
  ],
  weaknesses: [
    {
      text: "A browser sends two cookies: more bytes than either system alone.",
      here: "In cookies, tokens hold identifiers only, so claims do not make them grow. The table below says what they come to.",
    },
    {
      text: "A service must follow the feed. One that knows only the public key cannot promise a prompt sign-out.",
      here: "Such a service refuses these tokens and says why, instead of accepting what may be revoked.",
    },
    {
      text: "More parts than either: a store, keys, a feed, and its delay.",
      here: "One process does it all at first, without a broker. The feed is two routes of the issuer.",
    },
    {
      text: "When the issuer is out of reach for longer than the allowed delay, requests are not accepted.",
      here: "They are answered as unavailable, never accepted blindly. How much delay is allowed is a setting.",
    },
    {
      text: "Cookies bring CSRF and fixation along, as with sessions.",
      here: "The same checks, by default: other sites’ requests are refused, and ids change at sign-in.",
    },
  ],
  tryIt: { href: "#demonstration", text: "See one revoked, and where it ends." },
};

const rows: Readonly<Record<Aspect, RowWords>> = {
  state: {
    question: "What must the server remember?",
    why: "A session is looked up at each request. A token’s signature is checked without a store, which is asked at sign-in and renewal. Under the revocation feed, the issuer’s news of what has ended, a service keeps what it looked up until it hears of its end.",
  },
  revocation: {
    question: "How soon does sign-out hold?",
    why: "An ended record is seen at the next look-up. A signature stays good until the token expires, unless the service hears of the end: that is what the feed is for, the issuer’s news of what has ended, and it takes the time of a message.",
  },
  scalability: {
    question: "What grows with the traffic?",
    why: "Whatever is asked at each request must keep up with all services together. Whoever judges by an own copy, or by a key, asks nobody.",
  },
  payload: {
    question: "What does each request carry?",
    why: "A session’s secret says nothing, so it can be short. A token carries who, from whom, until when, and a signature. A hybrid browser sends both.",
  },
  "cross-domain": {
    question: "Does it work on other sites?",
    why: "A browser sends a cookie only to the host that set it. A token in a header goes wherever the page sends it; what the other site must know to recognise it is the difference.",
  },
  theft: {
    question: "What is a stolen one worth?",
    why: "A copy works until its end is noticed: at the look-up, by the feed, or when the token expires.",
  },
  "csrf-fixation": {
    question: "Can another site act for the visitor?",
    why: "Browsers attach cookies by themselves, whatever is in them. What a script puts into a header is attached by nobody else.",
  },
};

const unmeasured: readonly Unmeasured[] = [
  {
    aspect: "Lifetime",
    session: "The server decides, at any moment: extend, shorten, end.",
    jwt: "Fixed when it is signed. The next token may be different.",
    hybrid: "The session’s. The token in between is short-lived.",
  },
  {
    aspect: "Freshness of claims",
    session: "Read at each request.",
    jwt: "As of the last token.",
    hybrid: "As of the last token, as with JWTs.",
  },
  {
    aspect: "Libraries and gateways",
    session: "Made for browsers. Other services must ask what an id means.",
    jwt: "A standard (RFC 7519), known to gateways and to every language.",
    hybrid: "Any library checks the signature. Prompt revocation takes a verifier that follows the feed.",
  },
  {
    aspect: "Parts to run",
    session: "A store, and a cookie with the right flags.",
    jwt: "Keys and their rotation, strict checks, clocks, renewal.",
    hybrid: "Both, and the feed between them.",
  },
];

/** The comparison as the project ships it. */
export const comparison: Comparison = {
  answer: [
    "A session is a secret that the server looks up. A JWT is a signed statement that any service can check.",
    "Sessions end the moment you say so. JWTs need no look-up. Neither is better everywhere: it depends on your architecture.",
  ],
  systems: [jwtSystem, sessionSystem, hybridSystem],
  rows,
  unmeasured,
  mistakes: [
    {
      mistake: "Tokens in `localStorage`",
      instead: "An `HttpOnly` cookie, or memory. What a script can read, a hostile script can send away.",
    },
    {
      mistake: "JWTs that live for days",
      instead: "Minutes, and a refresh token that is replaced at each use.",
    },
    {
      mistake: "Signing out only in the client",
      instead: "Tell the server. A forgotten copy is not an ended one.",
    },
    {
      mistake: "Letting the token choose its algorithm",
      instead: "A fixed list, and one algorithm per key. `none` is not on it.",
    },
    {
      mistake: "Keeping the session id through sign-in",
      instead: "A new id at sign-in and at each change of privilege; the old one dies.",
    },
    {
      mistake: "Personal data in claims",
      instead: "Identifiers. A JWT is signed, not secret: its content is one decoding away.",
    },
    {
      mistake: "JWTs “for scale” on one server",
      instead: "A session. You would pay for a reach that you do not use, and give up instant sign-out.",
    },
    {
      mistake: "No CSRF check because “it is a JWT”",
      instead: "If it travels in a cookie, it needs one.",
    },
  ],
};
