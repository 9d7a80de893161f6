// Runs the lab: scenario after scenario, one run at a time, and judges each row by its figures. Knows no aspect.

import { commandOf } from "./conditions.ts";
import type { Conditions, Report, Row, RowDraft, RunProgress } from "./contract.ts";
import { openLab } from "./lab.ts";
import { describeMachine, describeVersions } from "./machine.ts";
import { scenarios } from "./scenarios.ts";
import { winnersOf } from "./winners.ts";

let isRunning = false;

/** Whether a run is under way in this process. */
export function isLabRunning(): boolean {
  return isRunning;
}

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
  const lab = await openLab(conditions, signal);
  const beganAt = lab.clock.monotonic();
  const date = new Date(lab.clock.now()).toISOString();
  try {
    for (const each of chosen) {
      const tell = (words: string) => onProgress({ done: rows.length, of: chosen.length, aspect: each.aspect, words });
      tell(each.title);
      rows.push(judgeRow(await each.measure(lab, tell, signal)));
      signal.throwIfAborted();
    }
  } finally {
    await lab.close();
  }
  return {
    format: 1,
    date,
    command: commandOf(conditions),
    tookSeconds: Math.round((lab.clock.monotonic() - beganAt) / 100) / 10,
    machine: describeMachine(),
    versions: describeVersions(),
    conditions,
    rows,
  };
}

/** The row with its winners. */
export function judgeRow(draft: RowDraft): Row {
  return { ...draft, winners: winnersOf(draft.cells, draft.better, draft.margin) };
}
