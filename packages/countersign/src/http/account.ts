// Finds what stands behind a recognised request: its record and its account, both alive. Knows no route.

import type { Identity, RefusalCode } from "@countersign/verifier";
import { judgeLife } from "../sessions/judge.ts";
import type { SessionRecord } from "../stores/contract.ts";
import type { AccountSession, HttpParts } from "./contract.ts";

type Parts = Pick<HttpParts, "store" | "policy">;

/**
 * The account behind an identity, for the account's own routes: a sign-in session, alive, of a subject that is not disabled.
 * A token is asked for its record here, so that the issuer's own routes refuse it from the moment its session ended.
 * Costs two look-ups.
 */
export async function findAccountSession(parts: Parts, identity: Identity): Promise<AccountSession | RefusalCode> {
  if (identity.clientId !== undefined || identity.audience !== undefined) return "insufficient_scope";
  const found = await findLiving(parts, identity);
  if (typeof found === "string") return found;
  if (found !== undefined && (found.parent !== null || found.clientId !== null)) return "insufficient_scope";
  const account = await parts.store.accounts.find(identity.sub);
  if (account === undefined || account.disabledAt !== null) return "session_revoked";
  return { identity, account, record: found };
}

/** Why nothing stands behind an identity any more; `undefined` while it does. */
export async function whyEnded(parts: Parts, identity: Identity): Promise<RefusalCode | undefined> {
  const found = await findLiving(parts, identity);
  return typeof found === "string" ? found : undefined;
}

/**
 * The record behind an identity, alive; `undefined` where it has none and nothing cut it off; why not, where nothing stands behind it any
 * more. Costs a look-up, or three where there is no record.
 */
export async function findLiving(parts: Parts, identity: Identity): Promise<SessionRecord | RefusalCode | undefined> {
  const { logNumber } = identity;
  if (logNumber !== undefined) return (await isCutOff(parts, identity, logNumber)) ? "token_revoked" : undefined;
  const record = await parts.store.sessions.find(identity.sid);
  if (record === undefined || record.sub !== identity.sub) return "session_unknown";
  return judgeLife(record, parts.policy, parts.store.now()) ?? record;
}

// A token without a record is cut off by an event that came after the number it was issued at: numbers are compared, not clocks.
async function isCutOff(parts: Parts, { sid, sub }: Identity, logNumber: number): Promise<boolean> {
  const newest = await parts.store.log.newest([
    { scope: "everyone", target: "" },
    { scope: "session", target: sid },
    { scope: "subject", target: sub },
  ]);
  return newest > logNumber;
}
