// Handlers of a subject's own sessions: what they are, their data, their end. Each translates between HTTP and the store.

import { type JsonObject, presentedCookies } from "@countersign/verifier";
import type { z } from "zod";
import { idleEnd, sessionEnd } from "../../sessions/judge.ts";
import { isFromElsewhere } from "../authenticate.ts";
import type { Answer, Call } from "../contract.ts";
import type { everywhereBody, signOutBody } from "../schemas.ts";
import { deviceBody, identityBody } from "../signed-in.ts";
import { credentialCookieNames, needSession, presentedSessions } from "./presented.ts";

export function getSession(call: Call): Answer {
  return { status: 200, body: identityBody(needSession(call)) };
}

export async function patchData(call: Call<JsonObject>): Promise<Answer> {
  const { record } = needSession(call);
  if (record === undefined) return { problem: "session_record_missing" };
  const limited = await takeChange(call, record);
  if (limited !== undefined) return limited;
  const merged = await call.parts.store.sessions.mergeData(record.sid, call.body, call.parts.policy);
  if (merged.outcome === "merged") return { status: 200, body: { data: merged.data } };
  return merged.outcome === "too_large" ? { problem: "data_too_large" } : { refusal: "session_revoked" };
}

export async function getSessions(call: Call): Promise<Answer> {
  const { identity } = needSession(call);
  const { store, policy, options } = call.parts;
  const records = await store.sessions.list(identity.sub, policy, options.session.perSubject);
  const sessions = records.map((record) =>
    deviceBody(record, identity.sid, { endMs: sessionEnd(record, policy), idleEndMs: idleEnd(record, policy) }),
  );
  return { status: 200, body: { sessions } };
}

export async function deleteSession(call: Call): Promise<Answer> {
  const { identity } = needSession(call);
  const { store, audit } = call.parts;
  const sid = call.params.sid ?? "";
  const record = await store.sessions.find(sid);
  // Somebody else's session and one that never was look the same from here.
  if (record === undefined || record.sub !== identity.sub) return { problem: "session_not_found" };
  const [living] = await store.sessions.end(sid, sid === identity.sid ? "sign_out" : "revoked");
  if (living === undefined) return { problem: "session_not_found" };
  await audit.record({ act: "session.revoke", outcome: "ok", by: actorOf(call, identity.sub), sub: identity.sub, sid });
  return { status: 204, ...(sid === identity.sid ? { cookies: call.cookies.clear() } : {}) };
}

/** Ends every credential that the request bears. Repeating it is harmless, and a request that bears none is answered alike. */
export async function postSignOut(call: Call<z.output<typeof signOutBody>>): Promise<Answer> {
  const isOwnPage = !isFromElsewhere(call.parts.options.issuer, call.request);
  if (!isOwnPage && hasCredentialCookie(call)) return { refusal: "cross_site_request" };
  const { store, audit } = call.parts;
  for (const { sub, sid, isRecordless } of await presentedSessions(call, call.body.refresh_token)) {
    // Whoever was first has recorded it.
    const isEnded = isRecordless
      ? await store.log.appendOnce({ scope: "session", target: sid })
      : (await store.sessions.end(sid, "sign_out")).length > 0;
    if (!isEnded) continue;
    await audit.record({ act: "session.sign_out", outcome: "ok", by: actorOf(call, sub), sub, sid });
  }
  // A page of ours holds a cookie that is not sent here (the refresh token's path is narrower); a program has none.
  return { status: 204, ...(isOwnPage ? { cookies: call.cookies.clear() } : {}) };
}

export async function postSignOutEverywhere(call: Call<z.output<typeof everywhereBody>>): Promise<Answer> {
  const { identity } = needSession(call);
  const { store, audit } = call.parts;
  const keepsCurrent = call.body.keep_current === true;
  // Without it the session ends, and cannot ask again.
  const limited = keepsCurrent ? await takeChange(call, identity) : undefined;
  if (limited !== undefined) return limited;
  const ended = await store.accounts.endAll(
    identity.sub,
    "sign_out_everywhere",
    keepsCurrent ? { except: identity.sid } : {},
  );
  const by = actorOf(call, identity.sub);
  await audit.record({ act: "session.sign_out_everywhere", outcome: "ok", by, sub: identity.sub, sid: identity.sid });
  const body = { ended: ended?.ended.length ?? 0 };
  return { status: 200, body, ...(keepsCurrent ? {} : { cookies: call.cookies.clear() }) };
}

/** Whether the request bears a cookie that counts, also one that cannot be told from another. */
function hasCredentialCookie(call: Call): boolean {
  const presented = presentedCookies(call.request, credentialCookieNames(call));
  return presented.ok || presented.code === "credential_ambiguous";
}

// Each change is an event of the log, which every follower reads. By session, so that nobody uses up what is another device's; and by subject,
// of which a few devices are busy at once and a hundred are not.
async function takeChange(call: Call, { sid, sub }: { sid: string; sub: string }): Promise<Answer | undefined> {
  const { limits } = call.parts.signInParts;
  const bySession = await limits.take("change", sid);
  const taken = bySession.ok ? await limits.take("changes", sub) : bySession;
  return taken.ok ? undefined : { problem: "attempts_exceeded", retryAfterSeconds: taken.retryAfterSeconds };
}

function actorOf(call: Call, sub: string) {
  return { actor: `subject:${sub}`, address: call.caller.address, client: call.caller.client.label };
}
