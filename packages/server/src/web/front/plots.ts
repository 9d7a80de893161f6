// The plots of the front page, from the series and cells of the report; each with its numbers as a table. Draws nothing by itself.

import { type Column, columns, columnWords, type Report, type Row, type Series } from "../../lab/contract.ts";
import { bytesText, quantile, refusalText, short } from "../../lab/figures.ts";
import { html, type Piece } from "../html.ts";
import { barPlot, legendMark, linePlot, type PlotWords, rangePlot } from "../plot.ts";

/** The plots that this report has the numbers for; a run of some rows has not all. */
export function plotsSection(report: Report): Piece | null {
  const figures = [revocationPlot(report), ...linePlots.map((kind) => growthPlot(report, kind)), keptPlot(report)];
  const drawn = figures.filter((figure) => figure !== undefined);
  if (drawn.length === 0) return null;
  return html`<div class="plots">
    <h3 class="visually-hidden">Plots</h3>
    ${drawn}
  </div>`;
}

/** From the moment of the sign-out to the last refusal: its middle and its spread. */
function revocationPlot(report: Report): Piece | undefined {
  const series = seriesOf(report, "revocation", 0);
  if (series === undefined) return undefined;
  const rows = series.lines.map(({ column, points }) => {
    const times = points.map(([, ms]) => ms);
    const spread = {
      from: quantile(times, 0),
      middle: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      to: quantile(times, 1),
    };
    return { key: column, name: columnWords[column], text: `median ${refusalText(spread.middle)}`, ...spread };
  });
  return figure({
    words: { id: "plot-revocation", title: "How long a credential works after its owner signed out" },
    note: "Mark: the median. Line: from the quickest round to the slowest. Each step of the axis is ten times the one before; what is below stands at its start.",
    description: rows
      .map(({ name, middle, to }) => `${name}: median ${refusalText(middle)}, at worst ${refusalText(to)}.`)
      .join(" "),
    draw: (words) => rangePlot(words, { name: "milliseconds for which a service still accepts", scale: "log" }, rows),
    head: ["Median", "p99", "Worst"],
    rows: rows.map(({ name, middle, p99, to }) => [name, refusalText(middle), refusalText(p99), refusalText(to)]),
  });
}

interface LinePlot {
  readonly aspect: Row["aspect"];
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly note: string;
}

const linePlots: readonly LinePlot[] = [
  {
    aspect: "scalability",
    id: "plot-cost",
    title: "What one judgement costs as the sessions grow",
    unit: "µs",
    note: "Inside one process, without the network. Both axes are logarithmic.",
  },
  {
    aspect: "payload",
    id: "plot-bytes",
    title: "What a request of a program carries as the claims grow",
    unit: "B",
    note: "As a bearer token. Cookies hold identifiers only, and stay as they are.",
  },
];

/** What grows as something else does, a line for each system. */
function growthPlot(report: Report, { aspect, id, title, unit, note }: LinePlot): Piece | undefined {
  const series = seriesOf(report, aspect, 0);
  if (series === undefined) return undefined;
  const { x, y, lines } = series;
  const places = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const plotted = lines.map(({ column, points }) => ({ key: column, points }));
  const valueAt = (column: Column, place: number) => {
    const found = lines.find((line) => line.column === column)?.points.find(([at]) => at === place);
    return found === undefined ? "–" : `${short(found[1])} ${unit}`;
  };
  return figure({
    words: { id, title },
    note,
    description: lines.map(({ column, points }) => lineWords(column, points, x.name, unit)).join(" "),
    draw: (words) => linePlot(words, x, y, plotted),
    legend: columns.filter((column) => lines.some((line) => line.column === column)),
    head: places.map((place) => `${short(place)} ${x.name}`),
    rows: lines.map(({ column }) => [columnWords[column], ...places.map((place) => valueAt(column, place))]),
  });
}

/** The store's rows, at the largest number of subjects that was measured. */
function keptPlot(report: Report): Piece | undefined {
  const series = seriesOf(report, "state", 0);
  if (series === undefined) return undefined;
  const rows = series.lines.flatMap(({ column, points }) => {
    const [subjects, value] = points.at(-1) ?? [];
    if (subjects === undefined || value === undefined) return [];
    return [{ key: column, name: columnWords[column], text: bytesText(value), value, subjects }];
  });
  const most = Math.max(...rows.map(({ subjects }) => subjects));
  return figure({
    words: { id: "plot-kept", title: "What the store keeps for each subject who is signed in" },
    note: `With ${short(most)} subjects, as the growth of the database file.`,
    description: rows.map(({ name, text }) => `${name}: ${text}.`).join(" "),
    draw: (words) => barPlot(words, "bytes per subject", rows),
    head: ["Kept"],
    rows: rows.map(({ name, text }) => [name, text]),
  });
}

function seriesOf({ rows }: Report, aspect: Row["aspect"], index: number): Series | undefined {
  return rows.find((row) => row.aspect === aspect)?.series?.[index];
}

function lineWords(column: Column, points: Series["lines"][number]["points"], name: string, unit: string): string {
  const parts = [points[0], points.at(-1)].map(
    (point) => point && `${short(point[1])} ${unit} at ${short(point[0])} ${name}`,
  );
  return `${columnWords[column]}: ${parts.filter((part) => part !== undefined).join(", ")}.`;
}

interface Figure {
  readonly words: Omit<PlotWords, "description">;
  readonly description: string;
  readonly note: string;
  readonly draw: (words: PlotWords) => Piece;
  readonly legend?: readonly Column[];
  readonly head: readonly string[];
  /** Each with the name of its system first. */
  readonly rows: readonly (readonly string[])[];
}

function figure({ words, description, note, draw, legend = [], head, rows }: Figure): Piece {
  return html`<figure class="plot-figure">
    <figcaption><h4>${words.title}</h4><p>${note}</p></figcaption>
    ${draw({ ...words, description })}
    ${legend.length === 0 ? null : html`<ul class="plot-legend" aria-hidden="true">${legend.map((column) => html`<li>${legendMark(column)}${columnWords[column]}</li>`)}</ul>`}
    <details class="plot-numbers">
      <summary>The numbers<span class="visually-hidden">: ${words.title}</span></summary>
      <div class="plot-table" tabindex="0" role="group" aria-label=${`The numbers: ${words.title}`}><table>
        <thead><tr><th scope="col">System</th>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>${rows.map(([name, ...figures]) => html`<tr><th scope="row">${name}</th>${figures.map((text) => html`<td>${text}</td>`)}</tr>`)}</tbody>
      </table></div>
    </details>
  </figure>`;
}
