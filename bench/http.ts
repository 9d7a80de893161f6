// The section that measures servers: what share of its throughput each keeps, against the same server that ignores the same credential.

import { request as httpRequest } from "node:http";
import { type Child, startChild } from "./children.ts";
import { damaged } from "./fresh.ts";
import type { Framework } from "./http/frameworks.ts";
import type { Load, LoadMessage } from "./http/load.ts";
import type { ServerMessage, StartedServer } from "./http/server.ts";
import { type Variant, variants } from "./http/variants.ts";
import type { Row, Table } from "./report.ts";
import { isWanted, rowsOf, runSection, type SectionSettings } from "./section.ts";
import { sessionFile } from "./session-stores.ts";
import { spread } from "./statistics.ts";

/** A server under load, and what the load knows it by. */
interface Target {
  readonly child: Child;
  readonly server: StartedServer;
  readonly id: number;
}

/** A second of load on one server. */
interface Slice {
  readonly perSecond: number;
  /** Processor time of the server's process per request, in microseconds. */
  readonly cpuMicroseconds: number;
  /** The share of one core that the server used: below 0.9 it was the load that was too slow. */
  readonly busy: number;
  readonly p50: number;
  readonly p99: number;
}

/** A server that uses less of its core than this has waited, for the load or for somebody else. */
const leastBusy = 0.9;

/** What a framework takes for any middleware, and for reading one header and saying two: what no adapter can be without. */
const itself: Partial<Record<Framework, readonly Variant[]>> = {
  node: [{ framework: "node", name: "two-headers", title: "(node:http, a listener that reads a header and sets two)" }],
  hono: [
    {
      framework: "hono",
      name: "no-middleware",
      title: "(Hono without the empty middleware that all are compared with)",
    },
    {
      framework: "hono",
      name: "two-headers",
      title: "(Hono, a middleware that reads a header and sets two)",
    },
  ],
};

await runSection(async (settings) => {
  await using load = startChild({ script: "http/load.ts", core: 1 });
  const tables: Table[] = [];
  for (const framework of ["node", "fastify", "hono", "express"] as const) {
    const wanted = variants.filter(
      (each) => each.framework === framework && isWanted(settings, `http/${framework}/${each.name}`),
    );
    if (wanted.length > 0) tables.push(await measureFramework(framework, wanted, load, settings));
  }
  return tables;
});

async function measureFramework(
  framework: Framework,
  wanted: readonly Variant[],
  load: Child,
  settings: SectionSettings,
): Promise<Table> {
  // Made before anything is measured, and once for all.
  if (wanted.some(({ name }) => name === "session-sqlite" || name === "session-feed"))
    await sessionFile(settings.folder, rowsOf(settings));
  const bare = await startServer({ framework, name: "bare" }, settings);
  const rows: Row[] = [];
  try {
    for (const variant of itself[framework] ?? []) rows.push(await measureVariant(variant, bare, load, settings));
    for (const variant of wanted) {
      const row = await measureVariant(variant, bare, load, settings);
      rows.push(row);
      console.log(`  ${framework}: ${row.name}: ${row.value.median.toFixed(1)} %; ${row.note}`);
    }
  } finally {
    await bare.child.stop();
  }
  return { title: `${framework}: throughput kept, 500 distinct credentials`, rows };
}

/** Adjacent slices of the two, their order alternating, so that whatever else the machine does falls on both. */
async function measureVariant(
  variant: Variant,
  bare: Omit<Target, "id">,
  load: Child,
  settings: SectionSettings,
): Promise<Row> {
  const { framework, name, title } = variant;
  const { child, server } = await startServer(variant, settings);
  try {
    if (variants.includes(variant)) await assertJudges(variant, server);
    const requests = requestsOf(server);
    const [own, other] = [
      await aim(load, { child, server, id: 1 }, requests),
      await aim(load, { ...bare, id: 2 }, requests),
    ];
    // A server that has just begun runs uncompiled code; the bare one has been at work all along.
    await shoot(load, own, settings.quick ? 2.5 : 4);
    await shoot(load, other, settings.quick ? 0.5 : 1.5);
    return rowFor(`http/${framework}/${name}`, title, await measurePairs(load, own, other, settings));
  } finally {
    await child.stop();
  }
}

interface Pair {
  readonly own: Slice;
  readonly bare: Slice;
}

