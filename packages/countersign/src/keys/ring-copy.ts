// The copy of the key ring in memory: stored keys, ready for use. Knows how to read them, not when, and changes nothing.

import {
  type Algorithm,
  type Clock,
  ConfigurationError,
  importVerificationKey,
  type JsonObject,
  type VerificationKey,
} from "@countersign/verifier";
import type { KeyStore, LogStore, StoredKey } from "../stores/contract.ts";
import { importSigningKey, isAlgorithm, publicMembers, signCompact } from "./algorithms.ts";
import { openKey } from "./sealed.ts";
import type { ServerSecrets } from "./secrets.ts";

/** Signs with one key. */
export interface Signer {
  readonly kid: string;
  readonly alg: Algorithm;
  /** A JWS in compact form; the header is exactly `{alg, typ, kid}`. Costs one signature. */
  sign(typ: string, claims: object): Promise<string>;
}

/** A stored key, and what was made of it. */
export interface RingKey {
  readonly record: StoredKey;
  /** Absent where the key could not be opened; `unopened` says why. */
  readonly opened?: OpenedKey;
  readonly unopened?: ConfigurationError;
  /** Whether it is sealed under the first secret of the list. */
  readonly isSealCurrent: boolean;
}

/** A key ready for use. */
export interface OpenedKey {
  /** Its member of the key set: public members, `kid`, `alg` and `use`. */
  readonly publicJwk: JsonObject;
  readonly verification: VerificationKey;
  readonly signer: Signer;
}

/** The copy. Readings and changes run one after the other, so that no older reading replaces a newer one. */
export interface RingCopy {
  keys(): ReadonlyMap<string, RingKey>;
  records(): readonly StoredKey[];
  /** The kids of rows that are in the store although the log says that the key was revoked: none of them is a key of the ring. */
  putBack(): readonly string[];
  /** When the latest reading ended, well or not, by the monotonic clock. */
  checkedAt(): number;
  /** Why the latest reading failed; `undefined` when it did not. */
  failure(): unknown;
  isReading(): boolean;
  /** Runs work while no other reading or change runs. Its `read` asks the store and answers the ring's revision. */
  exclusively<T>(work: (read: () => Promise<number>) => Promise<T>): Promise<T>;
  /** One reading for all who ask meanwhile. Never rejects: the copy goes on serving, and `failure` tells. */
  refresh(): Promise<void>;
}

/** An empty copy; nothing is read yet. */
export function createRingCopy(parts: {
  readonly store: { readonly keys: KeyStore; readonly log: Pick<LogStore, "newest"> };
  readonly secrets: ServerSecrets;
  readonly clock: Clock;
}): RingCopy {
  const { store, secrets, clock } = parts;
  let keys: ReadonlyMap<string, RingKey> = new Map();
  let putBack: ReadonlySet<string> = new Set();
  let checkedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let reading: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Reads the store; answers the revision. */
  const read = async (): Promise<number> => {
    try {
      const stored = await store.keys.list();
      // Asked after the list, so that a key that is revoked in between is not taken either.
      const revoked = await revokedAmong(
        stored.keys.map(({ kid }) => kid),
        store.log,
      );
      const entries = stored.keys
        .filter(({ kid }) => !revoked.has(kid))
        .map(async (record) => [record.kid, await ready(record, keys.get(record.kid), secrets)] as const);
      keys = new Map(await Promise.all(entries));
      putBack = revoked;
      failure = undefined;
      return stored.revision;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      checkedAt = clock.monotonic();
    }
  };

  const exclusively = <T>(work: (read: () => Promise<number>) => Promise<T>): Promise<T> => {
    const done = last.then(() => work(read));
    last = done.catch(() => undefined);
    return done;
  };

  return {
    keys: () => keys,
    records: () => [...keys.values()].map(({ record }) => record),
    putBack: () => [...putBack],
    checkedAt: () => checkedAt,
    failure: () => failure,
    isReading: () => reading !== undefined,
    exclusively,
    refresh(): Promise<void> {
      reading ??= exclusively((again) => again())
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => {
          reading = undefined;
        });
      return reading;
    },
  };
}

/**
 * Which of these kids were revoked, by the log. A revoked key's row is gone, so there is none, unless somebody who can write to the database
 * put it back: its seal is right, and only the log tells. Costs one look-up; more only where one was.
 */
async function revokedAmong(kids: readonly string[], log: Pick<LogStore, "newest">): Promise<ReadonlySet<string>> {
  if (!(await isAnyRevoked(kids, log))) return new Set();
  const judged = await Promise.all(kids.map(async (kid) => ({ kid, isRevoked: await isAnyRevoked([kid], log) })));
  return new Set(judged.filter(({ isRevoked }) => isRevoked).map(({ kid }) => kid));
}

/** Whether the log says of any of these kids that its key was revoked. */
export async function isAnyRevoked(kids: readonly string[], log: Pick<LogStore, "newest">): Promise<boolean> {
  return (await log.newest(kids.map((target) => ({ scope: "key", target })))) > 0;
}

/** Makes a stored key usable. What was made from the same stored text before is kept: importing is what costs. */
async function ready(record: StoredKey, before: RingKey | undefined, secrets: ServerSecrets): Promise<RingKey> {
  const isSame = before?.record.sealedPrivateJwk === record.sealedPrivateJwk && before.record.alg === record.alg;
  if (isSame) return { ...before, record };
  try {
    return { record, ...(await open(record, before?.opened, secrets)) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // Another process may have sealed it under a secret that is not in our list: what we opened before goes on.
    const opened = before?.record.alg === record.alg ? before.opened : undefined;
    return opened === undefined
      ? { record, unopened: error, isSealCurrent: true }
      : { record, opened, isSealCurrent: true };
  }
}

/**
 * Opens a key. Its public half comes out of the seal too, never from the text beside it: who can write to the database but does not
 * know the server secret cannot make the ring accept a key.
 */
async function open(record: StoredKey, before: OpenedKey | undefined, secrets: ServerSecrets) {
  const { kid, alg } = record;
  if (!isAlgorithm(alg)) {
    throw new ConfigurationError("keys", `the stored key ${kid} has an algorithm that this version does not know`);
  }
  const { privateJwk, isCurrent } = openKey({ kid, alg }, record.sealedPrivateJwk, secrets);
  const jwk: Record<string, unknown> = JSON.parse(privateJwk);
  const publicJwk = { ...publicMembers(alg, jwk), kid, alg, use: "sig" };
  const isKnown = before !== undefined && JSON.stringify(before.publicJwk) === JSON.stringify(publicJwk);
  const key = await importSigningKey(alg, jwk);
  const signer: Signer = { kid, alg, sign: (typ, claims) => signCompact(key, { alg, typ, kid }, claims) };
  const verification = isKnown ? before.verification : await importVerificationKey(publicJwk);
  return { opened: { publicJwk, verification, signer }, isSealCurrent: isCurrent };
}
