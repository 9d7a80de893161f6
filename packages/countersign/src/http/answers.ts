// Turns what a handler answers into a `Response`, with the headers that every answer bears.

import { problem, problemFor, refuse, type Unavailable } from "@countersign/verifier";
import { problems } from "../primitives/errors.ts";
import type { Answer } from "./contract.ts";

/** The headers of every answer of the API: nothing cached, nothing sniffed, nothing framed, nothing told to the next page. */
export const apiHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  vary: "Authorization, Cookie, Origin, Sec-Fetch-Site",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** What an answer needs to know of its surroundings. */
export interface AnswerOptions {
  /** Headers for this answer beside those of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How the caller is asked to authenticate when it must. */
  readonly challenge?: "Bearer" | "Basic";
}

/** The response for an answer. */
export function toResponse(answer: Answer, options: AnswerOptions = {}): Response {
  const headers = new Headers({ ...apiHeaders, ...options.headers });
  if ("refusal" in answer) return fromProblem(problemFor(refuse(answer.refusal)), headers);
  if ("problem" in answer) return problemResponse(answer, headers, options);
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers.set(name, value);
  for (const cookie of answer.cookies ?? []) headers.append("set-cookie", cookie);
  if (answer.stream !== undefined) return new Response(answer.stream, { status: answer.status, headers });
  const json = answer.json ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body));
  if (json === undefined) return new Response(null, { status: answer.status, headers });
  headers.set("content-type", "application/json");
  return new Response(json, { status: answer.status, headers });
}

/** The response when a dependency cannot answer: 503 with `Retry-After`. */
export function unavailableResponse(error: Unavailable, headers: Readonly<Record<string, string>> = {}): Response {
  return fromProblem(problemFor(error), new Headers({ ...apiHeaders, ...headers }));
}

function problemResponse(
  answer: Extract<Answer, { problem: unknown }>,
  headers: Headers,
  options: AnswerOptions,
): Response {
  const row = problems[answer.problem];
  if (answer.retryAfterSeconds !== undefined) headers.set("retry-after", `${Math.ceil(answer.retryAfterSeconds)}`);
  if (row.status === 401 && options.challenge !== undefined) {
    headers.set("www-authenticate", `${options.challenge} realm="countersign"`);
  }
  const made = problem(row.status, answer.problem, row.title);
  const { detail, errors } = answer;
  if (detail === undefined && errors === undefined) return fromProblem(made, headers);
  const body = JSON.stringify({ ...JSON.parse(made.body), detail, errors });
  return fromProblem({ ...made, body }, headers);
}

function fromProblem(made: ReturnType<typeof problem>, headers: Headers): Response {
  for (const [name, value] of Object.entries(made.headers)) headers.set(name, value);
  return new Response(made.body, { status: made.status, headers });
}
