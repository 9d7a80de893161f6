// An issuer under a host name of its own, with pages beside it, for real browsers: real time, and a record of what arrived. Judges nothing.

import type { IncomingHttpHeaders } from "node:http";
import { type Auth, type AuthOptions, createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { isIssuerPath, nodeHandler } from "countersign/node";
import { cheapHashing, goodPassword, serverSecret } from "./issuer.ts";
import { serve } from "./servers.ts";

/** One request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** The account that is there from the start. */
export const ada = { email: "ada@example.com", password: goodPassword };

/** A site with an issuer. `await using site = await startIssuerSite("localhost")` stops it at the end of the block. */
export interface IssuerSite extends AsyncDisposable {
  readonly auth: Auth;
  /** `http://HOST:PORT`, which is its `iss` too. */
  readonly origin: string;
  readonly port: number;
  /** What arrived under `/auth/`, oldest first. */
  readonly arrived: Arrived[];
  /** How many sign-ins there were, good ones. */
  signIns(): Promise<number>;
}

/**
 * Starts it. `host` is `localhost` or a name under it, for which a browser needs no TLS. Outside of the issuer's paths each address is an
 * empty page whose `<p>` shows the cookies that it was asked with.
 */
export async function startIssuerSite(
  host: string,
  options: Partial<Omit<AuthOptions, "store" | "issuer">> = {},
): Promise<IssuerSite> {
  const site = await serve();
  const origin = `http://${host}:${site.port}`;
  const auth = createAuth({
    ...{ issuer: origin, secrets: [serverSecret], hashing: cheapHashing, store: createMemoryStore() },
    ...options,
  });
  await auth.subjects.create(ada);
  const handle = nodeHandler(auth);
  const arrived: Arrived[] = [];
  site.server.on("request", (request, response) => {
    const { method = "", url = "/", headers } = request;
    if (!isIssuerPath(url)) {
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><title>A page</title><p>${headers.cookie ?? "no cookie"}</p>`);
      return;
    }
    arrived.push({ method, path: url, headers });
    void handle(request, response);
  });
  return {
    ...{ auth, origin, port: site.port, arrived },
    signIns: async () =>
      (await auth.audit({ limit: 500, act: "session.sign_in" })).filter(({ outcome }) => outcome === "ok").length,
    async [Symbol.asyncDispose]() {
      await site.stop();
      await auth.idle();
    },
  };
}

/** Empty pages under whatever name they are asked for. */
export async function startPages(): Promise<AsyncDisposable & { readonly port: number }> {
  return serve((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>A page</title><p>hello</p>");
  });
}
