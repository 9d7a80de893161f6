import { describe, expect, it } from "vitest";
import { Unavailable } from "../primitives/errors.ts";
import { createTestClock, nowSeconds } from "../testing.ts";
import type { LeaseAnswer, LeaseQuestion, OnStale, RevocationEvent, RevocationMessage } from "./event.ts";
import { AskLater, createFollower } from "./follower.ts";
import type { JudgedToken } from "./view.ts";

const lagMs = 4000;
const ada: JudgedToken = {
  sub: "ada",
  sid: "s1",
  kid: "k1",
  validUntilMs: Number.MAX_SAFE_INTEGER,
  logNumber: undefined,
};
const ended: RevocationEvent = { number: 1, scope: "session", target: "s1", expires: Number.MAX_SAFE_INTEGER };

interface Setting {
  readonly onStale?: OnStale;
  readonly follow?: "background" | "on-demand";
  readonly restsWhenUnused?: boolean;
  readonly streams?: boolean;
  /** What the randomness of pauses comes to, 0 to 1. Default: something else each time. */
  readonly jitter?: 0 | 1;
}

interface Waiting {
  readonly question: LeaseQuestion;
  readonly answer: (more?: Partial<LeaseAnswer>) => Promise<void>;
  readonly fail: (error?: Error) => Promise<void>;
}

/** A stream that was opened. */
interface Opening {
  readonly from: { readonly applied: number; readonly mark: string };
  readonly hear: (message: RevocationMessage) => void;
  /** Ends it: as a server does, or with an error. */
  readonly end: (error?: Error) => Promise<void>;
}

