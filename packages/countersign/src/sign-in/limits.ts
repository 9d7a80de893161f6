// How often something may be tried. Knows keys and numbers, not accounts; forgets at restart, so what must last stands in the account.

import type { ResolvedOptions } from "../options.ts";
import { addressBlock } from "./client-info.ts";
import { createLimitCounter, type Limited, type LimitRule, type Room } from "./limit-counter.ts";

/**
 * The numbers, documented because ASVS 6.1.1 asks for it. `account` and `address` count sign-ins and other proofs by password that
 * fail. The rest counts every request.
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
  /** Good proofs for one account from anywhere else: each leaves a row and an entry, and addresses are cheap. */
  success: { points: 300, perSeconds: 900, blockSeconds: 60, maxBlockSeconds: 900 },
  /** Accounts made from one address. */
  sign_up: { points: 20, perSeconds: 3600, blockSeconds: 900, maxBlockSeconds: 3600 },
  /** Mails asked for, by one address or to one address. */
  mail: { points: 5, perSeconds: 3600, blockSeconds: 900, maxBlockSeconds: 3600 },
  /** Mailed links followed from one address. */
  link: { points: 30, perSeconds: 300, blockSeconds: 60, maxBlockSeconds: 900 },
  /** Changes over one session: of its data, and signing out everywhere else. Each is an event that every follower reads. */
  change: { points: 120, perSeconds: 60, blockSeconds: 60, maxBlockSeconds: 60 },
  /** The same over all sessions of one subject. */
  changes: { points: 360, perSeconds: 60, blockSeconds: 60, maxBlockSeconds: 60 },
  /** Refused service keys from one address. */
  service: { points: 30, perSeconds: 300, blockSeconds: 60, maxBlockSeconds: 900 },
} as const satisfies Record<string, LimitRule>;

export type { Limited, LimitRule } from "./limit-counter.ts";

/** What is limited. */
export type LimitKind = keyof typeof limitRules;

/** What an account knows its caller by: a place that signed in to it before, or the living session over which it is asked. */
export interface KnownBy {
  readonly by: "address" | "device" | "session";
  readonly name: string;
}

/** The kinds that count requests rather than proofs by password. */
export type RequestKind = Exclude<LimitKind, "account" | "address" | "proof" | "success">;

/** A proof by password, and whether it is good; with whatever else its judge has to tell. */
export interface JudgedProof {
  readonly isGood: boolean;
}

/** Bounds attempts, in memory. Costs no store. */
export interface Limits {
  /**
   * Judges one proof by password where there is room for it: unknown accounts are counted like known ones, and what is under way like what
   * has failed, so that many at once cannot slip by. Where only others under way are in the way, it waits for them in turn: somebody who is
   * right eleven times at once is not locked out. Failures are counted; a proof whose judge throws is not.
   *
   * `account` is the key of the address, `address` the network address (IPv6 counts by /64). Each known place of an account has an
   * allowance of its own: what strangers or neighbours use up does not lock its owner out elsewhere. A known network address still
   * counts as any address does, for others may share it, and would tell by it whose accounts were used there.
   */
  attempt<Judged extends JudgedProof>(
    on: { readonly account: string; readonly address: string; readonly known?: KnownBy | undefined },
    judge: () => Promise<Judged>,
  ): Promise<{ readonly ok: true; readonly judged: Judged } | Limited>;
  /** Counts one request of a kind, by a network address or any other key. */
  take(kind: RequestKind, key: string): Promise<{ readonly ok: true } | Limited>;
}

/** The rules with an issuer's own numbers. */
export function limitRulesOf(limits: ResolvedOptions["limits"]): LimitsOptions["rules"] & object {
  return {
    account: { ...limitRules.account, points: limits.failuresPerAccount },
    address: { ...limitRules.address, points: limits.failuresPerAddress },
    proof: { ...limitRules.proof, points: limits.proofsPerAddress },
    sign_up: { ...limitRules.sign_up, points: limits.signUpsPerAddress },
    link: { ...limitRules.link, points: limits.linksPerAddress },
  };
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
  const counter = (kind: LimitKind) => createLimitCounter(all[kind], maxKeys);
  const strangers = counter("account");
  const owners = counter("account");
  const addresses = counter("address");
  const proofs = counter("proof");
  const successes = counter("success");
  const others = {
    sign_up: counter("sign_up"),
    mail: counter("mail"),
    link: counter("link"),
    change: counter("change"),
    changes: counter("changes"),
    service: counter("service"),
  };
  return {
    async attempt({ account, address, known }, judge) {
      const block = blockOf(address);
      const isOwners = known !== undefined && known.by !== "address";
      // The address comes first: one that is blocked cannot go on to wear out accounts, nor to fill the memory with names.
      const onAddress = isOwners ? uncounted : await addresses.begin(block);
      if (!onAddress.ok) return onAddress;
      const proof = await proofs.take(isOwners ? `account ${account}` : block);
      if (!proof.ok) {
        onAddress.dropped();
        return proof;
      }
      const [counted, key] = known === undefined ? [strangers, account] : [owners, `${known.name} ${account}`];
      const onAccount = await counted.begin(key);
      if (!onAccount.ok) {
        await onAddress.failed();
        return onAccount;
      }
      const judged = await judging(judge, [onAddress, onAccount]);
      if (!judged.isGood) {
        await onAddress.failed();
        await onAccount.failed();
        return { ok: true, judged };
      }
      // Only this one: with an account of one's own one could otherwise wipe out what one tried on others.
      onAddress.dropped();
      await onAccount.succeeded();
      // Known devices and sessions were counted before. That it was good is told by this too, but only to somebody who knew.
      const good = isOwners ? granted : await successes.take(account);
      return good.ok ? { ok: true, judged } : good;
    },
    take: (kind, key) => others[kind].take(blockOf(key)),
  };
}

const granted = { ok: true } as const;

const uncounted: Room = { ok: true, failed: async () => {}, succeeded: async () => {}, dropped: () => {} };

async function judging<Judged>(judge: () => Promise<Judged>, rooms: readonly Room[]): Promise<Judged> {
  try {
    return await judge();
  } catch (error) {
    // Nothing was told, right or wrong: a full queue must not lock anybody out.
    for (const room of rooms) room.dropped();
    throw error;
  }
}

/** An address counts by its block, whatever its spelling; any other key as it is. */
function blockOf(key: string): string {
  const block = addressBlock(key);
  return block === "unknown" ? key : block;
}
