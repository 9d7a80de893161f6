// Handlers of signing up and in, proving again, and passwords. Each translates between HTTP and one operation.

import { acceptedCookieNames, presentedCredential, readHeader } from "@countersign/verifier";
import type { z } from "zod";
import { toBase64url } from "../../primitives/bytes.ts";
import { looksLikeSessionToken } from "../../sessions/session-token.ts";
import type { Caller } from "../../sign-in/contract.ts";
import { parseEmail } from "../../sign-in/email.ts";
import type { Current } from "../../sign-in/establish.ts";
import { forgotPassword, requestVerification, resetPassword, verifyAddress } from "../../sign-in/mailed-links.ts";
import { changePassword, signIn, signUp, stepUp } from "../../sign-in/password.ts";
import { changePrivilege } from "../../sign-in/privilege.ts";
import { isFromElsewhere } from "../authenticate.ts";
import { type AccountSession, type Answer, answerProblem, type Call } from "../contract.ts";
import type {
  forgotBody,
  passwordBody,
  refreshBody,
  resetBody,
  signInBody,
  stepUpBody,
  verifyBody,
} from "../schemas.ts";
import { answerSignedIn, type Transport, tokenBody } from "../signed-in.ts";
import {
  findPresentedCookie,
  isBesideItsAccessToken,
  needSession,
  presentedSession,
  sessionOfRefreshToken,
} from "./presented.ts";

export async function postSignUp(call: Call<z.output<typeof signInBody>>): Promise<Answer> {
  const way = chooseTransport(call);
  if (way === undefined) return { refusal: "cross_site_request" };
  const { caller, newDevice } = withNewDevice(call, way);
  const replaces = await presentedSession(call, way);
  const outcome = await signUp(call.parts.signInParts, call.body, caller, replaces);
  if (!outcome.ok) return answerProblem(outcome);
  if ("pending" in outcome) return { status: 202, body: { status: "check_mail" } };
  return answerSignedIn(call, outcome.signedIn, way, newDevice);
}

export async function postSignIn(call: Call<z.output<typeof signInBody>>): Promise<Answer> {
  const way = chooseTransport(call);
  if (way === undefined) return { refusal: "cross_site_request" };
  const { caller, newDevice } = await withDevice(call, way);
  const replaces = await presentedSession(call, way);
  const outcome = await signIn(call.parts.signInParts, call.body, caller, replaces);
  return outcome.ok ? answerSignedIn(call, outcome.signedIn, way, newDevice) : answerProblem(outcome);
}

export async function postRefresh(call: Call<z.output<typeof refreshBody>>): Promise<Answer> {
  const fromBody = call.body.refresh_token;
  const beside = fromBody === undefined ? await refreshBeside(call) : undefined;
  if (beside !== undefined) return beside;
  const token = fromBody ?? findPresentedCookie(call, call.cookies.names("refresh"));
  if (token === undefined) return { problem: "refresh_invalid" };
  if (fromBody === undefined && isFromElsewhere(call.parts.options.issuer, call.request))
    return { refusal: "cross_site_request" };
  // Before it is judged: what was planted here must not look like a theft from its owner.
  if (fromBody === undefined && !(await isBesideItsAccessToken(call, token))) return { problem: "refresh_unpaired" };
  const outcome = await call.parts.renew(token, call.caller.client, fromBody === undefined ? "cookie" : "token");
  if (!outcome.ok) return answerProblem(outcome);
  const nowMs = call.parts.store.now();
  if (fromBody !== undefined) return { status: 200, body: tokenBody(outcome.credentials, nowMs) };
  const { access, sid } = outcome.credentials;
  const body = { sub: outcome.record.sub, sid, expires_in: access?.lifetimeSeconds ?? 0 };
  return { status: 200, body, cookies: call.cookies.set(outcome.credentials, nowMs) };
}

// A hybrid's session cookie is its own refresh token: it is looked up, and a new token stands beside it.
async function refreshBeside(call: Call): Promise<Answer | undefined> {
  const token = findPresentedCookie(call, acceptedCookieNames(call.parts.options.issuer, "session"));
  // The secret itself: a token in its place would renew itself for as long as the session lives.
  if (token === undefined || !looksLikeSessionToken(token)) return undefined;
  if (isFromElsewhere(call.parts.options.issuer, call.request)) return { refusal: "cross_site_request" };
  const verdict = await call.parts.recogniser.credential(token);
  if (!verdict.ok || verdict.identity.strategy !== "hybrid") return undefined;
  const { sub, sid } = verdict.identity;
  const access = await call.parts.renewBeside(sid);
  if (access === undefined) return { problem: "refresh_invalid" };
  const cookies = [call.cookies.renew(access, call.parts.store.now())];
  return { status: 200, body: { sub, sid, expires_in: access.lifetimeSeconds }, cookies };
}

export async function postStepUp(call: Call<z.output<typeof stepUpBody>>): Promise<Answer> {
  const session = needSession(call);
  const transport = transportOf(call);
  const caller = withoutDevice(call, transport);
  const outcome = await stepUp(call.parts.signInParts, currentOf(session), call.body.password, caller);
  return outcome.ok ? answerSignedIn(call, outcome.signedIn, transport) : answerProblem(outcome);
}

export async function postPrivilege(call: Call<z.output<typeof refreshBody>>): Promise<Answer> {
  const session = needSession(call);
  const transport = transportOf(call);
  if (!(await isByItsSecret(call, session))) return { refusal: "insufficient_scope" };
  const caller = withoutDevice(call, transport);
  const outcome = await changePrivilege(call.parts.signInParts, session, caller);
  return outcome.ok ? answerSignedIn(call, outcome.signedIn, transport) : answerProblem(outcome);
}

