// What clients and operators of a simulated world do: sign in, renew, look at pages, end things. By the product's own rules of what is read before
// what; keeps no judgement of its own, the oracle does.

import { unbounded } from "../../packages/countersign/src/stores/contract.ts";
import { Unavailable } from "../../packages/verifier/src/primitives/errors.ts";
import type { JudgedToken } from "../../packages/verifier/src/revocation/view.ts";
import type { Connection } from "./disk.ts";
import type { Credential, Ruling, SessionCredential, TokenCredential } from "./oracle.ts";
import type { Site, Verifier, World } from "./world.ts";

const leewayMs = 10_000;
const subjects = ["alice", "bob", "carol"] as const;
const mostCredentials = 24;

/** Makes the accounts, and tells the store how long tokens live. */
export async function settle(world: World): Promise<void> {
  const { log, accounts } = world.commandLine.connection;
  const { weather } = world.disk;
  const { failures } = weather;
  weather.failures = 0;
  await log.registerAccessLifetime(world.plan.lifetimeMs);
  for (const sub of subjects) {
    const emailKey = `${sub}@example.com`;
    await accounts.create({ sub, email: emailKey, emailKey, emailVerified: true, passwordHash: "none" });
  }
  weather.failures = failures;
}

/** A process that serves clients, by chance; the command line where every issuer is down. */
export function anyConnection(world: World): Connection {
  const running = world.issuers.flatMap((issuer) => issuer.running ?? []);
  return running.length === 0 ? world.commandLine.connection : world.prng.pick(running).connection;
}

/** Signs in: a session with its token, or a token without a record. */
export async function signIn(world: World, withRecord: boolean): Promise<Credential | undefined> {
  const { prng, oracle, plan } = world;
  const store = anyConnection(world);
  const sub = prng.pick(subjects);
  const { lineage } = oracle;
  const issuedAt = store.now();
  const view = await store.accounts.viewForSignIn(sub);
  if (view === undefined) return undefined;
  const sid = `sid-${sub}-${nextId(world)}`;
  if (!withRecord) {
    const end = issuedAt + plan.lifetimeMs;
    return hold(world, token(world, { sid, sub, lineage, end, logNumber: view.logNumber }));
  }
  const session = {
    sid,
    sub,
    strategy: "hybrid",
    tokenHash: sid,
    refreshSeed: sid,
    idleMs: 10 * plan.lifetimeMs,
    lifetimeMs: plan.lifetimeMs * prng.between(1, 6),
    amr: ["pwd"],
    acr: "1",
    client: { label: "Simulation" },
    claims: {},
    data: { version: 0 },
  } as const;
  const on = { generation: view.account.generation, limit: prng.chance(0.1) ? 3 : 50, policy: unbounded };
  if ((await store.sessions.create(session, on)) !== "created") return undefined;
  const record = await store.sessions.find(sid);
  if (record === undefined) return undefined;
  const { expiresAt: endsAt } = record;
  hold(world, { kind: "session", id: `session ${sid}`, sid, sub, secret: `secret-${sid}`, lineage, endsAt });
  return hold(world, token(world, { sid, sub, lineage, end: Math.min(issuedAt + plan.lifetimeMs, endsAt) }));
}

/** Renews: a new token of a session that lives. */
export async function renew(world: World, session: SessionCredential): Promise<void> {
  const { oracle, plan } = world;
  const store = anyConnection(world);
  const { sid, sub } = session;
  const { lineage } = oracle;
  const before = await store.sessions.find(sid);
  if (before === undefined) return;
  // Before the statement that proves it alive.
  const issuedAt = store.now();
  const record = await store.sessions.rotate(sid, before.refreshCounter, { label: "Simulation" }, unbounded);
  if (record === "lost") return;
  const end = Math.min(issuedAt + plan.lifetimeMs, record.expiresAt);
  if (end > issuedAt) hold(world, token(world, { sid, sub, lineage, end }));
}

/** Notes a use. */
export async function touch(world: World, session: SessionCredential): Promise<void> {
  await anyConnection(world).sessions.touch(session.sid, unbounded);
}

/** Changes the data of a session: it has a version, another each time. */
export async function change(world: World, session: SessionCredential): Promise<void> {
  const version = nextId(world);
  const merged = await anyConnection(world).sessions.mergeData(session.sid, { version }, unbounded);
  if (merged.outcome !== "merged" || merged.data.version !== version) return;
  world.trace(`changed ${session.sid} to ${version}`);
  world.oracle.toldVersion(session.sid, version);
}

/** Shortens or lengthens the life of a session. */
export async function setLifetime(world: World, session: SessionCredential): Promise<void> {
  const store = anyConnection(world);
  const expiresAt = Math.round(store.now() + world.plan.lifetimeMs * world.prng.between(0.5, 6));
  // It may be over before the answer is here.
  session.endsAt = Math.min(session.endsAt, expiresAt);
  const record = await store.sessions.setLifetime(session.sid, { expiresAt }, unbounded);
  if (record !== undefined) session.endsAt = record.expiresAt;
}

/** How something may be ended. */
export type Ending = "session" | "subject" | "everyone" | "key" | "subject_tokens";

