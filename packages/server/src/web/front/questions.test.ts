// The answers of the front page: what they claim is measured, and what they end in is there.

import { parseArgs } from "node:util";
import { describe, expect, it } from "vitest";
import { toPaste } from "../../adviser/configuration.ts";
import { rules } from "../../adviser/rules.ts";
import { everyAnswer } from "../../adviser/testing.ts";
import { commands, commonOptions } from "../../cli/commands.ts";
import { readConditions } from "../../cli/compare.ts";
import type { CommandOption } from "../../cli/contract.ts";
import { readCommittedReport } from "../../lab/report.ts";
import { comparison } from "../comparison.ts";
import { frontPage } from "../front-page.ts";
import { paths } from "../paths.ts";
import { askedQuestions } from "../questions-data.ts";
import { readMarkup } from "../testing/markup.ts";
import { writtenFigures } from "../testing/written-figures.ts";
import { tryPage } from "../try-page.ts";
import { addressOf, plainAnswer, withFigures } from "./questions.ts";

const report = readCommittedReport();
const asked = askedQuestions.map((each) => ({ ...each, it: each.question }));
const endings = askedQuestions.flatMap((each) => each.endings);

/** Reads a command line as the program would, and answers the options. Throws what the program would say. */
function parseCommand(text: string) {
  const words = text.split(" ");
  const command = [2, 1].flatMap((length) =>
    commands.filter(({ name }) => name === words.slice(0, length).join(" ")),
  )[0];
  if (command === undefined) throw new Error(`There is no command ${text}`);
  const options: Record<string, CommandOption> = { ...commonOptions, ...command.options };
  const args = words.slice(command.name.split(" ").length);
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
  const [least, most] = command.arity;
  if (positionals.length < least || positionals.length > most) throw new Error(`Usage: ${command.operands}`);
  return { command, values };
}

describe("the questions", () => {
  it("are those that visitors ask, each once", () => {
    const keys = askedQuestions.map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)]);
    expect(keys).toEqual(
      expect.arrayContaining(["more-secure", "when-to-use", "storage", "revoke-jwt", "scale", "headers", "sign-out"]),
    );
  });

  it.each(asked)("$it is answered, without a figure that nobody measured", ({ answer, measured = "" }) => {
    expect(answer.join("")).toMatch(/\S/);
    for (const text of [...answer, measured]) expect(writtenFigures(text)).toEqual([]);
  });

  it.each(asked.filter(({ measured }) => measured !== undefined))(
    "$it is answered by figures of the report",
    (entry) => {
      const { measured = "" } = entry;
      const words = withFigures(measured, report) ?? "";
      const named = [...measured.matchAll(/\{([a-z-]+)\.([a-z-]+)\}/g)];
      expect(named.length).toBeGreaterThan(0);
      expect(words).not.toMatch(/[{}]/);
      if (measured.includes("{lifetime}")) expect(words).toContain(`${report.conditions.accessLifetime} s`);
      for (const [, aspect, column] of named) {
        const cells = Object.entries(report.rows.find((row) => row.aspect === aspect)?.cells ?? {});
        const figure = cells.find(([name]) => name === column)?.[1].text;
        expect(figure).toMatch(/\S/);
        expect(words).toContain(figure);
      }
    },
  );

  it.each(asked.filter(({ measured }) => measured !== undefined))("$it says no figure where there is none", (entry) => {
    const { measured = "" } = entry;
    expect(withFigures(measured, { ...report, rows: [] })).toBeUndefined();
  });

  it.each(asked)("$it is a plain text for those who show no page", (entry) => {
    expect(plainAnswer(entry)).not.toMatch(/[`{}]/);
  });
});

describe("what answers end in", () => {
  const addresses = endings.flatMap((ending) => (ending.kind === "command" ? [] : [addressOf(ending)]));
  const assets = { style: "/assets/a.css", favicon: "/assets/b.svg" };
  const context = { assets, now: 0, site: { name: "Countersign", showcase: true } };
  const front = frontPage(context, { comparison, origin: "http://localhost:4000", report, isOwn: false });
  const places = new Set([
    ...idsOf(front).map((id) => `#${id}`),
    ...idsOf(tryPage(context)).map((id) => `${paths.tryIt}#${id}`),
  ]);

  it("is a place on the front page or on that of the tools", () => {
    expect(addresses.filter((address) => !places.has(address))).toEqual([]);
  });

  it("is of every kind: a row, the demonstration, the adviser, each tool, a command", () => {
    const tools = ["jwt", "cookie", "lifetimes", "size"].map((tool) => `${paths.tryIt}#${tool}`);
    expect(addresses).toEqual(expect.arrayContaining(["#row-theft", "#demonstration", "#verdict", ...tools]));
    expect(endings.map(({ kind }) => kind)).toContain("command");
  });

  it.each(endings.flatMap((ending) => (ending.kind === "command" ? [ending.command] : [])))(
    "is a command that the program understands: %s",
    (text) => {
      const { command, values } = parseCommand(text);
      expect(command.name).toBe("compare");
      const given = (option: string) => Object.entries(values).find(([name]) => name === option)?.[1];
      const conditions = readConditions({
        text: (option) => (typeof given(option) === "string" ? String(given(option)) : undefined),
        flag: (option) => given(option) === true,
      });
      expect(conditions.rows.length).toBeGreaterThan(0);
    },
  );

  it("is told apart from commands that there are not", () => {
    expect(() => parseCommand("compare --rows state --fast")).toThrow();
    expect(() => parseCommand("measure --rows state")).toThrow("no command");
    expect(() => parseCommand("services add")).toThrow("Usage");
  });
});

describe("the commands of the adviser", () => {
  const quoted = rules.flatMap(({ words }) =>
    [...words.matchAll(/`countersign ([^`]+)`/g)].map(([, text = ""]) => text),
  );
  const pasted = [...everyAnswer()]
    .filter(({ clients }) => clients.length > 0)
    .map((answers) => toPaste(answers).command);
  const texts = [
    ...quoted,
    ...pasted.flatMap((text) => (text === undefined ? [] : [text.replace(/^countersign /, "")])),
  ];

  it.each([...new Set(texts)])("are such as the program understands: %s", (text) => {
    expect(parseCommand(text).command.name).toMatch(/^(sessions revoke|services add)$/);
  });
});

function idsOf(page: string): readonly string[] {
  return readMarkup(page).elements.flatMap(({ attributes }) => attributes.id ?? []);
}
