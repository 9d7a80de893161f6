// Changes a privilege for an application that asks: a route that is in no table, reached by its call alone.

import type { HttpParts } from "./contract.ts";
import { route } from "./contract.ts";
import { createDispatch, type Dispatch } from "./dispatch.ts";
import { postPrivilege } from "./handlers/sign-in.ts";
import { refreshBody, signedInSchema } from "./schemas.ts";

// As any other route it is checked by the dispatcher: access, origin, what a fault looks like.
const privilegeRoute = route({
  method: "POST",
  path: "/auth/privilege",
  tag: "Signing in",
  summary: "Put a new session in the place of this one",
  access: "account",
  cors: true,
  body: { schema: refreshBody, optional: true },
  answers: { 200: { what: "The identity with cookies, or the tokens.", schema: signedInSchema } },
  problems: ["session_changed", "claims_too_large", "claims_reserved", "claims_invalid"],
  run: postPrivilege,
});

/** Answers a request as the route would, whatever its own address, method and body are. Never throws. */
export function createPrivilegeChange(
  parts: HttpParts,
  onError: (error: unknown, request: Request) => void,
): (request: Request, remoteAddress: string, refreshToken: string | undefined) => ReturnType<Dispatch> {
  const dispatch = createDispatch(parts, [privilegeRoute], onError);
  return (request, remoteAddress, refreshToken) => dispatch(asPrivilegeRequest(request, refreshToken), remoteAddress);
}

// Made unsafe, so that cookies count only from the own site; without the body, which belongs to the application.
function asPrivilegeRequest(request: Request, refreshToken: string | undefined): Request {
  const headers = new Headers(request.headers);
  for (const name of ["content-length", "content-type", "transfer-encoding"]) headers.delete(name);
  const { method, path } = privilegeRoute;
  const url = new URL(path, request.url);
  if (refreshToken === undefined) return new Request(url, { method, headers });
  headers.set("content-type", "application/json");
  // What is longer is none of ours, and is refused as such.
  const body = JSON.stringify({ refresh_token: refreshToken.slice(0, 200) });
  return new Request(url, { method, headers, body });
}
