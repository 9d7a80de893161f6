// Serves an issuer by `node:http`, Express or anything else with Node.js's request and response. Knows no route.

import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Auth } from "../auth.ts";
import { toResponse } from "./answers.ts";

/** A listener that answers the issuer's routes, and 404 elsewhere; `isIssuerPath` tells which are its own. */
export function nodeHandler(
  auth: Pick<Auth, "handle">,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const handle = (request: Request, env: unknown) => {
    const { incoming } = env as { incoming: IncomingMessage };
    return auth.handle(request, { remoteAddress: incoming.socket.remoteAddress ?? "" });
  };
  // What cannot be made a `Request`: a host that is none, an address that is none.
  return getRequestListener(handle, { errorHandler: () => toResponse({ problem: "request_invalid" }) });
}

/** Whether a path belongs to the issuer: everything under `/auth/` and `/.well-known/`. */
export function isIssuerPath(path: string): boolean {
  return path.startsWith("/auth/") || path.startsWith("/.well-known/");
}
