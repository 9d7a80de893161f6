// The laboratory: an issuer process, service processes, a load, for every column. Measures nothing, and leaves nothing behind.

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@countersign/verifier";
import { type Acts, type Child, type ChildOptions, startChild } from "./child.ts";
import type { FillActs, IssuerActs, Load, LoadActs, LoadOutcome, ServiceActs } from "./children/acts.ts";
import { addressOf, password, type ServiceSetup, type Setup, strategyOf } from "./children/setup.ts";
import { bounds } from "./conditions.ts";
import { type Column, type Conditions, columns } from "./contract.ts";
import { type Counts, together } from "./counted-store.ts";
import { type Answer, cookiesOf, createHttpClient, type HttpClient } from "./http.ts";
import type { WorseModule } from "./worse.ts";

/** How a credential travels: in cookies, as browsers do it, or as a bearer token, as programs do it. */
export type Transport = "cookie" | "token";

/** What one sign-in came with. */
export interface Credential {
  readonly sid: string;
  readonly email: string;
  /** What a request to a service bears. */
  readonly headers: Readonly<Record<string, string>>;
  /** The refresh token, where there is one. */
  readonly refresh?: string;
  /** The path to which a cookie with a refresh token is sent, where there is one. */
  readonly refreshCookie?: string;
}

/** One column: an issuer and its services. */
export interface Site {
  readonly column: Column;
  readonly issuer: string;
  readonly issuerPort: number;
  /** The ports of the services, one process each. */
  readonly services: readonly number[];
  /** Makes a subject, whose credentials carry so many claims. */
  addSubject(claims?: number): Promise<string>;
  signIn(email: string, transport: Transport, headers?: Readonly<Record<string, string>>): Promise<Credential>;
  /** Signs a credential out, as its owner does; resolves once that is committed and acknowledged. */
  signOut(credential: Credential): Promise<void>;
  /** Renews by the refresh token, as programs do. */
  renew(credential: Credential): Promise<Answer>;
  /** The status with which a service answers. */
  ask(port: number, headers: Readonly<Record<string, string>>): Promise<number>;
  /** What the stores of all processes were asked so far. */
  counts(): Promise<Counts>;
  /** Rows of sessions that the issuer keeps. */
  rows(): Promise<number>;
  /** One more service, in a process that such services share: by default one of ours that reaches the issuer directly. */
  addService(how: { readonly feedOrigin?: string; readonly knows?: ServiceSetup["knows"] }): Promise<number>;
}

/** A store with so many sessions. */
export interface Filled {
  readonly sessions: number;
  readonly bytesPerSubject: number;
  /** What one judgement costs then. */
  readonly microseconds: number;
}

export interface Lab {
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly http: HttpClient;
  site(column: Column): Site;
  load(load: Load): Promise<LoadOutcome>;
  /** Issuers and one service process apart from the others, where visitors name the issuer's host, or its whole origin, so. */
  openApart(host: string): Promise<(column: Column) => Site>;
  /**
   * Fills a store of its own with sessions, in a process of its own, and weighs and times it at each size. Done once for each column, for whoever
   * asks first; `tell` is told each size.
   */
  fill(column: Column, tell: (sessions: number) => void): Promise<readonly Filled[]>;
  close(): Promise<void>;
}

/** Columns that are made worse. */
export type WorseColumns = Readonly<Partial<Record<Column, WorseModule>>>;

const entries = {
  issuer: new URL("./children/issuer.ts", import.meta.url),
  service: new URL("./children/service.ts", import.meta.url),
  load: new URL("./children/load.ts", import.meta.url),
  fill: new URL("./children/fill.ts", import.meta.url),
};

/** Requests of browsers to their own issuer say so. */
export const ownOrigin = { "sec-fetch-site": "same-origin" } as const;

/**
 * Starts the processes. When `signal` is aborted they end at once, and what is under way fails. `worse` is for the tests of the lab: which columns
 * are worse than they are, and by what.
 */
