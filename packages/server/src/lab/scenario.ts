// The contract of scenarios: prepare, run, report. Knows none of them.

import type { Aspect, RowDraft } from "./contract.ts";
import type { Lab } from "./lab.ts";

/** Told what is being done, in a few words. */
export type Progress = (words: string) => void;

/** The measurement of one aspect. */
export interface Scenario<Begun, Measured> {
  readonly aspect: Aspect;
  readonly title: string;
  /** One sentence. */
  readonly measures: string;
  readonly limits: string;
  /** Others may run beside it in a quick run: it counts no calls of stores, and what they disturb lies within its margin. Its preparation has the machine to itself. */
  readonly sharesMachine: boolean;
  prepare(lab: Lab, progress: Progress, signal: AbortSignal): Promise<Begun>;
  run(prepared: Begun, progress: Progress, signal: AbortSignal): Promise<Measured>;
  /** Pure: what was measured becomes figures and words. */
  report(measured: Measured): Pick<RowDraft, "cells" | "series" | "better" | "margin"> & Partial<RowDraft>;
}

/** A scenario whose inner types nobody needs. */
export interface AnyScenario {
  readonly aspect: Aspect;
  readonly title: string;
  readonly sharesMachine: boolean;
  /** Does what needs the machine to itself; the answer does the rest. */
  prepare(lab: Lab, progress: Progress, signal: AbortSignal): Promise<Prepared>;
}

/** What is left to do of a scenario that is prepared. */
export type Prepared = (progress: Progress, signal: AbortSignal) => Promise<RowDraft>;

/** Hides what a scenario hands from step to step. */
export function scenario<Begun, Measured>(definition: Scenario<Begun, Measured>): AnyScenario {
  const { aspect, title, measures, limits, sharesMachine } = definition;
  return {
    aspect,
    title,
    sharesMachine,
    async prepare(lab, progress, signal) {
      const begun = await definition.prepare(lab, progress, signal);
      return async (inner, stop) => {
        const measured = await definition.run(begun, inner, stop);
        return { aspect, title, sentence: measures, limits, ...definition.report(measured) };
      };
    },
  };
}
