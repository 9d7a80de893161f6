import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../primitives/bytes.ts";
import { isAlive, type LifetimePolicy, type SessionRecord } from "../stores/contract.ts";
import { idleEnd, judgeLife, judgePresentedSession, sessionEnd } from "./judge.ts";

const minute = 60_000;
const created = 1_000_000_000;
const tokenHash = sha256("the session token");
const policy: LifetimePolicy = { maxIdleMs: 30 * minute, maxAgeMs: 600 * minute };

function record(changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    ...{ sid: "sid-sid-sid-sid-", sub: "sub-sub-sub-sub-", strategy: "session", tokenHash, refreshSeed: null },
    ...{ refreshCounter: 0, rotatedAt: created, createdAt: created, authenticatedAt: created, lastUsedAt: created },
    ...{ idleMs: 30 * minute, expiresAt: created + 600 * minute, amr: ["pwd"], acr: "aal1" },
    ...{ client: { label: "curl" }, claims: {}, parent: null, clientId: null, scope: null, data: {} },
    ...{ revokedAt: null, reason: null },
    ...changes,
  };
}

describe("the judge of sessions", () => {
  const rows: readonly [string, Partial<SessionRecord>, Partial<LifetimePolicy>, number, string | undefined][] = [
    ["accepts a fresh session", {}, {}, created, undefined],
    ["accepts it a millisecond before it is idle", {}, {}, created + 30 * minute - 1, undefined],
    ["refuses it once it is idle", {}, {}, created + 30 * minute, "session_idle"],
    ["refuses it once the policy calls it idle", {}, { maxIdleMs: minute }, created + minute, "session_idle"],
    ["accepts it before that", {}, { maxIdleMs: minute }, created + minute - 1, undefined],
    [
      "accepts it a millisecond before its absolute end",
      { lastUsedAt: created + 599 * minute },
      {},
      created + 600 * minute - 1,
      undefined,
    ],
    [
      "refuses it at its absolute end",
      { lastUsedAt: created + 599 * minute },
      {},
      created + 600 * minute,
      "session_expired",
    ],
    ["refuses it at the age the policy allows", {}, { maxAgeMs: minute }, created + minute, "session_expired"],
    ["refuses one that was ended, whatever else", { revokedAt: created }, {}, created, "session_revoked"],
  ];
  it.each(rows)("%s", (_name, changes, bounds, now, verdict) => {
    expect(judgeLife(record(changes), { ...policy, ...bounds }, now)).toBe(verdict);
  });

  it("agrees with what every store calls alive", () => {
    const ms = fc.integer({ min: 0, max: 2000 });
    fc.assert(
      fc.property(ms, ms, ms, ms, ms, ms, fc.option(ms), (now, createdAt, used, idleMs, end, bound, revokedAt) => {
        const at = record({ createdAt, lastUsedAt: used, idleMs, expiresAt: end, revokedAt });
        const bounds = { maxIdleMs: bound, maxAgeMs: bound };
        expect(judgeLife(at, bounds, now) === undefined).toBe(isAlive(at, bounds, now));
      }),
    );
  });

  it("tells a stranger who knows a sid nothing of the session's state", () => {
    const ended = record({ revokedAt: created });
    expect(judgePresentedSession(ended, sha256("a guess"), policy, created)).toBe("session_unknown");
    expect(judgePresentedSession(undefined, tokenHash, policy, created)).toBe("session_unknown");
    expect(judgePresentedSession(record({ tokenHash: null }), tokenHash, policy, created)).toBe("session_unknown");
    expect(judgePresentedSession(ended, tokenHash, policy, created)).toBe("session_revoked");
    expect(judgePresentedSession(record(), tokenHash, policy, created)).toBeUndefined();
  });

  it("ends a session at the earlier of its own end and the policy's", () => {
    expect(sessionEnd(record(), policy)).toBe(created + 600 * minute);
    expect(sessionEnd(record(), { ...policy, maxAgeMs: minute })).toBe(created + minute);
    expect(sessionEnd(record({ expiresAt: created + 1 }), policy)).toBe(created + 1);
  });
});

describe("the end of a session that is not used any more", () => {
  it.each<[string, Partial<SessionRecord>, Partial<LifetimePolicy>, number]>([
    ["is its idle lifetime after its last use", { lastUsedAt: created + minute }, {}, created + 31 * minute],
    ["is what the policy allows after its last use", {}, { maxIdleMs: minute }, created + minute],
    ["is never after its absolute end", { expiresAt: created + minute }, {}, created + minute],
    ["is never after the end that the policy sets", {}, { maxAgeMs: 2 * minute }, created + 2 * minute],
  ])("%s", (_, changes, bounds, end) => {
    const bound = { ...policy, ...bounds };
    expect(idleEnd(record(changes), bound)).toBe(end);
    expect(judgeLife(record(changes), bound, end - 1)).toBeUndefined();
    expect(judgeLife(record(changes), bound, end)).toBeDefined();
  });
});
