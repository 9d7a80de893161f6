import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLimits, type LimitRule, limitRules } from "./limits.ts";

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
    expect(await times(5, () => limits.attempt(alice))).toEqual([true, true, true, 10, 10]);
  });

  it("may go on a second after the block ends, and not a second before", async () => {
    const limits = byAccount();
    await times(4, () => limits.attempt(alice));
    pass(9);
    expect(await times(1, () => limits.attempt(alice))).toEqual([1]);
    pass(1);
    expect(await times(1, () => limits.attempt(alice))).toEqual([true]);
  });

  it("wait twice as long each time, up to the longest block", async () => {
    const limits = byAccount();
    const blocks: (true | number | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) {
      const results = await times(4, () => limits.attempt(alice));
      blocks.push(results.at(-1));
      pass(35);
    }
    expect(blocks).toEqual([10, 20, 35, 35]);
  });

  it("begin with the short block again after a day", async () => {
    const limits = byAccount();
    await times(4, () => limits.attempt(alice));
    pass(86_400);
    expect(await times(4, () => limits.attempt(alice))).toEqual([true, true, true, 10]);
  });

  it("are forgotten with the period of the rule", async () => {
    const limits = byAccount();
    await times(3, () => limits.attempt(alice));
    pass(60);
    expect(await times(3, () => limits.attempt(alice))).toEqual([true, true, true]);
  });

  it("count before they are judged: of 50 at once no more than the rule pass", async () => {
    const limits = byAccount();
    const results = await Promise.all(Array.from({ length: 50 }, () => limits.attempt(alice)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(3);
    expect(await times(1, () => limits.attempt(alice))).toEqual([10]);
  });

  it("are given back by a success, with the memory of earlier blocks", async () => {
    const limits = byAccount();
    await times(4, () => limits.attempt(alice));
    pass(10);
    const attempt = await limits.attempt(alice);
    if (!attempt.ok) throw new Error("expected an attempt");
    await attempt.succeeded();
    expect(await times(4, () => limits.attempt(alice))).toEqual([true, true, true, 10]);
  });

  it("never run out for somebody who always succeeds", async () => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    for (let round = 0; round < 20; round += 1) {
      const attempt = await limits.attempt(alice);
      expect(attempt.ok).toBe(true);
      if (attempt.ok) await attempt.succeeded();
    }
  });

  it("count from whatever address they come", async () => {
    const limits = byAccount();
    let host = 0;
    const elsewhere = () => limits.attempt({ ...alice, address: `198.51.100.${host++}` });
    expect(await times(4, elsewhere)).toEqual([true, true, true, 10]);
  });

  it("do not count against another account", async () => {
    const limits = byAccount();
    await times(4, () => limits.attempt(alice));
    expect(await times(1, () => limits.attempt({ ...alice, account: "bob@example.com" }))).toEqual([true]);
  });

  it.each([
    ["a known device", byDevice],
    ["a living session", bySession],
  ])("by strangers do not keep out %s, even behind the same address", async (_name, known) => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    await times(10, () => limits.attempt(alice));
    expect(await times(4, () => limits.attempt(known))).toEqual([true, true, true, 10]);
  });

  it("by strangers elsewhere do not keep out a known address", async () => {
    const limits = createLimits({ rules: { account: rule, address: wide } });
    await times(10, () => limits.attempt({ ...alice, address: "198.51.100.7" }));
    expect(await times(4, () => limits.attempt(bySharedAddress))).toEqual([true, true, true, 10]);
  });

  it.each([
    ["a known device", byDevice],
    ["another known device", { ...byDevice, known: { by: "device", name: "phone" } } as const],
    ["a living session", bySession],
    ["a stranger", alice],
  ])("by a neighbour behind a known address use up nothing of %s", async (_name, other) => {
    const limits = byAccount();
    await times(4, () => limits.attempt(bySharedAddress));
    expect(await times(4, () => limits.attempt(other))).toEqual([true, true, true, 10]);
  });

  it.each([
    ["a device", byDevice],
    ["a session", bySession],
    ["an address", bySharedAddress],
  ])("from a place known by %s count by account too", async (_name, known) => {
    const limits = byAccount();
    await times(4, () => limits.attempt(known));
    expect(await times(1, () => limits.attempt({ ...known, account: "bob@example.com" }))).toEqual([true]);
  });

  it("by the owner do not clear what strangers used up", async () => {
    const limits = byAccount();
    await times(4, () => limits.attempt(alice));
    const owner = await limits.attempt(byDevice);
    if (owner.ok) await owner.succeeded();
    expect(owner.ok).toBe(true);
    expect(await times(1, () => limits.attempt(alice))).toEqual([10]);
  });

  it.each([
    ["a device", byDevice],
    ["an address", bySharedAddress],
  ])("by an owner known by %s are given back by a success", async (_name, known) => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    await times(2, () => limits.attempt(known));
    const attempt = await limits.attempt(known);
    if (attempt.ok) await attempt.succeeded();
    expect((await limits.attempt(known)).ok).toBe(true);
  });
});

