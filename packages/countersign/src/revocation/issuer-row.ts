// This process's row in the store: what barriers of other processes read of its followers. Knows no follower.

import { toBase64url } from "../primitives/bytes.ts";
import type { Random } from "../primitives/random.ts";
import type { Store } from "../stores/contract.ts";
import type { LeaseSummary } from "./leases.ts";

/** Writes the row. */
export interface IssuerRowWriter {
  /**
   * Resolves once the row tells what `summary()` says now, or later. Calls that come while one is written share the next.
   * Throws `Unavailable` when the store cannot write: then nothing may be granted on it.
   */
  publish(): Promise<void>;
  /** Resolves when the row was written next. */
  nextWrite(): Promise<void>;
}

/**
 * The writer of one process. The row is made with the first lease, and again, under another name, when it was removed. `takeTurn` is
 * waited for between one write and the next, so that what arrives meanwhile shares it: a write is flushed to the disk.
 */
export function createIssuerRow(
  store: Pick<Store, "issuers">,
  random: Random,
  summary: () => LeaseSummary,
  takeTurn: () => Promise<void> | void = () => {},
): IssuerRowWriter {
  let incarnation: string | undefined;
  let underWay: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const waiting: (() => void)[] = [];

  const newText = () => toBase64url(random.bytes(12));

  async function write(): Promise<void> {
    next = undefined;
    if (incarnation !== undefined && (await store.issuers.update({ incarnation, nonce: newText(), ...summary() })))
      return;
    // The first, or a barrier has taken this process for dead after a quiet time: what it granted then has run out.
    const row = { incarnation: newText(), nonce: newText(), ...summary() };
    await store.issuers.put(row);
    ({ incarnation } = row);
  }

  function writeNext(): Promise<void> {
    const running = write().finally(() => {
      if (underWay === running) underWay = undefined;
      for (const tell of waiting.splice(0)) tell();
    });
    underWay = running;
    return running;
  }

  return {
    publish() {
      // One that waits has not looked at the summary yet; and of two written at once, the older might be the last.
      if (next === undefined && underWay === undefined) return writeNext();
      next ??= underWay?.then(takeTurn, takeTurn).then(writeNext) ?? writeNext();
      return next;
    },
    nextWrite: () => new Promise((resolve) => waiting.push(resolve)),
  };
}
