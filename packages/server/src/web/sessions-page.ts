// The page "Your sessions": the devices of one account, what the present credential is, and the password. Judges nothing.

import type { Strategy } from "@countersign/verifier";
import { carriedWords } from "./credential-size.ts";
import {
  currentPasswordField,
  type FormState,
  formMessages,
  formTitle,
  hiddenField,
  newPasswordField,
  type PasswordRule,
} from "./fields.ts";
import { grouped, html, type Piece } from "./html.ts";
import { type PageContext, page } from "./page.ts";
import { paths } from "./paths.ts";
import { type RecognisedBy, strategyWords } from "./strategy-words.ts";
import { timeElement } from "./time.ts";

/** One sign-in of the account. Times are milliseconds since 1970. */
export interface DeviceSession {
  readonly sid: string;
  readonly strategy: Strategy;
  /** A short name for people: `Firefox on Linux`. */
  readonly label: string;
  readonly address?: string | undefined;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** Its absolute end. */
  readonly expiresAt: number;
  /** When it ends if it is not used any more. */
  readonly idleEndsAt: number;
  /** Whether this very request belongs to it. */
  readonly current: boolean;
  /** How the sign-in was proved (RFC 8176). */
  readonly amr: readonly string[];
}

/** The credential that this very request bore. */
export interface PresentCredential {
  readonly strategy: Strategy;
  readonly by: RecognisedBy;
  /** Bytes of the cookies, with their names and without the header's. */
  readonly bytes: number;
  /** When the token or the session by which the request was recognised ends, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What the page shows. */
export interface SessionsModel extends FormState {
  readonly email: string;
  readonly emailVerified: boolean;
  /** The living sign-ins. This one is shown first, the others in their order. */
  readonly sessions: readonly DeviceSession[];
  /** Shown where Countersign shows itself. */
  readonly credential: PresentCredential;
  /** Whether a sign-in may choose its strategy. */
  readonly mayChoose: boolean;
  readonly passwordRule: PasswordRule;
}

const proofs: Readonly<Record<string, string>> = {
  pwd: "password",
  otp: "one-time code",
  hwk: "passkey",
  swk: "passkey",
  mfa: "two factors",
  email: "link by mail",
};

/** The page "Your sessions". `fieldErrors` name `current_password` and `new_password`. */
export function sessionsPage(context: PageContext, model: SessionsModel): string {
  const others = model.sessions.filter((session) => !session.current).length;
  return page(context, {
    title: formTitle("Your sessions", model),
    path: paths.sessions,
    content: html`<div class="account">
      <div class="account-head">
        <h1>Your sessions</h1>
        <p class="introduction">Everywhere <strong class="wrap-anywhere">${model.email}</strong> is signed in. See something you do not know? End it, and change your password.</p>
      </div>
      ${formMessages(model)}
      ${model.emailVerified ? null : unverified()}
      <section aria-labelledby="devices">
        <div class="section-bar">
          <h2 id="devices">${deviceCount(model.sessions.length)}</h2>
          <div class="actions">
            ${others === 0 ? null : button(paths.signOutElsewhere, "Sign out everywhere else")}
            ${button(paths.signOutEverywhere, "Sign out everywhere", "button-danger")}
          </div>
        </div>
        <ul class="devices">${thisFirst(model.sessions).map((session) => device(session, context))}</ul>
      </section>
      <div class=${context.site.showcase ? "account-columns" : "account-column"}>
        ${context.site.showcase ? credentialBox(model, context.now) : null}
        ${passwordForm(model)}
      </div>
    </div>`,
  });
}

function thisFirst(sessions: readonly DeviceSession[]): readonly DeviceSession[] {
  return sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
}

function deviceCount(count: number): string {
  return count === 1 ? "One device" : `${count} devices`;
}

function unverified(): Piece {
  return html`<div class="message message-warning">
    <p><strong>Your address is not confirmed yet.</strong>${" "}Open the link in the mail that we sent, or have it sent again.</p>
    ${button(paths.sendVerification, "Send the link again")}
  </div>`;
}

function device(session: DeviceSession, { now, site }: PageContext): Piece {
  const words = strategyWords[session.strategy];
  return html`<li class=${session.current ? "device device-current" : "device"}>
    <div class="device-words">
      <h3 class="device-name">
        <span class="wrap-anywhere">${session.label}</span>${" "}
        ${site.showcase ? html`<span class=${`badge badge-${session.strategy}`}>${words.title}</span>${" "}` : null}
        ${session.current ? html`<span class="badge badge-current">This device</span>` : null}
      </h3>
      <dl class="facts">
        ${fact("Last used", timeElement(session.lastUsedAt, now))}
        ${fact("Signed in", timeElement(session.createdAt, now))}
        ${fact("Ends", timeElement(session.expiresAt, now))}
        ${session.idleEndsAt < session.expiresAt ? fact("If unused", timeElement(session.idleEndsAt, now)) : null}
        ${proof(session.amr)}
        ${session.address === undefined ? null : fact("Address", html`<span class="wrap-anywhere">${session.address}</span>`)}
      </dl>
    </div>
    ${session.current ? button(paths.signOut, "Sign out") : endButton(session)}
  </li>`;
}

function proof(amr: readonly string[]): Piece | null {
  const known = [...new Set(amr.map((method) => proofs[method]).filter((name) => name !== undefined))];
  return known.length === 0 ? null : fact("Proved by", html`<span>${known.join(" and ")}</span>`);
}

function fact(name: string, value: Piece): Piece {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function endButton(session: DeviceSession): Piece {
  return html`<form method="post" action=${paths.revokeSession}>
    ${hiddenField("sid", session.sid)}
    <button class="button button-quiet" type="submit">Sign out<span class="visually-hidden">${` ${session.label}`}</span></button>
  </form>`;
}

function button(action: string, text: string, extra = ""): Piece {
  return html`<form method="post" action=${action}><button class=${`button button-quiet ${extra}`.trim()} type="submit">${text}</button></form>`;
}

function credentialBox({ credential, sessions, mayChoose }: SessionsModel, now: number): Piece {
  const words = strategyWords[credential.strategy];
  const recognised = (credential.by === "record" ? words.withoutToken : undefined) ?? words.recognised;
  const end = credential.by === "record" ? credential.expiresAt : sessions.find(({ current }) => current)?.expiresAt;
  return html`<section class=${`panel credential credential-${credential.strategy}`} aria-labelledby="credential">
    <h2 id="credential">How this request was recognised</h2>
    <dl class="facts facts-rows">
      ${fact("Strategy", html`<span class=${`badge badge-${credential.strategy}`}>${words.title}</span>`)}
      ${fact("On the wire", html`<span>${grouped(credential.bytes)} bytes with each request; ${carriedWords(credential.bytes, "cookie")}</span>`)}
      ${fact("Recognised", html`<span>${recognised}</span>`)}
      ${credential.by === "token" ? fact("Token ends", timeElement(credential.expiresAt, now)) : null}
      ${end === undefined ? null : fact(credential.by === "token" ? "Sign-in ends" : "Ends", timeElement(end, now))}
      ${fact("At sign-out", html`<span>${words.atSignOut}</span>`)}
    </dl>
    ${mayChoose ? html`<p class="panel-note">Want to see another? Sign out, and choose it when you sign in again.</p>` : null}
  </section>`;
}

function passwordForm(model: SessionsModel): Piece {
  return html`<section class="panel" aria-labelledby="password">
    <h2 id="password">Change your password</h2>
    <p class="panel-note">All other devices will be signed out.</p>
    <form class="form" method="post" action=${paths.changePassword} novalidate>
      <input class="visually-hidden" type="text" id="account-name" autocomplete="username" value=${model.email} readonly tabindex="-1" aria-hidden="true" />
      ${currentPasswordField(model, "current_password", "Current password")}
      ${newPasswordField(model, model.passwordRule, "new_password", "New password")}
      <button class="button" type="submit">Change the password</button>
    </form>
  </section>`;
}
