// The comparison of sessions and JWTs as data: every word of the front page's argument. It does not know how it is shown.

/** One of the two systems that are compared. */
export type Side = "session" | "jwt";

/** Who does better in one row. A tie is a tie. */
export type Winner = Side | "tie";

/** A figure that somebody measured, with the conditions that make it repeatable. */
export interface Measurement {
  /** The figure with its unit, as it is shown: `43 B`, `2.1 ms`. */
  readonly figure: string;
  /** What was measured, where and how, in one sentence. */
  readonly conditions: string;
}

/** One cell of the table: words, and the figure once it is measured. */
export interface Cell {
  readonly text: string;
  readonly measured?: Measurement;
}

/** One row of the table. */
export interface ComparisonRow {
  /** Names the row in addresses: `#row-revocation`. */
  readonly key: string;
  readonly aspect: string;
  /** The aspect as the question behind it. */
  readonly question: string;
  readonly session: Cell;
  readonly jwt: Cell;
  readonly winner: Winner;
  /** Why, in a few words. */
  readonly why: string;
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
}

/** One step of how a system works. */
export interface Step {
  readonly title: string;
  readonly text: string;
}

/** When to choose one, the other or both. */
export interface Advice {
  readonly choice: Side | "both";
  readonly title: string;
  readonly when: readonly string[];
  readonly note: string;
}

/** A common mistake and what to do in its place. */
export interface Mistake {
  readonly mistake: string;
  readonly instead: string;
}

/** A question that visitors ask, answered in paragraphs. */
export interface Question {
  /** Names the question in addresses. */
  readonly key: string;
  readonly question: string;
  readonly answer: readonly string[];
}

/** Everything that the front page says. Words between backquotes are shown as code. */
export interface Comparison {
  readonly answer: readonly string[];
  readonly systems: readonly [System, System];
  readonly rows: readonly ComparisonRow[];
  readonly verdict: { readonly title: string; readonly text: string; readonly advice: readonly Advice[] };
  readonly mistakes: readonly Mistake[];
  readonly questions: readonly Question[];
}

/** How many rows each side wins. */
export function tally(rows: readonly ComparisonRow[]): Readonly<Record<Winner, number>> {
  const counts = { session: 0, jwt: 0, tie: 0 };
  for (const row of rows) counts[row.winner] += 1;
  return counts;
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
      text: "A cookie belongs to one site. Other domains, apps and services do not get it.",
      here: "Clients without cookies can send the same session token as a Bearer token.",
    },
    {
      text: "The browser attaches cookies by itself, so other sites can try to act in the visitor’s name (CSRF).",
      here: "Every unsafe request with a cookie is checked by Fetch Metadata, else by Origin. Nothing to wire.",
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
};

