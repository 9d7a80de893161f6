// Payload: the bytes that a credential adds to each request, as a raw server receives them. Judges no one.

import { type Cell, type Column, columns, columnWords, type Point } from "../contract.ts";
import { bytesText } from "../figures.ts";
import type { Lab } from "../lab.ts";
import { scenario } from "../scenario.ts";
import type { Site, Transport } from "../site.ts";
import { openWireTap, type WireTap } from "../wire-tap.ts";
import { byColumn } from "./state.ts";

/** Bytes of a request by how many claims the subject has. */
export interface Weights {
  readonly cookie: readonly Point[];
  readonly token: readonly Point[];
}

export interface MeasuredPayload {
  readonly claims: number;
  /** A request without any credential. */
  readonly bare: number;
  readonly weights: Readonly<Record<Column, Weights>>;
}

/** Numbers of claims for the plot, beside the one of the conditions. */
const steps = [0, 5, 10, 20] as const;

export const payload = scenario<Lab, MeasuredPayload>({
  aspect: "payload",
  title: "Payload size",
  measures:
    "The bytes that the credential adds to each request of a browser, by cookies, as a raw server received them: the credential with its header’s name and separators; and the same for a program, by bearer token, with 0 to 20 claims.",
  limits:
    "Bytes of HTTP/1.1: over HTTP/2 and 3 a header that repeats is compressed after the first request of a connection. Cookies hold identifiers only, so claims add nothing to a browser's request, and the services that need them ask. Refresh tokens are sent to one path only, and do not count. A hybrid in a browser sends two cookies, the session's and the token's: more than either alone.",
  sharesMachine: true,
  prepare: async (lab) => lab,
  async run(lab, progress, signal) {
    const counts = [...new Set([...steps, lab.conditions.claims])].sort((a, b) => a - b);
    const tap = await openWireTap();
    try {
      const bare = await weighRequest(lab, tap, {});
      const weights = new Map<Column, Weights>();
      for (const column of columns) {
        progress(`weighing requests of ${columnWords[column]}`);
        const site = lab.site(column);
        const found: Record<Transport, Point[]> = { cookie: [], token: [] };
        for (const claims of counts) {
          const email = await site.addSubject(claims);
          for (const transport of ["cookie", "token"] as const) {
            found[transport].push([claims, await weighCredential(lab, site, tap, email, transport)]);
          }
          signal.throwIfAborted();
        }
        weights.set(column, found);
      }
      return { claims: lab.conditions.claims, bare, weights: byColumn(weights) };
    } finally {
      await tap.close();
    }
  },
  report: reportPayload,
});

/** The figures of what was received. Pure. */
export function reportPayload({ claims, bare, weights }: MeasuredPayload) {
  const added = (points: readonly Point[], at: number) =>
    (points.find(([count]) => count === at)?.[1] ?? Number.NaN) - bare;
  const cell = (column: Column): Cell => {
    const { cookie, token } = weights[column];
    const most = token.at(-1)?.[0] ?? 0;
    return {
      value: added(cookie, claims),
      unit: "bytes added to a browser's request",
      text: `${bytesText(added(cookie, claims))} by cookie, ${bytesText(added(token, claims))} as bearer`,
      detail: `By cookie ${bytesText(added(cookie, claims))}, whatever the claims. As bearer ${bytesText(added(token, 0))} without claims, ${bytesText(added(token, claims))} with ${claims}, ${bytesText(added(token, most))} with ${most}.`,
    };
  };
  const plot = (title: string, transport: Transport) => ({
    title,
    x: { name: "claims", scale: "linear" as const },
    y: { name: "bytes added to a request", scale: "linear" as const },
    lines: columns.map((column) => ({
      column,
      points: weights[column][transport].map(([count, bytes]) => [count, bytes - bare] as const),
    })),
  });
  return {
    cells: Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>,
    better: "less" as const,
    margin: { relative: 0.1, absolute: 8 },
    series: [plot("As a bearer token", "token"), plot("By cookies", "cookie")],
  };
}

// Also asks a service, once: what is weighed is a credential that is accepted.
async function weighCredential(
  lab: Lab,
  site: Site,
  tap: WireTap,
  email: string,
  transport: Transport,
): Promise<number> {
  const { headers } = await site.signIn(email, transport);
  const [port = 0] = site.services;
  const status = await site.ask(port, headers);
  if (status !== 200) throw new Error(`${site.column}: a fresh credential was answered ${status}.`);
  return weighRequest(lab, tap, headers);
}

async function weighRequest(lab: Lab, tap: WireTap, headers: Readonly<Record<string, string>>): Promise<number> {
  await lab.http.send({
    port: tap.port,
    path: "/orders",
    headers: { host: "shop.example", connection: "close", ...headers },
  });
  return tap.last();
}
