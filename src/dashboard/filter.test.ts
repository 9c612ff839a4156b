// What was typed into a filter, and what passes it.
import { expect, it } from "vitest";
import { parseFilter, passes } from "./filter.ts";

const row: Record<string, string> = { status: "running", group: "service:web front" };
const all = Object.values(row).join("\n");
const found = (typed: string) =>
  passes(parseFilter(typed, new Set(["status", "group"])), all, (field) => row[field] ?? "");

it("takes every word, also of one field, and none that is refused", () => {
  const typed = [
    "",
    "WEB",
    "web run",
    "status:run",
    "status:web",
    "-web",
    "-status:stopped",
    '"web front"',
    'group:"web front"',
    '"front web"',
    "service:web",
    "-",
  ];
  expect(typed.map((text) => [text, found(text)])).toEqual([
    ["", true],
    ["WEB", true],
    ["web run", true],
    ["status:run", true],
    ["status:web", false],
    ["-web", false],
    ["-status:stopped", true],
    ['"web front"', true],
    ['group:"web front"', true],
    ['"front web"', false],
    ["service:web", true],
    ["-", false],
  ]);
});
