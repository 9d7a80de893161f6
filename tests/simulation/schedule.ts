// What happens in a simulated world, drawn from its seed: clients, operators, faults, and the moments at which faults hurt most. Ends with all well
// again, when everything has to be answered.

import { act, begin, pause, requestAnywhere } from "./acts.ts";
import { settle } from "./clients.ts";
import { withPromptCryptography } from "./credentials.ts";
import type { Violation } from "./oracle.ts";
import type { Prng } from "./prng.ts";
import { createWorld, type World, type WorldPlan } from "./world.ts";

/** How a schedule ended. */
export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly verdicts: { readonly accepted: number; readonly refused: number; readonly unavailable: number };
  readonly barriers: { readonly everywhere: number; readonly notKnown: number; readonly waitedOut: number };
  readonly events: number;
  /** Of everything that was traced: the same for the same seed. */
  readonly hash: string;
  readonly violation: Violation | undefined;
  /** The last lines of the trace, where a promise was broken. */
  readonly trace: readonly string[];
}

/** Runs the schedule of one seed, until its end or the first broken promise. One at a time. */
export function simulate(seed: number, onLine?: (line: string) => void): Promise<Outcome> {
  return withPromptCryptography(() => runWorld(seed, onLine));
}

async function runWorld(seed: number, onLine: ((line: string) => void) | undefined): Promise<Outcome> {
  const world = createWorld(`seed ${seed}`, drawPlan, onLine);
  const { timeline, oracle, trace, barriers } = world;
  let isOver = false;
  const run = async () => {
    await settle(world);
    for (const issuer of world.issuers) issuer.start();
    for (const site of world.sites) if (site.verifier === undefined) site.start();
    await live(world);
    await recover(world);
    isOver = true;
  };
  timeline.after(0, () => world.attempt(run));
  const runsOn = await timeline.run(() => isOver || oracle.violations.length > 0, mostSteps);
  if (!isOver && oracle.violations.length === 0) {
    oracle.broken("progress", runsOn ? `not at its end after ${mostSteps} steps` : "nothing happens any more");
  }
  const [violation] = oracle.violations;
  return {
    seed,
    steps: timeline.steps(),
    virtualMs: timeline.now(),
    verdicts: oracle.counts,
    barriers,
    events: oracle.facts.length,
    hash: trace.hash(),
    violation,
    trace: violation === undefined ? [] : trace.lines(),
  };
}

const mostSteps = 60_000;

function drawPlan(prng: Prng): WorldPlan {
  // Where lags are long, little happens in much time: tokens run out and the log is pruned. Where they are short, everything meets.
  const isSlow = prng.chance(0.3);
  const lagMs = Math.round(isSlow ? prng.between(3000, 12_000) : prng.between(150, 1500));
  const delayMs = prng.between(0, 0.15 * Math.min(lagMs, 1000));
  return {
    lagMs,
    allowedLagMs: prng.chance(0.8) ? lagMs : Math.round(lagMs * prng.between(0.5, 2)),
    lifetimeMs: 1000 * prng.whole(20, 40),
    followers: prng.whole(1, 3),
    issuers: prng.whole(1, 2),
    issuersFollow: prng.chance(0.2),
    streams: !isSlow && prng.chance(0.6),
    isOrderly: prng.chance(0.5),
    pageSize: prng.pick([1, 2, 5, 10_000]),
    network: {
      delayMs,
      spikes: prng.pick([0, 0.02, 0.1, 0.3]),
      spikeMs: prng.between(delayMs, 2 * Math.min(lagMs, 3000)),
      loss: prng.pick([0, 0.02, 0.1]),
      duplicates: prng.pick([0, 0.05, 0.3]),
      cuts: prng.pick([0, 0.02, 0.1]),
    },
    disk: {
      slowShare: prng.pick([0, 0.3, 0.3, 1]),
      slowMs: prng.between(0, 0.3 * Math.min(lagMs, 500)),
      spikes: prng.pick([0, 0.02, 0.2]),
      rowStalls: prng.pick([0, 0.2, 0.5]),
      stallMs: prng.between(0, 0.5 * Math.min(lagMs, 2000)),
      failures: prng.pick([0, 0, 0.02]),
    },
  };
}

/** The life of a world: acts, one after another or all at once, with pauses between. */
async function live(world: World): Promise<void> {
  const { prng, plan } = world;
  const [least, most] = plan.isOrderly ? [5, 9] : [8, 14];
  const number = prng.whole(least, most);
  for (let index = 0; index < prng.whole(2, 4); index += 1) void world.attempt(() => begin(world));
  await pause(world, plan.lagMs * prng.between(0, 1));
  for (let index = 0; index < number; index += 1) {
    const acting = act(world);
    // Undisturbed, races that need a quiet moment come about; at once, what nobody thought of.
    if (plan.isOrderly) await Promise.race([acting, pause(world, 4 * plan.lagMs + 2000)]);
    if (plan.isOrderly && prng.chance(0.6))
      await Promise.race([world.attempt(() => begin(world)), pause(world, plan.lagMs)]);
    await pause(world, prng.chance(0.3) ? 0 : plan.lagMs * prng.between(0, 0.6));
  }
  await pause(world, 1.2 * plan.lagMs);
}

/** Everything is mended, and answers. */
async function recover(world: World): Promise<void> {
  const { plan, sites, issuers, network, disk, oracle, trace } = world;
  trace("ALL IS MENDED");
  world.isCalm = true;
  Object.assign(network.weather, { spikes: 0, loss: 0, duplicates: 0, cuts: 0, delayMs: 5 });
  Object.assign(disk.weather, { spikes: 0, rowStalls: 0, failures: 0, slowMs: 5 });
  disk.isDown = false;
  for (const issuer of issuers) {
    issuer.machine.resume();
    if (issuer.running === undefined) issuer.start();
  }
  for (const site of sites) {
    site.machine.resume();
    network.heal(site.line);
    if (site.verifier === undefined) site.start();
  }
  await pause(world, 3500 + 1.5 * plan.lagMs);
  for (const credential of [...world.credentials]) {
    const rulings = await requestAnywhere(world, credential);
    if (rulings.some((ruling) => ruling?.verdict === "unavailable")) {
      oracle.broken("progress", "all is well again, and requests are not answered");
    }
  }
  for (const { scope, target } of oracle.facts) {
    if (scope === "session") await world.commandLine.connection.store.sessions.find(target);
  }
}
