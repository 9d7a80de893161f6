// Revocation: a credential in constant use at every service is signed out; how long until the last of them refuses. Judges no one.

import { type Cell, type Column, type Conditions, columns, columnWords } from "../contract.ts";
import { msText, refusalText, type Spread, spreadOf } from "../figures.ts";
import type { Lab } from "../lab.ts";
import { layRelay } from "../relay.ts";
import { scenario } from "../scenario.ts";
import { pick, seeded } from "../seeded.ts";
import type { Credential, Site } from "../site.ts";
import { byColumn } from "./state.ts";

/** One round: when the last request that any service accepted began. */
export interface Round {
  /** Milliseconds after the acknowledged sign-out; 0 where none that began after it was accepted. */
  readonly ms: number;
  /** Otherwise the lab gave up waiting. */
  readonly isRefused: boolean;
}

export interface MeasuredRevocation {
  readonly services: number;
  readonly accessLifetime: number;
  readonly rounds: Readonly<Record<Column, readonly Round[]>>;
  /** With the wire between a service and its issuer cut; none where there is no wire. */
  readonly cut: Readonly<Partial<Record<Column, readonly (Round & { readonly status: number })[]>>>;
}

/** What was measured with the machine to itself. */
interface Prompt {
  readonly lab: Lab;
  readonly rounds: Map<Column, readonly Round[]>;
}

/** Columns whose credentials end by themselves only: their rounds run side by side, for they consist of waiting. */
const waiting: readonly Column[] = ["jwt", "jwt-alone"];

/** Verifiers accept a token for so long past its end, by default: clocks differ. */
const usualLeewaySeconds = 10;

export const revocation = scenario<Prompt, MeasuredRevocation>({
  aspect: "revocation",
  title: "Revocation",
  measures:
    "A credential is in constant use at every service; its owner signs out; the time from the acknowledged sign-out until the last request that any of them still accepted began, over many rounds.",
  limits:
    'One machine and its loopback network: add the way between your machines. The lab waits for tokens to run out, so theirs are short-lived and judged without leeway; they are signed out at a moment chosen evenly over their life. A time ends where the last request that was accepted began: what was under way then is not counted, nor how long the refusal of the next took. Where no request that began after the answer to the sign-out was accepted there is no time, and it says "already refused". The feed is cut on a wire: the hybrid has one, a session under the feed has one with --store memory only, so in a shared database file that is not timed.',
  sharesMachine: true,
  // Milliseconds decide here: one after another, and nothing beside.
  async prepare(lab, progress, signal) {
    const rounds = new Map<Column, readonly Round[]>();
    for (const column of prompt) {
      progress(`${columnWords[column]}: signing out, again and again`);
      rounds.set(column, await signOutRounds(lab, lab.site(column), signal));
    }
    return { lab, rounds };
  },
  // And seconds here: what has to be waited for is waited for at once.
  async run({ lab, rounds }, progress, signal) {
    const { quick, services, accessLifetime } = lab.conditions;
    const cut: MeasuredRevocation["cut"] = {};
    const expiries = waiting.map(async (column) => {
      rounds.set(column, await waitForExpiry(lab, lab.site(column), quick ? 6 : 20, signal));
    });
    const cuts = async () => {
      for (const column of columns.filter((each) => hasWire(lab, each))) {
        progress(`${columnWords[column]}: the feed is cut`);
        Object.assign(cut, { [column]: await cutRounds(lab, lab.site(column), quick ? 1 : 3, signal) });
      }
      progress("waiting for tokens to run out");
    };
    await Promise.all([...expiries, cuts()]);
    return { services, accessLifetime, rounds: byColumn(rounds), cut };
  },
  report: reportRevocation,
});

