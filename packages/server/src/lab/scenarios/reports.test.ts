import { describe, expect, it } from "vitest";
import { type Column, columns } from "../contract.ts";
import { judgeRow } from "../run.ts";
import { reportDomains } from "./cross-domain.ts";
import { type AttackOutcome, judgeAttack, reportAttacks } from "./csrf-fixation.ts";
import { reportPayload } from "./payload.ts";
import { momentsOf, type Round, reportRevocation } from "./revocation.ts";
import { reportScalability } from "./scalability.ts";
import { reportState } from "./state.ts";
import { reportTheft } from "./theft.ts";

/** The same for every column, but for some. */
function all<T>(usual: T, others: Partial<Record<Column, T>> = {}): Record<Column, T> {
  return Object.fromEntries(columns.map((column) => [column, others[column] ?? usual])) as Record<Column, T>;
}

const heading = { aspect: "state", title: "", sentence: "", limits: "" } as const;

function round(ms: number, isRefused = true): Round {
  return { ms, isRefused };
}

describe("a row shows a worse implementation", () => {
  it("has no figure for a revocation that is ignored, so that it wins nothing", () => {
    const rounds = all<readonly Round[]>([round(5)], { session: [round(1), round(15_000, false)] });
    const row = judgeRow({ ...heading, ...reportRevocation({ services: 2, accessLifetime: 10, rounds, cut: {} }) });
    expect(row.cells.session).toMatchObject({ value: null, text: "not refused within 15 s" });
    expect(row.winners).toMatchObject({ classic: "jwt", all: "tie" });
    expect(row.winners.leaders).not.toContain("session");
  });

  it("says of a session that was refused before the sign-out was answered that it was, and names no time", () => {
    const rounds = all<readonly Round[]>([round(5)], { session: [round(0), round(0), round(3)] });
    const { cells } = reportRevocation({ services: 2, accessLifetime: 10, rounds, cut: {} });
    expect(cells.session).toMatchObject({ value: 0, text: "already refused, at worst 3 ms" });
    expect(cells.session.detail).toContain("no request that began after the sign-out was answered was accepted");
    expect(cells.hybrid).toMatchObject({ value: 5, text: "5 ms, at worst 5 ms" });
    expect(cells.hybrid.detail).not.toContain("before the sign-out");
  });

  it("says so once where that was so in every round", () => {
    const rounds = all<readonly Round[]>([round(5)], { session: [round(0), round(0)] });
    const { cells } = reportRevocation({ services: 2, accessLifetime: 10, rounds, cut: {} });
    expect(cells.session).toMatchObject({ value: 0, text: "already refused" });
  });

  it("signs out at the same moments for the same seed, spread over the shortest life of a token", () => {
    const moments = momentsOf({ seed: 7, accessLifetime: 10 }, 4);
    expect(momentsOf({ seed: 7, accessLifetime: 10 }, 4)).toEqual(moments);
    expect(momentsOf({ seed: 8, accessLifetime: 10 }, 4)).not.toEqual(moments);
    expect(moments.map((ms) => Math.floor(ms / 2000))).toEqual([0, 1, 2, 3]);
  });

  it("says of a cut feed that it was accepted for too long", () => {
    const cut = {
      hybrid: [
        { ms: 5000, isRefused: true, status: 503 },
        { ms: 15_000, isRefused: false, status: 200 },
      ],
    };
    const rounds = all<readonly Round[]>([round(5)]);
    const { cells } = reportRevocation({ services: 2, accessLifetime: 10, rounds, cut });
    expect(cells.hybrid.detail).toContain("still accepted after 15 s");
    expect(cells.session.detail).not.toContain("feed");
  });

  it("counts a store that is read twice per request as a loss", () => {
    const one = { reads: 1000, writes: 0, beside: { reads: 0, writes: 0 }, seconds: 1, sessionRows: 10 };
    const counted = all(one, { session: { ...one, reads: 2000 } });
    const row = judgeRow({
      ...heading,
      ...reportState({ store: "sqlite", counted, bytes: all([[1000, 300]] as const) }),
    });
    expect(row.cells.session.value).toBe(2000);
    expect(row.winners.classic).toBe("jwt");
  });

  it("tells of a hybrid's two cookies that they are more", () => {
    const weigh = (bytes: number) => ({ cookie: [[0, bytes]] as const, token: [[0, bytes]] as const });
    const weights = all(weigh(150), { jwt: weigh(430), "jwt-alone": weigh(440), hybrid: weigh(480) });
    const row = judgeRow({ ...heading, ...reportPayload({ claims: 0, bare: 100, weights }) });
    expect(row.cells.hybrid.value).toBe(380);
    expect(row.winners.leaders).toEqual(["session", "session-feed"]);
  });

  it("tells of a stolen credential that nothing ends", () => {
    const ended = { ms: 5, isLiving: false };
    const usual = { untouched: { ms: 11_000, isLiving: true }, signedOut: [ended] };
    const thefts = all(usual, { hybrid: { ...usual, signedOut: [ended, ended, { ms: 11_000, isLiving: true }] } });
    const row = judgeRow({ ...heading, ...reportTheft({ accessLifetime: 10, thefts }) });
    expect(row.cells.hybrid.value).toBeNull();
    expect(row.cells.hybrid.text).toBe("still accepted 11 s after sign-out");
    expect(row.cells.hybrid.detail).toContain(
      "After the owner signed out: still accepted after 11 s, when the lab stopped.",
    );
    expect(row.winners.leaders).not.toContain("hybrid");
  });

  it("judges thefts by the sign-out in the middle, and tells the worst", () => {
    const untouched = { ms: 11_000, isLiving: true };
    const after = (...times: number[]) => ({ untouched, signedOut: times.map((ms) => ({ ms, isLiving: false })) });
    const thefts = all(after(2, 3, 4), { "session-feed": after(90, 3, 5), jwt: after(9000, 8000, 7000) });
    const row = judgeRow({ ...heading, ...reportTheft({ accessLifetime: 10, thefts }) });
    expect(row.cells["session-feed"].value).toBe(5);
    expect(row.cells["session-feed"].text).toBe("refused 5 ms after sign-out");
    expect(row.cells["session-feed"].detail).toContain(
      "refused after 5 ms in the median, refused after 90 ms at the worst, over 3 sign-outs",
    );
    expect(row.winners.leaders).toContain("session-feed");
  });

  it("says of a stolen credential that was accepted no more that it was refused from the sign-out on", () => {
    const untouched = { ms: 11_000, isLiving: true };
    const thefts = all({ untouched, signedOut: [0, 0, 3].map((ms) => ({ ms, isLiving: false })) });
    const { cells } = reportTheft({ accessLifetime: 10, thefts });
    expect(cells.session).toMatchObject({ value: 0, text: "refused from the sign-out on" });
    expect(cells.session.detail).toContain(
      "refused at once in the median, refused after 3 ms at the worst, over 3 sign-outs",
    );
  });

  it("counts an attack that got through", () => {
    const refused = { name: "a form on another site", status: 403, isThrough: false };
    const attacks = all([refused], { session: [{ ...refused, status: 200, isThrough: true }] });
    const row = judgeRow({ ...heading, ...reportAttacks({ attacks }) });
    expect(row.cells.session).toMatchObject({ value: 1, text: "1 of 1 got through" });
    expect(row.cells.jwt.text).toBe("all 1 refused");
    expect(row.winners.classic).toBe("jwt");
  });

  it("says of a token that outlived its session that no request of another site got through", () => {
    const forged = { name: "a form on another site", status: 403, isThrough: false };
    const known = {
      name: "a token from before",
      status: 200,
      isThrough: true,
      outlives: "it is accepted until it runs out",
    };
    const textOf = (sent: Parameters<typeof reportAttacks>[0]["attacks"]["jwt"]) =>
      reportAttacks({ attacks: all<typeof sent>([forged], { jwt: sent }) }).cells.jwt;
    expect(textOf([forged, known])).toMatchObject({
      value: 1,
      text: "no cross-site request got through; a token outlived its session",
      detail: expect.stringContaining("a token from before: got through (200): it is accepted until it runs out."),
    });
    // Beside a forged request that got through it is no excuse.
    expect(textOf([{ ...forged, isThrough: true }, known]).text).toBe("2 of 2 got through");
  });

  it("compares requests per second turn by turn, and shows the turn in the middle", () => {
    const growth = all([{ sessions: 1000, again: 5, first: 100 }]);
    const load = (...turns: readonly number[]) => [
      { processes: 1, perSecond: turns[2] ?? 0, turns, seconds: 0.3, medianMs: 1, p99Ms: 2 },
    ];
    // One machine, busy with something else in two turns of five: that falls on both.
    const loads = all(load(1000, 400, 1000, 500, 1000), { jwt: load(1100, 440, 1100, 550, 1100) });
    const row = judgeRow({ ...heading, ...reportScalability({ cores: 2, loads, growth }) });
    expect(row.winners).toMatchObject({ classic: "jwt", all: "jwt" });
    expect(row.cells.jwt.text).toBe("1,100/s, with 1 processes 1,100/s");
    expect(row.cells.jwt.detail).toContain("5 turns of 0.3 s each");
    // The same figures in the middle, and turns that contradict each other.
    const scattered = all(load(1000, 400, 1000, 500, 1000), { jwt: load(440, 1100, 1100, 1100, 550) });
    const unclear = judgeRow({ ...heading, ...reportScalability({ cores: 2, loads: scattered, growth }) });
    expect(unclear.winners).toEqual({ classic: "noisy", all: "noisy", leaders: [] });
  });

  it("tells what the first check of a credential costs apart from those that follow", () => {
    const seen = [{ sessions: 1000, again: 5, first: 6 }];
    const growth = all(seen, {
      jwt: [{ sessions: 1000, again: 1, first: 120 }],
      hybrid: [{ sessions: 1000, again: 1, first: 99 }],
    });
    const point = { processes: 1, perSecond: 1000, turns: [1000], seconds: 1, medianMs: 1, p99Ms: 2 };
    const { note, cells, series } = reportScalability({ cores: 2, loads: all([point]), growth });
    expect(note).toBe(
      "One machine of 2 cores: more processes than cores show sharing, not scaling. The first check of a token costs 6 to 120 µs, and is not in these figures.",
    );
    expect(cells.jwt.detail).toContain(
      "One judgement: 1 µs with 1,000 sessions. The first of a credential: 120 µs with 1,000.",
    );
    const pointsOf = (title: string) => series.find((each) => each.title.startsWith(title))?.lines[2]?.points;
    expect(pointsOf("Cost of one judgement")).toEqual([[1000, 1]]);
    expect(pointsOf("Cost of the first judgement")).toEqual([[1000, 120]]);
  });

  it("counts a site at which a sign-in is not recognised, and nobody's key", () => {
    const here = { cookie: 200, token: 200 };
    const not = { cookie: 401, token: 401 };
    const usual = { own: here, neighbour: not, partner: { cookie: 401, token: 200 }, keyed: here };
    const visits = all(usual, { session: { ...usual, partner: not } });
    const row = judgeRow({ ...heading, ...reportDomains({ judge: "a jar", visits }) });
    expect([row.cells.session.value, row.cells.jwt.value]).toEqual([2, 3]);
    expect(row.sentence).toContain("a jar");
    expect(row.winners.classic).toBe("jwt");
  });
});

