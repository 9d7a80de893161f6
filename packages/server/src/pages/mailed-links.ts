// The pages around mailed links: to ask for one, and to follow one. Opening a link changes nothing; only its form does.

import { forgotPage } from "../web/forgot-page.ts";
import { mailSentPage } from "../web/mail-sent-page.ts";
import { paths } from "../web/paths.ts";
import { resetPage } from "../web/reset-page.ts";
import { verifyPage } from "../web/verify-page.ts";
import type { Fields } from "./contract.ts";
import { withNotice } from "./notices.ts";
import { formProblem, messageFor, noMail } from "./problem-words.ts";
import { passwordRule } from "./rules.ts";
import { comeBack } from "./sign-in.ts";
import { ask, contextOf, identify, type PageParts, seeOther, sendMessage, sendPage, type Visit } from "./visit.ts";

/** GET /forgot-password */
export async function getForgot(parts: PageParts, visit: Visit): Promise<Response> {
  const { identity } = await identify(parts, visit);
  if (!parts.auth.sendsMail) return sendMessage(parts, visit, noMail, identity);
  return sendPage(parts, forgotPage(contextOf(parts, visit, identity), { email: identity?.email }));
}

/** POST /forgot-password */
export async function postForgot(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const email = fields.get("email") ?? "";
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/password/forgot", json: { email } });
  const context = contextOf(parts, visit, undefined);
  if (answer.status === 202) {
    const linkMinutes = parts.auth.options.mail.resetLifetimeMs / 60_000;
    return sendPage(parts, mailSentPage(context, { purpose: "forgot", email, linkMinutes }));
  }
  const state = formProblem(answer, { password: "password", rule: passwordRule(parts) });
  if (state === undefined) return sendMessage(parts, visit, messageFor(answer));
  const { status, retryAfterSeconds } = answer;
  return sendPage(parts, forgotPage(context, { ...state, email }), { status, retryAfterSeconds });
}

/** GET /reset-password */
export async function getReset(parts: PageParts, visit: Visit): Promise<Response> {
  const token = await readLiving(parts, "reset", visit);
  const page = resetPage(contextOf(parts, visit, undefined), { token, passwordRule: passwordRule(parts) });
  return sendPage(parts, page, { status: token === undefined ? 400 : 200 });
}

/** POST /reset-password */
export async function postReset(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const token = readLinkToken(fields.get("token"));
  const json = { token: token ?? "-", new_password: fields.get("password") ?? "" };
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/password/reset", json });
  if (answer.status === 204) return seeOther(parts, withNotice(paths.signIn, "reset"));
  const isUsedUp = answer.code === "link_invalid";
  const rule = passwordRule(parts);
  const state = isUsedUp ? {} : formProblem(answer, { password: "password", rule });
  if (state === undefined) return sendMessage(parts, visit, messageFor(answer));
  const model = { ...state, token: isUsedUp ? undefined : token, passwordRule: rule };
  const { status, retryAfterSeconds } = answer;
  return sendPage(parts, resetPage(contextOf(parts, visit, undefined), model), { status, retryAfterSeconds });
}

/** GET /verify-address */
export async function getVerify(parts: PageParts, visit: Visit): Promise<Response> {
  const { identity } = await identify(parts, visit);
  const confirmed = visit.url.searchParams.get("done") === "confirmed";
  const token = await readLiving(parts, "verify", visit);
  const page = verifyPage(contextOf(parts, visit, identity), { token, confirmed, askPassword: asksPassword(parts) });
  return sendPage(parts, page, { status: confirmed || token !== undefined ? 200 : 400 });
}

/** POST /verify-address */
export async function postVerify(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const token = readLinkToken(fields.get("token"));
  const password = fields.get("password");
  const json = { token: token ?? "-", ...(password === undefined || password === "" ? {} : { password }) };
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/verify-address", json });
  if (answer.status === 200) return seeOther(parts, `${paths.verify}?done=confirmed`);
  const askPassword = asksPassword(parts);
  const state =
    answer.code === "link_invalid"
      ? {}
      : answer.code === "credentials_wrong"
        ? { fieldErrors: { password: "This is not the password that was chosen at sign-up." } }
        : formProblem(answer, { password: "password", rule: passwordRule(parts) });
  if (state === undefined) return sendMessage(parts, visit, messageFor(answer));
  const model = { ...state, token: answer.code === "link_invalid" ? undefined : token, askPassword };
  const { identity } = await identify(parts, visit);
  const { status, retryAfterSeconds } = answer;
  return sendPage(parts, verifyPage(contextOf(parts, visit, identity), model), { status, retryAfterSeconds });
}

/** POST /sessions/send-verification */
export async function postSendVerification(parts: PageParts, visit: Visit): Promise<Response> {
  const { identity } = await identify(parts, visit);
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/verify-address/send" });
  if (answer.status === 401 || identity === undefined) return comeBack(parts, paths.sessions, answer);
  if (answer.status !== 202) return sendMessage(parts, visit, messageFor(answer), identity);
  const linkMinutes = parts.auth.options.mail.verifyLifetimeMs / 60_000;
  const model = { purpose: "verify", email: identity.email, linkMinutes } as const;
  return sendPage(parts, mailSentPage(contextOf(parts, visit, identity), model));
}

// Who opens a link that was used or has run out is told so before typing anything. The form is judged all the same.
async function readLiving(parts: PageParts, kind: "reset" | "verify", visit: Visit): Promise<string | undefined> {
  const token = readLinkToken(visit.url.searchParams.get("token"));
  return token !== undefined && (await parts.auth.isLinkLiving(kind, token)) ? token : undefined;
}

// Only its shape.
function readLinkToken(text: string | null | undefined): string | undefined {
  return typeof text === "string" && /^[\w-]{20,200}$/.test(text) ? text : undefined;
}

// Where sign-ups must be confirmed, whoever follows the link has to be the one who signed up.
function asksPassword(parts: PageParts): boolean {
  return parts.auth.options.signUp === "confirm";
}
