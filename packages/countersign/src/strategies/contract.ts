// What the strategies have in common. Shared code asks this contract and never which strategy it holds.

import type { Awaitable, JsonObject, Strategy } from "@countersign/verifier";
import type { ClientInfo, NewSession, SessionRecord } from "../stores/contract.ts";

/** What is known at the moment a sign-in has been judged good. */
export interface Draft {
  readonly sub: string;
  readonly client: ClientInfo;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly claims: JsonObject;
  /** How the credentials will travel. */
  readonly transport: "cookie" | "token";
  /** Those of them that a token may carry: none where it travels by cookie. */
  readonly tokenClaims: JsonObject;
  /** The log's newest number, read before the credential was judged. */
  readonly logNumber: number;
  /** Milliseconds since the proof that this rests on; 0 at sign-in. */
  readonly authenticatedAgoMs: number;
  /** Milliseconds to the absolute end, where that is not for the strategy to say: a successor without a new proof keeps the old one's. */
  readonly lifetimeMs?: number | undefined;
  /** Milliseconds that the session may stay unused; the same. */
  readonly idleMs?: number | undefined;
}

/** One secret handed to the client, with its end in milliseconds since 1970. */
export interface Secret {
  readonly token: string;
  readonly expiresAt: number;
  /** Until when a browser has to keep it, where the server may move the end, or where it is of use after it. Default: `expiresAt`. */
  readonly keepUntil?: number;
}

/** Everything that one sign-in or renewal hands to the client. */
export interface Credentials {
  readonly strategy: Strategy;
  readonly sid: string;
  readonly session?: Secret;
  readonly access?: Secret & { readonly lifetimeSeconds: number };
  readonly refresh?: Secret;
}

/** A sign-in prepared but not yet in force. */
export interface Prepared {
  /** The record to create first; `undefined` where the strategy keeps none. */
  readonly session: NewSession | undefined;
  /** To be handed out once the record is created, and never before. */
  readonly credentials: Credentials;
}

/** What differs between strategies. */
export interface StrategyDoor {
  readonly name: Strategy;
  /** How credentials travel when the sign-in does not say. */
  readonly defaultTransport: "cookie" | "token";
  /**
   * Prepares a sign-in: reads the time of issue, draws the secrets, signs. No store. Throws `UsageError` when the claims pass the
   * byte budget: before anything was created.
   */
  prepare(draft: Draft): Awaitable<Prepared>;
  /**
   * Makes the credentials that follow a renewal of this record, as it stands after it. `issuedAtMs` was read before the
   * statement that proved the record alive. `undefined` where the strategy renews nothing, or the session has less than a second left.
   */
  renew(record: SessionRecord, claims: JsonObject, issuedAtMs: number): Promise<Credentials | undefined>;
}
