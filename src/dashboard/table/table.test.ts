// Lists: order under change, what is in sight, and the files that leave them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareBy,
  parseSort,
  rowFilter,
  searchTexts,
  shownColumns,
  toCsv,
  toJson,
} from "./column.ts";
import type { Column } from "./column.ts";
import { Order, windowOf } from "./order.ts";

interface Crane {
  readonly name: string;
  readonly load: number;
}
const columns: readonly Column<Crane>[] = [
  { id: "name", title: "Name", width: 5, essential: true, text: ({ name }) => name },
  {
    id: "load",
    title: "Load, t",
    width: 5,
    text: ({ load }) => String(load),
    sort: ({ load }) => load,
  },
  { id: "note", title: "Note", width: 5, extra: true, text: () => "" },
];

describe("an order", () => {
  it("is that of sorting anew, however the rows change in between", () => {
    const crane = fc.record({ name: fc.constantFrom("a", "b", "c"), load: fc.integer() });
    const states = fc.array(
      fc.dictionary(fc.constantFrom("p", "q", "r", "s", "t", "u", "v"), crane),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(states, fc.boolean(), (all, down) => {
        const order = new Order<Crane>();
        const compare = compareBy(columns, { id: "load", down });
        for (const state of all) {
          const rows = new Map(Object.entries(state));
          const passes = ({ name }: Crane) => name !== "b";
          const expected = [...rows]
            .filter(([, row]) => passes(row))
            .sort((a, b) => compare(a[1], b[1]) || (a[0] < b[0] ? -1 : 1));
          expect(order.update(rows, passes, compare)).toEqual(expected);
        }
      }),
    );
  });

  it("keeps a hundred thousand rows in order in a moment, once they are", () => {
    const rows = new Map(
      Array.from({ length: 100_000 }, (_, load) => [`k${load}`, { name: "a", load }]),
    );
    const order = new Order<Crane>();
    const compare = compareBy(columns, { id: "load", down: true });
    order.update(rows, () => true, compare);
    rows.set("new", { name: "a", load: 50_000.5 });
    const found = order.update(rows, () => true, compare);
    expect(found).toHaveLength(100_001);
    expect(found[49_999]?.[0]).toBe("new");
  });
});

it("draws what is in sight and a little more, at any place of any list", () => {
  expect(windowOf(0, 28, 0, 600)).toEqual([0, 0]);
  expect(windowOf(5, 28, 0, 600)).toEqual([0, 5]);
  const [first, end] = windowOf(100_000, 28, 1_400_000, 600);
  expect(first).toBeLessThanOrEqual(50_000);
  expect(end).toBeGreaterThanOrEqual(50_022);
  expect(end - first).toBeLessThan(60);
  // Scrolled to where rows were that are gone by now.
  expect(windowOf(10, 28, 1_400_000, 600)).toEqual([10, 10]);
});

describe("columns", () => {
  it("are those chosen, or the usual ones, or on a phone the essential ones", () => {
    const ids = (chosen: string | undefined, isNarrow: boolean) =>
      shownColumns(columns, chosen, isNarrow).map(({ id }) => id);
    expect(ids(undefined, false)).toEqual(["name", "load"]);
    expect(ids(undefined, true)).toEqual(["name"]);
    expect(ids("note,name", true)).toEqual(["name", "note"]);
    expect(ids("nothing", false)).toEqual(["name", "load"]);
  });

  it("sort by what the address says, if that names one", () => {
    const fallback = { id: "name", down: false };
    expect(parseSort("-load", columns, fallback)).toEqual({ id: "load", down: true });
    expect(parseSort("weight", columns, fallback)).toBe(fallback);
    expect(parseSort(undefined, columns, fallback)).toBe(fallback);
  });

  it("filter by words in any of them, or in one", () => {
    const is = (typed: string) =>
      rowFilter(columns, searchTexts(columns), typed)({ name: "North 7", load: 12 });
    expect(["north", "load:12", "load:7", "name:7 12"].map(is)).toEqual([true, true, false, true]);
  });
});

describe("an export", () => {
  const rows = [
    { name: 'north, "7"', load: 3 },
    { name: "=cmd()", load: -1 },
  ];

  it("as CSV quotes what has to be, and lets no spreadsheet take a name for a formula", () => {
    expect(toCsv(columns.slice(0, 2), rows)).toBe(
      'Name,"Load, t"\r\n"north, ""7""",3\r\n\'=cmd(),\'-1\r\n',
    );
  });

  it("as JSON says the same by the columns' ids", () => {
    expect(JSON.parse(toJson(columns.slice(0, 2), rows))).toEqual([
      { name: 'north, "7"', load: "3" },
      { name: "=cmd()", load: "-1" },
    ]);
  });
});
