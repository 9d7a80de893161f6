// What each button of the demonstration does: a table of acts over one visit and the stage. Reads no request and answers none.

import type { Act, Answer, Credential, Ending, Failure, Pane, Person, Step } from "./contract.ts";
import { panes, people } from "./contract.ts";
import { renew, signIn, signOut, use } from "./requests.ts";
import type { Stage } from "./stage.ts";
import type { Part, Visit } from "./visits.ts";
import { type Watch, watchRefusals } from "./watching.ts";

/** What an act is told beside the visit. */
export interface Order {
  readonly pane: Pane;
  readonly who: Person;
}

/** The requests that an act consisted of; or why it could not be done. */
export type Outcome = { readonly ok: true; readonly steps: readonly Step[] } | ({ readonly ok: false } & Failure);

/** Acts on a visit that there is. */
export type VisitAct = Exclude<Act, "begin" | "pulse">;

interface Performing {
  readonly stage: Stage;
  readonly visit: Visit;
  readonly part: Part;
  readonly order: Order;
}

const table: Readonly<Record<VisitAct, (performing: Performing) => Promise<Outcome>>> = {
  look: lookAround,
  "sign-in": enter,
  use: useOnce,
  renew: renewOnce,
  steal,
  "sign-out": leave,
  "sign-out-everywhere": leaveEverywhere,
};

/** Performs an act. Throws when the stage does not answer. */
export function perform(act: VisitAct, stage: Stage, visit: Visit, order: Order): Promise<Outcome> {
  return table[act]({ stage, visit, order, part: visit.parts[order.pane] });
}

// Those services are asked again that a visitor has seen accept; those that have refused go on refusing.
async function lookAround({ stage, visit }: Performing): Promise<Outcome> {
  const asked = panes.flatMap((pane) => {
    const part = visit.parts[pane];
    // While an end is being watched, every service is in constant use anyway.
    if (part.ending !== null) return [];
    return people.map((who) => lookAt(stage, pane, part, who));
  });
  await Promise.all(asked);
  return done();
}

async function lookAt(stage: Stage, pane: Pane, part: Part, who: Person): Promise<void> {
  const credential = part.credentials[who];
  if (credential === null) return;
  await Promise.all(
    part.answers[who].map(async (answer, index) => {
      if (answer?.isAccepted !== true) return;
      const step = await use(stage, pane, { who, credential, service: index + 1 });
      // Somebody may have signed in anew meanwhile.
      if (part.credentials[who] === credential) part.answers[who][index] = toAnswer(step);
    }),
  );
}

async function enter({ stage, visit, part, order }: Performing): Promise<Outcome> {
  const { step, credential } = await signIn(stage, order.pane, visit.email);
  if (credential === null) return impossible("The issuer did not sign the visitor in.");
  stopWatching(part);
  part.ending = null;
  part.credentials.owner = credential;
  part.answers.owner = [];
  return done(step);
}

async function useOnce({ stage, part, order }: Performing): Promise<Outcome> {
  const { pane, who } = order;
  const credential = part.credentials[who];
  if (credential === null) return nothingHeld(who);
  part.uses += 1;
  const service = ((part.uses - 1) % stage.services) + 1;
  const step = await use(stage, pane, { who, credential, service });
  const before = part.answers[who][service - 1];
  const { afterMs, acceptedSince } = before ?? toAnswer(step);
  part.answers[who][service - 1] = { ...toAnswer(step), afterMs, acceptedSince };
  return done(step);
}

async function renewOnce({ stage, part, order }: Performing): Promise<Outcome> {
  const { pane, who } = order;
  const credential = part.credentials[who];
  if (credential === null) return nothingHeld(who);
  if (pane === "session") return impossible("A session has nothing to renew.");
  const wasAlive = part.ending === null;
  const { step, credential: next } = await renew(stage, who, credential);
  if (next !== null) keep(part, who, next, credential);
  else if (wasAlive && (await stage.reasonOf(credential.sid)) === "refresh_reuse") {
    // It has ended with the answer that just came: from now on it is counted.
    acknowledge(stage, part, end(stage, pane, part, "theft"));
  }
  return done(step);
}

async function steal({ part }: Performing): Promise<Outcome> {
  if (part.credentials.owner === null) return nothingHeld("owner");
  part.credentials.thief = part.credentials.owner;
  part.answers.thief = [];
  return done();
}

