import { describe, expect, it } from "vitest";
import { type Client, type ClientOptions, createClient } from "./client.ts";
import {
  createTestClock,
  createTestLocks,
  createWorld,
  issuer,
  problem,
  service,
  settle,
  swallow,
  unreachable,
} from "./testing.ts";
import type { Locks } from "./turns.ts";

const ada = { email: "ada@example.com", password: "right" };
const bob = { email: "bob@example.com", password: "right" };

/** Tabs of one browser: one cookie jar, one set of locks, a client each. */
async function browser(count: number, options: Partial<ClientOptions> = {}) {
  const world = createWorld("cookie");
  const clock = createTestClock();
  const locks = createTestLocks();
  const told: string[] = [];
  const tabs = Array.from({ length: count }, (_, index) =>
    createClient({
      ...{ issuer, transport: "cookie", origins: [service], fetch: world.fetch, clock, locks },
      onSignedOut: () => void told.push(`tab ${index + 1}`),
      ...options,
    }),
  );
  await tabs[0]?.signIn(ada);
  await clock.advance(60_000);
  world.arrived.length = 0;
  return { world, clock, locks, told, tabs, tab: (number: number) => need(tabs[number - 1]) };
}

function need(client: Client | undefined): Client {
  if (client === undefined) throw new Error("no such tab");
  return client;
}

const get = async (client: Client) => (await client.fetch(`${service}/me`)).status;

