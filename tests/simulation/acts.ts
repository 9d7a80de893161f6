// What may happen in a simulated world: what clients and operators do, faults, and the moments at which faults hurt most. Each act is drawn by its
// weight and runs to its end by itself.

import {
  anyConnection,
  change,
  type Ending,
  end,
  endingsOf,
  renew,
  request,
  setLifetime,
  signIn,
  touch,
} from "./clients.ts";
import { boundMs, type Credential, type Ruling, type SessionCredential } from "./oracle.ts";
import type { Issuer, Site, World } from "./world.ts";

/** An act, and how often it is drawn. */
interface Act {
  readonly weight: number;
  readonly run: (world: World) => Promise<unknown>;
}

const acts = {
  signIn: { weight: 3, run: begin },
  signInAlone: { weight: 2, run: (world) => signIn(world, false) },
  renew: { weight: 2, run: (world) => withSession(world, renew) },
  touch: { weight: 1, run: (world) => withSession(world, touch) },
  change: { weight: 2, run: (world) => withSession(world, changeAndProbe) },
  setLifetime: { weight: 0.5, run: (world) => withSession(world, setLifetime) },
  request: { weight: 5, run: (world) => withCredential(world, requestAnywhere) },
  end: { weight: 8, run: (world) => withCredential(world, endAndProbe) },
  cutAndEnd: { weight: 4, run: (world) => withCredential(world, cutAndEnd) },
  crashAndEnd: { weight: 2, run: (world) => withCredential(world, crashAndEnd) },
  skewAndEnd: { weight: 2.5, run: (world) => withCredential(world, skewAndEnd) },
  startAndEnd: { weight: 5, run: (world) => withCredential(world, startAndEnd) },
  lookUpAndEnd: { weight: 5, run: (world) => withSession(world, lookUpAndEnd) },
  endAndForget: { weight: 2, run: (world) => withCredential(world, endAndForget) },
  rewind: { weight: 1, run: rewind },
  cut: { weight: 1, run: (world) => cutFor(world, world.prng.pick(world.sites), lags(world, 0, 3)) },
  suspend: { weight: 1.5, run: (world) => suspendFor(world, anyMachine(world), lags(world, 0, 3)) },
  jump: { weight: 1, run: jump },
  crash: { weight: 0.7, run: (world) => crashFor(world, world.prng.pick(world.issuers), lags(world, 0, 1.5)) },
  restart: { weight: 0.7, run: (world) => restart(world, world.prng.pick(world.sites)) },
  outage: { weight: 0.3, run: (world) => failFor(world, lags(world, 0, 1.5)) },
  prune: { weight: 1, run: (world) => anyConnection(world).prune() },
  night: { weight: 0.5, run: night },
  backUp: { weight: 0.7, run: backUp },
} satisfies Record<string, Act>;

const weights = Object.fromEntries(Object.entries(acts).map(([name, { weight }]) => [name, weight]));

/** Does something. Resolves when it is over; never, where a process that it waits for has died. */
export function act(world: World): Promise<void> {
  const all: Readonly<Record<string, Act>> = acts;
  const drawn = all[world.prng.weighted(weights)];
  return world.attempt(async () => drawn?.run(world));
}

/** Somebody signs in, and is seen everywhere. */
export async function begin(world: World): Promise<void> {
  const credential = await signIn(world, true);
  if (credential !== undefined) await requestAnywhere(world, credential);
}

/** A request at every verifier. */
export function requestAnywhere(world: World, credential: Credential): Promise<readonly (Ruling | undefined)[]> {
  return Promise.all(world.sites.map((site) => request(world, site, credential)));
}

async function changeAndProbe(world: World, session: SessionCredential): Promise<void> {
  await requestAnywhere(world, session);
  await change(world, session);
  if (world.prng.chance(0.3)) await world.everywhere(anyIssuer(world));
  probe(world, session);
}

