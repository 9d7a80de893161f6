// What an application or an operator does to sessions by name. Knows no request.

import type { JsonObject } from "@countersign/verifier";
import { type ActOptions, type Audit, type AuditAct, operator } from "../audit.ts";
import { type EndOptions, type Everywhere, type Reached, reach } from "../ending.ts";
import { type Outcome, problem, UsageError } from "../primitives/errors.ts";
import type { LifetimePolicy, SessionRecord, Store } from "../stores/contract.ts";
import { judgeLife } from "./judge.ts";
import { isKeepable } from "./session-data.ts";
import { type SessionView, toSessionView } from "./session-view.ts";

/** Where the ends of a session are to be. */
export interface NewEnds {
  /** The absolute end. */
  readonly until?: Date | undefined;
  /** How long it may stay unused. */
  readonly idleSeconds?: number | undefined;
}

/** Sessions by their `sid`. Every method throws `Unavailable` when the store cannot answer. */
export interface Sessions {
  /** The living session, or `undefined`. One look-up. */
  find(sid: string): Promise<SessionView | undefined>;
  /** A subject's living sessions, latest use first. */
  list(sub: string): Promise<readonly SessionView[]>;
  /** Living sessions of everybody, a page at a time, in the order of `sid`. */
  listAll(page: { after?: string | undefined; limit: number }): Promise<readonly SessionView[]>;
  /**
   * Ends a session and its children. Seen by the very next request here; see `wait` for elsewhere. `ended`: the sids that ended now, none
   * when it was over. Repeating it is harmless.
   */
  end(sid: string, options?: EndOptions): Promise<{ readonly ended: readonly string[] } & Reached>;
  /**
   * Moves its ends later, at most to where the policy (`session.maxLifetime`, `session.maxIdle`) allows, and never earlier.
   * `session_not_found`: it is over or unknown, and nothing brings a session back.
   */
  extend(sid: string, to: NewEnds, options?: ActOptions): Promise<Outcome<{ session: SessionView }>>;
  /** Moves its ends earlier, and never later. `session_not_found`: it is over or unknown. */
  shorten(sid: string, to: NewEnds, options?: ActOptions): Promise<Outcome<{ session: SessionView }>>;
  /**
   * Merges a patch into the data (RFC 7396), atomically. `session_not_found`: it is over or unknown; `data_too_large`: the result would pass
   * 4,096 bytes, or 12 levels. Throws `UsageError` for what HTTP would refuse: U+0000, half a character, a member `__proto__`.
   */
  mergeData(sid: string, patch: JsonObject): Promise<Outcome<{ data: JsonObject }>>;
}

interface Parts {
  readonly store: Store;
  readonly policy: LifetimePolicy;
  readonly audit: Audit;
  readonly everywhere: Everywhere;
}

/** Sessions over a store, under a policy. */
export function createSessions(parts: Parts): Sessions {
  const { store, policy } = parts;
  const view = (record: SessionRecord) => toSessionView(record, policy);
  return {
    async find(sid) {
      const record = await findLiving(parts, sid);
      return record && view(record);
    },
    list: async (sub) => (await store.sessions.list(sub, policy, 1000)).map(view),
    async listAll({ after, limit }) {
      const page = after === undefined ? { limit } : { after, limit };
      return (await store.sessions.listAll(page, policy)).map(view);
    },
    async end(sid, options = {}) {
      const record = await store.sessions.find(sid);
      const ended = await store.sessions.end(sid, "revoked");
      if (ended.length > 0) await note(parts, "session.revoke", options, { sub: record?.sub, sid });
      return { ended, reached: await reach(parts.everywhere, options) };
    },
    extend: (sid, to, options = {}) => setEnds(parts, sid, to, options, Math.max),
    shorten: (sid, to, options = {}) => setEnds(parts, sid, to, options, Math.min),
    async mergeData(sid, patch) {
      if (!isKeepable(patch)) throw new UsageError("request_invalid", "the data holds what cannot be kept as it is");
      const merged = await store.sessions.mergeData(sid, patch, policy);
      if (merged.outcome === "merged") return { ok: true, data: merged.data };
      return problem(merged.outcome === "ended" ? "session_not_found" : "data_too_large");
    },
  };
}

async function findLiving({ store, policy }: Parts, sid: string): Promise<SessionRecord | undefined> {
  const record = await store.sessions.find(sid);
  return record !== undefined && judgeLife(record, policy, store.now()) === undefined ? record : undefined;
}

async function setEnds(
  parts: Parts,
  sid: string,
  { until, idleSeconds }: NewEnds,
  options: ActOptions,
  pick: (present: number, wanted: number) => number,
): Promise<Outcome<{ session: SessionView }>> {
  if (until !== undefined) requireNumber("until", until.getTime());
  if (idleSeconds !== undefined) requireNumber("idleSeconds", idleSeconds);
  const record = await findLiving(parts, sid);
  if (record === undefined) return problem("session_not_found");
  const change = {
    ...(until === undefined ? {} : { expiresAt: pick(record.expiresAt, until.getTime()) }),
    ...(idleSeconds === undefined ? {} : { idleMs: pick(record.idleMs, idleSeconds * 1000) }),
  };
  const changed = await parts.store.sessions.setLifetime(sid, change, parts.policy);
  if (changed === undefined) return problem("session_not_found");
  await note(parts, "session.lifetime", options, changed);
  return { ok: true, session: toSessionView(changed, parts.policy) };
}

// An end that is no number would compare as never reached.
function requireNumber(name: string, value: number): void {
  if (!Number.isFinite(value) || value < 0) throw new UsageError("request_invalid", `${name} is not valid`);
}

async function note(
  { audit }: Parts,
  act: AuditAct,
  { by = operator }: ActOptions,
  { sub, sid }: { sub: string | undefined; sid: string },
) {
  await audit.record({ act, outcome: "ok", by, sub, sid });
}
