// Tables for people, and the same rows for programs. Knows nothing of what stands in them.

import type { Terminal } from "./contract.ts";

/** A column of a table: its heading, and what a row shows in it. */
export interface Column<Row> {
  readonly title: string;
  text(row: Row): string;
}

/** Prints rows as an aligned table, or as JSON: the same rows, whole. */
export function printRows<Row>(
  terminal: Terminal,
  rows: readonly Row[],
  options: {
    readonly json: boolean;
    readonly columns: readonly Column<Row>[];
    readonly empty: string;
    /** The option with which the list goes on, where there may be more. */
    readonly more?: string | undefined;
  },
): void {
  if (options.json) {
    printJson(terminal, rows);
    return;
  }
  if (rows.length === 0) {
    terminal.out(`${options.empty}\n`);
    return;
  }
  const head = options.columns.map((column) => column.title.toUpperCase());
  const body = rows.map((row) => options.columns.map((column) => printable(column.text(row))));
  terminal.out(`${alignColumns([head, ...body]).join("\n")}\n`);
  if (options.more !== undefined) terminal.out(`There may be more: ${options.more}\n`);
}

/** Prints a value as JSON. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** Rows with their columns below one another, two spaces between. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - width(cell))))
      .join("  ")
      .trimEnd(),
  );
}

/** Text of strangers without what could move a terminal's cursor or colour it. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}

function width(text: string): number {
  return [...text].length;
}
