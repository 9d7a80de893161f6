// The strategy `session`: a secret id that is looked up at every request. Knows no HTTP.

import type { Random } from "../primitives/random.ts";
import { newSessionToken } from "../sessions/session-token.ts";
import type { StrategyDoor } from "./contract.ts";
import { endOf, newSession, type SessionLives } from "./new-session.ts";

/** The session strategy: one record, one secret, no signature. */
export function createSessionStrategy(
  parts: { readonly random: Random; readonly now: () => number } & SessionLives,
): StrategyDoor {
  return {
    name: "session",
    defaultTransport: "cookie",
    prepare(draft) {
      const { token, sid, tokenHash } = newSessionToken(parts.random);
      // Read before the record is created, so that no end told to the client is later than the record's.
      const nowMs = parts.now();
      const expiresAt = endOf(draft, parts, nowMs);
      const keepUntil = nowMs + parts.maxAgeMs;
      return {
        session: newSession(draft, parts, { strategy: "session", sid, tokenHash, refreshSeed: null }),
        credentials: { strategy: "session", sid, session: { token, expiresAt, keepUntil } },
      };
    },
    renew: async () => undefined,
  };
}
