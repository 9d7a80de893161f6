// What a process of the lab is told of one column, and what it makes of it with the packages' public doors. Starts nothing.

import type { Authenticator } from "@countersign/verifier";
import { createVerifier } from "@countersign/verifier";
import { type Auth, type AuthOptions, createAuth } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { openSqliteStore } from "countersign/sqlite";
import type { Store } from "countersign/store";
import { type Counts, countStore } from "../../processes/counted-store.ts";
import type { Column, Conditions } from "../contract.ts";
import { loadWorsening, type Role, type WorseModule } from "../worse.ts";

/** One column in one process. */
export interface Setup {
  readonly column: Column;
  readonly conditions: Pick<Conditions, "accessLifetime">;
  /** The database file; null: the store is in the issuer's memory. */
  readonly databasePath: string | null;
  readonly secret: string;
  /** Makes the column worse than it is, for the tests of the lab. Nothing that anybody can type or click leads here. */
  readonly worse?: WorseModule;
}

/** What a service knows beside it. */
export interface ServiceSetup extends Setup {
  readonly name: string;
  /** The `iss` of tokens. */
  readonly issuer: string;
  /** Where the issuer really listens. */
  readonly issuerUrl: string;
  /** Where it is asked, where that goes by another wire. */
  readonly feedOrigin: string;
  /** `id.secret`. */
  readonly serviceKey: string;
  /**
   * `own`: it is one of ours, and judges as the column does. `address`: a stranger's, which knows only where the issuer is. `key`: a stranger's that
   * was given a service key.
   */
  readonly knows: "own" | "address" | "key";
}

/** How many sessions and tokens each process keeps in memory, where it keeps any. */
const kept = 10_000;

/** The password of every subject: of the lab, for the time of the lab. */
export const password = "wren plays slow cello";

/** The name of the strategy that a column signs in by. */
export function strategyOf(column: Column): "session" | "jwt" | "hybrid" {
  if (column === "session" || column === "session-feed") return "session";
  return column === "hybrid" ? "hybrid" : "jwt";
}

/** The address of a subject whose credentials carry so many claims. */
export function addressOf(claims: number, name: string): string {
  return `c${claims}.${name}@lab.example`;
}

/** Claims as applications have them: a short name, a word of a value. */
export function claimsOf(email: string): Record<string, string> {
  const count = Number(/^c(\d+)\./.exec(email)?.[1] ?? 0);
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`claim_${index + 1}`, `value-${index + 1}`]));
}

/** The options of the issuer, the same in each process that issues or judges sessions by its store. */
export function authOptions(setup: Setup, issuer: string, store: Store): AuthOptions {
  const lifetime = setup.conditions.accessLifetime;
  return {
    ...{ issuer, store, secrets: [setup.secret], strategies: [strategyOf(setup.column)] },
    // The lab signs in by hundreds, from one address, and measures no hash.
    hashing: { memoryKiB: 7168, passes: 1, concurrency: 2, queueLimit: 1000 },
    limits: { proofsPerAddress: 10_000 },
    session: { perSubject: 1000, cache: setup.column === "session-feed" ? kept : 0 },
    jwt: {
      lifetime: `${lifetime}s`,
      grace: `${Math.min(10, Math.floor(lifetime / 5))}s`,
      refresh: setup.column !== "jwt-alone",
      maxBytes: 4096,
    },
    claims: ({ email }) => claimsOf(email),
    onError: reportFault,
  };
}

export interface OpenStore {
  readonly store: Store;
  counts(): Counts;
}

export async function openStore(setup: Pick<Setup, "databasePath" | "worse">, role: Role): Promise<OpenStore> {
  const { databasePath } = setup;
  const counted = countStore(
    databasePath === null ? createMemoryStore() : await openSqliteStore({ path: databasePath }),
  );
  const { store: worsen } = await loadWorsening(setup);
  return worsen === undefined ? counted : { ...counted, store: worsen(counted.store, role) };
}

/** What a service judges by, and what its store was asked. */
export interface Judge {
  readonly authenticator: Authenticator;
  counts(): Counts;
}

/** A service's judge: the issuer over the same store where the column has one it can reach, otherwise a verifier. */
export async function createJudge(setup: ServiceSetup): Promise<Judge> {
  const judge = await createGoodJudge(setup);
  const { judge: worsen } = await loadWorsening(setup);
  return worsen === undefined ? judge : { ...judge, authenticator: worsen(judge.authenticator) };
}

async function createGoodJudge(setup: ServiceSetup): Promise<Judge> {
  if (setup.knows === "own" && strategyOf(setup.column) === "session" && setup.databasePath !== null) {
    const { store, counts } = await openStore(setup, "service");
    const auth: Auth = createAuth({ ...authOptions(setup, setup.issuer, store), upkeep: false });
    return { authenticator: auth, counts };
  }
  const { issuer, issuerUrl, feedOrigin, serviceKey, name } = setup;
  const isTrusted = setup.knows !== "address";
  const follows = isTrusted && (setup.column === "hybrid" || setup.column === "session-feed");
  const asks = isTrusted && strategyOf(setup.column) === "session";
  const verifier = createVerifier({
    ...{ issuer, keys: { jwksUri: `${issuerUrl}/.well-known/jwks.json` }, leewaySeconds: 0, cacheSize: kept },
    ...(follows ? { feed: { serviceKey, name, url: `${feedOrigin}/auth/revocations`, timeoutMs: 1000 } } : {}),
    ...(asks ? { sessions: { serviceKey, url: `${feedOrigin}/auth/introspect` } } : {}),
  });
  if (follows) verifier.start();
  return { authenticator: verifier, counts: () => ({}) };
}

/** Faults go to the standard error of the whole. A feed that cannot be reached is what the lab does on purpose. */
export function reportFault(error: unknown, where: string): void {
  process.stderr.write(`lab: a fault in ${where}: ${error instanceof Error ? error.message : String(error)}\n`);
}
