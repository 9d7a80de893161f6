// The page that says one thing: that something was not found, refused or cannot be answered now. Tells no private detail.

import { wordsPage } from "./form-page.ts";
import { html } from "./html.ts";
import type { PageContext } from "./page.ts";
import { paths } from "./paths.ts";

/** What a page with one message shows. */
export interface MessageModel {
  /** The HTTP status, shown small; absent for messages that are no errors. */
  readonly status?: number | undefined;
  readonly title: string;
  readonly text: string;
  /** Seconds after which to try again. */
  readonly retryAfterSeconds?: number | undefined;
  /** What to do next; the front page when absent. */
  readonly action?: { readonly href: string; readonly text: string } | undefined;
}

/** The messages that every server needs. */
export const messages = {
  notFound: {
    status: 404,
    title: "There is no such page",
    text: "The address may be mistyped, or the page has moved.",
  },
  crossSite: {
    status: 403,
    title: "That came from another site",
    text: "Your browser says that another site sent this request, so it was not carried out. Nothing has changed. If it was you, open the page here and try again.",
  },
  tooMany: {
    status: 429,
    title: "Too many attempts",
    text: "There were too many attempts in a short time, so we wait a little. Nothing is locked for good.",
  },
  unavailable: {
    status: 503,
    title: "Not now",
    text: "A part of this service does not answer at the moment, so we can neither accept nor refuse. Nothing was lost.",
  },
  broken: {
    status: 500,
    title: "Something went wrong here",
    text: "The fault is ours, and it has been written down. Trying again may help.",
  },
} as const satisfies Record<string, MessageModel>;

/** A page with one message. */
export function messagePage(context: PageContext, model: MessageModel): string {
  const action = model.action ?? { href: paths.front, text: "To the front page" };
  return wordsPage(context, {
    title: model.title,
    content: [
      html`<p>${model.text}</p>`,
      ...(model.retryAfterSeconds === undefined
        ? []
        : [html`<p>${`Try again in ${waiting(model.retryAfterSeconds)}.`}</p>`]),
      html`<p class="actions"><a class="button" href=${action.href}>${action.text}</a></p>`,
      ...(model.status === undefined ? [] : [html`<p class="status-code">${`HTTP ${model.status}`}</p>`]),
    ],
  });
}

function waiting(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? "one second" : `${Math.ceil(seconds)} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
