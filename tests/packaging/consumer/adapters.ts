// Every adapter with its framework, for the compiler: this file is never run.

import { createServer } from "node:http";
import { createVerifier } from "@countersign/verifier";
import { authenticated as expressGuard } from "@countersign/verifier/express";
import { authenticated as fastifyGuard } from "@countersign/verifier/fastify";
import { authenticated as honoGuard } from "@countersign/verifier/hono";
import { withIdentity } from "@countersign/verifier/node";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";

interface Claims {
  readonly plan: string;
}

const verifier = createVerifier<Claims>({
  issuer: "https://auth.example",
  parseClaims: ({ plan }) => (typeof plan === "string" ? { plan } : undefined),
});

export const node = createServer(
  withIdentity(verifier, (_request, response, identity) => {
    const plan: string = identity.claims.plan;
    response.end(plan);
  }),
);

export const onExpress = express().get("/me", expressGuard(verifier), (request, response) => {
  response.json({ sub: request.identity?.sub });
});

export const onFastify = fastify();
await onFastify.register(fastifyGuard(verifier));
onFastify.get("/me", (request) => ({ sub: request.identity?.sub }));

const guard = honoGuard(verifier);
export const onHono = new Hono().get("/me", guard, (context) => {
  const plan: string = guard.identityOf(context).claims.plan;
  return context.json({ plan });
});