/** Ends something that stands against a credential. Answers once it is acknowledged. */
export async function end(world: World, credential: Credential, by: Connection, ending: Ending): Promise<void> {
  const { sid, sub, kid } = namesOf(credential);
  switch (ending) {
    case "session":
      await by.sessions.end(sid, "revoked");
      return world.oracle.toldEnded(sid);
    case "subject":
      return void (await by.accounts.endAll(sub, "sign_out_everywhere"));
    case "subject_tokens":
      return void (await by.log.append({ scope: "subject", target: sub }));
    case "everyone":
      return void (await by.log.append({ scope: "everyone", target: "" }));
    case "key":
      // Nothing is signed by it from now on.
      if (world.keys.includes(kid)) world.keys.splice(world.keys.indexOf(kid), 1, `key-${nextId(world)}`);
      return void (await by.log.append({ scope: "key", target: kid, keepMs: 2 * world.plan.lifetimeMs }));
  }
}

/** What may end this credential. */
export function endingsOf(credential: Credential): Readonly<Partial<Record<Ending, number>>> {
  if (credential.kind === "session") return { session: 8, subject: 2 };
  if (credential.token.logNumber === undefined) return { session: 8, subject: 2, key: 0.4 };
  return { subject: 2, subject_tokens: 5, everyone: 2, key: 0.4 };
}

/** A request at a verifier, judged to its end. Answers `undefined` when nobody was there to take it. */
export async function request(world: World, site: Site, credential: Credential): Promise<Ruling | undefined> {
  const { verifier, machine } = site;
  if (verifier === undefined || machine.isSuspended) return undefined;
  const { timeline, oracle, trace } = world;
  const beganAt = timeline.now();
  const ruling = await (credential.kind === "token"
    ? judgeToken(verifier, credential.token)
    : judgeSession(world, site, verifier, credential)
  ).catch((error: unknown): Ruling => {
    if (error instanceof Unavailable) return { verdict: "unavailable" };
    throw error;
  });
  const late = timeline.now() > beganAt ? `, asked at ${beganAt.toFixed(1)}` : "";
  const why = ruling.verdict === "refused" ? ` (${ruling.code})` : "";
  trace(
    `${verifier.judge.name} says ${ruling.verdict}${why}${ruling.verdict === "accepted" && ruling.version !== undefined ? ` as of ${ruling.version}` : ""} to ${credential.id}${late}`,
  );
  oracle.ruled(verifier.judge, credential, beganAt, ruling);
  oracle.checkView(verifier.judge);
  return ruling;
}

async function judgeToken({ follower, process }: Verifier, token: JudgedToken): Promise<Ruling> {
  const code = await follower.judge(token);
  if (code !== undefined) return { verdict: "refused", code };
  if (process.clock.now() >= token.validUntilMs) return { verdict: "refused", code: "expired_by_own_clock" };
  return { verdict: "accepted" };
}

// As a service does that keeps the sessions it looked up: only a fresh view vouches for them, and of what was looked up just now it has the last word.
async function judgeSession(world: World, site: Site, verifier: Verifier, session: SessionCredential): Promise<Ruling> {
  const { follower, cache } = verifier;
  const { sid, secret } = session;
  await follower.whenFresh();
  const kept = cache.get(secret);
  if (kept !== undefined) return { verdict: "accepted", version: kept.version };
  const keep = cache.beginLookUp(follower.view);
  const found = await lookUp(world, site, verifier, sid);
  if (found === "over") return { verdict: "refused", code: "session_over" };
  keep(secret, { sid, entry: found, keepMs: world.plan.lifetimeMs });
  if (follower.view.hasEnded(sid)) return { verdict: "refused", code: "token_revoked" };
  return { verdict: "accepted", version: found.version };
}

// Through an issuer, whose answer may come late.
function lookUp(world: World, site: Site, { process }: Verifier, sid: string): Promise<"over" | { version: number }> {
  const { network, timeline, prng } = world;
  const running = world.issuers.flatMap((issuer) => issuer.running ?? []);
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Unavailable("issuer_unavailable", "the simulated look-up fails"));
    timeline.after(5000, fail, process);
    if (running.length === 0) return fail();
    const { connection, process: issuer } = prng.pick(running);
    network.send(site.line, issuer, () => {
      connection.sessions.find(sid).then(
        (record) =>
          network.send(site.line, process, () => {
            if (record === undefined || record.revokedAt !== null) return resolve("over");
            const { version } = record.data;
            if (connection.now() >= record.expiresAt) return resolve("over");
            resolve({ version: typeof version === "number" ? version : 0 });
          }),
        () => network.send(site.line, process, fail),
      );
    });
  });
}

/** What a new token is made of. */
interface TokenParts {
  readonly sid: string;
  readonly sub: string;
  readonly lineage: number;
  readonly end: number;
  readonly logNumber?: number;
}

function token(world: World, { sid, sub, lineage, end, logNumber }: TokenParts): TokenCredential {
  const id = `token ${nextId(world)} of ${sid}${logNumber === undefined ? "" : ` as of ${logNumber}`}`;
  const kid = world.prng.pick(world.keys);
  return { kind: "token", id, lineage, token: { sub, sid, kid, validUntilMs: end + leewayMs, logNumber } };
}

function hold<Held extends Credential>(world: World, credential: Held): Held {
  const { credentials, trace } = world;
  trace(`issued ${credential.id}`);
  credentials.push(credential);
  if (credentials.length > mostCredentials) credentials.shift();
  return credential;
}

function namesOf(credential: Credential): { readonly sid: string; readonly sub: string; readonly kid: string } {
  return credential.kind === "token" ? credential.token : { ...credential, kid: "" };
}

const ids = new WeakMap<World, number>();

function nextId(world: World): number {
  const id = (ids.get(world) ?? 0) + 1;
  ids.set(world, id);
  return id;
}
