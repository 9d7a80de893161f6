import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLimits, type LimitRule, type Limits, limitRules } from "./limits.ts";

// The library reads the machine's clock, so here it is the machine's clock that the tests own.
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000);
const rule: LimitRule = { points: 3, perSeconds: 60, blockSeconds: 10, maxBlockSeconds: 35 };
const wide: LimitRule = { ...rule, points: 1000 };
const alice = { account: "alice@example.com", address: "192.0.2.1" };
const byDevice = { ...alice, known: { by: "device", name: "laptop" } } as const;
const bySession = { ...alice, known: { by: "session", name: "a sid" } } as const;
const bySharedAddress = { ...alice, known: { by: "address", name: "office" } } as const;

/** Limits whose account rule is the small one. */
const byAccount = () => createLimits({ rules: { account: rule, address: wide } });
const byAddress = () => createLimits({ rules: { account: wide, address: rule } });

type On = Parameters<Limits["attempt"]>[0];

/** A proof that is wrong, and one that is right. */
const guess = (limits: Limits, on: On) => limits.attempt(on, async () => ({ isGood: false }));
const prove = (limits: Limits, on: On) => limits.attempt(on, async () => ({ isGood: true }));

/** Proofs that are under way until the test says what comes of them. */
function underWay() {
  const judges: PromiseWithResolvers<{ isGood: boolean }>[] = [];
  return {
    begin: (limits: Limits, on: On) =>
      limits.attempt(on, () => {
        const judge = Promise.withResolvers<{ isGood: boolean }>();
        judges.push(judge);
        return judge.promise;
      }),
    /** How many are being judged, once whatever can go on has gone on. */
    async count() {
      await vi.advanceTimersByTimeAsync(0);
      return judges.length;
    },
    /** Judges the one that began first. */
    judge: (isGood: boolean) => judges.shift()?.resolve({ isGood }),
    fail: () => judges.shift()?.reject(new Error("the queue is full")),
  };
}

async function times(count: number, attempt: () => Promise<{ ok: boolean; retryAfterSeconds?: number }>) {
  const results: (true | number | undefined)[] = [];
  for (let index = 0; index < count; index += 1) {
    const result = await attempt();
    results.push(result.ok ? true : result.retryAfterSeconds);
  }
  return results;
}

describe("attempts on one account", () => {
  it("are refused beyond the rule, with the time to wait", async () => {
    const limits = byAccount();
    expect(await times(5, () => guess(limits, alice))).toEqual([true, true, true, 10, 10]);
  });

  it("may go on a second after the block ends, and not a second before", async () => {
    const limits = byAccount();
    await times(4, () => guess(limits, alice));
    pass(9);
    expect(await times(1, () => guess(limits, alice))).toEqual([1]);
    pass(1);
    expect(await times(1, () => guess(limits, alice))).toEqual([true]);
  });

  it("wait twice as long each time, up to the longest block", async () => {
    const limits = byAccount();
    const blocks: (true | number | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) {
      const results = await times(4, () => guess(limits, alice));
      blocks.push(results.at(-1));
      pass(35);
    }
    expect(blocks).toEqual([10, 20, 35, 35]);
  });

  it("begin with the short block again after a day", async () => {
    const limits = byAccount();
    await times(4, () => guess(limits, alice));
    pass(86_400);
    expect(await times(4, () => guess(limits, alice))).toEqual([true, true, true, 10]);
  });

  it("are forgotten with the period of the rule", async () => {
    const limits = byAccount();
    await times(3, () => guess(limits, alice));
    pass(60);
    expect(await times(3, () => guess(limits, alice))).toEqual([true, true, true]);
  });

  it("are given back by a success, with the memory of earlier blocks", async () => {
    const limits = byAccount();
    await times(4, () => guess(limits, alice));
    pass(10);
    expect((await prove(limits, alice)).ok).toBe(true);
    expect(await times(4, () => guess(limits, alice))).toEqual([true, true, true, 10]);
  });

  it("never run out for somebody who always succeeds", async () => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    for (let round = 0; round < 20; round += 1) expect((await prove(limits, alice)).ok).toBe(true);
  });

  it("count from whatever address they come", async () => {
    const limits = byAccount();
    let host = 0;
    const elsewhere = () => guess(limits, { ...alice, address: `198.51.100.${host++}` });
    expect(await times(4, elsewhere)).toEqual([true, true, true, 10]);
  });

  it("do not count against another account", async () => {
    const limits = byAccount();
    await times(4, () => guess(limits, alice));
    expect(await times(1, () => guess(limits, { ...alice, account: "bob@example.com" }))).toEqual([true]);
  });

  it.each([
    ["a known device", byDevice],
    ["a living session", bySession],
  ])("by strangers do not keep out %s, even behind the same address", async (_name, known) => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    await times(10, () => guess(limits, alice));
    expect(await times(4, () => guess(limits, known))).toEqual([true, true, true, 10]);
  });

  it("by strangers elsewhere do not keep out a known address", async () => {
    const limits = createLimits({ rules: { account: rule, address: wide } });
    await times(10, () => guess(limits, { ...alice, address: "198.51.100.7" }));
    expect(await times(4, () => guess(limits, bySharedAddress))).toEqual([true, true, true, 10]);
  });

  it.each([
    ["a known device", byDevice],
    ["another known device", { ...byDevice, known: { by: "device", name: "phone" } } as const],
    ["a living session", bySession],
    ["a stranger", alice],
  ])("by a neighbour behind a known address use up nothing of %s", async (_name, other) => {
    const limits = byAccount();
    await times(4, () => guess(limits, bySharedAddress));
    expect(await times(4, () => guess(limits, other))).toEqual([true, true, true, 10]);
  });

  it.each([
    ["a device", byDevice],
    ["a session", bySession],
    ["an address", bySharedAddress],
  ])("from a place known by %s count by account too", async (_name, known) => {
    const limits = byAccount();
    await times(4, () => guess(limits, known));
    expect(await times(1, () => guess(limits, { ...known, account: "bob@example.com" }))).toEqual([true]);
  });

  it("by the owner do not clear what strangers used up", async () => {
    const limits = byAccount();
    await times(4, () => guess(limits, alice));
    expect((await prove(limits, byDevice)).ok).toBe(true);
    expect(await times(1, () => guess(limits, alice))).toEqual([10]);
  });

  it.each([
    ["a device", byDevice],
    ["an address", bySharedAddress],
  ])("by an owner known by %s are given back by a success", async (_name, known) => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    await times(2, () => guess(limits, known));
    await prove(limits, known);
    expect((await guess(limits, known)).ok).toBe(true);
  });
});