async function leave({ stage, part, order }: Performing): Promise<Outcome> {
  const credential = part.credentials.owner;
  if (credential === null) return nothingHeld("owner");
  if (part.ending !== null) return impossible("This session has ended already. Sign in again.");
  const watches = end(stage, order.pane, part, "signed-out");
  await Promise.all(watches.map(({ begun }) => begun));
  const step = await signOut(stage, credential, "one");
  acknowledge(stage, part, watches);
  return done(step);
}

async function leaveEverywhere({ stage, visit }: Performing): Promise<Outcome> {
  const alive = panes.filter(
    (pane) => visit.parts[pane].credentials.owner !== null && visit.parts[pane].ending === null,
  );
  if (alive.length === 0) return nothingHeld("owner");
  const watches = alive.map((pane) => end(stage, pane, visit.parts[pane], "everywhere"));
  await Promise.all(watches.flat().map(({ begun }) => begun));
  const steps: Step[] = [];
  // Any of them will do, as long as it is still good: a token may have run out.
  for (const pane of alive.toSorted((a, b) => trust.indexOf(a) - trust.indexOf(b))) {
    const credential = visit.parts[pane].credentials.owner;
    if (credential === null) continue;
    const step = await signOut(stage, credential, "everywhere");
    steps.push(step);
    if (step.status < 400) break;
  }
  if (steps.every(({ status }) => status >= 400)) {
    for (const pane of alive) calledOff(visit.parts[pane]);
    return { ok: true, steps };
  }
  for (const [index, pane] of alive.entries()) acknowledge(stage, visit.parts[pane], watches[index] ?? []);
  return { ok: true, steps };
}

/** Which credential is asked first to end all: those that do not run out. */
const trust: readonly Pane[] = ["session", "hybrid", "jwt"];

function done(...steps: readonly Step[]): Outcome {
  return { ok: true, steps };
}

function impossible(words: string): Outcome {
  return { ok: false, code: "not_possible", words };
}

function nothingHeld(who: Person): Outcome {
  return impossible(who === "owner" ? "Sign in first." : "Nothing was stolen yet.");
}

function keep(part: Part, who: Person, next: Credential, before: Credential): void {
  part.credentials[who] = next;
  // An older token went on being watched for nothing.
  if (accessChanged(next, before)) part.answers[who] = [];
}

function accessChanged(a: Credential, b: Credential): boolean {
  return a.bearer !== b.bearer || a.cookies.join() !== b.cookies.join();
}

/** Marks the end of a session, and begins to use every copy of its credential at every service. */
function end(stage: Stage, pane: Pane, part: Part, how: Ending): readonly Watch[] {
  stopWatching(part);
  part.watch = new AbortController();
  part.ending = { how, at: stage.clock.monotonic() };
  return people.flatMap((who) => {
    const credential = part.credentials[who];
    return credential === null ? [] : [watch(stage, pane, part, { who, credential, paceMs: pacesMs[who] })];
  });
}

/** The owner's copy is what is measured; that of a thief is not to slow it down. */
const pacesMs: Readonly<Record<Person, number>> = { owner: 2, thief: 10 };

interface Holding {
  readonly who: Person;
  readonly credential: Credential;
  readonly paceMs: number;
}

function watch(stage: Stage, pane: Pane, part: Part, { who, credential, paceMs }: Holding): Watch {
  const { clock, services, accessLifetimeSeconds } = stage;
  const accepted = new Set<number>();
  return watchRefusals({
    ...{ clock, services, paceMs, signal: part.watch.signal },
    giveUpAfterMs: accessLifetimeSeconds * 1000 + 2000,
    async use(service) {
      const step = await use(stage, pane, { who, credential, service });
      return toAnswer(step);
    },
    onAnswer(service, { isAccepted, code }, { afterMs, acceptedSince }) {
      if (isAccepted) accepted.add(service);
      // What had run out before was not ended now.
      part.answers[who][service - 1] = {
        ...{ isAccepted, code, acceptedSince },
        afterMs: accepted.has(service) ? afterMs : null,
      };
    },
  });
}

function acknowledge(stage: Stage, part: Part, watches: readonly Watch[]): void {
  for (const each of watches) each.ended();
  if (part.ending !== null) part.ending = { ...part.ending, at: stage.clock.monotonic() };
}

function calledOff(part: Part): void {
  stopWatching(part);
  part.ending = null;
}

function stopWatching(part: Part): void {
  part.watch.abort();
}

function toAnswer({ code }: Step): Answer {
  return { isAccepted: code === null, code, afterMs: null, acceptedSince: 0 };
}
