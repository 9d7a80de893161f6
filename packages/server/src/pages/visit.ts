// One visit of a page: the request, who makes it, and how it is answered as HTML. Knows no page.

import { acceptedCookieNames, type Clock, type CookieKind, findCookie, twice } from "@countersign/verifier";
import type { Auth } from "countersign";
import { z } from "zod";
import type { Demonstration } from "../demonstration/demonstration.ts";
import type { DevMail } from "../dev-mail.ts";
import type { LabRuns } from "../lab-runs.ts";
import { type Arrival, mayReadMails } from "../this-machine.ts";
import { type Assets, addressesOf } from "../web/assets.ts";
import { type MessageModel, messagePage } from "../web/message-page.ts";
import type { PageContext, Site } from "../web/page.ts";
import { sealedHeaders, sealedPolicy } from "../web/try-page.ts";
import { callIssuer, type IssuerAnswer, type IssuerRequest } from "./issuer-call.ts";

/** What every page is given. */
export interface PageParts {
  readonly auth: Auth;
  readonly clock: Clock;
  readonly assets: Assets;
  /** Present where mails are shown instead of sent. */
  readonly devMail: DevMail | undefined;
  /** The comparison, as the page runs it. */
  readonly lab: LabRuns;
  /** Three strategies at work, for whoever may run the lab. */
  readonly demonstration: Demonstration;
  readonly version: string;
  /** Whose pages these are. */
  readonly site: Site;
  /** Whether visitors choose their strategy, where several are allowed. */
  readonly strategyChoice: boolean;
}

/** The visitor's identity, as `GET /auth/session` tells it. */
export type VisitorIdentity = z.output<typeof identityBody>;

/** One request for a page. */
export interface Visit extends Arrival {
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  /** What the issuer set while it was asked for this visitor, in order: it goes along with the answer, whatever that is. */
  readonly cookies: string[];
}

/** How an answer is sent. */
export interface SendOptions {
  readonly status?: number;
  readonly retryAfterSeconds?: number | undefined;
  /** What the page may load and reach. Default: `plain`, which runs no script. */
  readonly policy?: PagePolicy;
}

/** The content policies of pages. */
export type PagePolicy = keyof typeof pagePolicies;

const identityBody = z.object({
  sub: z.string(),
  sid: z.string(),
  strategy: z.enum(["session", "jwt", "hybrid"]),
  email: z.string(),
  email_verified: z.boolean(),
  expires_at: z.number(),
});

/** Asks the issuer for this visitor. Whatever it sets (new credentials, renewed ones, their removal) goes along with the answer. */
export async function ask(parts: PageParts, visit: Visit, call: IssuerRequest): Promise<IssuerAnswer> {
  const answer = await callIssuer(parts.auth, visit, call);
  visit.cookies.push(...answer.cookies);
  return answer;
}

/** Who visits. */
export type Visitor =
  | {
      readonly identity: VisitorIdentity;
      /** Whether a new token came along, because the one beside a hybrid's session was missing or had run out. */
      readonly isRenewed: boolean;
    }
  /** The answer that told why there is no identity; absent where nothing was asked. */
  | { readonly identity: undefined; readonly answer?: IssuerAnswer };

/** Who visits: the identity, or the answer that told why there is none. A request without our cookies costs nothing. */
export async function identify(parts: PageParts, visit: Visit): Promise<Visitor> {
  if (presentCookies(parts, visit).length === 0) return { identity: undefined };
  const answer = await ask(parts, visit, { method: "GET", path: "/auth/session" });
  if (answer.status !== 200) return { identity: undefined, answer };
  return { identity: identityBody.parse(answer.body), isRenewed: answer.cookies.length > 0 };
}

/** A cookie as it came. */
export interface PresentCookie {
  readonly kind: CookieKind;
  readonly name: string;
  readonly value: string;
}

