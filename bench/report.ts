// What a section found, as plain data, and how it is printed. Knows nothing of what was measured.

import type { Spread } from "./statistics.ts";

/** One thing measured. */
export interface Row {
  /** By which an aim finds it; the same in every run. */
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly value: Spread;
  /** Of the same rounds: this one by the base, round for round. */
  readonly ratio?: Spread;
  readonly note?: string;
}

/** Things measured side by side in one run. */
export interface Table {
  readonly title: string;
  /** What `ratio` is a ratio to. */
  readonly base?: string;
  readonly rows: readonly Row[];
  readonly notes?: readonly string[];
}

/** What one section found. */
export interface SectionReport {
  readonly section: string;
  readonly seconds: number;
  readonly tables: readonly Table[];
}

/** A table as text: medians, and the middle half of the rounds in brackets. */
export function tableText({ title, base, rows, notes = [] }: Table): string {
  const cells = rows.map((row) => [
    row.name,
    `${number(row.value.median)} ${row.unit}`,
    `[${number(row.value.p25)} – ${number(row.value.p75)}]`,
    ...(row.ratio === undefined ? [""] : [`× ${spreadText(row.ratio)}`]),
    row.note ?? "",
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...cells.map((cell) => (cell[column] ?? "").length)));
  const line = (cell: readonly string[]) =>
    cell
      .map((text, column) =>
        column === 0 || column > 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join("  ");
  const heading = base === undefined ? title : `${title} (× ${base})`;
  return [
    `\n${heading}`,
    ...cells.map((cell) => `  ${line(cell).trimEnd()}`),
    ...notes.map((note) => `  ${note}`),
  ].join("\n");
}

/** A ratio with its middle half. */
export function spreadText({ median, p25, p75 }: Spread): string {
  return `${number(median)} [${number(p25)} – ${number(p75)}]`;
}

/** Three digits that count. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return grouped(Math.round(value));
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}

/** A whole number with spaces between thousands. */
export function grouped(value: number): string {
  return value.toLocaleString("en-GB").replaceAll(",", " ");
}
