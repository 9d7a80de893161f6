import { describe, expect, it } from "vitest";
import { createTestClock } from "../primitives/testing.ts";
import { createLeases, type Lease } from "./leases.ts";

const lagMs = 5000;
const lease: Lease = { follower: "f1", owner: "key", name: "api", applied: 7, lagMs, onStale: "ask" };

function setting(most = 10) {
  const clock = createTestClock();
  return { clock, leases: createLeases(clock, most) };
}

describe("a lease", () => {
  it.each([5000, 60_000])(
    "of %i ms outlives a follower whose clock is 1 % slow, on an issuer's that is 1 % fast",
    (lagMs) => {
      const { clock, leases } = setting();
      leases.note({ ...lease, lagMs }, clock.monotonic());
      clock.advance((lagMs / 0.99) * 1.01);
      expect(leases.summary().leastApplied).toBe(7);
    },
  );

  it("is over a little later", () => {
    const { clock, leases } = setting();
    leases.note(lease, clock.monotonic());
    clock.advance(lagMs * 1.03);
    expect([leases.summary().leastApplied, leases.list(), leases.nextEndMs()]).toEqual([null, [], undefined]);
  });

  it.each([3_600_000, -3_600_000])("does not mind that the wall clock jumps by %i ms", (ms) => {
    const { clock, leases } = setting();
    leases.note(lease, clock.monotonic());
    clock.jump(ms);
    clock.advance(lagMs);
    expect(leases.summary().leastApplied).toBe(7);
  });

  it("counts from when the question was handled, not from when it was noted", () => {
    const { clock, leases } = setting();
    const handledAt = clock.monotonic();
    clock.advance(1000);
    leases.note(lease, handledAt);
    clock.advance(lagMs * 1.03 - 1000);
    expect(leases.summary().leastApplied).toBeNull();
  });

  it("takes the place of the follower's earlier one", () => {
    const { clock, leases } = setting();
    leases.note(lease, clock.monotonic());
    leases.note({ ...lease, applied: 9 }, clock.monotonic());
    expect(leases.list().map(({ applied }) => applied)).toEqual([9]);
  });

  it("that is shorter does not end the longer one before it, nor hide it from barriers", () => {
    const { clock, leases } = setting();
    leases.note(lease, clock.monotonic());
    leases.note({ ...lease, lagMs: 200 }, clock.monotonic());
    clock.advance(lagMs);
    expect(leases.summary()).toMatchObject({ leastApplied: 7, longestLagMs: lagMs });
  });

  it("that promises nothing is named first, before however many others", () => {
    const { clock, leases } = setting(1000);
    for (let index = 0; index < 150; index += 1) leases.note({ ...lease, follower: `f${index}` }, clock.monotonic());
    leases.note({ ...lease, follower: "x", name: "careless", onStale: "insecureAccept" }, clock.monotonic());
    expect(leases.summary().followers[0]?.name).toBe("careless");
    expect(leases.summary().followers).toHaveLength(100);
  });

  it("is not noted for an id that came with another service key", () => {
    const { clock, leases } = setting();
    leases.note(lease, clock.monotonic());
    expect(leases.note({ ...lease, owner: "thief", applied: 99 }, clock.monotonic())).toBe("taken");
    expect(leases.summary().leastApplied).toBe(7);
  });

  it("is not noted beyond the bound, until another has ended", () => {
    const { clock, leases } = setting(1);
    leases.note(lease, clock.monotonic());
    const another = { ...lease, follower: "f2" };
    expect(leases.note(another, clock.monotonic())).toBe("full");
    expect(leases.note(lease, clock.monotonic())).toBe("noted");
    clock.advance(2 * lagMs);
    expect(leases.note(another, clock.monotonic())).toBe("noted");
  });
});

describe("what all leases come to", () => {
  it("is nothing without one", () => {
    const { leases } = setting();
    expect(leases.summary()).toMatchObject({ longestLagMs: 0, leastApplied: null, followers: [] });
  });

  it("is the least number and the longest lag, the last in front", () => {
    const { clock, leases } = setting();
    leases.note(lease, clock.monotonic());
    leases.note({ ...lease, follower: "f2", name: "web", applied: 3, lagMs: 1000 }, clock.monotonic());
    const { longestLagMs, leastApplied, followers } = leases.summary();
    expect([longestLagMs, leastApplied, followers.map(({ name }) => name)]).toEqual([lagMs, 3, ["web", "api"]]);
  });

  it("names those that accept when stale, and does not wait for them", () => {
    const { clock, leases } = setting();
    leases.note({ ...lease, onStale: "insecureAccept" }, clock.monotonic());
    expect(leases.summary()).toMatchObject({
      leastApplied: null,
      followers: [{ name: "api", onStale: "insecureAccept" }],
    });
  });
});
