// What the front page says of a report: whatever the figures come to, and nobody wins but by them.

import { describe, expect, it } from "vitest";
import {
  type Column,
  columnMeanings,
  columns,
  columnWords,
  type Report,
  type Row,
  type Turns,
} from "../lab/contract.ts";
import { refusalText } from "../lab/figures.ts";
import { readCommittedReport } from "../lab/report.ts";
import { judgeRow } from "../lab/run.ts";
import { comparison } from "./comparison.ts";
import { type FrontModel, frontPage } from "./front-page.ts";
import type { PageContext } from "./page.ts";
import { askedQuestions } from "./questions-data.ts";
import { type ReadElement, readMarkup } from "./testing/markup.ts";
import { typedCommand } from "./typed-command.ts";

const assets = { style: "/assets/a.css", favicon: "/assets/b.svg" };
const context: PageContext = { assets, now: 0, site: { name: "Countersign", showcase: true } };
const committed = readCommittedReport();
const model: FrontModel = { comparison, origin: "http://localhost:4000", report: committed, isOwn: false };

/** The committed report, but that this row has these values, in the order of the columns. */
function withValues(aspect: Row["aspect"], values: readonly (number | null)[]): Report {
  const rows = committed.rows.map((row) => {
    if (row.aspect !== aspect) return row;
    const cells = columns.map((column, index) => {
      const value = values[index] ?? null;
      return [column, { value, unit: "B", text: `made-up ${value} B`, detail: `${column} in detail` }];
    });
    return judgeRow({
      ...row,
      better: "less",
      margin: { relative: 0.1, absolute: 1 },
      cells: Object.fromEntries(cells),
    });
  });
  return { ...committed, rows };
}

function rowOf(
  report: Report,
  aspect: Row["aspect"],
): { readonly row: string; readonly cells: readonly ReadElement[] } {
  const { elements } = readMarkup(frontPage(context, { ...model, report }));
  const row = elements.find(({ attributes }) => attributes.id === `row-${aspect}`);
  const at = row === undefined ? -1 : elements.indexOf(row);
  return {
    row: row?.text ?? "",
    cells: elements
      .slice(at)
      .filter(({ name }) => name === "td")
      .slice(0, columns.length + 1),
  };
}

function leading(report: Report, aspect: Row["aspect"]): readonly Column[] {
  const { cells } = rowOf(report, aspect);
  return columns.filter((_, index) => cells[index]?.attributes.class?.includes("versus-leads"));
}

/** Turns in which each column is as often the fastest as the slowest. */
const scattered: Turns = {
  session: [100, 200, 300, 100, 200, 300, 100, 300],
  "session-feed": [200, 300, 100, 200, 300, 100, 300, 100],
  jwt: [300, 100, 200, 300, 100, 200, 200, 200],
  "jwt-alone": [100, 300, 200, 300, 200, 100, 100, 300],
  hybrid: [200, 100, 300, 100, 300, 200, 300, 200],
};

