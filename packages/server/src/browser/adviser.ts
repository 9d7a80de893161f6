// The adviser made alive: the advice follows the answers, and the address follows both. Knows no rule.

import { render } from "preact";
import { readAnswers } from "../adviser/address.ts";
import type { Answers } from "../adviser/questions.ts";
import { adviceAddress, adviceSummary, adviceView } from "../adviser/view.ts";

/** Makes the adviser alive where the page has one. */
export function mountAdviser(): void {
  const form = document.getElementById("adviser-form");
  const place = document.getElementById("advice");
  const said = document.getElementById("advice-said");
  if (!(form instanceof HTMLFormElement) || place === null || said === null) return;
  // What the server rendered stays until the first change.
  let isTakenOver = false;

  const show = (answers: Answers) => {
    if (!isTakenOver) {
      place.replaceChildren();
      // It spoke of the address, which now follows the form.
      document.getElementById("advice-unknown")?.remove();
      addCopyButton(form);
      isTakenOver = true;
    }
    render(adviceView(answers), place);
    said.textContent = adviceSummary(answers);
    history.replaceState(history.state, "", adviceAddress(answers));
  };

  form.addEventListener("change", () => show(answersOf(form)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(answersOf(form));
    place.scrollIntoView();
  });
  if (readAnswers(location.search) !== undefined) addCopyButton(form);
}

// A form in which nothing is ticked has answers all the same: those to the other questions.
function answersOf(form: HTMLFormElement): Answers {
  const given = [...new FormData(form)].flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
  const answers = readAnswers(new URLSearchParams(given));
  if (answers === undefined) throw new Error("The form of the adviser asks none of its questions.");
  return answers;
}

// Only where the browser lets a page write to the clipboard: elsewhere the address bar has the link, too.
function addCopyButton(form: HTMLFormElement): void {
  const clipboard: Clipboard | undefined = navigator.clipboard;
  if (clipboard === undefined || form.querySelector(".adviser-copy") !== null) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button adviser-copy";
  button.textContent = "Copy the link";
  button.addEventListener("click", async () => {
    const address = new URL(adviceAddress(answersOf(form)), location.href).href;
    const isCopied = await clipboard.writeText(address).then(
      () => true,
      () => false,
    );
    button.textContent = isCopied ? "Link copied" : "Copy it from the address bar";
  });
  form.addEventListener("change", () => {
    button.textContent = "Copy the link";
  });
  form.querySelector(".actions")?.append(button);
}
