// Numbers for Prometheus: requests, acts of the audit log, the queue of password hashes, the revocation feed, the process. Knows no route by name.

import type { FeedState } from "countersign";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { addFeedMetrics, type NoteBarrier } from "./feed-metrics.ts";

/** The server's metrics. */
export interface Metrics {
  /** Counts one answered request. `route` is a template, never an address, so that the number of series stays bounded. */
  request(seen: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** Counts one act of the audit log. */
  act(act: string, outcome: string): void;
  /** Notes one wait until a revocation held everywhere. */
  readonly barrier: NoteBarrier;
  /** What Prometheus reads. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** What is asked whenever the metrics are read. */
export interface MetricSources {
  hashing(): { readonly waiting: number; readonly running: number };
  feed(): FeedState;
}

/** Metrics in a registry of their own, so that several servers fit into one process. */
export function createMetrics({ hashing, feed }: MetricSources): Metrics {
  const registers = [new Registry()];
  const [registry] = registers;
  const requests = new Counter({
    name: "countersign_http_requests_total",
    help: "Answered requests.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "countersign_http_request_seconds",
    help: "Seconds from a request's head to its answer's head.",
    labelNames: ["route"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const acts = new Counter({
    name: "countersign_audit_acts_total",
    help: "Acts of the audit log, by outcome.",
    labelNames: ["act", "outcome"],
    registers,
  });
  new Gauge({
    name: "countersign_password_hashes",
    help: "Password hashes under way and waiting.",
    labelNames: ["state"],
    registers,
    collect() {
      const { waiting, running } = hashing();
      this.set({ state: "waiting" }, waiting);
      this.set({ state: "running" }, running);
    },
  });
  const barriers = addFeedMetrics(feed, registers);
  if (registry !== undefined) collectDefaultMetrics({ register: registry });
  return {
    request({ method, route, status, seconds }) {
      requests.inc({ method: methods.has(method) ? method : "other", route, status });
      durations.observe({ route }, seconds);
    },
    act: (act, outcome) => acts.inc({ act, outcome }),
    barrier: barriers.note,
    read: async () => ({
      contentType: registry?.contentType ?? "text/plain",
      text: (await registry?.metrics()) ?? "",
    }),
  };
}
