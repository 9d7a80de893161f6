// Brings every request to whoever answers it: the issuer, a page, or the server's own small routes; counts and logs it. Opens no socket.

import { randomBytes } from "node:crypto";
import { Unavailable } from "@countersign/verifier";
import { type Problem, type ProblemCode, problems } from "countersign";
import { isIssuerPath } from "countersign/node";
import { type Context, Hono } from "hono";
import type { Composed } from "./compose.ts";
import { answerProbe, probeHeader } from "./doctor/probe.ts";
import type { PageRoute } from "./pages/contract.ts";
import { demonstrationRoutes } from "./pages/demonstration.ts";
import { labRoutes } from "./pages/lab.ts";
import { devMailRoutes, notFound, pageRoutes } from "./pages/pages.ts";
import { type PageParts, sendMessage, type Visit, withCookies } from "./pages/visit.ts";
import { documentPaths, serverDocument } from "./reference.ts";
import { createRouteNames } from "./route-names.ts";
import { type Arrival, isDevelopment, mayReadMetrics } from "./this-machine.ts";
import { findAsset, readAssets } from "./web/assets.ts";
import { messages } from "./web/message-page.ts";
import { scriptNames } from "./web/page.ts";
import { paths } from "./web/paths.ts";

/** Who is at the other end of the socket, and how it speaks. */
export type Peer = Omit<Arrival, "request">;

/** Answers a request. Never throws. */
export type App = (request: Request, peer: Peer) => Promise<Response>;

interface Env {
  readonly Bindings: { readonly peer: Peer; readonly seen: { route: string; readonly id: string } };
}

/** The server's answers. `isStopping` makes it say that it is not ready. */
export function createApp(composed: Composed, version: string, isStopping: () => boolean): App {
  const { auth, log, metrics, clock, devMail, lab, demonstration } = composed;
  const assets = readAssets();
  const unbuilt = scriptNames.filter((name) => assets.scripts[name] === undefined);
  if (unbuilt.length > 0) log.warn({ unbuilt }, "pages go without script: `npm run pages` builds it");
  const parts: PageParts = { auth, clock, devMail, lab, demonstration, version, assets, ...pageOptions(composed) };
  const document = serverDocument(auth, version);
  const issuerRoutes = createRouteNames(documentPaths(document));
  const app = new Hono<Env>({ strict: true });

  app.use(async (context, next) => {
    const nonce = composed.probes.read(context.req.header(probeHeader) ?? null);
    if (nonce === undefined) return next();
    context.env.seen.route = "/healthz";
    const { issuer, trustedProxyHops } = auth.options;
    return answerProbe(context.req.raw, nonce, { issuer, trustedProxyHops, time: clock.now() });
  });
  // The own pages first: one of them lies below the issuer's path, where the refresh cookie is sent.
  addPages(app, parts, [
    ...pageRoutes,
    ...(devMail === undefined ? [] : devMailRoutes),
    ...(lab.isAllowed ? [...labRoutes, ...demonstrationRoutes] : []),
  ]);
  addOwnRoutes(app, composed, parts, document, isStopping);
  app.all("*", (context) => {
    const { pathname } = new URL(context.req.url);
    const { peer, seen } = context.env;
    if (isIssuerPath(pathname)) {
      seen.route = issuerRoutes(pathname);
      return auth.handle(context.req.raw, { remoteAddress: peer.remoteAddress });
    }
    return unknown(parts, visitOf(context));
  });
  app.onError((error, context) => {
    const isOurs = !(error instanceof Unavailable);
    log[isOurs ? "error" : "warn"]({ err: error, route: context.env.seen.route, id: context.env.seen.id }, "fault");
    if (isOurs) return sendMessage(parts, visitOf(context), messages.broken);
    const { retryAfterSeconds } = error;
    return sendMessage(parts, visitOf(context), { ...messages.unavailable, retryAfterSeconds });
  });

  return async (request, peer) => {
    const startedAt = clock.monotonic();
    const seen = { route: "unknown", id: requestId() };
    const response = await app.fetch(request, { peer, seen });
    const ms = clock.monotonic() - startedAt;
    const { method } = request;
    metrics.request({ method, route: seen.route, status: response.status, seconds: ms / 1000 });
    const level = seen.route.startsWith("/assets/") || seen.route === "/healthz" ? "debug" : "info";
    log[level](
      { method, route: seen.route, status: response.status, ms: Math.round(ms * 10) / 10, id: seen.id },
      "request",
    );
    return withRequestId(response, seen.id);
  };
}

/** Whose the pages are: Countersign shows itself to developers, and elsewhere where it is told to. */
function pageOptions({ auth, config }: Composed): Pick<PageParts, "site" | "strategyChoice"> {
  const { showcase = isDevelopment(auth.options), strategyChoice = showcase } = config.pages;
  return { site: { name: auth.options.mail.appName, showcase }, strategyChoice };
}

