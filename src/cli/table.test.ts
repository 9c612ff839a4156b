// Tables and lines: their widths, their cuts, and what they never let through.
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { colourPaint, plainPaint, toneOfWord, wantsColours } from "./style.ts";
import {
  age,
  cutTo,
  displayWidth,
  layOutLine,
  layOutTable,
  oneLine,
  shortestIds,
} from "./table.ts";

const columns = [
  { title: "NAME" },
  { title: "COUNT", align: "right" },
  { title: "REASON" },
] as const;
const rows = [
  ["quay", "7", "all is well"],
  [
    "harbour-north",
    "1200",
    "CannotPullContainerError: pull access denied for a repository with a long name",
  ],
];

describe("layOutTable", () => {
  it("aligns columns and leaves no space at the end of a line", () => {
    expect(
      layOutTable(
        columns,
        [
          ["quay", "7", ""],
          ["harbour", "1200", "late"],
        ],
        undefined,
      ),
    ).toEqual(["NAME     COUNT  REASON", "quay         7", "harbour   1200  late"]);
  });

  it("takes the room from the longest column", () => {
    const lines = layOutTable(columns, rows, 50);
    expect(lines[2]).toBe("harbour-north   1200  CannotPullContainerError: p…");
    expect(lines[2]).toHaveLength(50);
  });

  it.each([200, 80, 41, 20, 12, 3, 1])("never exceeds %d columns", (width) => {
    for (const line of layOutTable(columns, rows, width))
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it("cuts nothing on a pipe", () => {
    expect(layOutTable(columns, rows, undefined)[2]).toContain("with a long name");
  });

  it("shares what is too much among columns of the same width", () => {
    const [, line] = layOutTable(
      [{ title: "A" }, { title: "B" }],
      [["x".repeat(20), "y".repeat(20)]],
      33,
    );
    expect(line).toBe(`${"x".repeat(14)}…  ${"y".repeat(15)}…`);
  });

  const tasks = [
    { title: "ID", id: true },
    { title: "CLUSTER", drop: 1 },
    { title: "STATUS", tone: toneOfWord },
    { title: "ZONE", drop: 2 },
  ] as const;
  const taskRows = [
    ["0845995bbac19eee2ec93492e9d70ddb", "harbor-production", "RUNNING", "us-east-1a"],
    ["08459bbbac19eee2ec93492e9d70ddb1", "harbor-production", "PENDING", "us-east-1b"],
  ];

  it("shortens ids to what tells them apart before it leaves columns out, the least first", () => {
    const titles = (width: number) => layOutTable(tasks, taskRows, width)[0];
    expect(titles(90)).toMatch(/^ID {32}CLUSTER/);
    expect(layOutTable(tasks, taskRows, 50)[1]).toBe(
      "0845995b  harbor-production  RUNNING  us-east-1a",
    );
    expect(titles(38)).toMatch(/^ID +CLUSTER +STATUS$/);
    expect(layOutTable(tasks, taskRows, 17)).toEqual([
      "ID        STATUS",
      "0845995b  RUNNING",
      "08459bbb  PENDING",
    ]);
  });

  it("makes ids as long as they must be", () => {
    expect(shortestIds(["aaaaaaaaaaaa1", "aaaaaaaaaaaa2", "b"])).toBe(13);
    expect(shortestIds(["a", "b"])).toBe(8);
    expect(shortestIds([])).toBe(8);
  });

  it("is as wide with colours as without", () => {
    for (const width of [undefined, 90, 50, 17, 9]) {
      const coloured = layOutTable(tasks, taskRows, width, colourPaint);
      expect(coloured.map(stripVTControlCharacters)).toEqual(
        layOutTable(tasks, taskRows, width, plainPaint),
      );
    }
    expect(layOutTable(tasks, taskRows, 90, colourPaint)[1]).toContain(
      "\u001b[32mRUNNING\u001b[39m",
    );
  });

  it("keeps wide characters aligned", () => {
    const [, first, second] = layOutTable(
      [{ title: "A" }, { title: "B" }],
      [
        ["港湾", "1"],
        ["quay", "2"],
      ],
      40,
    );
    expect([first, second]).toEqual(["港湾  1", "quay  2"]);
  });
});

describe("text from elsewhere", () => {
  it("cannot steer the terminal or break the line", () => {
    expect(oneLine("a\u001b[2Jb\nc\td\u202ee\u009b1m")).toBe("a�[2Jb c d�e�1m");
  });

  it("is cut between characters, within the width", () => {
    expect(cutTo("港湾港湾", 5)).toBe("港湾…");
    expect(cutTo("👩‍👩‍👧 family", 4)).toBe("👩‍👩‍👧 …");
    expect(cutTo("quay", 4)).toBe("quay");
    expect(cutTo("quay", 0)).toBe("");
  });

  it("leaves parts that are empty out of a line", () => {
    expect(layOutLine(["a", "", "b"], undefined)).toBe("a  b");
    expect(layOutLine(["abc", "def"], 6)).toBe("abc  …");
  });
});

describe("age", () => {
  const now = Date.parse("2026-03-01T12:00:00.000Z");
  it.each([
    ["2026-03-01T12:00:00.000Z", "0s"],
    ["2026-03-01T11:58:01.000Z", "119s"],
    ["2026-03-01T11:58:00.000Z", "2m"],
    ["2026-03-01T10:00:00.000Z", "2h"],
    ["2026-02-01T12:00:00.000Z", "28d"],
    ["2026-03-01T12:00:05.000Z", "0s"],
  ])("%s is %s", (time, shown) => expect(age(time, now)).toBe(shown));

  it("is empty for no time", () => {
    expect(age(undefined, now)).toBe("");
    expect(age("soon", now)).toBe("");
  });
});

describe("colours", () => {
  const terminal = { forceColor: undefined, noColor: undefined, term: "xterm", isTerminal: true };
  it.each([
    [terminal, true],
    [{ ...terminal, isTerminal: false }, false],
    [{ ...terminal, noColor: "1" }, false],
    [{ ...terminal, noColor: "" }, true],
    [{ ...terminal, term: "dumb" }, false],
    [{ ...terminal, isTerminal: false, forceColor: "1" }, true],
    [{ ...terminal, forceColor: "0" }, false],
    [{ ...terminal, noColor: "1", forceColor: "1" }, true],
  ])("%j: %j", (wishes, wanted) => expect(wantsColours(wishes)).toBe(wanted));
});
