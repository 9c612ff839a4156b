// Entities by key and by index, in the order in which they came.
import { expect, test } from "vitest";
import { IndexedCache } from "./cache.ts";

interface Lamp {
  readonly id: string;
  readonly host: string;
  readonly isOn: boolean;
}
const lamp = (id: string, host: string, isOn = false): Lamp => ({ id, host, isOn });

function filled() {
  const cache = new IndexedCache<Lamp, "host">({ host: ({ host }) => host });
  for (const id of ["a", "b", "c"]) cache.set(id, lamp(id, "one"));
  return cache;
}
const ids = (lamps: readonly Lamp[]) => lamps.map(({ id }) => id).join("");

test("what is another one keeps its place, what comes again has a new one", () => {
  const cache = filled();
  expect(cache.set("a", lamp("a", "one", true))).toEqual(lamp("a", "one"));
  expect(ids(cache.list())).toBe("abc");
  expect(cache.byIndex("host", "one")).toEqual([
    lamp("a", "one", true),
    cache.get("b"),
    cache.get("c"),
  ]);
  cache.delete("a");
  cache.set("a", lamp("a", "one"));
  expect(ids(cache.list())).toBe("bca");
  expect(ids(cache.byIndex("host", "one"))).toBe("bca");
});

test("an index has what is another one under its new word alone", () => {
  const cache = filled();
  cache.set("b", lamp("b", "two"));
  expect(ids(cache.list())).toBe("abc");
  expect(ids(cache.byIndex("host", "one"))).toBe("ac");
  expect(ids(cache.byIndex("host", "two"))).toBe("b");
  cache.delete("b");
  expect(cache.byIndex("host", "two")).toEqual([]);
});

test("a new snapshot leaves what stays in its place", () => {
  const cache = filled();
  cache.replace(new Map(["d", "c", "a"].map((id) => [id, lamp(id, "one", id === "a")] as const)));
  expect(ids(cache.list())).toBe("acd");
  expect(ids(cache.byIndex("host", "one"))).toBe("acd");
});
