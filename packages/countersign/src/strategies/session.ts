// The strategy `session`: a secret id that is looked up at every request. Knows no HTTP.

import type { Random } from "../primitives/random.ts";
import { newSessionToken } from "../sessions/session-token.ts";
import type { StrategyDoor } from "./contract.ts";

/** The session strategy: one record, one secret, no signature. */
export function createSessionStrategy(parts: {
  random: Random;
  now: () => number;
  lifetimeMs: number;
  idleMs: number;
  /** How far the policy lets a session be extended. */
  maxAgeMs: number;
}): StrategyDoor {
  return {
    name: "session",
    defaultTransport: "cookie",
    prepare(draft) {
      const { token, sid, tokenHash } = newSessionToken(parts.random);
      // Read before the record is created, so that no end told to the client is later than the record's.
      const nowMs = parts.now();
      const expiresAt = nowMs + parts.lifetimeMs;
      const keepUntil = nowMs + parts.maxAgeMs;
      return {
        session: {
          sid,
          sub: draft.sub,
          strategy: "session",
          tokenHash,
          refreshSeed: null,
          idleMs: parts.idleMs,
          lifetimeMs: parts.lifetimeMs,
          authenticatedAgoMs: draft.authenticatedAgoMs,
          amr: draft.amr,
          acr: draft.acr,
          client: draft.client,
          claims: draft.claims,
        },
        credentials: { strategy: "session", sid, session: { token, expiresAt, keepUntil } },
      };
    },
    renew: async () => undefined,
  };
}
