// Pages of lists: checks `first` and `after`, cuts the page out, counts the rest. Pure.
import { clientError } from "./errors.ts";

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

export function decodePlace({ after }: PageArguments): string | undefined {
  if (after === undefined || after === null) return undefined;
  const text = Buffer.from(after, "base64url").toString("utf8");
  if (!text.startsWith("p:"))
    throw clientError(
      "BAD_USER_INPUT",
      "after is no cursor of a list: pass an endCursor that a page gave.",
    );
  return text.slice(2);
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