/** Ends something, waits until it holds everywhere or does not, and looks whether it does. */
async function endAndProbe(world: World, credential: Credential): Promise<void> {
  const { prng } = world;
  const ending: Ending = prng.weighted<Ending>({
    session: 0,
    subject: 0,
    everyone: 0,
    key: 0,
    subject_tokens: 0,
    ...endingsOf(credential),
  });
  // Who waits is the process that ended it.
  const issuer = anyIssuer(world);
  const by = issuer?.running?.connection ?? world.commandLine.connection;
  if (prng.chance(0.3)) void world.attempt(() => withSession(world, renew));
  await end(world, credential, by, ending);
  probe(world, credential);
  if (prng.chance(0.75) && (await world.everywhere(issuer))) probe(world, credential);
}

// Some of the verifiers rely on what they were told, and hear no more.
async function cutAndEnd(world: World, credential: Credential): Promise<void> {
  const { prng, plan } = world;
  await requestAnywhere(world, credential);
  for (const site of world.sites) {
    if (prng.chance(0.6)) void world.attempt(() => cutFor(world, site, plan.lagMs * prng.between(0.2, 2)));
  }
  await pause(world, prng.chance(0.5) ? 0 : plan.lagMs * prng.between(0, 0.5));
  await endAndProbe(world, credential);
}

// What a process granted holds after its death.
async function crashAndEnd(world: World, credential: Credential): Promise<void> {
  const { prng, plan } = world;
  await requestAnywhere(world, credential);
  const issuer = prng.pick(world.issuers);
  if (prng.chance(0.7))
    void world.attempt(() => cutFor(world, prng.pick(world.sites), plan.lagMs * prng.between(0.5, 2)));
  void world.attempt(() => crashFor(world, issuer, plan.lagMs * prng.between(0, 0.2)));
  await pause(world, plan.lagMs * prng.between(0, 0.4));
  await endAndProbe(world, credential);
}

// A clock is wrong for a while, and is set right where that may be.
async function skewAndEnd(world: World, credential: Credential): Promise<void> {
  const { prng, plan, sites, issuers, trace } = world;
  await requestAnywhere(world, credential);
  const isIssuer = prng.chance(0.6);
  const { machine } = isIssuer ? prng.pick(issuers) : prng.pick(sites);
  // A verifier that is minutes off refuses every token by its own clock; one that is a few seconds off judges on.
  const [least, most] = isIssuer || prng.chance(0.5) ? [60_000, 600_000] : [2000, 6000];
  const ms = prng.between(least, most) * (machine.maySetBack && prng.chance(0.3) ? -1 : 1);
  if (world.isCalm) return;
  machine.jump(ms);
  trace(`${machine.name} is ${Math.round(ms / 1000)} s off`);
  if (prng.chance(0.7)) void world.attempt(() => cutFor(world, prng.pick(sites), plan.lagMs * prng.between(0.5, 2)));
  // Long enough for others to ask.
  await pause(world, prng.chance(0.3) ? 0 : plan.lagMs * prng.between(0, 0.5));
  await endAndProbe(world, credential);
  await pause(world, plan.lagMs * prng.between(0, 0.5));
  if (world.isCalm || (ms > 0 && !machine.maySetBack)) return;
  machine.jump(-ms);
  trace(`${machine.name} is set right`);
  probe(world, credential);
}

// Nobody has a lease; the first questions are on their way, and the row that is to tell of them waits, or everything does.
async function startAndEnd(world: World, credential: Credential): Promise<void> {
  const { prng, plan, sites, issuers, disk } = world;
  if (world.isCalm) return;
  const free = sites.filter((site) => issuers.every(({ own }) => own !== site));
  for (const site of free) site.stop();
  await pause(world, 1.1 * Math.max(plan.lagMs, plan.allowedLagMs));
  const { rowStalls, slowShare } = disk.weather;
  if (!world.isCalm) Object.assign(disk.weather, prng.chance(0.5) ? { rowStalls: 0.7 } : { slowShare: 1 });
  for (const site of free) if (prng.chance(0.7)) site.start();
  for (const site of free) void world.attempt(() => request(world, site, credential));
  await pause(world, prng.between(0, 2 * plan.network.delayMs + 2 * plan.disk.slowMs + 0.5 * plan.disk.stallMs));
  await endAndProbe(world, credential);
  if (!world.isCalm) Object.assign(disk.weather, { rowStalls, slowShare });
  for (const site of free) if (site.verifier === undefined) site.start();
}

