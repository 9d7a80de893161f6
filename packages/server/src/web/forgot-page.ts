// The page to ask for a new password by mail. Does not know whether an account exists, and never tells.

import { emailField, type FormState } from "./fields.ts";
import { formPage } from "./form-page.ts";
import { html } from "./html.ts";
import type { PageContext } from "./page.ts";
import { paths } from "./paths.ts";

/** What the page for a forgotten password shows. The form sends `email`. */
export interface ForgotModel extends FormState {
  readonly email?: string | undefined;
}

/** The page for a forgotten password. */
export function forgotPage(context: PageContext, model: ForgotModel): string {
  return formPage(context, {
    title: "Forgotten your password?",
    introduction: "Tell us the address of your account. We send it a link to set a new password.",
    path: paths.forgot,
    action: paths.forgot,
    state: model,
    fields: [emailField(model, model.email)],
    submit: "Send the link",
    below: html`<p>Remembered it? <a href=${paths.signIn}>Sign in</a></p>`,
  });
}
