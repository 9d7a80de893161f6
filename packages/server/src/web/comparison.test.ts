import { describe, expect, it } from "vitest";
import { comparison, tally } from "./comparison.ts";

const asked = ["state", "revocation", "scalability", "payload", "cross-domain", "theft", "csrf"];

describe("the comparison", () => {
  it("has every row that visitors ask for, each once", () => {
    const keys = comparison.rows.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining(asked));
    expect(keys).toEqual([...new Set(keys)]);
  });

  it.each(comparison.rows)("says in the row $key what each does, who is better and why", (row) => {
    expect(["session", "jwt", "tie"]).toContain(row.winner);
    for (const text of [row.aspect, row.question, row.session.text, row.jwt.text, row.why]) expect(text).toMatch(/\S/);
  });

  it("lets neither side win everything", () => {
    const { session, jwt } = tally(comparison.rows);
    expect(Math.min(session, jwt)).toBeGreaterThan(0);
  });

  it("counts every row once", () => {
    const counts = tally(comparison.rows);
    expect(counts.session + counts.jwt + counts.tie).toBe(comparison.rows.length);
    expect(tally([])).toEqual({ session: 0, jwt: 0, tie: 0 });
  });

  it("describes a session and a JWT, each with four steps, strengths, and an answer to each weakness", () => {
    expect(comparison.systems.map(({ side }) => side)).toEqual(["session", "jwt"]);
    for (const system of comparison.systems) {
      expect(system.steps).toHaveLength(4);
      expect(system.strengths.length).toBeGreaterThanOrEqual(4);
      expect(system.weaknesses.length).toBeGreaterThanOrEqual(4);
      for (const { text, here } of system.weaknesses) expect(`${text}${here}`).toMatch(/\S/);
    }
  });

  it("advises when to choose each, and when both", () => {
    expect(comparison.verdict.title).toBe("It depends on your architecture");
    expect(comparison.verdict.advice.map(({ choice }) => choice)).toEqual(["session", "jwt", "both"]);
    for (const { when } of comparison.verdict.advice) expect(when.length).toBeGreaterThanOrEqual(3);
  });

  it("answers each question once", () => {
    const keys = comparison.questions.map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)]);
    for (const { answer } of comparison.questions) expect(answer.join("")).toMatch(/\S/);
  });

  it("closes every piece of code that it opens", () => {
    const texts: string[] = [];
    JSON.stringify(comparison, (_, value: unknown) => {
      if (typeof value === "string") texts.push(value);
      return value;
    });
    expect(texts.filter((text) => (text.split("`").length - 1) % 2 === 1)).toEqual([]);
  });
});
