// The issuer's side of the revocation feed: answers followers' questions and tells them what is committed. Knows no HTTP.

import {
  type LeaseAnswer,
  type LeaseQuestion,
  lagBounds,
  maxEventsPerMessage,
  messageToJson,
  type RevocationMessage,
} from "@countersign/verifier";
import type { Clock } from "../primitives/clock.ts";
import type { Random } from "../primitives/random.ts";
import type { LogView, Store } from "../stores/contract.ts";
import { type BarrierResult, waitEverywhere } from "./barrier.ts";
import { createIssuerRow } from "./issuer-row.ts";
import { createLeases, type Lease } from "./leases.ts";

/** What the feed stands on. */
export interface FeedParts {
  readonly store: Pick<Store, "log" | "issuers">;
  readonly clock: Clock;
  readonly random: Random;
  /** The longest lag that followers are granted, in milliseconds. */
  readonly allowedLagMs: number;
  /** How many followers this process keeps leases for. */
  readonly maxFollowers: number;
  /** Another text whenever the set of keys is another. */
  readonly keySet: () => string;
  /** Told of faults of the work that nobody waits for. */
  readonly onError: (error: unknown) => void;
  /** Told of every wait that is over. */
  readonly onBarrier?: ((result: BarrierResult) => void) | undefined;
}

/** A message and its JSON, which is made once for all who get it. */
export interface FedMessage {
  readonly message: RevocationMessage;
  readonly text: () => string;
}

/** Where a subscriber stands in the log. */
export interface LogPosition {
  readonly number: number;
  readonly mark: string;
}

/** Why a question is not answered: its id belongs to another service key, or there are too many followers. */
export type FeedRefusal = "follower_taken" | "followers_exceeded";

/** The feed of one process. */
export interface Feed {
  /**
   * Answers one question: notes the lease, tells it to the store, then reads the log. In this order, so that a revocation which is committed before
   * the log was read is in the answer, and one committed after it finds the lease.
   * Costs two reads of the log, and a share of one write. Throws `Unavailable`.
   */
  ack(question: LeaseQuestion, owner: string): Promise<LeaseAnswer | FeedRefusal>;
  /**
   * Hands over every message from a position on: first what is there, then each as it is committed. Answers how to stop.
   * Within a few milliseconds of a commit of this process, within 100 ms of one of another.
   */
  subscribe(from: LogPosition, onMessage: (fed: FedMessage) => void): () => void;
  /** Waits until all that is committed by now holds at every follower of every issuer. Never throws. */
  everywhere(): Promise<BarrierResult>;
  /** The followers that may rely on an answer of this process. */
  followers(): readonly (Lease & { readonly leftMs: number })[];
  /** How many subscribers there are. */
  subscribers(): number;
  /** An answer as the body of a response. */
  toBody(answer: LeaseAnswer): object;
  /** Ends every subscription and stops looking. */
  stop(): void;
  /** Aborted once it is stopped. */
  readonly stopped: AbortSignal;
}

/** How often the log is asked for what other processes append. */
const lookEveryMs = 50;

/** The feed of an issuing process. Does nothing before the first follower. */
export function createFeed(parts: FeedParts): Feed {
  const { store, clock } = parts;
  const leases = createLeases(clock, parts.maxFollowers);
  const row = createIssuerRow(store, parts.random, leases.summary);
  const stopping = new AbortController();
  const tail = createTail(parts, stopping.signal);
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
      const { isSnapshot } = await store.log.read({ number: claimed, mark }, 0);
      const lease: Lease = { follower, owner, name, applied: isSnapshot ? 0 : claimed, lagMs, onStale };
      const noted = leases.note(lease, handledAt);
      if (noted !== "noted") return noted === "taken" ? "follower_taken" : "followers_exceeded";
      await row.publish();
      startSweeping();
      const view = await store.log.read({ number: claimed, mark }, maxEventsPerMessage);
      return { ...toMessage(view, parts.keySet()), nonce, lagMs };
    },
    subscribe: tail.subscribe,
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
    toBody: (answer) => ({ ...messageToJson(answer), nonce: answer.nonce, lagMs: answer.lagMs }),
    stop: () => stopping.abort(),
    stopped: stopping.signal,
  };
}

interface Subscriber {
  position: LogPosition;
  /** Whether it has heard nothing yet: the first message is always sent, so that it knows that it is heard. */
  isNew: boolean;
  readonly onMessage: (fed: FedMessage) => void;
}

// Follows the log for all subscribers together: who stands at the same place shares one read and one text.
function createTail({ store, clock, keySet, onError }: FeedParts, signal: AbortSignal) {
  const subscribers = new Set<Subscriber>();
  let isPumping = false;
  let mustPump = false;
  let isLooking = false;
  let toldKeySet = "";

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
    const asked = first.position;
    const view = await store.log.read(asked, maxEventsPerMessage);
    const news = keySet();
    const isSame = view.to === asked.number && view.mark === asked.mark && !view.isSnapshot && news === toldKeySet;
    if (isSame && !group.some(({ isNew }) => isNew)) return;
    toldKeySet = news;
    const message = toMessage(view, news);
    let text: string | undefined;
    const fed: FedMessage = {
      message,
      text: () => {
        text ??= JSON.stringify(messageToJson(message));
        return text;
      },
    };
    for (const subscriber of group) {
      if (!subscribers.has(subscriber)) continue;
      subscriber.position = { number: view.to, mark: view.mark };
      subscriber.isNew = false;
      subscriber.onMessage(fed);
    }
    if (view.hasMore) mustPump = true;
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
    size: () => subscribers.size,
    subscribe(from: LogPosition, onMessage: (fed: FedMessage) => void): () => void {
      const subscriber: Subscriber = { position: from, isNew: true, onMessage };
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

function toMessage(view: LogView, keySet: string): RevocationMessage {
  const { from, to, mark, horizon, isSnapshot, hasMore } = view;
  const events = view.events.map(({ number, scope, target, expires }) => ({ number, scope, target, expires }));
  return { from, to, mark, events, horizon, isSnapshot, hasMore, keySet };
}
