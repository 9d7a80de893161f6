// Each scenario of the lab, really run over a column that is deliberately worse: its figures must show it, and winners must follow.

import { systemClock } from "@countersign/verifier";
import { describe, expect, it } from "vitest";
import { createBudget } from "../../packages/server/src/lab/budget.ts";
import { resolveConditions } from "../../packages/server/src/lab/conditions.ts";
import type { Aspect, Column, Row } from "../../packages/server/src/lab/contract.ts";
import { openLab } from "../../packages/server/src/lab/lab.ts";
import { judgeRow } from "../../packages/server/src/lab/run.ts";
import { scenarios } from "../../packages/server/src/lab/scenarios.ts";
import type * as worse from "../../packages/server/src/lab/testing/worse.ts";

const module = new URL("../../packages/server/src/lab/testing/worse.ts", import.meta.url).href;

/** Runs a scenario over columns of which some are made worse. */
async function rowWith(aspect: Aspect, bad: Readonly<Partial<Record<Column, keyof typeof worse>>>): Promise<Row> {
  const conditions = resolveConditions({ quick: true, services: 1, rows: [aspect] });
  const scenario = scenarios.find((each) => each.aspect === aspect);
  if (scenario === undefined) throw new Error(`There is no scenario of ${aspect}.`);
  const { signal } = new AbortController();
  const lab = await openLab(
    conditions,
    signal,
    Object.fromEntries(Object.entries(bad).map(([column, name]) => [column, { module, name }])),
    createBudget(conditions, systemClock),
  );
  const tell = () => undefined;
  try {
    const measure = await scenario.prepare(lab, tell, signal);
    return judgeRow(await measure(tell, signal));
  } finally {
    await lab.close();
  }
}

const timeout = 120_000;

