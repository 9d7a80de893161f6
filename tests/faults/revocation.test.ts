// Revocation over real processes: an issuer and three services under load, with each of the parts frozen, cut off or killed.

import { cookieNames } from "@countersign/verifier";
import type { BarrierResult } from "countersign";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "../support/process.ts";
import {
  type CookiePair,
  feedOf,
  type IssuerProcess,
  layWire,
  type ServiceProcess,
  startIssuer,
  startService,
  type Wire,
} from "./cluster.ts";
import { ask, distribution, type Load, type Sent, type Shown, startLoad, tell } from "./load.ts";

/** What every service here is granted, and the tolerance of clocks that the protocol states. */
const lagMs = 2000;
const tolerance = 1.02;

/** How long a wait takes at the most that lasts as long as a lease, on a machine that has other work. */
const waitedOutMs = lagMs * tolerance + 1500;

/** Requests a second: as many as are asked for where all is well, and fewer where every one of them costs its service two vain questions. */
const fullPace = 1000;
const usualPace = 200;

const { session: sessionName, accessToken: accessName } = cookieNames.prefixed;

/** The ways in which one session is shown, each of them at every service. */
const ways: Readonly<Record<string, (pair: CookiePair) => Shown["headers"]>> = {
  "Bearer token": ({ access }) => ({ authorization: `Bearer ${access}` }),
  "session cookie": ({ session }) => ({ cookie: `${sessionName}=${session}` }),
  "both cookies": ({ session, access }) => ({ cookie: `${sessionName}=${session}; ${accessName}=${access}` }),
};

/** Somebody who is signed in, and in constant use at every service in each of the ways. */
interface Person {
  readonly sid: string;
  readonly shown: readonly Shown[];
}

let issuer: IssuerProcess;
let wire: Wire;
let services: readonly [ServiceProcess, ServiceProcess, ServiceProcess];
let load: Load;
let people = 0;
const present = new Set<Person>();

beforeAll(async () => {
  issuer = await startIssuer();
  const { key } = await issuer.call<{ key: string }>("service");
  wire = await layWire(Number(new URL(issuer.url).port));
  services = await Promise.all([
    startService(issuer, key, "orders"),
    startService(issuer, key, "billing"),
    startService(issuer, key, "search", { reachedAt: wire.origin }),
  ]);
  load = startLoad(
    services.map(({ port }) => port),
    usualPace,
  );
});

afterAll(async () => {
  await load?.[Symbol.asyncDispose]();
  for (const { process: service } of services ?? []) await service.stop("SIGKILL");
  await wire?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
});

beforeEach(() => load.pace(usualPace));

// What a test that failed has left as it was must not fail the next.
afterEach(async () => {
  wire.mend();
  if (!isAlive(issuer.process.pid)) await issuer.start();
  await leave(...present);
});

/** The service at the end of the wire, and its place among the load's targets. */
const beyond = 2;

async function somebody(): Promise<Person> {
  people += 1;
  const email = `person${people}@example.com`;
  await issuer.addSubject(email);
  const pair = await issuer.signInBrowser(email);
  const shown = Object.entries(ways).map(([way, headersOf]) => ({ way, headers: headersOf(pair) }));
  for (const each of shown) load.add(each);
  const person = { sid: pair.sid, shown };
  present.add(person);
  await acceptedSince([person], 0, 1);
  return person;
}

/** Nobody sends these people's credentials any more, and all that was sent is answered. */
async function leave(...leaving: readonly Person[]): Promise<void> {
  for (const person of leaving) {
    present.delete(person);
    for (const shown of person.shown) load.remove(shown);
  }
  await load.settled();
}

/** Requests of one person, answered, that began after a moment; at all services, or at one. */
const begunAfter = ({ shown }: Person, moment: number, at?: number): readonly Sent[] =>
  shown.flatMap(load.sentWith).filter(({ beganAt, target }) => beganAt > moment && (at === undefined || target === at));

const accepted = (sent: readonly Sent[]) => sent.filter(({ status }) => status === 200);
const signedOut = (sent: readonly Sent[]) => sent.filter(({ status }) => status === 401);

/** Waits until every service has answered these people so, in each of the ways, in requests that began after a moment. */
async function sinceThen(isMeant: typeof accepted, persons: readonly Person[], moment: number, count: number) {
  const lacking = () =>
    persons.flatMap(({ shown }) =>
      shown.flatMap((each) => {
        const sent = isMeant(load.sentWith(each)).filter(({ beganAt }) => beganAt > moment);
        return services
          .filter((_, index) => sent.filter(({ target }) => target === index).length < count)
          .map(({ name }) => `${each.way} at ${name}`);
      }),
    );
  await until(
    () => lacking().length === 0,
    () => `${isMeant.name}: ${lacking().join(", ")}`,
  );
}

const acceptedSince = (persons: readonly Person[], moment: number, count = 3) =>
  sinceThen(accepted, persons, moment, count);
