// Guards a Fastify scope; knows no strategy, only an `Authenticator`, and needs no code of Fastify.

/// <reference types="fastify" preserve="true" />

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

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set in scopes guarded by `authenticated`. For typed claims: `guard.identityOf(request)`. */
    identity: Identity<object> | undefined;
  }
}

/** A Fastify plugin that guards the scope it is registered in, and tells whom it let pass. */
export interface FastifyGuard<Who> {
  (scope: FastifyScope, options: unknown, done: (error?: Error) => void): void;
  /** Who asks, with typed claims. Throws `TypeError` for a request that this guard did not let pass. */
  identityOf(request: object): Who;
}

/** What is used of a Fastify instance. */
export interface FastifyScope {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: string, value: undefined): unknown;
  addHook(name: "onRequest", hook: FastifyHook): unknown;
}

/** What runs before a request's body is read. */
export type FastifyHook = (request: FastifyGuarded, reply: FastifyAnswer, next: (error?: Error) => void) => void;

/** What is used of a Fastify request. */
export interface FastifyGuarded {
  readonly raw: RequestLike;
  identity: Identity<object> | undefined;
}

/** What is used of a Fastify reply. */
export interface FastifyAnswer {
  readonly raw: NodeAnswer;
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
  code(status: number): unknown;
  send(body: string): unknown;
}

/**
 * A plugin that lets only requests with a good credential reach the routes of the scope it is registered in, before
 * their bodies are read, and sets `request.identity`; others get 401, 403 or 503 as `application/problem+json`.
 * Answers are `no-store` unless the route says otherwise. Unexpected errors go to Fastify's error handler. Register it in
 * a scope of its own to leave other routes open:
 *
 * ```ts
 * app.register(async (scope) => {
 *   await scope.register(authenticated(verifier));
 *   scope.get("/me", (request) => ({ sub: request.identity?.sub }));
 * });
 * ```
 */
export function authenticated<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions = {},
): FastifyGuard<Identity<Claims>> {
  return guardWith(strictGate(authenticator, options));
}

/**
 * As `authenticated`, but requests without any credential pass too, and have no identity. A credential that is not good
 * is refused all the same.
 */
export function optionallyAuthenticated<Claims extends object = JsonObject>(
  authenticator: Authenticator<Claims>,
  options: ProblemOptions = {},
): FastifyGuard<Identity<Claims> | undefined> {
  return guardWith(optionalGate(authenticator, options));
}

function guardWith<Who extends Identity<object> | undefined>(gate: Gate<Who>): FastifyGuard<Who> {
  const passages = createPassages<Who>();

  const hook: FastifyHook = (request, reply, next) => {
    const go = (passage: Passed<Who> | Stopped) => {
      if (!settle(reply, passage)) return;
      passages.note(request, passage);
      request.identity = passage.identity;
      next();
    };
    let passage: Awaitable<Passed<Who> | Stopped>;
    try {
      passage = gate(request.raw);
    } catch (error) {
      next(asError(error));
      return;
    }
    if (passage instanceof Promise) passage.then(go).catch((error: unknown) => next(asError(error)));
    else go(passage);
  };
  const plugin = (scope: FastifyScope, _options: unknown, done: (error?: Error) => void): void => {
    if (!scope.hasRequestDecorator("identity")) scope.decorateRequest("identity", undefined);
    scope.addHook("onRequest", hook);
    done();
  };
  // Without this mark, the hook would guard a scope of the plugin's own, in which there are no routes.
  return Object.assign(plugin, { identityOf: passages.identityOf, [Symbol.for("skip-override")]: true });
}

function settle<Who>(reply: FastifyAnswer, passage: Passed<Who> | Stopped): passage is Passed<Who> {
  reply.header("vary", varyWith(reply.getHeader("vary")));
  if (passage.problem === undefined) {
    reply.header("cache-control", guardedHeaders["cache-control"]);
    if (passage.cookies !== undefined) renewOn(reply.raw, passage.cookies);
    return true;
  }
  const { status, headers, body } = passage.problem;
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.code(status);
  reply.send(body);
  return false;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error("The authenticator failed.", { cause: error });
}
