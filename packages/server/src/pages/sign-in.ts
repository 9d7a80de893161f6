// The pages to sign up, in and out, and to renew: each form becomes one call of the issuer. Judges no credential.

import { acceptedCookieNames, findCookie, type Strategy } from "@countersign/verifier";
import { refreshCookieNames } from "countersign";
import type { FormState } from "../web/fields.ts";
import { mailSentPage } from "../web/mail-sent-page.ts";
import { paths } from "../web/paths.ts";
import { signInPage } from "../web/sign-in-page.ts";
import { signUpPage } from "../web/sign-up-page.ts";
import { strategyChoices } from "../web/strategy-words.ts";
import type { Fields } from "./contract.ts";
import type { IssuerAnswer } from "./issuer-call.ts";
import { readNotice, withNotice } from "./notices.ts";
import { formProblem, messageFor, signUpClosed } from "./problem-words.ts";
import { renewPage, renewPath } from "./renew-page.ts";
import { readReturnTo } from "./return-to.ts";
import { passwordRule } from "./rules.ts";
import { ask, contextOf, identify, type PageParts, seeOther, sendMessage, sendPage, type Visit } from "./visit.ts";

/** GET /sign-up */
export async function getSignUp(parts: PageParts, visit: Visit): Promise<Response> {
  const { identity } = await identify(parts, visit);
  if (parts.auth.options.signUp === "closed") return sendMessage(parts, visit, signUpClosed, identity);
  return sendPage(parts, signUpPage(contextOf(parts, visit, identity), signUpModel(parts)));
}

/** POST /sign-up */
export async function postSignUp(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const email = fields.get("email") ?? "";
  const json = { email, password: fields.get("password") ?? "", transport: "cookie" };
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/sign-up", json });
  if (answer.status === 200) return seeOther(parts, paths.sessions);
  const context = contextOf(parts, visit, undefined);
  if (answer.status === 202) {
    const linkMinutes = parts.auth.options.mail.verifyLifetimeMs / 60_000;
    return sendPage(parts, mailSentPage(context, { purpose: "sign-up", email, linkMinutes }));
  }
  const state = formProblem(answer, { password: "password", rule: passwordRule(parts) });
  if (state === undefined) return sendMessage(parts, visit, messageFor(answer));
  const isTaken = answer.code === "address_taken";
  const page = signUpPage(context, { ...state, email, isTaken, ...signUpModel(parts) });
  return sendPage(parts, page, { status: answer.status, retryAfterSeconds: answer.retryAfterSeconds });
}

/** GET /sign-in */
export async function getSignIn(parts: PageParts, visit: Visit): Promise<Response> {
  const { identity } = await identify(parts, visit);
  const returnTo = readReturnTo(visit.url.searchParams.get("return_to"));
  const notice = readNotice(visit.url);
  return sendPage(parts, signInPage(contextOf(parts, visit, identity), signInModel(parts, { notice }, { returnTo })));
}

/** POST /sign-in */
export async function postSignIn(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const email = fields.get("email") ?? "";
  const strategy = fields.get("strategy");
  const returnTo = readReturnTo(fields.get("return_to"));
  const json = {
    email,
    password: fields.get("password") ?? "",
    transport: "cookie",
    ...(strategy === undefined ? {} : { strategy }),
  };
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/sign-in", json });
  if (answer.status === 200) return seeOther(parts, returnTo ?? paths.sessions);
  const state = answer.faulty.includes("strategy")
    ? { error: "Choose one of the ways of being recognised." }
    : formProblem(answer, { password: "password", rule: passwordRule(parts) });
  if (state === undefined) return sendMessage(parts, visit, messageFor(answer));
  const model = signInModel(parts, state, { returnTo, email, strategy });
  const { status, retryAfterSeconds } = answer;
  return sendPage(parts, signInPage(contextOf(parts, visit, undefined), model), { status, retryAfterSeconds });
}

/** POST /sign-out */
export async function postSignOut(parts: PageParts, visit: Visit): Promise<Response> {
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/sign-out" });
  if (answer.status !== 204) return sendMessage(parts, visit, messageFor(answer));
  return seeOther(parts, withNotice(paths.signIn, "signed-out"));
}

/**
 * GET /auth/refresh/continue: the browser sends its refresh cookie here, so it can be seen whether there is one, and an access token, expired
 * or not, beside it: without that the issuer renews nothing. Spends nothing.
 */
export function getRenew(parts: PageParts, visit: Visit): Response {
  const returnTo = readReturnTo(visit.url.searchParams.get("return_to")) ?? paths.sessions;
  if (!mayBearPair(parts, visit)) return seeOther(parts, signInAddress(returnTo));
  return sendPage(parts, renewPage(contextOf(parts, visit, undefined), { returnTo }));
}

/** POST /auth/refresh/continue */
export async function postRenew(parts: PageParts, visit: Visit, fields: Fields): Promise<Response> {
  const returnTo = readReturnTo(fields.get("return_to")) ?? paths.sessions;
  const answer = await ask(parts, visit, { method: "POST", path: "/auth/refresh" });
  if (answer.status === 200) return seeOther(parts, returnTo);
  if (answer.code === "refresh_invalid") return seeOther(parts, sessionEnded(returnTo));
  if (answer.code === "refresh_unpaired") return seeOther(parts, signInAddress(returnTo));
  return sendMessage(parts, visit, messageFor(answer));
}

/**
 * Where a visitor goes who has to be recognised first. `answer` is the 401 that said so; absent where no credential was presented. Whose session
 * has ended signs in again; whatever else bears an access token may have a refresh token for it, which is sent to `renewPath` alone.
 */
export function comeBack(parts: PageParts, returnTo: string, answer: IssuerAnswer | undefined): Response {
  if (answer === undefined) return seeOther(parts, signInAddress(returnTo));
  if (endedCodes.has(answer.code)) return seeOther(parts, sessionEnded(returnTo));
  return seeOther(parts, `${renewPath}?${new URLSearchParams({ return_to: returnTo })}`);
}

/** What the issuer says of credentials that were good until somebody ended them, or they lay too long. */
const endedCodes: ReadonlySet<string | undefined> = new Set(["session_ended", "credential_revoked"]);

function sessionEnded(returnTo: string): string {
  return withNotice(paths.signIn, "ended", { return_to: returnTo });
}

function signInAddress(returnTo: string): string {
  return `${paths.signIn}?${new URLSearchParams({ return_to: returnTo })}`;
}

// The names only: whether they are any good, and belong together, is the issuer's to say.
function mayBearPair(parts: PageParts, visit: Visit): boolean {
  const cookies = visit.request.headers.get("cookie") ?? "";
  const bears = (name: string) => findCookie(cookies, name) !== undefined;
  return refreshCookieNames.some(bears) && acceptedCookieNames(parts.auth.options.issuer, "accessToken").some(bears);
}

function signUpModel(parts: PageParts) {
  return { passwordRule: passwordRule(parts), canReset: parts.auth.sendsMail };
}

function signInModel(
  parts: PageParts,
  state: FormState,
  typed: { returnTo?: string | undefined; email?: string | undefined; strategy?: string | undefined },
) {
  const { strategies, signUp } = parts.auth.options;
  const isAsked = parts.strategyChoice && strategies.length > 1;
  const chosen: Strategy = strategies.find((name) => name === typed.strategy) ?? strategies[0] ?? "session";
  return {
    ...state,
    strategies: isAsked ? strategyChoices(strategies) : [],
    chosen,
    email: typed.email,
    returnTo: typed.returnTo,
    canReset: parts.auth.sendsMail,
    canSignUp: signUp !== "closed",
  };
}
