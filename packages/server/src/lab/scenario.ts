// The contract of scenarios: prepare, run, report. Knows none of them.

import type { Aspect, RowDraft } from "./contract.ts";
import type { Lab } from "./lab.ts";

/** Told what is being done, in a few words. */
export type Progress = (words: string) => void;

/** The measurement of one aspect. */
export interface Scenario<Prepared, Measured> {
  readonly aspect: Aspect;
  readonly title: string;
  /** One sentence. */
  readonly measures: string;
  readonly limits: string;
  /** Others may run beside it in a quick run: it counts no calls of stores, and what they disturb lies within its margin. */
  readonly sharesMachine: boolean;
  prepare(lab: Lab, signal: AbortSignal): Promise<Prepared>;
  run(prepared: Prepared, progress: Progress, signal: AbortSignal): Promise<Measured>;
  /** Pure: what was measured becomes figures and words. */
  report(measured: Measured): Pick<RowDraft, "cells" | "series" | "better" | "margin"> & Partial<RowDraft>;
}

/** A scenario whose inner types nobody needs. */
export interface AnyScenario {
  readonly aspect: Aspect;
  readonly title: string;
  readonly sharesMachine: boolean;
  measure(lab: Lab, progress: Progress, signal: AbortSignal): Promise<RowDraft>;
}

/** Hides what a scenario hands from step to step. */
export function scenario<Prepared, Measured>(definition: Scenario<Prepared, Measured>): AnyScenario {
  const { aspect, title, measures, limits, sharesMachine } = definition;
  return {
    aspect,
    title,
    sharesMachine,
    async measure(lab, progress, signal) {
      const prepared = await definition.prepare(lab, signal);
      const measured = await definition.run(prepared, progress, signal);
      return { aspect, title, sentence: measures, limits, ...definition.report(measured) };
    },
  };
}
