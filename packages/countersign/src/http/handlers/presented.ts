// What a request bears beside the credential that counts; for handlers that end or replace it.

import {
  acceptedCookieNames,
  findCookie,
  presentedCookies,
  presentedCredential,
  readHeader,
  twice,
} from "@countersign/verifier";
import { judgeLife, sessionEnd } from "../../sessions/judge.ts";
import { isGenuine, parseRefreshToken } from "../../sessions/refresh-token.ts";
import type { AccountSession, Call } from "../contract.ts";

/** The session that the dispatcher has found for an account route. */
export function needSession(call: Pick<Call, "session">): AccountSession {
  if (call.session === undefined) throw new Error("This route must be declared with the access `account`.");
  return call.session;
}

/** The value of the first of these cookies that is there exactly once. */
export function findPresentedCookie(call: Pick<Call, "request">, names: readonly string[]): string | undefined {
  const header = readHeader(call.request, "cookie");
  if (header === undefined || header === twice) return undefined;
  for (const name of names) {
    const value = findCookie(header, name);
    if (value !== undefined && value !== twice) return value;
  }
  return undefined;
}

/** A session that a request bears, by whichever credential. */
export interface PresentedSession {
  readonly sub: string;
  readonly sid: string;
  /** Whether the credential is a token that has no record. */
  readonly isRecordless: boolean;
}

/** Every living session whose credential a request bears: in `Authorization`, in cookies, and the refresh token given. */
export async function presentedSessions(call: Call, refreshToken: string | undefined): Promise<PresentedSession[]> {
  const found = new Map<string, PresentedSession>();
  for (const token of [...bearerTokens(call), ...cookieTokens(call)]) {
    const verdict = await call.parts.recogniser.credential(token);
    if (!verdict.ok) continue;
    const { sub, sid, logNumber } = verdict.identity;
    found.set(sid, { sub, sid, isRecordless: logNumber !== undefined });
  }
  const renewed = refreshToken === undefined ? undefined : await sessionOfRefreshToken(call.parts, refreshToken);
  if (renewed !== undefined) found.set(renewed.sid, renewed);
  return [...found.values()];
}

/**
 * The living session that a sign-in over the same transport takes the place of: that of the cookies, or that of `Authorization`. A program that
 * asks for tokens beside a browser's cookies does not sign the browser out.
 */
export async function presentedSession(
  call: Call,
  transport: "cookie" | "token",
): Promise<{ sid: string; hasRecord: boolean } | undefined> {
  for (const token of transport === "cookie" ? cookieTokens(call) : bearerTokens(call)) {
    const verdict = await call.parts.recogniser.credential(token);
    if (verdict.ok) return { sid: verdict.identity.sid, hasRecord: verdict.identity.logNumber === undefined };
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

function bearerTokens(call: Call): string[] {
  const presented = presentedCredential(call.request, []);
  return presented.ok && presented.from === "authorization" ? [presented.token] : [];
}

function cookieTokens(call: Call): string[] {
  const { issuer } = call.parts.options;
  const names = [...acceptedCookieNames(issuer, "session"), ...acceptedCookieNames(issuer, "accessToken")];
  const presented = presentedCookies(call.request, names);
  return presented.ok ? presented.cookies.map(({ value }) => value).filter((value) => value !== "") : [];
}
