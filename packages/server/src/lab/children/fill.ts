// The process of a store that is filled: it signs one subject in and copies account and record, first by the store's own `create`. Judges nothing.

import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type Authenticator, type RequestLike, systemClock } from "@countersign/verifier";
import { type Auth, createAuth, nameSessionToken } from "countersign";
import { type SessionRecord, unbounded } from "countersign/store";
import { answerParent } from "../../processes/child.ts";
import { quantile } from "../figures.ts";
import { distinct, pick, seeded } from "../seeded.ts";
import { loadWorsening } from "../worse.ts";
import type { FillActs } from "./acts.ts";
import { addressOfCopy, copyAccounts, copySessions, type OwnValues } from "./copied-sessions.ts";
import { addressOf, authOptions, type OpenStore, openStore, password, type Setup, strategyOf } from "./setup.ts";

interface Filled {
  readonly setup: Setup;
  readonly choose: () => number;
  /** Session tokens of all ages, to choose from. */
  readonly sample: string[];
  /** Access tokens, and when they were issued, by the monotonic clock. */
  issued: { readonly bearers: readonly string[]; readonly at: number } | undefined;
  kept: OpenStore;
  auth: Auth;
  count: number;
  /** Bytes of records so far. */
  bytes: number;
}

let filled: Filled | undefined;

answerParent<FillActs>({
  async open({ seed, ...setup }) {
    const kept = await openStore(setup, "filler");
    const auth = createAuth({ ...authOptions(setup, issuer, kept.store), upkeep: false });
    await auth.start();
    filled = { setup, kept, auth, choose: seeded(seed), sample: [], issued: undefined, count: 0, bytes: 0 };
    return null;
  },
  async grow({ to }) {
    const open = need();
    const { record } = await signIn(open, `template-${open.count}`);
    // What keeps no record keeps none of anybody: there is nothing to copy.
    if (record === undefined) {
      open.count = to;
      return { sessions: await open.kept.store.sessions.count(), bytesPerSubject: 0 };
    }
    // Weighed without the accounts: each session has a subject of its own.
    const subs = await addAccounts(open, record.sub, to - open.count);
    const before = await keptBytes(open);
    await addSessions(open, record, subs, to);
    open.bytes += (await keptBytes(open)) - before;
    open.count = to;
    const sessions = await open.kept.store.sessions.count();
    if (sessions < to) throw new Error(`The store of the lab counts ${sessions} sessions of ${to}.`);
    return { sessions, bytesPerSubject: open.bytes / to };
  },
  async time({ judgements, credentials }) {
    const open = need();
    const bearers = await bearersOf(open, credentials + warming);
    return timeJudgements(open, bearers, judgements);
  },
});

const issuer = "http://127.0.0.1:4000";

function need(): Filled {
  if (filled === undefined) throw new Error("There is no store to fill.");
  return filled;
}

