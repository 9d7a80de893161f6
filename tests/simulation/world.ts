// A simulated world: one database, issuers, a command line and verifiers, each on a machine of its own, all of it real code but for time,
// network and disk. Does nothing by itself: a schedule tells it what happens.

import { waitEverywhere } from "../../packages/countersign/src/revocation/barrier.ts";
import { createFeed, type Feed } from "../../packages/countersign/src/revocation/feed.ts";
import { Unavailable } from "../../packages/verifier/src/primitives/errors.ts";
import type { OnStale } from "../../packages/verifier/src/revocation/event.ts";
import { createFollower, type FeedTransport, type Follower } from "../../packages/verifier/src/revocation/follower.ts";
import { createSessionCache, type SessionCache } from "../../packages/verifier/src/session-cache.ts";
import { type Connection, createDisk, type Disk } from "./disk.ts";
import { createNetwork, type FeedServer, type Network } from "./network.ts";
import { type Credential, createOracle, type Judge, type Oracle } from "./oracle.ts";
import { createPrng, type Prng } from "./prng.ts";
import { createTimeline, type Machine, type Process, type Timeline } from "./timeline.ts";

/** What is kept of a session that was looked up. */
export interface KeptSession {
  readonly version: number;
}

/** One run of a verifier. */
export interface Verifier {
  readonly process: Process;
  readonly follower: Follower;
  readonly cache: SessionCache<KeptSession>;
  readonly judge: Judge;
}

/** Where a verifier runs, again and again. */
export interface Site {
  readonly line: string;
  readonly machine: Machine;
  /** Absent while it is down. */
  verifier: Verifier | undefined;
  start(): void;
  stop(): void;
}

/** Where an issuer runs. */
export interface Issuer {
  readonly name: string;
  readonly machine: Machine;
  /** Absent while it is down. */
  running: { readonly process: Process; readonly feed: Feed; readonly connection: Connection } | undefined;
  /** The issuer's own verifier, which asks without a network. */
  readonly own: Site | undefined;
  start(): void;
  crash(): void;
}

/** What is drawn once for a world. */
export interface WorldPlan {
  readonly lagMs: number;
  readonly allowedLagMs: number;
  /** Access tokens live as long. */
  readonly lifetimeMs: number;
  readonly followers: number;
  readonly issuers: number;
  readonly issuersFollow: boolean;
  readonly streams: boolean;
  /** Whether acts come one after another. */
  readonly isOrderly: boolean;
  readonly pageSize: number;
  readonly network: Network["weather"];
  readonly disk: Disk["weather"];
}

export interface World {
  readonly prng: Prng;
  readonly plan: WorldPlan;
  readonly timeline: Timeline;
  readonly oracle: Oracle;
  readonly network: Network;
  readonly disk: Disk;
  readonly diskMachine: Machine;
  readonly sites: readonly Site[];
  readonly issuers: readonly Issuer[];
  /** Another process on the same database, which is never down. */
  readonly commandLine: { readonly process: Process; readonly connection: Connection };
  /** What clients hold, the newest last. */
  readonly credentials: Credential[];
  /** The keys that sign. */
  readonly keys: string[];
  readonly barriers: { everywhere: number; notKnown: number; waitedOut: number };
  readonly trace: Trace;
  /** Whether all is to be well from now on: no fault happens any more. */
  isCalm: boolean;
  /** Runs something that may fail because the database or the issuer cannot answer; anything else is a fault of the code. */
  attempt(work: () => Promise<unknown>): Promise<void>;
  everywhere(issuer: Issuer | undefined): Promise<boolean>;
}

/** What happened, for people and to compare two runs. */
export interface Trace {
  (words: string): void;
  /** The last lines. */
  lines(): readonly string[];
  /** Of every line. */
  hash(): string;
}

const keptLines = 60;