// Looks a session up, at a moment when nobody keeps it, while it changes or ends; and some of the answers are late.
async function lookUpAndEnd(world: World, session: SessionCredential): Promise<void> {
  const { prng, plan, network, timeline } = world;
  await change(world, session);
  await pause(world, prng.between(0, 100));
  const { spikes } = network.weather;
  if (!world.isCalm) network.weather.spikes = 0.6;
  for (let index = 0; index < 3; index += 1) {
    const ms = prng.between(0, 2 * plan.network.delayMs + 2 * plan.disk.slowMs);
    timeline.after(ms, () => void world.attempt(() => requestAnywhere(world, session)));
  }
  if (prng.chance(0.5)) void world.attempt(() => touch(world, session));
  await pause(world, prng.between(0, 2 * plan.network.delayMs + 2 * plan.disk.slowMs));
  if (prng.chance(0.75)) await change(world, session);
  else await endAndProbe(world, session);
  if (!world.isCalm) network.weather.spikes = spikes;
  probe(world, session);
}

// Long after: the event has run out and was pruned, the verifier starts anew, with a clock that is slow.
async function endAndForget(world: World, credential: Credential): Promise<void> {
  const { prng, plan, sites, trace } = world;
  await endAndProbe(world, credential);
  await night(world);
  await anyConnection(world).prune();
  if (prng.chance(0.5)) void world.attempt(() => begin(world));
  for (const site of sites) {
    if (!world.isCalm && site.machine.maySetBack && prng.chance(0.7)) {
      // So far that a token of before the night has not run out for it yet, and not so far that it has not begun.
      site.machine.jump(-Math.round(prng.between(40_000, 90_000)));
      trace(`${site.machine.name} is set back`);
    }
    if (prng.chance(0.7)) void world.attempt(() => restart(world, site));
  }
  await pause(world, plan.lagMs * prng.between(0, 1));
  probe(world, credential);
  await withCredential(world, endAndProbe);
  await pause(world, plan.lagMs * 1.5);
}

// A backup is put back, and the log grows past where it was.
async function rewind(world: World): Promise<void> {
  const { prng, plan, disk, commandLine } = world;
  if (prng.chance(0.8)) await backUp(world);
  const { log } = commandLine.connection.store;
  const lost = prng.whole(0, 3);
  for (let index = 0; index < lost; index += 1) await log.append({ scope: "session", target: `nobody-${index}` });
  await pause(world, prng.chance(0.3) ? 0 : plan.lagMs * prng.between(0, 1));
  if (world.isCalm || !(await disk.restore())) return;
  await log.registerAccessLifetime(plan.lifetimeMs);
  for (let index = 0; index < lost; index += 1) {
    if (prng.chance(0.7)) await withCredential(world, endAndProbe);
    if (prng.chance(0.5)) await log.append({ scope: "session", target: `somebody-${index}` });
  }
}

// Faults.

async function cutFor(world: World, { line }: Site, ms: number): Promise<void> {
  const { network, trace } = world;
  if (world.isCalm) return;
  network.cut(line);
  trace(`${line} is cut off for ${ms.toFixed(0)} ms`);
  await pause(world, ms);
  network.heal(line);
  trace(`${line} is back`);
}

async function suspendFor(world: World, machine: Site["machine"], ms: number): Promise<void> {
  if (world.isCalm) return;
  machine.suspend();
  world.trace(`${machine.name} is suspended for ${ms.toFixed(0)} ms`);
  await pause(world, ms);
  machine.resume();
  world.trace(`${machine.name} goes on`);
}

