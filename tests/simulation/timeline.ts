// Virtual time: what happens next, machines with clocks of their own, processes that end. Never reads the real time.

import type { Clock } from "../../packages/verifier/src/primitives/clock.ts";

/** A computer: its clocks are wrong in their own way, and it may be suspended, which stops whatever runs on it. */
export interface Machine {
  readonly name: string;
  /** Milliseconds by its wall clock, whole as a real one's. */
  wall(): number;
  monotonic(): number;
  /** How many milliseconds of true time pass while its monotonic clock counts so many. */
  trueMs(monotonicMs: number): number;
  /**
   * Moves its wall clock, as an administrator or a time server would. Never backwards where the monotonic clock stops in sleep: together
   * they would hide the sleep, and that is not among what is assumed.
   */
  jump(ms: number): void;
  /** How often that was done. */
  readonly jumps: number;
  /** Whether its wall clock may be set back. */
  readonly maySetBack: boolean;
  suspend(): void;
  resume(): void;
  readonly isSuspended: boolean;
}

/** What is wrong with a machine's clocks. */
export interface MachineFaults {
  /** Ticks of its clocks in one of true time. */
  readonly rate: number;
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** Whether its monotonic clock stands still while it is suspended; the wall clock moves on. */
  readonly monotonicStops: boolean;
}

/** A program that runs on a machine. Once it was killed, nothing of it runs any more. */
export interface Process {
  readonly name: string;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly isAlive: boolean;
  kill(): void;
}

/** What is to happen, in the order of time. */
export interface Timeline {
  /** True time, in milliseconds since the beginning. */
  now(): number;
  /** Steps taken. */
  steps(): number;
  /**
   * Has something happen in `ms` of true time: never, once `process` was killed; when its machine resumes, while that is suspended.
   * Answers how to call it off.
   */
  after(ms: number, run: () => void, process?: Process): () => void;
  machine(name: string, faults: MachineFaults): Machine;
  process(name: string, machine: Machine): Process;
  /** Takes steps until nothing is left, `isOver` says so, or there were too many. Answers whether they were too many. */
  run(isOver: () => boolean, mostSteps: number): Promise<boolean>;
}

interface Task {
  at: number;
  readonly order: number;
  readonly run: () => void;
  readonly process: Process | undefined;
  isOff: boolean;
}

/** 2026-01-01: what a machine with a perfect clock shows at the beginning. */
export const beginningMs = Date.UTC(2026, 0, 1);

/** An empty timeline. */
export function createTimeline(): Timeline {
  const queue = createQueue();
  const held = new Map<Machine, Task[]>();
  let [now, order, steps] = [0, 0, 0];

  function after(ms: number, run: () => void, process?: Process): () => void {
    order += 1;
    const task: Task = { at: now + Math.max(0, ms), order, run, process, isOff: false };
    queue.add(task);
    return () => {
      task.isOff = true;
    };
  }

  function isRunnable(task: Task): boolean {
    const { process } = task;
    if (task.isOff || process?.isAlive === false) return false;
    if (process?.machine.isSuspended !== true) return true;
    held.set(process.machine, [...(held.get(process.machine) ?? []), task]);
    return false;
  }

  return {
    now: () => now,
    steps: () => steps,
    after,
    machine(name, faults) {
      const release = (machine: Machine) => {
        const tasks = held.get(machine) ?? [];
        held.delete(machine);
        for (const { run, process, isOff } of tasks) if (!isOff) after(0, run, process);
      };
      return createMachine(name, faults, () => now, release);
    },
    process: (name, machine) => createProcess(name, machine, after),
    async run(isOver, mostSteps) {
      const last = steps + mostSteps;
      while (steps < last) {
        if (isOver()) return false;
        const task = queue.take();
        if (task === undefined) return false;
        now = task.at;
        if (!isRunnable(task)) continue;
        steps += 1;
        task.run();
        // All that follows from it without waiting for time runs to its end.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return true;
    },
  };
}

function createMachine(name: string, faults: MachineFaults, now: () => number, release: (machine: Machine) => void) {
  const { rate, monotonicStops } = faults;
  let [jumpedMs, jumps] = [0, 0];
  let slept = 0;
  let suspendedAt: number | undefined;
  const machine: Machine = {
    name,
    wall: () => Math.floor(beginningMs + faults.wallMs + jumpedMs + now() * rate),
    monotonic: () => faults.monotonicMs + ((monotonicStops ? (suspendedAt ?? now()) : now()) - slept) * rate,
    trueMs: (monotonicMs) => monotonicMs / rate,
    jump(ms) {
      if (ms < 0 && monotonicStops) throw new RangeError(`The clock of ${name} is not set back.`);
      jumpedMs += ms;
      jumps += 1;
    },
    get jumps() {
      return jumps;
    },
    maySetBack: !monotonicStops,
    suspend() {
      suspendedAt ??= now();
    },
    resume() {
      if (suspendedAt === undefined) return;
      if (monotonicStops) slept += now() - suspendedAt;
      suspendedAt = undefined;
      release(machine);
    },
    get isSuspended() {
      return suspendedAt !== undefined;
    },
  };
  return machine;
}

function createProcess(name: string, machine: Machine, after: Timeline["after"]): Process {
  let isAlive = true;
  const process: Process = {
    name,
    machine,
    clock: {
      now: machine.wall,
      monotonic: machine.monotonic,
      sleep: (ms, signal) => sleep(process, after, ms, signal),
    },
    get isAlive() {
      return isAlive;
    },
    kill() {
      isAlive = false;
    },
  };
  return process;
}

function sleep(process: Process, after: Timeline["after"], ms: number, signal?: AbortSignal): Promise<void> {
  const { machine } = process;
  return new Promise((resolve) => {
    const due = machine.monotonic() + ms;
    let callOff = () => {};
    const wake = () => {
      callOff();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    // The machine may have been suspended meanwhile, and its clock have stood still.
    const look = () => {
      const left = due - machine.monotonic();
      if (left <= 1e-6) wake();
      else callOff = after(machine.trueMs(left), look, process);
    };
    if (signal?.aborted === true) return resolve();
    signal?.addEventListener("abort", wake);
    callOff = after(machine.trueMs(Math.max(0, ms)), look, process);
  });
}

// A binary heap: the earliest first, and of one moment the one that was added first.
function createQueue() {
  const heap: Task[] = [];
  const isBefore = (a: Task | undefined, b: Task | undefined) =>
    a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
  const swap = (one: number, other: number) => {
    const [a, b] = [heap[one], heap[other]];
    if (a === undefined || b === undefined) return;
    heap[one] = b;
    heap[other] = a;
  };
  return {
    add(task: Task): void {
      heap.push(task);
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!isBefore(heap[at], heap[parent])) return;
        swap(at, parent);
        at = parent;
      }
    },
    take(): Task | undefined {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      heap[0] = last;
      for (let at = 0; ; ) {
        const left = 2 * at + 1;
        const least = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
        if (!isBefore(heap[least], heap[at])) return first;
        swap(at, least);
        at = least;
      }
    },
  };
}
