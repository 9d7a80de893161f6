// What issuer and followers say to each other of revocations, and how it is read from JSON; knows no network and keeps nothing.

import type { JsonObject } from "../identity.ts";

/**
 * What an event speaks of: a `session` (target: sid) ended; a `subject` (sub) lost its tokens without a record, issued before the event's
 * number; a `key` (kid) is trusted no more; `everyone`: every token without a record; `changed` (sid): data, lifetime or level
 * changed, look it up again.
 */
export type RevocationScope = "session" | "subject" | "key" | "everyone" | "changed";

/** A numbered fact of the log. */
export interface RevocationEvent {
  readonly number: number;
  readonly scope: RevocationScope;
  /** A sid, sub or kid; empty for `everyone`. */
  readonly target: string;
  /** When nothing that it speaks of can be accepted any more: milliseconds since 1970, on the store's clock. */
  readonly expires: number;
}

/** A piece of the log: every living event after `from`, up to `to`. */
export interface RevocationMessage {
  readonly from: number;
  readonly to: number;
  /** The mark of `to`: tells a restored log from the one that was. */
  readonly mark: string;
  readonly events: readonly RevocationEvent[];
  /** The latest expiry that was pruned: a token that ends by then is over, whatever a clock says. */
  readonly horizon: number;
  /** Whether the log did not hold what the receiver had: it begins anew, with everything that lives. */
  readonly isSnapshot: boolean;
  /** Whether the log goes on: ask again. */
  readonly hasMore: boolean;
  /** Another text whenever the set of signing keys is another. */
  readonly keySet: string;
}

/** What a verifier does with a view that is too old. */
export type OnStale = "ask" | "refuse" | "insecureAccept";

/** A follower's question: what it has applied, and for how long it wants to rely on the answer. */
export interface LeaseQuestion {
  /** 16 characters, random for each view, made at its start. */
  readonly follower: string;
  /** A label for people. */
  readonly name: string;
  readonly applied: number;
  readonly mark: string;
  readonly lagMs: number;
  readonly onStale: OnStale;
  /** Comes back in the answer: an answer to another question is none. */
  readonly nonce: string;
}

/** The issuer's answer. */
export interface LeaseAnswer extends RevocationMessage {
  readonly nonce: string;
  /** For how long the follower may rely on it, from when it *sent* the question. */
  readonly lagMs: number;
}

/** How many events one message holds at the most. */
export const maxEventsPerMessage = 10_000;

/** The bounds of the lag that may be asked for, in milliseconds. */
export const lagBounds = { least: 100, most: 60_000 } as const;

/** A message as it stands in JSON: events are arrays of number, scope, target and expiry, for there may be a million. */
export function messageToJson(message: RevocationMessage): JsonObject {
  const { from, to, mark, horizon, keySet } = message;
  const events = message.events.map(({ number, scope, target, expires }) => [number, scope, target, expires]);
  return { from, to, mark, horizon, snapshot: message.isSnapshot, more: message.hasMore, keySet, events };
}

/** A message that was read from JSON; `undefined` when it is none: nothing of it may be applied then. */
export function messageFromJson(json: unknown): RevocationMessage | undefined {
  if (!isObject(json) || !Array.isArray(json.events) || json.events.length > maxEventsPerMessage) return undefined;
  const { from, to, mark, horizon, snapshot, more, keySet } = json;
  if (!isCount(from) || !isCount(to) || from > to || !isText(mark, 16) || !isCount(horizon)) return undefined;
  if (typeof snapshot !== "boolean" || typeof more !== "boolean" || !isText(keySet, 256)) return undefined;
  if (snapshot && from !== 0) return undefined;
  const events: RevocationEvent[] = [];
  let before = from;
  for (const item of json.events) {
    const event = eventFromJson(item);
    // In the order of their numbers, each within the message: anything else is not what the issuer sends.
    if (event === undefined || event.number <= before || event.number > to) return undefined;
    before = event.number;
    events.push(event);
  }
  return { from, to, mark, events, horizon, isSnapshot: snapshot, hasMore: more, keySet };
}

/** An answer that was read from JSON; `undefined` when it is none. */
export function answerFromJson(json: unknown): LeaseAnswer | undefined {
  const message = messageFromJson(json);
  if (message === undefined || !isObject(json)) return undefined;
  const { nonce, lagMs } = json;
  return isText(nonce, 64) && isCount(lagMs) ? { ...message, nonce, lagMs } : undefined;
}

// A scope of tomorrow speaks of something that this program would go on accepting: better to have no view than that one.
const scopes: ReadonlySet<unknown> = new Set<RevocationScope>(["session", "subject", "key", "everyone", "changed"]);

function isScope(value: unknown): value is RevocationScope {
  return scopes.has(value);
}

function eventFromJson(item: unknown): RevocationEvent | undefined {
  if (!Array.isArray(item)) return undefined;
  const [number, scope, target, expires]: unknown[] = item;
  if (!isCount(number) || !isScope(scope) || !isText(target, 255) || !isCount(expires)) return undefined;
  return { number, scope, target, expires };
}

function isObject(value: unknown): value is { readonly [member: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === "string" && value.length <= longest;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
