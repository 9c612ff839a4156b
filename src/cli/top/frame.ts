// Draws `longshore top`: the fleet in a line, the views, the rows of one of them or the details of one row. Pure.
import type { JsonObject } from "../../ecs/json.ts";
import type { LiveList } from "../live-list.ts";
import type { ResourceColumn } from "../resources/resource.ts";
import type { Size } from "../screen.ts";
import type { Paint } from "../style.ts";
import { plainPaint } from "../style.ts";
import { cutTo, layOutTable } from "../table.ts";
import { viewNames } from "./fleet.ts";
import type { Fleet, ViewName } from "./fleet.ts";
import type { TopState } from "./state.ts";

/** Lines above the rows: the fleet, the views, the titles; and below: an empty one and the state. */
const linesAround = 5;

export const rowsOn = ({ rows }: Size): number => Math.max(1, rows - linesAround);

export interface Row {
  readonly key: string;
  readonly cells: readonly string[];
}

const words = new Intl.Collator("en", { numeric: true });

/** The rows that the filter lets through, in the order that was chosen. */
export function rowsOf(fleet: Fleet, state: TopState, now: number): readonly Row[] {
  const { view, filter, sorts } = state;
  const columns = fleet.columns(view);
  const list: LiveList<JsonObject> = fleet.lists[view];
  const wanted = filter.toLowerCase().split(" ").filter(Boolean);
  const found = list.values().flatMap((node) => {
    const cells = columns.map(({ value }) => value(node, now));
    const text = wanted.length > 0 ? cells.join(" ").toLowerCase() : "";
    return wanted.every((word) => text.includes(word))
      ? [{ node, key: list.keyOf(node), cells }]
      : [];
  });
  const { column: index, reversed } = sorts[view];
  const column = columns[index];
  const sign = reversed ? -1 : 1;
  const compare = (a: (typeof found)[number], b: (typeof found)[number]): number =>
    column?.order
      ? column.order(a.node) - column.order(b.node)
      : words.compare(a.cells[index] ?? "", b.cells[index] ?? "");
  // Rows that are equal by their column keep their place from one frame to the next.
  return found.sort((a, b) => sign * compare(a, b) || (a.key < b.key ? -1 : 1));
}

const help = [
  "1 2 3 4 5, Tab    clusters, instances, daemons, tasks, failures",
  "up down, j k      choose a row; PageUp, PageDown, Home, End",
  "Enter             its details; Escape goes back",
  "/                 show only rows with these words; Escape shows all",
  "s, < >            sort by the next column, or the one before; r: the other way round",
  "p                 hold the picture still; what happens is still counted",
  "q, Ctrl-C         end",
];

export interface Picture {
  readonly fleet: Fleet;
  readonly state: TopState;
  readonly rows: readonly Row[];
  /** Details of the chosen row, when they are open and known. */
  readonly detail: readonly string[] | undefined;
  /** How the connection is. */
  readonly connection: string;
  readonly now: number;
  readonly paint: Paint;
}

function tabs({ fleet, state, paint }: Picture, columns: number): string {
  const name = (view: ViewName, index: number) => {
    const text = ` ${index + 1} ${view} ${fleet.lists[view].size} `;
    return view === state.view ? paint("inverse", text) : text;
  };
  const plain = viewNames.map((view, index) => ` ${index + 1} ${view} ${fleet.lists[view].size} `);
  // Where they do not fit, the chosen one is what is left.
  const fits = plain.join(" ").length <= columns;
  const shown = fits ? viewNames : viewNames.filter((view) => view === state.view);
  return shown.map((view) => name(view, viewNames.indexOf(view))).join(" ");
}

/** The first row to show, so that the chosen one is among `page`. */
export function scrollTo(chosen: number, count: number, page: number): number {
  const middle = chosen - Math.floor(page / 2);
  return Math.max(0, Math.min(middle, count - page));
}

function titled(columns: readonly ResourceColumn[], state: TopState): readonly ResourceColumn[] {
  const { column, reversed } = state.sorts[state.view];
  return columns.map((each, index) =>
    index === column ? { ...each, title: `${each.title}${reversed ? "↑" : "↓"}`, drop: 0 } : each,
  );
}

function table(picture: Picture, size: Size): string[] {
  const { fleet, state, rows, paint } = picture;
  const page = rowsOn(size);
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === state.chosen[state.view]),
  );
  const first = scrollTo(at, rows.length, page);
  const shown = rows.slice(first, first + page);
  const columns = titled(fleet.columns(state.view), state);
  const cells = shown.map((row) => row.cells);
  const lines = layOutTable(columns, cells, size.columns, paint);
  const chosenLine = layOutTable(columns, cells, size.columns, plainPaint)[at - first + 1];
  if (chosenLine !== undefined && rows.length > 0)
    lines[at - first + 1] = paint("inverse", chosenLine.padEnd(size.columns));
  return lines;
}

function footer({ state, rows, connection, paint }: Picture, { columns }: Size): string {
  if (state.isFiltering) return cutTo(`/${state.filter}_`, columns);
  const parts = [
    connection,
    ...(state.isPaused ? [paint("busy", "held still: p goes on")] : []),
    ...(state.filter === "" ? [] : [cutTo(`/${state.filter} (${rows.length})`, 30)]),
    ...(columns >= 60 ? [paint("dim", "? help  q quit")] : []),
  ];
  return parts.join("  ");
}

/** The lines of a screen. */
export function frame(picture: Picture, size: Size): string[] {
  const { fleet, state, now, paint } = picture;
  const { columns, rows } = size;
  const head = [
    paint("strong", cutTo(`longshore top  ${fleet.summary(now)}`, columns)),
    tabs(picture, columns),
  ];
  const room = rows - head.length - 2;
  const body = state.isHelp
    ? ["", ...help.map((line) => cutTo(line, columns))]
    : state.isOpen
      ? ["", ...(picture.detail ?? ["asking ..."])]
      : table(picture, size);
  const filled = Array.from({ length: room }, (_, index) => body[index] ?? "");
  return [...head, ...filled, "", footer(picture, size)];
}
