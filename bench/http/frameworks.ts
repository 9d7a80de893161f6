// The same small application on each framework: bare, behind our adapter, or behind a function that knows the user. Knows no library of
// authentication but ours.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Authenticator } from "@countersign/verifier";
import { authenticated as expressGuard } from "@countersign/verifier/express";
import { authenticated as fastifyGuard } from "@countersign/verifier/fastify";
import { authenticated as honoGuard } from "@countersign/verifier/hono";
import { withIdentity } from "@countersign/verifier/node";
import { serve } from "@hono/node-server";
import express from "express";
import fastify, { type FastifyInstance } from "fastify";
import { Hono } from "hono";

export type Framework = "node" | "fastify" | "hono" | "express";

/** The headers that a credential may be in. */
export interface PresentedHeaders {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}

/** Who asks, by the headers; `undefined`: nobody. */
export type JudgeHeaders = (headers: PresentedHeaders) => string | undefined | Promise<string | undefined>;

/** How requests are recognised: not at all, by us, or by a function. */
export type Guard =
  | { readonly kind: "none" }
  | { readonly kind: "ours"; readonly authenticator: Authenticator }
  | { readonly kind: "function"; readonly judge: JudgeHeaders };

/** Starts the application; answers its port. */
export function startApplication(framework: Framework, guard: Guard): Promise<number> {
  return starters[framework](guard);
}

/** What nobody's request is answered with where nobody is asked for. */
const anybody = "AAAAAAAAAAAAAAAA";

const starters: Readonly<Record<Framework, (guard: Guard) => Promise<number>>> = {
  node: (guard) => listen(createServer(nodeListener(guard))),
  fastify: (guard) => startFastify(async (app) => addFastifyRoute(app, guard)),
  hono: startHono,
  express: (guard) => startExpress((app) => addExpressRoute(app, guard)),
};

function nodeListener(guard: Guard): (request: IncomingMessage, response: ServerResponse) => unknown {
  if (guard.kind === "none") return (_request, response) => answer(response, anybody);
  if (guard.kind === "ours") {
    return withIdentity(guard.authenticator, (_request, response, { sub }) => answer(response, sub));
  }
  const settle = (response: ServerResponse, id: string | undefined) =>
    id === undefined ? response.writeHead(401).end() : answer(response, id);
  return async (request, response) => {
    try {
      settle(response, await guard.judge(request.headers));
    } catch {
      settle(response, undefined);
    }
  };
}

function answer(response: ServerResponse, id: string): void {
  const body = JSON.stringify({ id });
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("content-length", Buffer.byteLength(body));
  response.end(body);
}

/** A Fastify application with a route of somebody's own. */
export async function startFastify(addRoute: (app: FastifyInstance) => Promise<void>): Promise<number> {
  const app = fastify();
  await app.register(addRoute);
  await app.listen({ port: 0, host: "127.0.0.1" });
  return portOf(app.server);
}

async function addFastifyRoute(app: FastifyInstance, guard: Guard): Promise<void> {
  if (guard.kind === "none") {
    app.get("/", async () => ({ id: anybody }));
  } else if (guard.kind === "ours") {
    app.register(fastifyGuard(guard.authenticator));
    app.get("/", async (request) => ({ id: request.identity?.sub }));
  } else {
    app.get("/", async (request, reply) => {
      const id = await guard.judge(request.headers);
      return id === undefined ? reply.code(401).send() : { id };
    });
  }
}

// Any middleware takes Hono off its fastest path: the bare application has an empty one, so that only ours is measured.
function startHono(guard: Guard): Promise<number> {
  const app = new Hono<{ Variables: { identity: { sub: string } } }>();
  if (guard.kind === "none") {
    app.get(
      "/",
      async (_context, next) => next(),
      (context) => context.json({ id: anybody }),
    );
  } else if (guard.kind === "ours") {
    app.get("/", honoGuard(guard.authenticator), (context) => context.json({ id: context.get("identity").sub }));
  } else {
    app.get("/", async (context) => {
      const { req } = context;
      const id = await guard.judge({ authorization: req.header("authorization"), cookie: req.header("cookie") });
      return id === undefined ? context.body(null, 401) : context.json({ id });
    });
  }
  return startHonoApplication(app);
}

/** A listener that reads a header and says what every guarded answer says, and judges nobody. */
export function startNodeWithHeaders(): Promise<number> {
  return listen(
    createServer((request, response) => {
      const vary = request.headers.authorization === undefined ? "Cookie" : "Authorization, Cookie";
      response.setHeader("vary", vary);
      response.setHeader("cache-control", "no-store");
      answer(response, anybody);
    }),
  );
}

/** Hono with nothing but a route: what an empty middleware costs is told beside the others. */
export function startHonoWithoutMiddleware(): Promise<number> {
  const app = new Hono();
  app.get("/", (context) => context.json({ id: anybody }));
  return startHonoApplication(app);
}

/** Hono with a middleware that reads a header and says what every guarded answer says, and judges nobody. */
export function startHonoWithHeaders(): Promise<number> {
  const app = new Hono();
  app.get(
    "/",
    async (context, next) => {
      context.header("vary", context.req.header("authorization") === undefined ? "Cookie" : "Authorization, Cookie");
      context.header("cache-control", "no-store");
      await next();
    },
    (context) => context.json({ id: anybody }),
  );
  return startHonoApplication(app);
}

function startHonoApplication(app: Pick<Hono, "fetch">): Promise<number> {
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port));
  });
}

/** An Express application with a route of somebody's own. */
export function startExpress(addRoute: (app: express.Express) => void): Promise<number> {
  const app = express();
  addRoute(app);
  return listen(createServer(app));
}

function addExpressRoute(app: express.Express, guard: Guard): void {
  if (guard.kind === "none") {
    app.get("/", (_request, response) => void response.json({ id: anybody }));
  } else if (guard.kind === "ours") {
    app.use(expressGuard(guard.authenticator));
    app.get("/", (request, response) => void response.json({ id: request.identity?.sub }));
  } else {
    app.get("/", async (request, response) => {
      try {
        const id = await guard.judge(request.headers);
        if (id !== undefined) return void response.json({ id });
      } catch {
        // As refused as any other.
      }
      response.status(401).end();
    });
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(portOf(server))));
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return address.port;
}
