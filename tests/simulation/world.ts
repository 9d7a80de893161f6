// A simulated world: one database, issuers, a command line and verifiers, each on a machine of its own. They are the product's own code; time, network and
// disk are not. Does nothing by itself: a schedule tells it what happens.

import { waitEverywhere } from "../../packages/countersign/src/revocation/barrier.ts";
import { createFeed, type Feed } from "../../packages/countersign/src/revocation/feed.ts";
import { unbounded } from "../../packages/countersign/src/stores/contract.ts";
import { Unavailable } from "../../packages/verifier/src/primitives/errors.ts";
import type { OnStale } from "../../packages/verifier/src/revocation/event.ts";
import { keyNamed } from "./credentials.ts";
import { type Connection, createDisk, type Disk } from "./disk.ts";
import { type Door, type IssuerDoor, openIssuer, openService } from "./doors.ts";
import { createNetwork, type FeedServer, type Network } from "./network.ts";
import { type Credential, createOracle, type Judge, type Oracle } from "./oracle.ts";
import { createPrng, type Prng } from "./prng.ts";
import { createTimeline, type Machine, type Process, type Timeline } from "./timeline.ts";

/** One run of a verifier. */
export interface Verifier {
  readonly process: Process;
  readonly door: Door;
  readonly judge: Judge;
}

/** Where a verifier runs, again and again. */
export interface Site {
  readonly line: string;
  readonly machine: Machine;
  /** Whose clock says when a session is over: an issuer asks that of the database. */
  readonly sessionClock: Machine;
  /** Absent while it is down. */
  readonly verifier: Verifier | undefined;
  start(): void;
  stop(): void;
}

/** One run of an issuer. */
export interface RunningIssuer {
  readonly process: Process;
  readonly feed: Feed;
  readonly connection: Connection;
  readonly introspect: IssuerDoor["introspect"];
}

/** Where an issuer runs. */
export interface Issuer {
  readonly name: string;
  readonly machine: Machine;
  /** Absent while it is down. */
  running: RunningIssuer | undefined;
  /** The issuer as one that is asked too: it judges by a view of its own, which needs no network. */
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

