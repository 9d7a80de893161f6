import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RevocationEvent, RevocationMessage, RevocationScope } from "./event.ts";
import { createView, type JudgedToken } from "./view.ts";

const token: JudgedToken = { sub: "ada", sid: "s1", kid: "k1", validUntilMs: 10_000, logNumber: undefined };
const alone: JudgedToken = { ...token, logNumber: 4 };

function event(number: number, scope: RevocationScope, target: string, expires = 20_000): RevocationEvent {
  return { number, scope, target, expires };
}

function message(
  from: number,
  events: readonly RevocationEvent[],
  more: Partial<RevocationMessage> = {},
): RevocationMessage {
  const to = Math.max(from, ...events.map(({ number }) => number));
  return { from, to, mark: `m${to}`, events, horizon: 0, isSnapshot: false, hasMore: false, keySet: "", ...more };
}

describe("a token is", () => {
  it.each([
    { it: "accepted while nothing is known", events: [], token, code: undefined },
    { it: "refused once its session ended", events: [event(1, "session", "s1")], token, code: "token_revoked" },
    { it: "accepted when another session ended", events: [event(1, "session", "s2")], token, code: undefined },
    { it: "accepted when its session changed", events: [event(1, "changed", "s1")], token, code: undefined },
    { it: "refused once its key is trusted no more", events: [event(1, "key", "k1")], token, code: "token_revoked" },
    { it: "accepted when another key is not trusted", events: [event(1, "key", "k2")], token, code: undefined },
    {
      it: "accepted with a record, when its subject was cut off",
      events: [event(5, "subject", "ada")],
      token,
      code: undefined,
    },
    {
      it: "refused without a record, issued before the cut",
      events: [event(5, "subject", "ada")],
      token: alone,
      code: "token_revoked",
    },
    {
      it: "accepted without a record, issued at the cut",
      events: [event(4, "subject", "ada")],
      token: alone,
      code: undefined,
    },
    {
      it: "accepted without a record, when another subject was cut off",
      events: [event(5, "subject", "bob")],
      token: alone,
      code: undefined,
    },
    {
      it: "refused without a record, when everyone was cut off",
      events: [event(5, "everyone", "")],
      token: alone,
      code: "token_revoked",
    },
    {
      it: "refused by the later of two cuts",
      events: [event(3, "subject", "ada"), event(5, "subject", "ada")],
      token: alone,
      code: "token_revoked",
    },
  ] as const)("$it", ({ events, token, code }) => {
    const view = createView();
    view.apply(message(0, events));
    expect(view.judge(token)).toBe(code);
  });

  it.each([
    { horizon: 9999, code: undefined },
    { horizon: 10_000, code: "token_expired" },
  ])("$code when the issuer has pruned up to $horizon and it ends at 10000", ({ horizon, code }) => {
    const view = createView();
    view.apply(message(0, [], { horizon }));
    expect(view.judge(token)).toBe(code);
  });
});

describe("a message", () => {
  it("is applied from where the view stands", () => {
    const view = createView();
    expect(view.apply(message(0, [event(1, "session", "s1")]))).toBe("applied");
    expect(view.apply(message(1, [event(2, "session", "s2")]))).toBe("applied");
    expect([view.applied, view.mark, view.size]).toEqual([2, "m2", 2]);
  });

  it("is not applied when something lies in between", () => {
    const view = createView();
    expect(view.apply(message(1, [event(2, "session", "s1")]))).toBe("gap");
    expect([view.applied, view.size, view.judge(token)]).toEqual([0, 0, undefined]);
  });

  it("is nothing new the second time", () => {
    const view = createView();
    const twice = message(0, [event(1, "session", "s1"), event(2, "changed", "s1")]);
    view.apply(twice);
    expect(view.apply(twice)).toBe("nothing_new");
    expect([view.applied, view.epoch, view.size]).toEqual([2, 0, 2]);
  });

  it("may go on from before what is known", () => {
    const view = createView();
    view.apply(message(0, [event(1, "session", "s1"), event(2, "session", "s2")]));
    expect(view.apply(message(1, [event(2, "session", "s2"), event(3, "session", "s3")]))).toBe("applied");
    expect([view.applied, view.epoch, view.size]).toEqual([3, 0, 3]);
  });
});

