// The cards of the front page as they are rendered: every word of the data, the right drawing, and a link that leads somewhere.

import { describe, expect, it } from "vitest";
import { readCommittedReport } from "../../lab/report.ts";
import { comparison, type System } from "../comparison.ts";
import { requestPath } from "../drawings.ts";
import { frontPage } from "../front-page.ts";
import { renderDocument } from "../html.ts";
import type { PageContext } from "../page.ts";
import { paths } from "../paths.ts";
import { type ReadElement, readMarkup } from "../testing/markup.ts";
import { tryPage } from "../try-page.ts";
import { systemsSection } from "./systems.ts";

const systems = comparison.systems.map((system) => ({ name: system.title, system }));
const section = readMarkup(renderDocument(systemsSection(comparison.systems)));

describe("a card of the front page", () => {
  it("is there for each system, and well-formed", () => {
    expect(section.faults).toEqual([]);
    const cards = section.elements.filter(({ name }) => name === "article");
    expect(cards.map(({ attributes }) => attributes["aria-labelledby"])).toEqual(
      comparison.systems.map(({ side }) => `system-${side}`),
    );
  });

  it.each(systems)("says what it is: $name", ({ system }) => {
    const card = cardOf(system);
    expect(textsOf(card, "h3")).toEqual([system.title]);
    expect(textsOf(card, "p").slice(0, 2)).toEqual([system.short, system.what].map(plain));
  });

  it.each(systems)("draws the path of a request, in words too: $name", ({ system }) => {
    const drawn = readMarkup(renderDocument(requestPath(system.side))).elements;
    expect(cardOf(system).filter(({ name }) => name === "svg")).toEqual(drawn.filter(({ name }) => name === "svg"));
    for (const name of ["title", "desc"]) {
      expect(textsOf(cardOf(system), name)).toEqual([expect.stringMatching(/\S/)]);
      expect(textsOf(cardOf(system), name)).toEqual(textsOf(drawn, name));
    }
  });

  it("has a drawing of its own for each system", () => {
    const drawings = systems.flatMap(({ system }) => textsOf(cardOf(system), "desc"));
    expect(new Set(drawings).size).toBe(systems.length);
  });

  it.each(systems)("has the steps, the strengths and the weaknesses, each under its title: $name", ({ system }) => {
    const { steps, strengths, weaknesses } = system;
    const card = cardOf(system);
    const parts = card.filter(({ name }) => name === "details");
    expect(textsOf(card, "summary")).toEqual([
      "How it works",
      "Strengths",
      "Weaknesses, and what this server does about them",
    ]);
    const lists = [
      steps.map(({ title, text }) => `${title}. ${text}`),
      strengths,
      weaknesses.map(({ text, here }) => `${text}Here: ${here}`),
    ].map((texts) => texts.map(plain));
    expect(textsOf(card, "li")).toEqual(lists.flat());
    parts.forEach((part, index) => {
      expect(squeezed(part.text)).toBe(`${textsOf(card, "summary")[index]}${lists[index]?.join("")}`);
    });
    expect(textsOf(card, "ol")).toHaveLength(1);
    expect(textsOf(card, "ul")).toHaveLength(2);
  });

  it.each(systems)(
    "names each part once for those who see it folded, and once for those who see it open: $name",
    ({ system }) => {
      const titles = textsOf(cardOf(system), "summary");
      expect(textsOf(cardOf(system), "h4")).toEqual(titles.flatMap((title) => [title, title]));
    },
  );

  it.each(systems)("ends in what can be tried: $name", ({ system }) => {
    const links = cardOf(system).filter(({ name }) => name === "a");
    expect(links.map(({ attributes, text }) => [attributes.href, text])).toEqual([[system.tryIt.href, "Try it"]]);
    expect(textsOf(cardOf(system), "p").at(-1)).toBe(`Try it${system.tryIt.text}`);
    expect(places()).toContain(system.tryIt.href);
  });

  it("leads to another place for each system", () => {
    expect(new Set(comparison.systems.map(({ tryIt }) => tryIt.href)).size).toBe(systems.length);
    expect(places()).not.toContain(`${paths.tryIt}#nothing`);
  });
});

/** The elements of one card, as far as the next. */
function cardOf({ side }: System): readonly ReadElement[] {
  const { elements } = section;
  const from = elements.findIndex(({ attributes }) => attributes["aria-labelledby"] === `system-${side}`);
  const rest = elements.slice(from + 1);
  const to = rest.findIndex(({ name }) => name === "article");
  return to === -1 ? rest : rest.slice(0, to);
}

function textsOf(elements: readonly ReadElement[], wanted: string): readonly string[] {
  return elements.filter(({ name }) => name === wanted).map(({ text }) => squeezed(text));
}

/** Text of the data as a page shows it. */
function plain(text: string): string {
  return squeezed(text.replaceAll("`", ""));
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Every address that leads to a part of the front page, or of the page of tools. */
function places(): readonly string[] {
  const context: PageContext = {
    assets: { style: "/assets/a.css", favicon: "/assets/b.svg" },
    now: 0,
    site: { name: "Countersign", showcase: true },
  };
  const model = { comparison, origin: "http://localhost:4000", report: readCommittedReport(), isOwn: false };
  const idsOf = (page: string) => readMarkup(page).elements.flatMap(({ attributes }) => attributes.id ?? []);
  return [
    ...idsOf(frontPage(context, model)).map((id) => `#${id}`),
    ...idsOf(tryPage(context)).map((id) => `${paths.tryIt}#${id}`),
  ];
}
