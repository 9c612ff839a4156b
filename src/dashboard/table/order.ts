// Keeps many rows in order while they change: what was in order before is almost in order now, and sorting that is
// cheap. Pure but for what it remembers between two calls.

/** Rows that pass, in order. */
export class Order<Row> {
  #before: readonly string[] = [];

  /** Costs one look at each row, and little more while the order stays as it was. */
  update(
    rows: ReadonlyMap<string, Row>,
    passes: (row: Row) => boolean,
    compare: (a: Row, b: Row) => number,
  ): readonly (readonly [string, Row])[] {
    const found: [string, Row][] = [];
    const seen = new Set<string>();
    for (const key of this.#before) {
      const row = rows.get(key);
      if (row === undefined) continue;
      seen.add(key);
      if (passes(row)) found.push([key, row]);
    }
    if (seen.size < rows.size)
      for (const [key, row] of rows)
        if (!seen.has(key) && passes(row)) {
          found.push([key, row]);
          seen.add(key);
        }
    found.sort((a, b) => compare(a[1], b[1]) || (a[0] < b[0] ? -1 : 1));
    this.#before = found.map(([key]) => key);
    return found;
  }
}

/** The rows to draw of a list that is scrolled: `[first, end)`, with a few beyond the edges. */
export function windowOf(
  rows: number,
  rowHeight: number,
  scrollTop: number,
  height: number,
): readonly [number, number] {
  const beyond = 12;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - beyond);
  const end = Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + beyond);
  return [Math.min(first, Math.max(0, end)), end];
}