describe("attempts from one address", () => {
  it("are refused beyond the rule, whatever the account", async () => {
    const limits = byAddress();
    let user = 0;
    const another = () => limits.attempt({ ...alice, account: `user${user++}@example.com` });
    expect(await times(5, another)).toEqual([true, true, true, 10, 10]);
  });

  it.each([
    ["the same /64", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
    ["another spelling", "2001:db8:1:2::1", "2001:0DB8:0001:0002:0000:0000:0000:0001"],
    ["IPv4 mapped into IPv6", "192.0.2.1", "::ffff:192.0.2.1"],
  ])("count together for %s", async (_name, first, second) => {
    const limits = byAddress();
    await times(4, () => limits.attempt({ ...alice, address: first }));
    expect(await times(1, () => limits.attempt({ ...alice, address: second }))).toEqual([10]);
  });

  it.each([
    ["another /64", "2001:db8:1:2::1", "2001:db8:1:3::1"],
    ["the IPv4 neighbour", "192.0.2.1", "192.0.2.2"],
  ])("count apart for %s", async (_name, first, second) => {
    const limits = byAddress();
    await times(4, () => limits.attempt({ ...alice, address: first }));
    expect(await times(1, () => limits.attempt({ ...alice, address: second }))).toEqual([true]);
  });

  it("are not wiped out by successes with an account of one's own", async () => {
    const limits = byAddress();
    const guess = () => limits.attempt({ ...alice, account: "victim@example.com" });
    await times(2, guess);
    const own = await limits.attempt({ ...alice, account: "eve@example.com" });
    if (own.ok) await own.succeeded();
    expect(await times(2, guess)).toEqual([true, 10]);
  });

  it("that succeed after the block began do not lengthen it", async () => {
    const limits = byAddress();
    const early = await limits.attempt(alice);
    await times(3, () => limits.attempt(alice));
    if (early.ok) await early.succeeded();
    pass(5);
    expect(await times(2, () => limits.attempt(alice))).toEqual([5, 5]);
  });

  it("do not wear out accounts while the address is blocked", async () => {
    const limits = createLimits({ rules: { account: rule, address: rule } });
    await times(4, () => limits.attempt({ ...alice, account: "eve@example.com" }));
    await times(50, () => limits.attempt(alice));
    expect(await times(3, () => limits.attempt({ ...alice, address: "198.51.100.7" }))).toEqual([true, true, true]);
  });
});

describe("attempts behind an address that an account knows", () => {
  it("count like any other of the address, so that it tells of no account and guesses at many no longer", async () => {
    const limits = byAddress();
    let user = 0;
    const another = () => limits.attempt({ ...bySharedAddress, account: `user${user++}@example.com` });
    expect(await times(4, another)).toEqual([true, true, true, 10]);
    expect(await times(1, () => limits.attempt(alice))).toEqual([10]);
  });
});

describe("proofs by password, good ones too", () => {
  const limited = () => createLimits({ rules: { proof: rule } });
  const succeed = (limits: ReturnType<typeof createLimits>, on: Parameters<typeof limits.attempt>[0]) => async () => {
    const attempt = await limits.attempt(on);
    if (attempt.ok) await attempt.succeeded();
    return attempt;
  };

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
    await times(4, succeed(limits, alice));
    expect(await times(4, succeed(limits, byDevice))).toEqual([true, true, true, 10]);
    expect(await times(1, succeed(limits, { ...alice, address: "192.0.2.2" }))).toEqual([true]);
  });

  it("that are too many use up nothing else of their address", async () => {
    const limits = createLimits({ rules: { proof: rule, address: { ...rule, points: 6 } } });
    await times(20, succeed(limits, alice));
    pass(10);
    expect(await times(3, () => limits.attempt(alice))).toEqual([true, true, true]);
  });
});

describe("other kinds", () => {
  it.each(["sign_up", "mail", "link"] as const)("%s counts by its own rule", async (kind) => {
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
  const results = await times(11, () => limits.attempt(alice));
  expect(results).toEqual([...Array(10).fill(true), 60]);
  let user = 0;
  const spray = await times(51, () => limits.attempt({ ...alice, account: `user${user++}`, address: "203.0.113.5" }));
  expect(spray).toEqual([...Array(50).fill(true), 60]);
  const right = await times(301, async () => {
    const attempt = await limits.attempt({ ...alice, address: "203.0.113.6" });
    if (attempt.ok) await attempt.succeeded();
    return attempt;
  });
  expect([right.indexOf(60), right.at(-1)]).toEqual([0, 60]);
});
