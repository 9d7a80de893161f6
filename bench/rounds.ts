// Measures cases side by side: every round runs each for a slice, in an order that rotates. Knows no case.

import { systemClock } from "@countersign/verifier";
import type { Row } from "./report.ts";
import { once, spread } from "./statistics.ts";

/** One thing to be measured. Its runs are told their number, and answer something that depends on what they did. */
export interface Case {
  readonly id: string;
  readonly name: string;
  readonly run: (index: number) => unknown;
  /** How many runs are under way at once; 0: it answers without a promise, and is not waited for. */
  readonly inFlight: number;
  readonly note?: string;
}

/** How long it all takes. */
export interface RoundOptions {
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmMs: number;
  /** The id of the case that the others are set in relation to. */
  readonly base: string;
}

/** Everything that runs answer goes in here, lest the compiler find out that nobody wants it. */
export let sink = 0;

/** Microseconds per run: the median of the rounds, and of the rounds' ratios to the base. */
export async function measureRounds(cases: readonly Case[], options: RoundOptions): Promise<Row[]> {
  const states: State[] = [];
  for (const each of cases) states.push(await warm(each, options));
  for (let round = 0; round < options.rounds; round += 1) {
    for (let turn = 0; turn < states.length; turn += 1) {
      const state = states[(turn + round) % states.length];
      if (state === undefined) continue;
      // Followers ask, timers run: what goes on beside requests in any server.
      await systemClock.sleep(2);
      // What a case leaves behind is swept up before the next one's time is taken; what it makes itself is its own to pay.
      globalThis.gc?.({ type: "minor" });
      state.microseconds.push((await slice(state, state.iterations)) / state.iterations);
    }
  }
  const base = states.find(({ of }) => of.id === options.base)?.microseconds ?? [];
  return states.map(({ of, microseconds }) => ({
    id: of.id,
    name: of.name,
    unit: "µs",
    value: spread(microseconds),
    ...(base.length === 0
      ? {}
      : { ratio: spread(microseconds.map((each, round) => each / (base[round] ?? Number.NaN))) }),
    ...(of.note === undefined ? {} : { note: of.note }),
  }));
}

/** A row of something that was counted rather than repeated. */
export function counted(id: string, name: string, unit: string, value: number, note?: string): Row {
  return { id, name, unit, value: once(value), ...(note === undefined ? {} : { note }) };
}

interface State {
  readonly of: Case;
  iterations: number;
  next: number;
  readonly microseconds: number[];
}

// Until it has run for a while, and until a slice is as long as it should be.
async function warm(of: Case, { warmMs, sliceMs }: RoundOptions): Promise<State> {
  const state: State = { of, iterations: 1, next: 0, microseconds: [] };
  // Followers may have grown stale while credentials were made.
  await of.run(0);
  let iterations = Math.max(1, of.inFlight);
  for (let spentMs = 0; ; ) {
    await systemClock.sleep(2);
    const tookMs = (await slice(state, iterations)) / 1000;
    spentMs += tookMs;
    if (spentMs > warmMs) {
      state.iterations = Math.max(1, of.inFlight, Math.round((iterations * sliceMs) / tookMs));
      return state;
    }
    if (tookMs < sliceMs / 2) iterations *= 2;
  }
}

/** Microseconds that this many runs took together. */
async function slice(state: State, iterations: number): Promise<number> {
  const { run, inFlight } = state.of;
  const first = state.next;
  state.next = (first + iterations) % 2 ** 30;
  const began = performance.now();
  if (inFlight === 0) runAll(run, first, iterations);
  else await runTogether(run, first, iterations, inFlight);
  return (performance.now() - began) * 1000;
}

function runAll(run: Case["run"], first: number, iterations: number): void {
  const end = first + iterations;
  for (let index = first; index < end; index += 1) {
    const value = run(index);
    // What is remembered has to be answered at once: a promise here would be a fault that no figure shows.
    if (value instanceof Promise) throw new Error("A promise, where an answer was expected.");
    keep(value);
  }
}

async function runTogether(run: Case["run"], first: number, iterations: number, inFlight: number): Promise<void> {
  let index = first;
  const end = first + iterations;
  const lane = async () => {
    while (index < end) keep(await run(index++));
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

function keep(value: unknown): void {
  sink = (sink + (typeof value === "number" ? value : 1)) | 0;
}