describe("the table", () => {
  it.each<{ it: string; values: readonly (number | null)[]; says: readonly string[]; leads: readonly Column[] }>([
    {
      it: "names a session that wins both",
      values: [10, 50, 50, 50, 50],
      says: ["JWT or session: Session", "Of all five: Session", "Beaten here: session under the feed and hybrid."],
      leads: ["session"],
    },
    {
      it: "names a JWT that wins both",
      values: [50, 50, 10, 50, 50],
      says: ["JWT or session: JWT", "Of all five: JWT with refresh", "Beaten here: session under the feed and hybrid."],
      leads: ["jwt"],
    },
    {
      it: "names the hybrid, and who would win without it",
      values: [30, 50, 50, 50, 10],
      says: ["JWT or session: Session", "Of all five: Hybrid", "Beaten here: session under the feed."],
      leads: ["hybrid"],
    },
    {
      it: "says that the hybrid is beaten where it is",
      values: [10, 10, 50, 50, 90],
      says: [
        "JWT or session: Session",
        "Of all five: Tie of Session and Session under the feed",
        "Beaten here: hybrid.",
      ],
      leads: ["session", "session-feed"],
    },
    {
      it: "calls a tie a tie, although one figure is a little better",
      values: [100, 101, 102, 103, 104],
      says: ["JWT or session: Tie", "Of all five: Tie of all"],
      leads: [],
    },
    {
      it: "lets nobody win without a figure",
      values: [null, null, null, null, null],
      says: ["JWT or session: Tie", "Of all five: None has a figure"],
      leads: [],
    },
  ])("$it", ({ values, says, leads }) => {
    const report = withValues("payload", values);
    const { row } = rowOf(report, "payload");
    for (const words of says) expect(row).toContain(words);
    if (!says.some((words) => words.startsWith("Beaten"))) expect(row).not.toContain("Beaten");
    expect(leading(report, "payload")).toEqual(leads);
  });

  it.each([
    {
      name: "scatter set a wide margin, as in reports of before",
      change: { margin: { relative: 9, absolute: 0 }, turns: undefined },
      words: "one and the same load scattered so much",
    },
    {
      name: "turns contradict each other",
      change: { turns: scattered },
      words: "better by more than 5 % of the smaller one in three turns of four. Where turns contradict each other",
    },
  ])("says that it is too noisy to say where $name, and marks nobody", ({ change, words }) => {
    const rows = committed.rows.map((row) => {
      const { turns = undefined, ...changed } = { ...row, ...change };
      return row.aspect === "scalability" ? judgeRow({ ...changed, ...(turns && { turns }) }) : row;
    });
    const report = { ...committed, rows };
    const { row } = rowOf(report, "scalability");
    expect(row).toContain("JWT or session: Too noisy to say");
    expect(row).toContain("Of all five: Too noisy to say");
    expect(row).toContain(words);
    expect(leading(report, "scalability")).toEqual([]);
    expect(readable({ report })).toContain("1 too noisy to say");
  });

  it("says before it what each column is, and beside each row what is compared", () => {
    const text = readable({});
    for (const column of columns) expect(text).toContain(columnMeanings[column]);
    for (const { aspect, cells, note } of committed.rows) {
      const { row } = rowOf(committed, aspect);
      expect(row).toContain(`Compared: ${cells.session.unit}`);
      if (note !== undefined) expect(row).toContain(note);
    }
    expect(rowOf(committed, "state").row).toContain("the bytes kept stand beside them and decide nothing");
  });

  it("has every row of the report in its order, each cell with its system and its figure", () => {
    for (const row of committed.rows) {
      const { cells } = rowOf(committed, row.aspect);
      columns.forEach((column, index) => {
        expect(cells[index]?.attributes["data-label"]).toBe(columnWords[column]);
        expect(cells[index]?.text.replaceAll("\u00a0", " ")).toContain(row.cells[column].text);
      });
    }
    const { elements } = readMarkup(frontPage(context, model));
    const ids = elements.flatMap(({ attributes }) => attributes.id ?? []).filter((id) => id.startsWith("row-"));
    expect(ids).toEqual(committed.rows.map(({ aspect }) => `row-${aspect}`));
  });

  it("says of each row what was measured, in every detail, by which margin, and its limits", () => {
    for (const row of committed.rows) {
      const { row: text } = rowOf(committed, row.aspect);
      const escaped = (words: string) => words.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
      for (const words of [row.sentence, row.limits, ...columns.map((column) => row.cells[column].detail)]) {
        expect(text).toContain(escaped(words));
      }
      expect(text).toContain(`${row.better} is better`);
    }
  });

  it("counts the rows by their winners", () => {
    const even = { ...committed, rows: [] };
    expect(readable({ report: even })).toContain("0 for sessions0 for JWTs0 ties");
    const report = {
      ...committed,
      rows: withValues("payload", [50, 50, 10, 50, 50]).rows.filter(({ aspect }) => aspect === "payload"),
    };
    expect(readable({ report })).toContain("0 for sessions1 for JWTs0 ties");
  });
});

describe("the plots", () => {
  const figures = (report: Report) =>
    readMarkup(frontPage(context, { ...model, report }))
      .elements.filter(({ name }) => name === "figure")
      .filter(({ attributes }) => attributes.class === "plot-figure");
  const ofRows = (...kept: readonly Row["aspect"][]): Report => ({
    ...committed,
    rows: committed.rows.filter(({ aspect }) => kept.includes(aspect)),
  });

  it("say in numbers what they draw, for every system", () => {
    const [revocation, cost, bytes, kept] = figures(committed).map(({ text }) => text);
    for (const text of [revocation, cost, bytes, kept]) {
      for (const column of columns) expect(text).toContain(columnWords[column]);
    }
    const series = (aspect: Row["aspect"]) => committed.rows.find((row) => row.aspect === aspect)?.series?.[0];
    for (const { points } of series("payload")?.lines ?? []) {
      for (const [, value] of points) expect(bytes).toContain(`${value} B`);
    }
    for (const { points } of series("revocation")?.lines ?? []) {
      expect(revocation).toContain(refusalText(Math.max(...points.map(([, ms]) => ms))));
    }
    expect(cost).toContain("µs");
    expect(kept).toContain("0 B");
  });

  it.each<{ it: string; report: Report; count: number }>([
    { it: "are those that a run of some rows has numbers for", report: ofRows("payload", "theft"), count: 1 },
    { it: "are none where no row has any", report: ofRows("theft"), count: 0 },
  ])("$it", ({ report, count }) => {
    expect(figures(report)).toHaveLength(count);
  });
});

