// Sessions under the feed: kept in memory where they were looked up, and yet ended, changed and renewed as if they were not.

import { type Clock, type Identity, systemClock } from "@countersign/verifier";
import { type AuthOptions, createAuth } from "countersign";
import { openSqliteStore } from "countersign/sqlite";
import type { Store } from "countersign/store";
import { describe, expect, it } from "vitest";
import { type ServiceOptions, startFollowing, startService, type TestService, until } from "../support/following.ts";
import type { Client } from "../support/http-client.ts";
import {
  cheapHashing,
  interceptStore,
  type StoreKind,
  serverSecret,
  signIn,
  signUp,
  startIssuer,
  storeKinds,
  type TestIssuer,
  waitingFor,
} from "../support/issuer.ts";

const minute = 60_000;
const hour = 3_600_000;

/** Who is recognised, or why not: by whoever keeps sessions. */
type Recognise = (client: Client) => Promise<Identity | string>;

/** One who keeps sessions, beside the issuer of them. */
interface Keeper extends AsyncDisposable {
  readonly issuer: TestIssuer;
  readonly recognise: Recognise;
  /** Whom it has asked, in order: calls of its store, the time aside, or paths of the issuer. */
  readonly asked: readonly string[];
  /** How often a session was looked up, by reading the store or by asking the issuer. */
  lookUps(): number;
  /** The newest event that its view knows. */
  applied(): number;
  /** The feed is cut, and nothing else. */
  cutFeed(): void;
  mendFeed(): void;
  /** Resolves when what goes on after its answers is done. */
  idle(): Promise<void>;
}

/** Holds up look-ups between what was read and whoever asked. */
interface Holding {
  until: Promise<void> | undefined;
  /** How many are held. */
  held: number;
}

interface KeeperOptions {
  readonly holding?: Holding;
  readonly capacity?: number;
  readonly issuer?: Partial<Omit<AuthOptions, "store">>;
}

const cookieOf = (client: Client) => client.cookiesFor("/").join("; ");

const told = (verdict: { ok: true; identity: Identity } | { ok: false; code: string }) =>
  verdict.ok ? verdict.identity : verdict.code;

async function held(holding: Holding | undefined): Promise<void> {
  if (holding?.until === undefined) return;
  holding.held += 1;
  await holding.until;
}

/** A store whose calls are noted. Its log can be cut off, and its look-ups of sessions be held up. */
function watchStore(holding: Holding | undefined) {
  const asked: string[] = [];
  let isCut = false;
  const wrap = (inner: Store): Store => {
    const find: typeof inner.sessions.find = (sid) => {
      const found = inner.sessions.find(sid);
      return holding?.until === undefined ? found : held(holding).then(() => found);
    };
    return interceptStore({ ...inner, sessions: { ...inner.sessions, find } }, (call) => {
      if (call !== "now") asked.push(call);
      return isCut && call === "log.read" ? Promise.reject(new Error("The log cannot be read.")) : undefined;
    });
  };
  return {
    wrap,
    asked,
    lookUps: () => asked.filter((call) => call === "sessions.find").length,
    cutFeed() {
      isCut = true;
    },
    mendFeed() {
      isCut = false;
    },
  };
}

async function atIssuer(store: StoreKind, options: KeeperOptions = {}): Promise<Keeper> {
  const { capacity = 100, issuer: more = {}, holding } = options;
  const { wrap, ...watched } = watchStore(holding);
  const issuer = await startIssuer({
    ...{ store, wrapStore: wrap, ...more },
    session: { cache: capacity, ...more.session },
  });
  return {
    ...{ issuer, ...watched },
    recognise: async (client) =>
      told(await issuer.auth.authenticate({ method: "GET", headers: { cookie: cookieOf(client) } })),
    applied: () => issuer.auth.feed().view.number,
    idle: () => issuer.auth.idle(),
    [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose](),
  };
}

