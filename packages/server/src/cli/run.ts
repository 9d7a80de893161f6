// Finds the command that a command line names, checks its options, runs it, and words what went wrong. Knows no command's work.

import { ConfigurationError, systemClock, Unavailable } from "@countersign/verifier";
import { type ExitCode, misuse, OperatorError } from "../operator-error.ts";
import { readVersion } from "../version.ts";
import { parseArguments } from "./arguments.ts";
import { commands, commonOptions } from "./commands.ts";
import type { Command, Invocation, Terminal } from "./contract.ts";
import { helpForCommand, helpForGroup, overview, usageWithOptions } from "./help.ts";

/** Runs a command line. Answers its exit code: 0 done, 1 refused or failed, 2 misused or set up wrongly. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    terminal.err(`${wordsFor(error)}\n`);
    return exitCodeFor(error);
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first === "--version" || first === "-v") return say(terminal, `countersign ${readVersion()}\n`);
  if (first === undefined || first === "--help" || first === "-h" || first === "help") return help(rest, terminal);
  const found = findCommand(args);
  if (found === undefined) return missing(args, terminal);
  const { command, following } = found;
  if (following.includes("--help") || following.includes("-h")) return say(terminal, helpForCommand(command));
  return command.run(parse(command, following, terminal));
}

/** The command with the longest name that the words begin with. */
function findCommand(args: readonly string[]): { command: Command; following: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(" ");
    const command = commands.find((each) => each.name === name);
    if (command !== undefined && args.length >= length) return { command, following: args.slice(length) };
  }
  return undefined;
}

function help(words: readonly string[], terminal: Terminal): ExitCode {
  if (words.length === 0) return say(terminal, overview(commands));
  const found = findCommand(words);
  if (found !== undefined) return say(terminal, helpForCommand(found.command));
  return missing(words, terminal);
}

function missing(words: readonly string[], terminal: Terminal): ExitCode {
  const [group = "", sub] = words;
  const inGroup = commands.filter((command) => command.name.startsWith(`${group} `));
  if (inGroup.length === 0) throw misuse(`There is no command ${quote(group)}. See: countersign --help`);
  if (sub !== undefined && !sub.startsWith("-")) {
    const known = inGroup.map((command) => command.name.slice(group.length + 1)).join(", ");
    throw misuse(`There is no command ${quote(`${group} ${sub}`)}. With ${group} go: ${known}.`);
  }
  return say(terminal, helpForGroup(group, inGroup));
}

function parse(command: Command, args: readonly string[], terminal: Terminal): Invocation {
  const { values, operands } = parseArguments(command.name, args, { ...commonOptions, ...command.options });
  const [least, most] = command.arity;
  if (operands.length < least || operands.length > most) {
    throw misuse(`Usage: countersign ${usageWithOptions(command)}`);
  }
  return {
    terminal,
    clock: systemClock,
    operands,
    text(option) {
      const value = values[option];
      return typeof value === "string" ? value : undefined;
    },
    flag: (option) => values[option] === true,
  };
}

function say(terminal: Terminal, text: string): ExitCode {
  terminal.out(text);
  return 0;
}

function wordsFor(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  if (error instanceof ConfigurationError) return `The configuration has a mistake:\n  ${error.message}`;
  if (error instanceof Unavailable) return `The database does not answer: ${error.message}. Try again.`;
  const text = error instanceof Error ? (error.stack ?? error.message) : "Something that is no error was thrown.";
  return `Something went wrong that should not. Please report it:\n${text}`;
}

function exitCodeFor(error: unknown): ExitCode {
  if (error instanceof OperatorError) return error.exitCode;
  return error instanceof ConfigurationError ? 2 : 1;
}

function quote(text: string): string {
  return `"${text.slice(0, 60).replace(/[^\x20-\x7e]/g, "?")}"`;
}
