// The strategy `jwt`: a signed token that any service checks, renewed by a refresh token. Knows no HTTP.

import type { JsonObject } from "@countersign/verifier";
import type { ServerSecrets } from "../keys/secrets.ts";
import { toBase64url } from "../primitives/bytes.ts";
import type { Random } from "../primitives/random.ts";
import { makeRefreshToken } from "../sessions/refresh-token.ts";
import { newSid } from "../sessions/session-token.ts";
import type { SessionRecord } from "../stores/contract.ts";
import type { AccessTokenInput, AccessTokenIssuer } from "./access-token.ts";
import type { Draft, Prepared, StrategyDoor } from "./contract.ts";
import { endOf, newSession, type SessionLives } from "./new-session.ts";

interface JwtParts extends SessionLives {
  readonly random: Random;
  readonly now: () => number;
  readonly secrets: ServerSecrets;
  readonly tokens: AccessTokenIssuer;
  /** Without it, no record is kept: the token stands alone until it expires. */
  readonly refresh: boolean;
}

/** The JWT strategy. */
export function createJwtStrategy(parts: JwtParts): StrategyDoor {
  return {
    name: "jwt",
    defaultTransport: "token",
    prepare: (draft) => (parts.refresh ? prepareWithRecord(parts, draft) : prepareAlone(parts, draft)),
    renew: (record, claims, issuedAtMs) => renew(parts, record, claims, issuedAtMs),
  };
}

async function prepareWithRecord(parts: JwtParts, draft: Draft): Promise<Prepared> {
  const sid = newSid(parts.random);
  const refreshSeed = toBase64url(parts.random.bytes(32));
  const issuedAtMs = parts.now();
  const endsAtMs = endOf(draft, parts, issuedAtMs);
  return {
    session: newSession(draft, parts, { strategy: "jwt", sid, tokenHash: null, refreshSeed }),
    credentials: {
      strategy: "jwt",
      sid,
      access: await issueRenewable(parts, { sub: draft.sub, sid, claims: draft.tokenClaims, issuedAtMs, endsAtMs }),
      refresh: { token: makeRefreshToken(parts.secrets.current, sid, refreshSeed, 0), expiresAt: endsAtMs },
    },
  };
}

async function prepareAlone(parts: JwtParts, draft: Draft): Promise<Prepared> {
  const sid = newSid(parts.random);
  const issuedAtMs = parts.now();
  return {
    session: undefined,
    credentials: {
      strategy: "jwt",
      sid,
      access: await parts.tokens.issue({
        typ: "lean+jwt",
        sub: draft.sub,
        sid,
        claims: draft.tokenClaims,
        issuedAtMs,
        endsAtMs: endOf(draft, parts, issuedAtMs),
        logNumber: draft.logNumber,
      }),
    },
  };
}

async function renew(parts: JwtParts, record: SessionRecord, claims: JsonObject, issuedAtMs: number) {
  if (record.refreshSeed === null) return undefined;
  const endsAtMs = Math.min(record.expiresAt, record.createdAt + parts.maxAgeMs);
  // Tokens count whole seconds: one that ends in the second of its issue is good for nobody.
  if (endsAtMs - issuedAtMs < 1000) return undefined;
  return {
    strategy: record.strategy,
    sid: record.sid,
    access: await issueRenewable(parts, { sub: record.sub, sid: record.sid, claims, issuedAtMs, endsAtMs }),
    refresh: {
      token: makeRefreshToken(parts.secrets.current, record.sid, record.refreshSeed, record.refreshCounter),
      expiresAt: endsAtMs,
    },
  };
}

// A browser keeps it beyond its own end: it then opens nothing more, but tells which session to end at sign-out, and which refresh token it
// came with.
async function issueRenewable(parts: JwtParts, input: Omit<AccessTokenInput, "typ">) {
  return { ...(await parts.tokens.issue({ typ: "lean+jwt", ...input })), keepUntil: input.endsAtMs };
}
