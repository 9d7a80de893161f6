// A whole app on Express: sign-up, sign-in and sign-out, and two routes for those who are signed in.

import { type Authenticator, createVerifier } from "@countersign/verifier";
import { authenticated } from "@countersign/verifier/express";
import { createAuth } from "countersign";
import { isIssuerPath, nodeHandler } from "countersign/node";
import { openSqliteStore } from "countersign/sqlite";
import express, { type Express } from "express";

const { PORT = "3000", ISSUER, DATABASE = "app.db", AUTH_SECRET } = process.env;

/** The routes. They know an `Authenticator` and nothing else: not whether it looks up sessions or checks tokens. */
function addRoutes(app: Express, authenticator: Authenticator): void {
  const guard = authenticated(authenticator);

  app.get("/me", guard, (request, response) => {
    const { sub, strategy, claims } = guard.identityOf(request);
    response.json({ sub, strategy, claims });
  });

  // The guard stands before the body parser: nothing is read from strangers.
  app.post("/notes", guard, express.json(), (request, response) => {
    response.status(201).json({ author: guard.identityOf(request).sub });
  });
}

/** Serves the issuer beside the routes: sessions and tokens are both good here. */
async function addIssuer(app: Express): Promise<Authenticator> {
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
  // Before any body parser, for the issuer reads its bodies itself; and not mounted at a path, for Express would cut it off.
  app.use((request, response, next) => (isIssuerPath(request.path) ? issuer(request, response) : next()));
  return auth;
}

const app = express().disable("x-powered-by");
// With `ISSUER` the same routes run as a service elsewhere: tokens are checked locally, with neither secret nor database.
addRoutes(app, ISSUER === undefined ? await addIssuer(app) : createVerifier({ issuer: ISSUER }));
app.listen(Number(PORT), "127.0.0.1", () => console.log(`Listening on http://localhost:${PORT}`));
