// Guards Express routes; knows no strategy, only an `Authenticator`, and needs neither types nor code of Express.

import type { Identity, JsonObject } from "../identity.ts";
import type { ProblemOptions } from "../problem.ts";
import type { Authenticator, Awaitable, RequestLike } from "../verdict.ts";
import {
  createPassages,
  type Gate,
  guardedHeaders,
  type NodeAnswer,
  optionalGate,
  type Passed,
  renewOn,
  type Stopped,
  strictGate,
  varyWith,
} from "./gate.ts";

declare global {
  // biome-ignore lint/style/noNamespace: Express has its request extended here, and nowhere else; no code comes of it.
  namespace Express {
    interface Request {
      /** Who asks; set by `authenticated`. For typed claims ask the guard: `guard.identityOf(request)`. */
      identity?: Identity<object> | undefined;
    }
  }
}

/** An Express middleware that also tells whom it let pass. */
export interface ExpressGuard<Who> {
  (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void): void;
  /** Who asks, with typed claims. Throws `TypeError` for a request that this guard did not let pass. */
  identityOf(request: object): Who;
}

/** What is used of an Express request. */
export interface ExpressRequest extends RequestLike {
  identity?: Identity<object> | undefined;
}

/** What is used of an Express response. */
export interface ExpressResponse extends NodeAnswer {
  statusCode: number;
  end(body: string): unknown;
}

/**
 * A middleware that lets only requests with a good credential pass, and sets `request.identity`; others get 401, 403
 * or 503 as `application/problem+json`. Answers are `no-store` unless the route says otherwise. Unexpected errors go to
 * Express's error handler.
 *
 * ```ts
 * app.get("/me", authenticated(verifier), (request, response) => response.json({ sub: request.identity?.sub }));
 * ```
 */
export function authenticated<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions = {},
): ExpressGuard<Identity<Claims>> {
  return guardWith(strictGate(authenticator, options));
}

/**
 * As `authenticated`, but requests without any credential pass too, and have no identity. A credential that is not good
 * is refused all the same.
 */
export function optionallyAuthenticated<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions = {},
): ExpressGuard<Identity<Claims> | undefined> {
  return guardWith(optionalGate(authenticator, options));
}

function guardWith<Who extends Identity<object> | undefined>(gate: Gate<Who>): ExpressGuard<Who> {
  const passages = createPassages<Who>();

  const guard = (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void): void => {
    const go = (passage: Passed<Who> | Stopped) => {
      if (!settle(response, passage)) return;
      passages.note(request, passage);
      request.identity = passage.identity;
      next();
    };
    let passage: Awaitable<Passed<Who> | Stopped>;
    try {
      passage = gate(request);
    } catch (error) {
      next(error);
      return;
    }
    if (passage instanceof Promise) passage.then(go).catch(next);
    else go(passage);
  };
  return Object.assign(guard, { identityOf: passages.identityOf });
}

function settle<Who>(response: ExpressResponse, passage: Passed<Who> | Stopped): passage is Passed<Who> {
  response.setHeader("vary", varyWith(response.getHeader("vary")));
  if (passage.problem === undefined) {
    response.setHeader("cache-control", guardedHeaders["cache-control"]);
    if (passage.cookies !== undefined) renewOn(response, passage.cookies);
    return true;
  }
  const { status, headers, body } = passage.problem;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  response.end(body);
  return false;
}
