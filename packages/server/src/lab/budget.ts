// The time that a run may take: who does many rounds does fewer when it runs out, and the report says so. Knows no scenario, and waits for nothing.

import type { Clock } from "@countersign/verifier";
import type { Aspect, Conditions } from "./contract.ts";

/** What is done in rounds. */
export type Step = "fill" | "load" | "sign-out" | "theft";

/** A share of a step: the first of five columns gets no more than a fifth of its time. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

export interface Budget {
  /** The numbers of the rounds, from 0: as many as planned, or fewer where the time of the step is gone; but so many at least. */
  rounds(step: Step, planned: number, least: number, share?: Share): Iterable<number>;
  /** What was cut of a row, as a sentence; empty where nothing was. */
  cutWords(aspect: Aspect): string;
}

/** How long a quick run may take under the usual conditions, in seconds: its last part waits for tokens to run out. */
export const quickSeconds = 55;

/** The time of a run that has none to keep to. */
export const unlimited: Budget = {
  *rounds(_step, planned) {
    for (let index = 0; index < planned; index += 1) yield index;
  },
  cutWords: () => "",
};

/** The time of a run that begins now: a quick one has a limit, a full one none. */
export function createBudget(conditions: Conditions, clock: Pick<Clock, "monotonic">): Budget {
  if (!conditions.quick) return unlimited;
  const beganAt = clock.monotonic();
  const seconds = secondsOf(conditions);
  const cuts = new Map<Step, { made: number; readonly planned: number }>();
  return {
    *rounds(step, planned, least, { index: nth, of } = { index: 0, of: 1 }) {
      const [from, until] = windowOf(step, conditions);
      const endsAt = beganAt + seconds * 1000 * (from + ((until - from) * (nth + 1)) / of);
      for (let index = 0; index < planned; index += 1) {
        if (index >= least && clock.monotonic() >= endsAt) {
          cuts.set(step, { made: Math.min(index, cuts.get(step)?.made ?? index), planned });
          return;
        }
        yield index;
      }
    },
    cutWords(aspect) {
      const found = stepsOf[aspect]?.flatMap((step) => {
        const cut = cuts.get(step);
        return cut === undefined ? [] : [`${cut.made} of ${cut.planned} ${stepWords[step]}`];
      });
      if (found === undefined || found.length === 0) return "";
      return `The machine was slow: to be done within ${seconds} s the run made ${found.join(" and ")}.`;
    },
  };
}

/** Longer lifetimes and loads are somebody's wish, and take what they take. */
function secondsOf({ accessLifetime, seconds }: Conditions): number {
  return quickSeconds + (accessLifetime - 10) + (seconds - 1) * 10;
}

/** Which part of the time a step has. What is left at the end belongs to what has to be waited for. */
function windowOf(step: Step, { rows }: Conditions): readonly [from: number, until: number] {
  // Whoever asks first for a filled store has it filled: after the loads where there is no State.
  if (step === "fill") return rows.includes("state") ? [0.1, 0.35] : [0.5, 0.8];
  return ({ load: [0.35, 0.52], "sign-out": [0.52, 0.58], theft: [0.58, 0.64] } as const)[step];
}

const stepsOf: Readonly<Partial<Record<Aspect, readonly Step[]>>> = {
  state: ["fill"],
  revocation: ["sign-out"],
  scalability: ["load", "fill"],
  theft: ["theft"],
};

const stepWords: Readonly<Record<Step, string>> = {
  fill: "sizes of a store",
  load: "turns",
  "sign-out": "rounds",
  theft: "sign-outs",
};