async function signIn(
  { auth, kept, setup }: Filled,
  name: string,
): Promise<{ bearer: string; record: SessionRecord | undefined }> {
  const email = addressOf(0, name);
  if ((await auth.subjects.findByEmail(email)) === undefined) await auth.subjects.create({ email, password });
  const answer = await auth.handle(
    new Request(`${issuer}/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: issuer, host: new URL(issuer).host },
      body: JSON.stringify({ email, password, strategy: strategyOf(setup.column), transport: "token" }),
    }),
  );
  const body: unknown = await answer.json();
  const text = (member: string): string => {
    const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, member) : undefined;
    return typeof value === "string" ? value : "";
  };
  if (answer.status !== 200) throw new Error(`A sign-in of the lab was answered ${answer.status}: ${text("code")}`);
  const bearer = text("access_token") || text("session_token");
  return { bearer, record: await kept.store.sessions.find(text("sid")) };
}

/** So many are made by the store's own `create`; those beyond, in a database file, are copies of a row, and checked. */
const madeByStore = 1000;

/** How many of those that come next are made by the store. */
function byStore({ setup, count }: Filled, many: number): number {
  return setup.databasePath === null ? many : Math.min(many, Math.max(0, madeByStore - count));
}

async function addAccounts(open: Filled, template: string, many: number): Promise<string[]> {
  const { kept, setup } = open;
  const subs = Array.from({ length: many }, () => randomBytes(12).toString("base64url"));
  const made = byStore(open, many);
  for (const sub of subs.slice(0, made)) {
    const email = addressOfCopy(sub);
    await kept.store.accounts.create({ sub, email, emailKey: email, emailVerified: true, passwordHash: "-" });
  }
  // In order, which is quicker: it is not the accounts that are weighed and timed.
  if (setup.databasePath !== null && made < many) {
    copyAccounts(setup.databasePath, template, subs.slice(made).toSorted());
  }
  return subs;
}

async function addSessions(open: Filled, record: SessionRecord, subs: readonly string[], to: number): Promise<void> {
  const { databasePath } = open.setup;
  const copiedFrom = open.count + byStore(open, to - open.count);
  const next = (index: number) => newNames(open, record, subs[index - open.count] ?? "", index);
  for (let index = open.count; index < copiedFrom; index += 1) await createSession(open, record, next(index));
  if (databasePath === null || copiedFrom === to) return;
  const checked: OwnValues[] = [];
  function* copies(): Generator<OwnValues> {
    for (let index = copiedFrom; index < to; index += 1) {
      const copy = next(index);
      if (index % Math.ceil((to - copiedFrom) / checks) === 0) checked.push(copy);
      yield copy;
    }
  }
  copySessions(databasePath, record.sid, copies());
  for (const copy of checked) await requireOwn(open, record, copy);
}

/** How many copies are read back. */
const checks = 100;

/** The names of a new session. A sample of all ages keeps its token, to be timed. */
function newNames({ sample, choose }: Filled, record: SessionRecord, sub: string, index: number): OwnValues {
  const token = randomBytes(20).toString("base64url");
  const { sid, tokenHash } = nameSessionToken(token);
  const refreshSeed = record.refreshSeed === null ? null : randomBytes(32).toString("base64url");
  if (record.tokenHash === null) return { sid, sub, tokenHash: null, refreshSeed };
  if (sample.length < sampled) sample.push(token);
  else {
    const place = Math.floor(choose() * (index + 1));
    if (place < sampled) sample[place] = token;
  }
  return { sid, sub, tokenHash, refreshSeed };
}

async function createSession({ kept }: Filled, record: SessionRecord, own: OwnValues): Promise<void> {
  const { strategy, idleMs, amr, acr, client, claims, createdAt, expiresAt } = record;
  const same = { strategy, idleMs, lifetimeMs: expiresAt - createdAt, amr, acr, client, claims };
  const created = await kept.store.sessions.create(
    { ...same, ...own },
    { generation: 0, limit: 1000, policy: unbounded },
  );
  if (created !== "created") throw new Error(`A session of the lab was not created: ${created}.`);
}

/** Throws unless the store reads a copy as what it is a copy of, under its own names, and finds it among its subject's. */
async function requireOwn({ kept }: Filled, record: SessionRecord, own: OwnValues): Promise<void> {
  const found = await kept.store.sessions.find(own.sid);
  const ofSubject = await kept.store.sessions.list(own.sub, unbounded, 1000);
  if (isDeepStrictEqual(found, { ...record, ...own }) && ofSubject.some(({ sid }) => sid === own.sid)) return;
  throw new Error("The store of the lab does not read a copied session as its own.");
}

/** How many session tokens are kept to choose from. */
const sampled = 10_000;

async function keptBytes(open: Filled): Promise<number> {
  const { databasePath } = open.setup;
  if (databasePath === null) {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  }
  // Closing writes everything into the one file.
  await open.auth.idle();
  open.auth.close();
  await open.kept.store.close();
  const { size } = statSync(databasePath);
  open.kept = await openStore(open.setup, "filler");
  open.auth = createAuth({ ...authOptions(open.setup, issuer, open.kept.store), upkeep: false });
  await open.auth.start();
  return size;
}

/** Judged before anything is timed, and never timed. */
const warming = 20;

/** Access tokens are issued anew past this age: they are to outlive the timing, and live for four minutes at least. Milliseconds. */
const freshMs = 120_000;

/** More of one account in a quarter of an hour would be refused. */
const signInsPerAccount = 100;

/** So many credentials, no two alike: session tokens chosen among all ages; access tokens, which no store holds, of sign-ins of their own. */
async function bearersOf(open: Filled, many: number): Promise<readonly string[]> {
  if (strategyOf(open.setup.column) === "session") return distinct(open.sample, many, open.choose);
  const now = systemClock.monotonic();
  if (open.issued !== undefined && now - open.issued.at < freshMs) return open.issued.bearers;
  const bearers: string[] = [];
  while (bearers.length < many) {
    const account = Math.floor(bearers.length / signInsPerAccount);
    bearers.push((await signIn(open, `timed-${open.count}-${account}`)).bearer);
  }
  open.issued = { bearers, at: now };
  return bearers;
}

async function timeJudgements(
  { kept, setup, choose }: Filled,
  bearers: readonly string[],
  judgements: number,
): Promise<{ microseconds: number; firstMicroseconds: number }> {
  // Of its own, so that it has seen no credential before.
  const auth = createAuth({ ...authOptions(setup, issuer, kept.store), upkeep: false });
  await auth.start();
  try {
    const { judge: worsen } = await loadWorsening(setup);
    const judge = worsen === undefined ? auth : worsen(auth);
    const requests = bearers.map(requestOf);
    const timed = requests.slice(warming);
    for (let pass = 0; pass < 50; pass += 1) for (const each of requests.slice(0, warming)) await judgeOne(judge, each);
    const first: number[] = [];
    for (const each of timed) {
      const at = systemClock.monotonic();
      await judgeOne(judge, each);
      first.push((systemClock.monotonic() - at) * 1000);
    }
    const chosen = Array.from({ length: judgements }, () => pick(timed, choose()));
    const passes: number[] = [];
    for (let pass = 0; pass < 6; pass += 1) passes.push(await timePass(judge, chosen));
    // The first pass warms what a running service has warm; of the others the one in the middle counts.
    return { microseconds: quantile(passes.slice(1), 0.5), firstMicroseconds: quantile(first, 0.5) };
  } finally {
    await auth.idle();
    auth.close();
  }
}

async function timePass(judge: Authenticator, requests: readonly RequestLike[]): Promise<number> {
  const at = systemClock.monotonic();
  for (const request of requests) {
    const judged = judge.authenticate(request);
    const verdict = judged instanceof Promise ? await judged : judged;
    if (!verdict.ok) throw new Error(`A credential of the lab was refused: ${verdict.code}.`);
  }
  return ((systemClock.monotonic() - at) / requests.length) * 1000;
}

async function judgeOne(judge: Authenticator, request: RequestLike): Promise<void> {
  await timePass(judge, [request]);
}

function requestOf(bearer: string): RequestLike {
  return { method: "GET", headers: { authorization: `Bearer ${bearer}` } };
}
