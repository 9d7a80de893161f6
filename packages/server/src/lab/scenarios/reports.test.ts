import { describe, expect, it } from "vitest";
import { type Column, columns } from "../contract.ts";
import { judgeRow } from "../run.ts";
import { reportDomains } from "./cross-domain.ts";
import { reportAttacks } from "./csrf-fixation.ts";
import { reportPayload } from "./payload.ts";
import { type Round, reportRevocation } from "./revocation.ts";
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
    expect(cells.session.detail).toContain("every service had refused before the sign-out was answered");
    expect(cells.hybrid).toMatchObject({ value: 5, text: "5 ms, at worst 5 ms" });
    expect(cells.hybrid.detail).not.toContain("before the sign-out");
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
    expect(row.cells["session-feed"].detail).toContain("5 ms in the median, 90 ms at the worst, over 3 sign-outs");
    expect(row.winners.leaders).toContain("session-feed");
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

  it("takes for a tie what turns of one and the same load differ by, and for noise what they differ by widely", () => {
    const load = (perSecond: number, scatter: number) => [{ processes: 1, perSecond, scatter, medianMs: 1, p99Ms: 2 }];
    const rowOf = (scatter: number) => {
      const loads = all(load(1000, scatter), { jwt: load(1300, scatter) });
      return judgeRow({ ...heading, ...reportScalability({ cores: 2, loads, growth: all([[1000, 5]] as const) }) });
    };
    expect(rowOf(0.1)).toMatchObject({ margin: { relative: 0.15 }, winners: { classic: "jwt", all: "jwt" } });
    expect(rowOf(0.4)).toMatchObject({ margin: { relative: 0.4 }, winners: { classic: "tie", all: "tie" } });
    expect(rowOf(0.6)).toMatchObject({ margin: { relative: 0.6 }, winners: { classic: "noisy", all: "noisy" } });
    // The widest counts: the fastest column may be that only because its turns lay furthest apart.
    const loads = all(load(1000, 0.1), { session: load(1300, 0.4) });
    expect(judgeRow({ ...heading, ...reportScalability({ cores: 2, loads, growth: all([]) }) }).winners.all).toBe(
      "tie",
    );
    expect(rowOf(0.1).note).toBe("One machine of 2 cores: more processes than cores show sharing, not scaling.");
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
