// The page "Your sessions" and its forms: each becomes one call of the issuer. Judges nothing.

import type { Strategy } from "@countersign/verifier";
import { z } from "zod";
import type { FormState } from "../web/fields.ts";
import { paths } from "../web/paths.ts";
import { type SessionsModel, sessionsPage } from "../web/sessions-page.ts";
import type { Fields } from "./contract.ts";
import { readNotice, withNotice } from "./notices.ts";
import { formProblem, messageFor } from "./problem-words.ts";
import { passwordRule } from "./rules.ts";
import { comeBack } from "./sign-in.ts";
import {
  ask,
  contextOf,
  identify,
  type PageParts,
  type PresentCookie,
  presentCookies,
  type SendOptions,
  seeOther,
  sendMessage,
  sendPage,
  type Visit,
  type Visitor,
} from "./visit.ts";

/** GET /sessions */
export async function getSessions(parts: PageParts, visit: Visit): Promise<Response> {
  return showSessions(parts, visit, { notice: readNotice(visit.url) });
}

/** POST /sessions/revoke */
export async function postRevoke(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const sid = fields.get("sid") ?? "";
  if (!/^[\w-]{16}$/.test(sid)) return seeOther(parts, withNotice(paths.sessions, "gone"));
  const answer = await ask(parts, visit, { method: "DELETE", path: `/auth/sessions/${sid}` });
  if (answer.status === 404) return seeOther(parts, withNotice(paths.sessions, "gone"));
  if (answer.status === 401) return comeBack(parts, paths.sessions, answer);
  if (answer.status !== 204) return sendMessage(parts, visit, messageFor(answer));
  // Cookies are removed when it was the visitor's own. One that is set renews a hybrid in passing.
  const isOwn = answer.cookies.some((cookie) => /;\s*Max-Age=0(?:;|$)/i.test(cookie));
  const [to, notice] = isOwn ? ([paths.signIn, "signed-out"] as const) : ([paths.sessions, "revoked"] as const);
  return seeOther(parts, withNotice(to, notice));
}

/** POST /sessions/sign-out-elsewhere */
export async function postSignOutElsewhere(parts: PageParts, visit: Visit): Promise<Response> {
  return signOutMany(parts, visit, true);
}

/** POST /sessions/sign-out-everywhere; `keep_current=true` spares the session that asks. */
export async function postSignOutEverywhere(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  return signOutMany(parts, visit, fields.get("keep_current") === "true");
}

/** POST /sessions/password */
export async function postPassword(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const json = {
    current_password: fields.get("current_password") ?? "",
    new_password: fields.get("new_password") ?? "",
  };
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/password", json });
  if (answer.status === 200) return seeOther(parts, withNotice(paths.sessions, "password"));
  if (answer.status === 401 && answer.code !== "credentials_wrong") return comeBack(parts, paths.sessions, answer);
  const state = formProblem(answer, {
    password: "new_password",
    currentPassword: "current_password",
    rule: passwordRule(parts),
  });
  if (state === undefined) return sendMessage(parts, visit, messageFor(answer));
  const { status, retryAfterSeconds } = answer;
  return showSessions(parts, visit, state, { status, retryAfterSeconds });
}

async function signOutMany(parts: PageParts, visit: Visit, keepsCurrent: boolean): Promise<Response> {
  const json = { keep_current: keepsCurrent };
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/sign-out-everywhere", json });
  if (answer.status === 401) return comeBack(parts, paths.sessions, answer);
  if (answer.status !== 200) return sendMessage(parts, visit, messageFor(answer));
  const [to, notice] = keepsCurrent
    ? ([paths.sessions, "elsewhere"] as const)
    : ([paths.signIn, "everywhere"] as const);
  return seeOther(parts, withNotice(to, notice));
}

const devicesBody = z.object({
  sessions: z.array(
    z.object({
      sid: z.string(),
      strategy: z.enum(["session", "jwt", "hybrid"]),
      current: z.boolean(),
      label: z.string(),
      address: z.string().nullable(),
      created_at: z.number(),
      last_used_at: z.number(),
      expires_at: z.number(),
      idle_expires_at: z.number(),
      amr: z.array(z.string()),
    }),
  ),
});

async function showSessions(
  parts: PageParts,
  visit: Visit,
  state: FormState,
  options: SendOptions = {},
): Promise<Response> {
  const visitor = await identify(parts, visit);
  if (visitor.identity === undefined) {
    const { answer } = visitor;
    if (answer === undefined || answer.status === 401) return comeBack(parts, paths.sessions, answer);
    return sendMessage(parts, visit, messageFor(answer));
  }
  const { identity } = visitor;
  const answer = await ask(parts, visit, { method: "GET", path: "/auth/sessions" });
  if (answer.status === 401) return comeBack(parts, paths.sessions, answer);
  if (answer.status !== 200) return sendMessage(parts, visit, messageFor(answer), identity);
  const { sessions } = devicesBody.parse(answer.body);
  const model = sessionsModel(parts, visit, visitor, sessions, state);
  return sendPage(parts, sessionsPage(contextOf(parts, visit, identity), model), options);
}

function sessionsModel(
  parts: PageParts,
  visit: Visit,
  { identity, isRenewed }: Visitor & { identity: object },
  sessions: z.output<typeof devicesBody>["sessions"],
  state: FormState,
): SessionsModel {
  const { strategy } = identity;
  const by = strategy === "session" || isRenewed ? "record" : "token";
  return {
    ...state,
    email: identity.email,
    // Without mail nobody can be asked to confirm anything.
    emailVerified: identity.email_verified || !parts.auth.sendsMail,
    sessions: sessions.map((session) => ({
      sid: session.sid,
      strategy: session.strategy,
      label: session.label,
      address: session.address ?? undefined,
      createdAt: session.created_at * 1000,
      lastUsedAt: session.last_used_at * 1000,
      expiresAt: session.expires_at * 1000,
      idleEndsAt: session.idle_expires_at * 1000,
      current: session.current,
      amr: session.amr,
    })),
    credential: {
      ...{ strategy, by },
      bytes: bytesOnTheWire(presentCookies(parts, visit), strategy),
      expiresAt: identity.expires_at * 1000,
    },
    mayChoose: parts.strategyChoice && parts.auth.options.strategies.length > 1,
    passwordRule: passwordRule(parts),
  };
}

// A hybrid is two cookies, `a=1; b=2`; the others are one, whatever lingers beside it.
function bytesOnTheWire(cookies: readonly PresentCookie[], strategy: Strategy): number {
  const counted = cookies.filter(
    ({ kind }) => strategy === "hybrid" || (kind === "session") === (strategy === "session"),
  );
  return counted.map(({ name, value }) => `${name}=${value}`).join("; ").length;
}