export function createWorld(seed: string, drawPlan: (prng: Prng) => WorldPlan, onLine?: (line: string) => void): World {
  const prng = createPrng(seed);
  const plan = drawPlan(prng.fork("plan"));
  const timeline = createTimeline();
  const trace = createTrace(timeline, onLine);
  const oracle = createOracle(timeline.now, plan.lagMs);
  const onFault = (error: unknown) => {
    if (error instanceof Unavailable) return;
    oracle.broken("progress", `the code failed: ${error instanceof Error ? error.stack : String(error)}`);
  };
  const network = createNetwork({ timeline, prng: prng.fork("network"), trace, onFault }, { ...plan.network });
  const clocks = prng.fork("clocks");
  const machine = (name: string) => timeline.machine(name, drawFaults(clocks));
  const diskMachine = timeline.machine("database", { ...drawFaults(clocks), wallMs: 0, monotonicStops: false });
  const diskProcess = timeline.process("database", diskMachine);
  const parts = { timeline, oracle, trace, process: diskProcess, pageSize: plan.pageSize };
  const disk = createDisk({ ...parts, prng: prng.fork("disk"), random: prng.fork("store") }, { ...plan.disk });
  const console = timeline.process("console", machine("console"));
  const commandLine = { process: console, connection: disk.connect(console) };
  const barriers = { everywhere: 0, notKnown: 0, waitedOut: 0 };

  const setting: Setting = { prng: prng.fork("sites"), plan, timeline, network, trace, onFault };
  const issuers: Issuer[] = [];
  const servers = () =>
    issuers.flatMap(({ running }): readonly FeedServer[] => (running === undefined ? [] : [running]));
  for (let index = 1; index <= plan.issuers; index += 1) {
    issuers.push(createIssuer(setting, disk, machine(`issuer-${index}`)));
  }
  const sites = issuers.flatMap(({ own }) => own ?? []);
  for (let index = 1; index <= plan.followers; index += 1) {
    sites.push(createSite(setting, machine(`site-${index}`), (from, line) => network.transport(from, line, servers)));
  }

  return {
    prng: prng.fork("schedule"),
    plan,
    timeline,
    oracle,
    network,
    disk,
    diskMachine,
    sites,
    issuers,
    commandLine,
    credentials: [],
    keys: ["key-1", "key-2", "key-3"],
    barriers,
    trace,
    isCalm: false,
    attempt: (work) => work().then(() => undefined, onFault),
    async everywhere(issuer) {
      const beganAt = timeline.now();
      const { process, connection } = commandLine;
      const parts = { store: connection, clock: process.clock };
      const running = issuer?.running;
      const result = await (running === undefined
        ? connection.log.head().then(({ number }) => waitEverywhere(parts, number))
        : running.feed.everywhere());
      const { outcome, number, waitedOut } = result;
      trace(`barrier ${number}: ${outcome}${waitedOut.length > 0 ? `, waited out ${waitedOut.join(" ")}` : ""}`);
      barriers[outcome] += 1;
      if (waitedOut.length > 0) barriers.waitedOut += 1;
      if (outcome === "everywhere") oracle.everywhere(number, beganAt);
      return outcome === "everywhere";
    },
  };
}

interface Setting {
  readonly prng: Prng;
  readonly plan: WorldPlan;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly trace: (words: string) => void;
  readonly onFault: (error: unknown) => void;
}

function drawFaults(prng: Prng) {
  return {
    rate: prng.pick([0.99, 1, 1.01, prng.between(0.99, 1.01)]),
    wallMs: prng.between(-5000, 5000),
    monotonicMs: prng.between(0, 1_000_000),
    monotonicStops: prng.chance(0.5),
  };
}

