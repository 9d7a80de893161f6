// An issuer on a real port, with a clock, randomness, store and mailbox that the test owns. Knows no test and judges nothing.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@countersign/verifier";
import { type Auth, type AuthOptions, createAuth, type Mail, type ServiceScope } from "countersign";
import { createMemoryStore } from "countersign/memory";
import { nodeHandler } from "countersign/node";
import { openSqliteStore } from "countersign/sqlite";
import type { Store } from "countersign/store";
import { createTestClock, type TestClock } from "../../packages/countersign/src/primitives/testing.ts";
import { type Answer, type Client, type ClientOptions, createClient } from "./http-client.ts";

/** The stores that everything is tried on. */
export const storeKinds = ["memory", "sqlite"] as const;
export type StoreKind = (typeof storeKinds)[number];

/** Hashes as cheap as the options allow, so that tests are quick. */
export const cheapHashing = { memoryKiB: 7168, passes: 1, concurrency: 2, queueLimit: 200 } as const;

export const serverSecret = "a server secret that only the tests know";

/** What differs from the issuer that the tests usually want. */
export interface IssuerOptions extends Partial<Omit<AuthOptions, "store">> {
  /** A kind to be made, or a store that the test made. */
  readonly store?: StoreKind | Store;
  /** Put around the store, to count or to interfere. See `interceptStore`. */
  readonly wrapStore?: (store: Store) => Store;
  /** Whether it sends mail, into `mails`. Default true. */
  readonly sendsMail?: boolean;
}

/** An issuer that listens. `await using issuer = await startIssuer()` stops it at the end of the block. */
export interface TestIssuer extends AsyncDisposable {
  readonly auth: Auth;
  /** Where it listens, and its `iss` unless the options name another. */
  readonly url: string;
  readonly clock: TestClock;
  readonly store: Store;
  /** Where the database is; absent for other stores. */
  readonly databasePath: string | undefined;
  readonly mails: readonly Mail[];
  /** Faults that nobody but the server is to blame for. Most tests expect none. */
  readonly errors: readonly unknown[];
  client(options?: ClientOptions): Client;
  /** Stops listening; what was open is cut. */
  close(): Promise<void>;
}

/** Starts an issuer. Its time stands still until the test moves `clock`. */
export async function startIssuer(options: IssuerOptions = {}): Promise<TestIssuer> {
  const { store: wanted = "memory", wrapStore = (store) => store, sendsMail = true, ...rest } = options;
  const clock = createTestClock();
  const made = typeof wanted === "string" ? await makeStore(wanted, clock) : { store: wanted };
  const store = wrapStore(made.store);
  const server = createServer();
  const url = await listen(server);
  const mails: Mail[] = [];
  const errors: unknown[] = [];
  const auth = createAuth({
    issuer: url,
    secrets: [serverSecret],
    hashing: cheapHashing,
    clock,
    // The test moves the time by days, and says itself when there is upkeep: `auth.maintain()`.
    upkeep: false,
    onError: (error) => void errors.push(error),
    ...(sendsMail ? { sendMail: async (each) => void mails.push(each) } : {}),
    ...rest,
    store,
  });
  const handle = nodeHandler(auth);
  server.on("request", (request, response) => void handle(request, response));
  const clients: Client[] = [];
  const close = async () => {
    for (const client of clients) client.close();
    server.closeAllConnections();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    ...{ auth, url, clock, store, mails, errors, close },
    databasePath: made.path,
    client(clientOptions = {}) {
      const client = createClient(url, { now: () => clock.now(), ...clientOptions });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await close();
      await auth.idle();
      await made.dispose?.();
    },
  };
}

/** A store of its own, and how to get rid of it. */
export interface MadeStore {
  readonly store: Store;
  readonly path?: string;
  dispose?(): Promise<void>;
}

/** A store whose time is the test's. Waiting for locks takes real time, for nobody moves the clock meanwhile. */
export async function makeStore(kind: StoreKind, clock: TestClock): Promise<MadeStore> {
  if (kind === "memory") return { store: createMemoryStore({ clock }) };
  const folder = await mkdtemp(join(tmpdir(), "countersign-e2e-"));
  const path = join(folder, "countersign.db");
  const store = await openSqliteStore({ path, clock: waitingFor(clock) });
  const dispose = async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { store, path, dispose };
}

/** The test's time of day, and the machine's patience. */
export function waitingFor(clock: Clock): Clock {
  return { now: () => clock.now(), monotonic: systemClock.monotonic, sleep: systemClock.sleep };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A password that every policy takes. */
export const goodPassword = "wren plays slow cello";
/** Another one. */
export const otherPassword = "nine amber kettles hum";

/** What a sign-up or sign-in may say beside address and password. */
export interface SignInWish {
  readonly email?: string;
  readonly password?: string;
  readonly strategy?: "session" | "jwt" | "hybrid";
  readonly transport?: "cookie" | "token";
}

/** Signs up by HTTP; throws when that is refused. */
export async function signUp(client: Client, wish: SignInWish = {}): Promise<Answer> {
  return expectStatus(await client.post("/auth/sign-up", { json: signInBody(wish) }), 200);
}

/** Signs in by HTTP; throws when that is refused. */
export async function signIn(client: Client, wish: SignInWish = {}): Promise<Answer> {
  return expectStatus(await client.post("/auth/sign-in", { json: signInBody(wish) }), 200);
}

/** A body for sign-up and sign-in, of the usual person. */
export function signInBody(wish: SignInWish = {}): object {
  return { email: "ada@example.com", password: goodPassword, ...wish };
}

/** The answer, if it has this status; otherwise throws with what it says instead. */
export function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer;
  throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
}

/** A service key as one text, for `Authorization: Bearer`. */
export async function addService(
  auth: Auth,
  scopes: readonly ServiceScope[],
  audience?: string,
): Promise<{ id: string; secret: string; bearer: string }> {
  const { id, secret } = await auth.services.add({ name: "test", scopes, ...(audience ? { audience } : {}) });
  return { id, secret, bearer: `Bearer ${id}.${secret}` };
}

/** The secret in the latest mail's link. */
export function linkToken(mails: readonly Mail[]): string {
  const link = /https?:\/\/\S+[?&]token=([\w-]+)/.exec(mails.at(-1)?.text ?? "")?.[1];
  if (link === undefined) throw new Error("the latest mail holds no link with a token");
  return link;
}

/**
 * Puts something before every call of a store, named like `sessions.create`. Where that answers a promise, the call waits for it; where it answers
 * none, a method that answers at once still does.
 */
export function interceptStore(store: Store, before: (call: string, args: readonly unknown[]) => unknown): Store {
  const wrapPart = (name: string, part: object): object =>
    new Proxy(part, {
      get(target, member) {
        const method: unknown = Reflect.get(target, member);
        if (typeof method !== "function" || typeof member !== "string") return method;
        return (...args: readonly unknown[]) => {
          const first = before(`${name}${member}`, args);
          const go = () => Reflect.apply(method, target, args);
          return first instanceof Promise ? first.then(go) : go();
        };
      },
    });
  return new Proxy(wrapPart("", store), {
    get(target, member) {
      const value: unknown = Reflect.get(target, member);
      return typeof value === "object" && value !== null && typeof member === "string"
        ? wrapPart(`${member}.`, value)
        : value;
    },
  }) as Store;
}

/** A good question of a follower that has applied nothing yet. */
export const leaseQuestion = {
  follower: "FFFFFFFFFFFFFFFF",
  name: "orders",
  applied: 0,
  mark: "",
  lagMs: 5000,
  onStale: "ask",
  nonce: "n",
} as const;
