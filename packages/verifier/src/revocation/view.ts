// A verifier's copy of the revocation log: what is in it, and what that says of a token. Pure: knows no clock and no network.

import type { RefusalCode } from "../verdict.ts";
import type { RevocationEvent, RevocationMessage } from "./event.ts";

/** What a view has to know of a token. */
export interface JudgedToken {
  readonly sub: string;
  readonly sid: string;
  readonly kid: string;
  /** `exp` and the leeway, in milliseconds since 1970. */
  readonly validUntilMs: number;
  /** The log number of a token without a record. */
  readonly logNumber: number | undefined;
}

/**
 * What applying a message did. `gap`: something lies between what the view has and where the message begins, so it was not applied.
 * `restarted`: it was of a log that did not hold what the view had.
 */
export type Applied = "applied" | "nothing_new" | "gap" | "restarted";

/** A copy of the log. Nothing but its expiry takes an event out of it. */
export interface RevocationView {
  /** The newest number up to which nothing is missing. 0 at first. */
  readonly applied: number;
  /** The mark of that number. */
  readonly mark: string;
  /** The latest expiry that the issuer has pruned, in milliseconds since 1970. */
  readonly horizon: number;
  /** How many events are kept. */
  readonly size: number;
  /** Another number after every change of what `judge` says: whom it says nothing against is not judged again before that. */
  readonly version: number;
  /** How often it began anew. What was learned beside the view before that counts no more. */
  readonly epoch: number;
  /** Takes a message in; costs as much as it holds. */
  apply(message: RevocationMessage): Applied;
  /** Why a token is refused; `undefined` when nothing is known against it. Costs at most five look-ups in memory. */
  judge(token: JudgedToken): RefusalCode | undefined;
  /** The number of the newest event that speaks of this session; 0 when none does. */
  newestOf(sid: string): number;
  /** Whether this session was ended by an event. */
  hasEnded(sid: string): boolean;
}

type EventsByTarget = Map<string, RevocationEvent>;

/** An empty view. `onSpoken` is told of every session that an event speaks of, once it is in the view. */
export function createView(onSpoken?: (sid: string) => void): RevocationView {
  const ended: EventsByTarget = new Map();
  const changed: EventsByTarget = new Map();
  const subjects: EventsByTarget = new Map();
  const keys: EventsByTarget = new Map();
  const everyone: EventsByTarget = new Map();
  const maps = { session: ended, changed, subject: subjects, key: keys, everyone } as const;
  // In the order of arrival, which is nearly that of expiry: what has run out stands in front.
  let queue: RevocationEvent[] = [];
  let front = 0;
  let [applied, mark, horizon, epoch, version] = [0, "", 0, 0, 0];

  function add(event: RevocationEvent): void {
    keep(event);
    if (event.scope === "session" || event.scope === "changed") onSpoken?.(event.target);
  }

  function keep(event: RevocationEvent): void {
    // Of a log that was restored: what it speaks of is over.
    if (event.expires <= horizon) return;
    const map = maps[event.scope];
    const known = map.get(event.target);
    if (known !== undefined && known.number >= event.number && known.expires >= event.expires) return;
    const kept = known === undefined ? event : joined(known, event);
    map.set(event.target, kept);
    version += 1;
    // A key's event lives for weeks, and would hold up all behind it.
    if (event.scope !== "key") queue.push(kept);
  }

  function has({ scope, target, number, expires }: RevocationEvent): boolean {
    return expires <= horizon || numberIn(maps[scope], target) >= number;
  }

  // By the horizon and never by a clock of our own: a token that a dropped event spoke of is refused by the horizon itself.
  function raiseHorizon(to: number): void {
    if (to <= horizon) return;
    horizon = to;
    version += 1;
    for (let event = queue[front]; event !== undefined && event.expires <= horizon; event = queue[front]) {
      const map = maps[event.scope];
      if (map.get(event.target) === event) map.delete(event.target);
      front += 1;
    }
    if (front > queue.length / 2) {
      queue = queue.slice(front);
      front = 0;
    }
    for (const [kid, event] of keys) if (event.expires <= horizon) keys.delete(kid);
  }

  return {
    get applied() {
      return applied;
    },
    get mark() {
      return mark;
    },
    get horizon() {
      return horizon;
    },
    get size() {
      return ended.size + changed.size + subjects.size + keys.size + everyone.size;
    },
    get version() {
      return version;
    },
    get epoch() {
      return epoch;
    },
    apply(message) {
      if (!message.isSnapshot && message.from > applied) return "gap";
      // What the log no longer holds stays here until it expires: a restored log must not bring anything back.
      raiseHorizon(message.horizon);
      // One that the view should have and lacks is of another log: a message of it overtook the snapshot that would have told.
      const isOther = message.isSnapshot || message.events.some((event) => event.number <= applied && !has(event));
      for (const event of message.events) add(event);
      if (isOther) epoch += 1;
      const isNews = message.isSnapshot || message.to > applied;
      if (isNews) ({ to: applied, mark } = message);
      return isOther ? "restarted" : isNews ? "applied" : "nothing_new";
    },
    judge({ sub, sid, kid, validUntilMs, logNumber }) {
      if (validUntilMs <= horizon) return "token_expired";
      if (ended.has(sid) || keys.has(kid)) return "token_revoked";
      if (logNumber === undefined) return undefined;
      const cutOff = Math.max(numberIn(subjects, sub), numberIn(everyone, ""));
      return logNumber < cutOff ? "token_revoked" : undefined;
    },
    newestOf: (sid) => Math.max(numberIn(ended, sid), numberIn(changed, sid)),
    hasEnded: (sid) => ended.has(sid),
  };
}

// Two of one target, perhaps of a log and of the one restored in its place: the later end and the greater number count.
function joined(one: RevocationEvent, other: RevocationEvent): RevocationEvent {
  const [number, expires] = [Math.max(one.number, other.number), Math.max(one.expires, other.expires)];
  return { ...other, number, expires };
}

function numberIn(map: Readonly<EventsByTarget>, target: string): number {
  return map.get(target)?.number ?? 0;
}