const jwtSystem: System = {
  side: "jwt",
  title: "JWT authentication",
  short: "A statement that any service can check",
  what: "At sign-in the issuer writes down who signed in and for how long, and signs it: a JSON Web Token. The client sends it along. Any service that has the issuer’s public key can check the signature and knows who is asking, without a store and without asking the issuer.",
  steps: [
    { title: "Sign in", text: "The issuer checks the password and signs a token: who, from whom, until when." },
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
    "It works anywhere: other domains, mobile apps, partners’ servers, functions at the edge.",
    "It carries claims, so a service knows what it needs without asking.",
    "In a header it is sent by your code, not by the browser, so there is nothing for CSRF to use.",
    "It is a standard (RFC 7519). Libraries and gateways of every language check it.",
  ],
  weaknesses: [
    {
      text: "It stays valid until it expires, whatever happened since.",
      here: "Tokens live five minutes at most, and cannot be renewed after sign-out. Services that follow the revocation feed refuse them at once.",
    },
    {
      text: "Its claims are a snapshot. A role taken away is still in the token.",
      here: "The next token, minutes later, has the new claims. What must be fresh belongs on the server.",
    },
    {
      text: "It is several times larger than a session id and grows with each claim.",
      here: "At most 320 bytes without extra claims. Passing the byte budget is an error, never a silent surprise.",
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
};

const rows: readonly ComparisonRow[] = [
  {
    key: "state",
    aspect: "State",
    question: "What must the server remember?",
    session: { text: "A row per sign-in, read at every request." },
    jwt: { text: "Nothing to check a token; one row per sign-in if it can be refreshed, read only at renewal." },
    winner: "jwt",
    why: "No store on the path of a request",
  },
  {
    key: "revocation",
    aspect: "Revocation",
    question: "How soon does sign-out hold?",
    session: { text: "At once. The next request is refused." },
    jwt: {
      text: "The token stays valid until it expires: here after 5 minutes at most, elsewhere often hours. It takes a feed of revocations to end it sooner.",
    },
    winner: "session",
    why: "Ended means ended",
  },
  {
    key: "scalability",
    aspect: "Scalability",
    question: "What grows with the traffic?",
    session: { text: "The store: every server asks it at every request." },
    jwt: { text: "Only the services themselves: each checks tokens alone." },
    winner: "jwt",
    why: "Nothing shared to saturate",
  },
  {
    key: "payload",
    aspect: "Payload size",
    question: "What does each request carry?",
    session: { text: "43 bytes of cookie, however much the server knows." },
    jwt: { text: "Up to 320 bytes here, several hundred elsewhere, and more with each claim." },
    winner: "session",
    why: "A fraction of the bytes, and constant",
  },
  {
    key: "cross-domain",
    aspect: "Cross-domain",
    question: "Does it work on other sites?",
    session: { text: "The cookie goes to the one host that set it." },
    jwt: { text: "Any service on any domain can check it." },
    winner: "jwt",
    why: "A header goes anywhere",
  },
  {
    key: "theft",
    aspect: "Theft",
    question: "What is a stolen one worth?",
    session: { text: "Works until somebody ends the session or it runs out." },
    jwt: { text: "Works until it expires; a stolen refresh token works until its reuse is noticed." },
    winner: "tie",
    why: "Both are keys to the door; one can be taken back, the other soon melts",
  },
  {
    key: "csrf",
    aspect: "CSRF and fixation",
    question: "Can another site act for the visitor?",
    session: { text: "Both attacks exist and must be handled; here they are, by default." },
    jwt: { text: "Neither exists for tokens in a header. In a cookie, CSRF is back." },
    winner: "jwt",
    why: "Nothing is sent behind your back",
  },
  {
    key: "lifetime",
    aspect: "Lifetime",
    question: "Who decides how long?",
    session: { text: "The server, at any moment: extend, shorten, end." },
    jwt: { text: "Fixed in the token when it is signed." },
    winner: "session",
    why: "You may change your mind",
  },
  {
    key: "freshness",
    aspect: "Freshness",
    question: "When does a changed role show?",
    session: { text: "At the next request: the record is read each time." },
    jwt: { text: "With the next token." },
    winner: "session",
    why: "Read now, not remembered",
  },
  {
    key: "clients",
    aspect: "Apps and APIs",
    question: "Which clients does it suit?",
    session: {
      text: "Made for browsers. Other clients must keep an opaque token, and services must ask for its meaning.",
    },
    jwt: { text: "Phones, partners, gateways and functions: standard, in every language." },
    winner: "jwt",
    why: "Every platform has a library for it",
  },
  {
    key: "complexity",
    aspect: "Complexity",
    question: "How much can go wrong?",
    session: { text: "An id, a store, a cookie with the right flags." },
    jwt: { text: "Keys and their rotation, algorithms, types, audiences, clocks, refresh." },
    winner: "session",
    why: "Fewer parts",
  },
];

const questions: readonly Question[] = [
  {
    key: "more-secure",
    question: "Is JWT more secure than sessions?",
    answer: [
      "Neither is more secure by itself. Tokens get stolen and cannot be taken back before they expire; sessions suffer CSRF and fixation when nobody guards against them. Both are safe when they are built with care, and both have been broken often when they were not.",
      "The difference is in how they fail. A session can be ended the moment you notice. A JWT limits the damage by its short life instead, and depends on strict checks of algorithm, key and type.",
    ],
  },
  {
    key: "when-to-use",
    question: "When should I use JWT, and when sessions?",
    answer: [
      "Take sessions for a web application on one domain, above all when it is rendered on the server, when sign-out must hold at once, or when the data is sensitive.",
      "Take JWTs when several services, other domains, mobile apps or partners must recognise the same person without sharing a store. Many systems want both: sessions for the browser, JWTs for the API, or the hybrid of the two.",
    ],
  },
  {
    key: "revoke-jwt",
    question: "Can a JWT be revoked?",
    answer: [
      "Not by itself. Its signature stays good until `exp`. What can be revoked at once is the refresh token, so that the access token in use is the last one: here it runs out within five minutes.",
      "Checking a deny list in a database at each request works, but then you have a session again, with more bytes. Pushing the list to the services instead keeps the look-up off the request: that is what Countersign’s revocation feed does. A service that follows it refuses a revoked JWT within milliseconds, and within a stated bound when the network is cut.",
    ],
  },
  {
    key: "storage",
    question: "Where should a browser keep its tokens?",
    answer: [
      "In a cookie with `HttpOnly`, `Secure` and `SameSite`, which scripts cannot read, and with a check against CSRF. Not in `localStorage`: any script on the page can read it, one bad dependency is enough, and what was read works elsewhere.",
      "A page that calls other domains may hold a short-lived access token in memory, and lose it on reload. The refresh token stays in a cookie that is sent to one path only.",
    ],
  },
  {
    key: "scale",
    question: "Do sessions scale?",
    answer: [
      "Further than most people need. A look-up by key takes microseconds in an embedded database and well under a millisecond in a shared one. What limits you is seldom the rate but the sharing: many services, far apart, all depending on one store being up.",
      "Sessions do not scale across organisations at all. There JWTs are the answer.",
    ],
  },
  {
    key: "csrf",
    question: "What about CSRF?",
    answer: [
      "It concerns cookies, whatever is in them: a JWT in a cookie is exposed just like a session id. It does not concern an `Authorization` header, because a browser never adds that by itself.",
      "`SameSite=Lax` helps and is not enough. Browsers now say where a request comes from (`Sec-Fetch-Site`): this server refuses unsafe requests that come from anywhere else, also at sign-in.",
    ],
  },
  {
    key: "refresh",
    question: "What is a refresh token for?",
    answer: [
      "An access token is short-lived so that a stolen one soon melts. The refresh token spares the visitor from signing in every five minutes: it goes to the issuer alone, and buys the next access token.",
      "It is the more valuable of the two, so it is replaced at each use. If an older one appears again, two parties hold it, and the sign-in is ended for both.",
    ],
  },
  {
    key: "sign-out",
    question: "What does signing out do?",
    answer: [
      "With a session, the record ends and the next request is refused, on every server. With a JWT, the refresh token dies at once and the access token lives for the rest of its minutes, but for the services that follow the revocation feed: they refuse it too. An application that only forgets its copy has not signed anyone out.",
    ],
  },
  {
    key: "headers",
    question: "Cookies or headers?",
    answer: [
      "That is a question of transport, not of strategy: both kinds of credential can travel either way. Cookies suit browsers on one site. The `Authorization` header suits everything else. This server takes both, and a header, when present, counts alone.",
    ],
  },
  {
    key: "change-later",
    question: "Can I change my mind later?",
    answer: [
      "Here, yes. All strategies stand on the same record of a sign-in, and an application asks one question, who is this?, whichever is in use. You change a line of configuration: new sign-ins follow it, and those who are signed in stay so.",
    ],
  },
];

/** The comparison as the project ships it. */
export const comparison: Comparison = {
  answer: [
    "A session is a secret that the server looks up. A JWT is a signed statement that any service can check.",
    "Sessions end the moment you say so. JWTs need no look-up. Neither is better everywhere: it depends on your architecture.",
  ],
  systems: [sessionSystem, jwtSystem],
  rows,
  verdict: {
    title: "It depends on your architecture",
    text: "The table has no champion, because the two answer different questions. Ask who your clients are, how many services must recognise them, and how soon a sign-out must hold.",
    advice: [
      {
        choice: "session",
        title: "Choose sessions when",
        when: [
          "your application is rendered on the server",
          "browser and server share one domain",
          "sign-out and lock-out must hold at once",
          "the data is sensitive or regulated: health, money, administration",
          "you want to see and end each device",
          "the team is small and wants few parts",
        ],
        note: "For most web applications this is the answer.",
      },
      {
        choice: "jwt",
        title: "Choose JWTs when",
        when: [
          "several services must recognise the same person",
          "your clients are mobile apps, scripts or partners",
          "an API is called from other domains",
          "code runs serverless or at the edge, far from any store",
          "requests must be recognised while the issuer is down",
          "minutes until a sign-out holds are acceptable",
        ],
        note: "Keep them short-lived, and keep what they carry small.",
      },
      {
        choice: "both",
        title: "Take both when",
        when: [
          "browsers and an API share the same accounts",
          "a web application has services behind it",
          "you need the reach of JWTs and the sign-out of sessions",
        ],
        note: "Countersign issues both from one record of the sign-in, so you pick per client. Or take the hybrid: a signed token beside the session, checked without a look-up, and ended within milliseconds wherever the revocation feed is followed.",
      },
    ],
  },
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
  questions,
};