const signedOutSince = (persons: readonly Person[], moment: number, count = 3) =>
  sinceThen(signedOut, persons, moment, count);

async function until(isSo: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const giveUpAt = performance.now() + 45_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`This did not come about: ${what()}.`);
    await pause(10);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pauseUntil = (moment: number) => pause(Math.max(0, moment - performance.now()));

/** Some requests of a person in each of the ways, which begin now. They answer their statuses. */
function askNow({ port }: ServiceProcess, { shown }: Person): Promise<number[]> {
  return Promise.all(shown.flatMap(({ headers }) => Array.from({ length: 5 }, () => ask(port, headers))));
}

/** A call that waits, and when it began and returned. */
async function timed(call: Promise<BarrierResult>): Promise<{ reached: BarrierResult; from: number; to: number }> {
  const from = performance.now();
  const reached = await call;
  return { reached, from, to: performance.now() };
}

/** How long after a moment the last request began that was accepted. */
const lastAccepted = (sent: readonly Sent[], moment: number) =>
  Math.max(0, ...accepted(sent).map(({ beganAt }) => beganAt - moment));

const areStreaming = async () => (await Promise.all(services.map(feedOf))).every(({ isStreaming }) => isStreaming);

describe("a revocation that is waited for", () => {
  it("is acknowledged by every service, and none accepts a request that begins after the call returned, under load", async () => {
    const [waits, spans]: [number[], number[]] = [[], []];
    await until(areStreaming, () => "every stream stands");
    // Most of the load is other people's: who was signed out has the issuer asked at every request with a cookie.
    const others = await Promise.all(Array.from({ length: 8 }, somebody));
    load.pace(fullPace);
    const [beganAt, answeredBefore] = [performance.now(), load.answered()];
    for (let round = 0; round < 20; round += 1) {
      const person = await somebody();
      const { reached, from, to } = await timed(issuer.end(person.sid, true));
      expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: [], insecure: [] });
      expect(reached.ms).toBeLessThan(lagMs);
      await signedOutSince([person], to);
      await leave(person);
      expect(accepted(begunAfter(person, to))).toEqual([]);
      waits.push(to - from);
      spans.push(lastAccepted(begunAfter(person, from), from));
    }
    const perSecond = ((load.answered() - answeredBefore) / (performance.now() - beganAt)) * 1000;
    tell(`${perSecond.toFixed(0)} requests a second to three services`);
    tell(distribution("revoke and wait everywhere", waits));
    tell(distribution("last accepted after the call", spans));
    expect(await areStreaming()).toBe(true);
    await leave(...others);
    expect(others.flatMap((other) => signedOut(begunAfter(other, 0)))).toEqual([]);
    // Far below what is sent, for the machine may have other work; below this it would be no load.
    expect(perSecond).toBeGreaterThan(100);
  });

  it("does not touch anybody else", async () => {
    const [ended, other] = [await somebody(), await somebody()];
    const beganAt = performance.now();
    await issuer.end(ended.sid, true);
    await acceptedSince([other], performance.now());
    await leave(ended, other);
    expect(new Set(begunAfter(other, beganAt).map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("waits out a service that is frozen, which accepts nothing of it when it wakes up with requests that waited", async () => {
    const times: number[] = [];
    const [frozen] = services;
    for (let round = 0; round < 5; round += 1) {
      const person = await somebody();
      process.kill(frozen.process.pid, "SIGSTOP");
      try {
        const { reached, from, to } = await timed(issuer.end(person.sid, true));
        expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: ["orders"], insecure: [] });
        expect(reached.ms).toBeLessThan(waitedOutMs);
        // They begin now, while nobody is there to answer.
        const asked = askNow(frozen, person);
        await pause(100);
        process.kill(frozen.process.pid, "SIGCONT");
        expect(await asked).not.toContain(200);
        await signedOutSince([person], to);
        await leave(person);
        expect(accepted(begunAfter(person, to))).toEqual([]);
        times.push(to - from);
      } finally {
        process.kill(frozen.process.pid, "SIGCONT");
      }
    }
    tell(distribution("everywhere, one service frozen", times));
  });

  it("waits out a service whose wire is cut, which accepts nothing past the lag, and is useful again once it is mended", async () => {
    const [times, spans]: [number[], number[]] = [[], []];
    const cutOff = services[beyond];
    for (let round = 0; round < 5; round += 1) {
      const [ended, waitedFor, living] = await Promise.all([somebody(), somebody(), somebody()]);
      wire.cut();
      await issuer.end(ended.sid);
      const acknowledgedAt = performance.now();
      const late = acknowledgedAt + lagMs * tolerance;
      const { reached, from, to } = await timed(issuer.end(waitedFor.sid, true));
      expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: ["search"], insecure: [] });
      expect(reached.ms).toBeLessThan(waitedOutMs);
      await pauseUntil(late);
      // What it cannot know it does not answer, or by 503. Nobody is told to sign in again.
      const asked = [ended, waitedFor, living].map((person) => askNow(cutOff, person));
      const [bearer] = living.shown;
      expect(await ask(cutOff.port, bearer?.headers ?? {})).toBe(503);
      wire.mend();
      const mendedAt = performance.now();
      const [ofEnded, ofWaitedFor, ofLiving] = await Promise.all(asked);
      expect(ofEnded).not.toContain(200);
      expect(ofWaitedFor).not.toContain(200);
      expect(ofLiving).not.toContain(401);
      await Promise.all([signedOutSince([ended, waitedFor], mendedAt), acceptedSince([living], mendedAt)]);
      await leave(ended, waitedFor, living);
      expect(accepted(begunAfter(ended, late))).toEqual([]);
      expect(accepted(begunAfter(waitedFor, to))).toEqual([]);
      expect(signedOut(begunAfter(living, 0))).toEqual([]);
      times.push(to - from);
      spans.push(lastAccepted(begunAfter(ended, acknowledgedAt, beyond), acknowledgedAt));
    }
    tell(distribution("everywhere, one wire cut", times));
    tell(distribution("last accepted after the acknowledgement, wire cut", spans));
  });
});

