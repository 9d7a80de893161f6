// What clients and operators of a simulated world do: sign in, renew, look at pages, end things. By the product's own rules of what is read before
// what; keeps no judgement of its own, the oracle does.

import { newSessionToken } from "../../packages/countersign/src/sessions/session-token.ts";
import { unbounded } from "../../packages/countersign/src/stores/contract.ts";
import { Unavailable } from "../../packages/verifier/src/primitives/errors.ts";
import { cookiesOf, keyNamed, leewayMs, signToken } from "./credentials.ts";
import type { Connection } from "./disk.ts";
import type { Credential, Ruling, SessionCredential, TokenCredential } from "./oracle.ts";
import type { Machine } from "./timeline.ts";
import type { Site, Verifier, World } from "./world.ts";

const subjects = ["alice", "bob", "carol"] as const;
const mostCredentials = 24;

/** Makes the accounts, and tells the store how long tokens live. */
export async function settle(world: World): Promise<void> {
  const { log, accounts } = world.commandLine.connection.store;
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
  const { store } = anyConnection(world);
  const sub = prng.pick(subjects);
  const { lineage } = oracle;
  const issuedAt = store.now();
  const view = await store.accounts.viewForSignIn(sub);
  if (view === undefined) return undefined;
  if (!withRecord) {
    const sid = `${sub}-${nextId(world)}`;
    return hold(world, token(world, { sid, sub, lineage, issuedAt, logNumber: view.logNumber }));
  }
  const { token: secret, sid, tokenHash } = newSessionToken(prng);
  const session = {
    sid,
    sub,
    strategy: "hybrid",
    tokenHash,
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
  const { expiresAt } = record;
  const ends = { earliest: expiresAt, latest: expiresAt };
  const held = { kind: "session", id: `session ${sid} of ${sub}`, sid, sub, secret, lineage, ends } as const;
  const begun = hold(world, held);
  return hold(world, token(world, { sid, sub, lineage, issuedAt, session: begun, endsAt: expiresAt }));
}

/** Renews: a new token of a session that lives. */
export async function renew(world: World, session: SessionCredential): Promise<void> {
  const { oracle } = world;
  const { store } = anyConnection(world);
  const { sid, sub } = session;
  const { lineage } = oracle;
  const before = await store.sessions.find(sid);
  if (before === undefined) return;
  // Before the statement that proves it alive.
  const issuedAt = store.now();
  const record = await store.sessions.rotate(sid, before.refreshCounter, { label: "Simulation" }, unbounded);
  if (record === "lost") return;
  // In its last second there is no token left to make.
  if (record.expiresAt - issuedAt < 1000) return;
  hold(world, token(world, { sid, sub, lineage, issuedAt, session, endsAt: record.expiresAt }));
}

/** Notes a use. */
export async function touch(world: World, session: SessionCredential): Promise<void> {
  await anyConnection(world).store.sessions.touch(session.sid, unbounded);
}

/** Changes the data of a session: it has a version, another each time. */
export async function change(world: World, session: SessionCredential): Promise<void> {
  const version = nextId(world);
  const merged = await anyConnection(world).store.sessions.mergeData(session.sid, { version }, unbounded);
  if (merged.outcome !== "merged" || merged.data.version !== version) return;
  world.trace(`changed ${session.sid} to ${version}`);
  world.oracle.toldVersion(session.sid, version);
}

/** Shortens or lengthens the life of a session. */
export async function setLifetime(world: World, session: SessionCredential): Promise<void> {
  const { store } = anyConnection(world);
  const { ends } = session;
  const expiresAt = Math.round(store.now() + world.plan.lifetimeMs * world.prng.between(0.5, 6));
  // It may be over before the answer is here.
  ends.earliest = Math.min(ends.earliest, expiresAt);
  ends.latest = Math.max(ends.latest, expiresAt);
  await store.sessions.setLifetime(session.sid, { expiresAt }, unbounded);
}

/** How something may be ended. */
export type Ending = "session" | "subject" | "everyone" | "key" | "subject_tokens";

/** Ends something that stands against a credential. Answers once it is acknowledged. */
export async function end(world: World, credential: Credential, by: Connection, ending: Ending): Promise<void> {
  const { sid, sub, kid } = namesOf(credential);
  const { sessions, accounts, log } = by.store;
  switch (ending) {
    case "session":
      await sessions.end(sid, "revoked");
      return world.oracle.toldEnded(sid);
    case "subject":
      return void (await accounts.endAll(sub, "sign_out_everywhere"));
    case "subject_tokens":
      return void (await log.append({ scope: "subject", target: sub }));
    case "everyone":
      return void (await log.append({ scope: "everyone", target: "" }));
    case "key":
      // Nothing is signed by it from now on.
      if (world.keys.includes(kid)) world.keys.splice(world.keys.indexOf(kid), 1, nextKey(world));
      return void (await log.append({ scope: "key", target: kid, keepMs: 2 * world.plan.lifetimeMs }));
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
  const [beganAt, clock, sessionClock] = [timeline.now(), watch(machine), watch(site.sessionClock)];
  const isHybrid = credential.kind === "token" && credential.session !== undefined;
  const beside = isHybrid && world.prng.chance(0.3) ? credential.session : undefined;
  const ruling = await judge(verifier, credential, beside).catch((error: unknown): Ruling => {
    if (error instanceof Unavailable) return { verdict: "unavailable" };
    throw error;
  });
  // Of the two, the token lets in without telling data; where it does not, the session has the last word.
  const isBySession = ruling.verdict === "refused" || (ruling.verdict === "accepted" && ruling.version !== undefined);
  const judged = isBySession ? (beside ?? credential) : credential;
  const late = timeline.now() > beganAt ? `, asked at ${beganAt.toFixed(1)}` : "";
  const why = ruling.verdict === "refused" ? ` (${ruling.code})` : "";
  trace(
    `${verifier.judge.name} says ${ruling.verdict}${why}${ruling.verdict === "accepted" && ruling.version !== undefined ? ` as of ${ruling.version}` : ""} to ${judged.id}${beside === undefined ? "" : " of a pair"}${late}`,
  );
  const asked = { at: beganAt, ...(judged.kind === "session" ? sessionClock() : clock()) };
  oracle.ruled(verifier.judge, judged, asked, ruling);
  oracle.checkView(verifier.judge);
  return ruling;
}

function watch(machine: Machine) {
  const [wall, { jumps }] = [machine.wall(), machine];
  return () => ({ wall, answeredWall: machine.wall(), hasJumped: machine.jumps > jumps });
}

// Alone in a header, or as a browser does: the pair in cookies.
async function judge(verifier: Verifier, credential: Credential, beside?: SessionCredential): Promise<Ruling> {
  const presented = credential.kind === "token" ? credential.text : credential.secret;
  const headers =
    beside === undefined ? { authorization: `Bearer ${presented}` } : { cookie: cookiesOf(beside.secret, presented) };
  const verdict = await verifier.door.authenticate({ method: "GET", headers });
  if (!verdict.ok) return { verdict: "refused", code: verdict.code };
  const { sid, data } = verdict.identity;
  if (sid !== namesOf(credential).sid) throw new Error(`${verifier.judge.name} takes ${credential.id} for another.`);
  const version = data?.version;
  return typeof version === "number" ? { verdict: "accepted", version } : { verdict: "accepted" };
}

/** What a new token is made of. */
interface TokenParts {
  readonly sid: string;
  readonly sub: string;
  readonly lineage: number;
  /** Read before the statement that proved its session alive. */
  readonly issuedAt: number;
  readonly session?: SessionCredential;
  /** The end of its session. */
  readonly endsAt?: number;
  readonly logNumber?: number;
}

function token(world: World, parts: TokenParts): TokenCredential {
  const { sid, sub, lineage, issuedAt, session, endsAt = Number.POSITIVE_INFINITY, logNumber } = parts;
  const id = `token ${nextId(world)} of ${sid}${logNumber === undefined ? "" : ` as of ${logNumber}`}`;
  const kid = world.prng.pick(world.keys);
  const iat = Math.floor(issuedAt / 1000);
  const exp = Math.min(iat + world.plan.lifetimeMs / 1000, Math.floor(endsAt / 1000));
  const text = signToken(kid, { sub, sid, iat, exp, ...(logNumber === undefined ? {} : { n: logNumber }) });
  const judged = { sub, sid, kid, validUntilMs: exp * 1000 + leewayMs, logNumber };
  return { kind: "token", id, lineage, token: judged, text, validFromMs: iat * 1000 - leewayMs, session };
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

// The keys of the beginning are those that `createWorld` has given out.
function nextKey(world: World): string {
  const key = keysUsed.get(world) ?? world.keys.length + 1;
  keysUsed.set(world, key + 1);
  return keyNamed(key);
}

const keysUsed = new WeakMap<World, number>();
const ids = new WeakMap<World, number>();

function nextId(world: World): number {
  const id = (ids.get(world) ?? 0) + 1;
  ids.set(world, id);
  return id;
}
