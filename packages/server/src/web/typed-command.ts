// How readers type a line of the `countersign` command, which is on nobody's path, and how pages show it. Knows no command.

import { html, type Piece } from "./html.ts";

/**
 * A line that begins with `countersign` as it can be typed: in a copy of the project after `npm ci`, in a project that installed the server's package, and,
 * once that is published, anywhere. The package is named with its scope, so that npm never takes another's of the same name.
 */
export function typedCommand(line: string): string {
  return line.replace(/^countersign(?= )/, "npx @countersign/server");
}

/** The same for a page: where it does not fit, it goes on in the next line between words, never behind the hyphens of an option. */
export function shownCommand(line: string): readonly (string | Piece)[] {
  const words = typedCommand(line).split(" ");
  return words.flatMap((word, index) => [index === 0 ? "" : " ", html`<span class="command-word">${word}</span>`]);
}