async function jump(world: World): Promise<void> {
  if (world.isCalm) return;
  const { prng, diskMachine, trace } = world;
  if (prng.chance(0.3)) return jumpDisk(world);
  const machine = anyMachine(world);
  const ms = prng.between(-100_000, 100_000);
  if (machine === diskMachine || (ms < 0 && !machine.maySetBack)) return;
  machine.jump(ms);
  trace(`the clock of ${machine.name} jumps by ${ms.toFixed(0)} ms`);
}

// Within the skew that the lifetime of events allows for.
function jumpDisk({ prng, diskMachine, timeline, oracle, trace }: World): void {
  oracle.storeWall(diskMachine.wall());
  const wanted = Math.round(prng.between(-12_000, 12_000));
  const offset = diskOffsets.get(timeline) ?? 0;
  diskMachine.jump(wanted - offset);
  diskOffsets.set(timeline, wanted);
  trace(`the clock of the database jumps by ${wanted - offset} ms`);
}

const diskOffsets = new WeakMap<World["timeline"], number>();

async function crashFor(world: World, issuer: Issuer, ms: number): Promise<void> {
  if (issuer.running === undefined || world.isCalm) return;
  issuer.crash();
  await pause(world, ms);
  if (issuer.running === undefined) issuer.start();
}

async function restart(world: World, site: Site): Promise<void> {
  if (world.isCalm) return;
  // An issuer's own verifier lives and dies with it.
  const issuer = world.issuers.find(({ own }) => own === site);
  if (issuer !== undefined) return crashFor(world, issuer, 0);
  site.stop();
  site.start();
}

async function failFor(world: World, ms: number): Promise<void> {
  if (world.isCalm) return;
  world.disk.isDown = true;
  world.trace(`the database is down for ${ms.toFixed(0)} ms`);
  await pause(world, ms);
  world.disk.isDown = false;
}

/** All that could do anything sleeps until tokens and events have run out. */
async function night(world: World): Promise<void> {
  const { prng, plan, sites, issuers } = world;
  const ms = plan.lifetimeMs + prng.between(30_000, 60_000);
  const asleep = [...sites, ...issuers].filter(() => prng.chance(0.95));
  await Promise.all(asleep.map(({ machine }) => suspendFor(world, machine, ms)));
}

/** Asks every verifier at the moments that count: now, as the bound is reached, and later. */
function probe(world: World, credential: Credential): void {
  const { prng, plan, sites, timeline, attempt } = world;
  const bound = boundMs(Math.min(plan.lagMs, plan.allowedLagMs));
  for (const site of sites) {
    const ask = () => void attempt(() => request(world, site, credential));
    timeline.after(0.01, ask);
    timeline.after(prng.between(0, 0.3 * plan.lagMs), ask);
    timeline.after(prng.between(0, plan.lagMs), ask);
    timeline.after(bound + prng.between(0.01, 2), ask);
  }
}

async function withCredential(
  world: World,
  work: (world: World, credential: Credential) => Promise<unknown>,
): Promise<void> {
  const { prng, credentials } = world;
  if (credentials.length > 0) await work(world, prng.pick(credentials.slice(-8)));
}

async function withSession(
  world: World,
  work: (world: World, session: SessionCredential) => Promise<unknown>,
): Promise<void> {
  const sessions = world.credentials.filter((credential) => credential.kind === "session");
  if (sessions.length > 0) await work(world, world.prng.pick(sessions.slice(-5)));
}

function anyIssuer({ prng, issuers }: World): Issuer | undefined {
  const running = issuers.filter((issuer) => issuer.running !== undefined && !issuer.machine.isSuspended);
  return running.length === 0 || prng.chance(0.4) ? undefined : prng.pick(running);
}

function lags({ prng, plan }: World, least: number, most: number): number {
  return plan.lagMs * prng.between(least, most);
}

async function backUp({ disk, trace }: World): Promise<void> {
  disk.backUp();
  trace("backed up");
}

function anyMachine({ prng, sites, issuers }: World): Site["machine"] {
  return prng.pick([...sites, ...issuers]).machine;
}

/** Lets true time go by. */
export function pause({ timeline }: World, ms: number): Promise<void> {
  return new Promise((resolve) => void timeline.after(ms, resolve));
}
