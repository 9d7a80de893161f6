// The live demonstration: a stage that stands while somebody uses it, its visits, its pulse. Reads no request.

import type { Clock } from "@countersign/verifier";
import type { Failure, Performed, Pulse } from "./contract.ts";
import { type Order, perform, type VisitAct } from "./performance.ts";
import { pulseEmail, takePulse } from "./pulse.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";
import { keep } from "./stage-keeper.ts";
import { createVisits, type Visit, type Visits, viewOf } from "./visits.ts";
import { warmUp } from "./warm-up.ts";

/** What came of something that a page asked for. */
export type Told<Value> = { readonly ok: true; readonly value: Value } | ({ readonly ok: false } & Failure);

export interface Demonstration {
  /** Begins a visit. */
  begin(): Promise<Told<Performed>>;
  /** Does what a button of a visit stands for. A visit is over when its stage has ended: none is opened for it. */
  act(visit: string, act: VisitAct, order: Order): Promise<Told<Performed>>;
  /** A revocation that was just measured, or is being measured now for whoever else asks. */
  pulse(): Promise<Told<Pulse>>;
  /** Ends the processes once what is under way is done, so that others have the machine to themselves. The next use starts them anew. */
  makeWay(): Promise<void>;
  /** The processes that stand now. */
  pids(): readonly number[];
  /** Ends everything, for the end of the server. */
  close(): Promise<void>;
}

export interface DemonstrationOptions {
  readonly clock: Clock;
  /** Told of what went wrong on the stage. */
  readonly onFault: (error: unknown) => void;
  /** Default: a minute. */
  readonly idleMs?: number;
  readonly stage?: StageOptions;
}

/** Access tokens of the stage are short-lived, so that their end can be waited for. */
export const usualStage: StageOptions = { services: 3, accessLifetimeSeconds: 30 };

/** Visitors at a time; a visit without an act is over after so long. */
const most = 50;
const visitMs = 600_000;

/** Between two measured pulses at least; whoever asks meanwhile is told the last. */
const pulsePauseMs = 2000;

/** A stage with what belongs to it: a visit is worth nothing without the issuer that it signed in to. */
interface Playing extends Stage {
  readonly visits: Visits;
  readonly subjects: Map<string, Promise<void>>;
  pulse?: { readonly at: number; readonly measured: Promise<Pulse> };
}

/** A demonstration. Starts no process before it is used. */
export function createDemonstration(options: DemonstrationOptions): Demonstration {
  const { clock, onFault, idleMs = 60_000 } = options;
  let standing: Playing | undefined;
  const open = async (): Promise<Playing> => {
    const stage = await openStage(options.stage ?? usualStage, clock);
    const visits = createVisits({ now: () => clock.monotonic(), most, lifetimeMs: visitMs });
    const end = async () => {
      if (standing === playing) standing = undefined;
      visits.clear();
      await stage.end();
    };
    const playing: Playing = { ...stage, visits, subjects: new Map(), end };
    standing = playing;
    try {
      await subject(playing, pulseEmail);
      await warmUp(playing, pulseEmail);
      return playing;
    } catch (error) {
      await end();
      throw error;
    }
  };
  const keeper = keep({ open, clock, idleMs });
  const told = async <Value>(used: Promise<Told<Value>>): Promise<Told<Value>> => {
    try {
      return await used;
    } catch (error) {
      onFault(error);
      return failed(
        "stage_failed",
        "The processes of the demonstration did not answer. They are started anew: try again.",
      );
    }
  };
  return {
    begin: () => told(keeper.use(beginVisit)),
    act: (id, act, order) =>
      told(keeper.useStanding((playing) => actOf(playing, id, act, order)).then((outcome) => outcome ?? over)),
    pulse: () => told(keeper.use(async (playing) => ({ ok: true, value: await pulseOf(playing) }))),
    makeWay: () => keeper.putAway(),
    pids: () => standing?.pids ?? [],
    close: () => keeper.close(),
  };
}

async function beginVisit(playing: Playing): Promise<Told<Performed>> {
  const visit = playing.visits.begin();
  await subject(playing, visit.email);
  return performed(playing, visit, []);
}

const over = failed("visit_over", "This demonstration is over. Begin again.");

async function actOf(playing: Playing, id: string, act: VisitAct, order: Order): Promise<Told<Performed>> {
  const visit = playing.visits.find(id);
  if (visit === undefined) return over;
  if (act === "look") {
    await perform(act, playing, visit, order);
    return performed(playing, visit, []);
  }
  if (visit.isBusy) return failed("busy", "One thing at a time.");
  visit.isBusy = true;
  visit.usedAt = playing.clock.monotonic();
  try {
    const outcome = await perform(act, playing, visit, order);
    return outcome.ok ? performed(playing, visit, outcome.steps) : outcome;
  } finally {
    visit.isBusy = false;
  }
}

function performed(playing: Playing, visit: Visit, steps: Performed["steps"]): Told<Performed> {
  const { clock, services, accessLifetimeSeconds } = playing;
  const at = { now: clock.now(), monotonic: clock.monotonic(), services, accessLifetimeSeconds };
  return { ok: true, value: { view: viewOf(visit, at), steps } };
}

function failed(code: Failure["code"], words: string): { readonly ok: false } & Failure {
  return { ok: false, code, words };
}

function subject({ subjects, addSubject }: Playing, email: string): Promise<void> {
  const known = subjects.get(email) ?? addSubject(email);
  subjects.set(email, known);
  return known;
}

async function pulseOf(playing: Playing): Promise<Pulse> {
  const now = playing.clock.monotonic();
  if (playing.pulse !== undefined && now - playing.pulse.at < pulsePauseMs) return playing.pulse.measured;
  const measured = takePulse(playing);
  playing.pulse = { at: now, measured };
  return measured;
}
