// Plots as SVG, drawn from numbers: lines over two axes, and ranges or bars over one. Colours come from the style sheet; knows no report.

import { html, type Piece } from "./html.ts";

/** How an axis is divided. */
export type Scale = "linear" | "log";

export interface PlotAxis {
  readonly name: string;
  readonly scale: Scale;
}

/** One line with its points, in the order of x. */
export interface PlotLine {
  /** Names its colour and mark: `plot-KEY` in the style sheet. */
  readonly key: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One row of ranges: a dot at `middle`, a line from `from` to `to`. */
export interface PlotRange {
  readonly key: string;
  readonly name: string;
  /** Stands at the end of the row. */
  readonly text: string;
  readonly from: number;
  readonly middle: number;
  readonly to: number;
}

/** One bar, from nothing to `value`. */
export interface PlotBar {
  readonly key: string;
  readonly name: string;
  readonly text: string;
  readonly value: number;
}

/** What a plot says of itself to those who do not see it. */
export interface PlotWords {
  /** Distinguishes the plot's ids on the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

const width = 420;
const frame = { left: 62, right: 30, top: 34, bottom: 52 } as const;
const height = 300;
const rowHeight = 50;

/** Lines over two axes. A logarithmic axis shows what is not above zero at its foot. */
export function linePlot(words: PlotWords, x: PlotAxis, y: PlotAxis, lines: readonly PlotLine[]): Piece {
  const points = lines.flatMap((line) => line.points);
  const across = axisOf(
    x.scale,
    points.map(([at]) => at),
    [frame.left, width - frame.right],
  );
  const up = axisOf(
    y.scale,
    points.map(([, at]) => at),
    [height - frame.bottom, frame.top],
  );
  return drawing(
    words,
    height,
    html`
    ${up.ticks.map((tick) => html`<g><path class="plot-grid" d=${`M${frame.left} ${round(up.at(tick))} H${width - frame.right}`} /><text class="plot-tick" x=${frame.left - 8} y=${round(up.at(tick)) + 4.5} text-anchor="end">${tickText(tick)}</text></g>`)}
    ${across.ticks.map((tick) => html`<text class="plot-tick" x=${round(across.at(tick))} y=${height - frame.bottom + 22} text-anchor="middle">${tickText(tick)}</text>`)}
    <text class="plot-name" x="2" y="16">${y.name}</text>
    <text class="plot-name" x=${width - 2} y=${height - 6} text-anchor="end">${x.name}</text>
    ${lines.map((line) => drawLine(line, across.at, up.at))}`,
  );
}

/** Ranges below one another over one axis. */
export function rangePlot(words: PlotWords, axis: PlotAxis, rows: readonly PlotRange[]): Piece {
  const values = rows.flatMap(({ from, middle, to }) => [from, middle, to]);
  const { at, ticks } = axisOf(axis.scale, values, [12, width - 30]);
  const foot = rows.length * rowHeight + 8;
  return drawing(
    words,
    foot + frame.bottom,
    html`
    ${scaleBelow(axis, ticks, at, foot)}
    ${rows.map((row, index) => {
      const middle = index * rowHeight + 36;
      return html`<g class=${`plot-${row.key}`}>
        ${rowWords(row, index)}
        <path class="plot-range" d=${`M${round(at(row.from))} ${middle} H${round(at(row.to))}`} />
        ${mark(row.key, at(row.middle), middle)}
      </g>`;
    })}`,
  );
}

/** Bars below one another over one axis that begins at zero. */
export function barPlot(words: PlotWords, name: string, rows: readonly PlotBar[]): Piece {
  const { at, ticks } = axisOf(
    "linear",
    rows.map(({ value }) => value),
    [12, width - 30],
  );
  const foot = rows.length * rowHeight + 8;
  return drawing(
    words,
    foot + frame.bottom,
    html`
    ${scaleBelow({ name, scale: "linear" }, ticks, at, foot)}
    ${rows.map((row, index) => {
      const top = index * rowHeight + 28;
      return html`<g class=${`plot-${row.key}`}>
        ${rowWords(row, index)}
        <path class="plot-bar" d=${`M${round(at(0))} ${top} H${round(Math.max(at(row.value), at(0) + 1))} v14 H${round(at(0))} z`} />
      </g>`;
    })}`,
  );
}

/** The mark of a line, as it stands in a legend. */
export function legendMark(key: string): Piece {
  return html`<svg class="plot-key" viewBox="0 0 32 16" width="32" height="16" aria-hidden="true" focusable="false">
    <g class=${`plot-${key}`}><path class="plot-line" d="M1 8 H31" />${mark(key, 16, 8)}</g>
  </svg>`;
}

function drawing({ id, title, description }: PlotWords, tall: number, content: Piece): Piece {
  return html`<svg class="plot" viewBox=${`0 0 ${width} ${tall}`} role="img" aria-labelledby=${`${id}-title ${id}-text`}>
    <title id=${`${id}-title`}>${title}</title>
    <desc id=${`${id}-text`}>${description}</desc>
    ${content}
  </svg>`;
}

function scaleBelow({ name }: PlotAxis, ticks: readonly number[], at: Place, foot: number): Piece {
  return html`<g>
    ${ticks.map((tick) => html`<g><path class="plot-grid" d=${`M${round(at(tick))} 8 V${foot}`} /><text class="plot-tick" x=${round(at(tick))} y=${foot + 20} text-anchor="middle">${tickText(tick)}</text></g>`)}
    <text class="plot-name" x=${width - 2} y=${foot + 44} text-anchor="end">${name}</text>
  </g>`;
}

function rowWords({ name, text }: { readonly name: string; readonly text: string }, index: number): Piece {
  const y = index * rowHeight + 20;
  return html`<g><text class="plot-row" x="12" y=${y}>${name}</text><text class="plot-value" x=${width - 12} y=${y} text-anchor="end">${text}</text></g>`;
}

function drawLine({ key, points }: PlotLine, x: Place, y: Place): Piece {
  const places = points.map(([across, up]) => [round(x(across)), round(y(up))] as const);
  return html`<g class=${`plot-${key}`}>
    <path class="plot-line" d=${places.map(([left, top], index) => `${index === 0 ? "M" : "L"}${left} ${top}`).join(" ")} />
    ${places.map(([left, top]) => mark(key, left, top))}
  </g>`;
}

/** Each key has a shape of its own: colour alone tells nothing to many. */
function mark(key: string, x: number, y: number): Piece {
  const shape = shapes[key] ?? "M-4 0 a4 4 0 1 0 8 0 a4 4 0 1 0 -8 0 z";
  return html`<path class="plot-mark" transform=${`translate(${round(x)} ${round(y)})`} d=${shape} />`;
}

const shapes: Readonly<Record<string, string>> = {
  jwt: "M-4 -4 h8 v8 h-8 z",
  "jwt-alone": "M-4 -4 h8 v8 h-8 z",
  hybrid: "M0 -6 L6 0 L0 6 L-6 0 z",
};

/** Where a value is along an axis. */
type Place = (value: number) => number;

interface ReadyAxis {
  readonly at: Place;
  readonly ticks: readonly number[];
}

/** An axis over these values, none of them below zero, between two places. A linear one begins at zero. */
function axisOf(scale: Scale, values: readonly number[], [start, end]: readonly [number, number]): ReadyAxis {
  return scale === "log" ? logAxis(values, start, end) : linearAxis(values, start, end);
}

function logAxis(values: readonly number[], start: number, end: number): ReadyAxis {
  const positive = values.filter((value) => value > 0);
  const least = positive.length === 0 ? 1 : Math.min(...positive);
  const most = positive.length === 0 ? 1 : Math.max(...positive);
  const low = Math.floor(Math.log10(least));
  const high = Math.max(Math.ceil(Math.log10(most)), low + 1);
  const at = (value: number) => {
    const exponent = value > 0 ? Math.max(Math.log10(value), low) : low;
    return start + ((exponent - low) / (high - low)) * (end - start);
  };
  return { at, ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)) };
}

function linearAxis(values: readonly number[], start: number, end: number): ReadyAxis {
  const most = Math.max(0, ...values);
  const step = niceStep(most / 4);
  const count = Math.max(Math.ceil(most / step), 1);
  const at = (value: number) => start + (value / (count * step)) * (end - start);
  return { at, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

/** The next of 1, 2, 5, 10, 20, … that is not below. */
function niceStep(wanted: number): number {
  if (!(wanted > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * ([1, 2, 5].find((digit) => digit * power >= wanted) ?? 10);
}

function tickText(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
