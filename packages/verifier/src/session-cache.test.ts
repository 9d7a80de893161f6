import { describe, expect, it } from "vitest";
import type { RevocationEvent } from "./revocation/event.ts";
import { createView } from "./revocation/view.ts";
import { createSessionCache } from "./session-cache.ts";
import { createTestClock, nowSeconds } from "./testing.ts";

const found = { sid: "s1", entry: "as it was", keepMs: 60_000, weight: 0 };

function setting(capacity = 10) {
  const clock = createTestClock();
  const cache = createSessionCache<string>(clock, capacity);
  const view = createView(cache.drop);
  const hear = (scope: RevocationEvent["scope"], target: string, isSnapshot = false) => {
    const number = view.applied + 1;
    const events = [{ number, scope, target, expires: Number.MAX_SAFE_INTEGER }];
    const from = isSnapshot ? 0 : view.applied;
    const message = { from, to: number, mark: "m", events, horizon: 0, isSnapshot, hasMore: false, keySet: "" };
    if (view.apply(message) === "restarted") cache.clear();
  };
  return { clock, cache, view, hear };
}

describe("what was looked up is", () => {
  it("kept while nothing is heard of it", () => {
    const { cache, view, hear } = setting();
    const keep = cache.beginLookUp(view);
    hear("session", "another");
    expect([keep("token", found), cache.get("token"), cache.size]).toEqual([true, "as it was", 1]);
  });

  it.each(["session", "changed"] as const)("not kept when a %s event came while it was looked up", (scope) => {
    const { cache, view, hear } = setting();
    const keep = cache.beginLookUp(view);
    hear(scope, "s1");
    expect([keep("token", found), cache.get("token")]).toEqual([false, undefined]);
  });

  it.each([0, -1])(
    "not kept when the issuer says that it may be kept for %i ms, and takes nobody's place",
    (keepMs) => {
      const { cache, view } = setting();
      expect([cache.beginLookUp(view)("token", { ...found, keepMs }), cache.size]).toEqual([false, 0]);
    },
  );

  it("not kept when what hangs on it is heavier than all that may be kept", () => {
    const { cache, view } = setting();
    cache.beginLookUp(view)("token", { ...found, weight: 10 * 1024 });
    expect(cache.get("token")).toBeUndefined();
  });

  it("kept when it was looked up after the change", () => {
    const { cache, view, hear } = setting();
    hear("changed", "s1");
    expect(cache.beginLookUp(view)("token", found)).toBe(true);
  });

  it("not kept when the view knows that it ended, whatever a store says that was put back", () => {
    const { cache, view, hear } = setting();
    hear("session", "s1");
    expect(cache.beginLookUp(view)("token", found)).toBe(false);
  });

  it("not kept when the view began anew meanwhile", () => {
    const { cache, view, hear } = setting();
    const keep = cache.beginLookUp(view);
    hear("session", "another", true);
    expect(keep("token", found)).toBe(false);
  });

  it.each(["session", "changed"] as const)("forgotten when a %s event speaks of it", (scope) => {
    const { cache, view, hear } = setting();
    cache.beginLookUp(view)("token", found);
    hear(scope, "another");
    expect(cache.get("token")).toBe("as it was");
    hear(scope, "s1");
    expect([cache.get("token"), cache.size]).toEqual([undefined, 0]);
  });

  it("forgotten when the view begins anew", () => {
    const { cache, view, hear } = setting();
    cache.beginLookUp(view)("token", found);
    hear("session", "another", true);
    expect(cache.get("token")).toBeUndefined();
  });

  it("not kept where there is no room at all", () => {
    const { cache, view } = setting(0);
    expect([cache.beginLookUp(view)("token", found), cache.size]).toEqual([false, 0]);
  });
});

describe("the time that it may be kept", () => {
  it.each([
    { seconds: 59.999, kept: "as it was" },
    { seconds: 60, kept: undefined },
  ])("counts from when it was asked for: after $seconds s it is $kept", ({ seconds, kept }) => {
    const { clock, cache, view } = setting();
    const keep = cache.beginLookUp(view);
    clock.advance(30);
    keep("token", found);
    clock.advance(seconds - 30);
    expect(cache.get("token")).toBe(kept);
  });

  it("is not lengthened by a wall clock that is set back", () => {
    const { clock, cache, view } = setting();
    cache.beginLookUp(view)("token", found);
    clock.advance(60);
    clock.show(nowSeconds * 1000);
    expect(cache.get("token")).toBeUndefined();
  });

  it("passes while the machine sleeps, where its monotonic clock does not", () => {
    const { clock, cache, view } = setting();
    cache.beginLookUp(view)("token", found);
    clock.show(nowSeconds * 1000 + 60_000);
    expect(cache.get("token")).toBeUndefined();
  });
});
