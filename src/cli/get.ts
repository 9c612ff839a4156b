// `longshore get`: asks for a list page by page and prints it as a table or as one JSON array.
import type { JsonObject } from "../ecs/json.ts";
import { isObject, number, objects, text } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { filterArguments, filterVariables } from "./resources.ts";
import type { Resource } from "./resources.ts";
import { layOutTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface GetOptions {
  readonly output: "table" | "wide" | "json";
  /** Most things to print; undefined for all. */
  readonly limit: number | undefined;
  /** Arguments that filter options became. */
  readonly filter: JsonObject;
}

const pageMax = 1000;

interface Page {
  readonly nodes: readonly JsonObject[];
  readonly totalCount: number;
}

/** The pages of a list up to its end, or up to `limit` things. There is always one page. */
async function* pagesOf(
  client: ApiClient,
  resource: Resource,
  { output, limit = Infinity, filter }: GetOptions,
): AsyncGenerator<Page, void> {
  const { declare, pass } = filterArguments(resource);
  const fields = output === "json" ? resource.full : resource.shown;
  const document = `query(${[...declare, "$first: Int", "$after: String"].join(", ")}) {
    list: ${resource.query}(${[...pass, "first: $first", "after: $after"].join(", ")}) {
      nodes { ${fields} } pageInfo { hasNextPage endCursor } totalCount
    }
  }`;
  let after: string | null = null;
  for (let left = limit; ;) {
    const first = Math.min(pageMax, left);
    const data = await client.request(document, {
      ...filterVariables(resource, filter),
      first,
      after,
    });
    const list = isObject(data["list"]) ? data["list"] : {};
    const nodes = objects(list, "nodes");
    yield { nodes, totalCount: number(list, "totalCount") ?? 0 };
    left -= nodes.length;
    const info = isObject(list["pageInfo"]) ? list["pageInfo"] : {};
    after = text(info, "endCursor") ?? null;
    if (left <= 0 || info["hasNextPage"] !== true || after === null) return;
  }
}

/** Pages go out as they come. One that fails leaves the array open: nobody takes a part for the whole. */
async function printJson(pages: AsyncIterable<Page>, terminal: Terminal): Promise<void> {
  let separator = "[\n";
  for await (const { nodes } of pages)
    for (const node of nodes) {
      await terminal.print(`${separator}${JSON.stringify(node)}`);
      separator = ",\n";
    }
  await terminal.print(separator === "[\n" ? "[]\n" : "\n]\n");
}

/** Prints what the API lists. Throws a ClientFailure. */
export async function get(
  client: ApiClient,
  resource: Resource,
  options: GetOptions,
  terminal: Terminal,
  now: number,
): Promise<void> {
  const pages = pagesOf(client, resource, options);
  if (options.output === "json") return printJson(pages, terminal);
  const columns = resource.columns.filter(({ wide }) => options.output === "wide" || !wide);
  const rows: string[][] = [];
  let total = 0;
  for await (const { nodes, totalCount } of pages) {
    total = totalCount;
    for (const node of nodes) rows.push(columns.map(({ value }) => value(node, now)));
  }
  if (rows.length === 0 && total === 0)
    return terminal.note(`longshore: no ${resource.name} match.`);
  await terminal.print(`${layOutTable(columns, rows, terminal.width).join("\n")}\n`);
  if (rows.length === options.limit && rows.length < total)
    terminal.note(
      `longshore: ${rows.length} of ${total} ${resource.name}; --limit ends the list here.`,
    );
}
