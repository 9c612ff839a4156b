// A sorted set as Redis has it: members with scores, in order of score and then of member. Pure.

export class SortedSet extends Map<string, number> {}

type Bound = string | number;

/** Members with their scores, lowest first. */
export function inOrder(set: ReadonlyMap<string, number>): [member: string, score: number][] {
  return [...set].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : a > b ? 1 : 0));
}

/** The part of a list that Redis means by two indexes, both included; negative ones count from the end. */
export function inRange<T>(list: readonly T[], from: number, to: number): T[] {
  const start = from < 0 ? Math.max(0, list.length + from) : from;
  const end = to < 0 ? list.length + to : to;
  return list.slice(start, end + 1);
}

/** Whether a score is within two bounds as Redis reads them: `-inf`, `+inf`, `(5` for more or less than 5. */
export function isWithin(score: number, lowest: Bound, highest: Bound): boolean {
  const [least, overLeast] = readBound(lowest);
  const [most, underMost] = readBound(highest);
  return (overLeast ? score > least : score >= least) && (underMost ? score < most : score <= most);
}

function readBound(bound: Bound): [value: number, isOpen: boolean] {
  const text = String(bound);
  const isOpen = text.startsWith("(");
  const value = isOpen ? text.slice(1) : text;
  if (value === "-inf") return [-Infinity, isOpen];
  if (value === "+inf") return [Infinity, isOpen];
  return [Number(value), isOpen];
}
