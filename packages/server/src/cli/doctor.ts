// `countersign doctor`: what is wrong with a server, and what to do about it. Mends nothing by itself but modes.

import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { defaultFile, readConfig } from "../config-sources.ts";
import { configurationMistake } from "../doctor/configuration.ts";
import { examine, hasErrors } from "../doctor/doctor.ts";
import type { Finding, Level } from "../doctor/finding.ts";
import { type ExitCode, OperatorError } from "../operator-error.ts";
import type { Invocation } from "./contract.ts";
import { sourcesOf } from "./open.ts";
import { printable, printJson } from "./table.ts";

/** Examines the server of a data folder: 1 when something does not work or is not safe, otherwise 0. */
export async function doctor(invocation: Invocation): Promise<ExitCode> {
  const findings = await examineOrSayWhyNot(invocation);
  if (invocation.flag("json")) printJson(invocation.terminal, { findings, ...counts(findings) });
  else invocation.terminal.out(inWords(findings));
  return hasErrors(findings) ? 1 : 0;
}

async function examineOrSayWhyNot(invocation: Invocation): Promise<readonly Finding[]> {
  const sources = sourcesOf(invocation);
  let config: ReturnType<typeof readConfig>;
  try {
    config = readConfig(sources);
  } catch (error) {
    if (error instanceof OperatorError) return [configurationMistake(error.message)];
    throw error;
  }
  const named = sources.file ?? (sources.env.COUNTERSIGN_CONFIG || defaultFile);
  const configFile = isAbsolute(named) ? named : join(sources.cwd, named);
  return examine(config, {
    clock: invocation.clock,
    configFile: existsSync(configFile) ? configFile : undefined,
  });
}

function counts(findings: readonly Finding[]) {
  const of = (level: Level) => findings.filter((finding) => finding.level === level).length;
  return { ok: of("ok"), warnings: of("warn"), errors: of("error") };
}

const width = { level: 7, about: 15 } as const;

function inWords(findings: readonly Finding[]): string {
  const rows = findings.flatMap(({ level, about, finding, remedy }) => [
    level.padEnd(width.level) + about.padEnd(width.about) + printable(finding),
    ...(remedy === undefined ? [] : [" ".repeat(width.level + width.about) + printable(remedy)]),
  ]);
  const { ok, warnings, errors } = counts(findings);
  const closing = `${ok} ok, ${counted(warnings, "warning")}, ${counted(errors, "error")}.`;
  return `${[...rows, "", closing].join("\n")}\n`;
}

function counted(count: number, name: string): string {
  return count === 0 ? `no ${name}` : `${count} ${name}${count === 1 ? "" : "s"}`;
}
