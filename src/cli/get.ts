// `longshore get`: asks for a list page by page and prints it as a table, or for programs.
import type { JsonObject } from "../ecs/json.ts";
import type { Listed } from "./asked.ts";
import type { AskClient } from "./client.ts";
import { ClientFailure, usageFailure } from "./failure.ts";
import { columnName, writingOf } from "./output.ts";
import type { Output } from "./output.ts";
import { readPage } from "./reading.ts";
import type { Page, PageArguments } from "./reading.ts";
import type { Resource, ResourceColumn } from "./resources/resource.ts";
import { colourPaint, plainPaint } from "./style.ts";
import { layOutTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface GetOptions {
  readonly output: Output;
  /** Most things to print; undefined for all. */
  readonly limit: number | undefined;
  /** Arguments that filter options became. */
  readonly filter: JsonObject;
  /** Names of the columns that were asked for; undefined for those of the output. */
  readonly columns?: readonly string[] | undefined;
  /** Column to sort by, `-` before it for the other way round. */
  readonly sort?: string | undefined;
}

const pageMax = 1000;

/** The pages of a list up to its end, or up to `limit` things. There is always one page. */
export async function* pagesOf<Node>(
  client: AskClient,
  asked: Listed<Node>,
  { limit = Infinity, filter }: Pick<GetOptions, "limit" | "filter">,
): AsyncGenerator<Omit<Page<Node>, "pageInfo">, void> {
  let after: string | null = null;
  for (let left = limit; ;) {
    const page: PageArguments = { filter, first: Math.min(pageMax, left), after };
    const { nodes, totalCount, pageInfo } = await readPage(client, asked, page);
    yield { nodes, totalCount };
    left -= nodes.length;
    after = pageInfo.endCursor;
    if (left <= 0 || !pageInfo.hasNextPage || after === null) return;
  }
}

function columnNamed(resource: Resource, name: string): ResourceColumn {
  const wanted = name.trim().toLowerCase().replaceAll(/[ _]/g, "-");
  const found = resource.columns.find((column) => columnName(column) === wanted);
  if (found) return found;
  const names = resource.columns.map(columnName).join(", ");
  throw usageFailure(`${resource.name} have no column "${name}": they have ${names}.`);
}

/** The columns to show. Those that were asked for by name are never left out. Throws a usage failure. */
export function chosenColumns(
  resource: Resource,
  { columns, output }: Pick<GetOptions, "columns" | "output">,
): readonly ResourceColumn[] {
  if (columns !== undefined)
    return columns.map((name) => ({ ...columnNamed(resource, name), drop: 0 }));
  const all = output === "wide" || output === "csv";
  return resource.columns.filter((column) => all || !column.wide);
}

const words = new Intl.Collator("en", { numeric: true });

/** The order that `--sort` wants; undefined for the list's own. Throws a usage failure. */
export function orderBy(
  resource: Resource,
  sort: string | undefined,
  now: number,
): ((a: JsonObject, b: JsonObject) => number) | undefined {
  if (sort === undefined) return undefined;
  const sign = sort.startsWith("-") ? -1 : 1;
  const { order, value } = columnNamed(resource, sort.replace(/^-/, ""));
  return (a, b) =>
    sign * (order ? order(a) - order(b) : words.compare(value(a, now), value(b, now)));
}

/** The nodes that are wanted, in order, and how many match at all. */
async function collect(
  client: AskClient,
  resource: Resource,
  options: GetOptions,
  now: number,
): Promise<Omit<Page<JsonObject>, "pageInfo">> {
  const inOrder = orderBy(resource, options.sort, now);
  const { limit, filter } = options;
  const asked = inOrder ? { limit: undefined, filter } : { limit, filter };
  const nodes: JsonObject[] = [];
  let totalCount = 0;
  const fields = ["json", "yaml"].includes(options.output) ? resource.full : resource.shown;
  for await (const page of pagesOf(client, fields, asked)) {
    ({ totalCount } = page);
    nodes.push(...page.nodes);
  }
  if (inOrder) nodes.sort(inOrder);
  return { nodes: nodes.slice(0, limit ?? nodes.length), totalCount };
}

async function printForPrograms(
  client: AskClient,
  resource: Resource,
  output: "json" | "yaml" | "csv" | "name",
  options: GetOptions,
  terminal: Terminal,
  now: number,
): Promise<void> {
  const columns = chosenColumns(resource, options);
  const writing = await writingOf(output, { columns, resource }, now);
  const fields = ["json", "yaml"].includes(output) ? resource.full : resource.shown;
  // What is sorted is known as a whole only; the rest goes out page by page.
  const pages =
    options.sort === undefined
      ? pagesOf(client, fields, options)
      : [await collect(client, resource, options, now)];
  let isFirst = true;
  let pending = writing.begin;
  for await (const { nodes } of pages) {
    for (const node of nodes) {
      pending += writing.each(node, isFirst);
      isFirst = false;
    }
    await terminal.print(pending);
    pending = "";
  }
  await terminal.print(pending + writing.end(isFirst));
  if (isFirst) await expectCluster(client, options.filter);
}

/** Nothing of a cluster that there is not is a mistake, not an answer. Throws a ClientFailure. */
async function expectCluster(client: AskClient, { cluster }: JsonObject): Promise<void> {
  if (typeof cluster !== "string") return;
  if (await client.query("cluster", { cluster }, { arn: true })) return;
  throw new ClientFailure(
    "here",
    "NOT_FOUND",
    `no cluster is "${cluster}": longshore get clusters lists them.`,
  );
}

/** Prints what the API lists. Throws a ClientFailure. */
export async function get(
  client: AskClient,
  resource: Resource,
  options: GetOptions,
  terminal: Terminal,
  now: number,
): Promise<void> {
  const { output, limit } = options;
  if (output !== "table" && output !== "wide")
    return printForPrograms(client, resource, output, options, terminal, now);
  const columns = chosenColumns(resource, options);
  const { nodes, totalCount } = await collect(client, resource, options, now);
  if (nodes.length === 0 && totalCount === 0) {
    await expectCluster(client, options.filter);
    return terminal.note(`longshore: no ${resource.name} match.`);
  }
  const rows = nodes.map((node) => columns.map(({ value }) => value(node, now)));
  const paint = terminal.colours ? colourPaint : plainPaint;
  await terminal.print(`${layOutTable(columns, rows, terminal.width, paint).join("\n")}\n`);
  if (nodes.length === limit && nodes.length < totalCount)
    terminal.note(
      `longshore: ${nodes.length} of ${totalCount} ${resource.name}; --limit ends the list here.`,
    );
}
