// The judge of sessions: takes a record, the policy and the time, and says why not. Pure; asks nothing.

import type { RefusalCode } from "@countersign/verifier";
import { equalSecretly } from "../primitives/bytes.ts";
import { isAlive, type LifetimePolicy, type SessionRecord } from "../stores/contract.ts";

/**
 * Why a presented session is refused, or `undefined` when it is good.
 * The hash is compared before anything is said of the record's state, so that a stranger who knows a sid learns nothing.
 */
export function judgePresentedSession(
  record: SessionRecord | undefined,
  presentedHash: string,
  policy: LifetimePolicy,
  nowMs: number,
): RefusalCode | undefined {
  if (record === undefined || record.tokenHash === null || !equalSecretly(record.tokenHash, presentedHash)) {
    return "session_unknown";
  }
  return judgeLife(record, policy, nowMs);
}

/** Why a session is over, or `undefined` while it is alive, as every store sees it too. The last moment of a lifetime is already outside. */
export function judgeLife(record: SessionRecord, policy: LifetimePolicy, nowMs: number): RefusalCode | undefined {
  if (isAlive(record, policy, nowMs)) return undefined;
  if (record.revokedAt !== null) return "session_revoked";
  return nowMs >= sessionEnd(record, policy) ? "session_expired" : "session_idle";
}

/** When a session ends that is not used any more, under the policy of today, in milliseconds; at most its absolute end. */
export function idleEnd(record: SessionRecord, policy: LifetimePolicy): number {
  return Math.min(sessionEnd(record, policy), record.lastUsedAt + Math.min(record.idleMs, policy.maxIdleMs));
}

/** The absolute end of a session under the policy of today, in milliseconds. */
export function sessionEnd(record: SessionRecord, policy: LifetimePolicy): number {
  return Math.min(record.expiresAt, record.createdAt + policy.maxAgeMs);
}
