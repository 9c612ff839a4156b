// What is asked for, as an object with a type: `{ arn: true, containers: { name: true } }`. The answer has exactly the
// members that were selected. Pure: prints GraphQL, sends nothing.
import type { Arguments, NoArguments } from "./generated/schema.ts";

/** What a field holds, out of its list and without null. */
export type Item<Field> =
  NonNullable<Field> extends readonly (infer Element)[] ? NonNullable<Element> : NonNullable<Field>;

/** The arguments of a field of its own; `never` when it takes none. */
type ArgumentsOf<T, Name> = T extends { readonly __typename?: infer TypeName }
  ? NonNullable<TypeName> extends infer Key extends keyof Arguments
    ? Name extends keyof Arguments[Key]
      ? Arguments[Key][Name]
      : never
    : never
  : never;

type FieldSelection<T, Name extends keyof T> = "__typename" extends keyof Item<T[Name]>
  ? [ArgumentsOf<T, Name>] extends [never]
    ? Selection<Item<T[Name]>>
    : NoArguments extends ArgumentsOf<T, Name>
      ? Selection<Item<T[Name]>> | readonly [ArgumentsOf<T, Name>, Selection<Item<T[Name]>>]
      : readonly [ArgumentsOf<T, Name>, Selection<Item<T[Name]>>]
  : true;

/**
 * Which members of `T` to ask for: `true` for a value, a selection for an object or a list of them, and
 * `[arguments, selection]` where a field takes arguments.
 */
export type Selection<T> = { readonly [Name in keyof T]?: FieldSelection<T, Name> };

/** Turns what `T` has no member for into an error where it was written. */
export type Known<T, S> = {
  readonly [Name in keyof S]: Name extends keyof T
    ? S[Name] extends true
      ? true
      : S[Name] extends readonly [infer Given, infer Inner]
        ? readonly [Given, Known<Item<T[Name]>, Inner>]
        : Known<Item<T[Name]>, S[Name]>
    : never;
};

type Answered<Field, S> = S extends true
  ? Exclude<Field, undefined>
  : S extends readonly [unknown, infer Inner]
    ? Answered<Field, Inner>
    : null extends Field
      ? Answered<Exclude<Field, null>, S> | null
      : Field extends readonly (infer Element)[]
        ? readonly Answered<Element, S>[]
        : Selected<Field, S>;

/** What an answer holds of `T` when `S` was asked for. A condition that always holds: the compiler then compares members. */
export type Selected<T, S> = S extends unknown
  ? { readonly [Name in keyof S & keyof T]-?: Answered<T[Name], S[Name]> }
  : never;

/** A selection whose type is not looked at any more. */
export type AnySelection = Readonly<Record<string, unknown>>;

/** A value as GraphQL writes it. Enums are not among the arguments of inner fields, so texts are texts. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(" ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${argumentsOf(value)}}`;
}

const argumentsOf = (values: object): string =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${literal(value)}`)
    .join(" ");

function printField(name: string, selection: unknown): string {
  if (selection === true) return name;
  const [given, inner]: readonly unknown[] = Array.isArray(selection) ? selection : [{}, selection];
  const passed = argumentsOf(given ?? {});
  return `${name}${passed === "" ? "" : `(${passed})`} { ${printSelection(inner ?? {})} }`;
}

/** A selection as GraphQL text, without its braces. */
export function printSelection(selection: object): string {
  return Object.entries(selection)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => printField(name, inner))
    .join(" ");
}

/** Both selections in one. */
export function merged(one: AnySelection, other: AnySelection): AnySelection {
  const both: Record<string, unknown> = { ...one };
  for (const [name, inner] of Object.entries(other)) {
    const there = both[name];
    const nested = typeof inner === "object" && typeof there === "object" && there && inner;
    both[name] = nested ? merged({ ...there }, { ...inner }) : inner;
  }
  return both;
}
