// Numbers of the revocation feed for Prometheus: this process's view, its followers, how long waits took. Knows no follower by name.

import type { BarrierResult, FeedState } from "countersign";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Notes one wait until a revocation held everywhere. */
export type NoteBarrier = (result: Pick<BarrierResult, "outcome" | "ms" | "waitedOut">) => void;

/** Adds the numbers of the feed to registers; `feed` is asked whenever they are read. Answers who is to be told of waits. */
export function addFeedMetrics(feed: () => FeedState, registers: Registry[]): { readonly note: NoteBarrier } {
  for (const { name, help, read } of gauges) {
    new Gauge({
      name: `countersign_feed_${name}`,
      help,
      registers,
      collect() {
        this.set(read(feed()));
      },
    });
  }
  addViewState(feed, registers);
  return addBarriers(registers);
}

const gauges: readonly { readonly name: string; readonly help: string; read(state: FeedState): number }[] = [
  {
    name: "view_age_seconds",
    help: "Seconds since this process's own view of the log was known to be complete.",
    read: ({ view }) => view.ageMs / 1000,
  },
  {
    name: "view_number",
    help: "The newest number of the log that this process's own view has applied.",
    read: ({ view }) => view.number,
  },
  {
    name: "view_revocations",
    help: "Events that this process's own view keeps.",
    read: ({ view }) => view.revocations,
  },
  {
    name: "leases",
    help: "Followers that may rely on an answer of this process.",
    read: ({ followers }) => followers.length,
  },
  {
    name: "leases_least_applied",
    help: "The least number of the log that one of them has applied; 0 without any.",
    read: ({ followers }) => (followers.length === 0 ? 0 : Math.min(...followers.map(({ applied }) => applied))),
  },
  { name: "streams", help: "Streams of followers that stand.", read: ({ streams }) => streams },
];

const viewStates = ["never", "fresh", "stale"] as const;

function addViewState(feed: () => FeedState, registers: Registry[]): void {
  new Gauge({
    name: "countersign_feed_view_state",
    help: "What this process's own view is: never asked for, fresh, or stale, which it becomes while nobody needs it.",
    labelNames: ["state"],
    registers,
    collect() {
      const { state } = feed().view;
      for (const each of viewStates) this.set({ state: each }, each === state ? 1 : 0);
    },
  });
}

function addBarriers(registers: Registry[]): { readonly note: NoteBarrier } {
  const seconds = new Histogram({
    name: "countersign_feed_barrier_seconds",
    help: "Seconds until a revocation held everywhere, for those who waited for it.",
    labelNames: ["outcome"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers,
  });
  const waitedOut = new Counter({
    name: "countersign_feed_waited_out_total",
    help: "Followers that did not acknowledge in time, so that their lag was waited for.",
    registers,
  });
  return {
    note({ outcome, ms, waitedOut: late }) {
      seconds.observe({ outcome }, ms / 1000);
      waitedOut.inc(late.length);
    },
  };
}
