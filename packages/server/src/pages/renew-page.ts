// The page shown when a sign-in by JWT has to be renewed. Opening it changes nothing, so it cannot tell whether the sign-in still lives.

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
    introduction: context.site.showcase
      ? "You signed in by a JWT, which lasts a few minutes. Your browser holds a refresh token, and one click asks for the next JWT. If the sign-in has ended meanwhile, you are asked to sign in again."
      : "Your sign-in is renewed every few minutes, and it is time. One click goes on; if it has ended meanwhile, you are asked to sign in again.",
    path: renewPath,
    action: renewPath,
    state: {},
    fields: [hiddenField("return_to", model.returnTo)],
    submit: "Renew and continue",
    below: html`<p>Somebody else? <a href=${signIn}>Sign in</a></p>`,
  });
}
