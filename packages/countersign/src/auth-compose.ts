// Puts the parts of an issuer together. The only file that knows all of them; shows none to the application.

import {
  type Clock,
  createSessionCache,
  createVerifier,
  type Follower,
  insecureJudgeIgnoringExpiry,
  type JsonObject,
  type RequestLike,
  readHeader,
  systemClock,
  warnOfFaults,
} from "@countersign/verifier";
import { createAudit } from "./audit.ts";
import { createRecogniser, type KeptSession } from "./http/authenticate.ts";
import { createPlaces } from "./http/caller.ts";
import type { HttpParts } from "./http/contract.ts";
import { createCookieJar } from "./http/cookies.ts";
import { createKeyRing, type KeyRing } from "./keys/key-ring.ts";
import { createSecrets } from "./keys/secrets.ts";
import { type ClaimsHook, type DataOptions, type ResolvedOptions, requireParts, resolveOptions } from "./options.ts";
import { type Background, createBackground } from "./primitives/background.ts";
import { requireNode } from "./primitives/node-version.ts";
import { type Random, systemRandom } from "./primitives/random.ts";
import type { BarrierResult } from "./revocation/barrier.ts";
import { createFeed } from "./revocation/feed.ts";
import { createOwnView } from "./revocation/own-view.ts";
import { judgeLife } from "./sessions/judge.ts";
import { renew } from "./sessions/renew.ts";
import type { SendMail, SignInParts } from "./sign-in/contract.ts";
import { createDecoys } from "./sign-in/decoys.ts";
import { claimsOf } from "./sign-in/establish.ts";
import { createHasher } from "./sign-in/hashing.ts";
import { createLimits, limitRulesOf } from "./sign-in/limits.ts";
import { createPasswordPolicy } from "./sign-in/password-policy.ts";
import { createSubjects } from "./sign-in/subjects.ts";
import type { AuditEntry, LifetimePolicy, Store } from "./stores/contract.ts";
import { createStrategies } from "./strategies/strategies.ts";

/** How long leases gather after they were last told to the store: a hundred followers ask 175 times a second, and each write is flushed to the disk. */
const gatherMs = 25;

/** The options of `createAuth`. The data among them is described in `docs/options.md`. */
export interface AuthOptions<Claims extends object = JsonObject> extends DataOptions {
  /** Where everything is kept: `openSqliteStore(…)` or `createMemoryStore()`. */
  readonly store: Store;
  /**
   * What tokens and sessions say of a subject beside its name; asked at sign-in and at every renewal. A plain object of JSON, at most 4,096
   * bytes and 12 levels deep, without the claims of the token itself: anything else is answered 500 (`claims_invalid`, `claims_too_large`,
   * `claims_reserved`), and nothing is created.
   *
   * What it answers is the type of `verdict.identity.claims`. A token that travels by cookie carries none of it, whatever that type says: cookies
   * hold identifiers only. Where people sign in by `jwt` or `hybrid` with cookies, let its members be optional.
   */
  readonly claims?: ClaimsHook<Claims> | undefined;
  /** Hands a mail over. Without it there are no mailed links, and the routes for them answer `mail_not_configured`. */
  readonly sendMail?: SendMail | undefined;
  /**
   * Told of every fault that is nobody's mistake but the server's: for the log; `console.error` will do. Default: a warning of the process,
   * once for each different fault, without what the error says.
   */
  readonly onError?: ((error: unknown, where: string) => void) | undefined;
  /** Told of every act of the audit log as it happens: for logs and metrics. */
  readonly onAudit?: ((entry: Omit<AuditEntry, "id" | "at">) => void) | undefined;
  /** Told of every wait until something holds everywhere, once it is over: for logs and metrics. */
  readonly onBarrier?: ((result: BarrierResult) => void) | undefined;
  /**
   * Whether this process prunes what has passed and lets keys come and go by itself: once a minute, from `start` or the first request on, until
   * `close`. It keeps no program alive. `false`: somebody calls `maintain`. Default `true`.
   */
  readonly upkeep?: boolean | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Default: the system's generator. */
  readonly random?: Random | undefined;
}

/** Hands a fault to the operator. */
type Tell = (error: unknown, where: string) => void;

/** Everything that an issuer consists of. */
export type AuthParts = HttpParts & {
  readonly background: Background;
  readonly random: Random;
  readonly tell: Tell;
  /** This process's own view of the log. */
  readonly follower: Follower;
  start(): Promise<void>;
};

/** Makes the parts. Throws `ConfigurationError` naming the option at fault. Asks the store nothing yet. */
export function compose(input: AuthOptions<object>): AuthParts {
  requireNode();
  requireParts(input);
  const { store, claims, sendMail, onError, onAudit, onBarrier, upkeep: _, ...rest } = input;
  const { clock = systemClock, random = systemRandom, ...data } = rest;
  const options = resolveOptions(data);
  const secrets = createSecrets(options.secrets);
  const policy: LifetimePolicy = { maxIdleMs: options.session.maxIdleMs, maxAgeMs: options.session.maxAgeMs };
  const tell = createTell(onError);
  const background = createBackground({ clock, random, onError: (name, error) => tell(error, name) });
  const audit = createAudit(store, onAudit && observing(onAudit, (error) => tell(error, "onAudit")));
  const keys = createKeyRing({
    store,
    secrets,
    clock,
    random,
    algorithm: options.jwt.algorithm,
    keySetRefreshSeconds: options.keys.keySetRefreshSeconds,
    maxTokenSeconds: options.jwt.lifetimeSeconds,
    rotateAfterSeconds: options.keys.rotateAfterSeconds,
    // A key that another process revoked signs here for twice as long at most, and nobody takes what it signed.
    rereadSeconds: 2,
    // A browser that comes back after weeks still bears a token that one of them signed; see `judgeIgnoringExpiry`.
    rememberSeconds: options.jwt.refresh ? options.session.maxAgeMs / 1000 : 0,
  });
  const start = once(async () => {
    await store.log.registerAccessLifetime(options.jwt.lifetimeSeconds * 1000);
    await keys.start();
  });
  const strategy = createStrategies({ options, secrets, random, keys, now: () => store.now(), ready: start });
  const feed = createFeed({
    store,
    clock,
    random,
    allowedLagMs: options.feed.lagMs,
    maxFollowers: options.feed.maxFollowers,
    snapshotsPerService: options.limits.snapshotsPerService,
    keySet: keySetName(keys),
    takeTurn: () => systemClock.sleep(gatherMs),
    onError: (error) => tell(error, "feed"),
    onBarrier: onBarrier && observing(onBarrier, (error) => tell(error, "onBarrier")),
  });
  const cache = createSessionCache<KeptSession>(clock, options.session.cache);
  const follower = createOwnView(
    feed,
    { clock, random, lagMs: options.feed.lagMs, onStale: options.feed.onStale },
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
    if (record === undefined || record.tokenHash === null) return undefined;
    if (judgeLife(record, policy, store.now()) !== undefined) return undefined;
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
    limits: createLimits({ rules: limitRulesOf(options.limits) }),
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
    subjects: createSubjects({ store, audit, signIn: signInParts, everywhere: feed.everywhere }),
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
function createTell(onError: Tell = warnOfFaults()): Tell {
  return (error, where) => {
    try {
      onError(error, where);
    } catch {
      // Whoever would have to hear of it is the one that failed.
    }
  };
}

function observing<T>(observer: (seen: T) => void, onFault: (error: unknown) => void): (seen: T) => void {
  return (seen) => {
    try {
      observer(seen);
    } catch (error) {
      onFault(error);
    }
  };
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
