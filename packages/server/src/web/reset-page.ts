// The page behind the link for a forgotten password. Opening it changes nothing; only sending the form does.

import { type FormState, hiddenField, newPasswordField, type PasswordRule } from "./fields.ts";
import { formPage, wordsPage } from "./form-page.ts";
import { html } from "./html.ts";
import type { PageContext } from "./page.ts";
import { paths } from "./paths.ts";

/** What the page to set a new password shows. The form sends `token` and `password`. */
export interface ResetModel extends FormState {
  /** The token of the link; absent when the link is used up, too old or broken. */
  readonly token?: string | undefined;
  readonly passwordRule: PasswordRule;
}

/** The page to set a new password. */
export function resetPage(context: PageContext, model: ResetModel): string {
  if (model.token === undefined) return usedUp(context);
  return formPage(context, {
    title: "Set a new password",
    introduction: "All devices that are signed in to the account will be signed out.",
    path: paths.reset,
    action: paths.reset,
    state: model,
    fields: [
      hiddenField("token", model.token),
      newPasswordField(model, model.passwordRule, "password", "New password"),
    ],
    submit: "Set the password",
  });
}

function usedUp(context: PageContext): string {
  return wordsPage(context, {
    title: "This link does not work any more",
    path: paths.reset,
    content: [
      html`<p>Each link works once and for a short time. Ask for a new one; only the newest counts.</p>`,
      html`<p class="actions"><a class="button" href=${paths.forgot}>Send a new link</a></p>`,
    ],
  });
}
