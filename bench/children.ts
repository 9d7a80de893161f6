// Processes of the bench: started, spoken to by messages, and gone when the one that started them is. Knows no message.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { pinned } from "./machine.ts";

/** A process that answers each message with one. */
export interface Child extends AsyncDisposable {
  /** Sends a message and waits for the answer. Throws when the process ends instead, or when it takes longer than `timeoutMs`. */
  ask<Answer>(message: unknown, timeoutMs?: number): Promise<Answer>;
  /** Waits for the next message. */
  hear<Answer>(timeoutMs?: number): Promise<Answer>;
  stop(): Promise<void>;
}

/** What to start. */
export interface ChildOptions {
  /** A script of the bench. */
  readonly script: string;
  readonly args?: readonly string[];
  /** Flags of Node.js. */
  readonly flags?: readonly string[];
  /** The core it is bound to, where that is possible. */
  readonly core?: 0 | 1 | undefined;
}

/** Starts a script of the bench. It ends when this process does, for it then loses its channel. */
export function startChild({ script, args = [], flags = [], core }: ChildOptions): Child {
  const line = ["--disable-warning=ExperimentalWarning", ...flags, join(import.meta.dirname, script), ...args];
  const { command, args: bound } = core === undefined ? { command: process.execPath, args: line } : pinned(core, line);
  const child = spawn(command, bound, { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
  const hear = <Answer>(timeoutMs = 120_000) => nextMessage<Answer>(child, script, timeoutMs);
  const stop = () => end(child);
  return {
    hear,
    async ask<Answer>(message: unknown, timeoutMs?: number) {
      const answer = hear<Answer>(timeoutMs);
      child.send(message as object);
      return answer;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** In such a process: sends a message to whoever started it. */
export function send(message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) return reject(new Error("This script is started by the bench: npm run bench."));
    process.send(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** In such a process: answers each message, one after another, and ends with whoever started it. */
export function answerMessages<Message>(answer: (message: Message) => unknown): void {
  let turn: Promise<unknown> = Promise.resolve();
  process.on("message", (message) => {
    turn = turn.then(async () => send(await answer(message as Message)));
  });
  process.once("disconnect", () => process.exit(0));
}

function nextMessage<Answer>(child: ChildProcess, script: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit).off("error", onExit);
      act();
    };
    const onMessage = (message: unknown) => settle(() => resolve(message as Answer));
    const onExit = (how: unknown) =>
      settle(() => reject(new Error(`${script} ended without an answer (${String(how)}).`)));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      settle(() => reject(new Error(`${script} did not answer within ${timeoutMs} ms.`)));
    }, timeoutMs);
    child.once("message", onMessage).once("exit", onExit).once("error", onExit);
    if (child.exitCode !== null || child.signalCode !== null) onExit(child.signalCode ?? child.exitCode);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // Whoever listens to messages ends with the channel; a section that is interrupted does, too.
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await ended;
  clearTimeout(timer);
}
