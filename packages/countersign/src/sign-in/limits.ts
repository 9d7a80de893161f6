// How often something may be tried. Knows keys and numbers, not accounts; forgets at restart, so what must last stands in the account.

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { sha256 } from "../primitives/bytes.ts";
import { addressBlock } from "./client-info.ts";

/** So many within so many seconds; beyond that nothing for a while, longer each time. */
export interface LimitRule {
  readonly points: number;
  readonly perSeconds: number;
  /** The first block. It doubles with each further one within a day, up to `maxBlockSeconds`. */
  readonly blockSeconds: number;
  readonly maxBlockSeconds: number;
}

/**
 * The numbers, documented because ASVS 6.1.1 asks for it. `account` and `address` count sign-ins and other proofs by password;
 * successes are given back. The rest counts every request.
 */
export const limitRules = {
  /** Proofs by password for one account: from each known place apart, and from all others together. */
  account: { points: 10, perSeconds: 300, blockSeconds: 60, maxBlockSeconds: 900 },
  /** Proofs by password from one address, whatever the accounts; not from a known device, nor over a living session. */
  address: { points: 50, perSeconds: 300, blockSeconds: 60, maxBlockSeconds: 900 },
  /**
   * Proofs by password, good ones too: from one address, or for one account from its known devices and over its sessions. Each costs a
   * hash, and with accounts of one's own one could ask for any number of them.
   */
  proof: { points: 300, perSeconds: 900, blockSeconds: 60, maxBlockSeconds: 900 },
  /** Accounts made from one address. */
  sign_up: { points: 20, perSeconds: 3600, blockSeconds: 900, maxBlockSeconds: 3600 },
  /** Mails asked for, by one address or to one address. */
  mail: { points: 5, perSeconds: 3600, blockSeconds: 900, maxBlockSeconds: 3600 },
  /** Mailed links followed from one address. */
  link: { points: 30, perSeconds: 300, blockSeconds: 60, maxBlockSeconds: 900 },
  /** Refused service keys from one address. */
  service: { points: 30, perSeconds: 300, blockSeconds: 60, maxBlockSeconds: 900 },
} as const satisfies Record<string, LimitRule>;

/** What is limited. */
export type LimitKind = keyof typeof limitRules;

/** There is no attempt left: the next one may come in so many seconds. */
export interface Limited {
  readonly ok: false;
  readonly retryAfterSeconds: number;
  /** Whether this attempt is the one that began the pause: worth a line in the audit log, which those after it are not. */
  readonly begins: boolean;
}

/** What an account knows its caller by: a place that signed in to it before, or the living session over which it is asked. */
export interface KnownBy {
  readonly by: "address" | "device" | "session";
  readonly name: string;
}

/** The kinds that count requests rather than proofs by password. */
export type RequestKind = Exclude<LimitKind, "account" | "address" | "proof">;

/** Bounds attempts, in memory. Costs no store. */
export interface Limits {
  /**
   * Counts one proof by password before it is judged, so that many at once cannot slip by, and unknown accounts like known ones.
   * `account` is the key of the address, `address` the network address (IPv6 counts by /64). Each known place of an account has an
   * allowance of its own: what strangers or neighbours use up does not lock its owner out elsewhere. A known network address still
   * counts as any address does, for others may share it, and would tell by it whose accounts were used there.
   */
  attempt(on: {
    readonly account: string;
    readonly address: string;
    readonly known?: KnownBy | undefined;
  }): Promise<{ readonly ok: true; succeeded(): Promise<void> } | Limited>;
  /** Counts one request of a kind, by a network address or any other key. */
  take(kind: RequestKind, key: string): Promise<{ readonly ok: true } | Limited>;
}

/** What can be changed about limits. */
export interface LimitsOptions {
  /** Other numbers for some kinds. */
  readonly rules?: Partial<Record<LimitKind, LimitRule>>;
  /** Keys remembered per kind; beyond that the one unused for longest is forgotten. Default 100,000, at worst about 50 MB a kind. */
  readonly maxKeys?: number;
}

