// The process of a store that is filled: it signs one subject in and copies the record, first by the store's own `create`. Judges nothing.

import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "@countersign/verifier";
import { type Auth, createAuth, nameSessionToken } from "countersign";
import { type SessionRecord, unbounded } from "countersign/store";
import { answerParent } from "../../processes/child.ts";
import { quantile } from "../figures.ts";
import { pick, seeded } from "../seeded.ts";
import { loadWorsening } from "../worse.ts";
import type { FillActs } from "./acts.ts";
import { copySessions, type OwnValues } from "./copied-sessions.ts";
import { addressOf, authOptions, type OpenStore, openStore, password, type Setup, strategyOf } from "./setup.ts";

interface Filled {
  readonly setup: Setup;
  readonly choose: () => number;
  /** Credentials to choose from. */
  readonly bearers: string[];
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
    filled = { setup, kept, auth, choose: seeded(seed), bearers: [], count: 0, bytes: 0 };
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
    const accounts = await addAccounts(open, Math.ceil((to - open.count) / sessionsPerAccount));
    const before = await keptBytes(open);
    await addSessions(open, record, accounts, to);
    open.bytes += (await keptBytes(open)) - before;
    open.count = to;
    const sessions = await open.kept.store.sessions.count();
    if (sessions < to) throw new Error(`The store of the lab counts ${sessions} sessions of ${to}.`);
    return { sessions, bytesPerSubject: open.bytes / to };
  },
  async time({ judgements, tokens }) {
    const open = need();
    // Tokens of the lab live for a short time: afresh at each size.
    if (strategyOf(open.setup.column) !== "session") open.bearers.length = 0;
    while (open.bearers.length < tokens) open.bearers.push((await signIn(open, "timed")).bearer);
    return { microseconds: await timeJudgements(open, judgements) };
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

async function addAccounts({ kept }: Filled, many: number): Promise<string[]> {
  const subs: string[] = [];
  for (let index = 0; index < many; index += 1) {
    const sub = randomBytes(12).toString("base64url");
    const email = `${sub.toLowerCase()}@lab.example`;
    await kept.store.accounts.create({ sub, email, emailKey: email, emailVerified: true, passwordHash: "-" });
    subs.push(sub);
  }
  return subs;
}

/** So many are made by the store's own `create`; those beyond, in a database file, are copies of a row, and checked. */
const madeByStore = 1000;

async function addSessions(open: Filled, record: SessionRecord, subs: readonly string[], to: number): Promise<void> {
  const { databasePath } = open.setup;
  const copiedFrom = databasePath === null ? to : Math.min(to, Math.max(open.count, madeByStore));
  const many = to - open.count;
  const next = (index: number) => newNames(open, record, pick(subs, (index - open.count) / many), index);
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
function newNames({ bearers, choose }: Filled, record: SessionRecord, sub: string, index: number): OwnValues {
  const token = randomBytes(20).toString("base64url");
  const { sid, tokenHash } = nameSessionToken(token);
  const refreshSeed = record.refreshSeed === null ? null : randomBytes(32).toString("base64url");
  if (record.tokenHash === null) return { sid, sub, tokenHash: null, refreshSeed };
  if (bearers.length < sampled) bearers.push(token);
  else {
    const place = Math.floor(choose() * (index + 1));
    if (place < sampled) bearers[place] = token;
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

/** Accounts are not what is weighed: each has this many sessions. */
const sessionsPerAccount = 10;

/** How many credentials are kept to be timed. */
const sampled = 50_000;

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

async function timeJudgements({ auth, setup, bearers, choose }: Filled, judgements: number): Promise<number> {
  const { judge: worsen } = await loadWorsening(setup);
  const judge = worsen === undefined ? auth : worsen(auth);
  const requests = Array.from({ length: judgements }, () => ({
    method: "GET",
    headers: { authorization: `Bearer ${pick(bearers, choose())}` },
  }));
  // The first pass warms what a running service has warm; of the others the one in the middle counts.
  const passes: number[] = [];
  for (let pass = 0; pass < 6; pass += 1) {
    const at = systemClock.monotonic();
    for (const request of requests) {
      const judged = judge.authenticate(request);
      const verdict = judged instanceof Promise ? await judged : judged;
      if (!verdict.ok) throw new Error(`A credential of the lab was refused: ${verdict.code}.`);
    }
    if (pass > 0) passes.push(((systemClock.monotonic() - at) / judgements) * 1000);
  }
  return quantile(passes, 0.5);
}
