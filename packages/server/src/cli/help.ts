// The words of `--help`, from the table of commands. Knows no command by name.

import { commonOptions } from "./commands.ts";
import type { Command, CommandOption } from "./contract.ts";
import { alignColumns } from "./table.ts";

/** What `countersign --help` shows. */
export function overview(commands: readonly Command[]): string {
  return [
    "countersign: sign-in by sessions and JWTs, over one record of each sign-in",
    "",
    "Usage: countersign COMMAND [OPTIONS]",
    "",
    ...alignColumns(commands.map((command) => [`  ${usage(command)}`, command.summary])),
    "",
    "  countersign COMMAND --help     tells more of one command",
    "  countersign --version",
    "",
    "The commands work on the data folder, also while a server runs on it.",
    "Exit codes: 0 done, 1 refused or failed, 2 misused or set up wrongly.",
    "",
  ].join("\n");
}

/** What `countersign users` shows. */
export function helpForGroup(group: string, commands: readonly Command[]): string {
  const rows = commands.map((command) => [`  countersign ${usage(command)}`, command.summary]);
  return [`countersign ${group}:`, "", ...alignColumns(rows), ""].join("\n");
}

/** What `countersign users add --help` shows. */
export function helpForCommand(command: Command): string {
  return [
    command.summary,
    "",
    `Usage: countersign ${usageWithOptions(command)} [OPTIONS]`,
    "",
    ...(command.details === undefined ? [] : [command.details, ""]),
    ...alignColumns(Object.entries({ ...command.options, ...commonOptions }).map(optionRow)),
    "",
  ].join("\n");
}

function usage(command: Command): string {
  return `${command.name} ${command.operands}`.trimEnd();
}

/** `services add NAME --scope SCOPES`: a command with all that there must be. */
export function usageWithOptions(command: Command): string {
  return `${usage(command)} ${command.needs ?? ""}`.trimEnd();
}

function optionRow([name, option]: readonly [string, CommandOption]): string[] {
  const value = option.value === undefined ? "" : ` ${option.value}`;
  return [`  --${name}${value}`, option.help];
}
