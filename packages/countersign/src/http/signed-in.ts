// Renders a good sign-in or renewal, by cookies or in the body. Knows nothing of how it came about.

import type { SignedIn } from "../sign-in/contract.ts";
import type { Account, SessionRecord } from "../stores/contract.ts";
import type { Credentials } from "../strategies/contract.ts";
import type { AccountSession, Answer, Call } from "./contract.ts";

/** How credentials travel. */
export type Transport = "cookie" | "token";

/** The answer to a good sign-in. A device that was not known gets its cookie along with the others. */
export function answerSignedIn(call: Call, signedIn: SignedIn, transport: Transport, newDevice?: string): Answer {
  const { credentials } = signedIn;
  if (transport === "token") return { status: 200, body: tokenBody(credentials, call.parts.store.now()) };
  const cookies = call.cookies.set(credentials, call.parts.store.now());
  if (newDevice !== undefined) cookies.push(...call.cookies.setDevice(newDevice));
  return { status: 200, body: freshIdentity(signedIn), cookies };
}

/** The credentials as a body. Lifetimes are in seconds from now. */
export function tokenBody(credentials: Credentials, nowMs: number): object {
  const { session, access, refresh, sid } = credentials;
  const left = (endMs: number) => Math.max(0, Math.floor((endMs - nowMs) / 1000));
  if (access === undefined) {
    return session === undefined ? { sid } : { session_token: session.token, expires_in: left(session.expiresAt), sid };
  }
  return {
    access_token: access.token,
    token_type: "Bearer",
    expires_in: access.lifetimeSeconds,
    ...(refresh === undefined ? {} : { refresh_token: refresh.token, refresh_expires_in: left(refresh.expiresAt) }),
    sid,
  };
}

/** The identity of a session that a request bears. */
export function identityBody({ identity, account, record }: AccountSession): object {
  return {
    sub: identity.sub,
    sid: identity.sid,
    strategy: identity.strategy,
    ...addressOf(account),
    issued_at: identity.issuedAt,
    authenticated_at: record === undefined ? (identity.authenticatedAt ?? null) : seconds(record.authenticatedAt),
    expires_at: identity.expiresAt,
    amr: record?.amr ?? identity.amr ?? [],
    acr: record?.acr ?? identity.acr ?? null,
    data: record?.data ?? null,
    // A token from a cookie carries none; the record knows what the hook said at sign-in.
    claims: Object.keys(identity.claims).length === 0 ? (record?.claims ?? {}) : identity.claims,
  };
}

/** One of a subject's sessions, as its owner sees it. */
export function deviceBody(
  record: SessionRecord,
  currentSid: string,
  { endMs, idleEndMs }: { readonly endMs: number; readonly idleEndMs: number },
): object {
  return {
    sid: record.sid,
    strategy: record.strategy,
    current: record.sid === currentSid,
    label: record.client.label,
    address: record.client.address ?? null,
    created_at: seconds(record.createdAt),
    authenticated_at: seconds(record.authenticatedAt),
    last_used_at: seconds(record.lastUsedAt),
    expires_at: seconds(endMs),
    idle_expires_at: seconds(idleEndMs),
    amr: record.amr,
  };
}

/** Whole seconds of a time in milliseconds. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function freshIdentity(signedIn: SignedIn): object {
  const { account, credentials } = signedIn;
  const end = credentials.session?.expiresAt ?? credentials.access?.expiresAt ?? 0;
  return {
    sub: account.sub,
    sid: credentials.sid,
    strategy: credentials.strategy,
    ...addressOf(account),
    issued_at: seconds(signedIn.issuedAt),
    authenticated_at: seconds(signedIn.authenticatedAt),
    expires_at: seconds(end),
    amr: signedIn.amr,
    acr: signedIn.acr,
    data: signedIn.data,
    claims: signedIn.claims,
  };
}

function addressOf(account: Account): object {
  return { email: account.email, email_verified: account.emailVerifiedAt !== null };
}
