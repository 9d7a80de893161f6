// Guards a `node:http` request listener; knows no strategy, only an `Authenticator`.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Identity, JsonObject } from "../identity.ts";
import { warnOfFaults } from "../primitives/warnings.ts";
import { type Problem, type ProblemOptions, problem } from "../problem.ts";
import type { Authenticator, Awaitable } from "../verdict.ts";
import {
  type Gate,
  guardedHeaders,
  optionalGate,
  type Passed,
  renewOn,
  type Stopped,
  strictGate,
  varyWith,
} from "./gate.ts";

/** A request listener that is told who asks. */
export type IdentifiedListener<Who> = (request: IncomingMessage, response: ServerResponse, identity: Who) => unknown;

/** A request listener for `createServer`. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** How refusals are worded, and who hears of faults. */
export interface NodeGuardOptions extends ProblemOptions {
  /**
   * Told of an error that is neither a refusal nor `Unavailable`; the client gets a 500 that tells nothing. Default: a warning of the process,
   * once for each different fault.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Wraps a listener so that it runs only for requests with a good credential; others get 401, 403 or 503 as
 * `application/problem+json`. No promise is made where the authenticator answers at once. Answers are `no-store`
 * unless the listener says otherwise. What the listener throws is left to `node:http`.
 *
 * ```ts
 * createServer(withIdentity(verifier, (request, response, identity) => response.end(`Hello ${identity.sub}`)));
 * ```
 */
export function withIdentity<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  listener: IdentifiedListener<Identity<Claims>>,
  options: NodeGuardOptions = {},
): Listener {
  return guarded(strictGate(authenticator, options), listener, options);
}

/**
 * As `withIdentity`, but requests without any credential pass too, and have no identity. A credential that is not good
 * is refused all the same.
 */
export function withOptionalIdentity<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  listener: IdentifiedListener<Identity<Claims> | undefined>,
  options: NodeGuardOptions = {},
): Listener {
  return guarded(optionalGate(authenticator, options), listener, options);
}

function guarded<Who>(gate: Gate<Who>, listener: IdentifiedListener<Who>, options: NodeGuardOptions): Listener {
  const tell: (error: unknown) => void = options.onError ?? warnOfListener();
  return (request, response) => {
    const go = (passage: Passed<Who> | Stopped) => {
      const vary = varyWith(response.getHeader("vary"));
      response.setHeader("vary", vary);
      if (passage.problem !== undefined) return answer(response, passage.problem);
      response.setHeader("cache-control", guardedHeaders["cache-control"]);
      if (passage.cookies !== undefined) renewOn(response, passage.cookies);
      return listener(request, response, passage.identity);
    };
    const fail = (error: unknown) => {
      // The answer first: who listens may fail, too.
      answer(response, problem(500, "internal_error", "The service has failed."));
      tell(error);
    };
    let passage: Awaitable<Passed<Who> | Stopped>;
    try {
      passage = gate(request);
    } catch (error) {
      return fail(error);
    }
    return passage instanceof Promise ? passage.then(go, fail) : go(passage);
  };
}

function warnOfListener(): (error: unknown) => void {
  const warn = warnOfFaults();
  return (error) => warn(error, "withIdentity");
}

function answer(response: ServerResponse, { status, headers, body }: Problem): void {
  response.writeHead(status, headers).end(body);
}
