// A service in a process of its own that has only the verifier. Arguments: issuer, service key, name, lag in ms, and where it reaches the issuer.

import { createServer } from "node:http";
import { createVerifier } from "@countersign/verifier";
import { withIdentity } from "@countersign/verifier/node";

const [issuer = "", serviceKey = "", name = "", lag = "2000", reachedAt = issuer] = process.argv.slice(2);
const verifier = createVerifier({
  issuer,
  keys: { jwksUri: `${reachedAt}/.well-known/jwks.json` },
  feed: { serviceKey, name, lagMs: Number(lag), url: `${reachedAt}/auth/revocations`, timeoutMs: 1000 },
  // What it has looked up it keeps, under the feed.
  sessions: { serviceKey, url: `${reachedAt}/auth/introspect` },
});
verifier.start();
const server = createServer((request, response) => {
  if (request.url === "/fixture/feed") return void response.end(JSON.stringify(verifier.feed()));
  return void guarded(request, response);
});
const guarded = withIdentity(verifier, (_request, response, identity) => void response.end(identity.sub));
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`service listens on ${typeof address === "object" ? address?.port : ""}\n`);
});
