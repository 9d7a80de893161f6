// What all adapters do with a request: let it pass with an identity, or answer it; knows nothing of any framework.

import type { Identity } from "../identity.ts";
import { Unavailable } from "../primitives/errors.ts";
import { type Problem, type ProblemOptions, problemFor } from "../problem.ts";
import type { Authenticator, Awaitable, RequestLike, Verdict } from "../verdict.ts";

/** The request may pass, and this is who asks. */
export interface Passed<Who> {
  readonly problem?: undefined;
  readonly identity: Who;
  /** `Set-Cookie` values that renew the bearer's token; to be added to the answer. */
  readonly cookies?: readonly string[];
}

/** The request may not pass, and this is the answer. */
export interface Stopped {
  readonly problem: Problem;
}

/** Judges a request for an adapter; at once where the authenticator answers at once. */
export type Gate<Who> = (request: RequestLike) => Awaitable<Passed<Who> | Stopped>;

/** What one guard remembers of the requests that it let pass. */
export interface Passages<Who> {
  note(request: object, passed: Passed<Who>): void;
  /** Whom a request was let pass as. Throws `TypeError` for one that this guard did not let pass. */
  identityOf(request: object): Who;
}

/**
 * Remembers on the request itself, under a symbol that no other guard has. A WeakMap would keep the request clean, and take half a microsecond
 * of each, most of it the collector's: as much as all the rest of a guard.
 */
export function createPassages<Who>(): Passages<Who> {
  const mark = Symbol("passed");
  // Any object may bear a symbol; no type that a framework has for its requests says so.
  const marks = (request: object) => request as { [mark]?: Passed<Who> };
  return {
    note(request, passed) {
      marks(request)[mark] = passed;
    },
    identityOf(request) {
      const passed = marks(request)[mark];
      if (passed === undefined) throw new TypeError("This guard did not let the request pass.");
      return passed.identity;
    },
  };
}

/** What every guarded answer says, unless its handler says otherwise: it was made for one bearer. */
export const guardedHeaders = { vary: "Authorization, Cookie", "cache-control": "no-store" } as const;

/** Lets accepted requests pass, and no others. */
export function strictGate<Claims extends object>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions,
): Gate<Identity<Claims>> {
  const judge = (verdict: Verdict<Claims>): Passed<Identity<Claims>> | Stopped =>
    verdict.ok ? { identity: verdict.identity } : { problem: problemFor(verdict, options) };
  return gate(authenticator, options, judge);
}

/**
 * Also lets requests without any credential pass, without an identity. A credential that is not good is refused all the
 * same, so that its owner learns to renew it.
 */
export function optionalGate<Claims extends object>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions,
): Gate<Identity<Claims> | undefined> {
  const judge = (verdict: Verdict<Claims>): Passed<Identity<Claims> | undefined> | Stopped => {
    if (verdict.ok) return { identity: verdict.identity };
    return verdict.code === "credential_missing" ? { identity: undefined } : { problem: problemFor(verdict, options) };
  };
  return gate(authenticator, options, judge);
}

/** The `Vary` header with ours added. */
export function varyWith(existing: unknown): string {
  const before = Array.isArray(existing) ? existing.join(", ") : existing;
  return typeof before === "string" && before !== "" ? `${before}, ${guardedHeaders.vary}` : guardedHeaders.vary;
}

// `Unavailable` becomes its 503. Any other error is a fault of the program: the adapter decides who hears of it.
function gate<Claims extends object, Who>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions,
  judge: (verdict: Verdict<Claims>) => Passed<Who> | Stopped,
): Gate<Who> {
  const fail = (error: unknown): Stopped => {
    if (error instanceof Unavailable) return { problem: problemFor(error, options) };
    throw error;
  };
  const pass = (verdict: Verdict<Claims>): Awaitable<Passed<Who> | Stopped> => {
    const passage = judge(verdict);
    const isRenewed = passage.problem === undefined && verdict.ok && verdict.renewal !== undefined;
    return isRenewed ? renew(passage, verdict.renewal) : passage;
  };
  return (request) => {
    try {
      const verdict = authenticator.authenticate(request);
      return verdict instanceof Promise ? verdict.then(pass, fail) : pass(verdict);
    } catch (error) {
      return fail(error);
    }
  };
}

// The session is good either way: a renewal that fails is tried again at the next request.
function renew<Who>(passed: Passed<Who>, renewal: () => Promise<readonly string[]>): Promise<Passed<Who>> {
  return renewal().then(
    (cookies) => ({ ...passed, cookies }),
    () => passed,
  );
}

/** What some caches go by instead of `Cache-Control` (RFC 9213). */
export const targetedCacheHeaders = ["cdn-cache-control", "surrogate-control"] as const;

/** What is used of an answer of Node.js to add cookies to it. */
export interface NodeAnswer {
  getHeader(name: string): unknown;
  setHeader(name: string, value: string | readonly string[]): unknown;
  writeHead(status: number, ...rest: unknown[]): unknown;
}

/**
 * Adds cookies that renew to an answer of Node.js, at the moment its head is sent: whatever the handler says of its headers until then, they are
 * among them, and no cache keeps the answer, or it would hand one visitor's token to the next.
 */
export function renewOn(answer: NodeAnswer, cookies: readonly string[]): void {
  const { writeHead } = answer;
  const add = () => {
    answer.setHeader("set-cookie", cookiesWith(answer.getHeader("set-cookie"), cookies));
    answer.setHeader("cache-control", guardedHeaders["cache-control"]);
    for (const name of targetedCacheHeaders) answer.setHeader(name, guardedHeaders["cache-control"]);
  };
  // Also at once, for answers that send their head in another way.
  add();
  answer.writeHead = (status, ...rest) => {
    const [name, value] = [rest[0], rest.at(-1)];
    // Headers that are told here would take the place of those set before.
    for (const header of headersIn(value)) Reflect.apply(answer.setHeader, answer, header);
    add();
    return Reflect.apply(writeHead, answer, typeof name === "string" ? [status, name] : [status]);
  };
}

// An object, or names and values in turn.
function headersIn(told: unknown): readonly (readonly [name: string, value: unknown])[] {
  if (typeof told !== "object" || told === null) return [];
  if (!Array.isArray(told)) return Object.entries(told);
  const values = new Map<string, unknown[]>();
  for (let index = 0; index + 1 < told.length; index += 2) {
    const name = String(told[index]).toLowerCase();
    values.set(name, [...(values.get(name) ?? []), told[index + 1]].flat());
  }
  return [...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]);
}

/** The `Set-Cookie` header with those of `added` whose name is not in it: who sets a cookie of ours has said what it is to be. */
export function cookiesWith(existing: unknown, added: readonly string[]): string[] {
  const before = Array.isArray(existing) ? existing.map(String) : typeof existing === "string" ? [existing] : [];
  const nameOf = (cookie: string) => cookie.slice(0, cookie.indexOf("="));
  const names = new Set(before.map(nameOf));
  return [...before, ...added.filter((cookie) => !names.has(nameOf(cookie)))];
}
