// This process's row in the store: what barriers of other processes read of its followers. Knows no follower.

import { Unavailable } from "@countersign/verifier";
import { toBase64url } from "../primitives/bytes.ts";
import type { Random } from "../primitives/random.ts";
import type { Store } from "../stores/contract.ts";
import type { LeaseSummary } from "./leases.ts";

/** Writes the row. */
export interface IssuerRowWriter {
  /**
   * Resolves once the row tells what `summary()` says now, or later. Calls that come while one is written share the next.
   * Throws `Unavailable` when the store cannot write, and when the row was removed meanwhile: then nothing may be granted on it.
   */
  publish(): Promise<void>;
}

/** The writer of one process. The row is made with the first lease, and again, under another name, when it was removed. */
export function createIssuerRow(
  store: Pick<Store, "issuers">,
  random: Random,
  summary: () => LeaseSummary,
): IssuerRowWriter {
  let incarnation: string | undefined;
  let underWay: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const newText = () => toBase64url(random.bytes(12));

  async function write(): Promise<void> {
    next = undefined;
    const row = { incarnation: incarnation ?? newText(), nonce: newText(), ...summary() };
    if (incarnation === undefined) {
      await store.issuers.put(row);
      ({ incarnation } = row);
      return;
    }
    if (await store.issuers.update(row)) return;
    incarnation = undefined;
    throw new Unavailable("feed_unavailable", "The issuer's row was removed: its leases are void.");
  }

  function writeNext(): Promise<void> {
    const running = write().finally(() => {
      if (underWay === running) underWay = undefined;
    });
    underWay = running;
    return running;
  }

  return {
    publish() {
      if (underWay === undefined) return writeNext();
      next ??= underWay.then(writeNext, writeNext);
      return next;
    },
  };
}
