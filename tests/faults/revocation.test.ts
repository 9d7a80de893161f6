// Revocation over real processes: an issuer and three services under load, with each of the parts frozen, cut off or killed.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type IssuerProcess,
  layWire,
  type Pair,
  type ServiceProcess,
  startIssuer,
  startService,
  type Wire,
} from "./cluster.ts";
import { distribution, type Load, type Sent, send, startLoad, tell } from "./load.ts";

/** What every service here is granted, and the tolerance of clocks that the protocol states. */
const lagMs = 2000;
const tolerance = 1.02;

let issuer: IssuerProcess;
let wire: Wire;
let services: readonly ServiceProcess[];
let load: Load;
let people = 0;

beforeAll(async () => {
  issuer = await startIssuer();
  const { key } = await issuer.call<{ key: string }>("service");
  wire = await layWire(Number(new URL(issuer.url).port));
  services = await Promise.all([
    startService(issuer, key, "orders"),
    startService(issuer, key, "billing"),
    startService(issuer, key, "search", { feedOrigin: wire.origin }),
  ]);
  load = startLoad(
    services.map(({ port }) => port),
    1000,
  );
});

afterAll(async () => {
  await load?.[Symbol.asyncDispose]();
  for (const { process: service } of services ?? []) await service.stop("SIGKILL");
  await wire?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
});

/** Somebody who is in constant use at every service. */
async function somebody(): Promise<Pair> {
  people += 1;
  const email = `person${people}@example.com`;
  await issuer.addSubject(email);
  const pair = await issuer.signIn(email);
  load.add(pair.access);
  await until(() => services.every((_, target) => sentWith(pair, target).some(({ status }) => status === 200)));
  return pair;
}

const sentWith = ({ access }: Pair, target?: number): readonly Sent[] =>
  load.sent.filter((each) => each.token === access && (target === undefined || each.target === target));

async function until(condition: () => boolean, patienceMs = 15_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error("It did not come to pass.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Requests of one service, answered, that began after a moment. */
const begunAfter = (pair: Pair, moment: number, target?: number) =>
  sentWith(pair, target).filter(({ beganAt }) => beganAt > moment);

const accepted = (sent: readonly Sent[]) => sent.filter(({ status }) => status === 200);

/** Waits until each service has answered some requests that began after a moment. */
const answeredSince = (pair: Pair, moment: number, count = 20) =>
  until(() => services.every((_, target) => begunAfter(pair, moment, target).length >= count));

describe("a revocation that is waited for", () => {
  it("is accepted by no service in any request that begins after the call returned, a thousand a second", async () => {
    const waits: number[] = [];
    const spans: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const pair = await somebody();
      const calledAt = performance.now();
      const reached = await issuer.end(pair.sid, true);
      const returnedAt = performance.now();
      await answeredSince(pair, returnedAt);
      load.remove(pair.access);
      expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: [], insecure: [] });
      expect(accepted(begunAfter(pair, returnedAt))).toEqual([]);
      expect(new Set(begunAfter(pair, returnedAt).map(({ status }) => status))).toEqual(new Set([401]));
      waits.push(returnedAt - calledAt);
      spans.push(Math.max(0, ...accepted(begunAfter(pair, calledAt)).map(({ beganAt }) => beganAt - calledAt)));
    }
    const perSecond = (load.sent.length / (performance.now() - (load.sent[0]?.beganAt ?? 0))) * 1000;
    tell(`${perSecond.toFixed(0)} requests a second to three services`);
    tell(distribution("revoke and wait everywhere", waits));
    tell(distribution("last accepted after the call", spans));
  });

  it("does not touch anybody else", async () => {
    const [ended, other] = [await somebody(), await somebody()];
    const beganAt = performance.now();
    await issuer.end(ended.sid, true);
    await answeredSince(other, performance.now());
    expect(new Set(begunAfter(other, beganAt).map(({ status }) => status))).toEqual(new Set([200]));
    load.remove(ended.access);
    load.remove(other.access);
  });

  it("holds when one service is frozen, and when it wakes up with requests that waited for it", async () => {
    const times: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const pair = await somebody();
      const [frozen] = services;
      process.kill(frozen?.process.pid ?? 0, "SIGSTOP");
      try {
        const calledAt = performance.now();
        const reached = await issuer.end(pair.sid, true);
        const returnedAt = performance.now();
        times.push(returnedAt - calledAt);
        expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: ["orders"] });
        expect(returnedAt - calledAt).toBeLessThan(lagMs * tolerance + 1500);
        // They begin now, while nobody is there to answer.
        await pause(300);
        process.kill(frozen?.process.pid ?? 0, "SIGCONT");
        await answeredSince(pair, returnedAt);
        expect(accepted(begunAfter(pair, returnedAt))).toEqual([]);
      } finally {
        process.kill(frozen?.process.pid ?? 0, "SIGCONT");
        load.remove(pair.access);
      }
    }
    tell(distribution("everywhere, one service frozen", times));
  });
});