function createIssuer(setting: Setting, disk: Disk, machine: Machine): Issuer {
  const { plan, timeline, network, trace, onFault } = setting;
  const { name } = machine;
  const transport = (): FeedTransport => ({
    ask: async (question) => {
      const answer = await issuer.running?.feed.ack(question, "own");
      if (answer === undefined || typeof answer === "string" || "waitMs" in answer)
        throw new Error("The issuer does not answer itself.");
      return answer;
    },
  });
  const own = plan.issuersFollow ? createSite(setting, machine, transport) : undefined;
  const issuer: Issuer = {
    name,
    machine,
    own,
    running: undefined,
    start() {
      const process = timeline.process(name, machine);
      const connection = disk.connect(process);
      const random = setting.prng.fork(`${name}/${timeline.now()}`);
      const limits = {
        allowedLagMs: plan.allowedLagMs,
        maxFollowers: 100,
        snapshotsPerService: 100_000,
        sharedFrom: 1,
      };
      const keySet = () => "keys";
      const parts = { store: connection, clock: process.clock, random, ...limits, keySet, onError: onFault };
      issuer.running = { process, connection, feed: createFeed(parts) };
      trace(`${name} starts`);
      own?.start();
    },
    crash() {
      const { running } = issuer;
      if (running === undefined) return;
      trace(`${name} CRASHES`);
      own?.stop();
      running.process.kill();
      issuer.running = undefined;
      network.breakStreams(running.process);
    },
  };
  return issuer;
}

function createSite(
  setting: Setting,
  machine: Machine,
  transport: (process: Process, line: string) => FeedTransport,
): Site {
  const { prng, plan, timeline, trace } = setting;
  const line = machine.name;
  // Two machines may well be set up alike.
  const name = prng.pick(["api", "web"]);
  const onStale: OnStale = prng.weighted({ ask: 6, refuse: 3, insecureAccept: 1 });
  const follow = prng.pick(["background", "background", "on-demand"] as const);
  const hasStream = plan.streams && prng.chance(0.8);
  const restsWhenUnused = prng.chance(0.2);
  let runs = 0;
  const site: Site = {
    line,
    machine,
    verifier: undefined,
    start() {
      runs += 1;
      const process = timeline.process(`${line}.${runs}`, machine);
      const { clock } = process;
      const cache = createSessionCache<KeptSession>(clock, 100);
      const { ask, stream } = transport(process, line);
      const follower = createFollower({
        transport: hasStream && stream !== undefined ? { ask, stream } : { ask },
        clock,
        random: prng.fork(process.name),
        name,
        lagMs: plan.lagMs,
        onStale,
        follow,
        restsWhenUnused,
        onSpoken: cache.drop,
        onRestart: cache.clear,
      });
      const lagMs = Math.min(plan.lagMs, plan.allowedLagMs);
      const isInsecure = onStale === "insecureAccept";
      const judge: Judge = { name: process.name, view: follower.view, lagMs, isInsecure, refused: new Map() };
      site.verifier = { process, follower, cache, judge };
      trace(`${process.name} starts: ${name}, ${onStale}, ${follow}${hasStream ? ", streams" : ""}`);
      follower.start();
    },
    stop() {
      if (site.verifier === undefined) return;
      trace(`${site.verifier.process.name} stops`);
      site.verifier.process.kill();
      site.verifier = undefined;
    },
  };
  return site;
}

function createTrace(timeline: Timeline, onLine: ((line: string) => void) | undefined): Trace {
  const lines: string[] = [];
  let [low, high] = [0x811c9dc5, 0x1b873593];
  const trace = (words: string) => {
    const line = `${timeline.now().toFixed(1).padStart(10)}  ${words}`;
    // Two hashes of 32 bits, of all that is told.
    for (let index = 0; index < line.length; index += 1) {
      low = Math.imul(low ^ line.charCodeAt(index), 0x01000193);
      high = Math.imul(high ^ line.charCodeAt(index), 0x85ebca6b);
    }
    lines.push(line);
    if (lines.length > 2 * keptLines) lines.splice(0, keptLines);
    onLine?.(line);
  };
  return Object.assign(trace, {
    lines: () => lines.slice(-keptLines),
    hash: () => [low, high].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join(""),
  });
}
