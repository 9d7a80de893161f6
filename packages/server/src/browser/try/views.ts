// The pieces that the tools are made of: fields, findings, messages. Knows no tool.

import { html } from "htm/preact";
import type { Finding, Level } from "./findings.ts";
import { longestInput } from "./input.ts";

/** A piece of a tool. Text in it is escaped. */
export type View = ReturnType<typeof html>;

/** Text in which words between backquotes are code. */
export function prose(text: string): readonly (string | View)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

const levelNames: Readonly<Record<Level, string>> = { danger: "Danger", warning: "Weak", note: "Note", good: "Good" };

/** Findings, each with how much it matters in a word. */
export function findingList(findings: readonly Finding[]): View | null {
  if (findings.length === 0) return null;
  return html`<ul class="findings">
    ${findings.map(
      ({ level, title, text }) => html`<li class=${`finding finding-${level}`}>
        <span class="finding-level">${levelNames[level]}</span>
        <div><p class="finding-title">${prose(title)}</p><p class="finding-text">${prose(text)}</p></div>
      </li>`,
    )}
  </ul>`;
}

/** Something that was pasted and cannot be read. */
export function problemView(problem: string): View {
  return html`<div class="message message-warning try-problem" role="status"><p>${prose(problem)}</p></div>`;
}

interface AreaOptions {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly rows: number;
  readonly onText?: (text: string) => void;
}

/**
 * A field for much text. The browser is asked to neither remember nor check it: some spelling checkers send what they check to a server.
 * Without `onText` it only shows.
 */
export function areaField({ id, label, hint, value, rows, onText }: AreaOptions): View {
  return html`<div class="field try-field">
    <label for=${id}>${label}</label>
    ${hint === undefined ? null : html`<p class="field-hint" id=${`${id}-hint`}>${prose(hint)}</p>`}
    <textarea
      id=${id}
      rows=${rows}
      value=${value}
      readonly=${onText === undefined}
      aria-describedby=${hint === undefined ? undefined : `${id}-hint`}
      onInput=${(event: Event) => onText?.(textOf(event))}
      ...${guarded}
    ></textarea>
  </div>`;
}

interface LineOptions {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onText: (text: string) => void;
}

/** A field for one line. */
export function lineField({ id, label, hint, value, onText }: LineOptions): View {
  return html`<div class="field try-field">
    <label for=${id}>${label}</label>
    ${hint === undefined ? null : html`<p class="field-hint" id=${`${id}-hint`}>${prose(hint)}</p>`}
    <input
      id=${id}
      type="text"
      value=${value}
      aria-describedby=${hint === undefined ? undefined : `${id}-hint`}
      onInput=${(event: Event) => onText(textOf(event))}
      ...${guarded}
    />
  </div>`;
}

interface ChoiceOptions {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly onText: (text: string) => void;
}

/** A field for one of a few. */
export function choiceField({ id, label, value, values, onText }: ChoiceOptions): View {
  return html`<div class="field try-field">
    <label for=${id}>${label}</label>
    <select id=${id} value=${value} onChange=${(event: Event) => onText(textOf(event))} autocomplete="off">
      ${values.map((each) => html`<option value=${each} selected=${each === value}>${each}</option>`)}
    </select>
  </div>`;
}

/** Buttons that load an example each. */
export function exampleButtons(
  label: string,
  examples: readonly { readonly name: string; readonly load: () => void }[],
): View {
  return html`<div class="try-examples" role="group" aria-label=${label}>
    <span class="try-examples-label" aria-hidden="true">${label}</span>
    ${examples.map(({ name, load }) => html`<button type="button" class="button button-quiet button-small" onClick=${load}>${name}</button>`)}
  </div>`;
}

/** What a field holds. */
export function textOf({ currentTarget }: Event): string {
  const isField =
    currentTarget instanceof HTMLTextAreaElement ||
    currentTarget instanceof HTMLInputElement ||
    currentTarget instanceof HTMLSelectElement;
  return isField ? currentTarget.value : "";
}

// A text far beyond the bound is not even held.
const guarded = {
  autocomplete: "off",
  autocapitalize: "none",
  autocorrect: "off",
  spellcheck: false,
  translate: false,
  maxlength: longestInput * 64,
} as const;
