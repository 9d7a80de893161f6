// What the panel of the lab says of a run, for the server that renders it and for the script that goes on. Renders nothing.

import type { RunProgress } from "../../lab/contract.ts";

/** How a run that was followed, or the last one, ended. One that is done shows its figures and needs no words. */
export const endWords = {
  done: "",
  failed: "The last run failed. The server’s log says why.",
  stopped: "The last run was stopped. Nothing of it was kept: the figures are those from before.",
} as const;

/** How long a run has taken so far. */
export function elapsedWords(seconds: number): string {
  return `Running for ${durationWords(seconds)}.`;
}

/** `48 s`, `4 min 22 s`. */
export function durationWords(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** How many rows are done. */
export function doneWords({ done, of }: Pick<RunProgress, "done" | "of">): string {
  return `${done} of ${of} rows done.`;
}

/** How far a run has come. */
export function progressWords(progress: RunProgress): string {
  return `${doneWords(progress)} Now: ${progress.words}`;
}