// An access token that was stolen must not become a credential that lasts as long as the session: the secret behind it has to come along, the
// session token or the refresh token. A token without a record gets a successor that ends when it would have.
async function isByItsSecret(call: Call<z.output<typeof refreshBody>>, { record }: AccountSession): Promise<boolean> {
  if (record === undefined) return true;
  if (record.tokenHash === null) {
    const token = call.body.refresh_token ?? findPresentedCookie(call, call.cookies.names("refresh"));
    const refreshed = token === undefined ? undefined : await sessionOfRefreshToken(call.parts, token);
    return refreshed?.isCurrent === true && refreshed.sid === record.sid;
  }
  // By cookie a hybrid's token counts beside its session only.
  const presented = presentedCredential(call.request, []);
  return !presented.ok || presented.from !== "authorization" || looksLikeSessionToken(presented.token);
}

export async function postPassword(call: Call<z.output<typeof passwordBody>>): Promise<Answer> {
  const session = needSession(call);
  const input = { currentPassword: call.body.current_password, newPassword: call.body.new_password };
  const transport = transportOf(call);
  const caller = withoutDevice(call, transport);
  const outcome = await changePassword(call.parts.signInParts, currentOf(session), input, caller);
  return outcome.ok ? answerSignedIn(call, outcome.signedIn, transport) : answerProblem(outcome);
}

export async function postForgot(call: Call<z.output<typeof forgotBody>>): Promise<Answer> {
  if (isForeignOrigin(call)) return { refusal: "cross_site_request" };
  const outcome = await forgotPassword(call.parts.signInParts, call.body.email, call.caller);
  return outcome.ok ? { status: 202, body: { status: "check_mail" } } : answerProblem(outcome);
}

export async function postReset(call: Call<z.output<typeof resetBody>>): Promise<Answer> {
  if (isForeignOrigin(call)) return { refusal: "cross_site_request" };
  const input = { token: call.body.token, newPassword: call.body.new_password };
  const outcome = await resetPassword(call.parts.signInParts, input, withoutDevice(call));
  return outcome.ok ? { status: 204, cookies: call.cookies.clear() } : answerProblem(outcome);
}

export async function postVerify(call: Call<z.output<typeof verifyBody>>): Promise<Answer> {
  if (isForeignOrigin(call)) return { refusal: "cross_site_request" };
  const outcome = await verifyAddress(call.parts.signInParts, call.body, call.caller);
  if (!outcome.ok) return answerProblem(outcome);
  return { status: 200, body: { email: outcome.account.email, email_verified: true } };
}

export async function postVerifySend(call: Call): Promise<Answer> {
  const { account } = needSession(call);
  const outcome = await requestVerification(call.parts.signInParts, account);
  return outcome.ok ? { status: 202, body: { status: "check_mail" } } : answerProblem(outcome);
}

function currentOf({ identity, record }: AccountSession): Current {
  const { sub, sid, strategy, logNumber } = identity;
  return { sub, sid, strategy, logNumber, hasRecord: record !== undefined };
}

// Successors travel as their predecessors did.
function transportOf(call: Call): Transport {
  return readHeader(call.request, "authorization") === undefined ? "cookie" : "token";
}

// Cookies are set for pages of this very site only: another site must not sign its visitor in (login CSRF). Answers with tokens set nothing,
// so a program without an Origin may ask for them, and pages of the allowed origins too.
function chooseTransport(call: Call<z.output<typeof signInBody>>): Transport | undefined {
  const name = call.body.strategy ?? call.parts.options.strategies[0] ?? "session";
  const transport = call.body.transport ?? call.parts.signInParts.strategy(name)?.defaultTransport ?? "cookie";
  if (transport === "cookie") return isFromElsewhere(call.parts.options.issuer, call.request) ? undefined : "cookie";
  return isForeignOrigin(call) ? undefined : "token";
}

/** Whether a page of a site that is neither ours nor allowed makes the request. */
function isForeignOrigin(call: Call): boolean {
  const origin = readHeader(call.request, "origin");
  if (origin === undefined && readHeader(call.request, "sec-fetch-site") === undefined) return false;
  const isAllowed = typeof origin === "string" && call.parts.options.corsOrigins.includes(origin);
  return !isAllowed && isFromElsewhere(call.parts.options.issuer, call.request);
}

// The device that the account knows, or a new one: a neighbouring host of the same site can plant the cookie, and must not become a known
// place of whoever signs in with it. Asks the store, where there is such a cookie.
async function withDevice(call: Call<z.output<typeof signInBody>>, way: Transport): Promise<WithDevice> {
  const { device } = call.caller;
  const isKnown = device !== undefined && (await isDeviceOf(call, call.body.email, device));
  return isKnown ? { caller: { ...withoutDevice(call, way), device } } : withNewDevice(call, way);
}

interface WithDevice {
  readonly caller: Caller;
  readonly newDevice?: string;
}

function withNewDevice(call: Call, way: Transport): WithDevice {
  const caller = withoutDevice(call, way);
  if (way === "token") return { caller };
  const newDevice = toBase64url(call.parts.signInParts.random.bytes(16));
  return { caller: { ...caller, device: newDevice }, newDevice };
}

// Wherever no device is asked for, none may come to be known.
function withoutDevice(call: Call, transport?: Transport): Caller {
  const { device: _, ...caller } = call.caller;
  return transport === undefined ? caller : { ...caller, transport };
}

async function isDeviceOf({ parts }: Call, email: string, device: string): Promise<boolean> {
  const address = parseEmail(email);
  if (address === undefined) return false;
  const places = parts.signInParts.placesOf({ client: { label: "" }, address: "", device });
  const view = await parts.store.accounts.findForSignIn(
    address.emailKey,
    places.map(({ name }) => name),
  );
  return view !== undefined && view.knownPlaces.length > 0;
}
