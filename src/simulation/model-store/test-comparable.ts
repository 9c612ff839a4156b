// Brings the answers of two stores into a form in which they can be compared. Only for tests.

/** Fencing tokens begin at the time of the server, which differs: here the first one of a cluster is 0. */
export class Tokens {
  readonly #first = new Map<string, number>();
  readonly #leases = new Map<string, string>();

  /** The server has forgotten its count. */
  reset(): void {
    this.#first.clear();
    this.#leases.clear();
  }

  /** The name of a lease, the same on both sides. */
  note(cluster: string, lease: string): string {
    const at = lease.lastIndexOf(":");
    const token = Number(lease.slice(at + 1));
    const first = this.#first.get(cluster) ?? token;
    this.#first.set(cluster, first);
    const name = `${lease.slice(0, at)}#${token - first}`;
    this.#leases.set(`${cluster} ${name}`, lease);
    return name;
  }

  /** The lease of a name; one that nobody has when there is none. */
  lease(cluster: string, name: string): string {
    return this.#leases.get(`${cluster} ${name}`) ?? name;
  }
}

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
