// Countersign as applications set it up: each authenticator with requests that it accepts. Knows no framework and measures nothing.

import { type Authenticator, createVerifier, type Verifier } from "@countersign/verifier";
import { type Auth, createAuth } from "countersign";
import { cookies, issuer, newAccessToken, newHybridCookies, type SigningKey } from "./credentials.ts";
import { feedOf, whenFollowed } from "./feed/local-feed.ts";
import { type FilledStore, filledMemoryStore, filledSqliteStore } from "./session-stores.ts";

/** An authenticator, and the credentials that it accepts: the values of one header. */
export interface Subjects<Judge extends Authenticator = Authenticator> {
  readonly authenticator: Judge;
  readonly header: "authorization" | "cookie";
  readonly credentials: readonly string[];
}

/** How many there are to be, and how many are remembered. */
export interface Numbers {
  readonly credentials: number;
  /** Default: as the packages have it, 10,000. */
  readonly cacheSize?: number;
}

/** A service that judges lean tokens by their signature alone. */
export function jwtSubjects(key: SigningKey, { credentials, cacheSize }: Numbers): Subjects<Verifier> {
  const authenticator = createVerifier({ issuer, keys: { jwks: key.jwks }, cacheSize });
  const made = times(credentials, () => `Bearer ${newAccessToken(key, "lean+jwt")}`);
  return { authenticator, header: "authorization", credentials: made };
}

/** A service that judges hybrids by the feed, with this many revocations in its view; a program's, or with both cookies a browser's. */
export async function hybridSubjects(
  key: SigningKey,
  {
    credentials,
    cacheSize,
    revocations,
    by,
  }: Numbers & { readonly revocations: number; readonly by: "token" | "cookies" },
): Promise<Subjects<Verifier>> {
  const authenticator = createVerifier({ issuer, keys: { jwks: key.jwks }, cacheSize, feed: feedOf(revocations) });
  await whenFollowed(authenticator, revocations);
  if (by === "cookies") {
    return { authenticator, header: "cookie", credentials: times(credentials, () => newHybridCookies(key)) };
  }
  const made = times(credentials, () => `Bearer ${newAccessToken(key, "hybrid+jwt")}`);
  return { authenticator, header: "authorization", credentials: made };
}

/** Where sessions are looked up: in memory, in a file, or in memory under the feed before the file. */
export type SessionPlace = "memory" | "sqlite" | "feed";

/** An issuer with sessions. The file holds `rows`. */
export async function sessionSubjects(
  place: SessionPlace,
  { credentials, cacheSize = 10_000, rows, folder }: Numbers & { readonly rows: number; readonly folder: string },
): Promise<Subjects<Auth>> {
  const { store, tokens }: FilledStore =
    place === "memory" ? await filledMemoryStore(credentials) : await filledSqliteStore(folder, rows);
  const authenticator = createAuth({
    issuer,
    secrets: ["a secret that only the bench knows, and nobody else"],
    store,
    // A run lasts longer than five minutes; what is kept would be looked up again in the middle of it.
    jwt: { lifetime: "1h" },
    session: { cache: place === "feed" ? cacheSize : 0 },
  });
  await authenticator.start();
  const known = tokens.slice(0, credentials).map((token) => `${cookies.session}=${token}`);
  return { authenticator, header: "cookie", credentials: known };
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
