// The issuer's signing keys: published, rotated, revoked, shared by every process over one store. Knows no claims and no HTTP.

import {
  type Algorithm,
  type Awaitable,
  type Clock,
  type JsonObject,
  type KeySource,
  Unavailable,
  type VerificationKey,
} from "@countersign/verifier";
import type { Outcome } from "../primitives/errors.ts";
import type { Random } from "../primitives/random.ts";
import type { StoredKey } from "../stores/contract.ts";
import { isForgotten, judgeKey, type KeyState, pickSigning } from "./key-plan.ts";
import {
  maintainKeys,
  makeFirstKey,
  noSigningKey,
  type RingChangeParts,
  resealKeys,
  revokeKey,
  rotateKey,
  stageAlgorithm,
} from "./ring-changes.ts";
import { createRingCopy, type RingCopy, type RingKey, type Signer } from "./ring-copy.ts";
import type { ServerSecrets } from "./secrets.ts";

export { judgeKey, type KeyState } from "./key-plan.ts";
export type { Signer } from "./ring-copy.ts";

/** What a key ring is made of. */
export interface KeyRingOptions {
  readonly store: RingChangeParts["store"];
  readonly secrets: ServerSecrets;
  readonly clock: Clock;
  readonly random: Random;
  /** The algorithm of new keys. Default ES256. A change is staged like a rotation when the ring starts. */
  readonly algorithm?: Algorithm;
  /** How often verifiers fetch the key set. Default 300. A new key is published twice as long before it signs. */
  readonly keySetRefreshSeconds?: number;
  /** The longest life of a token that a key signs. A retired key stays in the key set for it. */
  readonly maxTokenSeconds: number;
  /** The age at which `maintain` stages a successor. Default 90 days. */
  readonly rotateAfterSeconds?: number;
  /** How long a key that has left the key set is remembered, for `pastSource`. Default 0. */
  readonly rememberSeconds?: number;
  /** How old the copy in memory may grow before the store is asked again. Default 10. Used to twice that age at most. */
  readonly rereadSeconds?: number;
}

/** A key of the ring, as an operator sees it. Times are milliseconds since 1970. */
export interface KeyView {
  readonly kid: string;
  readonly alg: string;
  readonly state: Exclude<KeyState, "left">;
  readonly createdAt: number;
  readonly signsFrom: number;
  readonly signsUntil: number | null;
  readonly leavesAt: number | null;
}

/**
 * The signing keys of one issuer. Every method that answers a promise may throw `Unavailable` when the store cannot answer; once the
 * ring is read, `signer`, `source` and `jwks` go on without the store.
 *
 * A change by another process (`rotate`, `revoke`) is seen here within twice `rereadSeconds`: in use the ring is re-read in the background,
 * and one that lay idle for longer is re-read before it is used.
 */
export interface KeyRing {
  /**
   * Reads the ring; makes the first key, which signs at once (of two processes that start together, one makes it); seals keys anew that are
   * sealed under an older secret; stages a key when the algorithm has changed. Throws `ConfigurationError` when a key that
   * signs or will sign cannot be opened: bring its secret back, or revoke the key. `signer`, `source.find`, `jwks`, `rotate`, `refresh`
   * and `maintain` start the ring when nobody did.
   */
  start(): Promise<void>;
  /** The current key. Without a promise, but for one call after idleness. */
  signer(): Awaitable<Signer>;
  /** The ring's own keys, for a verifier beside it. An unknown kid makes it read the store once, at most once a second. */
  readonly source: KeySource;
  /**
   * The same, and also keys that have left and are remembered: for telling which session a token once belonged to, that may have expired
   * weeks ago. Nobody is let in by it. A revoked key is not among them.
   */
  readonly pastSource: KeySource;
  /** The public key set (RFC 7517 section 5): every key that is published, signing or retired. */
  jwks(): Awaitable<{ readonly keys: readonly JsonObject[] }>;
  /**
   * Stages the next key: published now, signing from `signsFrom` (milliseconds since 1970), when the present one retires.
   * `key_already_staged`: one waits already.
   */
  rotate(): Promise<Outcome<{ kid: string; signsFrom: number }>>;
  /**
   * For a key that may be known to others: it leaves the set at once, and the log tells every follower, and every ring, never to take it
   * again, not even if its row comes back into the database. If it was the signing key, the staged or a new one signs at once.
   * `signing`: the key that signs now. `key_not_found`.
   */
  revoke(kid: string): Promise<Outcome<{ signing: string }>>;
  /** Every key that has not left, as the store has it now. */
  list(): Promise<readonly KeyView[]>;
  /** Reads the store now. */
  refresh(): Promise<void>;
  /**
   * Removes keys that have left (those remembered later) and revoked ones whose row was put back, and stages a successor for a signing
   * key that is old enough. To be called now and then.
   */
  maintain(): Promise<{ readonly removed: readonly string[]; readonly staged: string | undefined }>;
}

