// Renewal by refresh token: asks the store, lets the judge decide, does what it says. Knows no HTTP.

import type { JsonObject } from "@countersign/verifier";
import type { Audit } from "../audit.ts";
import type { ServerSecrets } from "../keys/secrets.ts";
import { type Outcome, problem } from "../primitives/errors.ts";
import type { ClientInfo, LifetimePolicy, SessionRecord, Store } from "../stores/contract.ts";
import type { Credentials, StrategyDoor } from "../strategies/contract.ts";
import { judgeLife } from "./judge.ts";
import { isGenuine, judgeRefresh, type ParsedRefreshToken, parseRefreshToken } from "./refresh-token.ts";

/** What renewal is given. */
export interface RenewParts {
  readonly store: Store;
  readonly secrets: ServerSecrets;
  readonly policy: LifetimePolicy;
  readonly graceMs: number;
  readonly audit: Audit;
  readonly strategy: (name: string) => StrategyDoor | undefined;
  /** The claims of a subject as of now. */
  readonly claimsOf: (sub: string) => Promise<JsonObject | undefined>;
}

/** A renewal that succeeded. */
export interface Renewed {
  readonly record: SessionRecord;
  readonly credentials: Credentials;
}

// Each lost race moves the counter, so a presented token is current, previous, or old within three rounds; more means that the store
// does not do what it says.
const maxRounds = 5;

/**
 * Judges a presented refresh token and answers its successor. Of 50 at once all get the same one.
 * `refresh_invalid`: not genuine (nothing changes), over or within its last second, or reused (the session ends).
 * Costs one read, and one write for a current token. Throws `Unavailable`.
 */
export async function renew(
  allParts: RenewParts,
  presentedToken: string,
  client: ClientInfo,
  transport: "cookie" | "token",
): Promise<Outcome<Renewed>> {
  // By cookie, a token holds identifiers only.
  const parts = transport === "cookie" ? { ...allParts, claimsOf: async () => ({}) } : allParts;
  const presented = parseRefreshToken(presentedToken);
  if (presented === undefined) return problem("refresh_invalid");
  for (let round = 0; round < maxRounds; round += 1) {
    // Read before the statement that proves the session alive: a token may not be younger than that proof.
    const issuedAtMs = parts.store.now();
    const record = await parts.store.sessions.find(presented.sid);
    if (record === undefined || !isGenuine(presented, record, parts.secrets)) return problem("refresh_invalid");
    if (!(await isAlive(parts, record, issuedAtMs))) return problem("refresh_invalid");
    const verdict = judgeRefresh(presented.counter, record, client.label, parts.graceMs, issuedAtMs);
    if (verdict === "reuse" || verdict === "rewound") return endFor(parts, verdict, record, client);
    if (verdict === "repeat") return repeat(parts, record, client, issuedAtMs);
    // Prepared before the counter moves: a `claims` hook that is down for a while must not make the owner's next try look like a theft.
    const expected = { ...record, refreshCounter: record.refreshCounter + 1 };
    const prepared = await finish(parts, expected, issuedAtMs);
    if (!prepared.ok) return prepared;
    const rotated = await rotate(parts, presented, client);
    if (rotated === "lost") continue;
    // Shortened meanwhile: the token may not outlive the session.
    return rotated.expiresAt === record.expiresAt
      ? { ...prepared, record: rotated }
      : finish(parts, rotated, issuedAtMs);
  }
  throw new Error("The store keeps losing the rotation of a refresh token.");
}

async function rotate(parts: RenewParts, presented: ParsedRefreshToken, client: ClientInfo) {
  return parts.store.sessions.rotate(presented.sid, presented.counter, client, parts.policy);
}

// The statement that rotates asks this once more, atomically; asked here, it keeps a dead session's counter from being judged.
async function isAlive(parts: RenewParts, record: SessionRecord, nowMs: number): Promise<boolean> {
  if (judgeLife(record, parts.policy, nowMs) !== undefined) return false;
  if (record.parent === null) return true;
  const parent = await parts.store.sessions.find(record.parent);
  return parent !== undefined && judgeLife(parent, parts.policy, nowMs) === undefined;
}

async function repeat(parts: RenewParts, record: SessionRecord, client: ClientInfo, issuedAtMs: number) {
  if (client.address !== record.client.address) {
    await parts.audit.record({
      act: "session.refresh",
      outcome: "ok",
      ...about(record, client),
      detail: "repeated_elsewhere",
    });
  }
  return finish(parts, record, issuedAtMs);
}

async function finish(parts: RenewParts, record: SessionRecord, issuedAtMs: number): Promise<Outcome<Renewed>> {
  const claims = await parts.claimsOf(record.sub);
  const credentials =
    claims === undefined ? undefined : await parts.strategy(record.strategy)?.renew(record, claims, issuedAtMs);
  return credentials === undefined ? problem("refresh_invalid") : { ok: true, record, credentials };
}

async function endFor(parts: RenewParts, verdict: "reuse" | "rewound", record: SessionRecord, client: ClientInfo) {
  await parts.store.sessions.end(record.sid, verdict === "reuse" ? "refresh_reuse" : "store_rewound");
  const act = verdict === "reuse" ? "session.reuse" : "session.rewound";
  await parts.audit.record({ act, outcome: verdict === "reuse" ? "refused" : "error", ...about(record, client) });
  return problem("refresh_invalid");
}

function about(record: SessionRecord, client: ClientInfo) {
  const by = { actor: "anonymous", address: client.address, client: client.label };
  return { by, sub: record.sub, sid: record.sid };
}
