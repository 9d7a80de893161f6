// The page that says that a mail is on its way. It says the same whether or not the address has an account.

import { wordsPage } from "./form-page.ts";
import { html, type Piece } from "./html.ts";
import type { PageContext } from "./page.ts";
import { paths } from "./paths.ts";

/** What the page after sending a mail shows. */
export interface MailSentModel {
  /** What the mail is for. */
  readonly purpose: "sign-up" | "forgot" | "verify";
  /** The address as it was typed. */
  readonly email: string;
  /** Minutes for which the link works. */
  readonly linkMinutes: number;
}

const words = {
  "sign-up": (address: Piece) =>
    html`<p>We have written to ${address}. If no account has that address yet, the link in the mail completes the sign-up; if one has, the mail says so.</p>`,
  forgot: (address: Piece) =>
    html`<p>If an account has the address ${address}, a link to set a new password is on its way there.</p>`,
  verify: (address: Piece) =>
    html`<p>We have sent a link to ${address}. Open it to confirm that the address is yours.</p>`,
} as const satisfies Record<MailSentModel["purpose"], (address: Piece) => Piece>;

/** The page that says that a mail is on its way. */
export function mailSentPage(context: PageContext, model: MailSentModel): string {
  return wordsPage(context, {
    title: "Check your mail",
    content: [
      words[model.purpose](html`<strong class="wrap-anywhere">${model.email}</strong>`),
      html`<p>The link works once, for ${duration(model.linkMinutes)}. Nothing there? Look among the unwanted mail, and check the address.</p>`,
      html`<p class="actions">
        ${context.devMail ? html`<a class="button" href=${paths.devMail}>Read the mail here (development)</a>` : null}
        <a class="button button-quiet" href=${paths.signIn}>Back to sign in</a>
      </p>`,
    ],
  });
}

function duration(minutes: number): string {
  const hours = minutes / 60;
  if (minutes < 60 || !Number.isInteger(hours)) return minutes === 1 ? "one minute" : `${minutes} minutes`;
  return hours === 1 ? "one hour" : `${hours} hours`;
}
