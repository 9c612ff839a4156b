// What a command asks for: a selection that the compiler has held against the schema, with the type of what is answered.
// Nothing is sent here. What people choose while it runs are columns of a table, never fields.
import type { Filters, Kind, Kinds } from "../client/kinds.ts";
import type { Item, Known, Selected, Selection } from "../client/select.ts";
import type { Query } from "../client/generated/schema.ts";

/** Asked of each thing of a list. */
export interface Listed<Node> {
  /** Field of Query. */
  readonly kind: Kind;
  readonly select: object;
  /** For the compiler only: what each is answered with. */
  readonly answer?: Node;
}

/** Fields of Query that answer one thing. */
export type OneField = "cluster" | "containerInstance" | "task" | "daemon";

/** Asked of one thing. */
export interface One<Node> {
  readonly field: OneField;
  readonly select: object;
  /** For the compiler only: what it is answered with. */
  readonly answer?: Node;
}

export type AnswerOf<A> = A extends { readonly answer?: infer Node } ? NonNullable<Node> : never;

/** Arguments that restrict a list. */
export type FilterName<K extends Kind> = keyof Filters[K] & string;

export const listed = <K extends Kind, const S extends Selection<Kinds[K]>>(
  kind: K,
  select: S & Known<Kinds[K], S>,
): Listed<Selected<Kinds[K], S>> => ({ kind, select });

export const one = <Name extends OneField, const S extends Selection<Item<Query[Name]>>>(
  field: Name,
  select: S & Known<Item<Query[Name]>, S>,
): One<Selected<Item<Query[Name]>, S>> => ({ field, select });
