// CSRF and fixation: the attacks, really sent, with a victim's cookies; and what came of each. Judges no one.

import { password, strategyOf } from "../children/setup.ts";
import { type Cell, type Column, columns, columnWords } from "../contract.ts";
import type { Lab } from "../lab.ts";
import { scenario } from "../scenario.ts";
import { type Credential, ownOrigin, type Site } from "../site.ts";
import { byColumn } from "./state.ts";

/** What came of one attack. */
export interface AttackOutcome {
  readonly name: string;
  readonly status: number;
  /** The attacker got what they wanted. */
  readonly isThrough: boolean;
  /** What it is when it gets through, where the lab found that it is no request of another site and no fixed credential. */
  readonly outlives?: string;
  /** The victim's own credential is refused after it. */
  readonly endsOwn?: boolean;
}

export interface MeasuredAttacks {
  readonly attacks: Readonly<Record<Column, readonly AttackOutcome[]>>;
}

export const csrfFixation = scenario<Lab, MeasuredAttacks>({
  aspect: "csrf-fixation",
  title: "CSRF and fixation",
  measures:
    "Attacks sent with a victim's cookies, as a browser would send them for another site, and attempts to fix a credential before a sign-in: how many got through. A token that is accepted although its issuer has ended it counts as one.",
  limits:
    "Requests are sent over sockets with the headers that browsers add: what a browser itself prevents (SameSite, cookie prefixes) is not credited. Credentials that a script puts into a header by itself are sent by no other site, and have no such problem. Refused means that service or issuer answered 401 or 403, and that a service accepted the victim's own credential afterwards; with any other answer the lab fails. An attack after which the victim's credential no longer works has got through.",
  sharesMachine: true,
  prepare: async (lab) => lab,
  async run(lab, progress, signal) {
    const found = new Map<Column, readonly AttackOutcome[]>();
    // Each column has an issuer of its own: they do not meet.
    await Promise.all(
      columns.map(async (column) => {
        progress(`attacking ${columnWords[column]}`);
        found.set(column, await attackAll(lab, lab.site(column), signal));
      }),
    );
    return { attacks: byColumn(found) };
  },
  report: reportAttacks,
});

/** The figures of the attacks. Pure. */
export function reportAttacks({ attacks }: MeasuredAttacks) {
  const cell = (column: Column): Cell => {
    const sent = attacks[column];
    const through = sent.filter(({ isThrough }) => isThrough);
    return {
      value: through.length,
      unit: "attacks that got through",
      text: textOf(sent, through),
      detail: `${sent.map(outcomeWords).join("; ")}.`,
    };
  };
  return {
    cells: Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>,
    better: "less" as const,
    margin: { relative: 0, absolute: 0 },
  };
}

function textOf(sent: readonly AttackOutcome[], through: readonly AttackOutcome[]): string {
  if (through.length === 0) return `all ${sent.length} refused`;
  // A token that was never forged and never fixed says nothing of requests by other sites.
  return through.every(({ outlives, endsOwn = false }) => outlives !== undefined && !endsOwn)
    ? "no cross-site request got through; a token outlived its session"
    : `${through.length} of ${sent.length} got through`;
}

function outcomeWords({ name, status, isThrough, outlives, endsOwn = false }: AttackOutcome): string {
  if (!isThrough) return `${name}: refused (${status})`;
  if (endsOwn) return `${name}: got through (${status}): the victim's own credential is refused after it`;
  return `${name}: got through (${status})${outlives === undefined ? "" : `: ${outlives}`}`;
}

interface Scene {
  readonly lab: Lab;
  readonly site: Site;
  readonly port: number;
  /** Signs the victim in anew, by cookies. */
  victim(headers?: Readonly<Record<string, string>>): Promise<Credential>;
  attacker(): Promise<Credential>;
}

/** What an attack was answered. */
interface Attempt extends Omit<AttackOutcome, "name"> {
  /** What the victim has, and wants to go on using. */
  readonly own: Credential;
}

type Attack = readonly [name: string, launch: (scene: Scene) => Promise<Attempt>];

const elsewhere = "https://evil.example";

/** Requests to a service that another site causes: what each says of where it comes from. */
const forged: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["a form on another site", { "sec-fetch-site": "cross-site", origin: elsewhere }],
  ["a form on a neighbouring host", { "sec-fetch-site": "same-site", origin: "http://neighbour.localhost" }],
  ["another site, in a browser without Fetch Metadata", { origin: elsewhere }],
  ["a sandboxed frame", { origin: "null" }],
  ["a request that says nothing of its origin", {}],
];