describe("attempts at once", () => {
  const small = () => createLimits({ rules: { account: rule, address: wide } });

  it.each([
    ["a stranger", alice],
    ["a known device", byDevice],
    ["a living session", bySession],
    ["a known address", bySharedAddress],
  ])("by %s that are wrong pass no more than the rule, 50 of them, and begin one block", async (_name, on) => {
    const limits = small();
    let judged = 0;
    const attempt = () =>
      limits.attempt(on, async () => {
        judged += 1;
        return { isGood: false };
      });
    const results = await Promise.all(Array.from({ length: 50 }, attempt));
    expect(judged).toBe(3);
    expect(results.filter((result) => !result.ok && result.begins)).toHaveLength(1);
    expect(results.filter((result) => !result.ok).map((result) => !result.ok && result.retryAfterSeconds)).toContain(
      10,
    );
    expect(await times(1, () => guess(limits, on))).toEqual([10]);
    pass(10);
    expect(await times(4, () => guess(limits, on))).toEqual([true, true, true, 20]);
  });

  it("that are right all succeed, 50 of them, three at a time", async () => {
    const limits = small();
    const judges = underWay();
    const results = Array.from({ length: 50 }, () => judges.begin(limits, alice));
    for (let left = 50; left > 0; left -= 1) {
      expect(await judges.count()).toBe(Math.min(3, left));
      judges.judge(true);
    }
    expect((await Promise.all(results)).every(({ ok }) => ok)).toBe(true);
  });

  it("wait for one that is right behind as many wrong ones as the rule has left", async () => {
    const limits = small();
    const judges = underWay();
    await guess(limits, alice);
    const results = Array.from({ length: 4 }, () => judges.begin(limits, alice));
    expect(await judges.count()).toBe(2);
    judges.judge(false);
    expect(await judges.count()).toBe(1);
    // The success forgets both failures, so that the two that waited are judged.
    judges.judge(true);
    expect(await judges.count()).toBe(2);
    judges.judge(true);
    judges.judge(true);
    expect((await Promise.all(results)).every(({ ok }) => ok)).toBe(true);
  });

  it("are refused, and begin the block, only once the last one under way has failed", async () => {
    const limits = small();
    const judges = underWay();
    const results = Array.from({ length: 4 }, () => judges.begin(limits, alice));
    let answered = false;
    const last = results[3]?.then((result) => {
      answered = true;
      return result;
    });
    for (let judged = 0; judged < 3; judged += 1) {
      expect([await judges.count(), answered]).toEqual([3 - judged, false]);
      judges.judge(false);
    }
    expect(await last).toEqual({ ok: false, retryAfterSeconds: 10, begins: true });
  });

  it("that could not be judged count for nothing, and let the next one in", async () => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    const judges = underWay();
    const results = Array.from({ length: 4 }, () => judges.begin(limits, alice));
    results.forEach((result) => void result.catch(() => undefined));
    expect(await judges.count()).toBe(3);
    judges.fail();
    expect(await judges.count()).toBe(3);
    for (let index = 0; index < 3; index += 1) judges.fail();
    expect((await Promise.allSettled(results)).every(({ status }) => status === "rejected")).toBe(true);
    expect(await times(4, () => guess(limits, alice))).toEqual([true, true, true, 10]);
  });

  it("wait a hundred at the most; who comes then may come again in a second, and nothing is blocked", async () => {
    const limits = small();
    const judges = underWay();
    const results = Array.from({ length: 103 }, () => judges.begin(limits, alice));
    expect(await judges.count()).toBe(3);
    expect(await judges.begin(limits, alice)).toEqual({ ok: false, retryAfterSeconds: 1, begins: false });
    for (let index = 0; index < 103; index += 1) {
      judges.judge(true);
      await judges.count();
    }
    expect((await Promise.all(results)).every(({ ok }) => ok)).toBe(true);
  });

  it("from one address wait for each other too, whatever the accounts", async () => {
    const limits = byAddress();
    const judges = underWay();
    const results = Array.from({ length: 5 }, (_, user) => judges.begin(limits, { ...alice, account: `user${user}` }));
    expect(await judges.count()).toBe(3);
    for (let index = 0; index < 3; index += 1) judges.judge(false);
    const [, , , ...late] = await Promise.all(results);
    expect(late.map((result) => result.ok)).toEqual([false, false]);
  });

  it("on one account do not wait for those on another", async () => {
    const limits = small();
    const judges = underWay();
    for (let index = 0; index < 4; index += 1) void judges.begin(limits, alice);
    expect(await judges.count()).toBe(3);
    expect((await prove(limits, { ...alice, account: "bob@example.com" })).ok).toBe(true);
  });
});

