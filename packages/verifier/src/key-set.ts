// Where verification keys come from: a fixed set, or the issuer's JWK Set over HTTP; knows nothing of tokens.

import { type Fetch, fetchBounded } from "./bounded-fetch.ts";
import { safeUrl } from "./option-readers.ts";
import { type Clock, systemClock } from "./primitives/clock.ts";
import { ConfigurationError, Unavailable } from "./primitives/errors.ts";
import { parseStrictObject } from "./strict-json.ts";
import type { Awaitable } from "./verdict.ts";
import { importUsable, judgeJwk, type UsableJwk, type VerificationKey } from "./verification-key.ts";

/** A source of verification keys. */
export interface KeySource {
  /**
   * The key of this id; `undefined` when the issuer has no such key. At once when it is known.
   * Throws `Unavailable("key_set_unavailable")` when that cannot be told.
   */
  find(kid: string): Awaitable<VerificationKey | undefined>;
  /**
   * Whether this very key is still in the set. Asked at every use of a remembered token, so that a key that has
   * left takes its tokens along; hence no promise. `false` also when it cannot be told: `find` then says so.
   */
  has(kid: string, key?: VerificationKey): boolean;
  /** Fetches the set anew, in the background: it is said to have changed. Absent where it cannot. */
  renew?(): void;
}

/** A key set (RFC 7517 section 5) given once. Each key must be usable: a `ConfigurationError` names the one that is not. */
export function createLocalKeySet(jwks: unknown): KeySource {
  const judged = keysOf(jwks).map((jwk, index) => {
    const usable = judgeJwk(jwk);
    if ("unusable" in usable) throw new ConfigurationError(`jwks.keys[${index}]`, usable.unusable);
    return usable;
  });
  if (hasDuplicates(judged)) throw new ConfigurationError("jwks.keys", "must not use a kid twice");
  const known = new Set(judged.map(({ kid }) => kid));
  let keys: ReadonlyMap<string, VerificationKey> | undefined;
  const importing = importAll(judged, new Map()).then((imported) => {
    keys = imported;
    return imported;
  });
  const find = async (kid: string) => {
    const key = (await importing).get(kid);
    if (key === undefined && known.has(kid))
      throw new ConfigurationError("jwks.keys", "holds a key that is no valid key");
    return key;
  };
  return {
    find: (kid) => keys?.get(kid) ?? find(kid),
    has: (kid, key) => isHeld(keys, kid, key),
  };
}

/** How a remote key set is kept. */
export interface RemoteKeySetOptions {
  /** The JWK Set's address: `https:`, or `http:` on this machine. */
  readonly url: string | URL;
  /** Fetches it. Default: the runtime's `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** After how many seconds a use of the set renews it in the background. Default 300. */
  readonly refreshSeconds?: number | undefined;
  /** For how many seconds after a fetch an unknown key id does not cause another. Default 30. */
  readonly cooldownSeconds?: number | undefined;
  /**
   * For how many seconds the last good set serves while the issuer cannot be reached. Default 86 400, a day: longer
   * keeps services running through a longer outage, and a stolen signing key useful through it.
   */
  readonly staleSeconds?: number | undefined;
  /** How long one fetch may take, in milliseconds. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** How long the document may be, in bytes. Default 65 536. */
  readonly maxBytes?: number | undefined;
  /** How many keys it may hold. Default 32. */
  readonly maxKeys?: number | undefined;
}

/**
 * The issuer's published keys, fetched at first use and then kept.
 *
 * An unknown key id triggers one fetch for all who wait, unless the last was less than the cool-down ago: then the key
 * is unknown after a good fetch, and `Unavailable` is thrown after a failed one. After failures the cool-down starts at a
 * second and doubles up to the full one, so that an issuer that starts late is soon found. Redirects, documents too
 * long or too slow, and sets that use an id twice are failures; the last good set stays. Keys of other kinds, weak
 * keys, and keys published with private members are left out.
 */
