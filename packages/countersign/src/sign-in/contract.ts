// What the ways of signing in share: who calls, what they need of the rest, what they answer.

import type { JsonObject } from "@countersign/verifier";
import type { Audit } from "../audit.ts";
import type { ClaimsHook, ResolvedOptions } from "../options.ts";
import type { Background } from "../primitives/background.ts";
import type { Random } from "../primitives/random.ts";
import type { Account, ClientInfo, LifetimePolicy, Store } from "../stores/contract.ts";
import type { Credentials, StrategyDoor } from "../strategies/contract.ts";
import type { Decoys } from "./decoys.ts";
import type { Hasher } from "./hashing.ts";
import type { Limits } from "./limits.ts";
import type { PasswordPolicy } from "./password-policy.ts";

/** Who makes a request, as far as the network and the client say. */
export interface Caller {
  readonly client: ClientInfo;
  /** The network address; an empty text when unknown. */
  readonly address: string;
  /** The device token from an earlier sign-in, if the client sent one. */
  readonly device?: string | undefined;
  /** How the credentials will travel. By cookie, a token holds identifiers only: people and neighbours read cookies. Default: `token`. */
  readonly transport?: "cookie" | "token" | undefined;
}

/** Where a caller is: a network address block, or a device that bears our cookie. */
export interface Place {
  readonly by: "address" | "device";
  /** Keyed, so that a store learns neither. */
  readonly name: string;
}

/** A message to one address. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Sends mail; resolves when the message was handed over. */
export type SendMail = (mail: Mail) => Promise<void>;

/** What the ways of signing in are given. */
export interface SignInParts {
  readonly options: ResolvedOptions;
  readonly store: Store;
  readonly random: Random;
  readonly hasher: Hasher;
  readonly limits: Limits;
  readonly passwordPolicy: PasswordPolicy;
  readonly audit: Audit;
  readonly background: Background;
  readonly policy: LifetimePolicy;
  readonly claimsHook: ClaimsHook<object> | undefined;
  readonly sendMail: SendMail | undefined;
  /** The caller's places; each once for every server secret of the list. */
  readonly placesOf: (caller: Caller) => readonly Place[];
  /** What stands in for the accounts of addresses that have none. */
  readonly decoys: Decoys;
  readonly strategy: (name: string) => StrategyDoor | undefined;
}

/** The result of a good sign-in. */
export interface SignedIn {
  readonly account: Account;
  readonly credentials: Credentials;
  readonly claims: JsonObject;
  /** Now, in milliseconds since 1970. */
  readonly issuedAt: number;
  /** When the subject proved who it is. */
  readonly authenticatedAt: number;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly data: JsonObject;
}
