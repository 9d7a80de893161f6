// A steady stream of requests that remembers when each began and how it ended. Judges nothing.

import { Agent, request } from "node:http";

/** One request: when it began, by this process's monotonic clock, and what was answered. 0: the connection failed. */
export interface Sent {
  readonly target: number;
  readonly token: string;
  readonly beganAt: number;
  readonly status: number;
}

/** A stream of requests. `await using load = startLoad(…)` ends it. */
export interface Load extends AsyncDisposable {
  /** Everything that was answered so far. */
  readonly sent: readonly Sent[];
  /** Requests that have begun and have no answer yet. */
  underWay(): number;
  /** Sends this one more credential in turn with the others. */
  add(token: string): void;
  remove(token: string): void;
}

/** How long one request may take before it counts as failed. */
const patienceMs = 8000;

/** Sends `perSecond` requests to the ports in turn, each with one of the tokens added. */
export function startLoad(ports: readonly number[], perSecond: number): Load {
  const agents = ports.map(() => new Agent({ keepAlive: true, maxSockets: 256 }));
  const tokens: string[] = [];
  const sent: Sent[] = [];
  const pending = new Set<Promise<void>>();
  let turn = 0;

  function fire(): void {
    const target = turn % ports.length;
    const token = tokens[Math.floor(turn / ports.length) % Math.max(1, tokens.length)];
    turn += 1;
    if (token === undefined) return;
    const beganAt = performance.now();
    const answer = send(ports[target] ?? 0, token, agents[target]).then((status) => {
      sent.push({ target, token, beganAt, status });
      pending.delete(answer);
    });
    pending.add(answer);
  }

  const beganAt = performance.now();
  let fired = 0;
  const timer = setInterval(() => {
    // By the clock and not by the tick: a late tick sends what it owes, but no more than a tenth of a second's worth.
    const due = Math.floor(((performance.now() - beganAt) / 1000) * perSecond);
    const owed = Math.min(due - fired, perSecond / 10);
    fired = due;
    for (let count = 0; count < owed; count += 1) fire();
  }, 5);

  return {
    sent,
    underWay: () => pending.size,
    add: (token) => void tokens.push(token),
    remove: (token) => void tokens.splice(tokens.indexOf(token), 1),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await Promise.all(pending);
      for (const agent of agents) agent.destroy();
    },
  };
}

/** The status of one request with a Bearer token; 0 when there was none. */
export function send(port: number, token: string, agent?: Agent): Promise<number> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    const outgoing = request(
      { host: "127.0.0.1", port, path: "/", headers, agent, timeout: patienceMs },
      (incoming) => {
        incoming.resume();
        incoming.on("end", () => resolve(incoming.statusCode ?? 0));
        incoming.on("error", () => resolve(0));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve(0));
    outgoing.end();
  });
}

/** The middle, the 99th of 100 and the worst of some times in milliseconds, as one line. */
export function distribution(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  return `${name}: n ${sorted.length}, median ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`;
}

/** Prints a figure beside the tests' results. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
