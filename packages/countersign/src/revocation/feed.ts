// The issuer's side of the revocation feed: answers followers' questions and tells them what is committed. Knows no HTTP.

import { type LeaseAnswer, type LeaseQuestion, lagBounds, maxEventsPerMessage } from "@countersign/verifier";
import type { Clock } from "../primitives/clock.ts";
import type { Random } from "../primitives/random.ts";
import type { Store } from "../stores/contract.ts";
import { type Allowance, createAllowance } from "./allowance.ts";
import { type BarrierResult, waitEverywhere } from "./barrier.ts";
import { createIssuerRow } from "./issuer-row.ts";
import { createLeases, type Lease, ownView } from "./leases.ts";
import { createPieces, type LogPosition, largePiece, type Piece, type Pieces, type ReadPiece } from "./pieces.ts";

/** What the feed stands on. */
export interface FeedParts {
  readonly store: Pick<Store, "log" | "issuers">;
  readonly clock: Clock;
  readonly random: Random;
  /** The longest lag that followers are granted, in milliseconds. */
  readonly allowedLagMs: number;
  /** How many followers this process keeps leases for. */
  readonly maxFollowers: number;
  /** How many pieces of 10,000 events one service key may have read for it in a minute. */
  readonly snapshotsPerService: number;
  /** From how many events on a piece of the log is kept for others who ask the same. Default 1,000; simulations want fewer. */
  readonly sharedFrom?: number | undefined;
  /** Another text whenever the set of keys is another. */
  readonly keySet: () => string;
  /** Waited for between two writes of the leases, so that questions which come meanwhile share the second. Default: nothing. */
  readonly takeTurn?: (() => Promise<void>) | undefined;
  /** Told of faults of the work that nobody waits for. */
  readonly onError: (error: unknown) => void;
  /** Told of every wait that is over. */
  readonly onBarrier?: ((result: BarrierResult) => void) | undefined;
}

/** A lease, and every event since. */
export interface FedAnswer extends LeaseAnswer {
  /** It as JSON; what it says of the log is written once for all who are told the same. */
  readonly text: () => string;
}

/** Why a question is not answered: its id belongs to another service key, or there are too many followers. */
export type FeedRefusal = "follower_taken" | "followers_exceeded";

/** The service key has asked for so much of the log that it has to wait: no lease was noted, and what it asked was not read. */
export interface FeedPause {
  readonly waitMs: number;
}

/** The feed of one process. */
export interface Feed {
  /**
   * Answers one question: notes the lease, tells it to the store, then reads the log. In this order, so that a revocation which is committed before
   * the log was read is in the answer, and one committed after it finds the lease.
   * Costs two look-ups in the log, a read where there is news that it has not just read for somebody else, and a share of one write. Throws
   * `Unavailable`.
   */
  ack(question: LeaseQuestion, owner: string): Promise<FedAnswer | FeedRefusal | FeedPause>;
  /**
   * Hands over every message from a position on: first what is there, then each as it is committed. Answers how to stop.
   * Within a few milliseconds of a commit of this process, within 100 ms of one of another. `owner`: the service key whose allowance it counts
   * against.
   */
  subscribe(from: LogPosition, onMessage: (fed: Piece) => void, owner?: string): () => void;
  /** In how many milliseconds this service key may subscribe; 0: now. */
  waitMs(owner: string): number;
  /** Waits until all that is committed by now holds at every follower of every issuer. Never throws. */
  everywhere(): Promise<BarrierResult>;
  /** The followers that may rely on an answer of this process. */
  followers(): readonly (Lease & { readonly leftMs: number })[];
  /** How many subscribers there are; of one service key alone where it is named. */
  subscribers(owner?: string): number;
  /** Ends the lease of this process's own view, which has to be stopped before, and tells the store. Throws `Unavailable`. */
  release(): Promise<void>;
  /** Ends every subscription and stops looking. */
  stop(): void;
  /** Aborted once it is stopped. */
  readonly stopped: AbortSignal;
}

/** How often the log is asked for what other processes append. */
const lookEveryMs = 50;