/** The cookies by which a visitor may be recognised: those that the issuer would look at. */
export function presentCookies(parts: PageParts, visit: Visit): readonly PresentCookie[] {
  const header = visit.request.headers.get("cookie") ?? "";
  return (["session", "accessToken"] as const).flatMap((kind) => {
    const found = acceptedCookieNames(parts.auth.options.issuer, kind).flatMap((name) => {
      const value = findCookie(header, name);
      return value === undefined ? [] : [{ kind, name, value: value === twice ? "" : value }];
    });
    return found.slice(0, 1);
  });
}

/** What a page is given beside its model. */
export function contextOf(parts: PageParts, visit: Visit, identity: VisitorIdentity | undefined): PageContext {
  return {
    assets: addressesOf(parts.assets),
    now: parts.clock.now(),
    account: identity === undefined ? undefined : { email: identity.email },
    devMail: findDevMail(parts, visit) !== undefined,
    site: parts.site,
  };
}

/** The mails that this visitor may read; `undefined` where there are none to be read, or not by this one. */
export function findDevMail(parts: PageParts, visit: Visit): DevMail | undefined {
  return mayReadMails(visit, parts.auth.options) ? parts.devMail : undefined;
}

const plainPolicy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * By what a page shows: a page with a script may run its own and ask this server, and nothing else. One that is `sealed` runs its script and
 * reaches nobody by it: what is typed there stays there.
 */
const pagePolicies = {
  plain: plainPolicy,
  script: `${plainPolicy}; script-src 'self'; connect-src 'self'`,
  sealed: sealedPolicy,
} as const;

/**
 * The headers of every page, beside its policy. `Referrer-Policy` is `same-origin` and not `no-referrer`: with that one, browsers send `Origin: null`
 * with forms, and the check for other sites would have nothing to go by where Fetch Metadata is missing.
 */
const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
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
  const { policy: name = "plain" } = options;
  const policy = { "content-security-policy": pagePolicies[name], ...(name === "sealed" ? sealedHeaders : {}) };
  const headers = new Headers({ ...pageHeaders, ...policy, ...transportHeaders(parts) });
  if (options.retryAfterSeconds !== undefined) headers.set("retry-after", `${Math.ceil(options.retryAfterSeconds)}`);
  return new Response(page, { status: options.status ?? 200, headers });
}

/** A page with one message as an answer. */
export function sendMessage(
  parts: PageParts,
  visit: Visit,
  message: MessageModel,
  identity?: VisitorIdentity,
  more: { readonly allow?: string } = {},
): Response {
  const page = messagePage(contextOf(parts, visit, identity), message);
  const { status = 200, retryAfterSeconds } = message;
  const response = sendPage(parts, page, { status, retryAfterSeconds });
  if (more.allow !== undefined) response.headers.set("allow", more.allow);
  return response;
}

/** To another page, by GET (303, RFC 9110 section 15.4.4): a form that is done is not sent again by reloading. */
export function seeOther(parts: PageParts, location: string): Response {
  const { "content-type": _, ...rest } = pageHeaders;
  const headers = { ...rest, "content-security-policy": pagePolicies.plain, ...transportHeaders(parts), location };
  return new Response(null, { status: 303, headers });
}

/** An answer with the cookies of its visit. Of one name and path the last one counts, as it would in a browser. */
export function withCookies(response: Response, { cookies }: Pick<Visit, "cookies">): Response {
  const last = new Map(cookies.map((cookie) => [cookiePlace(cookie), cookie]));
  for (const cookie of last.values()) response.headers.append("set-cookie", cookie);
  return response;
}

function cookiePlace(cookie: string): string {
  const [name = ""] = cookie.split("=", 1);
  return `${name} ${/;\s*Path=([^;]*)/i.exec(cookie)?.[1] ?? ""}`;
}

function transportHeaders(parts: PageParts): Record<string, string> {
  return parts.auth.options.issuer.startsWith("https:") ? { "strict-transport-security": "max-age=31536000" } : {};
}