describe("the lab shows", { timeout }, () => {
  it("a store that is read twice per request, as twice the reads", async () => {
    const { cells } = await rowWith("state", { session: "readTwice" });
    expect(cells.session).toMatchObject({ value: 2000, text: expect.stringContaining("2,000 reads, 0 writes") });
    expect(cells["session-feed"].value).toBeLessThan(100);
  });

  it("a revocation that is ignored, which wins nothing and loses against tokens that run out", async () => {
    const { cells, winners } = await rowWith("revocation", { session: "revocationIgnored" });
    expect(cells.session).toMatchObject({
      value: null,
      text: expect.stringMatching(/^not refused within 15(\.\d)? s$/),
    });
    expect(cells["session-feed"].value).toBeLessThan(2000);
    expect(winners.classic).toBe("jwt");
    expect(winners.leaders).not.toContain("session");
  });

  it("a judge that takes a millisecond, in requests per second and in the time of one judgement", async () => {
    const { cells, series, winners } = await rowWith("scalability", { jwt: "slowToJudge" });
    expect(cells.jwt.value).toBeLessThan(1000);
    const cost = series?.[0]?.lines.find(({ column }) => column === "jwt");
    for (const [, microseconds] of cost?.points ?? []) expect(microseconds).toBeGreaterThan(1000);
    expect(cost?.points.length).toBeGreaterThan(0);
    expect(winners.classic).toBe("session");
    expect(winners.leaders).not.toContain("jwt");
  });

  it("a cookie that is twice as large, in bytes", async () => {
    const { cells, winners } = await rowWith("payload", { session: "cookieTwiceAsLarge" });
    const [good = Number.NaN, bad = Number.NaN] = [cells["session-feed"].value ?? 0, cells.session.value ?? 0];
    // The name of the header and its line end are there once: `Cookie: ` and CR LF, and between cookies `; `.
    expect(bad - 10).toBe(2 * (good - 10) + 2);
    expect(winners.leaders).toEqual(["session-feed"]);
  });

  it("a service that recognises nobody on other sites", async () => {
    const { cells, winners } = await rowWith("cross-domain", { jwt: "nobodyElsewhere" });
    expect(cells["jwt-alone"].value).toBe((cells.jwt.value ?? Number.NaN) + 1);
    expect(cells.jwt.detail).toContain(
      "another site that knows only where the issuer is: cookie refused (401), token refused (401)",
    );
    expect(winners).toMatchObject({ classic: "tie", leaders: ["jwt-alone"] });
  });

  it("a service that knows nobody by cookie", async () => {
    const { cells, winners } = await rowWith("cross-domain", { session: "cookiesIgnored" });
    expect(cells.session).toMatchObject({ value: 2, text: "0 of 3 sites by cookie, 2 by token" });
    expect(cells["session-feed"].text).toBe("1 of 3 sites by cookie, 2 by token");
    expect(winners.leaders).toEqual(["jwt", "jwt-alone"]);
  });

  it("a sign-out that ends nothing, and reuse of a refresh token that nobody notices", async () => {
    const { cells, winners } = await rowWith("theft", { session: "signOutEndsNothing", hybrid: "reuseUnnoticed" });
    expect(cells.session).toMatchObject({
      value: null,
      text: expect.stringMatching(/^still accepted 11(\.\d)? s after sign-out$/),
    });
    expect(winners.classic).toBe("jwt");
    expect(winners.leaders).not.toContain("session");
    expect(cells.jwt.detail).toContain("and the thief's next one 401");
    expect(cells.hybrid.detail).toContain("and the thief's next one 200");
    expect(cells.hybrid.detail).toMatch(/After a refresh token came twice: refused after (\d|10)(\.\d+)? s/);
  });

  it("a service that asks of no request where it comes from", async () => {
    const { cells, winners } = await rowWith("csrf-fixation", { session: "noCrossSiteCheck" });
    expect(cells["session-feed"].text).toBe("all 11 refused");
    // Five forged requests and a WebSocket; sign-in and sign-out are the issuer's, which checks.
    expect(cells.session).toMatchObject({ value: 6, text: "6 of 11 got through" });
    expect(winners.classic).toBe("jwt");
    expect(winners.leaders).not.toContain("session");
  });

  it("an issuer that asks of no request where it comes from, and a session id that is adopted", async () => {
    const { cells, winners } = await rowWith("csrf-fixation", {
      hybrid: "noCrossSiteCheckAtIssuer",
      session: "sessionIdAdopted",
    });
    expect(cells.hybrid).toMatchObject({ value: 2, text: "2 of 11 got through" });
    expect(cells.hybrid.detail).toContain("a sign-out by another site: got through");
    expect(cells.hybrid.detail).toContain("a sign-in to the attacker's account by another site: got through (200)");
    expect(cells.session).toMatchObject({ value: 1, text: "1 of 11 got through" });
    expect(cells.session.detail).toContain(
      "a session id that the attacker chose before the sign-in: got through (200)",
    );
    expect(winners).toMatchObject({ classic: "tie", leaders: ["session-feed"] });
  });

  it("a sign-in that lets the one before it live, and has no excuse for a token of that", async () => {
    const { cells, winners } = await rowWith("csrf-fixation", {
      session: "oldSignInLives",
      jwt: "oldSignInLives",
      "jwt-alone": "oldSignInLives",
    });
    const known = "a credential that the attacker knew before the victim signed in again: got through (200)";
    for (const column of ["session", "jwt", "jwt-alone"] as const) {
      expect(cells[column]).toMatchObject({ value: 1, text: "1 of 11 got through" });
      expect(cells[column].detail).toMatch(new RegExp(`${known.replace(/[()]/g, "\\$&")}\\.$`));
    }
    expect(winners.leaders).toEqual(["session-feed", "hybrid"]);
  });

  it("and says of a token that its issuer has ended that it has not run out", async () => {
    const { cells } = await rowWith("csrf-fixation", {});
    for (const column of ["jwt", "jwt-alone"] as const) {
      expect(cells[column].text).toBe("no cross-site request got through; a token outlived its session");
      expect(cells[column].detail).toContain("the issuer has ended it, but a service that follows no feed accepts");
    }
  });
});
