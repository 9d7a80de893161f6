// Counts what a store is asked: reads and writes, method by method. Changes no answer.

import type { Store } from "countersign/store";

/** How often each method was called, by its name: `sessions.find`. */
export type Counts = Readonly<Record<string, number>>;

export interface CountedStore {
  readonly store: Store;
  counts(): Counts;
}

const groups = ["accounts", "sessions", "tickets", "log", "keys", "audit", "services", "issuers"] as const;

/** Methods that ask and change nothing; every other is a write. */
const reading = /\.(find\w*|viewForSignIn|list\w*|count|head|read|newest)$/;

/** Registers a listener in this process: the store itself is asked nothing. */
const neither = /\.subscribe$/;

/** A store that answers as before. Each call counts as one, for each is one transaction. `onCall` is told of it, within whatever made it. */
export function countStore(store: Store, onCall: (name: string) => void = () => undefined): CountedStore {
  const counted = new Map<string, number>();
  const note = (name: string) => {
    counted.set(name, (counted.get(name) ?? 0) + 1);
    onCall(name);
  };
  const wrapped = Object.fromEntries(groups.map((group) => [group, wrap(group, store[group], note)]));
  return {
    // The same methods under the same names; only the compiler cannot follow them through a table.
    store: Object.assign(Object.create(store), wrapped) as Store,
    counts: () => Object.fromEntries(counted),
  };
}

function wrap(group: string, methods: object, note: (name: string) => void): object {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]: [string, unknown]) => {
      const key = `${group}.${name}`;
      const call = (...input: readonly unknown[]): unknown => {
        note(key);
        return typeof method === "function" ? Reflect.apply(method, methods, input) : method;
      };
      return [name, call];
    }),
  );
}

export interface ReadsAndWrites {
  readonly reads: number;
  readonly writes: number;
}

/** Reads and writes, without what goes on beside requests: the revocation log's own upkeep. */
export function ofRequests(counts: Counts): ReadsAndWrites {
  return sum(counts, (name) => !isBeside(name));
}

/** Reads and writes that time causes and not requests: leases, rows of issuers, looking whether the log has grown. */
export function besideRequests(counts: Counts): ReadsAndWrites {
  return sum(counts, isBeside);
}

/** What was counted between two moments. */
export function between(before: Counts, after: Counts): Counts {
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
}

/** Several processes as one. */
export function together(all: readonly Counts[]): Counts {
  const total: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  }
  return total;
}

function isBeside(name: string): boolean {
  return /^(log|issuers|keys)\./.test(name);
}

function sum(counts: Counts, includes: (name: string) => boolean): ReadsAndWrites {
  let reads = 0;
  let writes = 0;
  for (const [name, count] of Object.entries(counts)) {
    if (!includes(name) || neither.test(name)) continue;
    if (reading.test(name)) reads += count;
    else writes += count;
  }
  return { reads, writes };
}
