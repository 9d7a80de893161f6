// A whole app on Fastify: sign-up, sign-in and sign-out, and two routes for those who are signed in.

import { type Authenticator, createVerifier } from "@countersign/verifier";
import { authenticated } from "@countersign/verifier/fastify";
import { createAuth } from "countersign";
import { isIssuerPath, nodeHandler } from "countersign/node";
import { openSqliteStore } from "countersign/sqlite";
import { type FastifyInstance, fastify } from "fastify";

const { PORT = "3000", ISSUER, DATABASE = "app.db", AUTH_SECRET } = process.env;

/** The routes. They know an `Authenticator` and nothing else: not whether it looks up sessions or checks tokens. */
function addRoutes(app: FastifyInstance, authenticator: Authenticator): void {
  const guard = authenticated(authenticator);
  // A scope of its own: what is registered outside of it stays open to everybody.
  app.register(async (scope) => {
    await scope.register(guard);

    scope.get("/me", (request) => {
      const { sub, strategy, claims } = guard.identityOf(request);
      return { sub, strategy, claims };
    });

    scope.post("/notes", (request, reply) => reply.code(201).send({ author: guard.identityOf(request).sub }));
  });
}

/** Serves the issuer beside the routes: sessions and tokens are both good here. */
async function addIssuer(app: FastifyInstance): Promise<Authenticator> {
  if (AUTH_SECRET === undefined) throw new Error("Set AUTH_SECRET to a random text: openssl rand -base64 32");
  const auth = createAuth({
    issuer: `http://localhost:${PORT}`,
    secrets: [AUTH_SECRET],
    store: await openSqliteStore({ path: DATABASE }),
    claims: ({ email }) => ({ role: email.endsWith("@example.com") ? "staff" : "guest" }),
    onError: console.error,
  });
  await auth.start();
  const issuer = nodeHandler(auth);
  // A hook and not a route: the issuer reads its bodies itself, so it has to come before Fastify does.
  app.addHook("onRequest", async (request, reply) => {
    if (!isIssuerPath(request.url)) return;
    reply.hijack();
    await issuer(request.raw, reply.raw);
  });
  return auth;
}

const app = fastify();
// With `ISSUER` the same routes run as a service elsewhere: tokens are checked locally, with neither secret nor database.
addRoutes(app, ISSUER === undefined ? await addIssuer(app) : createVerifier({ issuer: ISSUER }));
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
console.log(`Listening on http://localhost:${PORT}`);
