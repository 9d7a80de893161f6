// Makes access tokens of the lean profile. Knows the claims and the byte budget, not who asks.

import type { JsonObject } from "@countersign/verifier";
import type { KeyRing } from "../keys/key-ring.ts";
import { UsageError } from "../primitives/errors.ts";
import { fraction, type Random } from "../primitives/random.ts";

/** What a lean token says. */
export interface AccessTokenInput {
  readonly typ: "lean+jwt" | "hybrid+jwt";
  readonly sub: string;
  readonly sid: string;
  readonly claims: JsonObject;
  /** Read before the statement that proved the session alive. */
  readonly issuedAtMs: number;
  /** The session's end, which the token never passes. */
  readonly endsAtMs: number;
  /** The log number, for a token without a record. */
  readonly logNumber?: number;
}

/** Issues access tokens. Costs one signature; no store once the key ring is read. */
export interface AccessTokenIssuer {
  issue(input: AccessTokenInput): Promise<{ token: string; expiresAt: number; lifetimeSeconds: number }>;
}

/** An issuer over a key ring. The life of each token is `lifetimeSeconds`, less a random part of up to a fifth. */
export function createAccessTokenIssuer(parts: {
  issuer: string;
  keys: KeyRing;
  random: Random;
  lifetimeSeconds: number;
  maxBytes: number;
  /** Resolves once the lifetime is registered with the log: events must outlive every token, so none is made before. */
  ready: () => Promise<void>;
}): AccessTokenIssuer {
  return {
    async issue(input) {
      await parts.ready();
      const iat = Math.floor(input.issuedAtMs / 1000);
      const wanted = Math.round(parts.lifetimeSeconds * (1 - fraction(parts.random) / 5));
      const exp = Math.min(iat + wanted, Math.floor(input.endsAtMs / 1000));
      const signer = await parts.keys.signer();
      const token = await signer.sign(input.typ, {
        iss: parts.issuer,
        sub: input.sub,
        sid: input.sid,
        iat,
        exp,
        ...(input.logNumber === undefined ? {} : { n: input.logNumber }),
        ...input.claims,
      });
      if (token.length > parts.maxBytes) {
        throw new UsageError(
          "claims_too_large",
          `The access token would take ${token.length} bytes; jwt.maxBytes allows ${parts.maxBytes}. Return fewer claims or raise it.`,
        );
      }
      return { token, expiresAt: exp * 1000, lifetimeSeconds: exp - iat };
    },
  };
}
