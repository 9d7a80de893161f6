// Processes of their own and the wire to them: calls by name over IPC. Knows no act.

import { type ChildProcess, fork } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { type Clock, systemClock } from "@countersign/verifier";

/** What a process can be asked to do: each act with its input and its output, both plain JSON. */
export type Acts<Table> = { readonly [Act in keyof Table]: { readonly input: unknown; readonly output: unknown } };

/** A process that was started. */
export interface Child<Table extends Acts<Table>> {
  readonly pid: number;
  /** Asks for an act. Rejects with what the act threw, or when the process ends first. */
  call<Act extends keyof Table & string>(act: Act, input: Table[Act]["input"]): Promise<Table[Act]["output"]>;
  /** Ends it. Resolves once it has gone. */
  end(): Promise<void>;
}

export interface ChildOptions {
  /** Switches of Node.js. */
  readonly execArgv?: readonly string[];
  readonly clock?: Clock;
}

interface Question {
  readonly id: number;
  readonly act: string;
  readonly input: unknown;
}

/** The last thing that a process is told. */
const farewell = { id: 0, act: "(end)", input: null } as const satisfies Question;

interface Reply {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

/** How long a process may take to end by itself, in milliseconds. */
const patienceMs = 2000;

/**
 * Starts a process from an entry script. It ends with `end`, and with the process that started it, however that one ends.
 * The types of both ends stand in one file, and both ends are of one version: what arrives is taken for what was declared.
 */
export async function startChild<Table extends Acts<Table>>(
  entry: URL,
  { execArgv = [], clock = systemClock }: ChildOptions = {},
): Promise<Child<Table>> {
  // Its output is nobody's; what it says of faults goes to the standard error of the whole.
  const compiled = getCompileCacheDir();
  const env = { ...process.env, ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }) };
  const child = fork(entry, { execArgv: [...execArgv], env, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  // A message to a process that is just ending: whoever asked is told when it has gone.
  child.on("error", () => undefined);
  const waiting = new Map<number, { resolve(output: never): void; reject(error: Error): void }>();
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const fail = () => {
    for (const { reject } of waiting.values()) reject(new Error("A child process has ended."));
    waiting.clear();
  };
  void gone.then(fail);
  let id = 0;
  await begun(child);
  child.on("message", (reply: Reply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) asked?.resolve(reply.output as never);
    else asked?.reject(new Error(reply.error));
  });
  return {
    pid: child.pid ?? 0,
    call: (act, input) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error("A child process has ended."));
        id += 1;
        waiting.set(id, { resolve, reject });
        const question: Question = { id, act, input };
        child.send(question);
      }),
    async end() {
      if (child.connected) child.send(farewell);
      const late = new AbortController();
      void clock.sleep(patienceMs, late.signal).then(() => late.signal.aborted || child.kill("SIGKILL"));
      await gone;
      late.abort();
    },
  };
}

function begun(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`A child process did not start (exit code ${code}).`)));
  });
}

/**
 * For an entry script: answers the calls of the process that started this one, and ends with it. `onOrphaned` is called when that one went
 * without a word.
 */
export function answerParent<Table extends Acts<Table>>(
  acts: {
    readonly [Act in keyof Table]: (input: Table[Act]["input"]) => Promise<Table[Act]["output"]> | Table[Act]["output"];
  },
  onOrphaned: () => void = () => undefined,
): void {
  // A terminal sends its Ctrl+C to all of us; the one that started us decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.on("disconnect", () => {
    onOrphaned();
    process.exit();
  });
  process.on("message", async ({ id, act, input }: Question) => {
    if (act === farewell.act) process.exit();
    const run = acts[act as keyof Table];
    try {
      const output = await run(input);
      tell({ id, output });
    } catch (error) {
      tell({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
  tell({ id: 0 });
}

function tell(reply: Reply): void {
  // Whoever asked may have gone meanwhile: then nobody wants to know.
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
}
