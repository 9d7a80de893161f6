// Runs the lab: scenario after scenario, one run at a time, and judges each row by its figures. Knows no aspect.

import { systemClock } from "@countersign/verifier";
import { type Budget, createBudget } from "./budget.ts";
import { commandOf } from "./conditions.ts";
import type { Aspect, Conditions, Report, Row, RowDraft, RunProgress } from "./contract.ts";
import { openLab } from "./lab.ts";
import { describeMachine, describeVersions } from "./machine.ts";
import type { AnyScenario, Prepared, Progress } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { winnersOf } from "./winners.ts";

let isRunning = false;

/**
 * Runs the lab and answers its report. Starts processes of its own and ends them, and keeps its files in a temporary folder that it removes,
 * also when `signal` is aborted: then it rejects with the signal's reason. Throws when a run is under way already.
 */
export async function startLab(
  conditions: Conditions,
  onProgress: (progress: RunProgress) => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<Report> {
  if (isRunning) throw new Error("The lab is running already: one run at a time.");
  isRunning = true;
  try {
    return await run(conditions, onProgress, signal);
  } catch (error) {
    // What breaks because of the interruption is no fault of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    isRunning = false;
  }
}

async function run(
  conditions: Conditions,
  onProgress: (progress: RunProgress) => void,
  signal: AbortSignal,
): Promise<Report> {
  const chosen = scenarios.filter(({ aspect }) => conditions.rows.includes(aspect));
  const rows: Row[] = [];
  const [first] = chosen;
  if (first !== undefined)
    onProgress({ done: 0, of: chosen.length, aspect: first.aspect, words: "starting processes" });
  const beganAt = systemClock.monotonic();
  const date = new Date(systemClock.now()).toISOString();
  const budget = createBudget(conditions, systemClock);
  const lab = await openLab(conditions, signal, {}, budget);
  const tellOf = (aspect: Aspect) => (words: string) =>
    onProgress({ done: rows.length, of: chosen.length, aspect, words });
  try {
    for (const group of groupsOf(chosen, conditions)) {
      const prepared: { readonly tell: Progress; readonly measure: Prepared }[] = [];
      for (const each of group) {
        const tell = tellOf(each.aspect);
        tell(each.title);
        prepared.push({ tell, measure: await each.prepare(lab, tell, signal) });
        signal.throwIfAborted();
      }
      await runTogether(prepared, signal, async ({ tell, measure }, inner) => {
        rows.push(judgeRow(withCuts(await measure(tell, inner), budget)));
      });
      signal.throwIfAborted();
    }
  } finally {
    await lab.close();
  }
  return {
    format: 1,
    date,
    command: commandOf(conditions),
    tookSeconds: Math.round((systemClock.monotonic() - beganAt) / 100) / 10,
    machine: describeMachine(),
    versions: describeVersions(),
    conditions,
    rows: chosen.flatMap(({ aspect }) => rows.filter((row) => row.aspect === aspect)),
  };
}

/**
 * What runs side by side, once it is prepared. A full run does one thing at a time; a quick one waits for tokens while others work, where that
 * changes no figure by more than the margin. Pure.
 */
export function groupsOf(
  chosen: readonly AnyScenario[],
  { quick }: Pick<Conditions, "quick">,
): readonly (readonly AnyScenario[])[] {
  const sharing = quick ? chosen.filter(({ sharesMachine }) => sharesMachine) : [];
  const alone = chosen.filter((each) => !sharing.includes(each)).map((each) => [each]);
  return sharing.length === 0 ? alone : [...alone, sharing];
}

/** Runs them side by side. When one fails the others are called off, and the first failure is thrown once all have ended. */
export async function runTogether<Each>(
  group: readonly Each[],
  signal: AbortSignal,
  run: (each: Each, inner: AbortSignal) => Promise<void>,
): Promise<void> {
  const others = new AbortController();
  const inner = AbortSignal.any([signal, others.signal]);
  const failures: unknown[] = [];
  await Promise.all(
    group.map((each) =>
      run(each, inner).catch((error: unknown) => {
        failures.push(error);
        others.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}

/** Says of a row what there was no time for. Pure. */
export function withCuts(draft: RowDraft, budget: Pick<Budget, "cutWords">): RowDraft {
  const words = budget.cutWords(draft.aspect);
  return words === "" ? draft : { ...draft, sentence: `${draft.sentence} ${words}` };
}

/** The row with its winners. */
export function judgeRow(draft: RowDraft): Row {
  return { ...draft, winners: winnersOf(draft.cells, draft.better, draft.margin, draft.turns) };
}
