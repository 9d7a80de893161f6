// Brings a request to its route: CORS, access, body and query are checked here, once for all routes. Knows no handler.

import { type Accepted, readHeader, Unavailable } from "@countersign/verifier";
import { type Context, Hono } from "hono";
import { UsageError } from "../primitives/errors.ts";
import type { Caller } from "../sign-in/contract.ts";
import { findAccountSession } from "./account.ts";
import { toResponse, unavailableResponse } from "./answers.ts";
import { readBody, readQuery } from "./body.ts";
import { callerOf } from "./caller.ts";
import type { AccountSession, Answer, Call, HttpParts, Route } from "./contract.ts";
import { createCookieJar } from "./cookies.ts";
import { judgeService } from "./service-key-access.ts";

/** Answers a request. `remoteAddress` is the socket's; empty where unknown. */
export type Dispatch = (request: Request, remoteAddress: string) => Promise<Response>;

interface Bindings {
  readonly Bindings: { readonly remoteAddress: string };
}

/**
 * The dispatcher over a table of routes. `onError` is told of every fault that is nobody's mistake but ours; the client learns
 * only that there was one.
 */
export function createDispatch(
  parts: HttpParts,
  routes: readonly Route[],
  onError: (error: unknown, request: Request) => void,
): Dispatch {
  const app = new Hono<Bindings>({ strict: true });
  const always = transportHeaders(parts);
  const fail = (error: unknown, request: Request, headers: Record<string, string>) => {
    // A full queue is load, which the metrics show; everything else the operator has to hear of.
    if (!(error instanceof Unavailable && error.code === "busy")) onError(error, request);
    if (error instanceof Unavailable) return unavailableResponse(error, headers);
    return toResponse({ problem: error instanceof UsageError ? error.code : "internal_error" }, { headers });
  };
  for (const route of routes) {
    app.on(route.method, route.path, async (context) => {
      const request = context.req.raw;
      const headers = { ...always, ...corsHeaders(parts, route, request), ...cacheHeaders(route) };
      try {
        return toResponse(await run(parts, route, context), { headers, challenge: challengeOf(route) });
      } catch (error) {
        return fail(error, request, headers);
      }
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    app.options(path, (context) => preflight(parts, here, context.req.raw));
    app.all(path, () =>
      toResponse({ problem: "method_not_allowed" }, { headers: { ...always, allow: allowed(here) } }),
    );
  }
  app.notFound(() => toResponse({ problem: "route_unknown" }, { headers: always }));
  app.onError((error, context) => fail(error, context.req.raw, always));
  return async (request, remoteAddress) => app.fetch(request, { remoteAddress });
}

// Every 401 says how to authenticate (RFC 9110 section 15.5.2).
function challengeOf(route: Route): "Bearer" | "Basic" {
  return route.access === "public" || route.access === "account" ? "Bearer" : "Basic";
}

async function run(parts: HttpParts, route: Route, context: Context<Bindings>): Promise<Answer> {
  const request = context.req.raw;
  const { options } = parts;
  const userAgent = readHeader(request, "user-agent");
  const cookies = createCookieJar(
    options.issuer,
    typeof userAgent === "string" ? userAgent : undefined,
    options.signInPaths,
    options.privilegePaths,
  );
  const { remoteAddress } = context.env;
  const caller = callerOf(request, remoteAddress, options.trustedProxyHops, cookies.names("device"));
  const access = await checkAccess(parts, route, request, caller);
  if (!access.ok) return access.answer;
  const query = readQuery(new URL(request.url), route.query);
  if (!query.ok) return query.answer;
  const body = await readBody(request, route.body);
  if (!body.ok) return body.answer;
  const { session, service } = access;
  const params = context.req.param();
  const call: Call = {
    request,
    parts,
    caller,
    cookies,
    body: body.value,
    query: query.value,
    params,
    session,
    service,
  };
  const answer = withoutStream(await route.run(call), request);
  return access.renewal === undefined ? answer : withRenewal(answer, access.renewal);
}

// HEAD is answered as GET without its body, and a stream that nobody reads would go on for ever.
function withoutStream(answer: Answer, request: Request): Answer {
  if (request.method !== "HEAD" || !("stream" in answer) || answer.stream === undefined) return answer;
  const { stream, ...rest } = answer;
  void stream.cancel();
  return rest;
}

// In passing: the session was looked up because its token had run out. An answer with cookies of its own has said what they are to be.
async function withRenewal(answer: Answer, renewal: () => Promise<readonly string[]>): Promise<Answer> {
  if (!("status" in answer) || answer.cookies !== undefined) return answer;
  // The session is good either way, and the next request tries again.
  const cookies = await renewal().catch(() => []);
  return { ...answer, cookies };
}

type Checked =
  | {
      readonly ok: true;
      readonly session: AccountSession | undefined;
      readonly service: Call["service"];
      readonly renewal?: Accepted["renewal"];
    }
  | { readonly ok: false; readonly answer: Answer };

async function checkAccess(parts: HttpParts, route: Route, request: Request, caller: Caller): Promise<Checked> {
  if (route.access === "public") return { ok: true, session: undefined, service: undefined };
  if (route.access === "account") return checkAccount(parts, request);
  const judged = await judgeService(parts, request, caller, route.access);
  if (judged.ok) return { ok: true, session: undefined, service: judged.service };
  return { ok: false, answer: { problem: judged.code, retryAfterSeconds: judged.retryAfterSeconds } };
}

async function checkAccount(parts: HttpParts, request: Request): Promise<Checked> {
  const verdict = await parts.recogniser.request(request);
  if (!verdict.ok) return { ok: false, answer: { refusal: verdict.code } };
  const session = await findAccountSession(parts, verdict.identity);
  if (typeof session === "string") return { ok: false, answer: { refusal: session } };
  const { renewal } = verdict;
  return { ok: true, session, service: undefined, ...(renewal === undefined ? {} : { renewal }) };
}

// Other sites may call with Bearer tokens, never with cookies: no `Access-Control-Allow-Credentials`, and only the origins listed.
function corsHeaders(parts: HttpParts, route: Route, request: Request): Record<string, string> {
  if (!route.cors) return {};
  if (route.cacheSeconds !== undefined) return { "access-control-allow-origin": "*" };
  const origin = request.headers.get("origin");
  return origin !== null && parts.options.corsOrigins.includes(origin)
    ? { "access-control-allow-origin": origin, "access-control-expose-headers": "WWW-Authenticate, Retry-After" }
    : {};
}

function preflight(parts: HttpParts, here: readonly Route[], request: Request): Response {
  const origin = request.headers.get("origin");
  const open = here.filter((route) => route.cors);
  const isAllowed = origin !== null && open.length > 0 && parts.options.corsOrigins.includes(origin);
  const cors = {
    "access-control-allow-origin": origin ?? "",
    "access-control-allow-methods": open.map((route) => route.method).join(", "),
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
  };
  const headers = { ...transportHeaders(parts), ...(isAllowed ? cors : {}) };
  return toResponse({ status: 204, headers: { allow: allowed(here) } }, { headers });
}

function cacheHeaders(route: Route): Record<string, string> {
  return route.cacheSeconds === undefined
    ? {}
    : { "cache-control": `public, max-age=${route.cacheSeconds}`, vary: "Accept-Encoding" };
}

// For this host alone: whether its subdomains speak TLS too, a library cannot know.
function transportHeaders(parts: HttpParts): Record<string, string> {
  return parts.options.issuer.startsWith("https:") ? { "strict-transport-security": "max-age=31536000" } : {};
}

function allowed(here: readonly Route[]): string {
  const methods = here.map((route) => route.method);
  // Whatever answers GET answers HEAD too (RFC 9110 section 9.3.2).
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
}
