// The page to sign in, with the choice of strategy among those that the server allows. Judges nothing.

import type { Strategy } from "@countersign/verifier";
import { currentPasswordField, emailField, type FormState, hiddenField } from "./fields.ts";
import { formPage } from "./form-page.ts";
import { html, type Piece } from "./html.ts";
import type { PageContext } from "./page.ts";
import { paths } from "./paths.ts";
import type { StrategyChoice } from "./strategy-words.ts";

/** What the sign-in page shows. The form sends `email`, `password` and, when given, `strategy` and `return_to`. */
export interface SignInModel extends FormState {
  /** The strategies that may be chosen, the default first; fewer than two, and nothing is asked. */
  readonly strategies: readonly StrategyChoice[];
  readonly chosen: Strategy;
  readonly email?: string | undefined;
  /** Where to go afterwards; the caller has judged it and judges it again when it comes back. */
  readonly returnTo?: string | undefined;
  /** Whether forgotten passwords can be reset by mail. */
  readonly canReset: boolean;
  /** Whether strangers may sign up. */
  readonly canSignUp: boolean;
}

/** The sign-in page. */
export function signInPage(context: PageContext, model: SignInModel): string {
  return formPage(context, {
    title: "Sign in",
    aside: context.account === undefined ? undefined : signedInAs(context.account.email),
    path: paths.signIn,
    action: paths.signIn,
    state: model,
    fields: [
      hiddenField("return_to", model.returnTo),
      emailField(model, model.email),
      currentPasswordField(model),
      model.canReset ? html`<p class="field-aside"><a href=${paths.forgot}>Forgotten your password?</a></p>` : null,
      strategies(model),
    ],
    submit: "Sign in",
    below: model.canSignUp ? html`<p>No account yet? <a href=${paths.signUp}>Sign up</a></p>` : undefined,
  });
}

function signedInAs(email: string): Piece {
  return html`<div class="message message-notice">
    <p>You are signed in as <strong class="wrap-anywhere">${email}</strong>. Signing in here takes the place of that.</p>
    <div class="actions">
      <a class="button button-quiet button-small" href=${paths.sessions}>Your sessions</a>
      <form method="post" action=${paths.signOut}><button class="button button-quiet button-small" type="submit">Sign out</button></form>
    </div>
  </div>`;
}

function strategies(model: SignInModel): Piece | null {
  if (model.strategies.length < 2) return null;
  return html`<fieldset class="choices">
    <legend>Be recognised by</legend>
    ${model.strategies.map((choice) => strategyChoice(choice, choice.name === model.chosen))}
  </fieldset>`;
}

function strategyChoice(choice: StrategyChoice, chosen: boolean): Piece {
  const id = `strategy-${choice.name}`;
  return html`<div class=${`choice choice-${choice.name}`}>
    <input type="radio" name="strategy" id=${id} value=${choice.name} checked=${chosen} aria-describedby=${`${id}-hint`} />
    <label for=${id}><span class="choice-title">${choice.title}</span></label>
    <p class="choice-hint" id=${`${id}-hint`}>${choice.hint}</p>
  </div>`;
}
