// Guards Hono routes; knows no strategy, only an `Authenticator`, and needs neither types nor code of Hono.

import type { Identity, JsonObject } from "../identity.ts";
import type { ProblemOptions } from "../problem.ts";
import type { Authenticator, RequestLike } from "../verdict.ts";
import {
  cookiesWith,
  createPassages,
  type Gate,
  guardedHeaders,
  optionalGate,
  strictGate,
  targetedCacheHeaders,
} from "./gate.ts";

/** What a guard leaves in the context: `new Hono<IdentityEnv>()` types `c.get("identity")`. */
export interface IdentityEnv<Who = Identity> {
  Variables: { identity: Who };
}

/** A Hono middleware that also tells whom it let pass. */
export interface HonoGuard<Who> {
  (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined>;
  /** Who asks, typed, whatever the app's own type says. Throws `TypeError` where this guard did not let pass. */
  identityOf(context: object): Who;
}

/** What is used of a Hono context. */
export interface HonoContext {
  readonly req: { readonly raw: RequestLike };
  readonly res: Response;
  header(name: string, value: string, options?: { append?: boolean }): void;
  set(key: string, value: unknown): void;
}

/**
 * A middleware that lets only requests with a good credential pass; `c.get("identity")` then says who asks.
 * Others get 401, 403 or 503 as `application/problem+json`. Answers are `no-store` unless the route says otherwise.
 * Unexpected errors go to `app.onError`.
 *
 * ```ts
 * const guard = authenticated(verifier);
 * app.get("/me", guard, (c) => c.json({ sub: guard.identityOf(c).sub }));
 * ```
 */
export function authenticated<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions = {},
): HonoGuard<Identity<Claims>> {
  return guardWith(strictGate(authenticator, options));
}

/**
 * As `authenticated`, but requests without any credential pass too, and have no identity. A credential that is not good
 * is refused all the same.
 */
export function optionallyAuthenticated<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions = {},
): HonoGuard<Identity<Claims> | undefined> {
  return guardWith(optionalGate(authenticator, options));
}

function guardWith<Who>(gate: Gate<Who>): HonoGuard<Who> {
  const passages = createPassages<Who>();

  const guard = async (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const passage = await gate(context.req.raw);
    if (passage.problem !== undefined) {
      const { status, headers, body } = passage.problem;
      // Said in both places: Hono keeps the context's header where a middleware before has already begun an answer.
      context.header("vary", guardedHeaders.vary, { append: true });
      return new Response(body, { status, headers: { ...headers, vary: guardedHeaders.vary } });
    }
    passages.note(context, passage);
    context.set("identity", passage.identity);
    await next();
    say(context, "vary", guardedHeaders.vary, { append: true });
    const isKept = passage.cookies === undefined && context.res.headers.has("cache-control");
    if (!isKept) say(context, "cache-control", guardedHeaders["cache-control"]);
    if (passage.cookies !== undefined) renew(context, passage.cookies);
    return undefined;
  };
  return Object.assign(guard, { identityOf: passages.identityOf });
}

function renew(context: HonoContext, cookies: readonly string[]): void {
  for (const name of targetedCacheHeaders) say(context, name, guardedHeaders["cache-control"]);
  const before = context.res.headers.getSetCookie();
  for (const cookie of cookiesWith(before, cookies).slice(before.length)) {
    say(context, "set-cookie", cookie, { append: true });
  }
}

/**
 * Says a header on the answer as it stands. `context.header` makes another answer of one that is made, body and all, which takes longer than
 * all the rest of a request; it is left for answers whose headers cannot be changed, such as a redirect or another server's.
 */
function say(context: HonoContext, name: string, value: string, { append = false } = {}): void {
  try {
    if (append) context.res.headers.append(name, value);
    else context.res.headers.set(name, value);
  } catch {
    context.header(name, value, { append });
  }
}