export function createRemoteKeySet(options: RemoteKeySetOptions): KeySource {
  const settings = readSettings(options);
  const { clock } = settings;
  let keys: ReadonlyMap<string, VerificationKey> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let underWay: Promise<void> | undefined;
  let underWaySince = 0;

  const secondsSince = (moment: number) => (clock.monotonic() - moment) / 1000;
  const isServing = () => secondsSince(fetchedAt) < settings.staleSeconds;
  const cooldownLeft = () => {
    const full = settings.cooldownSeconds;
    const cooldown = failures === 0 ? full : Math.min(full, 2 ** (failures - 1));
    return cooldown - secondsSince(attemptedAt);
  };

  async function renew(): Promise<void> {
    attemptedAt = clock.monotonic();
    try {
      keys = await fetchKeys(settings, keys);
      fetchedAt = clock.monotonic();
      failures = 0;
    } catch (error) {
      failures += 1;
      throw error;
    } finally {
      attemptedAt = clock.monotonic();
      underWay = undefined;
    }
  }

  // Where work belongs to a request, it can end with it and never settle, time-out and all: then the next one fetches anew.
  function renewOnce(): Promise<void> {
    const isDead = clock.monotonic() - underWaySince > 2 * settings.timeoutMs;
    if (underWay === undefined || isDead) {
      underWaySince = clock.monotonic();
      underWay = renew();
    }
    return underWay;
  }

  function renewWhenDue(): void {
    if (secondsSince(fetchedAt) < settings.refreshSeconds || cooldownLeft() > 0) return;
    // Nobody waits for this one; who needs it and finds no key will hear of the failure.
    renewOnce().catch(() => undefined);
  }

  async function findByFetching(kid: string): Promise<VerificationKey | undefined> {
    const left = cooldownLeft();
    if (underWay === undefined && left > 0) {
      if (failures === 0 && isServing()) return undefined;
      throw unavailable("the last fetch failed", { retryAfterSeconds: Math.max(1, Math.ceil(left)) });
    }
    try {
      await renewOnce();
    } catch (cause) {
      throw unavailable("the fetch failed", { cause });
    }
    return keys.get(kid);
  }

  return {
    find(kid) {
      const key = isServing() ? keys.get(kid) : undefined;
      if (key === undefined) return findByFetching(kid);
      renewWhenDue();
      return key;
    },
    has(kid, key) {
      renewWhenDue();
      return isServing() && isHeld(keys, kid, key);
    },
    // Whoever says so has seen the set; the cool-down is for those who only claim to.
    renew: () => void renewOnce().catch(() => undefined),
  };
}

function isHeld(keys: ReadonlyMap<string, VerificationKey> | undefined, kid: string, key: VerificationKey | undefined) {
  const held = keys?.get(kid);
  return held !== undefined && (key === undefined || held === key);
}

function unavailable(why: string, options: { retryAfterSeconds?: number; cause?: unknown }): Unavailable {
  return new Unavailable("key_set_unavailable", `The issuer's key set cannot be read: ${why}.`, options);
}

interface Settings {
  readonly url: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly refreshSeconds: number;
  readonly cooldownSeconds: number;
  readonly staleSeconds: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maxKeys: number;
}

function readSettings(options: RemoteKeySetOptions): Settings {
  const numbers = {
    refreshSeconds: options.refreshSeconds ?? 300,
    cooldownSeconds: options.cooldownSeconds ?? 30,
    staleSeconds: options.staleSeconds ?? 86_400,
    timeoutMs: options.timeoutMs ?? 5000,
    maxBytes: options.maxBytes ?? 65_536,
    maxKeys: options.maxKeys ?? 32,
  };
  for (const [option, value] of Object.entries(numbers)) {
    if (!(Number.isFinite(value) && value > 0)) throw new ConfigurationError(option, "must be a number above 0");
  }
  const url = safeUrl("url", options.url);
  return {
    ...numbers,
    url,
    fetch: options.fetch ?? ((...call) => fetch(...call)),
    clock: options.clock ?? systemClock,
  };
}

async function fetchKeys(
  settings: Settings,
  before: ReadonlyMap<string, VerificationKey>,
): Promise<ReadonlyMap<string, VerificationKey>> {
  const jwks = parseStrictObject(await fetchBounded(settings, { headers: { accept: "application/json" } }));
  if (jwks === undefined) throw new Error("The document is no JSON object.");
  const published = keysOf(jwks);
  if (published.length > settings.maxKeys) throw new Error(`It holds more than ${settings.maxKeys} keys.`);
  const judged = published.map(judgeJwk).filter((jwk): jwk is UsableJwk => !("unusable" in jwk));
  if (hasDuplicates(judged)) throw new Error("It uses a kid twice.");
  return importAll(judged, before);
}

function keysOf(jwks: unknown): readonly unknown[] {
  const keys = typeof jwks === "object" && jwks !== null && "keys" in jwks ? jwks.keys : undefined;
  if (!Array.isArray(keys)) throw new ConfigurationError("jwks.keys", "must be an array of JWKs");
  return keys;
}

function hasDuplicates(judged: readonly UsableJwk[]): boolean {
  return new Set(judged.map(({ kid }) => kid)).size < judged.length;
}

// An unchanged key stays the same object, so that what was verified by it stays remembered.
async function importAll(judged: readonly UsableJwk[], before: ReadonlyMap<string, VerificationKey>) {
  const keys = new Map<string, VerificationKey>();
  for (const jwk of judged) {
    const known = before.get(jwk.kid);
    const key = known?.material === jwk.material ? known : await importUsable(jwk);
    if (!("unusable" in key)) keys.set(jwk.kid, key);
  }
  return keys;
}
