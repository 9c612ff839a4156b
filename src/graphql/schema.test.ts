// The schema is the API's manual: everything in it says what it is.
import { readFileSync } from "node:fs";
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import type { GraphQLNamedType, GraphQLSchema } from "graphql";
import { expect, test } from "vitest";

const text = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
}

/** Everything that a description can belong to within a type, by its full name. */
function membersOf(type: GraphQLNamedType): (readonly [string, Described])[] {
  if (isEnumType(type)) return type.getValues().map((each) => [`${type.name}.${each.name}`, each]);
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((each) => [`${type.name}.${each.name}`, each]);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    [`${type.name}.${field.name}`, field] as const,
    ...field.args.map((each) => [`${type.name}.${field.name}(${each.name})`, each] as const),
  ]);
}

/** Names of what says nothing of itself, or hardly anything. */
function undescribed(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type))
    .flatMap((type) => [[type.name, type] as const, ...membersOf(type)])
    .filter(([, { description }]) => (description ?? "").trim().length < 4)
    .map(([name]) => name);
}

test("every type, field, argument, input field and enum value has a description", () => {
  expect(undescribed(buildSchema(text))).toEqual([]);
});

test("a description that is missing is seen, wherever it is", () => {
  const without = buildSchema(`
    "Asked." type Query { a("Which one." b: Int, c: Int): E "What." d: Int }
    enum E { "First." F G }
    "Given." input I { h: Int }
  `);
  expect(undescribed(without).toSorted()).toEqual(["E", "E.G", "I.h", "Query.a", "Query.a(c)"]);
});