describe("an attack", () => {
  const attempt = { name: "a form on another site", status: 403, isThrough: false };

  it.each([
    { name: "was forbidden", status: 403 },
    { name: "was not recognised", status: 401 },
  ])("is refused where it $name and the victim's credential goes on working", ({ status }) => {
    expect(judgeAttack("session", { ...attempt, status }, 200)).toEqual({ ...attempt, status });
  });

  it.each([401, 403])(
    "got through where the victim's credential is answered %i after it, whatever it was answered",
    (own) => {
      const outcome = judgeAttack("session", attempt, own);
      expect(outcome).toEqual({ ...attempt, isThrough: true, endsOwn: true });
      expect(reportAttacks({ attacks: all<readonly AttackOutcome[]>([outcome]) }).cells.session).toMatchObject({
        text: "1 of 1 got through",
        detail: "a form on another site: got through (403): the victim's own credential is refused after it.",
      });
    },
  );

  it.each([
    { name: "the answer to it", status: 500, own: 200, words: "session: a form on another site was answered 500." },
    { name: "an answer that says neither", status: 404, own: 200, words: "was answered 404." },
    {
      name: "the answer to the victim",
      status: 403,
      own: 503,
      words: "after a form on another site the victim's own credential was answered 503.",
    },
  ])("is no figure where a failure is $name", ({ status, own, words }) => {
    expect(() => judgeAttack("session", { ...attempt, status }, own)).toThrow(words);
  });
});