describe("cookies", () => {
  it("are the browser's business: no token anywhere, and the issuer asked with the page's own cookies", async () => {
    const { world, tab } = await browser(1);
    world.expire();
    expect(await get(tab(1))).toBe(200);
    expect(world.arrived).toMatchObject([
      { call: `GET ${service}/me`, authorization: null, redirect: "follow", credentials: "same-origin" },
      { call: `POST ${issuer}/auth/refresh`, authorization: null, body: "", credentials: "same-origin" },
      { call: `GET ${service}/me`, authorization: null },
    ]);
  });

  it("are asked for at sign-in", async () => {
    const world = createWorld("cookie");
    const client = createClient({ issuer, transport: "cookie", fetch: world.fetch, locks: createTestLocks() });
    expect(await client.signIn(ada)).toEqual({ ok: true, status: "signed_in", sid: "session-of-tests" });
    expect(JSON.parse(world.arrived[0]?.body ?? "")).toEqual({ ...ada, transport: "cookie" });
    expect((await client.session())?.sub).toBe("subject-of-tests");
  });

  it("are for pages of the issuer's own origin", async () => {
    const page = (origin: string) => Object.assign(globalThis, { location: { origin } });
    try {
      page("https://app.example");
      expect(() => createClient({ issuer, transport: "cookie" })).toThrow("issuer must be the page's own origin");
      expect(() => createClient({ issuer, transport: "token" })).not.toThrow();
      page(issuer);
      expect(() => createClient({ issuer, transport: "cookie" })).not.toThrow();
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
  });
});

/** A request of this tab that is under way until it is told to be refused. */
async function underWay({ world }: Awaited<ReturnType<typeof browser>>, client: Client) {
  const answer = Promise.withResolvers<Response>();
  world.fail("service", () => answer.promise);
  const status = get(client);
  await settle();
  world.fail("service");
  return { status, refuse: () => answer.resolve(problem(401, "token_expired")) };
}

describe("one renewal is enough for three tabs", () => {
  it("that are refused at once", async () => {
    const clock = createTestClock();
    let nowMs = clock.now();
    // As real time: no two looks at it tell the same.
    const ticking = {
      ...clock,
      now: () => {
        nowMs += 1;
        return nowMs;
      },
    };
    const { world, tabs } = await browser(3, { clock: ticking });
    world.expire();
    expect(await Promise.all(tabs.map(get))).toEqual([200, 200, 200]);
    expect([world.refreshes(), world.served().length]).toEqual([1, 6]);
  });

  it("of which one hears of its refusal when the renewal is over", async () => {
    const all = await browser(3);
    const { world, clock, tab } = all;
    const late = await underWay(all, tab(2));
    await clock.advance(5);
    world.expire();
    expect(await get(tab(1))).toBe(200);
    late.refuse();
    expect(await late.status).toBe(200);
    expect(world.refreshes()).toBe(1);
  });

  it("but not for a request that set out after it", async () => {
    const { world, clock, tab } = await browser(2);
    world.expire();
    await get(tab(1));
    await clock.advance(5);
    world.expire();
    expect(await get(tab(2))).toBe(200);
    expect(world.refreshes()).toBe(2);
  });

  it("nor when it was told of before the clock was set back", async () => {
    const { world, clock, tab } = await browser(2);
    world.expire();
    await get(tab(1));
    clock.set(clock.now() - 3_600_000);
    world.expire();
    expect(await get(tab(2))).toBe(200);
    expect(world.refreshes()).toBe(2);
  });

  it("and two within a millisecond do not wait for one another", async () => {
    const { world, tab } = await browser(2);
    for (const number of [1, 2, 1]) {
      world.expire();
      expect(await get(tab(number))).toBe(200);
    }
    expect(world.refreshes()).toBe(3);
  });

  it("and is told of for ten seconds, so that a page can be put aside again", async () => {
    const { world, clock, locks, tab } = await browser(1);
    const names = async () => (await locks.query()).held?.map(({ name }) => name);
    world.expire();
    await get(tab(1));
    expect(await names()).toEqual([`countersign ${issuer} ${clock.now()} subject-of-tests`]);
    await clock.advance(9999);
    expect(await names()).toHaveLength(1);
    await clock.advance(1);
    expect(await names()).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  });
});

describe("taking turns", () => {
  it("does not wait for ever for a tab that was put to sleep in its turn", async () => {
    const { world, clock, locks, tab } = await browser(1);
    void locks.request(`countersign ${issuer}`, {}, () => new Promise(() => undefined));
    world.expire();
    const status = get(tab(1));
    await clock.advance(19_999);
    expect(world.refreshes()).toBe(0);
    await clock.advance(1);
    expect(await status).toBe(200);
    expect(world.refreshes()).toBe(1);
  });

  const broken: Locks = {
    request: () => Promise.reject(new DOMException("no locks here", "SecurityError")),
    query: () => Promise.reject(new DOMException("no locks here", "SecurityError")),
  };
  it.each<{ it: string; locks: Locks | false }>([
    { it: "are refused, as in a sandboxed frame", locks: broken },
    { it: "are not wanted", locks: false },
  ])("goes on within the tab where locks $it", async ({ locks }) => {
    const { world, tab, tabs } = await browser(2, { locks });
    world.expire();
    expect(await Promise.all([1, 2, 3, 4].map(() => get(tab(1))))).toEqual([200, 200, 200, 200]);
    expect(world.refreshes()).toBe(1);
    world.expire();
    expect(await Promise.all(tabs.map(get))).toEqual([200, 200]);
  });

  it("heeds no lock of somebody else's that looks like ours", async () => {
    const { world, clock, locks, tab } = await browser(1);
    for (const end of [" soon x", `/x ${clock.now() + 1} x`, ` ${clock.now() + 1}`]) {
      const name = `countersign ${issuer}${end}`;
      void locks.request(name, {}, () => new Promise(() => undefined));
    }
    await clock.advance(1);
    world.expire();
    expect(await get(tab(1))).toBe(200);
    expect(world.refreshes()).toBe(1);
  });
});

describe("a sign-out in one tab", () => {
  it("is told in the others at their next request, once each", async () => {
    const { world, told, tabs, tab } = await browser(3);
    await Promise.all(tabs.map(get));
    await tab(1).signOut();
    expect(told).toEqual([]);
    expect(await get(tab(2))).toBe(401);
    expect(told).toEqual(["tab 2"]);
    await get(tab(2));
    expect(await get(tab(3))).toBe(401);
    await get(tab(1));
    expect(told).toEqual(["tab 2", "tab 3"]);
    expect(world.served().filter(({ authorization }) => authorization !== null)).toEqual([]);
  });

  it("and a sign-in in another: the first is signed in again at its next request, and can be signed out again", async () => {
    const { world, told, tab } = await browser(2);
    await get(tab(2));
    await tab(1).signOut();
    await get(tab(2));
    await tab(1).signIn(ada);
    world.expire();
    expect(await get(tab(2))).toBe(200);
    await tab(1).signOut();
    await get(tab(2));
    expect(told).toEqual(["tab 2", "tab 2"]);
  });
});

describe("a sign-in as somebody else in another tab", () => {
  /** A request of the first tab, made as Ada, which is refused once Bob has signed in in the second. */
  async function overtaken(meanwhile = async (_all: Awaited<ReturnType<typeof browser>>) => {}) {
    const all = await browser(2);
    const notices: boolean[] = [];
    all.tab(1).subscribe((isSignedIn) => void notices.push(isSignedIn));
    const late = await underWay(all, all.tab(1));
    await all.clock.advance(5);
    await all.tab(2).signIn(bob);
    await meanwhile(all);
    late.refuse();
    return { ...all, status: await late.status, notices };
  }

  it.each<{ it: string; meanwhile?: Parameters<typeof overtaken>[0] }>([
    { it: "when this tab finds it out" },
    {
      it: "when the other tab tells of a renewal",
      meanwhile: async ({ world, tab }) => {
        world.expire();
        await get(tab(2));
      },
    },
  ])("makes no request again that was made before: $it", async ({ meanwhile }) => {
    const { world, status, notices, told, tab } = await overtaken(meanwhile);
    const own = world.served().length - (meanwhile === undefined ? 0 : 2);
    expect([status, own, notices, told]).toEqual([401, 1, [true], []]);
    expect((await tab(1).session())?.sub).toBe("another-subject");
  });

  it("is no reason to leave what was asked later alone", async () => {
    const { world, tab } = await overtaken();
    world.expire();
    expect(await get(tab(1))).toBe(200);
  });

  it("does not keep a page from learning who is signed in", async () => {
    const { world, tab } = await browser(2);
    await tab(2).signIn(bob);
    world.expire();
    expect((await tab(1).session())?.sub).toBe("another-subject");
  });

  it("makes a request again of who had signed out, or did not know who was signed in", async () => {
    const all = await browser(3);
    const { world, tab } = all;
    await tab(1).signOut();
    await tab(2).signIn(bob);
    for (const number of [1, 3]) {
      world.expire();
      expect(await get(tab(number))).toBe(200);
    }
  });
});

describe("with cookies, the end of a session", () => {
  it("is told though the page never knew that there was one", async () => {
    const { world, told, tab } = await browser(2);
    world.end();
    expect(await get(tab(2))).toBe(401);
    expect(told).toEqual(["tab 2"]);
  });

  it("is no news to a visitor's page that asks who is signed in", async () => {
    const world = createWorld("cookie");
    const told: string[] = [];
    const client = createClient({
      ...{ issuer, transport: "cookie", fetch: world.fetch, locks: createTestLocks() },
      onSignedOut: () => void told.push("told"),
    });
    client.subscribe(() => void told.push("changed"));
    expect(await client.session()).toBeUndefined();
    expect(told).toEqual([]);
  });

  it("is news to a page that has seen somebody signed in, also when it asks", async () => {
    const { world, told, tab } = await browser(2);
    expect((await tab(2).session())?.sub).toBe("subject-of-tests");
    world.end();
    expect(await tab(2).session()).toBeUndefined();
    expect(told).toEqual(["tab 2"]);
  });

  it("is news to subscribers, and that somebody was signed in all along is none", async () => {
    const { world, tab } = await browser(2);
    const seen: boolean[] = [];
    tab(2).subscribe((isSignedIn) => void seen.push(isSignedIn));
    world.expire();
    expect(await get(tab(2))).toBe(200);
    expect(seen).toEqual([]);
    world.end();
    await get(tab(2));
    expect(seen).toEqual([false]);
  });

  it("is not concluded from a refresh that is refused alone: the strategy `session` knows none", async () => {
    const { world, told, tab } = await browser(1);
    world.fail("/auth/refresh", () => problem(401, "refresh_invalid"));
    world.fail("service", () => problem(401, "credential_invalid"));
    expect(await get(tab(1))).toBe(401);
    expect([told, (await tab(1).session())?.sub]).toEqual([[], "subject-of-tests"]);
    world.end();
    await get(tab(1));
    expect(told).toEqual(["tab 1"]);
  });

  it.each([
    { it: "the issuer cannot be reached", fault: unreachable, afterMs: 500 },
    { it: "the issuer says nothing", fault: swallow, afterMs: 10_000 },
    { it: "a page of the network's answers", fault: () => new Response("<p>Welcome"), afterMs: 0 },
    { it: "the cookie came from elsewhere", fault: () => problem(403, "cross_site_request"), afterMs: 0 },
  ])("is not concluded where $it", async ({ fault, afterMs }) => {
    const { world, clock, told, tab } = await browser(1);
    world.expire();
    world.fail("/auth/refresh", fault);
    const status = get(tab(1));
    await clock.advance(afterMs);
    expect(await status).toBe(401);
    expect(told).toEqual([]);
    world.fail("/auth/refresh");
    expect(await get(tab(1))).toBe(200);
  });

  it("is not concluded where the issuer is gone when it is asked about the session", async () => {
    const { world, told, tab } = await browser(1);
    world.end();
    world.fail("/auth/session", unreachable);
    expect(await get(tab(1))).toBe(401);
    expect(told).toEqual([]);
  });
});
