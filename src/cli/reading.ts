// Reads what was asked of a list, of one thing or of several. What is answered has the type of what was asked: see
// asked.ts.
import { filterArguments } from "../client/kinds.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Listed, One } from "./asked.ts";
import type { AskClient } from "./client.ts";

export interface PageArguments {
  /** Arguments that restrict the list. */
  readonly filter: JsonObject;
  readonly first: number;
  readonly after: string | null;
}

export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Field, arguments and selection of a page. */
export function pageOf({ kind, select }: Listed<unknown>, { filter, ...place }: PageArguments) {
  const { variables } = filterArguments(kind, filter);
  const page = {
    nodes: select,
    pageInfo: { hasNextPage: true, endCursor: true },
    totalCount: true,
  };
  return [kind, { ...variables, ...place }, page] as const;
}

export async function readPage<Node>(
  client: AskClient,
  asked: Listed<Node>,
  page: PageArguments,
): Promise<Page<Node>> {
  return (await client.ask(...pageOf(asked, page))) as Page<Node>;
}

/** The one thing that the arguments name; undefined when there is none. */
export async function readOne<Node>(
  client: AskClient,
  { field, select }: One<Node>,
  given: JsonObject,
): Promise<Node | undefined> {
  return ((await client.ask(field, given, select)) as Node | null) ?? undefined;
}

/** Those of several things that there are, in one request. */
export async function readEach<Node>(
  client: AskClient,
  { field, select }: One<Node>,
  givens: readonly JsonObject[],
): Promise<readonly Node[]> {
  if (givens.length === 0) return [];
  const found = (await client.askEach(field, givens, select)) as readonly (Node | null)[];
  return found.flatMap((node) => node ?? []);
}
