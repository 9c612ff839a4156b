// What the commands need to know of a kind of thing: how it is asked for, filtered, named and shown. Types only.
// What reads a node is a method: whoever handles kinds of all sorts hands each the nodes that its selection brought.
import type { JsonObject } from "../../ecs/json.ts";
import type { Listed } from "../asked.ts";
import type { Column } from "../table.ts";

export interface ResourceColumn<Node = JsonObject> extends Column {
  /** Only with `-o wide`. */
  readonly wide?: true;
  value(node: Node, now: number): string;
  /** For programs, where people see something shorter. */
  raw?(node: Node): string;
  /** What rows are sorted by, where the text itself would sort wrongly. */
  order?(node: Node): number;
}

/** A command-line option that becomes an argument of the query. */
export interface FilterOption<Name extends string = string> {
  readonly flags: string;
  readonly description: string;
  /** Name in the query's arguments. */
  readonly argument: Name;
  readonly kind: "text" | "list" | "number" | "yes" | "no";
  /** Words that it takes, in capitals as ECS has them; the API takes others, too. */
  readonly words?: readonly string[];
}

/** `Node` is what its tables show, `Name` an argument that restricts its list. */
export interface Resource<Node = JsonObject, Name extends string = string> {
  /** In the plural, as `get` lists it. */
  readonly name: string;
  /** One of it. */
  readonly singular: string;
  readonly filters: readonly FilterOption<Name>[];
  /** Options that only the subscription takes. */
  readonly watchFilters?: readonly FilterOption<Name>[];
  /** Selection for tables and lines. */
  readonly shown: Listed<Node>;
  /** Selection for JSON: at least what tables show. */
  readonly full: Listed<Node>;
  readonly columns: readonly ResourceColumn<Node>[];
  /** What tells it from all others; also the order of a list. */
  key(node: Node): string;
  /** What commands take to mean it: `-o name`. */
  handle(node: Node): string;
  /** What a change's line says of it. */
  line(node: Node): readonly string[];
}