/** A follower whose questions wait until the test answers them. */
function setting({
  onStale = "ask",
  follow = "background",
  restsWhenUnused = false,
  streams = false,
  jitter,
}: Setting = {}) {
  const clock = createTestClock();
  const questions: Waiting[] = [];
  const openings: Opening[] = [];
  const told: string[] = [];
  let drawn = 0;
  // Four bytes are drawn for a pause, more for an id.
  const bytes = (length: number) => {
    drawn += 1;
    return new Uint8Array(length).fill(jitter === undefined || length !== 4 ? drawn : jitter * 255);
  };
  const ask = (question: LeaseQuestion) =>
    new Promise<LeaseAnswer>((resolve, reject) => {
      const { applied: from, mark, nonce } = question;
      const base = { from, to: from, mark, events: [], horizon: 0, isSnapshot: false, hasMore: false, keySet: "k1" };
      const answer = (more: Partial<LeaseAnswer> = {}) => {
        resolve({ ...base, nonce, lagMs, ...more });
        return settle();
      };
      const fail = (error = new Error("no route")) => {
        reject(error);
        return settle();
      };
      questions.push({ question, answer, fail });
    });
  const stream = (from: Opening["from"], hear: Opening["hear"]) =>
    new Promise<void>((resolve, reject) => {
      const end = (error?: Error) => {
        if (error === undefined) resolve();
        else reject(error);
        return settle();
      };
      openings.push({ from, hear, end });
    });
  const follower = createFollower({
    transport: streams ? { ask, stream } : { ask },
    clock,
    random: { bytes },
    name: "api",
    lagMs,
    onStale,
    follow,
    restsWhenUnused,
    onSpoken: (sid) => told.push(`spoken ${sid}`),
    onRestart: () => told.push("restarted"),
    onKeySet: () => told.push("keys"),
  });
  const pass = async (ms: number) => {
    clock.advance(ms / 1000);
    await settle();
  };
  const last = () => {
    const question = questions.at(-1);
    if (question === undefined) throw new Error("nothing was asked");
    return question;
  };
  const lastOpening = () => {
    const opening = openings.at(-1);
    if (opening === undefined) throw new Error("no stream was opened");
    return opening;
  };
  const hear = (message: RevocationMessage) => lastOpening().hear(message);
  return { clock, follower, questions, openings, told, pass, last, lastOpening, hear };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What becomes of a request: its verdict, or that it could not be judged, or that it waits. */
async function judged(follower: ReturnType<typeof setting>["follower"]): Promise<string> {
  const waiting = (async () => (await follower.judge(ada)) ?? "accepted")().catch((error: unknown) =>
    error instanceof Unavailable ? error.code : "error",
  );
  return Promise.race([waiting, settle().then(() => "waits")]);
}

function speaking(from: number, events: readonly RevocationEvent[]): RevocationMessage {
  const to = Math.max(from, ...events.map(({ number }) => number));
  return { from, to, mark: `m${to}`, events, horizon: 0, isSnapshot: false, hasMore: false, keySet: "k1" };
}

describe("the age of a view", () => {
  it.each([
    { ms: 3999, state: "fresh" },
    { ms: 4000, state: "stale" },
  ])("counts from when the question was sent: $ms ms after it is $state", async ({ ms, state }) => {
    const { clock, follower, pass, last } = setting({ follow: "on-demand" });
    void follower.whenFresh();
    await pass(400);
    await last().answer();
    clock.advance((ms - 400) / 1000);
    expect(follower.state().state).toBe(state);
  });

  it("counts the wall clock, where that has gone on further: the machine slept", async () => {
    const { clock, follower, last } = setting();
    void follower.whenFresh();
    await last().answer();
    clock.show(nowSeconds * 1000 + lagMs);
    expect(follower.isFresh()).toBe(false);
  });

  it("counts the monotonic clock, where the wall clock was set back", async () => {
    const { clock, follower, last } = setting();
    void follower.whenFresh();
    await last().answer();
    clock.advance(lagMs / 1000);
    clock.show(nowSeconds * 1000);
    expect(follower.isFresh()).toBe(false);
  });

  it("is held against the lag that the issuer granted, where that is less", async () => {
    const { clock, follower, last } = setting();
    void follower.whenFresh();
    await last().answer({ lagMs: 1000 });
    clock.advance(1);
    expect(follower.isFresh()).toBe(false);
  });

  it("is not held against more than it asked for", async () => {
    const { clock, follower, last } = setting();
    void follower.whenFresh();
    await last().answer({ lagMs: 60_000 });
    clock.advance(lagMs / 1000);
    expect(follower.isFresh()).toBe(false);
  });
});

describe("an answer", () => {
  it.each([
    { it: "to another question", more: { nonce: "another" } },
    { it: "that leaves a gap", more: { from: 5, to: 6 } },
  ])("$it is none", async ({ more }) => {
    const { follower, last } = setting();
    void Promise.resolve(follower.whenFresh()).catch(() => undefined);
    await last().answer(more);
    expect([follower.isFresh(), follower.view.applied]).toEqual([false, 0]);
  });

  it("that is not all there is makes nothing fresh: the rest is asked for", async () => {
    const { follower, questions, last } = setting();
    void follower.whenFresh();
    await last().answer({ to: 1, mark: "m1", events: [ended], hasMore: true });
    expect([follower.isFresh(), questions.length]).toEqual([false, 2]);
    expect(last().question).toMatchObject({ applied: 1, mark: "m1" });
    await last().answer();
    expect(follower.isFresh()).toBe(true);
  });

  it("with something new is acknowledged at once", async () => {
    const { follower, questions, last } = setting();
    follower.start();
    await last().answer({ to: 1, mark: "m1", events: [ended] });
    expect(questions.map(({ question }) => question.applied)).toEqual([0, 1]);
  });

  it("of a log that was put back drops what was learned beside the view, and tells of what it speaks", async () => {
    const { follower, told, last } = setting();
    void follower.whenFresh();
    await last().answer({ from: 0, to: 1, events: [ended], isSnapshot: true });
    expect(told).toEqual(["spoken s1", "restarted"]);
  });

  it("tells when the keys are others, and not of the first", async () => {
    const { follower, told, last, pass } = setting();
    follower.start();
    await last().answer();
    expect(told).toEqual([]);
    await pass(lagMs / 3);
    await last().answer({ keySet: "k2" });
    expect(told).toEqual(["keys"]);
  });
});

describe("a follower", () => {
  it("asks three times in a lag", async () => {
    const { follower, questions, last, pass } = setting();
    follower.start();
    for (let round = 0; round < 3; round += 1) {
      await last().answer();
      await pass(lagMs / 3);
    }
    expect(questions.length).toBe(4);
  });

  it.each([
    { waitMs: 3000, it: "as long as it is asked to" },
    { waitMs: 3_600_000, it: "one lag, whoever asks it to wait longer: a proxy, say, when the issuer is long back" },
  ])(
    "that is asked to wait waits $it, also where a request needs an answer, and is stale meanwhile",
    async ({ waitMs }) => {
      const { clock, follower, questions, last, pass } = setting();
      follower.start();
      await last().fail(new AskLater(waitMs));
      expect(await judged(follower)).toBe("feed_unavailable");
      await pass(Math.min(waitMs, lagMs) - 1);
      expect([await judged(follower), questions.length]).toEqual(["feed_unavailable", 1]);
      clock.advance(1 / 1000);
      await settle();
      expect(questions.length).toBe(2);
      await last().answer();
      expect(await judged(follower)).toBe("accepted");
    },
  );

  it("that is asked to wait goes on judging by a view that is fresh, and acknowledges late", async () => {
    const { follower, questions, last, pass, hear } = setting({ streams: true });
    follower.start();
    await last().answer();
    await pass(lagMs / 3);
    await last().fail(new AskLater(1000));
    hear(speaking(0, [ended]));
    await settle();
    expect([await judged(follower), questions.length]).toEqual(["token_revoked", 2]);
    await pass(1000);
    expect(last().question.applied).toBe(1);
  });

  it("has an id that is random, whatever its name", () => {
    const ids = [setting(), setting({ onStale: "refuse" })].map(({ follower, last }) => {
      follower.start();
      return last().question;
    });
    for (const { follower, name } of ids) expect([follower.length, follower.includes(name)]).toEqual([16, false]);
  });

  it("acknowledges what the stream said once it has applied it", async () => {
    const { follower, questions, last, hear, pass } = setting({ streams: true });
    follower.start();
    await last().answer();
    hear(speaking(0, [ended]));
    expect(await judged(follower)).toBe("token_revoked");
    await pass(7);
    // One acknowledgement speaks for all that came meanwhile.
    hear(speaking(1, [{ ...ended, number: 2, target: "another" }]));
    expect(questions.length).toBe(1);
    await pass(1);
    expect([questions.length, last().question.applied]).toEqual([2, 2]);
  });

  it("takes no freshness from the stream", async () => {
    const { clock, follower, last, hear } = setting({ streams: true, onStale: "refuse" });
    follower.start();
    await last().answer();
    clock.advance(lagMs / 1000);
    hear(speaking(0, [ended]));
    expect([follower.isFresh(), await judged(follower)]).toEqual([false, "feed_unavailable"]);
  });

  it("lacks nothing of a log that was put back while the stream was ahead of the answer", async () => {
    const { follower, last, hear } = setting({ streams: true });
    follower.start();
    hear(speaking(0, [{ ...ended, target: "lost" }]));
    await last().answer({ from: 0, to: 2, mark: "other", events: [ended, { ...ended, number: 2, target: "s2" }] });
    expect(await judged(follower)).toBe("token_revoked");
  });
});

describe("a pause after a failure", () => {
  /** How long it takes, in steps of `stepMs`, until there is one more in `list`. */
  async function msUntilNext({ pass }: ReturnType<typeof setting>, list: readonly unknown[], stepMs: number) {
    const before = list.length;
    for (let ms = stepMs; ms <= 60_000; ms += stepMs) {
      await pass(stepMs);
      if (list.length > before) return ms;
    }
    throw new Error("nothing came in a minute");
  }

  it.each([
    { jitter: 0, pauses: [50, 100, 200, 400, 667, 667] },
    { jitter: 1, pauses: [100, 200, 400, 800, 1334, 1334] },
  ] as const)("of a question grows up to a third of the lag, by chance no longer than $pauses", async (row) => {
    const all = setting({ jitter: row.jitter });
    all.follower.start();
    const pauses: number[] = [];
    for (const _ of row.pauses) {
      await all.last().fail();
      pauses.push(await msUntilNext(all, all.questions, 1));
    }
    expect(pauses).toEqual(row.pauses);
  });

  it("of a question is short again once one was answered", async () => {
    const all = setting({ jitter: 1 });
    all.follower.start();
    for (let failures = 0; failures < 4; failures += 1) {
      await all.last().fail();
      await msUntilNext(all, all.questions, 1);
    }
    await all.last().answer();
    await all.pass(lagMs / 3);
    await all.last().fail();
    expect(await msUntilNext(all, all.questions, 1)).toBe(100);
  });

  it.each([
    { jitter: 0, pauses: [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000] },
    { jitter: 1, pauses: [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000] },
  ] as const)("of the stream grows up to ten seconds, by chance no longer than $pauses", async (row) => {
    const all = setting({ streams: true, jitter: row.jitter });
    all.follower.start();
    const pauses: number[] = [];
    for (const _ of row.pauses) {
      await all.lastOpening().end(new Error("no route"));
      pauses.push(await msUntilNext(all, all.openings, 50));
    }
    expect(pauses).toEqual(row.pauses);
  });

  it("of the stream is short again once something came", async () => {
    const all = setting({ streams: true, jitter: 1 });
    all.follower.start();
    for (let failures = 0; failures < 4; failures += 1) {
      await all.lastOpening().end();
      await msUntilNext(all, all.openings, 50);
    }
    all.hear(speaking(0, [ended]));
    await all.lastOpening().end(new Error("reset"));
    expect(await msUntilNext(all, all.openings, 50)).toBe(100);
  });

  it("of the stream is as long as the issuer asks for", async () => {
    const all = setting({ streams: true, jitter: 1 });
    all.follower.start();
    await all.lastOpening().end(new AskLater(20_000));
    expect(await msUntilNext(all, all.openings, 50)).toBe(20_000);
  });
});

describe("a stream that is opened again", () => {
  it.each([
    { it: "ended", error: undefined },
    { it: "broke", error: new Error("reset") },
  ])("since it $it begins after what was applied, whoever told of it", async ({ error }) => {
    const { follower, openings, last, lastOpening, hear, pass } = setting({ streams: true });
    follower.start();
    await last().answer();
    expect([lastOpening().from, follower.state().isStreaming]).toEqual([{ applied: 0, mark: "" }, false]);
    hear(speaking(0, [ended]));
    await settle();
    await pass(8);
    expect(follower.state().isStreaming).toBe(true);
    await last().answer({ to: 2, mark: "m2", events: [{ ...ended, number: 2, target: "s2" }] });
    await lastOpening().end(error);
    expect(follower.state().isStreaming).toBe(false);
    await pass(100);
    expect([openings.length, lastOpening().from]).toEqual([2, { applied: 2, mark: "m2" }]);
  });

  it("for a gap begins before it", async () => {
    const { follower, openings, lastOpening, hear, pass } = setting({ streams: true });
    follower.start();
    hear(speaking(0, [ended]));
    hear(speaking(2, [{ ...ended, number: 3 }]));
    await settle();
    await pass(100);
    expect([openings.length, lastOpening().from]).toEqual([2, { applied: 1, mark: "m1" }]);
  });
});

describe("a stale view", () => {
  async function stale(options: Setting) {
    const all = setting(options);
    all.follower.start();
    await all.last().answer();
    all.clock.advance(lagMs / 1000);
    await settle();
    return all;
  }

  it("asks, once for all who need it, and then judges", async () => {
    const { follower, questions, last } = await stale({ onStale: "ask" });
    const before = questions.length;
    const verdicts = [judged(follower), judged(follower)];
    expect(await Promise.all(verdicts)).toEqual(["waits", "waits"]);
    expect(questions.length - before).toBeLessThanOrEqual(1);
    await last().answer();
    expect(await judged(follower)).toBe("accepted");
  });

  it.each([
    { onStale: "ask", verdict: "feed_unavailable" },
    { onStale: "insecureAccept", verdict: "accepted" },
  ] as const)("that cannot be renewed, with $onStale: $verdict", async ({ onStale, verdict }) => {
    const { follower, last } = await stale({ onStale });
    const waiting = (async () => (await follower.judge(ada)) ?? "accepted")().catch(() => "feed_unavailable");
    await last().fail();
    expect(await waiting).toBe(verdict);
  });

  it("refuses to judge, with refuse, at once", async () => {
    const { follower } = await stale({ onStale: "refuse" });
    expect(await judged(follower)).toBe("feed_unavailable");
  });

  it("still refuses what it knows to be revoked, with insecureAccept", async () => {
    const all = setting({ onStale: "insecureAccept" });
    all.follower.start();
    await all.last().answer({ to: 1, mark: "m1", events: [ended] });
    all.clock.advance(60);
    expect(await judged(all.follower)).toBe("token_revoked");
  });

  it("gives up in bounded time when there is no answer", async () => {
    const { follower, pass } = await stale({ onStale: "ask" });
    const waiting = (async () => follower.judge(ada))().catch((error: Unavailable) => error.code);
    await pass(3000);
    expect(await waiting).toBe("feed_unavailable");
  });

  it.each(["refuse", "insecureAccept"] as const)(
    "of a follower that has rested asks first, with %s: it was not left without an answer",
    async (onStale) => {
      const { follower, questions, last, pass } = setting({ onStale, restsWhenUnused: true });
      follower.start();
      for (let round = 0; round < 12; round += 1) {
        await last().answer();
        await pass(lagMs / 3);
      }
      const asked = questions.length;
      await pass(10 * lagMs);
      expect(questions.length).toBe(asked);
      expect([await judged(follower), await judged(follower)]).toEqual(["waits", "waits"]);
      await last().answer();
      expect([questions.length, await judged(follower)]).toEqual([asked + 1, "accepted"]);
    },
  );
});

describe("on demand", () => {
  it.each([
    { ms: 1333, questions: 1 },
    { ms: 1334, questions: 2 },
  ])("nothing is asked within a third of the lag: after $ms ms $questions", async ({ ms, questions }) => {
    const all = setting({ follow: "on-demand" });
    const first = all.follower.judge(ada);
    await all.last().answer();
    await first;
    await all.pass(ms);
    void Promise.resolve(all.follower.judge(ada)).catch(() => undefined);
    expect(all.questions.length).toBe(questions);
  });

  it("a question that fails is no harm while the view is fresh", async () => {
    const { follower, last, pass } = setting({ follow: "on-demand" });
    void follower.judge(ada);
    await last().answer();
    await pass(2000);
    const waiting = (async () => (await follower.judge(ada)) ?? "accepted")();
    await last().fail();
    expect(await waiting).toBe("accepted");
  });
});

describe("a follower that is stopped", () => {
  it("asks nothing any more, and judges by its view no more: whoever is judged costs a question", async () => {
    const { follower, questions, last, pass } = setting();
    follower.start();
    await last().answer();
    follower.stop();
    expect(follower.isFresh()).toBe(false);
    await pass(10 * lagMs);
    expect(questions.length).toBe(1);
    const verdict = judged(follower);
    await settle();
    await last().answer();
    expect([await judged(follower), questions.length]).toEqual(["accepted", 2]);
    expect(["waits", "accepted"]).toContain(await verdict);
  });

  it("takes no answer to what it asked before, which nobody waits for", async () => {
    const { follower, questions, last } = setting();
    follower.start();
    follower.stop();
    await last().answer();
    expect([follower.isFresh(), questions.length]).toEqual([false, 1]);
  });

  it("asks again for a request that was waiting", async () => {
    const { follower, questions, last } = setting({ follow: "on-demand" });
    const waiting = (async () => (await follower.judge(ada)) ?? "accepted")();
    await settle();
    follower.stop();
    await last().answer();
    expect(questions.length).toBe(2);
    await last().answer();
    expect(await waiting).toBe("accepted");
  });
});
