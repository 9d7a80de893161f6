// What a command of the command line is. Knows no command.

import type { ParseArgsOptionDescriptor } from "node:util";
import type { Clock } from "@countersign/verifier";
import type { ExitCode } from "../operator-error.ts";

/** What surrounds a command: the tests pass their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  out(text: string): void;
  err(text: string): void;
}

/** One option of a command, as it is parsed and as `--help` shows it. */
export interface CommandOption extends ParseArgsOptionDescriptor {
  readonly type: "string" | "boolean";
  /** What stands for the value in the help: `SCOPES`. */
  readonly value?: string;
  readonly help: string;
}

/** What a command was called with. */
export interface Invocation {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** What stands beside the options, in order. */
  readonly operands: readonly string[];
  /** Options with a value. */
  text(option: string): string | undefined;
  /** Options without a value. */
  flag(option: string): boolean;
}

/** One command. */
export interface Command {
  /** `users add`. */
  readonly name: string;
  /** What follows the name: `EMAIL`. */
  readonly operands: string;
  /** The options that there must be: `--scope SCOPES`. */
  readonly needs?: string;
  /** How many operands there must be, at least and at most. */
  readonly arity: readonly [number, number];
  readonly summary: string;
  /** What the help says beside the summary and the options. */
  readonly details?: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  run(invocation: Invocation): Promise<ExitCode>;
}
