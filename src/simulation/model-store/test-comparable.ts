// Brings the answers of two stores into a form in which they can be compared. Only for tests.

/** Sorted where the order says nothing, and as plain data. */
export function comparable(value: unknown): unknown {
  if (value instanceof Map)
    return [...value]
      .map(([key, each]) => [String(key), comparable(each)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (value instanceof Set) return [...value].toSorted();
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, comparable(each)]),
    );
  return value;
}

/** A list whose order says nothing. */
export const inAnyOrder = (list: readonly unknown[]): unknown[] =>
  list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
