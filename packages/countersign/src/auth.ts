// The one door: `createAuth` puts the parts together. The only file that knows all of them.

import {
  type Authenticator,
  type Clock,
  createSessionCache,
  createVerifier,
  type Follower,
  type FollowerState,
  insecureJudgeIgnoringExpiry,
  type JsonObject,
  type RequestLike,
  readHeader,
  systemClock,
  type Verdict,
} from "@countersign/verifier";
import { type Actor, type Audit, createAudit } from "./audit.ts";
import { createRecogniser, type KeptSession } from "./http/authenticate.ts";
import { callerOf, createPlaces } from "./http/caller.ts";
import type { HttpParts } from "./http/contract.ts";
import { createCookieJar } from "./http/cookies.ts";
import { createDispatch } from "./http/dispatch.ts";
import { openApiDocument } from "./http/openapi.ts";
import { routes } from "./http/routes.ts";
import { newServiceKey, requireFittingScopes } from "./http/service-key.ts";
import { judgeService } from "./http/service-key-access.ts";
import { createKeyRing, type KeyRing } from "./keys/key-ring.ts";
import { createSecrets, type ServerSecrets } from "./keys/secrets.ts";
import { type ClaimsHook, type DataOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { type Background, createBackground } from "./primitives/background.ts";
import { type Outcome, problem } from "./primitives/errors.ts";
import { type Random, systemRandom } from "./primitives/random.ts";
import type { BarrierResult } from "./revocation/barrier.ts";
import { createFeed } from "./revocation/feed.ts";
import { createOwnView } from "./revocation/own-view.ts";
import { judgeLife } from "./sessions/judge.ts";
import { renew } from "./sessions/renew.ts";
import { newSid } from "./sessions/session-token.ts";
import { createSessions, type Sessions } from "./sessions/sessions.ts";
import type { SendMail, SignInParts } from "./sign-in/contract.ts";
import { createDecoys } from "./sign-in/decoys.ts";
import { parseEmail } from "./sign-in/email.ts";
import { claimsOf } from "./sign-in/establish.ts";
import { createHasher } from "./sign-in/hashing.ts";
import { createLimits } from "./sign-in/limits.ts";
import { createPasswordPolicy } from "./sign-in/password-policy.ts";
import type { Account, AuditEntry, LifetimePolicy, Pruned, ServiceKey, Store } from "./stores/contract.ts";
import { createAccessTokenIssuer } from "./strategies/access-token.ts";
import { createHybridStrategy } from "./strategies/hybrid.ts";
import { createJwtStrategy } from "./strategies/jwt.ts";
import { createSessionStrategy } from "./strategies/session.ts";

/** The options of `createAuth`. The data among them is described in `docs/options.md`. */
export interface AuthOptions extends DataOptions {
  /** Where everything is kept: `openSqliteStore(…)` or `createMemoryStore()`. */
  readonly store: Store;
  /**
   * What tokens and sessions say of a subject beside its name; asked at sign-in and at every renewal. A token that travels by cookie carries
   * none of it: cookies hold identifiers only. A plain object of JSON, at most 4,096 bytes and 12 levels deep, without the claims of the token
   * itself: anything else is answered 500 (`claims_invalid`, `claims_too_large`, `claims_reserved`), and nothing is created.
   */
  readonly claims?: ClaimsHook;
  /** Hands a mail over. Without it there are no mailed links, and the routes for them answer `mail_not_configured`. */
  readonly sendMail?: SendMail;
  /** Told of every fault that is nobody's mistake but the server's: for the log. */
  readonly onError?: (error: unknown, where: string) => void;
  /** Told of every act of the audit log as it happens: for logs and metrics. */
  readonly onAudit?: (entry: Omit<AuditEntry, "id" | "at">) => void;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Default: the system's generator. */
  readonly random?: Random;
}

/** Subjects, for applications and operators. */
export interface Subjects {
  /** Makes an account whose address counts as proved. The password is judged like any other. */
  create(input: { email: string; password: string }, by?: Actor): Promise<Outcome<{ account: Account }>>;
  find(sub: string): Promise<Account | undefined>;
  findByEmail(email: string): Promise<Account | undefined>;
  list(page: { after?: string; limit: number; search?: string }): Promise<readonly Account[]>;
  /** Ends everything of a subject. How many sessions ended; `undefined` when there is no such subject. */
  revoke(sub: string, by?: Actor): Promise<number | undefined>;
  disable(sub: string, by?: Actor): Promise<number | undefined>;
  enable(sub: string, by?: Actor): Promise<number | undefined>;
}

/** Service keys, for operators. */
export interface Services {
  /**
   * Makes a key. The secret is in this answer and nowhere else; as one text it is `id.secret`. Throws `UsageError` with
   * `service_audience_admin` for the scope `admin` together with an audience: who administers sees every subject.
   */
  add(
    input: { name: string; scopes: ServiceKey["scopes"]; audience?: string },
    by?: Actor,
  ): Promise<{ id: string; secret: string }>;
  list(): Promise<readonly ServiceKey[]>;
  remove(id: string, by?: Actor): Promise<boolean>;
  /**
   * For routes of your own that only services may call: the service whose key the request bears as HTTP Basic or Bearer, if it covers
   * `scope`. Refused keys are limited by address and recorded, as on the issuer's own routes; `remoteAddress` is the socket's.
   * Outcomes: `service_invalid`, `service_scope_missing`, `attempts_exceeded`. Throws `Unavailable`.
   */
  judge(
    request: Request,
    scope: ServiceKey["scopes"][number],
    info?: { remoteAddress?: string },
  ): Promise<Outcome<{ service: ServiceKey }>>;
}

/** Signing keys, for operators. */
export interface Keys extends Pick<KeyRing, "list" | "jwks"> {
  /** Publishes the next key; it signs once every verifier has had the time to fetch it. */
  rotate(by?: Actor): Promise<Outcome<{ kid: string; signsFrom: number }>>;
  /** Emergency: the key is trusted no more, from now on. Answers the key that signs now. */
  revoke(kid: string, by?: Actor): Promise<Outcome<{ signing: string }>>;
}

/** An issuer. */
export interface Auth extends Authenticator {
  /**
   * Judges a request: a session by one look-up, a token by its signature alone. Outcomes: a verdict. Throws `Unavailable`.
   *
   * ```ts
   * import type { Auth } from "countersign";
   *
   * export async function whoIs(auth: Auth, request: Request) {
   *   const verdict = await auth.authenticate(request);
   *   return verdict.ok ? verdict.identity.sub : undefined;
   * }
   * ```
   */
  authenticate(request: RequestLike): Verdict | Promise<Verdict>;
  /**
   * Answers the routes of the table: everything under `/auth/` and `/.well-known/`. Never throws. `remoteAddress` is the socket's;
   * without it everybody counts as one address, and shares one limit.
   */
  handle(request: Request, info?: { remoteAddress?: string }): Promise<Response>;
  readonly sessions: Sessions;
  readonly subjects: Subjects;
  readonly services: Services;
  readonly keys: Keys;
  /** The audit log, newest first. */
  audit(page: { before?: number; limit: number; sub?: string; act?: string }): Promise<readonly AuditEntry[]>;
  /** The OpenAPI 3.1 document of the routes. */
  openapi(version: string): Record<string, unknown>;
  readonly options: Omit<ResolvedOptions, "secrets">;
  /** Whether this issuer sends mail. */
  readonly sendsMail: boolean;
  /** Reads or makes the signing key; otherwise the first request does. */
  start(): Promise<void>;
  /** Really asks the store. Throws `Unavailable`. */
  ping(): Promise<void>;
  /** Prunes what has passed and lets keys come and go; to be called every minute or so. Resolves with what was pruned. */
  maintain(): Promise<Pruned>;
  /** Resolves when work that goes on after answers (mails, notes of use) is done. */
  idle(): Promise<void>;
  /**
   * Waits until everything that is revoked by now is refused everywhere: by this process, by every other issuer of the store, and by every
   * verifier that follows the feed. Costs one round trip to the followers; at the worst, when one of them does not answer, its lag.
   * Outcomes: `everywhere`, or `notKnown` when the store could not be read. Never throws.
   */
  everywhere(): Promise<BarrierResult>;
  /** What can be told of the revocation feed, for metrics. */
  feed(): FeedState;
  /** Ends the streams of followers and this process's own view; for the end of the program. */
  close(): void;
  /** Numbers for metrics: hashes under way and waiting. */
  readonly hashing: { depth(): { readonly waiting: number; readonly running: number } };
}

/** The revocation feed as this process sees it. */
export interface FeedState {
  /** This process's own view of the log. */
  readonly view: FollowerState;
  /** Followers that may rely on an answer of this process. */
  readonly followers: readonly { readonly name: string; readonly applied: number; readonly leftMs: number }[];
  /** Streams that stand. */
  readonly streams: number;
}

/** Makes an issuer. Throws `ConfigurationError` naming the option at fault. Asks the store nothing yet. */
export function createAuth(input: AuthOptions): Auth {
  const parts = compose(input);
  const { store, policy, audit, options, recogniser, keys, signInParts, background } = parts;
  const dispatch = createDispatch(parts, routes, (error, request) => parts.tell(error, new URL(request.url).pathname));
  const { secrets: _, ...publicOptions } = options;
  return {
    authenticate: (request) => recogniser.request(request),
    handle: (request, info = {}) => dispatch(request, info.remoteAddress ?? ""),
    sessions: createSessions({ store, policy, audit }),
    subjects: createSubjects(parts),
    services: createServices(parts),
    keys: createKeys(parts),
    audit: (page) => store.audit.list(page),
    openapi: (version) => openApiDocument(routes, { issuer: options.issuer, version }),
    options: publicOptions,
    sendsMail: signInParts.sendMail !== undefined,
    start: parts.start,
    ping: () => store.ping(),
    async maintain() {
      // Told anew, lest a shorter lifetime that another process uses outlasts ours in the store.
      await store.log.registerAccessLifetime(options.jwt.lifetimeSeconds * 1000);
      await keys.maintain();
      return store.prune({ auditMs: options.audit.keepMs, auditEntries: options.audit.entries });
    },
    idle: () => background.idle(),
    hashing: signInParts.hasher,
    everywhere: () => parts.feed.everywhere(),
    feed: () => ({
      view: parts.follower.state(),
      followers: parts.feed.followers().map(({ name, applied, leftMs }) => ({ name, applied, leftMs })),
      streams: parts.feed.subscribers(),
    }),
    close() {
      parts.follower.stop();
      parts.feed.stop();
    },
  };
}

/** Hands a fault to the operator. */
type Tell = (error: unknown, where: string) => void;

type Parts = HttpParts & {
  readonly background: Background;
  readonly random: Random;
  readonly tell: Tell;
  /** This process's own view of the log. */
  readonly follower: Follower;
  start(): Promise<void>;
};

function compose(input: AuthOptions): Parts {
  const { store, claims, sendMail, onError, onAudit, clock = systemClock, random = systemRandom, ...data } = input;
  const options = resolveOptions(data);
  const secrets = createSecrets(options.secrets);
  const policy: LifetimePolicy = { maxIdleMs: options.session.maxIdleMs, maxAgeMs: options.session.maxAgeMs };
  const tell = createTell(onError);
  const background = createBackground({ clock, random, onError: (name, error) => tell(error, name) });
  const audit = createAudit(store, onAudit && observing(onAudit, tell));
  const keys = createKeyRing({
    store,
    secrets,
    clock,
    random,
    algorithm: options.jwt.algorithm,
    keySetRefreshSeconds: options.keys.keySetRefreshSeconds,
    maxTokenSeconds: options.jwt.lifetimeSeconds,
    rotateAfterSeconds: options.keys.rotateAfterSeconds,
    // A browser that comes back after weeks still bears a token that one of them signed; see `judgeIgnoringExpiry`.
    rememberSeconds: options.jwt.refresh ? options.session.maxAgeMs / 1000 : 0,
  });
  const start = once(async () => {
    await store.log.registerAccessLifetime(options.jwt.lifetimeSeconds * 1000);
    await keys.start();
  });
  const strategy = createStrategies({ store, options, secrets, random, keys, ready: start });
  const feed = createFeed({
    store,
    clock,
    random,
    allowedLagMs: options.feed.lagMs,
    maxFollowers: options.feed.maxFollowers,
    keySet: keySetName(keys),
    onError: (error) => tell(error, "feed"),
  });
  const cache = createSessionCache<KeptSession>(clock, options.session.cache);
  const follower = createOwnView(
    feed,
    { clock, random, lagMs: options.feed.lagMs },
    { onSpoken: cache.drop, onRestart: cache.clear },
  );
  const verifier = createVerifier({
    issuer: options.issuer,
    keys: keys.source,
    clock,
    // Hybrids promise prompt revocation, also those issued before the strategy was taken off the list. Others are judged without a store,
    // unless this process follows anyway.
    feed: { createFollower: () => follower, only: options.strategies.includes("hybrid") ? undefined : "hybrid+jwt" },
  });
  const touch = (sid: string) => background.run("touch", () => store.sessions.touch(sid, policy));
  const judgeIgnoringExpiry = insecureJudgeIgnoringExpiry({ issuer: options.issuer, keys: keys.pastSource, clock });
  const renewBeside = async (sid: string) => {
    // Read before the statement that proves the session alive: a token may not be younger than that proof.
    const issuedAtMs = store.now();
    const record = await store.sessions.find(sid);
    if (record === undefined || judgeLife(record, policy, store.now()) !== undefined) return undefined;
    return (await strategy(record.strategy)?.renew(record, {}, issuedAtMs))?.access;
  };
  const recogniser = createRecogniser({
    ...{ issuer: options.issuer, store, policy, verifier, judgeIgnoringExpiry, touch },
    accessLifetimeMs: options.jwt.lifetimeSeconds * 1000,
    renewal: (sid, request) => renewalCookies(renewBeside, options, store, sid, request),
    ...(options.session.cache === 0 ? {} : { sessions: { follower, cache } }),
  });
  const signInParts: SignInParts = {
    ...{ options, store, random, audit, background, policy, strategy, sendMail },
    claimsHook: claims,
    hasher: createHasher({ ...options.hashing, random }),
    limits: createLimits(),
    passwordPolicy: createPasswordPolicy({
      ...options.password,
      words: [...options.password.words, options.mail.appName],
    }),
    placesOf: createPlaces(secrets),
    decoys: createDecoys(store.accounts, secrets.current.key("decoys/v1"), () => store.now()),
  };
  const renewParts = {
    ...{ store, secrets, policy, audit, strategy },
    graceMs: options.jwt.graceMs,
    claimsOf: (sub: string) => currentClaims(signInParts, sub),
  };
  return {
    ...{ options, store, policy, secrets, keys, audit, recogniser, signInParts, background, random, tell },
    ...{ clock, feed, follower, renewBeside },
    renew: (token, client, transport) => renew(renewParts, token, client, transport),
    start,
  };
}

async function renewalCookies(
  renewBeside: HttpParts["renewBeside"],
  options: ResolvedOptions,
  store: Store,
  sid: string,
  request: RequestLike,
): Promise<readonly string[]> {
  const access = await renewBeside(sid);
  const userAgent = readHeader(request, "user-agent");
  const jar = createCookieJar(options.issuer, typeof userAgent === "string" ? userAgent : undefined, []);
  return access === undefined ? [] : [jar.renew(access, store.now())];
}

// The same text while the set is the same. Told with every message, so it is the copy in memory that is asked, and never waited for.
function keySetName(keys: KeyRing): () => string {
  let name = "";
  return () => {
    const set = keys.jwks();
    if (!(set instanceof Promise)) name = set.keys.map(({ kid }) => kid).join(".");
    else set.catch(() => undefined);
    return name;
  };
}

// The application's observers must take nobody along when they fail: neither the request nor, from the background, the process.
function createTell(onError: AuthOptions["onError"]): Tell {
  return (error, where) => {
    try {
      onError?.(error, where);
    } catch {
      // Whoever would have to hear of it is the one that failed.
    }
  };
}

function observing(onAudit: NonNullable<AuthOptions["onAudit"]>, tell: Tell): NonNullable<AuthOptions["onAudit"]> {
  return (entry) => {
    try {
      onAudit(entry);
    } catch (error) {
      tell(error, "onAudit");
    }
  };
}

function createStrategies(parts: {
  store: Store;
  options: ResolvedOptions;
  secrets: ServerSecrets;
  random: Random;
  keys: KeyRing;
  ready: () => Promise<void>;
}) {
  const { store, options, secrets, random, keys, ready } = parts;
  const { lifetimeMs, idleMs, maxAgeMs } = options.session;
  const { lifetimeSeconds, maxBytes, refresh } = options.jwt;
  const now = () => store.now();
  const tokens = createAccessTokenIssuer({ issuer: options.issuer, keys, random, lifetimeSeconds, maxBytes, ready });
  const doors = new Map(
    [
      createSessionStrategy({ random, now, lifetimeMs, idleMs, maxAgeMs }),
      createJwtStrategy({ random, now, secrets, tokens, lifetimeMs, idleMs, maxAgeMs, refresh }),
      createHybridStrategy({ random, now, secrets, tokens, lifetimeMs, idleMs, maxAgeMs }),
    ].map((door) => [door.name as string, door] as const),
  );
  return (name: string) => doors.get(name);
}

// Runs once, for all who ask; a failure is not remembered, so that the next one tries again.
function once(work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  return () => {
    underWay ??= work().catch((error) => {
      underWay = undefined;
      throw error;
    });
    return underWay;
  };
}

// A hook is asked again at every renewal, so that a token says what is true now. Without a hook the account need not be read.
async function currentClaims(parts: SignInParts, sub: string): Promise<JsonObject | undefined> {
  if (parts.claimsHook === undefined) return {};
  const account = await parts.store.accounts.find(sub);
  return account === undefined ? undefined : claimsOf(parts, account);
}

const operator: Actor = { actor: "operator" };

function createSubjects({ store, signInParts, audit }: Parts): Subjects {
  const noted = async (
    act: Parameters<Audit["record"]>[0]["act"],
    sub: string,
    by: Actor,
    ended: readonly string[] | undefined,
  ) => {
    if (ended !== undefined) await audit.record({ act, outcome: "ok", by, sub });
    return ended?.length;
  };
  return {
    async create(input, by = operator) {
      const address = parseEmail(input.email);
      if (address === undefined) return problem("request_invalid");
      const judged = signInParts.passwordPolicy.judge(input.password, { email: address.email });
      if (!judged.ok) return problem(judged.code);
      const passwordHash = await signInParts.hasher.hash(judged.normalised);
      const sub = newSid(signInParts.random);
      const created = await store.accounts.create({ sub, ...address, emailVerified: true, passwordHash });
      const account = created === "created" ? await store.accounts.find(sub) : undefined;
      if (account === undefined) return problem("address_taken");
      await audit.record({ act: "subject.sign_up", outcome: "ok", by, sub });
      return { ok: true, account };
    },
    find: (sub) => store.accounts.find(sub),
    async findByEmail(email) {
      const address = parseEmail(email);
      return address === undefined ? undefined : store.accounts.findByEmail(address.emailKey);
    },
    list: (page) => store.accounts.list(page),
    revoke: async (sub, by = operator) =>
      noted("subject.revoke", sub, by, (await store.accounts.endAll(sub, "revoked"))?.ended),
    disable: async (sub, by = operator) =>
      noted("subject.disable", sub, by, (await store.accounts.setDisabled(sub, true))?.ended),
    async enable(sub, by = operator) {
      const enabled = await store.accounts.setDisabled(sub, false);
      // An operator's word also opens an account that was closed after too many failures.
      await store.accounts.recordSuccess(sub, []);
      return noted("subject.enable", sub, by, enabled?.ended);
    },
  };
}

function createServices(parts: Parts): Services {
  const { store, random, audit, options } = parts;
  return {
    async add({ name, scopes, audience = null }, by = operator) {
      requireFittingScopes({ scopes, audience });
      const { id, secret, secretHash } = newServiceKey(random);
      await store.services.create({ id, name, secretHash, scopes, audience });
      await audit.record({ act: "service.add", outcome: "ok", by, detail: id });
      return { id, secret };
    },
    list: () => store.services.list(),
    async remove(id, by = operator) {
      const removed = await store.services.remove(id);
      if (removed) await audit.record({ act: "service.remove", outcome: "ok", by, detail: id });
      return removed;
    },
    judge: (request, scope, { remoteAddress = "" } = {}) =>
      judgeService(parts, request, callerOf(request, remoteAddress, options.trustedProxyHops, []), scope),
  };
}

function createKeys({ keys, audit }: Parts): Keys {
  return {
    list: () => keys.list(),
    jwks: () => keys.jwks(),
    async rotate(by = operator) {
      const rotated = await keys.rotate();
      if (rotated.ok) await audit.record({ act: "key.rotate", outcome: "ok", by, detail: rotated.kid });
      return rotated;
    },
    async revoke(kid, by = operator) {
      const revoked = await keys.revoke(kid);
      if (revoked.ok) await audit.record({ act: "key.revoke", outcome: "ok", by, detail: kid });
      return revoked;
    },
  };
}
