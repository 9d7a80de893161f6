// A button of the demonstration. One that can do nothing now stays where it is and can be reached, so that nobody loses their place.

import { html } from "htm/preact";

export interface PressButton {
  readonly text: string;
  readonly isPossible: boolean;
  readonly isQuiet?: boolean;
  readonly isPressed?: boolean;
  onPress(): void;
}

/** A button. */
export function button({ text, isPossible, isQuiet = false, isPressed, onPress }: PressButton) {
  const className = isQuiet ? "button button-quiet button-small" : "button button-small";
  return html`<button type="button" class=${className} aria-disabled=${isPossible ? undefined : "true"} aria-pressed=${isPressed} onClick=${() => (isPossible ? onPress() : undefined)}>${text}</button>`;
}