  const attempt = (work: () => Promise<unknown>) => work().then(() => undefined, onFault);
  const setting: Setting = { prng: prng.fork("sites"), plan, timeline, diskMachine, network, trace, onFault, attempt };
  const issuers: Issuer[] = [];
  const servers = () =>
    issuers.flatMap(({ running }): readonly FeedServer[] => (running === undefined ? [] : [running]));
  for (let index = 1; index <= plan.issuers; index += 1) {
    issuers.push(createIssuer(setting, disk, machine(`issuer-${index}`)));
  }
  const sites = issuers.flatMap(({ own }) => own ?? []);
  for (let index = 1; index <= plan.followers; index += 1) {
    sites.push(createSite(setting, machine(`site-${index}`), servers));
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
    keys: [1, 2, 3].map(keyNamed),
    barriers,
    trace,
    isCalm: false,
    attempt,
    async everywhere(issuer) {
      const beganAt = timeline.now();
      const { process, connection } = commandLine;
      const { store } = connection;
      const parts = { store, clock: process.clock };
      const running = issuer?.running;
      const result = await (running === undefined
        ? store.log.head().then(({ number }) => waitEverywhere(parts, number))
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
  readonly diskMachine: Machine;
  readonly network: Network;
  readonly trace: (words: string) => void;
  readonly onFault: (error: unknown) => void;
  readonly attempt: World["attempt"];
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
  const { plan, timeline, network, trace, diskMachine } = setting;
  const { name } = machine;
  let verifier: Verifier | undefined;
  const issuer: Issuer = {
    name,
    machine,
    own: plan.issuersFollow
      ? createOwnSite(
          machine,
          diskMachine,
          () => issuer,
          () => verifier,
        )
      : undefined,
    running: undefined,
    start() {
      const process = timeline.process(name, machine);
      const connection = disk.connect(process);
      const feed = startFeed(setting, process, connection);
      const door = openDoor(setting, process, connection, feed);
      const judge = { name: `${name} itself`, view: door.view, lagMs: plan.allowedLagMs, isInsecure: false };
      verifier = { process, door, judge: { ...judge, refused: new Map() } };
      issuer.running = { process, connection, feed, introspect: door.introspect };
      trace(`${name} starts`);
    },
    crash() {
      const { running } = issuer;
      if (running === undefined) return;
      trace(`${name} CRASHES`);
      running.process.kill();
      [issuer.running, verifier] = [undefined, undefined];
      network.breakStreams(running.process);
    },
  };
  return issuer;
}

function startFeed({ prng, plan, timeline, onFault }: Setting, process: Process, { store }: Connection): Feed {
  return createFeed({
    ...{ store, clock: process.clock, random: prng.fork(`${process.name}/${timeline.now()}`) },
    ...{ allowedLagMs: plan.allowedLagMs, maxFollowers: 100, snapshotsPerService: 100_000, sharedFrom: 1 },
    keySet: () => "keys",
    onError: onFault,
  });
}

function openDoor(setting: Setting, process: Process, { store }: Connection, feed: Feed): IssuerDoor {
  const { prng, plan, timeline, attempt } = setting;
  return openIssuer({
    ...{ clock: process.clock, store, feed, lagMs: plan.allowedLagMs, lifetimeMs: plan.lifetimeMs },
    random: prng.fork(`${process.name}/${timeline.now()}/door`),
    keepsSessions: plan.issuersFollow,
    touch: (sid) => void attempt(() => store.sessions.touch(sid, unbounded)),
  });
}

/** It starts and ends as the issuer does. */
function createOwnSite(
  machine: Machine,
  sessionClock: Machine,
  issuer: () => Issuer,
  verifier: () => Verifier | undefined,
): Site {
  return {
    line: machine.name,
    machine,
    sessionClock,
    get verifier() {
      return verifier();
    },
    start: () => issuer().start(),
    stop: () => issuer().crash(),
  };
}

function createSite(setting: Setting, machine: Machine, servers: () => readonly FeedServer[]): Site {
  const { prng, plan, timeline, network, trace } = setting;
  const line = machine.name;
  // Two machines may well be set up alike.
  const name = prng.pick(["api", "web"]);
  const onStale: OnStale = prng.weighted({ ask: 6, refuse: 3, insecureAccept: 1 });
  const follow = prng.pick(["background", "background", "on-demand"] as const);
  const hasStream = plan.streams && prng.chance(0.8);
  const ways = { name, lagMs: plan.lagMs, onStale, follow, restsWhenUnused: prng.chance(0.2) };
  let runs = 0;
  let verifier: Verifier | undefined;
  return {
    line,
    machine,
    sessionClock: machine,
    get verifier() {
      return verifier;
    },
    start() {
      runs += 1;
      const process = timeline.process(`${line}.${runs}`, machine);
      const { ask, stream } = network.transport(process, line, servers);
      const transport = hasStream && stream !== undefined ? { ask, stream } : { ask };
      const parts = { clock: process.clock, random: prng.fork(process.name), transport };
      trace(`${process.name} starts: ${name}, ${onStale}, ${follow}${hasStream ? ", streams" : ""}`);
      const door = openService({ ...ways, ...parts }, network.fetch(process, line, servers));
      const lagMs = Math.min(plan.lagMs, plan.allowedLagMs);
      const isInsecure = onStale === "insecureAccept";
      verifier = {
        process,
        door,
        judge: { name: process.name, view: door.view, lagMs, isInsecure, refused: new Map() },
      };
    },
    stop() {
      if (verifier === undefined) return;
      trace(`${verifier.process.name} stops`);
      verifier.process.kill();
      verifier = undefined;
    },
  };
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
