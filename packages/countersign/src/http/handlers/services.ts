// Handlers for services: forward authentication, introspection (RFC 7662), revocation (RFC 7009), metadata and keys.

import type { Identity } from "@countersign/verifier";
import type { z } from "zod";
import type { ServiceKey, SessionRecord } from "../../stores/contract.ts";
import { findLiving, whyEnded } from "../account.ts";
import type { Answer, Call } from "../contract.ts";
import type { tokenForm } from "../schemas.ts";
import { seconds } from "../signed-in.ts";
import { sessionOfRefreshToken } from "./presented.ts";

/**
 * Forward authentication: a proxy asks before it lets a request through. Judges the original method, which the proxy tells in
 * `X-Forwarded-Method` or `X-Original-Method` (and must overwrite); a missing one counts as unsafe.
 */
export async function getCheck(call: Call): Promise<Answer> {
  const originalMethod = { method: toldMethod(call.request.headers) };
  const verdict = await call.parts.recogniser.request(call.request, { originalMethod });
  if (!verdict.ok) return { refusal: verdict.code };
  // What a client was given is not its subject in person.
  if (verdict.identity.clientId !== undefined) return { refusal: "insufficient_scope" };
  const headers = { "x-auth-subject": verdict.identity.sub, "x-auth-session": verdict.identity.sid };
  // For proxies that pass `Set-Cookie` on; without, the next request is looked up again.
  const cookies = verdict.renewal === undefined ? [] : await verdict.renewal().catch(() => []);
  return { status: 200, headers, ...(cookies.length === 0 ? {} : { cookies }) };
}

// A proxy overwrites the header that it knows; a client may send the other one along. Where the two differ, neither is believed.
function toldMethod(headers: Headers): string | undefined {
  const forwarded = headers.get("x-forwarded-method");
  const original = headers.get("x-original-method");
  if (forwarded === null || original === null) return forwarded ?? original ?? undefined;
  return forwarded === original ? forwarded : undefined;
}

/** Says whether a credential is good for this caller, and of one that is not nothing more (RFC 7662 section 2.2). */
export async function postIntrospect(call: Call<z.output<typeof tokenForm>>): Promise<Answer> {
  const { token } = call.body;
  const service = needService(call);
  const verdict = await call.parts.recogniser.credential(token);
  if (verdict.ok) {
    const { identity } = verdict;
    if (!isForService(identity, service)) return refuseToTell(call, service, identity);
    const living = await findLiving(call.parts, identity);
    return {
      status: 200,
      body: typeof living === "string" ? { active: false } : describeWithCache(call, identity, living),
    };
  }
  const refreshed = await sessionOfRefreshToken(call.parts, token);
  if (refreshed === undefined || !refreshed.isCurrent || service.audience !== null)
    return { status: 200, body: { active: false } };
  const { sub, sid, createdAt, expiresAt } = refreshed;
  const times = { iat: seconds(createdAt), exp: seconds(expiresAt) };
  return {
    status: 200,
    body: { active: true, sub, sid, iss: call.parts.options.issuer, ...times, token_type: "refresh_token" },
  };
}

/** Ends the session that a credential belongs to; answers 200 also for one that it does not know (RFC 7009 section 2.2). */
export async function postRevoke(call: Call<z.output<typeof tokenForm>>): Promise<Answer> {
  const { token } = call.body;
  const { store, audit, recogniser } = call.parts;
  const service = needService(call);
  const verdict = await recogniser.credential(token);
  const refreshed = verdict.ok ? undefined : await sessionOfRefreshToken(call.parts, token);
  const by = { actor: `service:${service.id}`, address: call.caller.address, client: call.caller.client.label };
  if (verdict.ok && isForService(verdict.identity, service)) {
    const { sub, sid, logNumber } = verdict.identity;
    // Repeating it appends nothing: neither to the log, which everybody reads, nor to the audit log.
    if ((await whyEnded(call.parts, verdict.identity)) !== undefined) return { status: 200 };
    const isEnded =
      logNumber === undefined
        ? (await store.sessions.end(sid, "revoked")).length > 0
        : await store.log.appendOnce({ scope: "session", target: sid });
    if (!isEnded) return { status: 200 };
    await audit.record({ act: "token.revoke", outcome: "ok", by, sub, sid });
  } else if (refreshed !== undefined && service.audience === null) {
    if ((await store.sessions.end(refreshed.sid, "revoked")).length === 0) return { status: 200 };
    await audit.record({ act: "token.revoke", outcome: "ok", by, sub: refreshed.sub, sid: refreshed.sid });
  }
  return { status: 200 };
}

export async function getKeySet(call: Call): Promise<Answer> {
  return { status: 200, body: await call.parts.keys.jwks() };
}

/** Authorization server metadata (RFC 8414): tells only what exists. */
export function getMetadata(call: Call): Answer {
  const { issuer } = call.parts.options;
  const methods = ["client_secret_basic"];
  return {
    status: 200,
    body: {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      introspection_endpoint: `${issuer}/auth/introspect`,
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint: `${issuer}/auth/revoke`,
      revocation_endpoint_auth_methods_supported: methods,
      // No authorization endpoint and no token endpoint: required by the RFC, and empty because there is none.
      response_types_supported: [],
      grant_types_supported: [],
    },
  };
}

// Nothing that tells it from a credential that is not good; but the log knows who asks for what is not theirs.
async function refuseToTell(call: Call, service: ServiceKey, { sub, sid }: Identity): Promise<Answer> {
  const by = { actor: `service:${service.id}`, address: call.caller.address, client: call.caller.client.label };
  await call.parts.audit.record({ act: "token.introspect", outcome: "refused", by, sub, sid, detail: "audience" });
  return { status: 200, body: { active: false } };
}

// A service that stands for an audience sees tokens of that audience; one that does not, first-party credentials.
function isForService(identity: Identity, service: ServiceKey): boolean {
  const { audience, clientId } = identity;
  if (service.audience === null) return audience === undefined && clientId === undefined;
  return audience?.includes(service.audience) === true;
}

// Who follows the feed may keep the answer for so long; nobody else may keep it at all.
function describeWithCache({ parts }: Call, identity: Identity, record: SessionRecord | undefined): object {
  // Only of a session is there data to keep: a token is judged by itself.
  if (identity.data === undefined || record === undefined) return describe(identity);
  return { ...describe(identity), cache_seconds: Math.floor(parts.recogniser.keepMs(record) / 1000) };
}

function describe(identity: Identity): object {
  return {
    active: true,
    sub: identity.sub,
    sid: identity.sid,
    iss: identity.issuer,
    iat: identity.issuedAt,
    exp: identity.expiresAt,
    token_type: "Bearer",
    strategy: identity.strategy,
    ...(identity.authenticatedAt === undefined ? {} : { auth_time: identity.authenticatedAt }),
    ...(identity.amr === undefined ? {} : { amr: identity.amr }),
    ...(identity.acr === undefined ? {} : { acr: identity.acr }),
    ...(identity.data === undefined ? {} : { data: identity.data }),
    claims: identity.claims,
    ...(identity.clientId === undefined ? {} : { client_id: identity.clientId }),
    ...(identity.scope === undefined ? {} : { scope: identity.scope }),
    ...(identity.audience === undefined ? {} : { aud: identity.audience }),
  };
}

/** The service that the dispatcher has found. */
export function needService(call: Pick<Call, "service">): ServiceKey {
  if (call.service === undefined) throw new Error("This route must be declared with the access of a service.");
  return call.service;
}
