// What a page says when the issuer says no: in words, at the field where they belong. Judges nothing.

import type { FormState, PasswordRule } from "../web/fields.ts";
import { type MessageModel, messages } from "../web/message-page.ts";
import type { IssuerAnswer } from "./issuer-call.ts";

/** The names that a form gives to the members of a request. */
export interface FormNames {
  readonly password: "password" | "new_password";
  readonly currentPassword?: "password" | "current_password";
  readonly rule: PasswordRule;
}

/** What a form says about a refusal; `undefined` when the whole page has to say it, by `messageFor`. */
export function formProblem(answer: IssuerAnswer, names: FormNames): FormState | undefined {
  const { code } = answer;
  if (code === undefined) return undefined;
  const atPassword = passwordWords(code, names.rule);
  if (atPassword !== undefined) return { fieldErrors: { [names.password]: atPassword } };
  switch (code) {
    case "request_invalid":
      return { fieldErrors: faultyFields(answer.faulty, names) };
    case "credentials_wrong":
      return names.currentPassword === "current_password"
        ? { fieldErrors: { current_password: "This is not your current password." } }
        : { error: "The address or the password is wrong." };
    case "address_taken":
      return { fieldErrors: { email: "This address already has an account." } };
    case "strategy_not_allowed":
      return { error: "This server does not offer that way of being recognised. Choose another." };
    case "attempts_exceeded":
      return { error: `Too many attempts. Try again in ${waiting(answer.retryAfterSeconds ?? 60)}.` };
    case "session_changed":
      return { error: "Your session changed meanwhile. Try again." };
    default:
      return undefined;
  }
}

/** What a whole page says about a refusal. */
export function messageFor(answer: IssuerAnswer): MessageModel {
  const { code, retryAfterSeconds } = answer;
  if (code === "cross_site_request") return messages.crossSite;
  if (code === "attempts_exceeded") return { ...messages.tooMany, retryAfterSeconds };
  if (code === "temporarily_unavailable") return { ...messages.unavailable, retryAfterSeconds };
  if (code === "sign_up_closed") return signUpClosed;
  if (code === "mail_not_configured") return noMail;
  if (answer.status >= 500) return messages.broken;
  return {
    status: answer.status,
    title: "That did not work",
    text: "The request was not understood. Go back, open the page again, and send it once more.",
  };
}

/** Where no strangers are taken. */
export const signUpClosed: MessageModel = {
  status: 403,
  title: "Sign-up is closed",
  text: "This server does not take sign-ups. Whoever runs it can make you an account.",
};

/** Where nothing can be mailed. */
export const noMail: MessageModel = {
  status: 404,
  title: "This server sends no mail",
  text: "So it cannot mail a link either. Whoever runs it can help you.",
};

function passwordWords(code: string, rule: PasswordRule): string | undefined {
  switch (code) {
    case "password_too_short":
      return `This password is too short: it needs at least ${rule.min} characters.`;
    case "password_too_long":
      return `This password is too long: it may have at most ${rule.max} characters.`;
    case "password_common":
      return "This password is one that attackers try first. Choose another.";
    case "password_contains_context":
      return "This password contains your address or the name of this service. Choose another.";
    default:
      return undefined;
  }
}

// Without a list, what the schema let through and the parser did not can only be the address.
function faultyFields(faulty: readonly string[], names: FormNames): Record<string, string> {
  const fields: Record<string, string> = {};
  if (faulty.length === 0 || faulty.includes("email")) fields.email = "Enter an e-mail address.";
  if (faulty.includes("new_password")) fields[names.password] = "Enter a new password.";
  if (faulty.includes("current_password")) fields.current_password = "Enter your current password.";
  if (faulty.includes("password")) fields.password = "Enter a password.";
  return fields;
}

function waiting(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? "one second" : `${Math.ceil(seconds)} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