describe("a log that was put back", () => {
  it("begins the view anew, which keeps what it knew", () => {
    const view = createView();
    view.apply(message(0, [event(1, "session", "s1"), event(2, "session", "s2")]));
    expect(view.apply(message(0, [event(1, "session", "s3")], { isSnapshot: true, mark: "other" }))).toBe("restarted");
    expect([view.applied, view.mark, view.epoch]).toEqual([1, "other", 1]);
    expect(["s1", "s2", "s3"].map(view.hasEnded)).toEqual([true, true, true]);
  });

  it("is noticed where its message overtook the snapshot: nothing of it is taken for known", () => {
    const view = createView();
    // The old log's second event came by the stream, while the answer of the new log was on its way.
    view.apply(message(0, [event(1, "session", "s1"), event(2, "session", "old")]));
    const answer = message(1, [event(2, "session", "new"), event(3, "session", "s3")], { mark: "other" });
    expect(view.apply(answer)).toBe("restarted");
    expect(["old", "new", "s3"].map(view.hasEnded)).toEqual([true, true, true]);
    expect([view.applied, view.mark, view.epoch]).toEqual([3, "other", 1]);
  });

  it("does not move a view back whose number it has not reached: the next question tells", () => {
    const view = createView();
    view.apply(message(0, [event(1, "session", "s1"), event(2, "session", "old")]));
    expect(view.apply(message(0, [event(1, "session", "new")], { mark: "other" }))).toBe("restarted");
    expect([view.hasEnded("new"), view.applied, view.mark]).toEqual([true, 2, "m2"]);
  });
});

describe("an event", () => {
  it.each([
    { horizon: 19_999, size: 1, ended: true },
    { horizon: 20_000, size: 0, ended: false },
  ])("that ends at 20000 is kept: $ended, when the horizon is $horizon", ({ horizon, size, ended }) => {
    const view = createView();
    view.apply(message(0, [event(1, "session", "s1")]));
    view.apply(message(1, [], { horizon }));
    expect([view.size, view.hasEnded("s1")]).toEqual([size, ended]);
    // Either way the token is not accepted.
    expect(view.judge(token)).toBeDefined();
  });

  it("is kept until the later end of two", () => {
    const view = createView();
    view.apply(message(0, [event(1, "session", "s1", 20_000), event(2, "session", "s1", 15_000)]));
    view.apply(message(2, [], { horizon: 15_000 }));
    expect(view.hasEnded("s1")).toBe(true);
  });

  it("of a key does not hold up what ends before it", () => {
    const view = createView();
    view.apply(message(0, [event(1, "key", "k1", 90_000), event(2, "session", "s1", 20_000)]));
    view.apply(message(2, [], { horizon: 20_000 }));
    expect([view.size, view.judge({ ...token, validUntilMs: 80_000 })]).toEqual([1, "token_revoked"]);
  });

  it("of a session is told once the view knows it", () => {
    const told: unknown[] = [];
    const view = createView((sid) => told.push([sid, view.newestOf(sid), view.hasEnded(sid)]));
    view.apply(message(0, [event(1, "changed", "s1"), event(2, "session", "s2"), event(3, "subject", "ada")]));
    expect(told).toEqual([
      ["s1", 1, false],
      ["s2", 2, true],
    ]);
  });
});

describe("the version of a view", () => {
  it.each(["session", "subject", "key", "everyone", "changed"] as const)("is another after an event of %s", (scope) => {
    const view = createView();
    const before = view.version;
    view.apply(message(0, [event(1, scope, scope === "everyone" ? "" : "x")]));
    expect(view.version).not.toBe(before);
  });

  it("is another once events up to a time are over, for what they spoke of is refused by that time", () => {
    const view = createView();
    const before = view.version;
    expect(view.judge(token)).toBe(undefined);
    view.apply(message(0, [], { horizon: 10_000 }));
    expect(view.judge(token)).toBe("token_expired");
    expect(view.version).not.toBe(before);
  });

  it("stays while nothing is said that is new", () => {
    const view = createView();
    view.apply(message(0, [event(1, "session", "s1")], { horizon: 5 }));
    const before = view.version;
    view.apply(message(0, [event(1, "session", "s1")], { horizon: 5 }));
    view.apply(message(1, []));
    view.apply(message(1, [], { horizon: 4, isSnapshot: true }));
    expect(view.version).toBe(before);
  });

  it("is another whenever the view says anything else of anybody", () => {
    const scopes = fc.constantFrom<RevocationScope>("session", "subject", "key", "everyone");
    const acts = fc.array(fc.tuple(scopes, fc.constantFrom("a", "b"), fc.nat(20), fc.nat(20)), { maxLength: 12 });
    const people = ["a", "b"].flatMap((name) =>
      [undefined, 0, 3].map((logNumber) => ({ sub: name, sid: name, kid: name, validUntilMs: 12, logNumber })),
    );
    fc.assert(
      fc.property(acts, (list) => {
        const view = createView();
        for (const [index, [scope, target, expires, horizon]] of list.entries()) {
          const [version, said] = [view.version, people.map((each) => view.judge(each)).join()];
          const one = event(index + 1, scope, scope === "everyone" ? "" : target, expires);
          view.apply(message(index, [one], { horizon }));
          if (people.map((each) => view.judge(each)).join() !== said) expect(view.version).not.toBe(version);
        }
      }),
    );
  });
});
