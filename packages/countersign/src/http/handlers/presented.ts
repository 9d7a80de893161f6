// What a request bears beside the credential that counts; for handlers that end or replace it.

import {
  acceptedCookieNames,
  presentedCookies,
  presentedCookieValues,
  presentedCredential,
} from "@countersign/verifier";
import { judgeLife, sessionEnd } from "../../sessions/judge.ts";
import { isGenuine, parseRefreshToken } from "../../sessions/refresh-token.ts";
import { whyEnded } from "../account.ts";
import type { AccountSession, Call } from "../contract.ts";

/** The session that the dispatcher has found for an account route. */
export function needSession(call: Pick<Call, "session">): AccountSession {
  if (call.session === undefined) throw new Error("This route must be declared with the access `account`.");
  return call.session;
}

/** The value of the first of these cookies; none where one of them came twice. */
export function findPresentedCookie(call: Pick<Call, "request">, names: readonly string[]): string | undefined {
  const presented = presentedCookies(call.request, names);
  return presented.ok ? presented.cookies[0].value : undefined;
}

/**
 * Whether a refresh token from a cookie stands beside an access token of its session, good or expired, in a cookie too. A neighbouring host
 * of the same site can plant the one (`__Secure-`) but not the other (`__Host-Http-`): alone, it could sign the visitor in to somebody
 * else's account (login CSRF). Leaves the refresh token unjudged. Costs one signature check, two for an expired token.
 */
export async function isBesideItsAccessToken(call: Call, refreshToken: string): Promise<boolean> {
  const sid = parseRefreshToken(refreshToken)?.sid;
  const token = findPresentedCookie(call, acceptedCookieNames(call.parts.options.issuer, "accessToken"));
  if (sid === undefined || token === undefined) return false;
  const companion = await call.parts.recogniser.evenIfExpired(token);
  return companion?.identity.sid === sid;
}

/** A session that a request bears, by whichever credential. */
export interface PresentedSession {
  readonly sub: string;
  readonly sid: string;
  /** Whether the credential is a token that has no record. */
  readonly isRecordless: boolean;
}

/** A neighbouring host may plant more cookies of a name beside ours: so many are looked into. */
const maxCookiesOfName = 8;

/**
 * Every living session whose credential a request bears, to be ended: in `Authorization`, in cookies, and the refresh token given. An access
 * token that has expired counts here too, for the refresh token in its browser is not sent along and goes on living; and so does a cookie
 * that came twice, and opens nothing: whoever signs out wants every one of them to end.
 */
export async function presentedSessions(call: Call, refreshToken: string | undefined): Promise<PresentedSession[]> {
  const found = new Map<string, PresentedSession>();
  const fromCookies = presentedCookieValues(call.request, credentialCookieNames(call), maxCookiesOfName);
  for (const token of [...bearerTokens(call), ...fromCookies]) {
    const session = await sessionToEnd(call.parts, token);
    if (session !== undefined) found.set(session.sid, session);
  }
  const renewed = refreshToken === undefined ? undefined : await sessionOfRefreshToken(call.parts, refreshToken);
  if (renewed !== undefined) found.set(renewed.sid, renewed);
  return [...found.values()];
}

/**
 * The living session that a sign-in over the same transport takes the place of: that of the cookies, or that of `Authorization`, its access
 * token expired or not. A program that asks for tokens beside a browser's cookies does not sign the browser out.
 */
export async function presentedSession(
  call: Call,
  transport: "cookie" | "token",
): Promise<{ sid: string; hasRecord: boolean } | undefined> {
  for (const token of transport === "cookie" ? cookieTokens(call) : bearerTokens(call)) {
    const session = await sessionToEnd(call.parts, token);
    if (session !== undefined) return { sid: session.sid, hasRecord: !session.isRecordless };
  }
  return undefined;
}

/** The living session of a genuine refresh token. */
export async function sessionOfRefreshToken(
  parts: Pick<Call["parts"], "store" | "secrets" | "policy">,
  token: string,
): Promise<(PresentedSession & { isCurrent: boolean; expiresAt: number; createdAt: number }) | undefined> {
  const presented = parseRefreshToken(token);
  const record = presented === undefined ? undefined : await parts.store.sessions.find(presented.sid);
  if (presented === undefined || record === undefined || !isGenuine(presented, record, parts.secrets)) return undefined;
  if (judgeLife(record, parts.policy, parts.store.now()) !== undefined) return undefined;
  const { sub, sid, createdAt } = record;
  const isCurrent = presented.counter === record.refreshCounter;
  return { sub, sid, isRecordless: false, isCurrent, expiresAt: sessionEnd(record, parts.policy), createdAt };
}

// What it stands for may be over long since, and for an expired token without a record it surely is: then there is nothing to end. Ending it
// again would append to the log, which everybody reads, and to the audit log.
async function sessionToEnd(parts: Call["parts"], token: string): Promise<PresentedSession | undefined> {
  const presented = await parts.recogniser.evenIfExpired(token);
  if (presented === undefined) return undefined;
  const { identity, hasExpired } = presented;
  const isRecordless = identity.logNumber !== undefined;
  if ((hasExpired && isRecordless) || (await whyEnded(parts, identity)) !== undefined) return undefined;
  return { sub: identity.sub, sid: identity.sid, isRecordless };
}

function bearerTokens(call: Call): string[] {
  const presented = presentedCredential(call.request, []);
  return presented.ok && presented.from === "authorization" ? [presented.token] : [];
}

/** The cookies that bear a credential to every route. */
export function credentialCookieNames({ parts }: Call): readonly string[] {
  const { issuer } = parts.options;
  return [...acceptedCookieNames(issuer, "session"), ...acceptedCookieNames(issuer, "accessToken")];
}

function cookieTokens(call: Call): string[] {
  const presented = presentedCookies(call.request, credentialCookieNames(call));
  return presented.ok ? presented.cookies.map(({ value }) => value).filter((value) => value !== "") : [];
}
