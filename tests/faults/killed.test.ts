// The issuer killed at random instants under load, a hundred times: what it acknowledged holds after its return, and nothing is half made.

import { randomInt } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type IssuerProcess, type Pair, startIssuer } from "./cluster.ts";
import { tell } from "./load.ts";

const rounds = 100;
const workers = 8;
const people = 12;

/** What the client knows of one session: only what was answered. */
interface Known {
  readonly sid: string;
  refresh: string;
  /** `doubtful`: its end was asked for and not answered. */
  state: "living" | "ended" | "doubtful";
  /** A request about it is under way. */
  isBusy: boolean;
}

type Act = "sign-in" | "refresh" | "revoke" | "sign-out";

let issuer: IssuerProcess;
const sessions: Known[] = [];

beforeAll(async () => {
  issuer = await startIssuer();
  for (let person = 0; person < people; person += 1) await issuer.addSubject(emailOf(person));
});

afterAll(async () => {
  await issuer?.[Symbol.asyncDispose]();
});

const emailOf = (person: number) => `person${person}@example.com`;

async function post(path: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${issuer.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

const acts: Readonly<Record<Act, (counts: Counts) => Promise<void>>> = {
  async "sign-in"() {
    const pair: Pair = await issuer.signIn(emailOf(randomInt(people)), randomInt(2) === 0 ? "hybrid" : "jwt");
    sessions.push({ sid: pair.sid, refresh: pair.refresh, state: "living", isBusy: false });
  },
  refresh: (counts) =>
    withLiving(async (session) => {
      const answer = await post("/auth/refresh", { refresh_token: session.refresh });
      if (answer.status !== 200) counts.wrong.push(`refresh of a living session: ${answer.status}`);
      else session.refresh = ((await answer.json()) as { refresh_token: string }).refresh_token;
    }),
  revoke: () =>
    withLiving(async (session) => {
      session.state = "doubtful";
      await issuer.end(session.sid);
      session.state = "ended";
    }),
  "sign-out": (counts) =>
    withLiving(async (session) => {
      session.state = "doubtful";
      const answer = await post("/auth/sign-out", { refresh_token: session.refresh });
      if (answer.status === 204) session.state = "ended";
      else counts.wrong.push(`sign-out: ${answer.status}`);
    }),
};

async function withLiving(work: (session: Known) => Promise<void>): Promise<void> {
  const free = sessions.filter(({ state, isBusy }) => state === "living" && !isBusy);
  const session = free[randomInt(Math.max(1, free.length))];
  if (session === undefined) return;
  session.isBusy = true;
  try {
    await work(session);
  } finally {
    session.isBusy = false;
  }
}

interface Counts {
  readonly done: Record<Act, number>;
  /** Acts whose answer the kill cut off. */
  cut: number;
  readonly wrong: string[];
}

const usual: readonly Act[] = ["sign-in", "sign-in", "refresh", "refresh", "refresh", "revoke", "sign-out"];

/** Works until the issuer is gone. */
async function work(counts: Counts, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const act = usual[randomInt(usual.length)] ?? "sign-in";
    try {
      await acts[act](counts);
      counts.done[act] += 1;
    } catch {
      counts.cut += 1;
    }
  }
}

/** What the store says by itself: the log without a gap, and sessions and events that tell the same. */
function expectWhole(): void {
  const database = new DatabaseSync(issuer.databasePath, { readOnly: true });
  try {
    const head = Number(database.prepare("SELECT number FROM log_state").get()?.number);
    const numbers = database.prepare("SELECT number FROM events ORDER BY number").all();
    expect(numbers.map(({ number }) => number)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
    const ended = database.prepare("SELECT sid FROM sessions WHERE revoked_at IS NOT NULL ORDER BY sid").all();
    const spoken = database.prepare("SELECT target AS sid FROM events WHERE scope = 'session' ORDER BY target").all();
    expect(spoken).toEqual(ended);
  } finally {
    database.close();
  }
}

/** Asks after sessions: those that live renew, with the token that the client has; those that ended do not. */
async function expectKept(known: readonly Known[]): Promise<void> {
  for (const session of known) {
    const answer = await post("/auth/refresh", { refresh_token: session.refresh });
    if (session.state === "ended") expect([session.sid, answer.status]).toEqual([session.sid, 401]);
    if (session.state === "living") expect([session.sid, answer.status]).toEqual([session.sid, 200]);
    if (session.state === "doubtful") session.state = answer.status === 200 ? "living" : "ended";
    if (answer.status === 200) session.refresh = ((await answer.json()) as { refresh_token: string }).refresh_token;
  }
}

it(`keeps what it acknowledged over ${rounds} kills, and makes nothing by halves`, { timeout: 600_000 }, async () => {
  const counts: Counts = {
    done: { "sign-in": 0, refresh: 0, revoke: 0, "sign-out": 0 },
    cut: 0,
    wrong: [],
  };
  const instants: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const touchedFrom = sessions.length;
    let isOver = false;
    const beganAt = performance.now();
    const busy = Array.from({ length: workers }, () => work(counts, () => isOver));
    const instant = randomInt(5, 250);
    await new Promise((resolve) => setTimeout(resolve, instant));
    isOver = true;
    await issuer.process.stop("SIGKILL");
    instants.push(performance.now() - beganAt);
    await Promise.all(busy);
    await issuer.start();
    expect(counts.wrong).toEqual([]);
    expectWhole();
    const older = Array.from({ length: 10 }, () => sessions[randomInt(Math.max(1, touchedFrom))]);
    const recent = sessions.slice(Math.max(0, touchedFrom - 20));
    const doubtful = sessions.filter(({ state }) => state === "doubtful");
    await expectKept([...new Set([...recent, ...doubtful, ...older.filter((each) => each !== undefined)])]);
  }
  await expectKept(sessions);
  expectWhole();
  // Each kind of act really happened, and was really cut off.
  for (const count of Object.values(counts.done)) expect(count).toBeGreaterThan(rounds / 4);
  expect(counts.cut).toBeGreaterThan(rounds / 2);
  tell(`${rounds} kills; acknowledged: ${JSON.stringify(counts.done)}; cut off: ${counts.cut}`);
  tell(histogram(instants));
});

/** How many kills fell into each 25 ms after the load began. */
function histogram(instants: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const instant of instants) {
    const from = Math.floor(instant / 25) * 25;
    counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  const lines = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([from, count]) => `${`${from}`.padStart(4)} ms ${"#".repeat(count)}`);
  return ["kill instants, in ms after the load began:", ...lines].join("\n");
}
