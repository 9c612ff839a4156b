// Reads what was asked of a list or of one thing, and says how a list is followed. What is answered has the type of what
// was asked: see asked.ts.
import { filterArguments, kinds } from "../client/kinds.ts";
import { printSelection } from "../client/select.ts";
import type { Feed } from "../client/follow.ts";
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

/** The subscription: `change { type cursor <entity> }`, with `$after`, `$snapshot` and `$heartbeatSeconds`. */
export function changesOf({ kind, select }: Listed<unknown>, filter: JsonObject): Feed {
  const { subscription, entity } = kinds[kind];
  const { declare, pass, variables } = filterArguments(kind, filter);
  const also = ["$after: String", "$snapshot: Boolean", "$heartbeatSeconds: Int"];
  const place = ["after: $after", "snapshot: $snapshot", "heartbeatSeconds: $heartbeatSeconds"];
  const document = `subscription(${[...declare, ...also].join(", ")}) {
    change: ${subscription}(${[...pass, ...place].join(", ")}) {
      type cursor ${entity} { ${printSelection(select)} }
    }
  }`;
  return { document, variables, list: kind, entity };
}
