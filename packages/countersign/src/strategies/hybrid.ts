// The strategy `hybrid`: a session, and a signed token that spares its look-up while the revocation feed vouches for it. Knows no HTTP.

import type { JsonObject } from "@countersign/verifier";
import type { ServerSecrets } from "../keys/secrets.ts";
import { toBase64url } from "../primitives/bytes.ts";
import type { Random } from "../primitives/random.ts";
import { makeRefreshToken } from "../sessions/refresh-token.ts";
import { newSessionToken, newSid } from "../sessions/session-token.ts";
import type { SessionRecord } from "../stores/contract.ts";
import type { AccessTokenIssuer } from "./access-token.ts";
import type { Credentials, Draft, Prepared, StrategyDoor } from "./contract.ts";
import { endOf, newSession, type SessionLives } from "./new-session.ts";

interface HybridParts extends SessionLives {
  readonly random: Random;
  readonly now: () => number;
  readonly secrets: ServerSecrets;
  readonly tokens: AccessTokenIssuer;
}

/**
 * The hybrid strategy. A browser holds the session's secret and the token, each in a cookie of its own; the token names the sid that derives from
 * the secret. A program holds the token and a refresh token.
 */
export function createHybridStrategy(parts: HybridParts): StrategyDoor {
  return {
    name: "hybrid",
    defaultTransport: "cookie",
    prepare: (draft) =>
      draft.transport === "cookie" ? prepareForBrowser(parts, draft) : prepareForProgram(parts, draft),
    renew: (record, claims, issuedAtMs) => renew(parts, record, claims, issuedAtMs),
  };
}

async function prepareForBrowser(parts: HybridParts, draft: Draft): Promise<Prepared> {
  const { token, sid, tokenHash } = newSessionToken(parts.random);
  // Read before the record is created: no token may be younger than what proved its session, nor told to last longer.
  const issuedAtMs = parts.now();
  const endsAtMs = endOf(draft, parts, issuedAtMs);
  const session = newSession(draft, parts, { strategy: "hybrid", sid, tokenHash, refreshSeed: null });
  const access = await issue(parts, { sub: draft.sub, sid, claims: draft.tokenClaims, issuedAtMs, endsAtMs });
  const keepUntil = issuedAtMs + parts.maxAgeMs;
  return {
    session,
    credentials: { strategy: "hybrid", sid, session: { token, expiresAt: endsAtMs, keepUntil }, access },
  };
}

async function prepareForProgram(parts: HybridParts, draft: Draft): Promise<Prepared> {
  const sid = newSid(parts.random);
  const refreshSeed = toBase64url(parts.random.bytes(32));
  const issuedAtMs = parts.now();
  const endsAtMs = endOf(draft, parts, issuedAtMs);
  const session = newSession(draft, parts, { strategy: "hybrid", sid, tokenHash: null, refreshSeed });
  const access = await issue(parts, { sub: draft.sub, sid, claims: draft.tokenClaims, issuedAtMs, endsAtMs });
  const refresh = { token: makeRefreshToken(parts.secrets.current, sid, refreshSeed, 0), expiresAt: endsAtMs };
  return { session, credentials: { strategy: "hybrid", sid, access, refresh } };
}

// A session's secret stays what it is; a refresh token moves on with its record.
async function renew(
  parts: HybridParts,
  record: SessionRecord,
  claims: JsonObject,
  issuedAtMs: number,
): Promise<Credentials | undefined> {
  const { sub, sid, refreshSeed, refreshCounter } = record;
  const endsAtMs = Math.min(record.expiresAt, record.createdAt + parts.maxAgeMs);
  // Tokens count whole seconds: one that ends in the second of its issue is good for nobody.
  if (endsAtMs - issuedAtMs < 1000) return undefined;
  const access = await issue(parts, { sub, sid, claims, issuedAtMs, endsAtMs });
  if (refreshSeed === null) return { strategy: "hybrid", sid, access };
  const token = makeRefreshToken(parts.secrets.current, sid, refreshSeed, refreshCounter);
  return { strategy: "hybrid", sid, access, refresh: { token, expiresAt: endsAtMs } };
}

function issue(
  { tokens }: HybridParts,
  input: { sub: string; sid: string; claims: JsonObject; issuedAtMs: number; endsAtMs: number },
) {
  return tokens.issue({ typ: "hybrid+jwt", ...input });
}
