// A list of anything: filter, facets, order and columns in the address, export, and the table below. What the rows are
// and what they say is the page's.
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { byText } from "../derive.ts";
import { changeQuery, route } from "../shell/router.ts";
import {
  compareBy,
  formatSort,
  parseSort,
  rowFilter,
  searchTexts,
  shownColumns,
} from "./column.ts";
import type { Column, Sort } from "./column.ts";
import { ColumnChoice, Export } from "./controls.tsx";
import { Order } from "./order.ts";
import { VirtualTable } from "./virtual-table.tsx";

/** A choice of one value among those that the rows have. Named as the column of the same id. */
export interface Facet {
  readonly id: string;
  readonly title: string;
}

export interface ListProps<Row extends object> {
  /** Of the table, and of exported files. */
  readonly name: string;
  /** Must stay the same object while the page is open. */
  readonly columns: readonly Column<Row>[];
  readonly facets?: readonly Facet[];
  readonly sort: Sort;
  /** All rows as they are; asked for again when `revision` moves. */
  readonly rows: () => ReadonlyMap<string, Row>;
  readonly revision: ReadonlySignal<unknown>;
  /** What else decides which rows are shown; another function makes the list anew at once. */
  readonly only?: ((row: Row) => boolean) | undefined;
  /** What to say when there is no row at all. */
  readonly empty: string;
  /** More controls beside the filter. */
  readonly children?: ComponentChildren;
}

/** A list is put in order again after this, or after ten times what that took, whichever is longer. */
const againMs = 250;
const narrow = window.matchMedia("(max-width: 40rem)");

/** Whether the window is as narrow as a phone. */
export function useNarrow(): boolean {
  const isNarrow = useSignal(narrow.matches);
  useEffect(() => {
    const listener = () => (isNarrow.value = narrow.matches);
    narrow.addEventListener("change", listener);
    return () => narrow.removeEventListener("change", listener);
  }, []);
  return isNarrow.value;
}

interface Found<Row> {
  readonly rows: readonly (readonly [string, Row])[];
  readonly total: number;
  /** Values of each facet, with how many rows have them. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

function countValues<Row>(
  rows: ReadonlyMap<string, Row>,
  columns: readonly Column<Row>[],
  facets: readonly Facet[],
): Found<Row>["values"] {
  return new Map(
    facets.map(({ id }) => {
      const column = columns.find((each) => each.id === id);
      const counts = new Map<string, number>();
      for (const row of rows.values()) {
        const value = column?.text(row) ?? "";
        if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return [id, counts];
    }),
  );
}

/** The rows found: at once when the question changes, and in peace while the rows do. */
function useFound<Row extends object>(
  { columns, facets = [], rows, revision, only, sort: fallback }: ListProps<Row>,
  typed: string,
): ReadonlySignal<Found<Row>> {
  const { query } = route.value;
  const textOf = useMemo(() => searchTexts(columns), [columns]);
  const order = useRef(new Order<Row>());
  const chosen = facets.map(({ id }) => `${id}=${query[id] ?? ""}`).join("&");
  const find = () => {
    const all = rows();
    const matches = rowFilter(columns, textOf, typed);
    const wanted = facets.flatMap(({ id }) => {
      const value = query[id];
      const column = columns.find((each) => each.id === id);
      return value === undefined || !column ? [] : [(row: Row) => column.text(row) === value];
    });
    const sort = parseSort(query["sort"], columns, fallback);
    return {
      rows: order.current.update(
        all,
        (row) => matches(row) && wanted.every((is) => is(row)) && (only?.(row) ?? true),
        compareBy(columns, sort),
      ),
      total: all.size,
      values: countValues(all, columns, facets),
    };
  };
  const found = useSignal<Found<Row>>({ rows: [], total: 0, values: new Map() });
  const look = useRef(find);
  look.current = find;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const tookMs = useRef(0);
  const lookNow = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const begunAt = performance.now();
    found.value = look.current();
    tookMs.current = performance.now() - begunAt;
  };
  useMemo(lookNow, [typed, chosen, query["sort"], only, columns]);
  useSignalEffect(() => {
    void revision.value;
    timer.current ??= setTimeout(lookNow, Math.max(againMs, 10 * tookMs.current));
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return found;
}

function FacetChoice({
  facet: { id, title },
  values,
}: {
  readonly facet: Facet;
  readonly values: ReadonlyMap<string, number>;
}) {
  const value = route.value.query[id] ?? "";
  const shown = [...values].sort(([a], [b]) => byText(a, b));
  return (
    <label class="facet">
      <span class="hidden">{title}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => changeQuery({ [id]: currentTarget.value })}
      >
        <option value="">{`${title}: all`}</option>
        {value !== "" && !values.has(value) && <option value={value}>{`${value} (0)`}</option>}
        {shown.map(([each, count]) => (
          <option key={each} value={each}>
            {`${each} (${count.toLocaleString("en")})`}
          </option>
        ))}
      </select>
    </label>
  );
}

export function List<Row extends object>(props: ListProps<Row>) {
  const { name, columns, facets = [], empty, children } = props;
  const query = useComputed(() => route.value.query).value;
  const isNarrow = useNarrow();
  const typed = query["q"] ?? "";
  const found = useFound(props, typed).value;
  const sort = parseSort(query["sort"], columns, props.sort);
  const shown = useMemo(
    () => shownColumns(columns, query["cols"], isNarrow),
    [columns, query["cols"], isNarrow],
  );
  const isFiltered = found.rows.length !== found.total;
  return (
    <div class="list">
      <div class="list-controls">
        <label class="filter">
          <span class="hidden">Filter {name}</span>
          <input
            type="search"
            placeholder={`Filter: words, ${columns[0]?.id ?? "name"}:word, -word`}
            value={typed}
            onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
          />
        </label>
        {facets.map((facet) => (
          <FacetChoice
            key={facet.id}
            facet={facet}
            values={found.values.get(facet.id) ?? new Map()}
          />
        ))}
        {children}
        <p class="list-count" role="status">
          {found.rows.length.toLocaleString("en")}
          {isFiltered && ` of ${found.total.toLocaleString("en")}`}
        </p>
        <ColumnChoice columns={columns} shown={shown} />
        <Export name={name} columns={shown} rows={found.rows} />
      </div>
      <VirtualTable
        label={name}
        rows={found.rows}
        columns={shown}
        sort={sort}
        onSort={(next) => changeQuery({ sort: formatSort(next) })}
      />
      {found.rows.length === 0 && (
        <p class="empty">{found.total === 0 ? empty : "Nothing matches this filter."}</p>
      )}
    </div>
  );
}