/** Limits in this process's memory, over rate-limiter-flexible, which reads the machine's clock itself. */
export function createLimits({ rules = {}, maxKeys = 100_000 }: LimitsOptions = {}): Limits {
  const all = { ...limitRules, ...rules };
  const counter = (kind: LimitKind) => createCounter(all[kind], maxKeys);
  const strangers = counter("account");
  const owners = counter("account");
  const addresses = counter("address");
  const proofs = counter("proof");
  const others = {
    sign_up: counter("sign_up"),
    mail: counter("mail"),
    link: counter("link"),
    service: counter("service"),
  };
  return {
    async attempt({ account, address, known }) {
      const block = blockOf(address);
      const isOwners = known !== undefined && known.by !== "address";
      // The address comes first: one that is blocked cannot go on to wear out accounts, nor to fill the memory with names.
      const fromAddress = isOwners ? granted : await addresses.take(block);
      if (!fromAddress.ok) return fromAddress;
      // Only the one attempt: with an account of one's own one could otherwise wipe out what one tried on others.
      const giveBack = () => (isOwners ? undefined : addresses.giveBack(block));
      const proof = await proofs.take(isOwners ? `account ${account}` : block);
      if (!proof.ok) {
        await giveBack();
        return proof;
      }
      const [counted, key] = known === undefined ? [strangers, account] : [owners, `${known.name} ${account}`];
      const onAccount = await counted.take(key);
      if (!onAccount.ok) return onAccount;
      const succeeded = async () => {
        await giveBack();
        await counted.clear(key);
      };
      return { ok: true, succeeded };
    },
    take: (kind, key) => others[kind].take(blockOf(key)),
  };
}

const granted = { ok: true } as const;

/** An address counts by its block, whatever its spelling; any other key as it is. */
function blockOf(key: string): string {
  const block = addressBlock(key);
  return block === "unknown" ? key : block;
}

const strikeSeconds = 86_400;

/** One rule over a bounded number of keys. Keys are hashed: a dump of the memory shows no addresses. */
function createCounter(rule: LimitRule, maxKeys: number) {
  const counts = new RateLimiterMemory({ points: rule.points, duration: rule.perSeconds });
  const strikes = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: strikeSeconds });
  const forget = async (key: string) => {
    await counts.delete(key);
    await strikes.delete(key);
  };
  const recent = createRecency(maxKeys, forget);
  return {
    async take(name: string): Promise<{ readonly ok: true } | Limited> {
      const key = sha256(name);
      await recent.touch(key);
      const state = await consume(counts, key);
      if (state.consumedPoints <= rule.points) return { ok: true };
      if (state.consumedPoints > rule.points + 1) return limited(state.msBeforeNext, false);
      // Exactly one attempt is the first too many, however many come at once: it starts the block.
      const { consumedPoints: strike } = await strikes.penalty(key);
      const seconds = Math.min(rule.blockSeconds * 2 ** (strike - 1), rule.maxBlockSeconds);
      await counts.block(key, seconds);
      return limited(seconds * 1000, true);
    },
    /** Takes one attempt back. A block stays: others earned it meanwhile. */
    async giveBack(name: string): Promise<void> {
      const key = sha256(name);
      const state = await counts.get(key);
      if (state !== null && state.consumedPoints > 0 && state.consumedPoints <= rule.points) await counts.reward(key);
    },
    clear: (name: string) => forget(sha256(name)),
  };
}

/** The library rejects with its result when the points are used up; here both are values. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (result) {
    if (result instanceof RateLimiterRes) return result;
    throw result;
  }
}

function limited(ms: number, begins: boolean): Limited {
  return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)), begins };
}

/** Keys in the order of their last use; `forget` is called with the oldest when there are too many. */
function createRecency(maxKeys: number, forget: (key: string) => Promise<void>) {
  const keys = new Set<string>();
  return {
    async touch(key: string): Promise<void> {
      keys.delete(key);
      keys.add(key);
      const [oldest] = keys.size > maxKeys ? keys : [];
      if (oldest === undefined) return;
      keys.delete(oldest);
      await forget(oldest);
    },
  };
}
