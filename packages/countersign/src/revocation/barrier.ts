// Waits until a revocation holds at every follower of every issuer. Knows the issuers' rows and the log's numbers, and no follower.

import type { Clock } from "../primitives/clock.ts";
import type { IssuerFollower, IssuerRow, Store } from "../stores/contract.ts";
import { driftFactor, mostNamed } from "./leases.ts";

/** How far a revocation has come when the barrier returns. */
export interface BarrierResult {
  /**
   * `everywhere`: no verifier that follows the feed accepts, in a request that begins from now on, what was revoked before.
   * `notKnown`: the store could not be read; it is revoked, and holds everywhere within the lag.
   */
  readonly outcome: "everywhere" | "notKnown";
  /** The number of the log that it waited for. */
  readonly number: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Followers that did not acknowledge, by name: their view has grown stale meanwhile, so they judge by it no more. */
  readonly waitedOut: readonly string[];
  /** Followers set to accept when stale, by name: nothing is promised of them. */
  readonly insecure: readonly string[];
}

interface Awaited {
  /** As it was read first. */
  readonly row: IssuerRow;
  /** As it was read last: who was late then, is late. */
  readonly latest: IssuerRow;
  readonly deadline: number;
}

/** What the barrier stands on. */
export interface BarrierParts {
  readonly store: Pick<Store, "issuers">;
  readonly clock: Clock;
  /** Resolves when this process's own row is written next: then it need not be looked for. */
  readonly nextWrite?: () => Promise<void>;
}

/**
 * Waits for `number`, which has to be committed before the call. Reads the issuers' rows after that; each that is behind is waited for until it
 * shows the number, or until its longest lag has passed on this process's own monotonic clock since that read.
 * Costs one read of the rows, and one each 5 to 20 ms while it waits; at most the longest lag allowed (60 s).
 */
export async function waitEverywhere(parts: BarrierParts, number: number): Promise<BarrierResult> {
  const { store, clock } = parts;
  const began = clock.monotonic();
  const first = await store.issuers.list().catch(() => undefined);
  const late = new Set<string>();
  const result = (outcome: BarrierResult["outcome"]): BarrierResult => ({
    outcome,
    number,
    ms: clock.monotonic() - began,
    waitedOut: [...late],
    insecure: namesIn(first ?? [], ({ onStale }) => onStale === "insecureAccept"),
  });
  if (first === undefined) return result("notKnown");
  const readAt = clock.monotonic();
  let behind: readonly Awaited[] = first
    .filter((row) => isBehind(row, number))
    .map((row) => ({ row, latest: row, deadline: readAt + row.longestLagMs * driftFactor + 1 }));
  const dead: Awaited[] = [];
  for (let pauseMs = 5; behind.length > 0; pauseMs = Math.min(20, pauseMs * 1.5)) {
    const now = clock.monotonic();
    const over = behind.filter(({ deadline }) => deadline <= now);
    for (const { latest } of over) addAll(late, namesIn([latest], isLate(number)));
    dead.push(...over);
    behind = behind.filter(({ deadline }) => deadline > now);
    if (behind.length === 0) break;
    await pause(parts, Math.min(pauseMs, ...behind.map(({ deadline }) => deadline - now)));
    // A row that cannot be read again is waited out.
    const rows = await store.issuers.list().catch(() => undefined);
    if (rows === undefined) continue;
    for (const { latest } of behind) addAll(late, givenUp(latest, rows, number));
    behind = behind
      .filter(({ row }) => isStillBehind(rows, row, number))
      .map((each) => ({ ...each, latest: rows.find(isOf(each.row)) ?? each.latest }));
  }
  await removeDead(store, dead);
  return result("everywhere");
}

async function pause({ clock, nextWrite }: BarrierParts, ms: number): Promise<void> {
  const waking = new AbortController();
  void nextWrite?.().then(() => waking.abort());
  await clock.sleep(ms, waking.signal);
}

function addAll(set: Set<string>, names: readonly string[]): void {
  for (const name of names) set.add(name);
}

function isLate(number: number) {
  return ({ applied, onStale }: IssuerFollower) => applied < number && onStale !== "insecureAccept";
}

// Followers whose lease has run out meanwhile: their issuer no longer counts on them, and they no longer on their view.
function givenUp(before: IssuerRow, rows: readonly IssuerRow[], number: number): readonly string[] {
  const row = rows.find(isOf(before));
  const left = (follower: IssuerFollower) => row?.followers.every(({ id }) => id !== follower.id) ?? false;
  // Only so many are named: one that is missing from a full list may have acknowledged.
  if (row !== undefined && row.followers.length >= mostNamed) return [];
  return namesIn([before], (follower) => isLate(number)(follower) && left(follower));
}

function isOf({ incarnation }: IssuerRow) {
  return (row: IssuerRow) => row.incarnation === incarnation;
}

function isBehind({ leastApplied }: IssuerRow, number: number): boolean {
  return leastApplied !== null && leastApplied < number;
}

// A row that is gone was removed after its longest lag: nobody relies on it any more.
function isStillBehind(rows: readonly IssuerRow[], before: IssuerRow, number: number): boolean {
  const row = rows.find(isOf(before));
  return row !== undefined && isBehind(row, number);
}

// A row that has not changed for its longest lag is a dead process's. One that lives and is taken for dead grants nothing until it
// has a new row.
async function removeDead(store: Pick<Store, "issuers">, waitedOut: readonly Awaited[]): Promise<void> {
  for (const { row } of waitedOut) await store.issuers.remove(row.incarnation, row.nonce).catch(() => false);
}

function namesIn(rows: readonly IssuerRow[], isMeant: (follower: IssuerFollower) => boolean): string[] {
  return [...new Set(rows.flatMap(({ followers }) => followers.filter(isMeant).map(({ name }) => name)))];
}
