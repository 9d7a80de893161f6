// The page behind the link that confirms an address. Opening it changes nothing, so that mail scanners cannot confirm.

import { currentPasswordField, type FormState, hiddenField } from "./fields.ts";
import { formPage, wordsPage } from "./form-page.ts";
import { html } from "./html.ts";
import type { PageContext } from "./page.ts";
import { paths } from "./paths.ts";

/** What the page to confirm an address shows. The form sends `token` and, when asked for, `password`. */
export interface VerifyModel extends FormState {
  /** The token of the link; absent when the link is used up, too old or broken. */
  readonly token?: string | undefined;
  /** Whether the password must be given too. */
  readonly askPassword: boolean;
  /** The address was just confirmed. */
  readonly confirmed?: boolean | undefined;
}

/** The page to confirm an address. */
export function verifyPage(context: PageContext, model: VerifyModel): string {
  if (model.confirmed) return confirmed(context);
  if (model.token === undefined) return usedUp(context);
  return formPage(context, {
    title: "Confirm your address",
    introduction: model.askPassword
      ? "One step is left: the password that you signed up with, and a click."
      : "One click is left. If you did not sign up here, close this page and nothing happens.",
    path: paths.verify,
    action: paths.verify,
    state: model,
    fields: [hiddenField("token", model.token), model.askPassword ? currentPasswordField(model) : null],
    submit: "Confirm the address",
  });
}

function confirmed(context: PageContext): string {
  const [href, text] = context.account === undefined ? [paths.signIn, "Sign in"] : [paths.sessions, "Your sessions"];
  return wordsPage(context, {
    title: "Your address is confirmed",
    path: paths.verify,
    content: [
      html`<p>Thank you. Mail about your account goes to it from now on.</p>`,
      html`<p class="actions"><a class="button" href=${href}>${text}</a></p>`,
    ],
  });
}

function usedUp(context: PageContext): string {
  const [href, text] = context.account === undefined ? [paths.signIn, "Sign in"] : [paths.sessions, "Your sessions"];
  return wordsPage(context, {
    title: "This link does not work any more",
    path: paths.verify,
    content: [
      html`<p>Each link works once and for a short time, and the address may be confirmed already. Signed in, you can send yourself a new one.</p>`,
      html`<p class="actions"><a class="button" href=${href}>${text}</a></p>`,
    ],
  });
}