describe("a revocation whose issuer is killed right after it acknowledged", () => {
  it("holds everywhere once the issuer that was started again says so: what was granted before is waited out", async () => {
    const [times, spans]: [number[], number[]] = [[], []];
    for (let round = 0; round < 5; round += 1) {
      const [ended, living] = await Promise.all([somebody(), somebody()]);
      // Somebody has to be left who has not heard of it, and who has a lease that only the store remembers.
      wire.cut();
      await issuer.end(ended.sid);
      const acknowledgedAt = performance.now();
      await issuer.process.stop("SIGKILL");
      await issuer.start();
      const { reached, from, to } = await timed(issuer.everywhere());
      expect(reached).toMatchObject({ outcome: "everywhere", insecure: [] });
      expect(reached.waitedOut).toContain("search");
      expect(reached.ms).toBeLessThan(waitedOutMs);
      const asked = services.map((service) => askNow(service, ended));
      await pause(100);
      wire.mend();
      const mendedAt = performance.now();
      expect((await Promise.all(asked)).flat()).not.toContain(200);
      await Promise.all([signedOutSince([ended], mendedAt), acceptedSince([living], mendedAt)]);
      await leave(ended, living);
      expect(accepted(begunAfter(ended, to))).toEqual([]);
      expect(accepted(begunAfter(ended, acknowledgedAt + lagMs * tolerance))).toEqual([]);
      expect(signedOut(begunAfter(living, 0))).toEqual([]);
      times.push(to - from);
      spans.push(lastAccepted(begunAfter(ended, acknowledgedAt), acknowledgedAt));
    }
    tell(distribution("everywhere, issuer started again", times));
    tell(distribution("last accepted after the acknowledgement, issuer killed and one wire cut", spans));
  });

  it("is not accepted past the lag while the issuer is away, nor after its return", async () => {
    const spans: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const [ended, living] = await Promise.all([somebody(), somebody()]);
      await issuer.end(ended.sid);
      const acknowledgedAt = performance.now();
      const late = acknowledgedAt + lagMs * tolerance;
      await issuer.process.stop("SIGKILL");
      await pauseUntil(late);
      const asked = services.map((service) => askNow(service, ended));
      expect((await Promise.all(asked)).flat()).not.toContain(200);
      await issuer.start();
      const backAt = performance.now();
      await Promise.all([signedOutSince([ended], backAt), acceptedSince([living], backAt)]);
      await leave(ended, living);
      expect(accepted(begunAfter(ended, late))).toEqual([]);
      expect(signedOut(begunAfter(living, 0))).toEqual([]);
      const lastAt = (target: number) => lastAccepted(begunAfter(ended, acknowledgedAt, target), acknowledgedAt);
      spans.push(...services.map((_, target) => lastAt(target)));
    }
    tell(distribution("last accepted after the acknowledgement at each service, issuer killed", spans));
  });

  it("reaches a service that started while the issuer was away", async () => {
    const person = await somebody();
    await issuer.end(person.sid, true);
    await leave(person);
    const { key } = await issuer.call<{ key: string }>("service");
    await issuer.process.stop("SIGKILL");
    const late = await startService(issuer, key, "late");
    try {
      expect(new Set(await askNow(late, person))).toEqual(new Set([503]));
      await issuer.start();
      const statuses: number[] = [];
      await until(
        async () => {
          const now = await askNow(late, person);
          statuses.push(...now);
          return !now.includes(503);
        },
        () => "the service knows",
      );
      expect(new Set(statuses.filter((status) => status !== 503))).toEqual(new Set([401]));
    } finally {
      await late.process.stop("SIGKILL");
    }
  });
});