export async function openLab(conditions: Conditions, signal: AbortSignal, worse: WorseColumns = {}): Promise<Lab> {
  signal.throwIfAborted();
  const clock = systemClock;
  const folder = mkdtempSync(join(tmpdir(), "countersign-lab-"));
  const fastFolder = mkdtempSync(join(fastPlace(), "countersign-lab-"));
  const secret = randomBytes(32).toString("base64url");
  const started: { end(): Promise<void> }[] = [];
  const http = createHttpClient();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  async function closeAll(): Promise<void> {
    signal.removeEventListener("abort", close);
    http.close();
    await Promise.allSettled(started.map((child) => child.end()));
    for (const each of [folder, fastFolder]) rmSync(each, { recursive: true, force: true });
  }
  signal.addEventListener("abort", close, { once: true });
  async function start<Table extends Acts<Table>>(entry: URL, options?: ChildOptions): Promise<Child<Table>> {
    const child = await startChild<Table>(entry, options);
    started.push(child);
    // It was called off meanwhile.
    if (closing !== undefined) await child.end();
    signal.throwIfAborted();
    return child;
  }
  try {
    const parts: SiteParts = { conditions, http, folder, fastFolder, secret, worse, start };
    const [issuer, load, ...services] = await Promise.all([
      start<IssuerActs>(entries.issuer),
      start<LoadActs>(entries.load),
      ...Array.from({ length: serviceCount(conditions) }, () => start<ServiceActs>(entries.service)),
    ]);
    const fills = new Map<Column, Promise<readonly Filled[]>>();
    const sites = new Map<Column, Site>();
    for (const column of columns) sites.set(column, await openSite(parts, { column, issuer, services, ...usual }));
    return {
      ...{ conditions, clock, http, close },
      site: (column) => found(sites, column),
      load: (input) => load.call("run", input),
      async openApart(host) {
        const [apartIssuer, ...apart] = await Promise.all([
          start<IssuerActs>(entries.issuer),
          start<ServiceActs>(entries.service),
        ]);
        const apartSites = new Map<Column, Site>();
        for (const column of columns) {
          const site = { column, issuer: apartIssuer, services: apart, host, prefix: `apart-${started.length}-` };
          apartSites.set(column, await openSite(parts, site));
        }
        return (column) => found(apartSites, column);
      },
      fill(column, tell) {
        const known = fills.get(column);
        if (known !== undefined) return known;
        const usual = setupOf({ ...parts, folder: fastFolder }, column, `${column}.db`);
        // Nobody waits here for tokens to run out, and none may while it is timed, however slow the machine is.
        const setup = { ...usual, conditions: { accessLifetime: bounds.accessLifetime[1] } };
        const filling = fillStore(parts, setup, tell);
        fills.set(column, filling);
        return filling;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The least free space of a file system in memory for it to be used, in bytes. */
const enough = 4e9;

function fastPlace(): string {
  const inMemory = "/dev/shm";
  // Whoever says where temporary files go is obeyed.
  if (process.env.TMPDIR !== undefined || !existsSync(inMemory)) return tmpdir();
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize >= enough ? inMemory : tmpdir();
}

/** Service processes: as many as asked for, and for the scalability as many as it compares. */
function serviceCount({ services, rows, quick }: Conditions): number {
  return rows.includes("scalability") ? Math.max(services, quick ? 2 : 4) : services;
}

interface SiteParts {
  readonly conditions: Conditions;
  readonly http: HttpClient;
  readonly folder: string;
  /** Where stores are filled by thousands: in memory where the system has such a place, for each write waits for its disk. */
  readonly fastFolder: string;
  readonly secret: string;
  readonly worse: WorseColumns;
  readonly start: typeof startChild;
}

function setupOf({ conditions, folder, secret, worse }: SiteParts, column: Column, file: string): Setup {
  const { accessLifetime, store } = conditions;
  const { [column]: isWorse } = worse;
  return {
    column,
    secret,
    conditions: { accessLifetime },
    databasePath: store === "memory" ? null : join(folder, file),
    ...(isWorse === undefined ? {} : { worse: isWorse }),
  };
}

async function fillStore(
  { conditions, start }: SiteParts,
  setup: Setup,
  tell: (sessions: number) => void,
): Promise<readonly Filled[]> {
  const { quick, seed } = conditions;
  const filler = await start<FillActs>(entries.fill, { execArgv: ["--expose-gc"] });
  await filler.call("open", { ...setup, seed });
  const found: Filled[] = [];
  for (const sessions of sizesOf(conditions)) {
    tell(sessions);
    const { bytesPerSubject } = await filler.call("grow", { to: sessions });
    const { microseconds } = await filler.call("time", quick ? quickTiming : fullTiming);
    found.push({ sessions, bytesPerSubject, microseconds });
  }
  await filler.end();
  // A million sessions are 300 MB, which may lie in memory.
  const { databasePath } = setup;
  if (databasePath !== null) for (const end of ["", "-wal", "-shm"]) rmSync(databasePath + end, { force: true });
  return found;
}

const quickTiming = { judgements: 500, tokens: 10 } as const;
const fullTiming = { judgements: 5000, tokens: 50 } as const;

/** How many sessions a store is filled with. A million of them, as objects in a process, would weigh a gigabyte. */
function sizesOf({ quick, store }: Conditions): readonly number[] {
  if (quick) return [1000, 10_000];
  return store === "memory" ? [1000, 10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000];
}

interface SiteProcesses {
  readonly column: Column;
  readonly issuer: Child<IssuerActs>;
  readonly services: readonly Child<ServiceActs>[];
  /** The issuer's host as visitors name it, or its origin. */
  readonly host: string;
  /** What its files begin with. */
  readonly prefix: string;
}

const usual = { host: "127.0.0.1", prefix: "" } as const;

function found(sites: ReadonlyMap<Column, Site>, column: Column): Site {
  const site = sites.get(column);
  if (site === undefined) throw new Error(`There is no site of ${column}.`);
  return site;
}

async function openSite(parts: SiteParts, { column, issuer, services, host, prefix }: SiteProcesses): Promise<Site> {
  const { http, folder, fastFolder, conditions, start } = parts;
  const setup = setupOf(parts, column, `${prefix}${column}.db`);
  const opened = await issuer.call("open", { ...setup, folders: [folder, fastFolder], host });
  const issuerUrl = `http://127.0.0.1:${opened.port}`;
  const open = async (service: Child<ServiceActs>, how: Pick<ServiceSetup, "name" | "feedOrigin" | "knows">) => {
    const { port } = await service.call("open", { ...setup, ...opened, issuerUrl, ...how });
    return port;
  };
  const ports = await Promise.all(
    services.map((service, index) =>
      open(service, { name: `service-${index + 1}`, feedOrigin: issuerUrl, knows: "own" }),
    ),
  );
  let subjects = 0;
  let apart: Promise<Child<ServiceActs>> | undefined;
  return {
    ...{ column, issuer: opened.issuer, issuerPort: opened.port, services: ports },
    async addSubject(claims = conditions.claims) {
      subjects += 1;
      const email = addressOf(claims, `s${subjects}`);
      await issuer.call("addSubject", { column, email });
      return email;
    },
    async signIn(email, transport, headers = {}) {
      const answer = await http.send({
        ...{ port: opened.port, method: "POST", path: "/auth/sign-in" },
        headers: { host: new URL(opened.issuer).host, "content-type": "application/json", ...ownOrigin, ...headers },
        body: JSON.stringify({ email, password, strategy: strategyOf(column), transport }),
      });
      return credentialOf(answer, email);
    },
    async signOut({ headers }) {
      const answer = await http.send({
        ...{ port: opened.port, method: "POST", path: "/auth/sign-out" },
        headers: { host: new URL(opened.issuer).host, ...ownOrigin, ...headers },
      });
      if (answer.status !== 204) throw new Error(`A sign-out of the lab was answered ${answer.status}.`);
    },
    renew: ({ refresh = "" }) =>
      http.send({
        ...{ port: opened.port, method: "POST", path: "/auth/refresh" },
        headers: { host: new URL(opened.issuer).host, "content-type": "application/json", ...ownOrigin },
        body: JSON.stringify({ refresh_token: refresh }),
      }),
    ask: async (port, headers) => (await http.send({ port, headers })).status,
    async counts() {
      const ofServices = services.map((service) => service.call("counts", { column }));
      return together(await Promise.all([issuer.call("counts", { column }), ...ofServices]));
    },
    rows: () => issuer.call("rows", { column }),
    async addService({ feedOrigin = issuerUrl, knows = "own" }) {
      apart ??= start<ServiceActs>(entries.service);
      return open(await apart, { name: "service-apart", feedOrigin, knows });
    },
  };
}

/** What a sign-in or a renewal was answered with. Throws when it was refused. */
export function credentialOf(answer: Answer, email: string): Credential {
  const body: unknown = answer.body === "" ? {} : JSON.parse(answer.body);
  if (answer.status !== 200)
    throw new Error(`A sign-in of the lab was answered ${answer.status}: ${member(body, "code")}`);
  const sid = member(body, "sid");
  const bearer = member(body, "access_token") || member(body, "session_token");
  if (bearer !== "") {
    const refresh = member(body, "refresh_token");
    return { sid, email, headers: { authorization: `Bearer ${bearer}` }, ...(refresh === "" ? {} : { refresh }) };
  }
  const cookies = cookiesOf(answer);
  const to = (path: string) =>
    cookies.filter((each) => each.path === path).map(({ name, value }) => `${name}=${value}`);
  const [refreshCookie] = to("/auth/refresh");
  return {
    ...{ sid, email, headers: { cookie: to("/").join("; ") } },
    ...(refreshCookie === undefined ? {} : { refreshCookie }),
  };
}

function member(body: unknown, name: string): string {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === "string" ? value : "";
}
