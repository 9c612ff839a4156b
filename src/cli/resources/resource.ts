// What the commands need to know of a kind of thing: how it is asked for, filtered, named and shown. Types, and how
// filters become arguments; no I/O.
import type { JsonObject } from "../../ecs/json.ts";
import type { Column } from "../table.ts";

export interface ResourceColumn extends Column {
  /** Only with `-o wide`. */
  readonly wide?: true;
  readonly value: (node: JsonObject, now: number) => string;
  /** For programs, where people see something shorter. */
  readonly raw?: (node: JsonObject) => string;
  /** What rows are sorted by, where the text itself would sort wrongly. */
  readonly order?: (node: JsonObject) => number;
}

/** A command-line option that becomes an argument of the query. */
export interface FilterOption {
  readonly flags: string;
  readonly description: string;
  /** Name in the query's arguments. */
  readonly argument: string;
  readonly kind: "text" | "list" | "number" | "yes" | "no";
  /** Words that it takes, for completion; the API takes others, too. */
  readonly words?: readonly string[];
}

export interface Resource {
  /** In the plural, as `get` lists it. */
  readonly name: string;
  /** One of it. */
  readonly singular: string;
  /** Field of Query. */
  readonly query: string;
  /** Field of Subscription. */
  readonly subscription: string;
  /** Field of a change's payload. */
  readonly entity: string;
  /** GraphQL type of the `filter` argument; undefined where options are arguments themselves, all String. */
  readonly filterType: string | undefined;
  readonly filters: readonly FilterOption[];
  /** Options that only the subscription takes. */
  readonly watchFilters?: readonly FilterOption[];
  /** Selection for tables and lines, then for JSON. */
  readonly shown: string;
  readonly full: string;
  readonly columns: readonly ResourceColumn[];
  /** What tells it from all others; also the order of a list. */
  readonly key: (node: JsonObject) => string;
  /** What commands take to mean it: `-o name`. */
  readonly handle: (node: JsonObject) => string;
  /** What a change's line says of it. */
  readonly line: (node: JsonObject) => readonly string[];
}

/** Declared variables and passed arguments of a list or subscription: `{ declare: "$filter: TaskFilter", pass: "filter: $filter" }`. */
export function filterArguments(
  { filterType, filters }: Resource,
  also: readonly FilterOption[] = [],
): { readonly declare: readonly string[]; readonly pass: readonly string[] } {
  if (filterType !== undefined)
    return { declare: [`$filter: ${filterType}`], pass: ["filter: $filter"] };
  const names = [...filters, ...also].map(({ argument }) => argument);
  return {
    declare: names.map((name) => `$${name}: String`),
    pass: names.map((name) => `${name}: $${name}`),
  };
}

/** Variables for {@link filterArguments} from what the command line set. */
export function filterVariables({ filterType }: Resource, chosen: JsonObject): JsonObject {
  return filterType === undefined ? chosen : { filter: chosen };
}

/** The query of one page: `list { nodes pageInfo totalCount }`, with `$first` and `$after`. */
export function pageDocument(resource: Resource, fields: string): string {
  const { declare, pass } = filterArguments(resource);
  return `query(${[...declare, "$first: Int", "$after: String"].join(", ")}) {
    list: ${resource.query}(${[...pass, "first: $first", "after: $after"].join(", ")}) {
      nodes { ${fields} } pageInfo { hasNextPage endCursor } totalCount
    }
  }`;
}

/** The subscription: `change { type cursor <entity> }`, with `$after`, `$snapshot` and `$heartbeatSeconds`. */
export function changesDocument(resource: Resource, fields: string): string {
  const { declare, pass } = filterArguments(resource, resource.watchFilters);
  const also = ["$after: String", "$snapshot: Boolean", "$heartbeatSeconds: Int"];
  const place = ["after: $after", "snapshot: $snapshot", "heartbeatSeconds: $heartbeatSeconds"];
  return `subscription(${[...declare, ...also].join(", ")}) {
    change: ${resource.subscription}(${[...pass, ...place].join(", ")}) {
      type cursor ${resource.entity} { ${fields} }
    }
  }`;
}