describe("attempts from one address", () => {
  it("are refused beyond the rule, whatever the account", async () => {
    const limits = byAddress();
    let user = 0;
    const another = () => guess(limits, { ...alice, account: `user${user++}@example.com` });
    expect(await times(5, another)).toEqual([true, true, true, 10, 10]);
  });

  it.each([
    ["the same /64", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
    ["another spelling", "2001:db8:1:2::1", "2001:0DB8:0001:0002:0000:0000:0000:0001"],
    ["IPv4 mapped into IPv6", "192.0.2.1", "::ffff:192.0.2.1"],
  ])("count together for %s", async (_name, first, second) => {
    const limits = byAddress();
    await times(4, () => guess(limits, { ...alice, address: first }));
    expect(await times(1, () => guess(limits, { ...alice, address: second }))).toEqual([10]);
  });

  it.each([
    ["another /64", "2001:db8:1:2::1", "2001:db8:1:3::1"],
    ["the IPv4 neighbour", "192.0.2.1", "192.0.2.2"],
  ])("count apart for %s", async (_name, first, second) => {
    const limits = byAddress();
    await times(4, () => guess(limits, { ...alice, address: first }));
    expect(await times(1, () => guess(limits, { ...alice, address: second }))).toEqual([true]);
  });

  it("are not wiped out by successes with an account of one's own", async () => {
    const limits = byAddress();
    const atVictim = () => guess(limits, { ...alice, account: "victim@example.com" });
    await times(2, atVictim);
    await prove(limits, { ...alice, account: "eve@example.com" });
    expect(await times(2, atVictim)).toEqual([true, 10]);
  });

  it("do not wear out accounts while the address is blocked", async () => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    await times(4, () => guess(limits, { ...alice, account: "eve@example.com" }));
    await times(50, () => guess(limits, alice));
    expect(await times(3, () => guess(limits, { ...alice, address: "198.51.100.7" }))).toEqual([true, true, true]);
  });
});

describe("attempts behind an address that an account knows", () => {
  it("count like any other of the address, so that it tells of no account and guesses at many no longer", async () => {
    const limits = byAddress();
    let user = 0;
    const another = () => guess(limits, { ...bySharedAddress, account: `user${user++}@example.com` });
    expect(await times(4, another)).toEqual([true, true, true, 10]);
    expect(await times(1, () => guess(limits, alice))).toEqual([10]);
  });
});

