// An application that embeds the issuer and recognises its credentials, with nothing but the published packages.

import { createVerifier } from "@countersign/verifier";
import { createAuth } from "countersign";
import { openSqliteStore } from "countersign/sqlite";

const issuer = "http://localhost:4000";
const store = await openSqliteStore({ path: ":memory:" });
const auth = createAuth({ issuer, secrets: ["a secret of the test, 32 characters long"], store });
await auth.start();

const person = { email: "ada@example.com", password: "analytical engine notes 1843" };
await post("/auth/sign-up", { ...person, transport: "token" });
const session = await post("/auth/sign-in", { ...person, strategy: "session", transport: "token" });
const jwt = await post("/auth/sign-in", { ...person, strategy: "jwt", transport: "token" });

const verifier = createVerifier({ issuer, keys: { jwks: await auth.keys.jwks() } });
const recognised = [
  await auth.authenticate(bearer(session.session_token)),
  await verifier.authenticate(bearer(jwt.access_token)),
];
const strategies = recognised.map((verdict) => (verdict.ok ? verdict.identity.strategy : verdict.code));
console.log(`signed in by ${strategies.join(" and by ")}`);
await store.close();

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const request = new Request(issuer + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const response = await auth.handle(request, { remoteAddress: "127.0.0.1" });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

function bearer(credential: unknown): Request {
  return new Request(issuer, { headers: { authorization: `Bearer ${credential}` } });
}
