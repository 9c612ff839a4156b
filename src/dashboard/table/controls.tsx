// Beside a list: which columns to show, and its rows as a file.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { changeQuery } from "../shell/router.ts";
import { toCsv, toJson } from "./column.ts";
import type { Column } from "./column.ts";

/** A button that opens a small panel below; Escape or leaving it closes it. */
function Menu({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (details.current) details.current.open = false;
  };
  return (
    <details
      class="menu"
      ref={details}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        close();
        details.current?.querySelector("summary")?.focus();
      }}
      onFocusOut={({ relatedTarget, currentTarget }) => {
        if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) close();
      }}
    >
      <summary>{title}</summary>
      <div class="menu-panel">{children}</div>
    </details>
  );
}

export function ColumnChoice<Row>({
  columns,
  shown,
}: {
  readonly columns: readonly Column<Row>[];
  readonly shown: readonly Column<Row>[];
}) {
  const chosen = new Set(shown.map(({ id }) => id));
  const choose = (id: string, isShown: boolean) => {
    const next = columns.filter((column) => (column.id === id ? isShown : chosen.has(column.id)));
    if (next.length > 0) changeQuery({ cols: next.map((column) => column.id).join(",") });
  };
  return (
    <Menu title="Columns">
      {columns.map(({ id, title }) => (
        <label class="check" key={id}>
          <input
            type="checkbox"
            checked={chosen.has(id)}
            onChange={({ currentTarget }) => choose(id, currentTarget.checked)}
          />
          {title}
        </label>
      ))}
      <button type="button" onClick={() => changeQuery({ cols: undefined })}>
        Usual columns
      </button>
    </Menu>
  );
}

function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function Export<Row>({
  name,
  columns,
  rows,
}: {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly (readonly [string, Row])[];
}) {
  const file = name.toLowerCase().replaceAll(" ", "-");
  const all = () => rows.map(([, row]) => row);
  return (
    <Menu title="Export">
      <button
        type="button"
        onClick={() => download(`${file}.csv`, "text/csv", toCsv(columns, all()))}
      >
        CSV
      </button>
      <button
        type="button"
        onClick={() => download(`${file}.json`, "application/json", toJson(columns, all()))}
      >
        JSON
      </button>
    </Menu>
  );
}