describe("proofs by password, good ones too", () => {
  const limited = () => createLimits({ rules: { proof: rule } });
  const succeed = (limits: Limits, on: On) => () => prove(limits, on);

  it("are limited by address, whatever the accounts", async () => {
    const limits = limited();
    let user = 0;
    const another = () => succeed(limits, { ...alice, account: `user${user++}@example.com` })();
    expect(await times(5, another)).toEqual([true, true, true, 10, 10]);
    expect(await times(1, succeed(limits, { ...alice, address: "192.0.2.2" }))).toEqual([true]);
  });

  it.each([
    ["known devices", byDevice, { ...byDevice, known: { by: "device", name: "phone" } } as const],
    ["sessions", bySession, { ...bySession, known: { by: "session", name: "its successor" } } as const],
  ])("are limited by account over all its %s, wherever they are", async (_name, one, another) => {
    const limits = limited();
    await times(2, succeed(limits, one));
    expect(await times(2, succeed(limits, { ...another, address: "192.0.2.2" }))).toEqual([true, 10]);
  });

  it("of a neighbour do not keep out a known device, nor the other way round", async () => {
    const limits = limited();
    await times(4, () => guess(limits, alice));
    expect(await times(4, succeed(limits, byDevice))).toEqual([true, true, true, 10]);
    expect(await times(1, succeed(limits, { ...alice, address: "192.0.2.2" }))).toEqual([true]);
  });

  it("are limited by account where they are right, from however many addresses, and leave known devices alone", async () => {
    const limits = createLimits({ rules: { success: rule } });
    let host = 0;
    const elsewhere = () => prove(limits, { ...alice, address: `198.51.100.${host++}` });
    expect(await times(5, elsewhere)).toEqual([true, true, true, 10, 10]);
    // Whoever is wrong is told that, and no stranger can use up what the right ones have.
    expect(await times(1, () => guess(limits, { ...alice, address: "203.0.113.1" }))).toEqual([true]);
    expect(await times(1, succeed(limits, byDevice))).toEqual([true]);
    expect(await times(1, succeed(limits, { account: "bob@example.com", address: "203.0.113.2" }))).toEqual([true]);
  });

  it("that are too many use up nothing else of their address", async () => {
    const limits = createLimits({ rules: { proof: rule, address: { ...rule, points: 6 } } });
    await times(20, succeed(limits, alice));
    pass(10);
    expect(await times(3, () => guess(limits, alice))).toEqual([true, true, true]);
  });
});

describe("other kinds", () => {
  it.each(["sign_up", "mail", "link", "change", "service"] as const)("%s counts by its own rule", async (kind) => {
    const limits = createLimits();
    const { points, blockSeconds } = limitRules[kind];
    const results = await times(points + 1, () => limits.take(kind, "192.0.2.1"));
    expect(results.slice(0, -1).every((result) => result === true)).toBe(true);
    expect(results.at(-1)).toBe(blockSeconds);
    expect(await times(1, () => limits.take(kind, "192.0.2.2"))).toEqual([true]);
  });

  it("count apart from each other", async () => {
    const limits = createLimits({ rules: { mail: rule } });
    expect(await times(4, () => limits.take("mail", "192.0.2.1"))).toEqual([true, true, true, 10]);
    expect(await times(1, () => limits.take("sign_up", "192.0.2.1"))).toEqual([true]);
  });

  it("count an address by its /64, and any other key as it is", async () => {
    const limits = createLimits({ rules: { mail: rule } });
    await times(4, () => limits.take("mail", "2001:db8::1"));
    expect(await times(1, () => limits.take("mail", "2001:db8::2"))).toEqual([10]);
    await times(4, () => limits.take("mail", "alice@example.com"));
    expect(await times(1, () => limits.take("mail", "bob@example.com"))).toEqual([true]);
  });
});

it("remembers a bounded number of keys, and forgets the one unused for longest", async () => {
  const limits = createLimits({ rules: { mail: { ...rule, points: 1 } }, maxKeys: 2 });
  const take = (key: string) => times(1, () => limits.take("mail", key));
  await take("first");
  await take("second");
  expect(await take("first")).toEqual([10]);
  await take("third");
  expect(await take("first")).toEqual([10]);
  expect(await take("second")).toEqual([true]);
});

it("gives the documented numbers to sign-ins", async () => {
  const limits = createLimits();
  const results = await times(11, () => guess(limits, alice));
  expect(results).toEqual([...Array(10).fill(true), 60]);
  let user = 0;
  const spray = await times(51, () => guess(limits, { ...alice, account: `user${user++}`, address: "203.0.113.5" }));
  expect(spray).toEqual([...Array(50).fill(true), 60]);
  expect(await times(1, () => prove(limits, { ...alice, address: "203.0.113.6" }))).toEqual([60]);
  const bob = { account: "bob@example.com", address: "203.0.113.7" };
  const right = await times(301, () => prove(limits, bob));
  expect(right).toEqual([...Array(300).fill(true), 60]);
});
