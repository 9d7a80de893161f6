// What an application or an operator does to sessions by name. Knows no request.

import type { JsonObject } from "@countersign/verifier";
import type { Actor, Audit, AuditAct } from "../audit.ts";
import { UsageError } from "../primitives/errors.ts";
import type { EndReason, LifetimePolicy, SessionRecord, Store } from "../stores/contract.ts";
import { judgeLife } from "./judge.ts";
import { isKeepable } from "./session-data.ts";

/** Sessions by their `sid`. Every method throws `Unavailable` when the store cannot answer. */
export interface Sessions {
  /** The living session, or `undefined`. One look-up. */
  find(sid: string): Promise<SessionRecord | undefined>;
  /** A subject's living sessions, latest use first. */
  list(sub: string): Promise<readonly SessionRecord[]>;
  /** Living sessions of everybody, a page at a time, in the order of `sid`. */
  listAll(page: { after?: string; limit: number }): Promise<readonly SessionRecord[]>;
  /** Ends a session and its children. Seen by the very next request. Answers the sids that ended now. */
  end(sid: string, by?: Actor): Promise<readonly string[]>;
  /**
   * Moves the absolute end later, at most to where the policy (`session.maxLifetime`) allows. The session as it is then;
   * `undefined` when it is over or unknown: nothing brings a session back.
   */
  extend(sid: string, until: Date, by?: Actor): Promise<SessionRecord | undefined>;
  /** Moves the absolute end earlier, or shortens the idle lifetime (seconds). `undefined` when it is over or unknown. */
  shorten(sid: string, to: { until?: Date; idleSeconds?: number }, by?: Actor): Promise<SessionRecord | undefined>;
  /**
   * Merges a patch into the data (RFC 7396), atomically. `undefined` when the session is over or the result would pass 4,096 bytes.
   * Throws `UsageError` for texts that no database keeps: U+0000, half a character.
   */
  mergeData(sid: string, patch: JsonObject): Promise<JsonObject | undefined>;
}

const operator: Actor = { actor: "operator" };

/** Sessions over a store, under a policy. */
export function createSessions(parts: { store: Store; policy: LifetimePolicy; audit: Audit }): Sessions {
  const { store, policy } = parts;
  const alive = (record: SessionRecord | undefined) =>
    record !== undefined && judgeLife(record, policy, store.now()) === undefined ? record : undefined;
  const find = async (sid: string) => alive(await store.sessions.find(sid));
  return {
    find,
    list: (sub) => store.sessions.list(sub, policy, 1000),
    listAll: (page) => store.sessions.listAll(page, policy),
    end: (sid, by) => endSession(parts, sid, "revoked", by ?? operator),
    async extend(sid, until, by) {
      requireNumber("until", until.getTime());
      const record = await find(sid);
      if (record === undefined) return undefined;
      const expiresAt = Math.max(record.expiresAt, until.getTime());
      return noted(parts, await store.sessions.setLifetime(sid, { expiresAt }, policy), by ?? operator);
    },
    async shorten(sid, { until, idleSeconds }, by) {
      if (until !== undefined) requireNumber("until", until.getTime());
      if (idleSeconds !== undefined) requireNumber("idleSeconds", idleSeconds);
      const record = await find(sid);
      if (record === undefined) return undefined;
      const change = {
        ...(until === undefined ? {} : { expiresAt: Math.min(record.expiresAt, until.getTime()) }),
        ...(idleSeconds === undefined ? {} : { idleMs: Math.min(record.idleMs, idleSeconds * 1000) }),
      };
      return noted(parts, await store.sessions.setLifetime(sid, change, policy), by ?? operator);
    },
    async mergeData(sid, patch) {
      if (!isKeepable(patch)) throw new UsageError("request_invalid", "the data holds a text that cannot be kept");
      const merged = await store.sessions.mergeData(sid, patch, policy);
      return merged.outcome === "merged" ? merged.data : undefined;
    },
  };
}

// An end that is no number would compare as never reached.
function requireNumber(name: string, value: number): void {
  if (!Number.isFinite(value) || value < 0) throw new UsageError("request_invalid", `${name} is not valid`);
}

async function endSession(parts: { store: Store; audit: Audit }, sid: string, reason: EndReason, by: Actor) {
  const record = await parts.store.sessions.find(sid);
  const ended = await parts.store.sessions.end(sid, reason);
  if (ended.length > 0) await note(parts, "session.revoke", by, record?.sub, sid);
  return ended;
}

async function noted(parts: { audit: Audit }, record: SessionRecord | undefined, by: Actor) {
  if (record !== undefined) await note(parts, "session.lifetime", by, record.sub, record.sid);
  return record;
}

async function note(parts: { audit: Audit }, act: AuditAct, by: Actor, sub: string | undefined, sid: string) {
  await parts.audit.record({ act, outcome: "ok", by, sub, sid });
}
