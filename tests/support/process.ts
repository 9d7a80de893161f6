// Real processes for tests: started, watched, and ended by their id. Knows nothing of what they serve.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

/** What to start. */
export interface ProcessOptions {
  /** The program; the Node.js that runs the tests by default. */
  readonly command?: string;
  /** Its arguments; for Node.js the script comes first. */
  readonly args: readonly string[];
  /** Its whole environment beside PATH and HOME, so that a developer's own settings cannot leak into a test. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A line of its standard output or error that tells it is ready; without it the process counts as ready at once. */
  readonly ready?: RegExp;
  /** How long it may take until then. 20 s by default. */
  readonly readyTimeoutMs?: number;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process under test. `await using server = await startProcess(…)` stops it at the end of the block. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** The match of `ready`, whose groups carry what the line tells: a port, an address. */
  readonly match: RegExpMatchArray | undefined;
  /** Everything it has written so far, standard output and error as they came. */
  output(): string;
  /** Waits for a line that matches, also among those already written. */
  waitFor(line: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Resolves when it has ended. */
  readonly ended: Promise<ProcessEnd>;
  /** Sends a signal, SIGTERM by default, and SIGKILL if that did not end it in 5 s. Repeating it is harmless. */
  stop(signal?: NodeJS.Signals): Promise<ProcessEnd>;
}

const tether = join(import.meta.dirname, "../../tools/tether.mjs");
const alive = new Set<ChildProcess>();
let watching = false;

/** Starts a process and waits until it is ready. Throws with its output when it ends or stays silent instead. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const child = spawnTethered(options);
  const { pid } = child;
  const text = collectOutput(child);
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const waitFor = (line: RegExp, timeoutMs = 20_000) => text.waitFor(line, timeoutMs, ended);
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    return ended.finally(() => clearTimeout(timer));
  };
  try {
    if (pid === undefined) throw await ended.then(() => new Error("not started"));
    const match = options.ready === undefined ? undefined : await waitFor(options.ready, options.readyTimeoutMs);
    return {
      pid,
      match,
      output: text.read,
      waitFor,
      ended,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    };
  } catch (error) {
    if (pid !== undefined) await stop("SIGKILL");
    throw error;
  }
}

/** Runs a process to its end. Ends it after `timeoutMs` (60 s by default). */
export async function runProcess(
  options: Omit<ProcessOptions, "ready" | "readyTimeoutMs"> & { input?: string; timeoutMs?: number },
): Promise<ProcessEnd & { stdout: string; stderr: string }> {
  const child = spawnTethered(options, options.input !== undefined);
  if (options.input !== undefined) child.stdin?.end(options.input);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
  try {
    const end = await new Promise<ProcessEnd>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
    return { ...end, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

/** The processes that a process has started, and those that they have. */
export function descendants(pid: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const all = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const childrenOf = (parent: number): number[] =>
    all.flatMap(([child = 0, of]) => (of === parent ? [child, ...childrenOf(child)] : []));
  return childrenOf(pid);
}

/** Whether a process runs. One that was killed may stay in the table for seconds, until whoever adopted it takes note. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^ZX]/.test(stdout.trim());
}

function spawnTethered(options: ProcessOptions, ownStdin = false): ChildProcess {
  const { PATH = "", HOME = "", TEST_RUN_ID } = process.env;
  const isNode = options.command === undefined;
  const child = spawn(
    options.command ?? process.execPath,
    isNode && !ownStdin ? ["--import", tether, ...options.args] : options.args,
    {
      cwd: options.cwd,
      env: { PATH, HOME, ...(TEST_RUN_ID === undefined ? {} : { TEST_RUN_ID }), ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  child.stdin?.on("error", () => undefined);
  if (!watching) {
    watching = true;
    process.on("exit", () => {
      for (const each of alive) each.kill("SIGKILL");
    });
  }
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

function collectOutput(child: ChildProcess) {
  let text = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (const listener of listeners) listener();
    });
  }
  return {
    read: () => text,
    waitFor(line: RegExp, timeoutMs: number, ended: Promise<ProcessEnd>): Promise<RegExpMatchArray> {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          listeners.delete(look);
          clearTimeout(timer);
          act();
        };
        const fail = (what: string) =>
          settle(() => reject(new Error(`${child.spawnargs.join(" ")} ${what} ${line}; it wrote:\n${text}`)));
        const timer = setTimeout(() => fail(`did not write within ${timeoutMs} ms`), timeoutMs);
        const look = () => {
          // Only whole lines count, so that no group is cut short by a chunk's end.
          for (const each of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) {
            const match = each.match(line);
            if (match !== null) return settle(() => resolve(match));
          }
        };
        listeners.add(look);
        look();
        ended.then(
          (end) => fail(`ended (${end.signal ?? end.code}) without writing`),
          (error: Error) => settle(() => reject(error)),
        );
      });
    },
  };
}
