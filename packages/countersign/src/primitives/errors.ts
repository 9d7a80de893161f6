// Every problem that an answer of this package can name beside the verifier's refusals; knows nothing of HTTP but the status.

/** A problem's row: its HTTP status and its words for people. */
interface ProblemRow {
  readonly status: number;
  readonly title: string;
}

/** The stable codes of `application/problem+json` answers. Documented in `docs/errors.md`. */
export const problems = {
  request_invalid: { status: 400, title: "The request is not valid." },
  body_too_large: { status: 413, title: "The request body is too large." },
  media_type_unsupported: { status: 415, title: "The media type of the request body is not supported." },
  route_unknown: { status: 404, title: "There is nothing at this address." },
  method_not_allowed: { status: 405, title: "This address does not take this method." },
  credentials_wrong: { status: 401, title: "The address or the password is wrong." },
  attempts_exceeded: { status: 429, title: "Too many attempts. Try again later." },
  strategy_not_allowed: { status: 400, title: "This server does not allow that strategy." },
  address_taken: { status: 409, title: "This address already has an account." },
  sign_up_closed: { status: 403, title: "This server does not take sign-ups." },
  password_too_short: { status: 422, title: "The password is too short." },
  password_too_long: { status: 422, title: "The password is too long." },
  password_common: { status: 422, title: "The password is one that attackers try first." },
  password_contains_context: { status: 422, title: "The password contains your address or the name of this service." },
  link_invalid: { status: 400, title: "The link is not valid any more. Ask for a new one." },
  mail_not_configured: { status: 404, title: "This server sends no mail." },
  refresh_invalid: { status: 401, title: "The refresh token is not valid. Sign in again." },
  refresh_unpaired: {
    status: 401,
    title: "The refresh token came without the access token of its session. Sign in again.",
  },
  session_record_missing: {
    status: 409,
    title: "This credential has no session record, so the server keeps nothing for it.",
  },
  session_not_found: { status: 404, title: "There is no such session." },
  follower_taken: { status: 409, title: "This follower's id belongs to another service key." },
  followers_exceeded: { status: 503, title: "This process answers as many followers as it may." },
  session_changed: { status: 409, title: "The session changed meanwhile. Try again." },
  data_too_large: { status: 413, title: "The data of a session may take 4,096 bytes and nest 12 levels deep at most." },
  subject_not_found: { status: 404, title: "There is no such subject." },
  service_invalid: { status: 401, title: "The service key is not valid." },
  service_scope_missing: { status: 403, title: "The service key does not cover this request." },
  service_audience_admin: { status: 400, title: "A service key with the scope admin takes no audience." },
  key_already_staged: { status: 409, title: "The next signing key is already published and waits for its turn." },
  key_not_found: { status: 404, title: "There is no such key." },
  claims_too_large: { status: 500, title: "The server could not issue a token." },
  claims_reserved: { status: 500, title: "The server could not issue a token." },
  claims_invalid: { status: 500, title: "The server could not issue a token." },
  internal_error: { status: 500, title: "Something went wrong on the server." },
} as const satisfies Record<string, ProblemRow>;

/** The code of a problem. */
export type ProblemCode = keyof typeof problems;

/** An expected no, as a value. `retryAfterSeconds` accompanies `attempts_exceeded`; `detail` says to people what would do. */
export interface Problem {
  readonly ok: false;
  readonly code: ProblemCode;
  readonly retryAfterSeconds?: number;
  readonly detail?: string;
}

/** What an operation answers: its result, or the problem. */
export type Outcome<T extends object> = ({ readonly ok: true } & Readonly<T>) | Problem;

/** The problem with this code. */
export function problem(code: ProblemCode, more: Pick<Problem, "retryAfterSeconds" | "detail"> = {}): Problem {
  return { ok: false, code, ...more };
}

/** A mistake of the program that uses the package, found while it runs: the `claims` hook said too much, for instance. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}
