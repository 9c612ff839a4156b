// What a column of a list is, and what follows from columns alone: order, text for filters, files for export. Pure.
import type { ComponentChildren } from "preact";
import { byText } from "../derive.ts";
import { parseFilter, passes } from "../filter.ts";
import type { Filter } from "../filter.ts";

export interface Column<Row> {
  /** Names it in the address, in filters (`id:word`) and in exports. */
  readonly id: string;
  readonly title: string;
  /** Width, in rem. What is left over goes to the columns in proportion. */
  readonly width: number;
  /** What it says of a row: shown unless `show` does, filtered, exported. */
  text(row: Row): string;
  /** What it sorts by, when its text does not do. Numbers and texts do not mix in a column. */
  sort?(row: Row): string | number;
  show?(row: Row): ComponentChildren;
  /** Figures stand at the end of their column. */
  readonly number?: boolean;
  /** Shown on a phone, unless somebody chose other columns. */
  readonly essential?: boolean;
  /** Shown only when somebody chose it. */
  readonly extra?: boolean;
}

export interface Sort {
  readonly id: string;
  readonly down: boolean;
}

/** `-since` is downwards by `since`; anything that names no column is the default. */
export function parseSort(
  text: string | undefined,
  columns: readonly Pick<Column<never>, "id">[],
  fallback: Sort,
): Sort {
  if (text === undefined) return fallback;
  const down = text.startsWith("-");
  const id = down ? text.slice(1) : text;
  return columns.some((column) => column.id === id) ? { id, down } : fallback;
}

export const formatSort = ({ id, down }: Sort): string => `${down ? "-" : ""}${id}`;

/** The columns to show: those chosen, or else all but the extra ones; on a phone the essential ones. */
export function shownColumns<Row>(
  columns: readonly Column<Row>[],
  chosen: string | undefined,
  isNarrow: boolean,
): readonly Column<Row>[] {
  const ids = new Set(chosen?.split(","));
  const found = columns.filter(({ id }) => ids.has(id));
  if (found.length > 0) return found;
  return columns.filter(({ essential, extra }) => !extra && (!isNarrow || essential));
}

export function compareBy<Row>(
  columns: readonly Column<Row>[],
  { id, down }: Sort,
): (a: Row, b: Row) => number {
  const column = columns.find((each) => each.id === id);
  if (!column) return () => 0;
  const of = (row: Row) => (column.sort ? column.sort(row) : column.text(row));
  const sign = down ? -1 : 1;
  return (a, b) => {
    const left = of(a);
    const right = of(b);
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * byText(String(left), String(right));
  };
}

/** What the columns say of a row in lower case, worked out once for each row that does not change. */
export function searchTexts<Row extends object>(
  columns: readonly Column<Row>[],
): (row: Row) => string {
  const known = new WeakMap<Row, string>();
  return (row) => {
    const before = known.get(row);
    if (before !== undefined) return before;
    const text = columns
      .map((column) => column.text(row))
      .join("\n")
      .toLowerCase();
    known.set(row, text);
    return text;
  };
}

/** Whether rows pass what was typed. Everything passes an empty filter. */
export function rowFilter<Row extends object>(
  columns: readonly Column<Row>[],
  textOf: (row: Row) => string,
  typed: string,
): (row: Row) => boolean {
  const byId = new Map(columns.map((column) => [column.id, column]));
  const filter: Filter = parseFilter(typed, new Set(byId.keys()));
  if (filter.length === 0) return () => true;
  return (row) =>
    passes(filter, textOf(row), (field) => byId.get(field)?.text(row).toLowerCase() ?? "");
}

const quoted = (text: string): string => {
  // A spreadsheet takes what begins like this for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Rows as CSV (RFC 4180), with the columns' titles above. */
export function toCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map((column) => quoted(column.text(row))).join(","));
  return [columns.map(({ title }) => quoted(title)).join(","), ...lines, ""].join("\r\n");
}

/** Rows as JSON: an object each, by the columns' ids. */
export const toJson = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((column) => [column.id, column.text(row)]))),
    null,
    2,
  );