/** The figures of the rounds. Pure. */
export function reportRevocation({ services, accessLifetime, rounds, cut }: MeasuredRevocation) {
  const spreads = (column: Column) => spreadOf(rounds[column].map(({ ms }) => ms));
  const cell = (column: Column): Cell => {
    const spread = spreads(column);
    const isMissed = rounds[column].some(({ isRefused }) => !isRefused);
    return {
      value: isMissed ? null : spread.median,
      unit: "ms for which a service still accepts, median",
      text: isMissed ? `not refused within ${msText(spread.worst)}` : spreadText(spread),
      detail: [spreadWords(spread, services), lifetimeWords(column, accessLifetime), cutWords(cut[column])]
        .filter((words) => words !== "")
        .join(" "),
    };
  };
  return {
    cells: Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>,
    better: "less" as const,
    // Below this a person sees no difference, and the machine's other work decides.
    margin: { relative: 0.25, absolute: 10 },
    series: [
      {
        title: "Milliseconds for which a service still accepts",
        x: { name: "part of the rounds", scale: "linear" as const },
        y: { name: "ms", scale: "log" as const },
        lines: columns.map((column) => ({
          column,
          points: rounds[column]
            .map(({ ms }) => ms)
            .toSorted((a, b) => a - b)
            .map((ms, index, all) => [(index + 1) / all.length, Math.round(ms * 100) / 100] as const),
        })),
      },
    ],
  };
}

function spreadText({ median, worst }: Spread): string {
  return worst === 0 ? refusalText(worst) : `${refusalText(median)}, at worst ${refusalText(worst)}`;
}

function spreadWords({ median, p99, worst, rounds }: Spread, services: number): string {
  const past =
    median === 0 ? " Already refused: no request that began after the sign-out was answered was accepted." : "";
  return `Median: ${refusalText(median)}; p99: ${refusalText(p99)}; worst: ${refusalText(worst)}; over ${rounds} rounds at ${services} services.${past}`;
}

function lifetimeWords(column: Column, accessLifetime: number): string {
  if (!waiting.includes(column)) return "";
  return `It is accepted until it runs out: here after at most ${accessLifetime} s; with 5 minutes and the usual leeway of ${usualLeewaySeconds} s, up to 310 s, and half of that on average.`;
}

function cutWords(rounds: MeasuredRevocation["cut"][Column]): string {
  if (rounds === undefined) return "";
  const worst = rounds.toSorted((a, b) => a.ms - b.ms).at(-1);
  if (worst === undefined) return "";
  if (!worst.isRefused) return `With the feed cut: still accepted after ${msText(worst.ms)}.`;
  return `With the feed cut: accepted no more after ${msText(worst.ms)} at the worst (then answered ${worst.status}).`;
}

/** Whether a wire leads from the column's services to what they judge by, which can be cut without stopping everything. */
function hasWire(lab: Lab, column: Column): boolean {
  return column === "hybrid" || (column === "session-feed" && lab.conditions.store === "memory");
}

/** Columns whose ends take milliseconds. */
const prompt = columns.filter((column) => !waiting.includes(column));

/** A median of fewer is none. */
const leastRounds = 3;

async function signOutRounds(lab: Lab, site: Site, signal: AbortSignal): Promise<Round[]> {
  const email = await site.addSubject();
  const found: Round[] = [];
  const share = { index: prompt.indexOf(site.column), of: prompt.length };
  for (const _ of lab.budget.rounds("sign-out", lab.conditions.quick ? 15 : 100, leastRounds, share)) {
    const credential = await site.signIn(email, "token");
    const round = await oneRound(lab, site, credential, () => site.signOut(credential), { pauseMs: 0, signal });
    found.push(round);
    // Once is enough: the row has no figure then, and each more would be waited for in vain.
    if (!round.isRefused) break;
  }
  return found;
}

async function waitForExpiry(lab: Lab, site: Site, many: number, signal: AbortSignal): Promise<Round[]> {
  const email = await site.addSubject();
  const moments = momentsOf(lab.conditions, many);
  const credentials: Credential[] = [];
  for (let index = 0; index < many; index += 1) credentials.push(await site.signIn(email, "token"));
  return Promise.all(
    credentials.map((credential, index) => {
      const revoke = async () => {
        await lab.clock.sleep(moments[index] ?? 0, signal);
        await site.signOut(credential);
      };
      return oneRound(lab, site, credential, revoke, { pauseMs: 20, signal });
    }),
  );
}

