// Keeps rows parsed for as long as nothing at all was committed. Knows neither what is in them nor how a database tells.

/**
 * A look-up that answers what it found before while `versionNow` says what it said then: asking for the version has to be cheaper than reading a row.
 * What is committed before a look-up begins is in its answer, as without this. Keeps `most` rows that are light enough; what was not found is not
 * kept.
 */
export function keepRows<Row>(
  find: (key: string) => Row | undefined,
  versionNow: () => unknown,
  most: number,
  isLight: (row: Row) => boolean,
): (key: string) => Row | undefined {
  const rows = new Map<string, Row>();
  // Asked for before the oldest row was read, so whatever is committed later makes it another.
  let version = versionNow();
  return (key) => {
    const kept = rows.get(key);
    if (kept !== undefined) {
      const current = versionNow();
      if (current === version) return kept;
      version = current;
      rows.clear();
    }
    const row = find(key);
    if (row !== undefined && isLight(row)) keep(rows, most, key, row);
    return row;
  };
}

function keep<Row>(rows: Map<string, Row>, most: number, key: string, row: Row): void {
  if (rows.size >= most) {
    const oldest = rows.keys().next();
    if (oldest.done !== true) rows.delete(oldest.value);
  }
  rows.set(key, row);
}
