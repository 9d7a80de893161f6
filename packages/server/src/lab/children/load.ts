// The process of the load: sends requests, one after another on each connection, and times them. Judges nothing.

import { Agent, request as httpRequest } from "node:http";
import { systemClock } from "@countersign/verifier";
import { answerParent } from "../../processes/child.ts";
import { quantile } from "../figures.ts";
import { pick, seeded } from "../seeded.ts";
import type { Load, LoadActs, LoadOutcome } from "./acts.ts";

answerParent<LoadActs>({ run });

async function run({ ports, credentials, connections, seconds, requests, seed }: Load): Promise<LoadOutcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const choose = seeded(seed);
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  // What is timed in a short while shall not be how connections are opened.
  if (seconds !== undefined) {
    const [first = {}] = credentials;
    await Promise.all(Array.from({ length: connections }, (_, index) => send(agent, portOf(ports, index), first)));
  }
  const beganAt = systemClock.monotonic();
  const endsAt = seconds === undefined ? Number.POSITIVE_INFINITY : beganAt + seconds * 1000;
  let left = requests ?? Number.POSITIVE_INFINITY;
  const one = async (index: number) => {
    while (left > 0 && systemClock.monotonic() < endsAt) {
      left -= 1;
      const at = systemClock.monotonic();
      const status = await send(agent, portOf(ports, index), pick(credentials, choose()));
      times.push(systemClock.monotonic() - at);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => one(index)));
  agent.destroy();
  return {
    requests: times.length,
    seconds: (systemClock.monotonic() - beganAt) / 1000,
    medianMs: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    statuses,
  };
}

function portOf(ports: readonly number[], connection: number): number {
  return ports[connection % ports.length] ?? 0;
}

function send(agent: Agent, port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: "127.0.0.1", port, path: "/", agent, headers }, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end();
  });
}
