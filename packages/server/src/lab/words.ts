// A report in words: as text for a terminal, and as Markdown. Judges no figure.

import { alignColumns } from "../cli/table.ts";
import { type Column, columnMeanings, columns, columnWords, type Report, type Row } from "./contract.ts";

/** The table for a terminal: each row with the figure of each system, then who wins. */
export function reportText(report: Report): string {
  const figures = report.rows.flatMap((row) => [
    ["", "", ""],
    ...columns.map((column, index) => [
      index === 0 ? row.title : "",
      `${row.winners.leaders.includes(column) ? "*" : " "} ${columnWords[column]}`,
      row.cells[column].text,
    ]),
  ]);
  const winners = report.rows.map((row) => [row.title, classicWords(row), allWords(row)]);
  return [
    ...alignColumns([["", "  SYSTEM", "FIGURE"], ...figures]),
    "",
    "* nobody is better by more than the margin. None is marked where all are as good, or where it is too noisy to say.",
    "",
    ...alignColumns([["WHO WINS", "JWT OR SESSION", "OF ALL"], ...winners]),
    "",
    ...columns.map((column) => `${columnWords[column]}: ${columnMeanings[column]}.`),
    "",
    ...report.rows.map((row) => [`${row.title}: ${row.sentence}`, row.note].filter(Boolean).join(" ")),
    "",
    `${report.command}, ${report.tookSeconds} s, on ${machineWords(report)}`,
    "",
  ].join("\n");
}

/** The whole report as Markdown, with each row's details and limits. */
export function reportMarkdown(report: Report): string {
  const head = ["", ...columns.map((column) => columnWords[column]), "JWT or session", "of all"];
  return [
    "# JWT or sessions, measured",
    "",
    `Made on ${report.date} by \`${report.command}\` in ${report.tookSeconds} s, on ${machineWords(report)}.`,
    "",
    tableLine(head),
    tableLine(head.map(() => "---")),
    ...report.rows.map((row) =>
      tableLine([row.title, ...columns.map((column) => row.cells[column].text), classicWords(row), allWords(row)]),
    ),
    "",
    ...columns.map((column) => `- **${columnWords[column]}**: ${columnMeanings[column]}.`),
    "",
    ...report.rows.flatMap(rowMarkdown),
  ].join("\n");
}

function rowMarkdown(row: Row): string[] {
  const { relative, absolute } = row.margin;
  return [
    `## ${row.title}`,
    "",
    row.sentence,
    "",
    ...(row.note === undefined ? [] : [row.note, ""]),
    ...columns.map((column) => `- **${columnWords[column]}**: ${row.cells[column].text}. ${row.cells[column].detail}`),
    "",
    `A figure wins when it is better by more than ${Math.round(relative * 100)} % of the smaller one and ${absolute} (${row.cells.session.unit}; ${row.better} is better).`,
    "",
    `Limits: ${row.limits}`,
    "",
  ];
}

function tableLine(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

function classicWords({ winners }: Row): string {
  return { session: "session", jwt: "JWT", tie: "tie", noisy: "too noisy to say" }[winners.classic];
}

function allWords({ winners }: Row): string {
  const name = (column: Column) => columnWords[column].toLowerCase().replace("jwt", "JWT");
  if (winners.all === "noisy") return "too noisy to say";
  if (winners.all !== "tie") return name(winners.all);
  return winners.leaders.length === 0 ? "tie" : `tie: ${winners.leaders.map(name).join(", ")}`;
}

function machineWords({ machine, versions }: Report): string {
  const memory = Math.round(machine.memoryBytes / 2 ** 30);
  return `${machine.cpu}, ${machine.cores} cores, ${memory} GiB, ${machine.os}, Node.js ${versions.node}, Countersign ${versions.countersign}`;
}