/** The feed of an issuing process. Does nothing before the first follower. */
export function createFeed(parts: FeedParts): Feed {
  const { store, clock, sharedFrom = largePiece } = parts;
  const leases = createLeases(clock, parts.maxFollowers);
  const row = createIssuerRow(store, parts.random, leases.summary, parts.takeTurn);
  const stopping = new AbortController();
  const pieces = createPieces(store.log, clock, parts.keySet, sharedFrom);
  const allowance = createAllowance(clock, parts.snapshotsPerService);
  const tail = createTail(parts, pieces, allowance, stopping.signal);
  let isSweeping = false;

  // Without questions nobody would tell the store that a lease is over, and every barrier would wait for it.
  async function sweep(): Promise<void> {
    for (let left = leases.nextEndMs(); left !== undefined; left = leases.nextEndMs()) {
      await clock.sleep(left + 1, stopping.signal);
      if (stopping.signal.aborted) return;
      await row.publish().catch(parts.onError);
    }
  }

  function startSweeping(): void {
    if (isSweeping) return;
    isSweeping = true;
    void sweep().finally(() => {
      isSweeping = false;
    });
  }

  return {
    async ack(question, owner) {
      const handledAt = clock.monotonic();
      const { follower, name, applied: claimed, mark, onStale, nonce } = question;
      const lagMs = Math.max(lagBounds.least, Math.min(question.lagMs, parts.allowedLagMs));
      // What was applied of another log says nothing about this one.
      const { isSnapshot, from, to } = await store.log.read({ number: claimed, mark }, 0);
      // Paid before it is read, so that many at once cannot slip by.
      const advance = to - from >= largePiece && owner !== ownView ? 1 : 0;
      const waitMs = advance === 0 ? 0 : allowance.take(owner);
      if (waitMs > 0) return { waitMs };
      let cost = 0;
      try {
        const lease: Lease = { follower, owner, name, applied: isSnapshot ? 0 : claimed, lagMs, onStale };
        const noted = leases.note(lease, handledAt);
        if (noted !== "noted") return noted === "taken" ? "follower_taken" : "followers_exceeded";
        await row.publish();
        startSweeping();
        const read = await pieces.read({ number: claimed, mark });
        cost = owner === ownView ? 0 : costOf(read);
        return toAnswer(read.piece, nonce, lagMs);
      } finally {
        allowance.charge(owner, cost - advance);
      }
    },
    subscribe: tail.subscribe,
    waitMs: allowance.waitMs,
    async everywhere() {
      const head = await store.log.head().catch(() => undefined);
      const unknown = { outcome: "notKnown", number: 0, ms: 0, waitedOut: [], insecure: [] } as const;
      const waiting = head && waitEverywhere({ store, clock, nextWrite: row.nextWrite }, head.number);
      const result = (await waiting) ?? unknown;
      parts.onBarrier?.(result);
      return result;
    },
    followers: leases.list,
    subscribers: tail.size,
    async release() {
      if (leases.release(ownView)) await row.publish();
    },
    stop: () => stopping.abort(),
    stopped: stopping.signal,
  };
}

function toAnswer({ message, text }: Piece, nonce: string, lagMs: number): FedAnswer {
  const own = JSON.stringify({ nonce, lagMs });
  return { ...message, nonce, lagMs, text: () => `${own.slice(0, -1)},${text().slice(1)}` };
}

/** How much of its allowance a key spends, where one is a whole piece that had to be read. What is read for others anyway costs little more. */
function costOf({ piece, isShared }: ReadPiece): number {
  const { length } = piece.message.events;
  if (length < largePiece) return 0;
  return length / maxEventsPerMessage / (isShared ? 20 : 1);
}

interface Subscriber {
  position: LogPosition;
  /** The set of keys that it was told; none before the first message, which is always sent, so that it knows that it is heard. */
  keySet: string | undefined;
  readonly owner: string | undefined;
  readonly onMessage: (fed: Piece) => void;
}

// Follows the log for all subscribers together: who stands at the same place shares one read and one text.
function createTail({ store, clock, onError }: FeedParts, pieces: Pieces, allowance: Allowance, signal: AbortSignal) {
  const subscribers = new Set<Subscriber>();
  let isPumping = false;
  let mustPump = false;
  let isLooking = false;

  async function pump(): Promise<void> {
    mustPump = true;
    if (isPumping) return;
    isPumping = true;
    try {
      while (mustPump && !signal.aborted) {
        mustPump = false;
        for (const group of groupsOf(subscribers)) await feed(group);
      }
    } catch (error) {
      // The questions carry the truth, and look again; here it only gets slow.
      onError(error);
    } finally {
      isPumping = false;
    }
  }

  async function feed(group: readonly Subscriber[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const { position } = first;
    const read = await pieces.read(position);
    const { message } = read.piece;
    const { to, mark, keySet, hasMore } = message;
    const isHead = to === position.number && mark === position.mark && !message.isSnapshot;
    let { isShared } = read;
    for (const subscriber of group) {
      // Whoever has heard all of it, and of these keys, hears nothing again because somebody else has come.
      if (!subscribers.has(subscriber) || (isHead && subscriber.keySet === keySet)) continue;
      subscriber.position = { number: to, mark };
      subscriber.keySet = keySet;
      if (subscriber.owner !== undefined) allowance.charge(subscriber.owner, costOf({ piece: read.piece, isShared }));
      isShared = true;
      subscriber.onMessage(read.piece);
    }
    if (hasMore) mustPump = true;
  }

  async function look(): Promise<void> {
    const unsubscribe = store.log.subscribe(() => void pump());
    try {
      while (subscribers.size > 0 && !signal.aborted) {
        await clock.sleep(lookEveryMs, signal);
        await pump();
      }
    } finally {
      unsubscribe();
      isLooking = false;
    }
  }

  return {
    size(owner?: string): number {
      if (owner === undefined) return subscribers.size;
      return [...subscribers].filter((each) => each.owner === owner).length;
    },
    subscribe(from: LogPosition, onMessage: (fed: Piece) => void, owner?: string): () => void {
      const subscriber: Subscriber = { position: from, keySet: undefined, owner, onMessage };
      subscribers.add(subscriber);
      if (!isLooking) {
        isLooking = true;
        void look();
      }
      void pump();
      return () => void subscribers.delete(subscriber);
    },
  };
}

function groupsOf(subscribers: ReadonlySet<Subscriber>): Iterable<readonly Subscriber[]> {
  const groups = new Map<string, Subscriber[]>();
  for (const subscriber of subscribers) {
    const { number, mark } = subscriber.position;
    const key = `${number}.${mark}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [subscriber]);
    else group.push(subscriber);
  }
  return groups.values();
}
