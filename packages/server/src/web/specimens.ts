// Two credentials of one visitor, invented, in the real formats: what the front page shows. They open nothing.

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const signature = "A specimen of a signature, for show only: it opens nothing.".padEnd(64, "-");

/** A session cookie: name and value. */
export const specimenCookie = { name: "__Host-Http-sid", value: "q0Vd3xKfT8nWm2RzLJ7yB5hEaGU" } as const;

/** An access token of the lean profile, taken apart. */
export const specimenToken = {
  header: { alg: "ES256", typ: "lean+jwt", kid: "demo" },
  claims: {
    iss: "https://auth.example.com",
    sub: "specimen-subject",
    sid: "specimen-session",
    iat: 1_795_600_000,
    exp: 1_795_600_300,
  },
} as const;

/** The three parts of the token as they travel. */
export const specimenParts = {
  header: encode(specimenToken.header),
  claims: encode(specimenToken.claims),
  signature: Buffer.from(signature).toString("base64url"),
} as const;

/** Bytes on the wire: the cookie with its name; the token. */
export const specimenBytes = {
  cookie: `${specimenCookie.name}=${specimenCookie.value}`.length,
  token: `${specimenParts.header}.${specimenParts.claims}.${specimenParts.signature}`.length,
} as const;