describe("a revocation that nobody waits for", () => {
  it("is not accepted past the lag by a service whose wire is cut, and that service is useful again once it is mended", async () => {
    const spans: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const [ended, living] = [await somebody(), await somebody()];
      wire.cut();
      await issuer.end(ended.sid);
      const acknowledgedAt = performance.now();
      await pause(lagMs * tolerance + 700);
      const late = acknowledgedAt + lagMs * tolerance;
      await until(() => begunAfter(ended, late, 2).length > 5);
      expect(accepted(begunAfter(ended, late))).toEqual([]);
      spans.push(
        Math.max(0, ...accepted(begunAfter(ended, acknowledgedAt)).map((each) => each.beganAt - acknowledgedAt)),
      );
      // Not knowing is 503; nobody is told to sign in again.
      expect(begunAfter(living, late, 2).filter(({ status }) => status === 401)).toEqual([]);
      wire.mend();
      const mendedAt = performance.now();
      await until(() => accepted(begunAfter(living, mendedAt, 2)).length > 5);
      await until(() => begunAfter(ended, mendedAt, 2).some(({ status }) => status === 401));
      load.remove(ended.access);
      load.remove(living.access);
    }
    tell(distribution("last accepted after the acknowledgement, wire cut", spans));
  });

  it("is not accepted past the lag when the issuer is killed right after, nor after its return", async () => {
    for (let round = 0; round < 3; round += 1) {
      const [ended, living] = [await somebody(), await somebody()];
      await issuer.end(ended.sid);
      const acknowledgedAt = performance.now();
      await issuer.process.stop("SIGKILL");
      await pause(lagMs * tolerance + 300);
      await issuer.start();
      const backAt = performance.now();
      await until(() => services.every((_, target) => accepted(begunAfter(living, backAt, target)).length > 5));
      await answeredSince(ended, backAt);
      expect(accepted(begunAfter(ended, acknowledgedAt + lagMs * tolerance))).toEqual([]);
      expect(begunAfter(living, acknowledgedAt).filter(({ status }) => status === 401)).toEqual([]);
      load.remove(ended.access);
      load.remove(living.access);
    }
  });

  it("reaches a service that started while the issuer was away", async () => {
    const pair = await somebody();
    await issuer.end(pair.sid, true);
    load.remove(pair.access);
    const { key } = await issuer.call<{ key: string }>("service");
    await issuer.process.stop("SIGKILL");
    const late = await startService(issuer, key, "late");
    try {
      expect(await send(late.port, pair.access)).toBe(503);
      await issuer.start();
      await until(() => services.length > 0);
      let status = 503;
      for (let attempt = 0; attempt < 100 && status === 503; attempt += 1) {
        await pause(50);
        status = await send(late.port, pair.access);
      }
      expect(status).toBe(401);
    } finally {
      await late.process.stop("SIGKILL");
    }
  });
});
