// The page shown when the access token of a browser has run out and its refresh token is there. Opening it changes nothing.

import { hiddenField } from "../web/fields.ts";
import { formPage } from "../web/form-page.ts";
import { html } from "../web/html.ts";
import type { PageContext } from "../web/page.ts";
import { paths } from "../web/paths.ts";

/** Where the form goes: below the path of the refresh cookie, so that a browser sends it there. */
export const renewPath = "/auth/refresh/continue";

/** What the page shows. The form sends `return_to`. */
export interface RenewModel {
  readonly returnTo: string;
}

/** The page to renew an access token. */
export function renewPage(context: PageContext, model: RenewModel): string {
  const signIn = `${paths.signIn}?${new URLSearchParams({ return_to: model.returnTo })}`;
  return formPage(context, {
    title: "Continue",
    introduction:
      "You are signed in by a JWT, and its few minutes are over. Your browser holds a refresh token for it: one click gets the next one.",
    path: renewPath,
    action: renewPath,
    state: {},
    fields: [hiddenField("return_to", model.returnTo)],
    submit: "Renew and continue",
    below: html`<p>Somebody else? <a href=${signIn}>Sign in</a></p>`,
  });
}
