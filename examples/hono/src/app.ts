// A whole app on Hono: sign-up, sign-in and sign-out, and two routes for those who are signed in.

import { type Authenticator, createVerifier } from "@countersign/verifier";
import { authenticated } from "@countersign/verifier/hono";
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { createAuth } from "countersign";
import { openSqliteStore } from "countersign/sqlite";
import { Hono } from "hono";

const { PORT = "3000", ISSUER, DATABASE = "app.db", AUTH_SECRET } = process.env;

/** The routes. They know an `Authenticator` and nothing else: not whether it looks up sessions or checks tokens. */
function addRoutes(app: Hono, authenticator: Authenticator): void {
  const guard = authenticated(authenticator);

  app.get("/me", guard, (context) => {
    const { sub, strategy, claims } = guard.identityOf(context);
    return context.json({ sub, strategy, claims });
  });

  app.post("/notes", guard, (context) => context.json({ author: guard.identityOf(context).sub }, 201));
}

/** Serves the issuer beside the routes: sessions and tokens are both good here. */
async function addIssuer(app: Hono): Promise<Authenticator> {
  if (AUTH_SECRET === undefined) throw new Error("Set AUTH_SECRET to a random text: openssl rand -base64 32");
  const auth = createAuth({
    issuer: `http://localhost:${PORT}`,
    secrets: [AUTH_SECRET],
    store: await openSqliteStore({ path: DATABASE }),
    claims: ({ email }) => ({ role: email.endsWith("@example.com") ? "staff" : "guest" }),
    onError: console.error,
  });
  await auth.start();
  // A web request in, a web response out. The address is for the limits of failed sign-ins: a `Request` does not hold it.
  app.on(["GET", "POST", "PATCH", "DELETE", "OPTIONS"], ["/auth/*", "/.well-known/*"], (context) =>
    auth.handle(context.req.raw, { remoteAddress: getConnInfo(context).remote.address ?? "" }),
  );
  return auth;
}

const app = new Hono();
// With `ISSUER` the same routes run as a service elsewhere: tokens are checked locally, with neither secret nor database.
addRoutes(app, ISSUER === undefined ? await addIssuer(app) : createVerifier({ issuer: ISSUER }));
serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, () =>
  console.log(`Listening on http://localhost:${PORT}`),
);
