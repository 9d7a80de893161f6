// The pages that show mails in development instead of sending them. Production never serves them.

import { html, type Piece } from "./html.ts";
import { type PageContext, page } from "./page.ts";
import { devMailPath, paths } from "./paths.ts";
import { timeElement } from "./time.ts";

/** One mail in the list. */
export interface DevMailEntry {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** One mail with its text. */
export interface DevMail extends DevMailEntry {
  readonly text: string;
}

/** What the list of mails shows, newest first. */
export interface DevMailListModel {
  readonly mails: readonly DevMailEntry[];
}

/** The list of mails. */
export function devMailListPage(context: PageContext, model: DevMailListModel): string {
  return page(context, {
    title: "Mail",
    path: paths.devMail,
    content: html`<div class="medium">
      ${marker()}
      <h1>Mail</h1>
      ${model.mails.length === 0 ? nothing() : html`<ul class="mails">${model.mails.map((mail) => entry(mail, context.now))}</ul>`}
    </div>`,
  });
}

/** One mail. Addresses in its text can be followed. */
export function devMailPage(context: PageContext, mail: DevMail): string {
  return page(context, {
    title: mail.subject,
    content: html`<div class="medium">
      ${marker()}
      <p class="back"><a href=${paths.devMail}>All mail</a></p>
      <h1 class="wrap-anywhere">${mail.subject}</h1>
      <dl class="facts">
        <div><dt>To</dt><dd class="wrap-anywhere">${mail.to}</dd></div>
        <div><dt>Written</dt><dd>${timeElement(mail.sentAt, context.now)}</dd></div>
      </dl>
      <pre class="mail-text">${withLinks(mail.text)}</pre>
    </div>`,
  });
}

function marker(): Piece {
  return html`<div class="message message-warning">
    <p><strong>Development only.</strong>${" "}No mail is sent from here: each one is written to the data folder and shown on this page. Configure a mail server to send them.</p>
  </div>`;
}

function nothing(): Piece {
  return html`<p class="introduction">None yet. Sign up or ask for a new password, and the mail appears here.</p>`;
}

function entry(mail: DevMailEntry, now: number): Piece {
  return html`<li class="mail">
    <a class="mail-subject wrap-anywhere" href=${devMailPath(mail.id)}>${mail.subject}</a>
    <span class="mail-to wrap-anywhere">to ${mail.to}</span>
    <span class="mail-time">${timeElement(mail.sentAt, now)}</span>
  </li>`;
}

function withLinks(text: string): readonly (string | Piece)[] {
  return text
    .split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)])/)
    .map((part, index) => (index % 2 === 1 ? html`<a href=${part}>${part}</a>` : part));
}
