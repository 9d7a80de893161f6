// The verifier in every runtime that it is made for: one bundle, an issuer in another process, several requests.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FollowerState } from "@countersign/verifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IssuerProcess, type Pair, startIssuer } from "../faults/cluster.ts";
import { send } from "../faults/load.ts";
import { runProcess } from "../support/process.ts";
import { hosts } from "./hosts.ts";

const lagMs = 1000;
/** The longest that the issuer grants: what answers at all answers within it, also where everything else runs too. */
const longLagMs = 2000;
const here = import.meta.dirname;
const bun = join(here, "node_modules/@oven/bun-linux-x64/bin/bun");

let folder: string;
let issuer: IssuerProcess;
let key: string;

beforeAll(async () => {
  install();
  folder = await mkdtemp(join(tmpdir(), "countersign-runtimes-"));
  const app = join(folder, "app.js");
  const build = ["build", join(here, "app.fixture.ts"), "--target=browser", "--format=esm", `--outfile=${app}`];
  const built = await runProcess({ command: bun, args: build });
  expect([built.code, built.stderr]).toEqual([0, expect.any(String)]);
  issuer = await startIssuer();
  ({ key } = await issuer.call<{ key: string }>("service"));
});

afterAll(async () => {
  await issuer?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Some 700 MB, which nobody who only works on the rest has to have. */
function install(): void {
  if (existsSync(bun)) return;
  const { status, stderr } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: here,
    encoding: "utf8",
    timeout: 110_000,
  });
  if (status !== 0) throw new Error(`The runtimes could not be installed: ${stderr}`);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => Promise<boolean>, patienceMs = 15_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error("It did not come to pass.");
    await pause(25);
  }
}

describe.each(hosts.map((host) => [host.name, host] as const))("%s", (name, host) => {
  let services = 0;
  async function start(lag = lagMs) {
    const own = join(folder, name.replace(/\W/g, "-"));
    await cp(join(folder, "app.js"), join(own, "app.js"));
    services += 1;
    // One that was killed is waited for until its lease is over: the barrier has to tell them apart.
    const label = `${name} ${services}`;
    const settings = { ISSUER: issuer.url, SERVICE_KEY: key, NAME: label, FOLLOW: host.follow, LAG_MS: `${lag}` };
    const { port, process: running } = await host.start(folder, settings);
    await until(async () => (await send(port, "none")) === 401);
    const feed = async () => (await fetch(`http://127.0.0.1:${port}/feed`)).json() as Promise<FollowerState>;
    return { port, label, feed, running, [Symbol.asyncDispose]: async () => void (await running.stop("SIGKILL")) };
  }

  let people = 0;
  async function somebody(): Promise<Pair> {
    people += 1;
    const email = `${name.replace(/\W/g, "")}${people}@example.com`;
    await issuer.addSubject(email);
    return issuer.signIn(email);
  }

  it("refuses what was revoked between two requests, and goes on with everybody else", async () => {
    await using service = await start();
    const { port } = service;
    const [ended, living] = [await somebody(), await somebody()];
    for (const { access } of [ended, living, ended, living]) expect(await send(port, access)).toBe(200);
    const reached = await issuer.end(ended.sid, true);
    expect(reached?.outcome).toBe("everywhere");
    expect(await send(port, ended.access)).toBe(401);
    for (let count = 0; count < 5; count += 1) expect(await send(port, living.access)).toBe(200);
    expect(await send(port, ended.access)).toBe(401);
  });

  async function acknowledges() {
    await using service = await start(longLagMs);
    const { port, label, feed } = service;
    const [ended, next] = [await somebody(), await somebody()];
    expect(await send(port, ended.access)).toBe(200);
    await until(async () => (await feed()).isStreaming);
    for (const { sid, access } of [ended, next]) {
      const reached = await issuer.end(sid, true);
      expect(reached?.outcome).toBe("everywhere");
      expect(reached?.waitedOut).not.toContain(label);
      expect(await feed()).toMatchObject({ state: "fresh", number: reached?.number, isStreaming: true });
      expect(await send(port, access)).toBe(401);
    }
  }

  async function isWaitedOut() {
    await using service = await start(longLagMs);
    const { port, label, feed } = service;
    const ended = await somebody();
    expect(await send(port, ended.access)).toBe(200);
    const before = await feed();
    expect(before).toMatchObject({ state: "fresh", isStreaming: false });
    const reached = await issuer.end(ended.sid, true);
    expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: expect.arrayContaining([label]) });
    expect(await feed()).toMatchObject({ state: "stale", number: before.number, isStreaming: false });
    expect(await send(port, ended.access)).toBe(401);
    expect(await feed()).toMatchObject({ state: "fresh", number: reached?.number });
  }

  // What follows by itself and what can only follow within a request are promised different things.
  if (host.follow === "background") {
    it("hears by the stream, and acknowledges before anybody has to wait it out", acknowledges);
  } else {
    it("opens no stream, and is waited out while nobody asks it anything", isWaitedOut);
  }

  it("does not accept it past the lag, also when nobody waits, over requests at once", async () => {
    await using service = await start();
    const { port } = service;
    const [ended, living] = [await somebody(), await somebody()];
    expect(await send(port, ended.access)).toBe(200);
    await issuer.end(ended.sid);
    await pause(lagMs * 1.02);
    const together = Array.from({ length: 20 }, (_, index) => send(port, (index % 2 === 0 ? ended : living).access));
    expect(new Set((await Promise.all(together)).filter((_, index) => index % 2 === 0))).toEqual(new Set([401]));
    expect(new Set((await Promise.all(together)).filter((_, index) => index % 2 === 1))).toEqual(new Set([200]));
  });

  it("is not held up by a client that went away while it asked for all", async () => {
    await using service = await start();
    const { port } = service;
    const living = await somebody();
    for (let delay = 0; delay < 12; delay += 1) {
      const leaving = new AbortController();
      const headers = { authorization: `Bearer ${living.access}` };
      const answer = fetch(`http://127.0.0.1:${port}/`, { headers, signal: leaving.signal }).catch(() => undefined);
      await pause(delay);
      leaving.abort();
      await answer;
    }
    const beganAt = performance.now();
    expect(await send(port, living.access)).toBe(200);
    expect(performance.now() - beganAt).toBeLessThan(6000);
  });

  it("answers 503 while the issuer is away for longer, and is back with it", async () => {
    await using service = await start();
    const { port } = service;
    const living = await somebody();
    expect(await send(port, living.access)).toBe(200);
    await issuer.process.stop("SIGKILL");
    await pause(lagMs * 1.02 + 100);
    expect(await send(port, living.access)).toBe(503);
    expect(await send(port, living.access)).toBe(503);
    await issuer.start();
    await until(async () => (await send(port, living.access)) === 200);
    expect(await send(port, "a.b.c")).toBe(401);
  });
});