describe("what the page says of its figures", () => {
  it("tells the project's machine from the reader's", () => {
    expect(readable({})).toContain("Measured on the project’s machine");
    expect(readable({ isOwn: true })).toContain("Measured on this machine");
    expect(readable({ isOwn: true })).not.toContain("Measured on the project’s machine");
  });

  it("names machine, versions, conditions, date and command", () => {
    const { machine, versions, command } = committed;
    for (const words of [machine.cpu, machine.os, versions.node, versions.countersign, typedCommand(command)]) {
      expect(readable({})).toContain(words);
    }
    expect(readable({ report: { ...committed, date: "2027-01-02T03:04:05.000Z" } })).toContain("2 Jan 2027, 03:04 UTC");
  });

  it("shows another report at once, in the table, the plots and the answers, and the first one again after it", () => {
    const before = frontPage(context, model);
    const renamed = committed.rows.map((row) => (row.aspect === "payload" ? { ...row, title: "Weight" } : row));
    const lifetime = { ...committed.conditions, accessLifetime: 77 };
    const another: Report = { ...committed, rows: renamed, conditions: lifetime, date: "2027-01-02T03:04:05.000Z" };
    const after = readable({ report: another, isOwn: true });
    for (const words of ["Weight", "77 s", "2 Jan 2027", "Measured on this machine"]) expect(after).toContain(words);
    const without = { ...another, rows: another.rows.filter(({ aspect }) => aspect !== "payload") };
    expect(readable({ report: without })).not.toContain("What a request of a program carries");
    expect(frontPage(context, model)).toBe(before);
  });

  it("calls a quick run one", () => {
    const report = { ...committed, conditions: { ...committed.conditions, quick: true } };
    expect(readable({ report })).toContain("in a quick run");
    expect(readable({})).not.toContain("in a quick run");
  });
});

describe("the panel of the lab", () => {
  const forms = (lab: FrontModel["lab"]) =>
    readMarkup(frontPage(context, { ...model, lab }))
      .elements.filter(({ name, attributes }) => name === "form" && attributes.action?.startsWith("/lab/"))
      .map(({ attributes }) => [attributes.action, "hidden" in attributes]);
  const progress = { done: 2, of: 7, aspect: "payload", words: "Payload size", elapsedSeconds: 65 } as const;

  it("starts a run by a form", () => {
    expect(forms({ running: false })[0]).toEqual(["/lab/run", false]);
  });

  it("shows how far a run is, and a form that stops it in place of the one that starts it", () => {
    const lab = { running: true, progress };
    expect(forms(lab)).toEqual([
      ["/lab/run", true],
      ["/lab/stop", false],
    ]);
    expect(readable({ lab })).toContain("2 of 7 rows done. Now: Payload size");
  });

  it.each([
    { lastRun: "failed", says: "The last run failed." },
    { lastRun: "stopped", says: "The last run was stopped." },
  ] as const)("says that the last run $lastRun", ({ lastRun, says }) => {
    expect(readable({ lab: { running: false, lastRun } })).toContain(says);
  });

  it("shows the command to visitors who may not run it, and no form", () => {
    expect(forms(undefined)).toEqual([]);
    expect(readable({})).toContain(typedCommand("countersign compare --quick"));
  });
});

describe("the front page", () => {
  const scripts = (given: PageContext) =>
    readMarkup(frontPage(given, model)).elements.filter(({ attributes }) => attributes.type === "module");

  it("asks for its script where that was built, and does without where not", () => {
    const built = { ...context, assets: { ...assets, scripts: { front: "/assets/front.js" } } };
    expect(scripts(built).map(({ attributes }) => attributes.src)).toEqual(["/assets/front.js"]);
    expect(scripts(context)).toEqual([]);
  });

  it("tells search engines what the page says, and nothing that ends the element early", () => {
    const document = frontPage(context, model);
    const [, data = ""] = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(document) ?? [];
    const graph: { "@graph": { mainEntity?: { name: string; acceptedAnswer: { text: string } }[] }[] } =
      JSON.parse(data);
    const asked = graph["@graph"].flatMap(({ mainEntity = [] }) => mainEntity);
    expect(asked.map(({ name }) => name)).toEqual(askedQuestions.map(({ question }) => question));
    for (const { acceptedAnswer } of asked) expect(acceptedAnswer.text).toMatch(/\S/);
    expect(data).not.toMatch(/[<>&]/);
  });

  it("invites strangers to sign up, and leads those signed in to their sessions", () => {
    expect(readable({})).toContain("Sign up and see both");
    const signedIn = frontPage({ ...context, account: { email: "ada@example.com" } }, model);
    expect(signedIn).not.toContain("Sign up and see both");
    expect(signedIn).toContain("See your sessions");
  });
});

/** The page's words, without tags and with single spaces. */
function readable(change: Partial<FrontModel>): string {
  const body = readMarkup(frontPage(context, { ...model, ...change })).elements.find(({ name }) => name === "main");
  return (body?.text ?? "").replace(/\s+/g, " ");
}
