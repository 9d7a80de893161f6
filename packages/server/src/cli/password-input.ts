// Reads a password from the terminal without showing it, or from the standard input. Judges nothing.

import { misuse, OperatorError } from "../operator-error.ts";
import type { Terminal } from "./contract.ts";

/** The most that is read, in characters. */
const longest = 4096;

/** A password: asked for twice at a terminal, otherwise the first line of the standard input. Throws `OperatorError`. */
export async function readPassword(terminal: Terminal): Promise<string> {
  if (!terminal.stdin.isTTY) return readFirstLine(terminal.stdin);
  const password = await askHidden(terminal, "Password: ");
  const again = await askHidden(terminal, "Again:    ");
  if (password !== again) throw new OperatorError("The two passwords differ. Nothing was changed.");
  return password;
}

/** The first line of a stream, without its end. */
export async function readFirstLine(stream: NodeJS.ReadStream): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    text += String(chunk);
    if (text.includes("\n") || text.length > longest) break;
  }
  const line = text.split("\n", 1)[0]?.replace(/\r$/, "") ?? "";
  if (line === "") throw misuse("There is nothing on the standard input.");
  return line;
}

function askHidden(terminal: Terminal, question: string): Promise<string> {
  const { stdin } = terminal;
  terminal.err(question);
  stdin.setEncoding("utf8").setRawMode(true).resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const finish = (settle: () => void) => {
      stdin.off("data", read).setRawMode(false).pause();
      terminal.err("\n");
      settle();
    };
    const read = (chunk: string) => {
      for (const character of chunk) {
        if (character === "\r" || character === "\n" || character === "\u0004") return finish(() => resolve(typed));
        if (character === "\u0003") return finish(() => reject(new OperatorError("Cancelled. Nothing was changed.")));
        if (character === "\u007f" || character === "\b") typed = [...typed].slice(0, -1).join("");
        else if (typed.length < longest) typed += character;
      }
    };
    stdin.on("data", read);
  });
}
