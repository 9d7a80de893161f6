// The database of a simulated world: the store in memory behind delays, failures and backups. Each transaction is shown to the oracle.

import type { Store } from "../../packages/countersign/src/stores/contract.ts";
import { copyMemoryStore, createMemoryStore } from "../../packages/countersign/src/stores/memory.ts";
import { Unavailable } from "../../packages/verifier/src/primitives/errors.ts";
import type { Awaitable } from "../../packages/verifier/src/verdict.ts";
import type { Fact, Oracle } from "./oracle.ts";
import type { Prng } from "./prng.ts";
import type { Process, Timeline } from "./timeline.ts";

/** How the database behaves. */
export interface DiskWeather {
  /** How often a call takes time at all. */
  slowShare: number;
  /** The longest a slow call waits before its transaction, and again before its answer. */
  slowMs: number;
  /** How often it takes ten times as long. */
  spikes: number;
  /** How often an issuer's row waits for others to write, and how long at the most: readers do not. */
  rowStalls: number;
  stallMs: number;
  /** How often a call fails: half of the failures are told after the transaction was committed. */
  failures: number;
}

/** What a process of the world has of the store. */
export interface Connection {
  /** The store. What no world calls is not there: it throws `Unavailable`. */
  readonly store: Store;
  prune(): Promise<void>;
}

export interface Disk {
  readonly weather: DiskWeather;
  connect(process: Process): Connection;
  backUp(): void;
  /** Puts a backup in the place of what there is. Answers whether there was one. */
  restore(): Promise<boolean>;
  isDown: boolean;
}

interface DiskParts {
  readonly timeline: Timeline;
  /** The database's own machine. */
  readonly process: Process;
  readonly oracle: Oracle;
  readonly prng: Prng;
  /** Randomness of the store itself. */
  readonly random: Prng;
  /** The most events that one read of the log answers: small, so that followers have to ask on. */
  readonly pageSize: number;
  readonly trace: (words: string) => void;
}

/** Keeps everything: nothing but the log is judged here. */
const keepAudit = { auditMs: 0, auditEntries: 0 };

export function createDisk(parts: DiskParts, weather: DiskWeather): Disk {
  const { timeline, oracle, prng, trace } = parts;
  const clock = parts.process.clock;
  let store = createMemoryStore({ clock, random: parts.random });
  const backups: Store[] = [];

  /** One transaction, and what it added to the log, seen in the same moment. */
  async function execute<T>(
    work: (store: Store) => Awaitable<T>,
    sid: string | undefined,
  ): Promise<[T, readonly Fact[]]> {
    oracle.storeWall(clock.now());
    // The store in memory does its work before it answers, so nothing comes between these.
    const working = work(store);
    const reading = store.log.read(oracle.position);
    const finding = sid === undefined ? undefined : store.sessions.find(sid);
    const read = await reading;
    const facts = oracle.committed(read);
    if (sid !== undefined) oracle.stored(sid, await finding, read.to);
    for (const { number, scope, target } of facts) trace(`committed ${number} ${scope} ${target}`);
    return [await working, facts];
  }

  function wait(): number {
    if (!prng.chance(weather.slowShare)) return 0;
    return prng.between(0, weather.slowMs) * (prng.chance(weather.spikes) ? 10 : 1);
  }

  function connect(process: Process): Connection {
    const listeners = new Set<() => void>();

    function writeRow<T>(work: (store: Store) => Awaitable<T>): Promise<T> {
      return call(work, undefined, prng.chance(weather.rowStalls) ? prng.between(0, weather.stallMs) : 0);
    }

    function call<T>(work: (store: Store) => Awaitable<T>, sid?: string, stallMs = 0): Promise<T> {
      return new Promise((resolve, reject) => {
        // What a dead process left on its stack must not touch the world.
        if (!process.isAlive) return;
        const failure = prng.chance(weather.failures) ? prng.pick(["before", "after"] as const) : undefined;
        const [before, after] = [wait() + stallMs, wait()];
        // A statement on its way is executed or not when the process that sent it has died.
        const diesWithProcess = prng.chance(0.5);
        const fail = () => reject(new Unavailable("store_unavailable", "the simulated database fails"));
        const transact = () => {
          if (!process.isAlive && diesWithProcess) return;
          if (failure === "before" || disk.isDown) return reply(after, fail);
          void execute(work, sid).then(([value, facts]) => {
            if (facts.length > 0 && process.isAlive) for (const listener of listeners) listener();
            if (failure === "after") return reply(after, fail);
            reply(after, () => {
              oracle.acknowledged(facts);
              resolve(value);
            });
          }, reject);
        };
        const reply = (ms: number, run: () => void) => {
          if (ms > 0 || process.machine.isSuspended) timeline.after(ms, run, process);
          else if (process.isAlive) run();
        };
        if (before > 0) timeline.after(before, transact);
        else transact();
      });
    }

    const rest = createMemoryStore({ clock, random: parts.random });
    void rest.close();
    const reached: Store = {
      ...rest,
      now: () => {
        oracle.storeWall(clock.now());
        return clock.now();
      },
      accounts: {
        ...rest.accounts,
        create: (account) => call((at) => at.accounts.create(account)),
        viewForSignIn: (sub) => call((at) => at.accounts.viewForSignIn(sub)),
        endAll: (sub, reason, options) => call((at) => at.accounts.endAll(sub, reason, options)),
      },
      sessions: {
        ...rest.sessions,
        create: (session, on) => call((at) => at.sessions.create(session, on), session.sid),
        find: (sid) => call((at) => at.sessions.find(sid), sid),
        touch: (sid, policy) => call((at) => at.sessions.touch(sid, policy), sid),
        rotate: (sid, ...rest) => call((at) => at.sessions.rotate(sid, ...rest), sid),
        setLifetime: (sid, ...rest) => call((at) => at.sessions.setLifetime(sid, ...rest), sid),
        mergeData: (sid, ...rest) => call((at) => at.sessions.mergeData(sid, ...rest), sid),
        end: (sid, reason) => call((at) => at.sessions.end(sid, reason), sid),
      },
      log: {
        head: () => call((at) => at.log.head()),
        read: (from, limit) => call((at) => at.log.read(from, Math.min(limit ?? parts.pageSize, parts.pageSize))),
        subscribe(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
        newest: (spoken) => call((at) => at.log.newest(spoken)),
        append: (event) => call((at) => at.log.append(event)),
        appendOnce: (event) => call((at) => at.log.appendOnce(event)),
        registerAccessLifetime: (ms) => call((at) => at.log.registerAccessLifetime(ms)),
      },
      issuers: {
        put: (row) => writeRow((at) => at.issuers.put(row)),
        update: (row) => writeRow((at) => at.issuers.update(row)),
        list: () => call((at) => at.issuers.list()),
        remove: (incarnation, nonce) => call((at) => at.issuers.remove(incarnation, nonce)),
      },
    };
    return {
      store: reached,
      prune: () =>
        call(async (at) => {
          const { events, sessions } = await at.prune(keepAudit);
          trace(`pruned ${events} events and ${sessions} sessions`);
        }),
    };
  }

  const disk: Disk = {
    weather,
    connect,
    backUp: () => void backups.push(copyMemoryStore(store)),
    async restore() {
      const backup = backups.pop();
      if (backup === undefined) return false;
      store = backup;
      const read = await store.log.read(0);
      trace(`RESTORED to ${read.to}`);
      oracle.rewound(read);
      return true;
    },
    isDown: false,
  };
  return disk;
}