/** When so many tokens are signed out, in milliseconds: evenly over the shortest life that a token of this lifetime has, by the seed. Pure. */
export function momentsOf(
  { seed, accessLifetime }: Pick<Conditions, "seed" | "accessLifetime">,
  many: number,
): readonly number[] {
  const choose = seeded(seed);
  return Array.from({ length: many }, (_, index) => ((index + choose()) / many) * accessLifetime * 800);
}

interface Using {
  /** Between two requests to one service. */
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

// The credential is used at every service, without an end; each notes which request was the last that it accepted.
async function oneRound(
  lab: Lab,
  site: Site,
  { headers }: Credential,
  revoke: () => Promise<void>,
  using: Using,
): Promise<Round> {
  const { clock, conditions } = lab;
  const ports = site.services.slice(0, conditions.services);
  const warm = await Promise.all(ports.map((port) => site.ask(port, headers)));
  if (warm.some((status) => status !== 200)) throw new Error(`${site.column}: a service refuses before the sign-out.`);
  let revokedAt = Number.POSITIVE_INFINITY;
  const uses = Promise.all(ports.map((port) => untilRefused(lab, site, port, headers, () => revokedAt, using)));
  const revoked = revoke().then(() => {
    revokedAt = clock.monotonic();
  });
  // Whichever fails first is told.
  const [ends] = await Promise.all([uses, revoked]);
  return {
    ms: Math.max(0, ...ends.map(({ acceptedAt }) => acceptedAt - revokedAt)),
    isRefused: ends.every(({ isRefused }) => isRefused),
  };
}

interface LastUse {
  /** When the last request that was accepted began; before all time where none was. */
  readonly acceptedAt: number;
  readonly isRefused: boolean;
  readonly status: number;
}

/** Longer than anything that is to end by itself: then the lab gives up. */
function patienceMs(lab: Lab): number {
  return lab.conditions.accessLifetime * 1000 + 5000;
}

async function untilRefused(
  lab: Lab,
  site: Site,
  port: number,
  headers: Credential["headers"],
  revokedAt: () => number,
  { pauseMs, signal }: Using,
): Promise<LastUse> {
  const { clock } = lab;
  let acceptedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    const beganAt = clock.monotonic();
    const status = await site.ask(port, headers);
    if (status !== 200) return { acceptedAt, isRefused: true, status };
    acceptedAt = beganAt;
    if (beganAt > revokedAt() + patienceMs(lab)) return { acceptedAt, isRefused: false, status };
    if (pauseMs > 0) await clock.sleep(pauseMs, signal);
  }
}

async function cutRounds(
  lab: Lab,
  site: Site,
  many: number,
  signal: AbortSignal,
): Promise<(Round & { status: number })[]> {
  const relay = await layRelay(site.issuerPort);
  try {
    const port = await site.addService({ feedOrigin: relay.origin });
    const email = await site.addSubject();
    const choose = seeded(lab.conditions.seed);
    const found: (Round & { status: number })[] = [];
    for (let index = 0; index < many; index += 1) {
      relay.mend();
      const credential = await site.signIn(email, "token");
      await untilAccepted(lab, site, port, credential, signal);
      // Anywhere between two questions of the follower.
      await lab.clock.sleep(pick([500, 700, 900, 1100], choose()), signal);
      relay.cut();
      await site.signOut(credential);
      const revokedAt = lab.clock.monotonic();
      const { acceptedAt, isRefused, status } = await untilRefused(
        lab,
        site,
        port,
        credential.headers,
        () => revokedAt,
        {
          pauseMs: 5,
          signal,
        },
      );
      found.push({ ms: Math.max(0, acceptedAt - revokedAt), isRefused, status });
    }
    return found;
  } finally {
    await relay.close();
  }
}

async function untilAccepted(
  lab: Lab,
  site: Site,
  port: number,
  { headers }: Credential,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = lab.clock.monotonic() + 10_000;
  while ((await site.ask(port, headers)) !== 200) {
    signal.throwIfAborted();
    if (lab.clock.monotonic() > giveUpAt) throw new Error(`${site.column}: a service does not accept what is good.`);
    await lab.clock.sleep(20, signal);
  }
}
