// What is due when: a binary heap ordered by time, then by insertion, so that equal seeds give equal orders. Knows no clock.

interface Entry<Item> {
  readonly at: number;
  readonly order: number;
  readonly item: Item;
}

/** A queue of items by the time they are due (ms). Adding and taking cost O(log n). */
export interface DueHeap<Item> {
  readonly size: number;
  /** The time of the earliest item; undefined when empty. */
  nextAt(): number | undefined;
  add(at: number, item: Item): void;
  /** The earliest item that is due at `now`, with its own time; undefined when none is. */
  take(now: number): { readonly at: number; readonly item: Item } | undefined;
}

export function createDueHeap<Item>(): DueHeap<Item> {
  const entries: Entry<Item>[] = [];
  let order = 0;
  const before = (left: Entry<Item>, right: Entry<Item>) =>
    left.at < right.at || (left.at === right.at && left.order < right.order);

  function siftDown(entry: Entry<Item>): void {
    let index = 0;
    for (;;) {
      const left = entries[2 * index + 1];
      if (!left) break;
      const right = entries[2 * index + 2];
      const [child, childIndex] =
        right && before(right, left) ? [right, 2 * index + 2] : [left, 2 * index + 1];
      if (before(entry, child)) break;
      entries[index] = child;
      index = childIndex;
    }
    entries[index] = entry;
  }

  return {
    get size() {
      return entries.length;
    },
    nextAt: () => entries[0]?.at,
    add: (at, item) => {
      const entry = { at, order: order++, item };
      let index = entries.push(entry) - 1;
      while (index > 0) {
        const parentIndex = (index - 1) >> 1;
        const parent = entries[parentIndex];
        if (!parent || before(parent, entry)) break;
        entries[index] = parent;
        index = parentIndex;
      }
      entries[index] = entry;
    },
    take: (now) => {
      const first = entries[0];
      if (!first || first.at > now) return undefined;
      const last = entries.pop();
      if (last && last !== first) siftDown(last);
      return { at: first.at, item: first.item };
    },
  };
}