const attacks: readonly Attack[] = [
  ...forged.map(
    ([name, headers]): Attack => [
      name,
      async ({ lab, port, victim }) => {
        const own = await victim();
        const { status } = await lab.http.send({
          port,
          method: "POST",
          path: "/transfer",
          headers: { ...own.headers, ...headers },
        });
        return { status, isThrough: status === 200, own };
      },
    ],
  ),
  [
    "a WebSocket opened by another site",
    async ({ lab, port, victim }) => {
      const own = await victim();
      const upgrade = {
        connection: "Upgrade",
        upgrade: "websocket",
        origin: elsewhere,
        "sec-fetch-site": "cross-site",
      };
      const { status } = await lab.http.send({ port, headers: { ...own.headers, ...upgrade } });
      return { status, isThrough: status === 101, own };
    },
  ],
  [
    "a sign-out by another site",
    async ({ lab, site, victim }) => {
      const own = await victim();
      const { status } = await lab.http.send({
        ...{ port: site.issuerPort, method: "POST", path: "/auth/sign-out" },
        headers: { ...own.headers, origin: elsewhere, "sec-fetch-site": "cross-site" },
      });
      await lab.clock.sleep(settleMs);
      // Whether it signed the victim out is asked of their credential, as after each attack.
      return { status, isThrough: false, own };
    },
  ],
  [
    "a sign-in to the attacker's account by another site",
    async ({ lab, site, victim, attacker }) => {
      const own = await victim();
      const { email } = await attacker();
      const { status, headers } = await lab.http.send({
        ...{ port: site.issuerPort, method: "POST", path: "/auth/sign-in" },
        headers: { "content-type": "application/json", origin: elsewhere, "sec-fetch-site": "cross-site" },
        body: JSON.stringify({ email, password, strategy: strategyOf(site.column), transport: "cookie" }),
      });
      return { status, isThrough: (headers["set-cookie"] ?? []).some((line) => !/max-age=0/i.test(line)), own };
    },
  ],
  [
    "a session id that the attacker chose before the sign-in",
    async ({ site, port, victim }) => {
      const planted = { cookie: "__Host-Http-sid=attackers-choice-of-session" };
      const own = await victim(planted);
      const status = await site.ask(port, planted);
      return { status, isThrough: status === 200, own };
    },
  ],
  [
    "the attacker's cookie planted beside the victim's",
    async ({ site, port, victim, attacker }) => {
      const planted = await attacker();
      const own = await victim();
      const status = await site.ask(port, { cookie: `${planted.headers.cookie}; ${own.headers.cookie}` });
      return { status, isThrough: status === 200, own };
    },
  ],
  [
    "a credential that the attacker knew before the victim signed in again",
    async ({ lab, site, port, victim }) => {
      const known = await victim();
      const own = await victim(known.headers);
      await lab.clock.sleep(settleMs);
      const status = await site.ask(port, known.headers);
      const isThrough = status === 200;
      const isEnded = isThrough && (await isEndedByIssuer({ lab, site }, known));
      return { status, isThrough, own, ...(isEnded ? { outlives: outlivesWords } : {}) };
    },
  ],
];

/** What its issuer has ended is not fixed by anybody: it is accepted as any stolen token is. */
const outlivesWords =
  "the issuer has ended it, but a service that follows no feed accepts the old token until it runs out";

/** Whether the issuer accepts an old credential no more, and renews it no more where there is a refresh token. */
async function isEndedByIssuer({ lab, site }: Pick<Scene, "lab" | "site">, known: Credential): Promise<boolean> {
  const { headers, refreshCookie } = known;
  const to = { port: site.issuerPort, headers: { host: new URL(site.issuer).host, ...ownOrigin, ...headers } };
  const { status } = await lab.http.send({ ...to, path: "/auth/session" });
  if (status !== 401 || refreshCookie === undefined) return status === 401;
  // Beside its access token, as a browser sends it: alone it would be refused for that.
  const cookie = `${headers.cookie}; ${refreshCookie}`;
  const renewal = { method: "POST", path: "/auth/refresh", headers: { ...to.headers, cookie } };
  return (await lab.http.send({ ...to, ...renewal })).status === 401;
}

/** After this, what was ended is refused by who is told of it. */
const settleMs = 500;

async function attackAll(lab: Lab, site: Site, signal: AbortSignal): Promise<AttackOutcome[]> {
  const [port = 0] = site.services;
  const victimsEmail = await site.addSubject();
  const attackersEmail = await site.addSubject();
  const scene: Scene = {
    ...{ lab, site, port },
    victim: (headers) => site.signIn(victimsEmail, "cookie", headers),
    attacker: () => site.signIn(attackersEmail, "cookie"),
  };
  await requireOwnRequests(scene);
  const outcomes: AttackOutcome[] = [];
  for (const [name, launch] of attacks) {
    const { own, ...attempt } = await launch(scene);
    outcomes.push(judgeAttack(site.column, { name, ...attempt }, await site.ask(port, own.headers)));
    signal.throwIfAborted();
  }
  return outcomes;
}

/**
 * What came of an attack, by what the victim's own credential is answered afterwards. Throws where a service failed: that is no refusal. Pure, but for that.
 */
export function judgeAttack(column: Column, attempt: AttackOutcome, ownStatus: number): AttackOutcome {
  const { name, status, isThrough } = attempt;
  if (ownStatus !== 200 && !isRefusal(ownStatus)) {
    throw new Error(`${column}: after ${name} the victim's own credential was answered ${ownStatus}.`);
  }
  if (ownStatus !== 200) return { ...attempt, isThrough: true, endsOwn: true };
  if (!isThrough && !isRefusal(status)) throw new Error(`${column}: ${name} was answered ${status}.`);
  return attempt;
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

// Who refuses everybody withstands every attack: the victim's own request must pass.
async function requireOwnRequests({ lab, site, port, victim }: Scene): Promise<void> {
  const { headers } = await victim();
  const { status } = await lab.http.send({
    port,
    method: "POST",
    path: "/transfer",
    headers: { ...headers, ...ownOrigin },
  });
  if (status !== 200) throw new Error(`${site.column}: the owner's own request was answered ${status}.`);
}
