// The lab as the page runs it: who may, one run at a time, what is told meanwhile, and what is left of it at the end.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aspects } from "../../packages/server/src/lab/contract.ts";
import { startServer } from "../../packages/server/src/server.ts";
import { descendants, isAlive } from "../support/process.ts";
import { startTestServer, type TestServer } from "./server-fixture.ts";

/** Where the labs of a test keep their files. */
let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "countersign-lab-runs-"));
});

afterEach(() => rmSync(temporary, { recursive: true, force: true }));

function start(options: { readonly folder?: string; readonly env?: Readonly<Record<string, string>> } = {}) {
  return startTestServer({ ...options, env: { TMPDIR: temporary, ...options.env } });
}

/** Sends what a form of the own page would send. */
function post(
  { url }: Pick<TestServer, "url">,
  path: string,
  fields: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: "POST",
    redirect: "manual",
    headers: { "sec-fetch-site": "same-origin", ...headers },
    body: new URLSearchParams(fields),
  });
}

const asScript = { accept: "application/json" };

async function status({
  url,
}: Pick<TestServer, "url">): Promise<{ readonly running: boolean; readonly lastRun?: string }> {
  const answer = await fetch(`${url}/lab/status`);
  expect(answer.status).toBe(200);
  return answer.json();
}

/** The events of a server, as they come. */
async function listen({ url }: Pick<TestServer, "url">) {
  const answer = await fetch(`${url}/lab/events`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  let text = "";
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
  })();
  ended.catch(() => undefined);
  return {
    ended,
    events: () =>
      [...text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, name, data = "{}"]) => ({
        name,
        data: JSON.parse(data),
      })),
  };
}

const patience = { timeout: 60_000, interval: 100 };

/** A whole run takes a minute on a machine of its own. */
const wholeRun = { timeout: 400_000, interval: 500 };

