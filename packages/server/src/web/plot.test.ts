// What plots draw: where marks and ticks stand, whatever the numbers are.

import { describe, expect, it } from "vitest";
import { html, type Piece, renderDocument } from "./html.ts";
import { barPlot, linePlot, rangePlot } from "./plot.ts";
import { readMarkup } from "./testing/markup.ts";

const words = { id: "a", title: "A plot", description: "One: 1." };
const linear = { name: "n", scale: "linear" } as const;
const log = { name: "ms", scale: "log" } as const;

const read = (plot: Piece) => readMarkup(renderDocument(html`<html>${plot}</html>`));

function ticks(plot: Piece): readonly string[] {
  return read(plot)
    .elements.filter(({ attributes }) => attributes.class === "plot-tick")
    .map(({ text }) => text);
}

function marks(plot: Piece): readonly (readonly number[])[] {
  return read(plot)
    .elements.filter(({ attributes }) => attributes.class === "plot-mark")
    .map(({ attributes }) => (attributes.transform ?? "").match(/-?[\d.]+/g)?.map(Number) ?? []);
}

const line = (points: readonly (readonly [number, number])[]) => [{ key: "jwt", points }];

describe("an axis", () => {
  it.each<{ it: string; points: readonly (readonly [number, number])[]; x: readonly string[]; y: readonly string[] }>([
    {
      it: "of a linear scale has round steps from zero",
      points: [
        [0, 51],
        [20, 893],
      ],
      x: ["0", "5", "10", "15", "20"],
      y: ["0", "500", "1,000"],
    },
    { it: "has steps where all values are zero", points: [[0, 0]], x: ["0", "1"], y: ["0", "1"] },
    {
      it: "has small steps for small values",
      points: [[1, 0.04]],
      x: ["0", "0.5", "1"],
      y: ["0", "0.01", "0.02", "0.03", "0.04"],
    },
  ])("$it", ({ points, x, y }) => {
    expect(ticks(linePlot(words, linear, linear, line(points)))).toEqual([...y, ...x]);
  });

  it.each<{ it: string; ys: readonly number[]; y: readonly string[] }>([
    { it: "has a step for each power of ten", ys: [0.8, 17.9], y: ["0.1", "1", "10", "100"] },
    { it: "has two ends for one value", ys: [10], y: ["10", "100"] },
    { it: "leaves what is not above zero out of its range", ys: [0, 3, 40], y: ["1", "10", "100"] },
    { it: "has two ends where nothing is above zero", ys: [0, 0], y: ["1", "10"] },
  ])("of a logarithmic scale $it", ({ ys, y }) => {
    const points = ys.map((value, index) => [index, value] as const);
    expect(ticks(linePlot(words, linear, log, line(points))).slice(0, y.length)).toEqual(y);
  });
});

describe("a line plot", () => {
  it("puts greater values higher and further right, and zero at the foot of a logarithmic axis", () => {
    const [zero, one, ten] = marks(
      linePlot(
        words,
        linear,
        log,
        line([
          [0, 0],
          [1, 1],
          [2, 10],
        ]),
      ),
    );
    expect(zero?.[1]).toBe(one?.[1]);
    expect(ten?.[1]).toBeLessThan(one?.[1] ?? 0);
    expect([zero?.[0], one?.[0], ten?.[0]]).toEqual(
      [zero?.[0], one?.[0], ten?.[0]].sort((a, b) => Number(a) - Number(b)),
    );
  });

  it.each([
    { it: "one point", points: [[5, 5]] },
    { it: "no point", points: [] },
    {
      it: "very different values",
      points: [
        [1, 1e-6],
        [1e9, 1e9],
      ],
    },
  ] as const)("stays inside its frame with $it", ({ points }) => {
    const plot = linePlot(words, log, log, line(points));
    for (const [x = Number.NaN, y = Number.NaN] of marks(plot)) {
      expect(x >= 0 && x <= 420 && y >= 0 && y <= 300).toBe(true);
    }
    expect(renderDocument(html`<html>${plot}</html>`)).not.toMatch(/NaN|Infinity/);
  });
});

describe("ranges and bars", () => {
  const range = { key: "hybrid", name: "Hybrid", text: "median 3 ms", from: 0, middle: 3, to: 40 };

  it("names each row with its figure, and marks its middle between its ends", () => {
    const plot = rangePlot(words, log, [range]);
    const { elements, faults } = read(plot);
    expect(faults).toEqual([]);
    expect(elements.find(({ attributes }) => attributes.class === "plot-row")?.text).toBe("Hybrid");
    expect(elements.find(({ attributes }) => attributes.class === "plot-value")?.text).toBe("median 3 ms");
    const [, from, to] =
      /^M([\d.]+) \d+ H([\d.]+)$/.exec(
        elements.find(({ attributes }) => attributes.class === "plot-range")?.attributes.d ?? "",
      ) ?? [];
    const [[middle = 0] = []] = marks(plot);
    expect(Number(from)).toBeLessThan(middle);
    expect(middle).toBeLessThan(Number(to));
  });

  it("draws a bar as long as its value, and a trace of nothing", () => {
    const bar = { key: "jwt", name: "JWT", text: "" };
    const { elements } = read(
      barPlot(words, "bytes", [
        { ...bar, value: 100 },
        { ...bar, value: 50 },
        { ...bar, value: 0 },
      ]),
    );
    const lengths = elements
      .filter(({ attributes }) => attributes.class === "plot-bar")
      .map(({ attributes }) => (attributes.d ?? "").match(/-?[\d.]+/g)?.map(Number) ?? [])
      .map(([start = 0, , end = 0]) => end - start);
    expect(lengths[0]).toBeCloseTo(2 * (lengths[1] ?? 0), 0);
    expect(lengths[2]).toBe(1);
  });

  it("says what it is to those who do not see it", () => {
    const { elements } = read(rangePlot(words, log, [range]));
    const svg = elements.find(({ name }) => name === "svg");
    expect([svg?.attributes.role, svg?.attributes["aria-labelledby"]]).toEqual(["img", "a-title a-text"]);
    expect(elements.find(({ attributes }) => attributes.id === "a-title")?.text).toBe("A plot");
    expect(elements.find(({ attributes }) => attributes.id === "a-text")?.text).toBe("One: 1.");
  });
});
