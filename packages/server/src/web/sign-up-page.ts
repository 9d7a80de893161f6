// The page to make an account. Judges nothing.

import { emailField, type FormState, newPasswordField, type PasswordRule } from "./fields.ts";
import { formPage } from "./form-page.ts";
import { html, type Piece } from "./html.ts";
import type { PageContext } from "./page.ts";
import { paths } from "./paths.ts";

/** What the sign-up page shows. The form sends `email` and `password`. */
export interface SignUpModel extends FormState {
  readonly email?: string | undefined;
  /** The address has an account: whoever it belongs to is shown the way. */
  readonly isTaken?: boolean | undefined;
  /** Whether forgotten passwords can be reset by mail. */
  readonly canReset: boolean;
  readonly passwordRule: PasswordRule;
}

/** The sign-up page. */
export function signUpPage(context: PageContext, model: SignUpModel): string {
  return formPage(context, {
    title: "Sign up",
    introduction: "An address and a password, nothing else.",
    path: paths.signUp,
    action: paths.signUp,
    state: model.isTaken === true ? { ...model, help: wayIn(model.canReset) } : model,
    fields: [emailField(model, model.email), newPasswordField(model, model.passwordRule)],
    submit: "Create the account",
    below: html`<p>Have an account already? <a href=${paths.signIn}>Sign in</a></p>`,
  });
}

function wayIn(canReset: boolean): Piece {
  const signIn = html`<a href=${paths.signIn}>Sign in</a>`;
  return canReset
    ? html`<span>${signIn}, or <a href=${paths.forgot}>set a new password</a>.</span>`
    : html`<span>${signIn}.</span>`;
}
