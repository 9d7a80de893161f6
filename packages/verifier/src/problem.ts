// Turns a refusal, or the failure to answer, into an HTTP answer (RFC 9457); knows nothing of any framework.

import { ConfigurationError, type Unavailable } from "./primitives/errors.ts";
import { type Refused, refusals } from "./verdict.ts";

/** An HTTP answer to be sent as it is. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `application/problem+json`: `type`, `title`, `status`, `code`. */
  readonly body: string;
}

/** How the answer is worded. */
export interface ProblemOptions {
  /** The protection space named in `WWW-Authenticate`. Printable ASCII; default `"countersign"`. */
  readonly realm?: string | undefined;
  /** The scope that the request would have needed, told with `insufficient_scope` (RFC 6750 section 3). */
  readonly scope?: string | undefined;
}

/**
 * The answer to a request that was not accepted: 401, 403, or 503 with `Retry-After`.
 *
 * It tells the public code only. 401 always, and 403 when it is about scope, bears the challenge of RFC 6750 section 3:
 * the bare scheme where the request bore no credential, otherwise with its error code. Never cached.
 *
 * ```ts
 * const { status, headers, body } = problemFor(verdict);
 * return new Response(body, { status, headers });
 * ```
 */
export function problemFor(outcome: Refused | Unavailable, options: ProblemOptions = {}): Problem {
  if (!("ok" in outcome)) {
    const answer = problem(503, "temporarily_unavailable", "The service cannot answer now. Try again later.");
    return { ...answer, headers: { ...answer.headers, "retry-after": `${Math.ceil(outcome.retryAfterSeconds)}` } };
  }
  const row = refusals[outcome.code];
  const answer = problem(row.status, row.publicCode, row.title);
  const error = "error" in row ? row.error : undefined;
  if (row.status !== 401 && error === undefined) return answer;
  const challenge = bearerChallenge(options, error, row.title);
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenge } };
}

/** Any other problem in the same form: `code` is stable and public, `title` a sentence for people. */
export function problem(status: number, code: string, title: string): Problem {
  return {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    body: JSON.stringify({ type: `urn:countersign:problem:${code}`, title, status, code }),
  };
}

function bearerChallenge({ realm = "countersign", scope }: ProblemOptions, error: string | undefined, title: string) {
  const parameters = [`realm=${quoted("realm", realm)}`];
  if (error !== undefined) parameters.push(`error="${error}"`, `error_description=${quoted("title", title)}`);
  if (error === "insufficient_scope" && scope !== undefined) parameters.push(`scope=${quoted("scope", scope)}`);
  return `Bearer ${parameters.join(", ")}`;
}

// A quoted-string of RFC 9110 section 5.6.4. Control characters would end the header: a mistake of the program.
function quoted(option: string, text: string): string {
  if (!/^[ -~]*$/.test(text)) throw new ConfigurationError(option, "must be printable ASCII");
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
