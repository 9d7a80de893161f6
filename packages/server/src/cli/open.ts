// Opens the parts of a server for one command, on the data folder that a running server may be using. Serves nothing.

import { type Composed, compose } from "../compose.ts";
import { readConfig } from "../config-sources.ts";
import { dataFolder, hasDatabase, notedIssuer } from "../data-folder.ts";
import { type ExitCode, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";

/** How a command opens the data folder. */
export interface OpenOptions {
  /** Whether a data folder is made where there is none: for commands that put something in. Default: false. */
  readonly create?: boolean;
}

/** Opens the parts, hands them to `use`, and closes them whatever happens. Throws `OperatorError` when there is no database. */
export async function withParts(
  invocation: Invocation,
  use: (parts: Composed) => Promise<ExitCode>,
  options: OpenOptions = {},
): Promise<ExitCode> {
  const config = readConfig(sourcesOf(invocation));
  const folder = dataFolder(config.data);
  if (options.create !== true && !hasDatabase(folder)) {
    throw new OperatorError(
      `There is no database in ${folder.path}. Start the server once, or name the folder: --data PATH`,
    );
  }
  const issuer = notedIssuer(folder) ?? `http://localhost:${config.port}`;
  // What a server would tell its log of faults and of files that others can open is told here as well.
  const log = { level: "warn", format: "pretty" } as const;
  const parts = await compose({ ...config, log }, { issuer, clock: invocation.clock, write: invocation.terminal.err });
  try {
    return await use(parts);
  } finally {
    await parts.close();
  }
}

/** Where a command finds its configuration. */
export function sourcesOf(invocation: Invocation) {
  const { env, cwd } = invocation.terminal;
  return {
    env,
    cwd,
    file: invocation.text("config"),
    flags: Object.fromEntries(["data", "port", "host", "lab"].map((option) => [option, invocation.text(option)])),
  };
}
