// The frame of a page that is one form: heading, a line of introduction, messages, the form, and what stands below it.

import { type FormState, formMessages, formTitle } from "./fields.ts";
import { html, type Piece } from "./html.ts";
import { type PageContext, page } from "./page.ts";

/** What stands on a page that is one form. */
export interface FormPage {
  readonly title: string;
  readonly introduction?: string | Piece | undefined;
  /** What there is to know before, beside the form. */
  readonly aside?: Piece | undefined;
  readonly path: string;
  /** Where the form goes, by POST. */
  readonly action: string;
  readonly state: FormState;
  readonly fields: readonly (Piece | null)[];
  readonly submit: string;
  readonly below?: Piece | undefined;
}

/** A page that is one form. */
export function formPage(context: PageContext, form: FormPage): string {
  return page(context, {
    title: formTitle(form.title, form.state),
    path: form.path,
    content: html`<div class="narrow">
      <h1>${form.title}</h1>
      ${form.introduction === undefined ? null : html`<p class="introduction">${form.introduction}</p>`}
      ${form.aside ?? null}
      ${formMessages(form.state)}
      <form class="form" method="post" action=${form.action} novalidate>
        ${form.fields}
        <button class="button button-wide" type="submit">${form.submit}</button>
      </form>
      ${form.below === undefined ? null : html`<div class="below">${form.below}</div>`}
    </div>`,
  });
}

/** A page that says one thing in a narrow column: a heading, words, perhaps something to do. */
export function wordsPage(
  context: PageContext,
  words: { readonly title: string; readonly path?: string; readonly content: Piece | readonly Piece[] },
): string {
  return page(context, {
    title: words.title,
    ...(words.path === undefined ? {} : { path: words.path }),
    content: html`<div class="narrow"><h1>${words.title}</h1>${words.content}</div>`,
  });
}
