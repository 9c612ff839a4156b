// What the person at `longshore top` has chosen, and what each key makes of it. Pure.
import { viewNames } from "./fleet.ts";
import type { ViewName } from "./fleet.ts";

export interface Sort {
  /** Index among the view's columns. */
  readonly column: number;
  readonly reversed: boolean;
}

export interface TopState {
  readonly view: ViewName;
  readonly sorts: Readonly<Record<ViewName, Sort>>;
  /** Words that a row must have. */
  readonly filter: string;
  /** Whether letters go into the filter. */
  readonly isFiltering: boolean;
  /** Key of the chosen row of each view; the first one without. */
  readonly chosen: Readonly<Partial<Record<ViewName, string>>>;
  /** Whether the details of the chosen row are shown. */
  readonly isOpen: boolean;
  readonly isHelp: boolean;
  readonly isPaused: boolean;
}

/** What a key may need to know of the screen. */
export interface Shown {
  /** Keys of the rows, in order. */
  readonly rows: readonly string[];
  /** How many rows fit. */
  readonly page: number;
  /** How many columns the view has. */
  readonly columns: number;
}

const firstColumn: Sort = { column: 0, reversed: false };

/** `youngest` is the column of ages: of tasks the newest are of most interest. */
export function initialState(view: ViewName, youngest: number): TopState {
  return {
    view,
    sorts: {
      clusters: firstColumn,
      instances: { column: 1, reversed: false },
      daemons: firstColumn,
      tasks: { column: youngest, reversed: false },
      failures: firstColumn,
    },
    filter: "",
    isFiltering: false,
    chosen: {},
    isOpen: false,
    isHelp: false,
    isPaused: false,
  };
}

function typed(state: TopState, key: string): TopState {
  if (key === "return") return { ...state, isFiltering: false };
  if (key === "escape") return { ...state, isFiltering: false, filter: "" };
  if (key === "backspace") return { ...state, filter: state.filter.slice(0, -1) };
  if (key === "ctrl+u") return { ...state, filter: "" };
  return key.length === 1 ? { ...state, filter: state.filter + key } : state;
}

function moved(state: TopState, by: number, { rows }: Shown): TopState {
  const at = Math.max(0, rows.indexOf(state.chosen[state.view] ?? ""));
  const key = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  return key === undefined ? state : { ...state, chosen: { ...state.chosen, [state.view]: key } };
}

function sorted(state: TopState, change: (sort: Sort) => Sort): TopState {
  return { ...state, sorts: { ...state.sorts, [state.view]: change(state.sorts[state.view]) } };
}

const turned = (state: TopState, by: number): TopState => {
  const index = (viewNames.indexOf(state.view) + by + viewNames.length) % viewNames.length;
  return { ...state, view: viewNames[index] ?? state.view, isOpen: false };
};

/** What follows from a key. A key that means nothing changes nothing. */
export function press(state: TopState, key: string, shown: Shown): TopState {
  if (state.isFiltering) return typed(state, key);
  if (state.isHelp) return { ...state, isHelp: false };
  const { columns, page, rows } = shown;
  switch (key) {
    case "1":
    case "2":
    case "3":
    case "4":
    case "5":
      return { ...state, view: viewNames[Number(key) - 1] ?? state.view, isOpen: false };
    case "tab":
    case "right":
      return turned(state, 1);
    case "left":
      return turned(state, -1);
    case "up":
    case "k":
      return moved(state, -1, shown);
    case "down":
    case "j":
      return moved(state, 1, shown);
    case "pageup":
      return moved(state, -page, shown);
    case "pagedown":
    case " ":
      return moved(state, page, shown);
    case "home":
    case "g":
      return moved(state, -rows.length, shown);
    case "end":
    case "G":
      return moved(state, rows.length, shown);
    case "s":
    case ">":
      return sorted(state, ({ column }) => ({ column: (column + 1) % columns, reversed: false }));
    case "<":
      return sorted(state, ({ column }) => ({
        column: (column + columns - 1) % columns,
        reversed: false,
      }));
    case "r":
      return sorted(state, ({ column, reversed }) => ({ column, reversed: !reversed }));
    case "/":
      return { ...state, isFiltering: true, isOpen: false };
    case "return":
      // What is open stays that row, also when the order changes.
      return rows.length === 0 ? state : { ...moved(state, 0, shown), isOpen: !state.isOpen };
    case "escape":
      return state.isOpen ? { ...state, isOpen: false } : { ...state, filter: "" };
    case "p":
      return { ...state, isPaused: !state.isPaused };
    case "?":
    case "h":
      return { ...state, isHelp: true };
    default:
      return state;
  }
}
