// What Longshore's own processes, which run on Node.js 24, use of the language and Node.js 20 lacks: worlds run them in
// the process of whoever tests. Installed as the standard has it, and nothing where it is there.

interface Grouping {
  groupBy?: unknown;
}

function groupBy<Item, Key>(
  items: Iterable<Item>,
  keyOf: (item: Item, index: number) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

if ((Map as Grouping).groupBy === undefined)
  Object.defineProperty(Map, "groupBy", { value: groupBy, writable: true, configurable: true });
