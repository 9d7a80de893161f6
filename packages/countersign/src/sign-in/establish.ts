// From a proof that was judged good to a session in force; knows nothing of how the proof was judged.

import type { JsonObject } from "@countersign/verifier";
import type { Account } from "../stores/contract.ts";
import { checkClaims } from "../strategies/claims.ts";
import type { Prepared, StrategyDoor } from "../strategies/contract.ts";
import type { Caller, SignedIn, SignInParts } from "./contract.ts";

/** What a password proves (RFC 8176), and the level it reaches (NIST SP 800-63B-4). */
const passwordProof = { amr: ["pwd"], acr: "aal1" } as const;

/** A proof judged good, with what was read before it was judged. */
export interface Proven {
  readonly account: Account;
  readonly logNumber: number;
}

/** The claims that the application's hook says of an account; empty without a hook. Throws what the hook throws, and `UsageError`. */
export async function claimsOf(parts: Pick<SignInParts, "claimsHook">, account: Account): Promise<JsonObject> {
  if (parts.claimsHook === undefined) return {};
  const { sub, email, emailVerifiedAt } = account;
  return checkClaims(await parts.claimsHook({ sub, email, emailVerified: emailVerifiedAt !== null }));
}

/** Prepares credentials for a proven account: nothing is in force yet. */
export async function prepare(
  parts: SignInParts,
  door: StrategyDoor,
  proven: Proven,
  caller: Caller,
): Promise<{ prepared: Prepared; signedIn: SignedIn }> {
  const claims = await claimsOf(parts, proven.account);
  const authenticatedAt = parts.store.now();
  const prepared = await door.prepare({
    sub: proven.account.sub,
    client: caller.client,
    ...passwordProof,
    claims,
    transport: caller.transport ?? "token",
    tokenClaims: caller.transport === "cookie" ? {} : claims,
    logNumber: proven.logNumber,
    authenticatedAgoMs: 0,
  });
  const { account } = proven;
  const { credentials } = prepared;
  return { prepared, signedIn: { account, credentials, claims, authenticatedAt, ...passwordProof, data: {} } };
}

/**
 * Puts a new sign-in in force: creates its record under the generation read before the credential was judged, and ends the session
 * it replaces. `outdated`: the account changed meanwhile, and the credential has to be judged again.
 */
export async function establish(
  parts: SignInParts,
  door: StrategyDoor,
  proven: Proven,
  caller: Caller,
  replaces: string | undefined,
): Promise<SignedIn | "outdated"> {
  const { prepared, signedIn } = await prepare(parts, door, proven, caller);
  const { account } = proven;
  if (prepared.session === undefined) {
    if (!(await isStillCurrent(parts, account))) return "outdated";
    if (replaces !== undefined) await parts.store.sessions.end(replaces, "superseded");
    return signedIn;
  }
  const created = await parts.store.sessions.create(prepared.session, {
    generation: account.generation,
    limit: parts.options.session.perSubject,
    policy: parts.policy,
    ...(replaces === undefined ? {} : { replaces }),
  });
  // A sid that exists already means 96 random bits came twice: the generator is broken, and going on would be worse.
  if (created === "exists") throw new Error("A new session id was already taken: the random generator repeats itself.");
  return created === "created" ? signedIn : "outdated";
}

// A token without a record has no row whose creation could be conditional: the account is read once more instead. What still slips
// in between is ended by number: the token carries the log number that was read before its credential was judged.
async function isStillCurrent(parts: SignInParts, account: Account): Promise<boolean> {
  const now = await parts.store.accounts.find(account.sub);
  return now !== undefined && now.generation === account.generation && now.disabledAt === null;
}
