// `countersign compare`: reads the conditions, runs the lab with progress, and shows and writes its report. Measures nothing.

import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Clock } from "@countersign/verifier";
import { bounds, isAspect, resolveConditions } from "../lab/conditions.ts";
import { type Aspect, aspects, type Conditions, type Report, type RunProgress } from "../lab/contract.ts";
import { startLab } from "../lab/run.ts";
import { reportMarkdown, reportText } from "../lab/words.ts";
import { type ExitCode, misuse } from "../operator-error.ts";
import type { Invocation, Terminal } from "./contract.ts";
import { printJson } from "./table.ts";
import { readDuration } from "./words.ts";

/** Runs the comparison. 0: done; 1: interrupted, and nothing is left behind. */
export async function compare(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const conditions = readConditions(invocation);
  const out = readOut(invocation);
  const interruption = untilSignal(invocation.clock);
  const show = createProgressLine(terminal, process.stderr.isTTY === true);
  try {
    const report = await startLab(conditions, show.tell, interruption.signal);
    show.clear();
    if (invocation.flag("json")) printJson(terminal, report);
    else terminal.out(`\n${reportText(report)}`);
    if (out !== undefined) for (const path of writeReport(out, report)) terminal.err(`Written: ${path}\n`);
    return 0;
  } catch (error) {
    show.clear();
    if (!interruption.signal.aborted) throw error;
    terminal.err("Stopped. Nothing was left behind.\n");
    return 1;
  } finally {
    interruption.end();
  }
}

/** Reads and checks the options, before anything starts. */
export function readConditions(invocation: Pick<Invocation, "text" | "flag">): Conditions {
  const store = invocation.text("store");
  if (store !== undefined && store !== "memory" && store !== "sqlite") throw misuse("--store takes memory or sqlite");
  const lifetime = invocation.text("access-lifetime");
  const accessLifetime = lifetime === undefined ? undefined : readDuration("access-lifetime", lifetime) / 1000;
  const [least, most] = bounds.accessLifetime;
  if (
    accessLifetime !== undefined &&
    !(Number.isInteger(accessLifetime) && accessLifetime >= least && accessLifetime <= most)
  ) {
    throw misuse(
      `--access-lifetime takes whole seconds from ${least}s to ${most}s: the lab waits for tokens to run out`,
    );
  }
  return resolveConditions({
    ...{ store, accessLifetime, quick: invocation.flag("quick"), rows: readRows(invocation.text("rows")) },
    services: readWhole(invocation, "services"),
    claims: readWhole(invocation, "claims"),
    seconds: readWhole(invocation, "seconds"),
    seed: readWhole(invocation, "seed"),
  });
}

function readWhole(
  invocation: Pick<Invocation, "text">,
  option: Exclude<keyof typeof bounds, "accessLifetime">,
): number | undefined {
  const text = invocation.text(option);
  if (text === undefined) return undefined;
  const [least, most] = bounds[option];
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw misuse(`--${option} takes a whole number from ${least} to ${most}`);
  return value;
}

function readRows(text: string | undefined): readonly Aspect[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(",").map((name) => name.trim());
  if (!names.every(isAspect)) throw misuse(`--rows takes some of ${aspects.join(", ")}; with commas`);
  return names;
}

// Nothing is left there yet: an interrupted run leaves no folder.
function readOut(invocation: Invocation): string | undefined {
  const text = invocation.text("out");
  if (text === undefined) return undefined;
  const folder = resolve(invocation.terminal.cwd, text);
  const kind = (path: string) => statSync(path, { throwIfNoEntry: false });
  const [self, parent] = [kind(folder), kind(dirname(folder))];
  if (text === "" || (self !== undefined && !self.isDirectory())) throw misuse("--out takes a folder");
  if (self === undefined && parent?.isDirectory() !== true) throw misuse("--out takes a folder in one that exists");
  requireWritable(self === undefined ? dirname(folder) : folder);
  const taken = Object.values(reportFiles).find((name) => kind(join(folder, name))?.isDirectory());
  if (taken !== undefined) throw misuse(`--out takes a folder in which ${taken} is no folder`);
  return folder;
}

// Told by trying: rights alone do not say whether a file system takes a file.
function requireWritable(folder: string): void {
  try {
    rmSync(mkdtempSync(join(folder, ".countersign-")), { recursive: true });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    throw misuse(`--out takes a folder that can be written: nothing can be made in ${folder}${code}`);
  }
}

const reportFiles = { json: "compare.json", markdown: "compare.md" } as const;

function writeReport(folder: string, report: Report): string[] {
  mkdirSync(folder, { recursive: true });
  const { json, markdown } = reportFiles;
  const files = { [json]: `${JSON.stringify(report, null, 2)}\n`, [markdown]: reportMarkdown(report) };
  return Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    // Whole or not at all.
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
    return path;
  });
}

/** Signals within this time are one: a terminal and npm each send theirs for the same Ctrl+C. Milliseconds. */
const sameSignalMs = 500;

function untilSignal(clock: Clock): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const on = (name: NodeJS.Signals) => {
    firstAt ??= clock.monotonic();
    // The processes of the lab end with this one, however it ends.
    if (clock.monotonic() - firstAt > sameSignalMs) process.exit(name === "SIGINT" ? 130 : 143);
    controller.abort(new Error("The comparison was interrupted."));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, on);
  return {
    signal: controller.signal,
    end() {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, on);
    },
  };
}

/** One line that changes on a terminal; a line for each step elsewhere. On the standard error, so that what is printed stays whole. */
export function createProgressLine(
  terminal: Pick<Terminal, "err">,
  isLive: boolean,
): { tell(progress: RunProgress): void; clear(): void } {
  let last = "";
  return {
    tell({ done, of, aspect, words }) {
      const line = `[${done + 1}/${of}] ${aspect}: ${words}`;
      if (line === last) return;
      last = line;
      terminal.err(isLive ? `\r\u001b[2K${line}` : `${line}\n`);
    },
    clear() {
      if (isLive && last !== "") terminal.err("\r\u001b[2K");
    },
  };
}
