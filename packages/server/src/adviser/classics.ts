// The verdict for those who have answered nothing yet: when sessions, when JWTs, when both. Data; knows no page.

/** One of the three recommendations. */
export interface Classic {
  readonly strategy: "session" | "jwt" | "hybrid";
  readonly title: string;
  readonly when: readonly string[];
  readonly note: string;
}

/** The three recommendations. */
export const classics: readonly Classic[] = [
  {
    strategy: "session",
    title: "Choose sessions when",
    when: [
      "your application is rendered on the server",
      "browser and server share one host",
      "sign-out and lock-out must hold at once",
      "the data is sensitive or regulated: health, money, administration",
      "you want to see and end each device",
      "the team is small and wants few parts",
    ],
    note: "For most web applications this is the answer.",
  },
  {
    strategy: "jwt",
    title: "Choose JWTs when",
    when: [
      "several services must recognise the same person",
      "your clients are mobile apps, programs or partners",
      "an API is called from other sites",
      "code runs far from any store",
      "requests must be recognised while the issuer is down",
      "minutes until a sign-out holds are acceptable",
    ],
    note: "Keep them short-lived, and keep what they carry small.",
  },
  {
    strategy: "hybrid",
    title: "Take the hybrid when",
    when: [
      "several services are to see a sign-out at once",
      "a web application has services behind it that cannot reach the store",
      "you need the reach of JWTs to services you run, and the sign-out of sessions",
    ],
    note: "A signed token beside the session, checked without a look-up, and ended wherever the revocation feed, the issuer’s news of what was ended, is followed. Or issue both from one record of the sign-in, and pick for each kind of client.",
  },
];