describe("a run from the page", { timeout: 120_000 }, () => {
  it("goes by a form without script, tells how far it is, and keeps its report", { timeout: 450_000 }, async () => {
    await using server = await start();
    expect(await status(server)).toEqual({ allowed: true, running: false });
    const heard = await listen(server);

    const begun = await post(server, "/lab/run", { quick: "on" });
    expect([begun.status, begun.headers.get("location")]).toEqual([303, "/#side-by-side"]);
    expect(await status(server)).toMatchObject({
      running: true,
      progress: { done: 0, of: aspects.length, aspect: "state" },
    });
    await expect.poll(() => heard.events().at(-1)?.name, wholeRun).toBe("done");

    const names = heard.events().map(({ name }) => name);
    expect(names.filter((name) => name === "progress").length).toBeGreaterThan(aspects.length);
    const lastReport = heard.events().at(-1)?.data;
    expect(lastReport).toEqual({ date: expect.any(String), quick: true });
    expect(await status(server)).toEqual({ allowed: true, running: false, lastRun: "done", lastReport });
    const kept = join(server.folder, ".countersign", "lab-report.json");
    expect(JSON.parse(readFileSync(kept, "utf8"))).toMatchObject({
      ...{ date: lastReport.date, rows: aspects.map((aspect) => ({ aspect })) },
    });
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect(readdirSync(temporary)).toEqual([]);

    // Another server on the same folder shows it, too.
    await server.process.stop();
    await using again = await start({ folder: server.folder });
    expect(await status(again)).toEqual({ allowed: true, running: false, lastReport });
  });

  it("is one at a time, and leaves nothing when it is stopped", async () => {
    await using server = await start();
    const heard = await listen(server);
    expect((await post(server, "/lab/run", { quick: "on" }, asScript)).status).toBe(202);
    const second = await post(server, "/lab/run", {}, asScript);
    expect([second.status, await second.json()]).toEqual([
      409,
      { status: 409, title: "The lab is running already", detail: expect.any(String) },
    ]);
    const page = await post(server, "/lab/run");
    expect([page.status, await page.text()]).toEqual([409, expect.stringContaining("The lab is running already")]);
    // Who comes in the middle is told at once how far it is.
    const late = await listen(server);
    await expect.poll(() => late.events()[0]?.name, patience).toBe("progress");
    await expect.poll(() => descendants(server.process.pid).length, patience).toBeGreaterThanOrEqual(4);
    await expect.poll(() => heard.events().length, patience).toBeGreaterThan(2);
    const begun = descendants(server.process.pid);

    const stopped = await post(server, "/lab/stop", {}, asScript);
    expect([stopped.status, await stopped.json()]).toMatchObject([200, { running: false, lastRun: "stopped" }]);
    expect(begun.filter(isAlive)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    await expect.poll(() => [heard, late].map((each) => each.events().at(-1)?.name)).toEqual(["stopped", "stopped"]);
    // Stopping what does not run is no mistake.
    expect((await post(server, "/lab/stop")).status).toBe(303);
    expect(readdirSync(join(server.folder, ".countersign"))).not.toContain("lab-report.json");
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("leaves nothing when the server gets %s", async (signal) => {
    const server = await start();
    const heard = await listen(server);
    await post(server, "/lab/run", { quick: "on" });
    await expect.poll(() => heard.events().some(({ data }) => /^counting /.test(data.words)), patience).toBe(true);
    const begun = descendants(server.process.pid);
    expect(begun.length).toBeGreaterThanOrEqual(4);
    const end = await server.process.stop(signal);
    if (signal === "SIGTERM") {
      expect(end).toEqual({ code: 0, signal: null });
      await heard.ended;
      expect(heard.events().at(-1)?.name).toBe("stopped");
    }
    await expect.poll(() => begun.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => readdirSync(temporary), { timeout: 10_000 }).toEqual([]);
    await server[Symbol.asyncDispose]();
  });

  it.each([
    { name: "some rows only, to which nothing else on the page could refer", fields: { rows: "payload" } },
    { name: "a value that no checkbox sends", fields: { quick: "yes" } },
    { name: "a field that there is not", fields: { seconds: "1" } },
  ])("starts nothing with $name", async ({ fields }) => {
    await using server = await start();
    const answer = await post(server, "/lab/run", fields, asScript);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {
        ...{ status: 400, title: "The lab was not started" },
        detail: "It takes quick=on or nothing.",
      },
    ]);
    expect(await status(server)).toEqual({ allowed: true, running: false });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe("the lab of a server", () => {
  it("is run by its own pages only, and by visitors on this machine only", async () => {
    await using server = await start();
    const refused = async (headers: Readonly<Record<string, string>>) =>
      (await post(server, "/lab/run", { quick: "on" }, headers)).status;
    expect(await refused({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await refused({ "sec-fetch-site": "same-site" })).toBe(403);
    expect(await refused({ "sec-fetch-site": "same-origin", "x-forwarded-for": "192.0.2.1" })).toBe(404);
    const plain = await fetch(`${server.url}/lab/run`, { method: "POST" });
    expect(plain.status).toBe(403);
    // What only reads, too: the places of listeners are few.
    for (const path of ["/lab/status", "/lab/events"]) {
      const asked = await fetch(server.url + path, { headers: { "sec-fetch-site": "same-site" } });
      expect(asked.status).toBe(403);
    }
    const viaProxy = { headers: { via: "1.1 proxy" } };
    for (const path of ["/lab/status", "/lab/events"])
      expect((await fetch(server.url + path, viaProxy)).status).toBe(404);
    expect(await status(server)).toEqual({ allowed: true, running: false });
    expect((await fetch(`${server.url}/lab/run`)).status).toBe(405);
  });

  describe("answers as at an address that there is not", () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    const addresses = ["/lab/status", "/lab/events", "/lab/run", "/lab/stop", "/demonstration/begin"];
    const viaProxy = { via: "1.1 proxy", "sec-fetch-site": "same-origin" };

    /** All that an answer tells but for what differs from one to the next. */
    async function toldBy(path: string, method: string, headers: Readonly<Record<string, string>>) {
      const answer = await fetch(server.url + path, { method, headers });
      const told = [...answer.headers].filter(([name]) => !["date", "x-request-id"].includes(name));
      return { status: answer.status, headers: told, body: await answer.text() };
    }

    it.each<{ who: string; headers: Readonly<Record<string, string>>; methods: readonly string[] }>([
      {
        ...{ who: "a person whom a proxy brings", headers: { ...viaProxy, accept: "text/html" } },
        methods: ["GET", "HEAD", "POST", "PUT", "OPTIONS"],
      },
      {
        ...{ who: "a program that a proxy brings", headers: { ...viaProxy, ...asScript } },
        methods: ["GET", "HEAD", "POST", "PUT", "OPTIONS"],
      },
      {
        ...{
          who: "a page of another site, by a method that is not taken",
          headers: { "sec-fetch-site": "cross-site" },
        },
        methods: ["PUT", "DELETE", "OPTIONS"],
      },
    ])("to $who", async ({ headers, methods }) => {
      for (const method of methods) {
        const unknown = await toldBy("/lab/none", method, headers);
        expect(unknown.status).toBe(404);
        for (const path of addresses) expect([path, await toldBy(path, method, headers)]).toEqual([path, unknown]);
      }
    });

    it("to a page of another site that only looks where a run is started", async () => {
      const headers = { "sec-fetch-site": "cross-site", accept: "text/html" };
      expect(await toldBy("/lab/run", "GET", headers)).toEqual(await toldBy("/lab/none", "GET", headers));
    });

    it("but not to its own page, which is told of another method", async () => {
      const answer = await fetch(`${server.url}/lab/run`, { headers: { "sec-fetch-site": "same-origin" } });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    });
  });

  const production = { issuer: "https://auth.example" };

  it.each([
    { name: "at localhost", config: {}, found: 200 },
    { name: "where it is switched off", config: { lab: false }, found: 404 },
    { name: "in production", config: production, found: 404 },
    { name: "behind a proxy", config: { trustedProxyHops: 1 }, found: 404 },
    {
      name: "switched on in production, for who comes past the proxy",
      config: { ...production, lab: true, trustedProxyHops: 1 },
      found: 200,
    },
    {
      name: "switched on in production where proxies may say nothing",
      config: { ...production, lab: true },
      found: 404,
    },
  ])("answers $found $name", async ({ config, found }) => {
    const folder = join(temporary, "data");
    await using server = await startServer({ ...config, port: 0, data: folder });
    const url = `http://localhost:${server.port}`;
    expect((await fetch(`${url}/lab/status`)).status).toBe(found);
    expect((await fetch(`${url}/lab/events`, { method: "HEAD" })).status).toBe(found);
    expect((await post({ url }, "/lab/stop", {}, asScript)).status).toBe(found);
    expect((await post({ url }, "/lab/run", { rows: "speed" }, asScript)).status).toBe(found === 200 ? 400 : 404);
  });

  it("ignores a report that is damaged, and says so in the log", async () => {
    await using server = await start();
    await server.process.stop();
    const folder = join(server.folder, ".countersign");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "lab-report.json"), '{"format":1,"rows":[]}');
    await using again = await start({ folder: server.folder });
    expect(await status(again)).toEqual({ allowed: true, running: false });
    await again.process.waitFor(/lab's last report is damaged, or of another version: ignored/);
  });

  it("tells so many listeners and no more, and again when one has gone", async () => {
    await using server = await start();
    const leaving = new AbortController();
    const all = await Promise.all(
      Array.from({ length: 17 }, () => fetch(`${server.url}/lab/events`, { signal: leaving.signal })),
    );
    expect(all.map((each) => each.status).toSorted()).toEqual([...Array.from({ length: 16 }, () => 200), 503]);
    leaving.abort();
    await expect
      .poll(
        async () =>
          (await fetch(`${server.url}/lab/events`, { method: "GET", signal: AbortSignal.timeout(500) })).status,
      )
      .toBe(200);
  });
});
