// What the stores' records are made of: new sessions, changed ends, merged data. Pure; knows nothing of how they are kept.

import type { Json, JsonObject } from "@countersign/verifier";
import { type LifetimePolicy, maxDataDepth, type NewSession, type SessionRecord } from "./contract.ts";

/** What a new record takes from the session before it or above it. */
export interface Inherited {
  /** The living session that it depends on; the new session's own `parent` goes first. */
  readonly parent?: string | null;
  /** Data to begin with where the new session brings none. */
  readonly data?: JsonObject;
  /** The end of the parent, which a child does not outlive. */
  readonly endsBy?: number;
}

/** The record of a session created at `now`, frozen. */
export function newRecord(session: NewSession, now: number, inherited: Inherited = {}): SessionRecord {
  return Object.freeze({
    sid: session.sid,
    sub: session.sub,
    strategy: session.strategy,
    tokenHash: session.tokenHash,
    refreshSeed: session.refreshSeed,
    refreshCounter: 0,
    rotatedAt: now,
    createdAt: now,
    authenticatedAt: now - Math.round(session.authenticatedAgoMs ?? 0),
    lastUsedAt: now,
    idleMs: Math.round(session.idleMs),
    expiresAt: Math.min(now + Math.round(session.lifetimeMs), inherited.endsBy ?? Number.POSITIVE_INFINITY),
    amr: Object.freeze([...session.amr]),
    acr: session.acr,
    client: Object.freeze({ ...session.client }),
    claims: frozenJson(session.claims),
    parent: session.parent ?? inherited.parent ?? null,
    clientId: session.clientId ?? null,
    scope: session.scope ?? null,
    data: frozenJson(session.data ?? inherited.data ?? {}),
    revokedAt: null,
    reason: null,
  });
}

/** The ends that a living session gets: what was asked for, within the policy and its parent's end. */
export function boundedEnds(
  record: SessionRecord,
  change: { expiresAt?: number; idleMs?: number },
  policy: LifetimePolicy,
  parentExpiresAt: number = Number.POSITIVE_INFINITY,
): { expiresAt: number; idleMs: number } {
  const expiresAt = Math.round(change.expiresAt ?? record.expiresAt);
  return {
    expiresAt: Math.min(expiresAt, record.createdAt + policy.maxAgeMs, parentExpiresAt),
    idleMs: Math.min(Math.round(change.idleMs ?? record.idleMs), policy.maxIdleMs),
  };
}

/** A frozen copy of a JSON object. */
export function frozenJson(value: JsonObject): JsonObject {
  return parseFrozen(JSON.stringify(value));
}

/** The JSON object in a text that a store wrote, frozen. */
export function parseFrozen(text: string): JsonObject {
  if (text === "{}") return empty;
  const value: JsonObject = JSON.parse(text);
  freezeDeep(value);
  return value;
}

/** Whether a patch nests so deeply that it is refused as too large. */
export function isTooDeep(patch: Json, depth = 0): boolean {
  if (typeof patch !== "object" || patch === null) return false;
  return depth >= maxDataDepth || Object.values(patch).some((member) => isTooDeep(member, depth + 1));
}

/** The target with a patch merged into it (RFC 7396 section 2): null deletes a member, objects merge, anything else replaces. */
export function mergeJson(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  // Without a prototype, so that a member named `__proto__` is a member like any other.
  const merged: Record<string, Json> = Object.create(null);
  if (isObject(target)) for (const [name, value] of Object.entries(target)) merged[name] = value;
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeJson(merged[name], value);
  }
  return merged;
}

const empty: JsonObject = Object.freeze({});

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function freezeDeep(value: Json): void {
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) freezeDeep(member);
  Object.freeze(value);
}
