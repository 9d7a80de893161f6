import { describe, expect, it } from "vitest";
import { aspects } from "../lab/contract.ts";
import { comparison } from "./comparison.ts";

describe("the comparison", () => {
  it("asks a question in each row of the table, and says where its figures come from", () => {
    expect(Object.keys(comparison.rows)).toEqual([...aspects]);
    for (const { question, why } of Object.values(comparison.rows)) {
      expect(question).toMatch(/\?$/);
      expect(why).toMatch(/\S/);
    }
  });

  it("writes down neither figure nor winner beside the table", () => {
    const words = JSON.stringify([comparison.systems, comparison.rows, comparison.unmeasured]).replaceAll(
      "RFC 7519",
      "",
    );
    expect(words.match(/\d+|\bwins?\b|\bbetter\b/gi)).toBeNull();
  });

  it("describes a JWT, a session and the hybrid, each with four steps, strengths, and an answer to each weakness", () => {
    expect(comparison.systems.map(({ side }) => side)).toEqual(["jwt", "session", "hybrid"]);
    for (const system of comparison.systems) {
      expect(system.steps).toHaveLength(4);
      expect(system.strengths.length).toBeGreaterThanOrEqual(4);
      expect(system.weaknesses.length).toBeGreaterThanOrEqual(4);
      for (const { text, here } of system.weaknesses) expect(`${text}${here}`).toMatch(/\S/);
    }
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
