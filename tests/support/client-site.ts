// A site for the client's tests in real browsers: pages with the client on them, an issuer, and services, on time that the test owns. Judges nothing.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createVerifier, type Verifier } from "@countersign/verifier";
import { withIdentity } from "@countersign/verifier/node";
import { type Auth, createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { isIssuerPath, nodeHandler } from "countersign/node";
import { createTestClock, type TestClock } from "../../packages/countersign/src/primitives/testing.ts";
import { bundle } from "./client-bundle.ts";
import { addService, cheapHashing, serverSecret } from "./issuer.ts";
import { type Arrived, ada } from "./issuer-site.ts";
import { type SmallServer, serve } from "./servers.ts";

/** What arrived, with its body. */
export interface ArrivedWithBody extends Arrived {
  readonly host: string;
  readonly body: string;
}

/** The site. `await using site = await startClientSite(…)` stops it at the end of the block. */
export interface ClientSite extends AsyncDisposable {
  readonly auth: Auth;
  readonly clock: TestClock;
  /** Where pages, issuer and `/api` are: one origin. */
  readonly origin: string;
  /** A service on another site. */
  readonly service: string;
  /** Pages on a third site, which the issuer and the service allow to call. */
  readonly appOrigin: string;
  /** A fourth site, which nobody knows. */
  readonly elsewhere: string;
  /** Everything that arrived but pages and scripts, oldest first. */
  readonly arrived: ArrivedWithBody[];
  /** Those with this path. */
  to(path: string): ArrivedWithBody[];
  /** What the server does before a request of this path is handled: it may wait, or answer by itself with `true`. */
  readonly before: Map<string, (response: ServerResponse) => Promise<boolean> | boolean>;
}

/** The longest life of an access token. */
export const accessLifetimeMs = 300_000;

/** Starts it. `host` is a name under `localhost`, for which a browser needs no TLS. */
export async function startClientSite(host: string): Promise<ClientSite> {
  const scripts = {
    "/client.js": await bundle("packages/client/src/index.ts"),
    "/hook.js": await bundle("tests/support/hook-page.ts"),
    // As it is developed with: only then does StrictMode do everything twice.
    "/react.js": await bundle("tests/support/react-page.ts", "development"),
  };
  const clock = createTestClock(Date.now());
  const server = await serve();
  const origin = `http://${host}:${server.port}`;
  const service = `http://api.service.localhost:${server.port}`;
  const appOrigin = `http://app.test:${server.port}`;
  const auth = createAuth({
    ...{ issuer: origin, secrets: [serverSecret], hashing: cheapHashing, store: createMemoryStore({ clock }), clock },
    ...{
      corsOrigins: [appOrigin],
      strategies: ["hybrid", "jwt", "session"],
      jwt: { lifetime: accessLifetimeMs / 1000 },
    },
  });
  await auth.subjects.create(ada);
  const verifier = await createFollowing(auth, server, clock);
  const arrived: ArrivedWithBody[] = [];
  const before: ClientSite["before"] = new Map();
  const handleIssuer = nodeHandler(auth);
  const guarded = withIdentity(verifier, (_request, response, { sub, strategy }) =>
    sendJson(response, { sub, strategy }),
  );
  server.server.on("request", async (request, response) => {
    const { method = "", url = "/", headers } = request;
    const path = new URL(url, origin).pathname;
    if (path in scripts) return sendText(response, "text/javascript", scripts[path as keyof typeof scripts]);
    const isApi = path.startsWith("/api");
    if (!isApi && !isIssuerPath(path)) return sendText(response, "text/html", page);
    if (isApi && headers.origin === appOrigin) allow(response, appOrigin);
    if (isApi && method === "OPTIONS") return response.writeHead(204).end();
    // The issuer reads its bodies itself.
    const body = isApi ? await readText(request) : "";
    arrived.push({ method, path, headers, host: headers.host ?? "", body });
    if (await before.get(path)?.(response)) return;
    await (isApi ? guarded(request, response) : handleIssuer(request, response));
  });
  return {
    ...{ auth, clock, origin, service, appOrigin, arrived, before },
    elsewhere: `http://elsewhere.example.test:${server.port}`,
    to: (path) => arrived.filter((each) => each.path === path),
    async [Symbol.asyncDispose]() {
      verifier.close();
      await server.stop();
      await auth.idle();
      await auth.close();
    },
  };
}

// It follows the feed and looks no session up: when a token has run out it can only say so.
async function createFollowing(auth: Auth, server: SmallServer, clock: TestClock): Promise<Verifier> {
  const key = await addService(auth, ["follow"]);
  const issuerHere = `http://127.0.0.1:${server.port}`;
  return createVerifier({
    issuer: auth.options.issuer,
    keys: { jwksUri: `${issuerHere}/.well-known/jwks.json` },
    clock,
    feed: { serviceKey: `${key.id}.${key.secret}`, url: `${issuerHere}/auth/revocations`, follow: "on-demand" },
  });
}

// What a bundled application would import stands on the window.
const page = `<!doctype html><title>A page</title><main></main><script type="module">
import { createClient } from "/client.js";
import { show } from "/hook.js";
import { showReact } from "/react.js";
Object.assign(window, { createClient, show, showReact });
</script>`;

function allow(response: ServerResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-headers", "authorization, content-type");
}

function sendText(response: ServerResponse, type: string, text: string): void {
  response.setHeader("content-type", type);
  response.end(text);
}

function sendJson(response: ServerResponse, body: object): void {
  sendText(response, "application/json", JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk;
  return text;
}
