// Pages of lists: checks `first` and `after`, cuts the page out, counts the rest. Pure.
import { clientError } from "./errors.ts";
import type { Selection } from "./select.ts";

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
  readonly changeCursor: string;
}

export const firstByDefault = 100;
export const firstMax = 1000;

export function pageSize({ first }: PageArguments): number {
  if (first === undefined || first === null) return firstByDefault;
  if (first < 0 || first > firstMax)
    throw clientError(
      "BAD_USER_INPUT",
      `first is ${first}: it takes 0 to ${firstMax}. Page on with after.`,
    );
  return first;
}

/** A place in a list: the sort key of the last thing seen. */
export function encodePlace(key: string): string {
  return Buffer.from(`p:${key}`).toString("base64url");
}

const placeText = (cursor: string): string => Buffer.from(cursor, "base64url").toString("utf8");

/** Whether a cursor is one of a list. */
export const isPlace = (cursor: string): boolean => placeText(cursor).startsWith("p:");

export function decodePlace({ after }: PageArguments): string | undefined {
  if (after === undefined || after === null) return undefined;
  if (!isPlace(after))
    throw clientError(
      "BAD_USER_INPUT",
      "after is no cursor of a list: pass an endCursor that a page gave.",
    );
  return placeText(after).slice(2);
}

/** Cuts one page out of what matches. `matching` is in order of its keys. */
export function cutPage<Node>(
  matching: Iterable<readonly [key: string, node: Node]>,
  args: PageArguments,
  changeCursor: string,
): Page<Node> {
  const size = pageSize(args);
  const after = decodePlace(args);
  const edges: { cursor: string; node: Node }[] = [];
  let totalCount = 0;
  let hasNextPage = false;
  for (const [key, node] of matching) {
    totalCount++;
    if (after !== undefined && key <= after) continue;
    if (edges.length < size) edges.push({ cursor: encodePlace(key), node });
    else hasNextPage = true;
  }
  return {
    nodes: edges.map(({ node }) => node),
    edges,
    pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null },
    totalCount,
    changeCursor,
  };
}

/**
 * One page of what is selected of several views, which are in order. Costs as much as the page: what is not asked
 * for (the count of a filter without a list of its own, cursors of edges) is not worked out.
 */
export function pageOf<Node>(
  selections: readonly Selection<Node>[],
  args: PageArguments,
  changeCursor: () => string,
): Page<Node> {
  return new LazyPage(selections, pageSize(args), decodePlace(args), changeCursor);
}

class LazyPage<Node> implements Page<Node> {
  readonly #selections: readonly Selection<Node>[];
  readonly #changeCursor: () => string;
  readonly #keys: string[] = [];
  readonly nodes: Node[] = [];
  readonly #hasNextPage: boolean;

  constructor(
    selections: readonly Selection<Node>[],
    size: number,
    place: string | undefined,
    changeCursor: () => string,
  ) {
    this.#selections = selections;
    this.#changeCursor = changeCursor;
    this.#hasNextPage = this.#fill(size, place);
  }

  get edges(): Page<Node>["edges"] {
    return this.nodes.map((node, index) => ({
      cursor: encodePlace(this.#keys[index] ?? ""),
      node,
    }));
  }

  get pageInfo(): Page<Node>["pageInfo"] {
    const last = this.#keys.at(-1);
    const endCursor = last === undefined ? null : encodePlace(last);
    return { hasNextPage: this.#hasNextPage, endCursor };
  }

  get totalCount(): number {
    return this.#selections.reduce((sum, selection) => sum + selection.count(), 0);
  }

  get changeCursor(): string {
    return this.#changeCursor();
  }

  /** Takes nodes from after a place, which is `ARN id`; answers whether there are more. */
  #fill(size: number, place: string | undefined): boolean {
    const space = place?.indexOf(" ") ?? -1;
    const arn = space < 0 ? place : place?.slice(0, space);
    for (const selection of this.#selections) {
      if (arn !== undefined && selection.arn < arn) continue;
      const isThere = space >= 0 && selection.arn === arn;
      for (const [id, node] of selection.after(isThere ? place?.slice(space + 1) : undefined)) {
        if (this.nodes.length >= size) return true;
        this.nodes.push(node);
        this.#keys.push(`${selection.arn} ${id}`);
      }
    }
    return false;
  }
}
