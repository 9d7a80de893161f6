// A steady stream of requests that remembers when each began and how it ended. Judges nothing.

import { Agent, request } from "node:http";

/** A credential as a request shows it. */
export interface Shown {
  /** In which way: what a failed test may name. */
  readonly way: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One request: when it began, by this process's monotonic clock, and what was answered. 0: the connection failed. */
export interface Sent {
  readonly target: number;
  readonly way: string;
  readonly beganAt: number;
  readonly status: number;
}

/** A stream of requests. `await using load = startLoad(…)` ends it. */
export interface Load extends AsyncDisposable {
  /** How many requests were answered so far. */
  answered(): number;
  /** Those with this credential that were answered so far. */
  sentWith(shown: Shown): readonly Sent[];
  /** Resolves once every request that is under way by now has ended. */
  settled(): Promise<void>;
  /** Sends this one more credential in turn with the others. */
  add(shown: Shown): void;
  remove(shown: Shown): void;
  /** Sends so many a second from now on, at the most. */
  pace(perSecond: number): void;
}

/** How long one request may take before it counts as failed. */
const patienceMs = 8000;

/**
 * Who does not answer is sent no more than this at once. A request that had to wait here would not have begun when it says, and an issuer that comes
 * back must not be buried under the questions of those who waited.
 */
const mostUnderWay = 40;

/** Sends at most `atFirst` requests a second to the ports in turn, each with one of the credentials added. */
export function startLoad(ports: readonly number[], atFirst: number): Load {
  const targets = ports.map((port) => ({ port, agent: new Agent({ keepAlive: true }), underWay: 0 }));
  const shownInTurn: Shown[] = [];
  const sent = new Map<Shown, Sent[]>();
  const pending = new Set<Promise<void>>();
  let [turn, answered, perSecond] = [0, 0, atFirst];

  function fire(): void {
    const index = turn % targets.length;
    const target = targets[index];
    const shown = shownInTurn[Math.floor(turn / targets.length) % Math.max(1, shownInTurn.length)];
    turn += 1;
    if (shown === undefined || target === undefined || target.underWay >= mostUnderWay) return;
    target.underWay += 1;
    const beganAt = performance.now();
    const answer = ask(target.port, shown.headers, target.agent).then((status) => {
      target.underWay -= 1;
      if (status !== 0) answered += 1;
      sent.get(shown)?.push({ target: index, way: shown.way, beganAt, status });
      pending.delete(answer);
    });
    pending.add(answer);
  }

  let [owed, lookedAt] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    // By the clock and not by the tick: a late tick sends what it owes, but no more than a tenth of a second's worth.
    owed = Math.min(owed + ((now - lookedAt) / 1000) * perSecond, perSecond / 10);
    lookedAt = now;
    for (; owed >= 1; owed -= 1) fire();
  }, 5);

  return {
    answered: () => answered,
    sentWith: (shown) => sent.get(shown) ?? [],
    settled: async () => void (await Promise.all(pending)),
    add(shown) {
      sent.set(shown, []);
      shownInTurn.push(shown);
    },
    remove(shown) {
      if (shownInTurn.includes(shown)) shownInTurn.splice(shownInTurn.indexOf(shown), 1);
    },
    pace(wanted) {
      perSecond = wanted;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await Promise.all(pending);
      for (const { agent } of targets) agent.destroy();
    },
  };
}

/** The status of one request with a Bearer token; 0 when there was none. */
export function send(port: number, token: string): Promise<number> {
  return ask(port, { authorization: `Bearer ${token}` });
}

/** The status of one request; 0 when there was none. */
export function ask(port: number, headers: Shown["headers"], agent?: Agent): Promise<number> {
  return new Promise((resolve) => {
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
