// What stands in for the account of an address that has none, so that its requests cost what those of accounts cost. Knows no requests.

import { createHmac } from "node:crypto";
import type { AccountStore } from "../stores/contract.ts";
import { decoyLike } from "./hashing.ts";

/** Stand-ins for accounts. The same address always gets the same, as long as neither server secret nor accounts change. */
export interface Decoys {
  /**
   * A PHC string that no known password has, to be verified in the place of an account's. Accounts that have not signed in since the
   * parameters of hashing were changed still have a hash of the old ones, which takes another time; so unknown addresses get either, in
   * the proportion in which accounts have them. An empty text where there are no accounts: `verify` then takes today's parameters.
   * Costs a read of 500 accounts every ten minutes. Throws `Unavailable`.
   */
  hashFor(emailKey: string): Promise<string>;
  /** A `sub` that nobody has, for tickets that are never mailed. */
  subFor(emailKey: string): string;
}

/** How many accounts are looked at. A set of parameters that fewer than one in as many have may be missed. */
const sampleSize = 500;
const sampleKeptMs = 600_000;

/** Decoys dealt by a 32-byte key, which must be secret: whoever has it can tell a decoy. `now` in milliseconds. */
export function createDecoys(accounts: Pick<AccountStore, "list">, key: Uint8Array, now: () => number): Decoys {
  const mac = (text: string) => createHmac("sha256", key).update(text).digest();
  const subOf = (text: string) => mac(text).subarray(0, 12).toString("base64url");
  let sample: Promise<ReadonlyMap<string, number>> | undefined;
  let sampledAt = 0;
  const currentSample = () => {
    if (sample === undefined || now() - sampledAt >= sampleKeptMs) {
      sampledAt = now();
      // Subs are random, so those after any one of them are a fair sample; always the same, so that decoys change no oftener than accounts.
      sample = countHashes(accounts, subOf("sample")).catch((error) => {
        sample = undefined;
        throw error;
      });
    }
    return sample;
  };
  return {
    async hashFor(emailKey) {
      let chosen = { hash: "", score: Number.POSITIVE_INFINITY };
      // Weighted rendezvous: as accounts move from one set to another, only as many addresses move as do, and none back.
      for (const [hash, count] of await currentSample()) {
        const score = -Math.log(fractionOf(mac(`hash/${hash}/${emailKey}`))) / count;
        if (score < chosen.score) chosen = { hash, score };
      }
      return chosen.hash;
    },
    subFor: (emailKey) => subOf(`sub/${emailKey}`),
  };
}

/** How many accounts of the sample have a hash like each. */
async function countHashes(accounts: Pick<AccountStore, "list">, start: string): Promise<ReadonlyMap<string, number>> {
  const after = await accounts.list({ after: start, limit: sampleSize });
  const before = after.length < sampleSize ? await accounts.list({ limit: sampleSize - after.length }) : [];
  const counts = new Map<string, number>();
  for (const { passwordHash } of [...after, ...before.filter(({ sub }) => sub <= start)]) {
    const decoy = decoyLike(passwordHash);
    if (decoy !== undefined) counts.set(decoy, (counts.get(decoy) ?? 0) + 1);
  }
  return counts;
}

/** A fraction in (0, 1), from 48 bits. */
function fractionOf(bytes: Buffer): number {
  return (bytes.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