function addPages(app: Hono<Env>, parts: PageParts, routes: readonly PageRoute[]): void {
  for (const { method, path, isKnownTo = everybody, run } of routes) {
    app.on(method, path, async (context, next) => {
      const visit = visitOf(context);
      if (!isKnownTo(parts, visit)) return next();
      context.env.seen.route = path;
      return withCookies(await run(parts, visit), visit);
    });
  }
  for (const [path, here] of Map.groupBy(routes, (route) => route.path)) {
    const allow = here.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
    app.all(path, async (context, next) => {
      const visit = visitOf(context);
      if (!here.some(({ isKnownTo = everybody }) => isKnownTo(parts, visit))) return next();
      context.env.seen.route = path;
      const message = { status: 405, title: "That is not how this address is used", text: "It takes another method." };
      return sendMessage(parts, visit, message, undefined, { allow });
    });
  }
}

const everybody = () => true;

/** How long a store may take to answer before the server counts as not ready, in milliseconds. */
const readyWithinMs = 2000;

function addOwnRoutes(
  app: Hono<Env>,
  { auth, metrics, clock, config }: Composed,
  parts: PageParts,
  document: object,
  isStopping: () => boolean,
): void {
  const openApi = JSON.stringify(document);
  get(app, paths.openApi, () => plain(openApi, "application/json", { "access-control-allow-origin": "*" }));
  get(app, "/healthz", () => plain('{"status":"ok"}', "application/json"));
  get(app, "/readyz", async () => {
    const isReady = !isStopping() && (await answersWithin(auth.ping(), readyWithinMs, clock));
    return plain(`{"status":"${isReady ? "ready" : "unavailable"}"}`, "application/json", {}, isReady ? 200 : 503);
  });
  get(app, "/assets/:name", (visit) => {
    const asset = findAsset(parts.assets, visit.url.pathname);
    if (asset === undefined) return notFound(parts, visit);
    const kept = { "cache-control": "public, max-age=31536000, immutable", vary: "Accept-Encoding" };
    const gzip = acceptsGzip(visit.request) ? asset.gzip() : undefined;
    if (gzip === undefined) return plain(asset.body, asset.type, kept);
    return plain(gzip, asset.type, { ...kept, "content-encoding": "gzip" });
  });
  if (config.metrics.access === "off") return;
  get(app, "/metrics", async (visit) => {
    if (config.metrics.access !== "open" && !mayReadMetrics(visit, auth.options)) {
      // Whoever shows no key is not told that one would help.
      if (!visit.request.headers.has("authorization")) return unknown(parts, visit);
      const judged = await auth.services.judge(visit.request, "admin", { remoteAddress: visit.remoteAddress });
      if (!judged.ok) return refused(judged);
    }
    const { contentType, text } = await metrics.read();
    return plain(text, contentType);
  });
}

function get(app: Hono<Env>, path: string, answer: (visit: Visit) => Response | Promise<Response>): void {
  app.get(path, (context) => {
    context.env.seen.route = path;
    return answer(visitOf(context));
  });
}

async function answersWithin(asked: Promise<void>, ms: number, clock: Composed["clock"]): Promise<boolean> {
  const done = new AbortController();
  const answered = asked.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answered, clock.sleep(ms, done.signal).then(() => false)]);
  } finally {
    done.abort();
  }
}

function visitOf(context: Context<Env>): Visit {
  const request = context.req.raw;
  return { ...context.env.peer, request, url: new URL(request.url), params: context.req.param(), cookies: [] };
}

/** A page for whoever reads pages, a problem for programs. */
function unknown(parts: PageParts, visit: Visit): Response | Promise<Response> {
  if ((visit.request.headers.get("accept") ?? "").includes("text/html")) return notFound(parts, visit);
  return problemAnswer("route_unknown", 404, messages.notFound.title);
}

/** A service key that does not open this. */
function refused({ code, retryAfterSeconds }: Problem): Response {
  const { status, title } = problems[code];
  const challenge = status === 401 ? { "www-authenticate": 'Basic realm="countersign"' } : {};
  const pause = retryAfterSeconds === undefined ? {} : { "retry-after": `${Math.ceil(retryAfterSeconds)}` };
  return problemAnswer(code, status, title, { ...challenge, ...pause });
}

function problemAnswer(
  code: ProblemCode,
  status: number,
  title: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = { type: `urn:countersign:problem:${code}`, title, status, code };
  return plain(JSON.stringify(body), "application/problem+json", headers, status);
}

function acceptsGzip({ headers }: Request): boolean {
  return /(^|,)\s*gzip\s*(,|$)/i.test(headers.get("accept-encoding") ?? "");
}

function plain(
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
  more: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  const headers = {
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    ...more,
  };
  return new Response(body, { status, headers });
}

function requestId(): string {
  return randomBytes(9).toString("base64url");
}

function withRequestId(response: Response, id: string): Response {
  response.headers.set("x-request-id", id);
  return response;
}
