// Takes a command's words apart into options and operands. Knows no command.

import { parseArgs } from "node:util";
import { misuse } from "../operator-error.ts";
import type { CommandOption } from "./contract.ts";

/** What a command line names. */
export interface Arguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
}

/**
 * Options and operands of the command of that name. One id in 64 begins with a hyphen, as base64url does: a word that can be no option
 * is an operand, wherever it stands, and what follows an option with a value is that value. Throws a misuse that names the option at
 * fault, never a value.
 */
export function parseArguments(
  name: string,
  words: readonly string[],
  options: Readonly<Record<string, CommandOption>>,
): Arguments {
  const { named, operands, unknown } = sortOut(words, options);
  const help = `See: countersign ${name} --help`;
  if (unknown !== undefined) throw misuse(`Unknown option '${unknown}'. ${help}`);
  try {
    return { values: parseArgs({ args: named, options, strict: true }).values, operands };
  } catch (error) {
    // The parser's words name the option; a value is never in them.
    const what =
      error instanceof Error ? (error.message.split(/\.\s/, 1)[0] ?? "").replace(/\.$/, "") : "not understood";
    throw misuse(`${what}. ${help}`);
  }
}

function sortOut(words: readonly string[], options: Readonly<Record<string, CommandOption>>) {
  let unknown: string | undefined;
  const named: string[] = [];
  const operands: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--") return { named, operands: [...operands, ...words.slice(at + 1)], unknown };
    const option = optionOf(word, options);
    if (option === undefined && looksLikeOption(word)) unknown ??= word.replace(/=.*/s, "");
    else if (option === undefined) operands.push(word);
    else {
      const next = words[at + 1];
      // A misspelled option is no value: `--name=--value` says that it is meant so.
      const isValue = next !== undefined && next !== "--" && !looksLikeOption(next);
      const takesNext = option.type === "string" && !word.includes("=") && isValue;
      named.push(takesNext ? `${word}=${next}` : word);
      if (takesNext) at += 1;
    }
  }
  return { named, operands, unknown };
}

function optionOf(word: string, options: Readonly<Record<string, CommandOption>>): CommandOption | undefined {
  const name = /^--([^=]+)/.exec(word)?.[1];
  return name !== undefined && Object.hasOwn(options, name) ? options[name] : undefined;
}

/**
 * `-x`, and `--like-this`: no option has a capital, a digit or an underscore in its name, and a random text has nearly always. A hyphen alone
 * stands for the standard input.
 */
function looksLikeOption(word: string): boolean {
  return /^(-.|--[a-z-]*(=.*)?)$/s.test(word);
}
