// Child processes that cannot outlive the run that started them. Knows nothing of tests.

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const tether = join(import.meta.dirname, "tether.mjs");
const marker = "TEST_RUN_ID";

/** Runs commands one after another and answers for everything they leave behind. */
export interface Children {
  /**
   * Runs a script of Node.js that writes to this terminal; resolves with its exit code, 128 when a signal ended it. It ends
   * with this process, even if that is killed.
   */
  run(script: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<number>;
  /** Ends the running command and everything that it started, politely first. */
  stop(): Promise<void>;
}

/** Every process started by these children carries one mark in its environment, by which it is found again. */
export function createChildren(): Children {
  const runId = randomUUID();
  let running: ChildProcess | undefined;
  return {
    async run(script, args, env = {}) {
      const child = spawn(process.execPath, ["--import", tether, script, ...args], {
        stdio: ["pipe", "inherit", "inherit"],
        env: { ...process.env, ...env, [marker]: runId },
      });
      running = child;
      const code = await new Promise<number>((resolve) => {
        child.once("error", () => resolve(127));
        child.once("exit", (exitCode, signal) => resolve(exitCode ?? (signal === null ? 1 : 128)));
      });
      running = undefined;
      killMarked(runId);
      return code;
    },
    async stop() {
      if (running !== undefined) {
        const ended = new Promise<void>((resolve) => running?.once("exit", () => resolve()));
        running.kill("SIGTERM");
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000).unref())]);
        running?.kill("SIGKILL");
      }
      killMarked(runId);
    },
  };
}

/**
 * Kills every process that carries the mark: a child's child that was left behind, also in a process group of its own.
 * Reads /proc; on systems without it only the direct child is ended.
 */
export function killMarked(runId: string): number {
  const wanted = `${marker}=${runId}`;
  let killed = 0;
  // A process may start another while we look, so look until a round finds none; a round that kills cannot repeat for long.
  for (let round = 0; round < 20; round += 1) {
    const pids = processIds().filter((pid) => environment(pid).includes(wanted));
    if (pids.length === 0) break;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
        killed += 1;
      } catch {
        // It ended by itself in between.
      }
    }
  }
  return killed;
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  } catch {
    return [];
  }
}

function environment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
