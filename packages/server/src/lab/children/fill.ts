// The process of a store that is filled: it signs one subject in, and copies the record by the store's own `create`. Judges nothing.

import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { systemClock } from "@countersign/verifier";
import { type Auth, createAuth, nameSessionToken } from "countersign";
import { type SessionRecord, unbounded } from "countersign/store";
import { answerParent } from "../child.ts";
import { quantile } from "../figures.ts";
import { pick, seeded } from "../seeded.ts";
import type { FillActs } from "./acts.ts";
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
    const kept = await openStore(setup);
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
    await addSessions(open, record, accounts, to - open.count);
    open.bytes += (await keptBytes(open)) - before;
    open.count = to;
    return { sessions: await open.kept.store.sessions.count(), bytesPerSubject: open.bytes / to };
  },
  async time({ judgements }) {
    const open = need();
    // Tokens of the lab live for a short time: afresh at each size.
    if (strategyOf(open.setup.column) !== "session") open.bearers.length = 0;
    while (open.bearers.length < leastBearers) open.bearers.push((await signIn(open, "timed")).bearer);
    return { microseconds: await timeJudgements(open, judgements) };
  },
});

const issuer = "http://127.0.0.1:4000";

/** Over how many credentials a judgement is timed at least. */
const leastBearers = 50;

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

async function addSessions(
  { kept, bearers, choose }: Filled,
  record: SessionRecord,
  subs: readonly string[],
  many: number,
): Promise<void> {
  const { strategy, tokenHash, refreshSeed, idleMs, amr, acr, client, claims, createdAt, expiresAt } = record;
  const lifetimeMs = expiresAt - createdAt;
  const same = { strategy, idleMs, lifetimeMs, amr, acr, client, claims };
  for (let index = 0; index < many; index += 1) {
    const sub = pick(subs, index / many);
    const token = randomBytes(20).toString("base64url");
    const names = nameSessionToken(token);
    const own = {
      sid: names.sid,
      tokenHash: tokenHash === null ? null : names.tokenHash,
      refreshSeed: refreshSeed === null ? null : randomBytes(32).toString("base64url"),
    };
    const generation = 0;
    const created = await kept.store.sessions.create(
      { ...same, ...own, sub },
      { generation, limit: 1000, policy: unbounded },
    );
    if (created !== "created") throw new Error(`A session of the lab was not created: ${created}.`);
    // A sample of all ages, of the size that is timed.
    if (tokenHash === null) continue;
    if (bearers.length < sampled) bearers.push(token);
    else if (choose() < sampled / many) bearers[Math.floor(choose() * sampled)] = token;
  }
}

/** Accounts are not what is weighed: each has this many sessions. */
const sessionsPerAccount = 10;

/** How many credentials are kept to be timed. */
const sampled = 2000;

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
  open.kept = await openStore(open.setup);
  open.auth = createAuth({ ...authOptions(open.setup, issuer, open.kept.store), upkeep: false });
  await open.auth.start();
  return size;
}

async function timeJudgements({ auth, bearers, choose }: Filled, judgements: number): Promise<number> {
  const requests = Array.from({ length: judgements }, () => ({
    method: "GET",
    headers: { authorization: `Bearer ${pick(bearers, choose())}` },
  }));
  // The first pass warms what a running service has warm; of the others the one in the middle counts.
  const passes: number[] = [];
  for (let pass = 0; pass < 6; pass += 1) {
    const at = systemClock.monotonic();
    for (const request of requests) {
      const judged = auth.authenticate(request);
      const verdict = judged instanceof Promise ? await judged : judged;
      if (!verdict.ok) throw new Error(`A credential of the lab was refused: ${verdict.code}.`);
    }
    if (pass > 0) passes.push(((systemClock.monotonic() - at) / judgements) * 1000);
  }
  return quantile(passes, 0.5);
}
