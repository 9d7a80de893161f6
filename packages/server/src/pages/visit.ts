// One visit of a page: the request, who makes it, and how it is answered as HTML. Knows no page.

import { acceptedCookieNames, type Clock, findCookie, twice } from "@countersign/verifier";
import type { Auth } from "countersign";
import { z } from "zod";
import type { DevMail } from "../dev-mail.ts";
import { type Arrival, mayReadMails } from "../this-machine.ts";
import type { Assets } from "../web/assets.ts";
import { type MessageModel, messagePage } from "../web/message-page.ts";
import type { PageContext } from "../web/page.ts";
import { callIssuer, type IssuerAnswer, type IssuerRequest } from "./issuer-call.ts";

/** What every page is given. */
export interface PageParts {
  readonly auth: Auth;
  readonly clock: Clock;
  readonly assets: Assets;
  /** Present where mails are shown instead of sent. */
  readonly devMail: DevMail | undefined;
  readonly version: string;
}

/** The visitor's identity, as `GET /auth/session` tells it. */
export type VisitorIdentity = z.output<typeof identityBody>;

/** One request for a page. */
export interface Visit extends Arrival {
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
}

/** How an answer is sent. */
export interface SendOptions {
  readonly status?: number;
  readonly cookies?: readonly string[];
  readonly retryAfterSeconds?: number | undefined;
}

const identityBody = z.object({
  sub: z.string(),
  sid: z.string(),
  strategy: z.enum(["session", "jwt", "hybrid"]),
  email: z.string(),
  email_verified: z.boolean(),
  expires_at: z.number(),
});

/** Asks the issuer for this visitor. */
export function ask(parts: PageParts, visit: Visit, call: IssuerRequest): Promise<IssuerAnswer> {
  return callIssuer(parts.auth, visit, call);
}

/** Who visits: the identity, or the answer that told why there is none. A request without our cookies costs nothing. */
export async function identify(
  parts: PageParts,
  visit: Visit,
): Promise<{ readonly identity: VisitorIdentity } | { readonly identity: undefined; readonly answer?: IssuerAnswer }> {
  if (presentCookie(parts, visit) === undefined) return { identity: undefined };
  const answer = await ask(parts, visit, { method: "GET", path: "/auth/session" });
  return answer.status === 200 ? { identity: identityBody.parse(answer.body) } : { identity: undefined, answer };
}

/** The cookie by which a visitor is recognised: the one that the issuer would look at. */
export function presentCookie(parts: PageParts, visit: Visit): { name: string; value: string } | undefined {
  const header = visit.request.headers.get("cookie") ?? "";
  const { issuer } = parts.auth.options;
  for (const name of [...acceptedCookieNames(issuer, "session"), ...acceptedCookieNames(issuer, "accessToken")]) {
    const value = findCookie(header, name);
    if (value !== undefined) return { name, value: value === twice ? "" : value };
  }
  return undefined;
}

/** What a page is given beside its model. */
export function contextOf(parts: PageParts, visit: Visit, identity: VisitorIdentity | undefined): PageContext {
  return {
    assets: { style: parts.assets.style.path, favicon: parts.assets.favicon.path },
    now: parts.clock.now(),
    account: identity === undefined ? undefined : { email: identity.email },
    devMail: findDevMail(parts, visit) !== undefined,
  };
}

/** The mails that this visitor may read; `undefined` where there are none to be read, or not by this one. */
export function findDevMail(parts: PageParts, visit: Visit): DevMail | undefined {
  return mayReadMails(visit, parts.auth.options) ? parts.devMail : undefined;
}

/**
 * The headers of every page. `Referrer-Policy` is `same-origin` and not `no-referrer`: with that one, browsers send `Origin: null`
 * with forms, and the check for other sites would have nothing to go by where Fetch Metadata is missing.
 */
const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
  vary: "Cookie, Sec-Fetch-Site, Origin",
  "cache-control": "no-store",
};

/** A page as an answer. Never cached: every page tells in its head who is signed in. */
export function sendPage(parts: PageParts, page: string, options: SendOptions = {}): Response {
  const headers = new Headers({ ...pageHeaders, ...transportHeaders(parts) });
  for (const cookie of options.cookies ?? []) headers.append("set-cookie", cookie);
  if (options.retryAfterSeconds !== undefined) headers.set("retry-after", `${Math.ceil(options.retryAfterSeconds)}`);
  return new Response(page, { status: options.status ?? 200, headers });
}

/** A page with one message as an answer. */
export function sendMessage(
  parts: PageParts,
  visit: Visit,
  message: MessageModel,
  identity?: VisitorIdentity,
  more: Pick<SendOptions, "cookies"> & { readonly allow?: string } = {},
): Response {
  const page = messagePage(contextOf(parts, visit, identity), message);
  const { status = 200, retryAfterSeconds } = message;
  const response = sendPage(parts, page, { ...more, status, retryAfterSeconds });
  if (more.allow !== undefined) response.headers.set("allow", more.allow);
  return response;
}

/** To another page, by GET (303, RFC 9110 section 15.4.4): a form that is done is not sent again by reloading. */
export function seeOther(parts: PageParts, location: string, cookies: readonly string[] = []): Response {
  const { "content-type": _, ...rest } = pageHeaders;
  const headers = new Headers({ ...rest, ...transportHeaders(parts), location });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

function transportHeaders(parts: PageParts): Record<string, string> {
  return parts.auth.options.issuer.startsWith("https:")
    ? { "strict-transport-security": "max-age=31536000; includeSubDomains" }
    : {};
}