/** Pairs of slices. One that somebody else has taken the processor from tells of them and not of us: it is measured again, up to twice. */
async function measurePairs(load: Child, own: Target, bare: Target, settings: SectionSettings): Promise<Pairs> {
  const wanted = settings.quick ? 3 : 11;
  const quiet: Pair[] = [];
  const disturbed: Pair[] = [];
  while (quiet.length < wanted && quiet.length + disturbed.length < 3 * wanted) {
    const isOwnFirst = (quiet.length + disturbed.length) % 2 === 0;
    const first = await shoot(load, isOwnFirst ? own : bare, settings.seconds);
    const second = await shoot(load, isOwnFirst ? bare : own, settings.seconds);
    const pair = isOwnFirst ? { own: first, bare: second } : { own: second, bare: first };
    if (Math.min(pair.own.busy, pair.bare.busy) >= leastBusy) quiet.push(pair);
    else disturbed.push(pair);
  }
  return quiet.length === wanted
    ? { pairs: quiet, isQuiet: true }
    : { pairs: [...quiet, ...disturbed], isQuiet: false };
}

interface Pairs {
  readonly pairs: readonly Pair[];
  readonly isQuiet: boolean;
}

function rowFor(id: string, title: string, { pairs, isQuiet }: Pairs): Row {
  const medianOf = (pick: (pair: Pair) => number) => spread(pairs.map(pick)).median;
  const byTime = medianOf(({ own, bare }) => (100 * bare.cpuMicroseconds) / own.cpuMicroseconds);
  const added = medianOf(({ own, bare }) => own.cpuMicroseconds - bare.cpuMicroseconds);
  const [rate, bareRate] = [medianOf(({ own }) => own.perSecond), medianOf(({ bare }) => bare.perSecond)];
  const [p99, bareP99] = [medianOf(({ own }) => own.p99), medianOf(({ bare }) => bare.p99)];
  const facts = [
    `by processor time ${byTime.toFixed(0)} %, ${added < 0 ? "" : "+"}${added.toFixed(1)} µs`,
    `${Math.round(rate)} of ${Math.round(bareRate)}/s`,
    `p99 ${p99.toFixed(1)} of ${bareP99.toFixed(1)} ms`,
    ...(isQuiet ? [] : ["DISTURBED: the processor was taken by others"]),
  ];
  const value = spread(pairs.map(({ own, bare }) => (100 * own.perSecond) / bare.perSecond));
  return { id, name: title, unit: "%", value, note: facts.join("; ") };
}

async function startServer(
  { framework, name }: Pick<Variant, "framework" | "name">,
  settings: SectionSettings,
): Promise<Omit<Target, "id">> {
  const child = startChild({ script: "http/server.ts", core: 0 });
  const message: ServerMessage = { start: { framework, name, rows: rowsOf(settings), folder: settings.folder } };
  return { child, server: await child.ask<StartedServer>(message) };
}

/** The same requests go to both: the bare server receives the credentials as well, and ignores them. */
function requestsOf({ header, credentials }: StartedServer): string[] {
  const lines = credentials.length === 0 ? [""] : credentials.map((credential) => `${header}: ${credential}\r\n`);
  return lines.map((line) => `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${line}\r\n`);
}

async function aim(load: Child, target: Target, requests: readonly string[]): Promise<Target> {
  const message: LoadMessage = { target: target.id, port: target.server.port, requests };
  await load.ask(message);
  return target;
}

async function shoot(load: Child, { child, id }: Target, seconds: number): Promise<Slice> {
  const usage: ServerMessage = { usage: true };
  const before = await child.ask<number>(usage);
  const message: LoadMessage = { target: id, milliseconds: seconds * 1000 };
  const { answered, others, milliseconds, p50, p99 } = await load.ask<Load>(message);
  const used = (await child.ask<number>(usage)) - before;
  if (others > 0) throw new Error(`${others} of ${answered} answers were not 200.`);
  const perSecond = (answered * 1000) / milliseconds;
  return { perSecond, cpuMicroseconds: used / answered, busy: used / 1000 / milliseconds, p50, p99 };
}

/** Every credential opens the door, for somebody; one that was tampered with does not. */
async function assertJudges({ framework, name }: Variant, { port, header, credentials }: StartedServer): Promise<void> {
  for (const credential of credentials) {
    const status = await statusOf(port, header, credential);
    if (status !== 200) throw new Error(`${framework}/${name} answers ${status} to a good credential.`);
  }
  const status = await statusOf(port, header, damaged(credentials[0] ?? ""));
  if (status !== 401) throw new Error(`${framework}/${name} answers ${status} to a damaged credential.`);
}

function statusOf(port: number, header: string, credential: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: "127.0.0.1", headers: { [header]: credential } }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode ?? 0));
    })
      .once("error", reject)
      .end();
  });
}
