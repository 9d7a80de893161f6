// What every strategy's record begins with. Knows no credential.

import type { Strategy } from "@countersign/verifier";
import type { NewSession } from "../stores/contract.ts";
import type { Draft } from "./contract.ts";

/** The lives that a server gives its sessions, in milliseconds. */
export interface SessionLives {
  readonly lifetimeMs: number;
  readonly idleMs: number;
  /** How far the policy lets a session be extended. */
  readonly maxAgeMs: number;
}

/** The record of a sign-in: what was drafted, and what the strategy keeps of its secrets. */
export function newSession(
  draft: Draft,
  lives: SessionLives,
  own: { strategy: Strategy; sid: string } & Pick<NewSession, "tokenHash" | "refreshSeed">,
): NewSession {
  const { sub, client, amr, acr, claims, authenticatedAgoMs } = draft;
  const { idleMs = lives.idleMs, lifetimeMs = lives.lifetimeMs } = draft;
  return { ...own, sub, client, amr, acr, claims, authenticatedAgoMs, idleMs, lifetimeMs };
}

/** The absolute end of a sign-in that begins now, in milliseconds since 1970. */
export function endOf(draft: Draft, lives: SessionLives, nowMs: number): number {
  return nowMs + (draft.lifetimeMs ?? lives.lifetimeMs);
}
