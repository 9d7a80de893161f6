// One column of the lab: its issuer, its services, and what clients do there. Starts no process but the one for services apart.

import { join } from "node:path";
import type { Child, startChild } from "../processes/child.ts";
import { type Counts, together } from "../processes/counted-store.ts";
import { type Answer, cookiesOf, type HttpClient } from "../processes/http.ts";
import type { IssuerActs, ServiceActs } from "./children/acts.ts";
import { addressOf, password, type ServiceSetup, type Setup, strategyOf } from "./children/setup.ts";
import type { Column, Conditions } from "./contract.ts";
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

/** Columns that are made worse. */
export type WorseColumns = Readonly<Partial<Record<Column, WorseModule>>>;

/** Requests of browsers to their own issuer say so. */
export const ownOrigin = { "sec-fetch-site": "same-origin" } as const;

/** The script of the services' processes. */
export const serviceEntry = new URL("./children/service.ts", import.meta.url);

/** What all columns share. */
export interface SiteParts {
  readonly conditions: Conditions;
  readonly http: HttpClient;
  readonly folder: string;
  /** Where stores are filled by thousands: in memory where the system has such a place, for each write waits for its disk. */
  readonly fastFolder: string;
  readonly secret: string;
  readonly worse: WorseColumns;
  readonly start: typeof startChild;
}

/** The processes of a column. */
export interface SiteProcesses {
  readonly column: Column;
  readonly issuer: Child<IssuerActs>;
  readonly services: readonly Child<ServiceActs>[];
  /** The issuer's host as visitors name it, or its origin. */
  readonly host: string;
  /** What its files begin with. */
  readonly prefix: string;
}

/** Starts the issuer and the services of a column, each in a process that is there. */
export async function openSite(parts: SiteParts, processes: SiteProcesses): Promise<Site> {
  const { folder, fastFolder } = parts;
  const { column, issuer, services, host, prefix } = processes;
  const setup = setupOf(parts, column, `${prefix}${column}.db`);
  const opened = await issuer.call("open", { ...setup, folders: [folder, fastFolder], host });
  const issuerUrl = `http://127.0.0.1:${opened.port}`;
  const open: OpenService = async (service, how) => {
    const { port } = await service.call("open", { ...setup, ...opened, issuerUrl, ...how });
    return port;
  };
  const ports = await Promise.all(
    services.map((service, index) =>
      open(service, { name: `service-${index + 1}`, feedOrigin: issuerUrl, knows: "own" }),
    ),
  );
  let apart: Promise<Child<ServiceActs>> | undefined;
  return {
    ...{ column, issuer: opened.issuer, issuerPort: opened.port, services: ports },
    ...actsOfClients(parts, column, opened),
    ...actsOfOperator(parts, processes),
    async addService({ feedOrigin = issuerUrl, knows = "own" }) {
      apart ??= parts.start<ServiceActs>(serviceEntry);
      return open(await apart, { name: "service-apart", feedOrigin, knows });
    },
  };
}

/** What a process is told of a column. */
export function setupOf({ conditions, folder, secret, worse }: SiteParts, column: Column, file: string): Setup {
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

type OpenService = (
  service: Child<ServiceActs>,
  how: Pick<ServiceSetup, "name" | "feedOrigin" | "knows">,
) => Promise<number>;

type ActsOfClients = Pick<Site, "signIn" | "signOut" | "renew" | "ask">;

function actsOfClients(
  { http }: SiteParts,
  column: Column,
  { port, issuer }: { readonly port: number; readonly issuer: string },
): ActsOfClients {
  const post = (path: string, headers: Readonly<Record<string, string>>, body?: object) =>
    http.send({
      ...{ port, method: "POST", path },
      headers: {
        host: new URL(issuer).host,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...ownOrigin,
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    async signIn(email, transport, headers = {}) {
      const body = { email, password, strategy: strategyOf(column), transport };
      return credentialOf(await post("/auth/sign-in", headers, body), email);
    },
    async signOut({ headers }) {
      const { status } = await post("/auth/sign-out", headers);
      if (status !== 204) throw new Error(`A sign-out of the lab was answered ${status}.`);
    },
    renew: ({ refresh = "" }) => post("/auth/refresh", {}, { refresh_token: refresh }),
    ask: async (to, headers) => (await http.send({ port: to, headers })).status,
  };
}

type ActsOfOperator = Pick<Site, "addSubject" | "counts" | "rows">;

function actsOfOperator({ conditions }: SiteParts, { column, issuer, services }: SiteProcesses): ActsOfOperator {
  let subjects = 0;
  return {
    async addSubject(claims = conditions.claims) {
      subjects += 1;
      const email = addressOf(claims, `s${subjects}`);
      await issuer.call("addSubject", { column, email });
      return email;
    },
    async counts() {
      const ofServices = services.map((service) => service.call("counts", { column }));
      return together(await Promise.all([issuer.call("counts", { column }), ...ofServices]));
    },
    rows: () => issuer.call("rows", { column }),
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