/** As another process would: with a connection of its own to the issuer's file, and nothing else in common. */
async function besideIssuer(options: KeeperOptions = {}): Promise<Keeper> {
  const { capacity = 100, issuer: more = {}, holding } = options;
  const issuer = await startIssuer({ store: "sqlite", ...more });
  const { wrap, ...watched } = watchStore(holding);
  const path = issuer.databasePath ?? expect.fail("there is no file");
  const store = await openSqliteStore({ path, clock: waitingFor(issuer.clock) });
  const auth = createAuth({
    ...{ issuer: issuer.url, secrets: [serverSecret], hashing: cheapHashing, upkeep: false, onError: () => undefined },
    ...more,
    ...{ store: wrap(store), clock: lookingFor(issuer.clock), session: { cache: capacity, ...more.session } },
  });
  return {
    ...{ issuer, ...watched },
    recognise: async (client) =>
      told(await auth.authenticate({ method: "GET", headers: { cookie: cookieOf(client) } })),
    applied: () => auth.feed().view.number,
    idle: () => auth.idle(),
    async [Symbol.asyncDispose]() {
      auth.close();
      await auth.idle();
      await store.close();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

/** The test's time, but for the moments between two looks at what other processes have committed: those go by by themselves. */
function lookingFor(clock: Clock): Clock {
  return { ...clock, sleep: (ms, signal) => (ms <= 50 ? systemClock : clock).sleep(ms, signal) };
}

async function atService(store: StoreKind, options: KeeperOptions = {}): Promise<Keeper> {
  const { capacity = 100, issuer: more = {}, holding } = options;
  const issuer = await startIssuer({ store, ...more });
  const service = await startFollowing(issuer, {
    ...{ sessions: true, cacheSize: capacity, feed: { timeoutMs: 500 } },
    onAnswer: (path) => (path === "/auth/introspect" ? held(holding) : undefined),
  });
  return {
    issuer,
    recognise: async (client) =>
      told(await service.verifier.authenticate({ method: "GET", headers: { cookie: cookieOf(client) } })),
    asked: service.asked,
    lookUps: () => introspections(service),
    applied: () => service.verifier.feed()?.number ?? 0,
    cutFeed: () => service.cut("/auth/revocations"),
    mendFeed: () => service.mend(),
    idle: () => issuer.auth.idle(),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

const introspections = (service: TestService) => service.asked.filter((path) => path === "/auth/introspect").length;

const keepers = [
  ...storeKinds.map((store) => ({
    name: `at the issuer, over ${store}`,
    make: (more?: KeeperOptions) => atIssuer(store, more),
  })),
  { name: "beside the issuer, on the same file", make: besideIssuer },
  ...storeKinds.map((store) => ({
    name: `at a service, over ${store}`,
    make: (more?: KeeperOptions) => atService(store, more),
  })),
];

/** Recognised, or the test ends. */
async function recognised(recognise: Recognise, client: Client): Promise<Identity> {
  const who = await recognise(client);
  if (typeof who === "string") throw new Error(`refused: ${who}`);
  return who;
}

/** Lets time go by until something is over. */
async function passingTime<T>(issuer: TestIssuer, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  await until("it is over", () => {
    issuer.clock.advance(5);
    return isOver;
  });
  return over;
}

const merge = (client: Client, json: object) => client.send("PATCH", "/auth/session/data", { json });

describe.each(keepers)("sessions kept $name", ({ make }) => {
  it("are looked up once: the request carries 43 bytes, and nobody is asked", async () => {
    await using keeper = await make();
    const { issuer, recognise, lookUps } = keeper;
    const ada = issuer.client();
    const up = await signUp(ada, { strategy: "session" });
    expect(cookieOf(ada)).toHaveLength(43);
    expect((await recognised(recognise, ada)).sid).toBe(up.json.sid);
    // What the first look-up has brought about comes to its end: the view's question, its stream.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const [before, all] = [lookUps(), keeper.asked.length];
    for (let count = 0; count < 50; count += 1) {
      expect(await recognise(ada)).toMatchObject({ sub: up.json.sub, sid: up.json.sid, strategy: "session", data: {} });
    }
    await keeper.idle();
    // Neither for the session nor for anything else.
    expect(keeper.asked.slice(all)).toEqual([]);
    // Another's is not known by that.
    expect(await recognise(issuer.client({ headers: {} }))).toBe("credential_missing");
    const stranger = issuer.client();
    await signUp(stranger, { email: "bob@example.com", strategy: "session" });
    expect((await recognised(recognise, stranger)).sub).not.toBe(up.json.sub);
    expect(lookUps()).toBe(before + 1);
  });

  it("are refused once they have ended, whoever ended them, and stay refused", async () => {
    const ends: readonly ((issuer: TestIssuer, ada: Client, sid: string, sub: string) => Promise<unknown>)[] = [
      (_issuer, ada) => ada.copy().post("/auth/sign-out"),
      (_issuer, ada) => ada.copy().post("/auth/sign-out-everywhere"),
      (issuer, _ada, sid) => issuer.auth.sessions.end(sid),
      (issuer, _ada, _sid, sub) => issuer.auth.subjects.disable(sub),
    ];
    await using keeper = await make();
    const { issuer, recognise } = keeper;
    for (const [index, end] of ends.entries()) {
      const [ada, bob] = [issuer.client(), issuer.client()];
      const up = await signUp(ada, { email: `ada${index}@example.com`, strategy: "session" });
      await signUp(bob, { email: `bob${index}@example.com`, strategy: "session" });
      for (const client of [ada, bob]) await recognised(recognise, client);
      await end(issuer, ada, up.str("sid"), up.str("sub"));
      await until("it is refused", async () => typeof (await recognise(ada)) === "string");
      for (let count = 0; count < 5; count += 1) expect(await recognise(ada)).toMatch(/^session_(revoked|unknown)$/);
      await recognised(recognise, bob);
    }
  });

  it("are refused to the very next request when they were ended everywhere", async () => {
    await using keeper = await make();
    const { issuer, recognise, lookUps } = keeper;
    const bob = issuer.client();
    await signUp(bob, { email: "bob@example.com", strategy: "session" });
    for (let count = 0; count < 5; count += 1) {
      const ada = issuer.client();
      const sid = (await signUp(ada, { email: `ada${count}@example.com`, strategy: "session" })).str("sid");
      for (const client of [ada, bob]) await recognised(recognise, client);
      const before = lookUps();
      expect((await recognised(recognise, ada)).sid).toBe(sid);
      expect(lookUps()).toBe(before);
      const ending = issuer.auth.sessions.end(sid, { wait: "everywhere" });
      const [{ reached }, next] = await passingTime(
        issuer,
        ending.then(async (ended) => [ended, await recognise(ada)] as const),
      );
      expect(reached).toMatchObject({ outcome: "everywhere", waitedOut: [] });
      expect(next).toMatch(/^session_(revoked|unknown)$/);
      await recognised(recognise, bob);
    }
  });

  it("show their data as it was merged", async () => {
    await using keeper = await make();
    const { issuer, recognise, lookUps } = keeper;
    const [ada, bob] = [issuer.client(), issuer.client()];
    await signUp(ada, { strategy: "session" });
    await signUp(bob, { email: "bob@example.com", strategy: "session" });
    for (const client of [ada, bob]) expect((await recognised(recognise, client)).data).toEqual({});
    for (const theme of ["dark", "light", "none"]) {
      expect((await merge(ada, { theme })).status).toBe(200);
      await until("the change", async () => (await recognised(recognise, ada)).data?.theme === theme);
    }
    const before = lookUps();
    expect((await recognised(recognise, ada)).data).toEqual({ theme: "none" });
    expect((await recognised(recognise, bob)).data).toEqual({});
    expect(lookUps()).toBe(before);
  });

  it("end where they were shortened to, to the millisecond of the clock that is theirs", async () => {
    await using keeper = await make();
    const { issuer, recognise } = keeper;
    const ada = issuer.client({ now: () => 0 });
    const up = await signUp(ada, { strategy: "session" });
    const whole = (await recognised(recognise, ada)).expiresAt;
    const end = issuer.clock.now() + 2000;
    await issuer.auth.sessions.shorten(up.str("sid"), { until: new Date(end) });
    await until("the change", async () => (await recognised(recognise, ada)).expiresAt < whole);
    expect((await recognised(recognise, ada)).expiresAt).toBe(end / 1000);
    issuer.clock.advance(1999);
    await recognised(recognise, ada);
    issuer.clock.advance(1);
    expect(await recognise(ada)).toMatch(/^session_(expired|unknown)$/);
  });

  it("live on where they were extended to, and not beyond", async () => {
    await using keeper = await make({ issuer: { session: { lifetime: "10m", maxLifetime: "1h", idle: "1h" } } });
    const { issuer, recognise } = keeper;
    const ada = issuer.client({ now: () => 0 });
    const up = await signUp(ada, { strategy: "session" });
    const [began, whole] = [issuer.clock.now(), (await recognised(recognise, ada)).expiresAt];
    expect(whole).toBe((began + 10 * minute) / 1000);
    await issuer.auth.sessions.extend(up.str("sid"), { until: new Date(began + 20 * minute) });
    await until("the change", async () => (await recognised(recognise, ada)).expiresAt > whole);
    issuer.clock.advance(15 * minute);
    await recognised(recognise, ada);
    issuer.clock.advance(5 * minute - 1);
    await recognised(recognise, ada);
    issuer.clock.advance(1);
    expect(await recognise(ada)).toMatch(/^session_(expired|unknown)$/);
  });

  it("are looked up again within one life of an access token at the latest", async () => {
    await using keeper = await make({ issuer: { jwt: { lifetime: "2m" } } });
    const { issuer, recognise, lookUps } = keeper;
    const ada = issuer.client();
    await signUp(ada, { strategy: "session" });
    await recognised(recognise, ada);
    const before = lookUps();
    issuer.clock.advance(2 * minute - 1);
    await recognised(recognise, ada);
    expect(lookUps()).toBe(before);
    issuer.clock.advance(1);
    await recognised(recognise, ada);
    expect(lookUps()).toBe(before + 1);
  });

  it("stay in use while they are used, and end when they are not", async () => {
    await using keeper = await make({ issuer: { session: { lifetime: "30d", idle: "1h" } } });
    const { issuer, recognise } = keeper;
    const ada = issuer.client({ now: () => 0 });
    await signUp(ada, { strategy: "session" });
    for (let count = 0; count < 40; count += 1) {
      issuer.clock.advance(5 * minute);
      await recognised(recognise, ada);
      await keeper.idle();
    }
    issuer.clock.advance(6 * minute);
    await recognised(recognise, ada);
    await keeper.idle();
    // A use in the last minute counts for the next hour, though what is kept of it tells of the use before.
    issuer.clock.advance(hour - minute);
    await recognised(recognise, ada);
    await keeper.idle();
    issuer.clock.advance(2 * minute);
    await recognised(recognise, ada);
    await keeper.idle();
    issuer.clock.advance(hour);
    expect(await recognise(ada)).toMatch(/^session_(idle|unknown)$/);
  });

  it("are looked up each time while the feed is cut, and kept again when it is back", async () => {
    await using keeper = await make();
    const { issuer, recognise, lookUps } = keeper;
    const [ada, bob] = [issuer.client(), issuer.client()];
    const up = await signUp(ada, { strategy: "session" });
    await signUp(bob, { email: "bob@example.com", strategy: "session" });
    for (const client of [ada, bob]) await recognised(recognise, client);
    keeper.cutFeed();
    // Until the lag is over, what is kept counts.
    issuer.clock.advance(4999);
    let before = lookUps();
    await recognised(recognise, ada);
    expect(lookUps()).toBe(before);
    issuer.clock.advance(1);
    for (let count = 1; count <= 5; count += 1) {
      await recognised(recognise, ada);
      expect(lookUps()).toBe(before + count);
    }
    await merge(ada, { theme: "dark" });
    expect((await recognised(recognise, ada)).data).toEqual({ theme: "dark" });
    await issuer.auth.sessions.end(up.str("sid"));
    expect(typeof (await recognise(ada))).toBe("string");
    await recognised(recognise, bob);
    keeper.mendFeed();
    await until("it is kept again", async () => {
      issuer.clock.advance(100);
      await recognised(recognise, bob);
      before = lookUps();
      await recognised(recognise, bob);
      return lookUps() === before;
    });
    // What happened while it was cut is not forgotten.
    for (let count = 0; count < 3; count += 1) expect(typeof (await recognise(ada))).toBe("string");
  });

  it("are kept in bounded number: the others are looked up", async () => {
    await using keeper = await make({ capacity: 4 });
    const { issuer, recognise, lookUps } = keeper;
    const clients: Client[] = [];
    for (let index = 0; index < 12; index += 1) {
      const client = issuer.client();
      await signUp(client, { email: `person${index}@example.com`, strategy: "session" });
      clients.push(client);
    }
    for (const client of clients) await recognised(recognise, client);
    const before = lookUps();
    for (const client of clients) await recognised(recognise, client);
    expect(lookUps() - before).toBeGreaterThanOrEqual(8);
    // The latest is among them.
    const after = lookUps();
    const last = clients.at(-1);
    if (last !== undefined) await recognised(recognise, last);
    expect(lookUps()).toBe(after);
    // And of those dropped, none is taken for alive.
    const [first] = clients;
    if (first === undefined) throw new Error("there is nobody");
    await first.copy().post("/auth/sign-out");
    await until("it is refused", async () => typeof (await recognise(first)) === "string");
  });

  it("are none where none may be kept", async () => {
    await using keeper = await make({ capacity: 0 });
    const { issuer, recognise, lookUps } = keeper;
    const ada = issuer.client();
    const up = await signUp(ada, { strategy: "session" });
    const before = lookUps();
    for (let count = 0; count < 5; count += 1) await recognised(recognise, ada);
    expect(lookUps()).toBe(before + 5);
    await issuer.auth.sessions.end(up.str("sid"));
    // Nothing is kept, so nothing has to arrive: the very next request.
    expect(typeof (await recognise(ada))).toBe("string");
  });

  it("are not kept as a look-up saw them that was under way when they changed", async () => {
    const holding: Holding = { until: undefined, held: 0 };
    await using keeper = await make({ holding });
    const { issuer, recognise, applied } = keeper;
    const ada = issuer.client();
    const up = await signUp(ada, { strategy: "session" });
    // Whoever keeps has a view by now, and knows nothing of ada.
    await recognise(issuer.client());
    const bob = issuer.client();
    await signUp(bob, { email: "bob@example.com", strategy: "session" });
    await recognised(recognise, bob);
    let release = () => {};
    holding.until = new Promise((resolve) => {
      release = resolve;
    });
    const looking = recognised(recognise, ada);
    await until("the look-up has read", () => holding.held === 1);
    holding.until = undefined;
    const before = applied();
    await issuer.auth.sessions.mergeData(up.str("sid"), { theme: "dark" });
    await until("the event has arrived", () => applied() > before);
    release();
    // It began before the change, and may say what was true then; whoever comes after it may not.
    expect((await looking).data).toEqual({});
    for (let count = 0; count < 3; count += 1) {
      expect((await recognised(recognise, ada)).data).toEqual({ theme: "dark" });
    }
  });

  it("do not come back by look-ups and changes in each other's way", async () => {
    await using keeper = await make();
    const { issuer, recognise } = keeper;
    const ada = issuer.client();
    const up = await signUp(ada, { strategy: "session" });
    // Look-ups and changes in each other's way, and at the end the end.
    for (let count = 0; count < 20; count += 1) {
      const looking = Promise.all([recognise(ada), recognise(ada), recognise(ada)]);
      await Promise.all([looking, merge(ada, { count })]);
      await until("the change", async () => (await recognised(recognise, ada)).data?.count === count);
    }
    await Promise.all([recognise(ada), issuer.auth.sessions.end(up.str("sid")), recognise(ada)]);
    await until("it is refused", async () => typeof (await recognise(ada)) === "string");
    for (let count = 0; count < 5; count += 1) expect(typeof (await recognise(ada))).toBe("string");
  });
});

describe("a hybrid's session kept under the feed", () => {
  it("spares the look-up when the token is missing, and the token is renewed all the same", async () => {
    await using keeper = await atIssuer("sqlite", { issuer: { strategies: ["hybrid"] } });
    const { issuer } = keeper;
    const ada = issuer.client();
    await signUp(ada);
    const request = { method: "GET", headers: { cookie: `__Host-Http-sid=${ada.cookie("__Host-Http-sid")}` } };
    for (let count = 0; count < 3; count += 1) {
      const verdict = await issuer.auth.authenticate(request);
      if (!verdict.ok) throw new Error(verdict.code);
      expect(verdict.identity.strategy).toBe("hybrid");
      const [cookie] = (await verdict.renewal?.()) ?? [];
      expect(cookie).toMatch(/^__Host-Http-at=[\w-]+\./);
    }
    await ada.post("/auth/sign-out");
    await until("it is refused", async () => !(await issuer.auth.authenticate(request)).ok);
  });

  it("is kept by a service that asks about sessions, and ends by the feed", async () => {
    await using keeper = await atService("memory", { issuer: { strategies: ["hybrid"] } });
    const { issuer, lookUps } = keeper;
    const ada = issuer.client();
    const up = await signUp(ada);
    const bare = issuer.client({ headers: { cookie: `__Host-Http-sid=${ada.cookie("__Host-Http-sid")}` } });
    await using service = await startFollowing(issuer, { sessions: true });
    const judge = () => service.judge({ cookie: `__Host-Http-sid=${ada.cookie("__Host-Http-sid")}` });
    for (let count = 0; count < 5; count += 1) expect((await judge()).json).toMatchObject({ strategy: "hybrid" });
    expect(introspections(service)).toBe(1);
    expect((await bare.get("/auth/session")).status).toBe(200);
    await issuer.auth.sessions.end(up.str("sid"));
    await until("it is refused", async () => (await judge()).status === 401);
    expect(lookUps()).toBe(0);
  });
});

describe("a service that keeps sessions", () => {
  const withSessions = (more: ServiceOptions = {}): ServiceOptions => ({ sessions: true, ...more });

  it("cut off altogether answers by what it keeps for the lag, and then 503, never a refusal", async () => {
    await using issuer = await startIssuer();
    await using service = await startFollowing(issuer, withSessions({ feed: { timeoutMs: 500 } }));
    const ada = issuer.client();
    await signUp(ada, { strategy: "session" });
    const judge = () => service.judge({ cookie: cookieOf(ada) });
    expect((await judge()).status).toBe(200);
    service.cut();
    issuer.clock.advance(4999);
    expect((await judge()).status).toBe(200);
    issuer.clock.advance(1);
    const answer = await judge();
    expect([answer.status, answer.json.code]).toEqual([503, "temporarily_unavailable"]);
    service.mend();
    expect((await judge()).status).toBe(200);
  });

  it.each(["refuse", "insecureAccept"] as const)(
    "asks the issuer while its view is too old, also with %s: what it keeps does not count",
    async (onStale) => {
      await using issuer = await startIssuer();
      await using service = await startFollowing(issuer, withSessions({ feed: { onStale, timeoutMs: 500 } }));
      const ada = issuer.client();
      const up = await signUp(ada, { strategy: "session" });
      const judge = () => service.judge({ cookie: cookieOf(ada) });
      expect((await judge()).status).toBe(200);
      service.cut("/auth/revocations");
      issuer.clock.advance(5000);
      const before = introspections(service);
      expect((await judge()).status).toBe(200);
      expect(introspections(service)).toBe(before + 1);
      await issuer.auth.sessions.end(up.str("sid"));
      expect((await judge()).status).toBe(401);
    },
  );

  it("does not keep what an issuer told of its own memory, before it had heard of the change", async () => {
    await using issuer = await startIssuer({ session: { cache: 100 } });
    await using service = await startFollowing(issuer, withSessions());
    const ada = issuer.client();
    const up = await signUp(ada, { strategy: "session" });
    const atIssuer = () => ada.get("/auth/check");
    const data = async () => (await service.judge({ cookie: cookieOf(ada) })).json.data;
    expect([(await atIssuer()).status, await data()]).toEqual([200, {}]);
    // Nobody asks the issuer itself for a while: its own view rests, and is not told of what comes.
    await until("it rests", () => {
      issuer.clock.advance(50);
      return !issuer.auth.feed().view.isStreaming;
    });
    // It rests only once it counts no more: what it would have to be told of, nobody is told by it.
    expect(issuer.auth.feed().view.state).toBe("stale");
    await issuer.auth.sessions.mergeData(up.str("sid"), { theme: "dark" });
    await until("the change", async () => JSON.stringify(await data()) === '{"theme":"dark"}');
    for (let count = 0; count < 3; count += 1) expect(await data()).toEqual({ theme: "dark" });
  });

  it("has a policy that was shortened within one life of an access token", async () => {
    await using issuer = await startIssuer();
    await using service = await startFollowing(issuer, withSessions());
    const ada = issuer.client({ now: () => 0 });
    await signUp(ada, { strategy: "session" });
    const judge = () => service.judge({ cookie: cookieOf(ada) });
    expect((await judge()).status).toBe(200);
    await using now = await startIssuer({
      ...{ store: issuer.store, issuer: issuer.url, clock: issuer.clock },
      session: { maxLifetime: "4m" },
    });
    service.moveTo(now.url);
    issuer.clock.advance(5 * minute - 1);
    expect((await judge()).status).toBe(200);
    issuer.clock.advance(1);
    const refused = await judge();
    expect([refused.status, refused.json.code]).toEqual([401, "session_ended"]);
  });

  it("asks for each of 50 that come at once with a session it does not know, and then for none", async () => {
    await using issuer = await startIssuer();
    await using service = await startFollowing(issuer, withSessions());
    const ada = issuer.client();
    await signUp(ada, { strategy: "session" });
    const headers = { cookie: cookieOf(ada) };
    const all = () => Promise.all(Array.from({ length: 50 }, () => service.judge(headers)));
    expect((await all()).every(({ status }) => status === 200)).toBe(true);
    const before = introspections(service);
    expect((await all()).every(({ status }) => status === 200)).toBe(true);
    expect(introspections(service)).toBe(before);
  });

  it("keeps nothing of a session that was refused: it is asked again", async () => {
    await using issuer = await startIssuer();
    await using service = await startFollowing(issuer, withSessions());
    const headers = { cookie: `__Host-Http-sid=${"A".repeat(27)}` };
    for (let count = 1; count <= 3; count += 1) {
      expect((await service.judge(headers)).status).toBe(401);
      expect(introspections(service)).toBe(count);
    }
  });

  it("without the feed keeps nothing at all", async () => {
    await using issuer = await startIssuer();
    await using service = await startService(issuer, withSessions({ feed: false }));
    const ada = issuer.client();
    await signUp(ada, { strategy: "session" });
    for (let count = 1; count <= 3; count += 1) {
      expect((await service.judge({ cookie: cookieOf(ada) })).status).toBe(200);
      expect(introspections(service)).toBe(count);
    }
    await signIn(ada, { strategy: "session" });
  });
});
