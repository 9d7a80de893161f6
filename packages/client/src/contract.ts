// What the parts of the client say to each other, and to the application. Knows neither network nor storage.

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [member: string]: Json };

/** How credentials travel: in cookies that no script can read, or as tokens that this client holds in memory. */
export type Transport = "cookie" | "token";

/** Who is signed in, as `GET /auth/session` tells it. Times are seconds since 1970. */
export interface Session {
  readonly sub: string;
  readonly sid: string;
  readonly strategy: "session" | "jwt" | "hybrid";
  readonly email: string;
  readonly email_verified: boolean;
  readonly issued_at: number;
  readonly authenticated_at: number | null;
  readonly expires_at: number;
  readonly amr: readonly string[];
  readonly acr: string | null;
  /** The application's data beside the session; `null` for a token without a record. */
  readonly data: JsonObject | null;
  readonly claims: JsonObject;
}

/** Signed in, by a session of this name. */
export interface SignedIn {
  readonly ok: true;
  readonly status: "signed_in";
  readonly sid: string;
}

/** A sign-up that goes on in the person's mailbox. */
export interface CheckMail {
  readonly ok: true;
  readonly status: "check_mail";
}

/** The issuer said no. Nothing changed. */
export interface Declined {
  readonly ok: false;
  /** Stable, such as `credentials_wrong`: see the list of errors. */
  readonly code: string;
  /** A sentence for people. */
  readonly title: string;
  /** When to try again, for `attempts_exceeded`. */
  readonly retryAfterSeconds?: number;
}

/** What came of asking the issuer to renew: `failed` is neither a yes nor a no. */
export type Renewal = "renewed" | "refused" | "failed";

/** An answer of the issuer, read. */
export interface Answer {
  readonly status: number;
  /** Empty where the body is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
  /** 0 or no number where it does not say. */
  readonly retryAfterSeconds: number;
}

/** One call of the issuer's API. Rejects when nothing came back in time, or when it is aborted. */
export type Ask = (path: string, call?: AskOptions) => Promise<Answer>;

/** Lets a call be ended. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

/** What a call bears. */
export interface AskOptions extends Abortable {
  /** Default: `POST`. */
  readonly method?: "GET" | "POST";
  readonly body?: object | undefined;
  /** For `Authorization: Bearer`. */
  readonly bearer?: string | undefined;
}

/** What differs between cookies and tokens. */
export interface Credentials {
  /** Whose the cookies are, as far as is known: another tab may have signed in as somebody else. Tokens are this client's own. */
  sub?: unknown;
  /** The token for `Authorization`; none with cookies, or when nobody is signed in. */
  bearer(): string | undefined;
  /** What a sign-out has to say besides. */
  farewell(): object | undefined;
  /** Whether they are past their end, or `early`: shortly before it. Where the end is not known: no. */
  isOver(early: boolean): boolean;
  /** Takes in what a sign-in or a renewal brought. `false` where the answer holds no credential: then nothing changes. */
  adopt(body: Answer["body"]): boolean;
  forget(): void;
  /** Asks the issuer. `refused`: it said that the session is over, and tokens are forgotten. Never rejects. */
  renew(): Promise<Renewal>;
}