/** A key ring over a store. Nothing is read before it starts. */
export function createKeyRing(options: KeyRingOptions): KeyRing {
  const parts = changeParts(options);
  const copy = createRingCopy(options);
  const now = () => options.store.now();
  // Never slower than the verifiers elsewhere, so that every process knows the next key before it signs.
  const rereadMs = Math.min((options.rereadSeconds ?? 10) * 1000, parts.keySetRefreshMs);
  const lifecycle = startingOnce(() => start(parts, copy));

  /** Answers from the copy: at once while it is young, after a reading when it lay idle or was never made. */
  const answer = <T>(from: () => T): Awaitable<T> => {
    if (!lifecycle.isStarted()) return lifecycle.start().then(from);
    const ageMs = options.clock.monotonic() - copy.checkedAt();
    if (ageMs >= 2 * rereadMs) return copy.refresh().then(from);
    if (ageMs >= rereadMs) void copy.refresh();
    return from();
  };
  const afterStart = <T>(work: () => Promise<T>): Promise<T> => lifecycle.start().then(work);
  const source = { copy, answer, isStarted: lifecycle.isStarted, clock: options.clock };
  const reread = () => copy.exclusively(async (read) => void (await read()));

  return {
    start: lifecycle.start,
    signer: () => answer(() => currentSigner(copy, now())),
    source: createOwnSource({ ...source, isUsable: (record) => judgeKey(record, now()) !== "left" }),
    pastSource: createOwnSource({ ...source, isUsable: (record) => !isForgotten(record, parts.rememberMs, now()) }),
    jwks: () => answer(() => ({ keys: keySet(copy.keys(), now()) })),
    rotate: () => afterStart(() => rotateKey(parts, copy)),
    // Without a start: a key that cannot be opened any more can still be seen, and be revoked so that another takes its place.
    revoke: (kid) => revokeKey(parts, copy, kid),
    list: () => reread().then(() => views(copy.records(), now())),
    refresh: () => afterStart(reread),
    maintain: () => afterStart(() => maintainKeys(parts, copy)),
  };
}

function changeParts(options: KeyRingOptions): RingChangeParts {
  const { store, secrets, random } = options;
  return {
    store,
    secrets,
    random,
    algorithm: options.algorithm ?? "ES256",
    keySetRefreshMs: (options.keySetRefreshSeconds ?? 300) * 1000,
    maxTokenMs: options.maxTokenSeconds * 1000,
    rotateAfterMs: (options.rotateAfterSeconds ?? 90 * 86_400) * 1000,
    rememberMs: (options.rememberSeconds ?? 0) * 1000,
  };
}

async function start(parts: RingChangeParts, copy: RingCopy): Promise<void> {
  await makeFirstKey(parts, copy);
  // A retired key that cannot be opened only takes tokens along that end soon; a signing one takes the service along.
  const needed = (key: RingKey) => ["published", "signing"].includes(judgeKey(key.record, parts.store.now()));
  for (const key of copy.keys().values()) if (key.unopened !== undefined && needed(key)) throw key.unopened;
  await resealKeys(parts, copy);
  await stageAlgorithm(parts, copy);
}

/** Runs `work` for the first who asks; for the next one again only if it failed. */
function startingOnce(work: () => Promise<void>) {
  let started = false;
  let starting: Promise<void> | undefined;
  const begin = async () => {
    try {
      await work();
      started = true;
    } catch (error) {
      starting = undefined;
      throw error;
    }
  };
  return {
    isStarted: () => started,
    start: (): Promise<void> => {
      starting ??= begin();
      return starting;
    },
  };
}

function currentSigner(copy: RingCopy, nowMs: number): Signer {
  const key = copy.keys().get(pickSigning(copy.records(), nowMs)?.kid ?? "");
  if (key?.opened !== undefined) return key.opened.signer;
  throw key?.unopened ?? noSigningKey();
}

/** Between two readings of the store for the sake of unknown kids. */
const unknownKeyCooldownMs = 1000;

interface OwnSourceParts {
  readonly copy: RingCopy;
  readonly answer: <T>(from: () => T) => Awaitable<T>;
  readonly isUsable: (record: StoredKey) => boolean;
  readonly isStarted: () => boolean;
  readonly clock: Clock;
}

function createOwnSource({ copy, answer, isUsable, isStarted, clock }: OwnSourceParts): KeySource {
  let readAt = Number.NEGATIVE_INFINITY;
  const living = (kid: string): VerificationKey | undefined => {
    const key = copy.keys().get(kid);
    return key === undefined || !isUsable(key.record) ? undefined : key.opened?.verification;
  };
  // One reading a second at most, so that tokens with made-up kids cannot wear out the store.
  const findUnknown = async (kid: string) => {
    if (copy.isReading() || clock.monotonic() - readAt >= unknownKeyCooldownMs) {
      await copy.refresh();
      readAt = clock.monotonic();
    }
    const key = living(kid);
    // A store that cannot answer is no reason to call a key unknown.
    if (key === undefined && copy.failure() !== undefined) throw copy.failure();
    const cause = copy.keys().get(kid)?.unopened;
    if (cause !== undefined) throw new Unavailable("key_set_unavailable", cause.message, { cause });
    return key;
  };
  return {
    find(kid) {
      const known = answer(() => living(kid));
      return known instanceof Promise ? known.then((key) => key ?? findUnknown(kid)) : (known ?? findUnknown(kid));
    },
    has(kid, key) {
      // Where it cannot be told at once, the answer is no: `find` waits and tells.
      const known = isStarted() ? answer(() => living(kid)) : undefined;
      if (known === undefined || known instanceof Promise) return false;
      return key === undefined || key === known;
    },
  };
}

function keySet(keys: ReadonlyMap<string, RingKey>, nowMs: number): readonly JsonObject[] {
  return [...keys.values()].flatMap(({ record, opened }) =>
    opened === undefined || judgeKey(record, nowMs) === "left" ? [] : [opened.publicJwk],
  );
}

function views(records: readonly StoredKey[], nowMs: number): readonly KeyView[] {
  return records.flatMap(({ kid, alg, createdAt, signsFrom, signsUntil, leavesAt }) => {
    const state = judgeKey({ signsFrom, signsUntil, leavesAt }, nowMs);
    return state === "left" ? [] : [{ kid, alg, state, createdAt, signsFrom, signsUntil, leavesAt }];
  });
}
