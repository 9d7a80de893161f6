// A new session for a subject that may do more, or less, than before; proves nothing anew and knows no HTTP.

import type { Identity } from "@countersign/verifier";
import { type Outcome, problem } from "../primitives/errors.ts";
import { sessionEnd } from "../sessions/judge.ts";
import type { SessionRecord } from "../stores/contract.ts";
import type { Caller, SignedIn, SignInParts } from "./contract.ts";
import { type Proof, succeed } from "./establish.ts";

/**
 * Puts a new session in the place of the one that a request bears: same subject, same proof, same ends, data and children; new `sid`, new
 * credentials, claims asked for anew. `session_changed`: it ended or changed meanwhile. Costs a read and a write, and no hash.
 */
export async function changePrivilege(
  parts: SignInParts,
  { identity, record }: { readonly identity: Identity; readonly record: SessionRecord | undefined },
  caller: Caller,
): Promise<Outcome<{ signedIn: SignedIn }>> {
  const { sub, sid, strategy, logNumber } = identity;
  const view = await parts.store.accounts.viewForSignIn(sub);
  if (view === undefined || view.account.disabledAt !== null) return problem("session_changed");
  const door = parts.strategy(strategy);
  if (door === undefined) return problem("strategy_not_allowed");
  const proof = proofOf(parts, identity, record);
  // Tokens count whole seconds: what ends in the second of its issue is good for nobody.
  if (proof.lifetimeMs < 1000) return problem("session_changed");
  const current = { sub, sid, strategy, logNumber, hasRecord: record !== undefined };
  const signedIn = await succeed(parts, door, view, current, caller, { act: "session.privilege" }, proof);
  return signedIn === "outdated" ? problem("session_changed") : { ok: true, signedIn };
}

// Nothing was proved, so nothing may last longer than before. A token without a record says little of its proof: no more is claimed than any
// sign-in reaches.
function proofOf(
  parts: SignInParts,
  { issuedAt, authenticatedAt = issuedAt, expiresAt, amr = [], acr = "aal1" }: Identity,
  record: SessionRecord | undefined,
): Proof & { lifetimeMs: number } {
  const nowMs = parts.store.now();
  const ago = (ms: number) => Math.max(0, nowMs - ms);
  if (record === undefined) {
    return { amr, acr, authenticatedAgoMs: ago(authenticatedAt * 1000), lifetimeMs: expiresAt * 1000 - nowMs };
  }
  return {
    amr: record.amr,
    acr: record.acr,
    authenticatedAgoMs: ago(record.authenticatedAt),
    lifetimeMs: sessionEnd(record, parts.policy) - nowMs,
    idleMs: record.idleMs,
  };
}
