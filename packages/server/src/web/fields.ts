// The parts that forms are made of: fields with their labels, hints and errors, and the summary of what went wrong.

import { html, type Piece } from "./html.ts";

/** What a form says after it was sent and refused. Values come back with it, passwords never. */
export interface FormState {
  /** What went wrong, for the whole form. */
  readonly error?: string | undefined;
  /** What went wrong at single fields, by the name of the field. */
  readonly fieldErrors?: Readonly<Record<string, string | undefined>> | undefined;
  /** What can be done about it, with links. */
  readonly help?: Piece | undefined;
  /** Something that went well before, such as `Your password was changed.` */
  readonly notice?: string | undefined;
}

/** How long passwords are, in characters. */
export interface PasswordRule {
  readonly min: number;
  readonly max: number;
}

interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly type: "email" | "password";
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly rules?: string | undefined;
  readonly focus?: boolean | undefined;
}

/** The field for an e-mail address, which is also the name of the account. */
export function emailField(state: FormState, value: string | undefined): Piece {
  return field({
    name: "email",
    label: "E-mail address",
    type: "email",
    autocomplete: "username",
    value,
    error: state.fieldErrors?.email,
    // After a refusal the words about it come first.
    focus: !hasFailed(state),
  });
}

/** The field for the password of today. */
export function currentPasswordField(state: FormState, name = "password", label = "Password"): Piece {
  return field({
    name,
    label,
    type: "password",
    autocomplete: "current-password",
    error: state.fieldErrors?.[name],
  });
}

/** The field for a password to be. Says what is asked of it before it is typed. */
export function newPasswordField(state: FormState, rule: PasswordRule, name = "password", label = "Password"): Piece {
  return field({
    name,
    label,
    type: "password",
    autocomplete: "new-password",
    hint: passwordHint(rule),
    error: state.fieldErrors?.[name],
    rules: `minlength: ${rule.min}; maxlength: ${rule.max};`,
  });
}

/** A value that travels with the form and is not shown. */
export function hiddenField(name: string, value: string | undefined): Piece | null {
  return value === undefined ? null : html`<input type="hidden" name=${name} value=${value} />`;
}

/** What a form must say first: the notice, and the errors with links to their fields. */
export function formMessages(state: FormState): Piece | null {
  const fields = Object.entries(state.fieldErrors ?? {}).filter((entry) => entry[1] !== undefined);
  if (state.error === undefined && fields.length === 0) return state.notice === undefined ? null : notice(state.notice);
  return html`<div class="message message-error" role="alert">
    <p>${state.error ?? "That did not work yet."}</p>
    ${fields.length === 0 ? null : html`<ul>${fields.map(([name, error]) => html`<li><a href=${`#field-${name}`}>${error}</a></li>`)}</ul>`}
    ${state.help === undefined ? null : html`<p class="message-help">${state.help}</p>`}
  </div>`;
}

/** Something that went well, said once. */
export function notice(text: string): Piece {
  return html`<div class="message message-notice" role="status"><p>${text}</p></div>`;
}

/** The title of a page with a form: begins with `Error:` when there is one, so that it is the first thing heard. */
export function formTitle(title: string, state: FormState): string {
  return hasFailed(state) ? `Error: ${title}` : title;
}

function hasFailed(state: FormState): boolean {
  return state.error !== undefined || Object.values(state.fieldErrors ?? {}).some((error) => error !== undefined);
}

function passwordHint(rule: PasswordRule): string {
  return `At least ${rule.min} characters. A few unrelated words are good; spaces and every script are welcome, and no kind of character is required.`;
}

function field(options: FieldOptions): Piece {
  const id = `field-${options.name}`;
  const { hint, error } = options;
  const described = [hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`].join(" ").trim();
  return html`<div class=${error === undefined ? "field" : "field field-wrong"}>
    <label for=${id}>${options.label}</label>
    ${hint === undefined ? null : html`<p class="field-hint" id=${`${id}-hint`}>${hint}</p>`}
    ${error === undefined ? null : html`<p class="field-error" id=${`${id}-error`}><span class="visually-hidden">Error: </span>${error}</p>`}
    <input
      id=${id}
      name=${options.name}
      type=${options.type}
      value=${options.value}
      autocomplete=${options.autocomplete}
      autocapitalize="none"
      spellcheck="false"
      passwordrules=${options.rules}
      aria-describedby=${described === "" ? undefined : described}
      aria-invalid=${error === undefined ? undefined : "true"}
      autofocus=${options.focus === true ? true : undefined}
      required
    />
  </div>`;
}
