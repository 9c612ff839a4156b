// A table of any length of which only the rows in sight are in the page. A real table, so that it reads and copies
// like one; rows out of sight are two empty rows as high as they would be.
import { useSignal } from "@preact/signals";
import { Component } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Column, Sort } from "./column.ts";
import { windowOf } from "./order.ts";

export interface TableProps<Row> {
  /** What it is a table of, for those who do not see the title. */
  readonly label: string;
  readonly rows: readonly (readonly [string, Row])[];
  readonly columns: readonly Column<Row>[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

interface RowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
}

class TableRow<Row> extends Component<RowProps<Row>> {
  override shouldComponentUpdate({ row, index, columns }: RowProps<Row>): boolean {
    const shown = this.props;
    return row !== shown.row || index !== shown.index || columns !== shown.columns;
  }

  override render() {
    const { row, index, columns } = this.props;
    return (
      <tr aria-rowindex={index + 2}>
        {columns.map((column, at) => {
          const content = column.show ? column.show(row) : column.text(row) || "–";
          const style = column.number ? "number" : undefined;
          return at === 0 ? (
            <th key={column.id} scope="row" class={style}>
              {content}
            </th>
          ) : (
            <td key={column.id} class={style}>
              {content}
            </td>
          );
        })}
      </tr>
    );
  }
}

function Head<Row>({ columns, sort, onSort }: Omit<TableProps<Row>, "rows" | "label">) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ id, title, number }) => {
          const isSorted = sort.id === id;
          return (
            <th
              key={id}
              scope="col"
              class={number ? "number" : undefined}
              aria-sort={isSorted ? (sort.down ? "descending" : "ascending") : "none"}
            >
              <button
                type="button"
                class="sort"
                onClick={() => onSort({ id, down: isSorted ? !sort.down : false })}
              >
                {title}
                <span aria-hidden="true">{isSorted ? (sort.down ? " ↓" : " ↑") : ""}</span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

/** Rem in CSS pixels: row heights follow the size of the text. */
const remPx = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
/** As in the stylesheet: `.rows td` is this high. */
const rowHeightRem = 2;
/** Rows are exchanged so many at a time: fewer than are drawn beyond the edges, and not in each frame. */
const step = 8;

export function VirtualTable<Row>({ label, rows, columns, sort, onSort }: TableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const scrollTop = useSignal(0);
  const height = useSignal(600);
  const rowHeight = rowHeightRem * remPx();
  useLayoutEffect(() => {
    const place = scroller.current;
    if (!place) return undefined;
    const observer = new ResizeObserver(() => (height.value = place.clientHeight));
    observer.observe(place);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    // Another order or fewer rows: what was in sight is elsewhere.
    if (scroller.current && scroller.current.scrollTop > rows.length * rowHeight)
      scroller.current.scrollTop = 0;
  }, [rows.length]);
  const [first, end] = windowOf(rows.length, rowHeight, scrollTop.value, height.value);
  const whole = columns.reduce((sum, { width }) => sum + width, 0);
  return (
    <div
      class="rows"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={label}
      onScroll={({ currentTarget }) =>
        (scrollTop.value = currentTarget.scrollTop - (currentTarget.scrollTop % (step * rowHeight)))
      }
    >
      <table aria-rowcount={rows.length + 1} style={{ minWidth: `${whole}rem` }}>
        <colgroup>
          {columns.map(({ id, width }) => (
            <col key={id} style={{ width: `${(100 * width) / whole}%` }} />
          ))}
        </colgroup>
        <Head columns={columns} sort={sort} onSort={onSort} />
        <tbody>
          {first > 0 && (
            <tr class="unseen" aria-hidden="true" style={{ height: `${first * rowHeight}px` }} />
          )}
          {rows.slice(first, end).map(([key, row], index) => (
            <TableRow key={key} row={row} index={first + index} columns={columns} />
          ))}
          {end < rows.length && (
            <tr
              class="unseen"
              aria-hidden="true"
              style={{ height: `${(rows.length - end) * rowHeight}px` }}
            />
          )}
        </tbody>
      </table>
    </div>
  );
}
