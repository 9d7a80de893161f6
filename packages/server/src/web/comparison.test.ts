import { describe, expect, it } from "vitest";
import { classics } from "../adviser/classics.ts";
import { rules } from "../adviser/rules.ts";
import { panes } from "../demonstration/contract.ts";
import { paneLines } from "../demonstration/words.ts";
import { aspects } from "../lab/contract.ts";
import { comparison } from "./comparison.ts";
import { demonstrationSection } from "./front/demonstration.ts";
import { mistakesSection } from "./front/mistakes.ts";
import { renderDocument } from "./html.ts";
import { readMarkup } from "./testing/markup.ts";
import { textsIn, writtenFigures } from "./testing/written-figures.ts";

describe("the comparison", () => {
  it("asks a question in each row of the table, and says where its figures come from", () => {
    expect(Object.keys(comparison.rows)).toEqual([...aspects]);
    for (const { question, why } of Object.values(comparison.rows)) {
      expect(question).toMatch(/\?$/);
      expect(why).toMatch(/\S/);
    }
  });

  it("writes down no winner beside the table", () => {
    const words = JSON.stringify([comparison.systems, comparison.rows, comparison.unmeasured]);
    expect(words.match(/\bwins?\b|\bbetter\b/gi)).toBeNull();
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
    expect(textsIn(comparison).filter((text) => (text.split("`").length - 1) % 2 === 1)).toEqual([]);
  });
});

describe("a figure that nobody measured", () => {
  const stories = readMarkup(renderDocument(demonstrationSection({ isLive: false })))
    .elements.filter(({ name }) => name === "dd")
    .map(({ text }) => text);

  it.each<{ where: string; texts: readonly string[] }>([
    { where: "the comparison", texts: textsIn(comparison) },
    { where: "the common mistakes", texts: [renderDocument(mistakesSection([])).replace(/<[^>]*>/g, "")] },
    { where: "the general verdict", texts: textsIn(classics) },
    { where: "the rules of the adviser", texts: rules.map(({ words }) => words) },
    { where: "the stories of the demonstration", texts: stories },
    { where: "the lines of the demonstration", texts: panes.map((pane) => paneLines[pane]) },
  ])("stands nowhere in $where", ({ texts }) => {
    expect(texts.join("")).toMatch(/\S/);
    expect(texts.flatMap(writtenFigures)).toEqual([]);
  });

  it.each([
    "Tokens live five minutes at most.",
    "It is several times larger.",
    "refused within milliseconds",
    "43 bytes",
    "a thousand requests in ten seconds",
    "twenty-five percent",
    "dozens of times",
  ])("is found: %s", (text) => {
    expect(writtenFigures(text)).not.toEqual([]);
  });

  it.each([
    "a standard (RFC 7519)",
    "It answers 503.",
    "two cookies, one read by key, in minutes",
    "`jwt.lifetime: 300`",
    "for days",
  ])("is told apart from other words: %s", (text) => {
    expect(writtenFigures(text)).toEqual([]);
  });
});
