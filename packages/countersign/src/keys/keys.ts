// What an operator does to signing keys by name. Knows no request, and shows no private key.

import { type ActOptions, type Audit, operator } from "../audit.ts";
import { type EndOptions, type Everywhere, type Reached, reach } from "../ending.ts";
import type { Outcome } from "../primitives/errors.ts";
import type { KeyRing } from "./key-ring.ts";

/** Signing keys, for operators. */
export interface Keys extends Pick<KeyRing, "list" | "jwks"> {
  /**
   * Publishes the next key; it signs once every verifier has had the time to fetch it: from `signsFrom` (milliseconds since 1970).
   * `key_already_staged`. Throws `Unavailable`.
   */
  rotate(options?: ActOptions): Promise<Outcome<{ kid: string; signsFrom: number }>>;
  /**
   * Emergency: the key is trusted no more, from now on. `signing`: the key that signs now. `key_not_found`. Throws `Unavailable`.
   */
  revoke(kid: string, options?: EndOptions): Promise<Outcome<{ signing: string } & Reached>>;
}

/** The keys of a ring. */
export function createKeys(parts: { keys: KeyRing; audit: Audit; everywhere: Everywhere }): Keys {
  const { keys, audit, everywhere } = parts;
  return {
    list: () => keys.list(),
    jwks: () => keys.jwks(),
    async rotate({ by = operator } = {}) {
      const rotated = await keys.rotate();
      if (rotated.ok) await audit.record({ act: "key.rotate", outcome: "ok", by, detail: rotated.kid });
      return rotated;
    },
    async revoke(kid, options = {}) {
      const revoked = await keys.revoke(kid);
      if (!revoked.ok) return revoked;
      await audit.record({ act: "key.revoke", outcome: "ok", by: options.by ?? operator, detail: kid });
      return { ...revoked, reached: await reach(everywhere, options) };
    },
  };
}
