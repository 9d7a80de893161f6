// What an application is shown of a session: no hash, no seed, no number that a credential derives from. Knows no store.

import type { JsonObject, Strategy } from "@countersign/verifier";
import type { ClientInfo, LifetimePolicy, SessionRecord } from "../stores/contract.ts";
import { sessionEnd } from "./judge.ts";

/** A living session. Times are milliseconds since 1970. */
export interface SessionView {
  readonly sid: string;
  readonly sub: string;
  readonly strategy: Strategy;
  readonly createdAt: number;
  /** When the subject last proved who it is. */
  readonly authenticatedAt: number;
  /** Accurate to a tenth of the idle lifetime. */
  readonly lastUsedAt: number;
  /** The absolute end, under the policy of today. */
  readonly expiresAt: number;
  /** How long it may stay unused, in milliseconds, under the policy of today. */
  readonly idleMs: number;
  /** Authentication methods (RFC 8176). */
  readonly amr: readonly string[];
  /** Authentication context class. */
  readonly acr: string;
  readonly client: ClientInfo;
  /** What the `claims` hook said at sign-in. */
  readonly claims: JsonObject;
  readonly data: JsonObject;
  /** The session that it depends on; absent for a sign-in. */
  readonly parent?: string;
  readonly clientId?: string;
  readonly scope?: string;
}

/** What is shown of a record. */
export function toSessionView(record: SessionRecord, policy: LifetimePolicy): SessionView {
  const { sid, sub, strategy, createdAt, authenticatedAt, lastUsedAt, amr, acr, client, claims, data } = record;
  const { parent, clientId, scope } = record;
  return Object.freeze({
    ...{ sid, sub, strategy, createdAt, authenticatedAt, lastUsedAt },
    expiresAt: sessionEnd(record, policy),
    idleMs: Math.min(record.idleMs, policy.maxIdleMs),
    ...{ amr, acr, client, claims, data },
    ...(parent === null ? {} : { parent }),
    ...(clientId === null ? {} : { clientId }),
    ...(scope === null ? {} : { scope }),
  });
}
