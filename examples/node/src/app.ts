// A whole app on `node:http`: sign-up, sign-in and sign-out, and two routes for those who are signed in. Knows no framework.

import { createServer } from "node:http";
import { type Authenticator, createVerifier } from "@countersign/verifier";
import { type Listener, withIdentity } from "@countersign/verifier/node";
import { createAuth } from "countersign";
import { isIssuerPath, nodeHandler } from "countersign/node";
import { openSqliteStore } from "countersign/sqlite";

const { PORT = "3000", ISSUER, DATABASE = "app.db", AUTH_SECRET } = process.env;

/** The routes. They know an `Authenticator` and nothing else: not whether it looks up sessions or checks tokens. */
function createService(authenticator: Authenticator): Listener {
  return withIdentity(
    authenticator,
    (request, response, identity) => {
      response.setHeader("content-type", "application/json");
      switch (`${request.method} ${request.url}`) {
        case "GET /me":
          return response.end(
            JSON.stringify({ sub: identity.sub, strategy: identity.strategy, claims: identity.claims }),
          );
        case "POST /notes":
          return response.writeHead(201).end(JSON.stringify({ author: identity.sub }));
        default:
          return response.writeHead(404).end("{}");
      }
    },
    { onError: console.error },
  );
}

/** The issuer and the service in one process: sessions and tokens are both good here. */
async function createApp(): Promise<Listener> {
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
  const service = createService(auth);
  return (request, response) => (isIssuerPath(request.url ?? "/") ? issuer : service)(request, response);
}

// With `ISSUER` the same routes run as a service elsewhere: tokens are checked locally, with neither secret nor database.
const app = ISSUER === undefined ? await createApp() : createService(createVerifier({ issuer: ISSUER }));
createServer(app).listen(Number(PORT), "127.0.0.1", () => console.log(`Listening on http://localhost:${PORT}`));
