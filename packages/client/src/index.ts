// The door of the package. Knows nothing that is not exported here.

export type { Account, SignInWish } from "./account.ts";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export type { Abortable, CheckMail, Declined, Json, JsonObject, Session, SignedIn, Transport } from "./contract.ts";
export type { Clock } from "./primitives/clock.ts";
export type { Locks } from "./turns.ts";
