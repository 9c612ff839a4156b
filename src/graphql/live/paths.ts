// Which fields of the API differ between two states of an entity, as paths: `lastStatus`, `containers.exitCode`.
// The schema says which paths there are; what ECS tells beyond it is nobody's news. Pure.
import { getNamedType, isObjectType } from "graphql";
import type { GraphQLObjectType, GraphQLSchema } from "graphql";
import { isObject } from "../../ecs/json.ts";

/** Fields of a type with what is below them; an empty map is compared as a whole. */
interface PathTree extends ReadonlyMap<string, PathTree> {}

/** What a field shows, where the entity does not have it under the field's own name. */
export type Reading<Entity, Place> = (entity: Entity, place: Place) => unknown;

/** A field that never differs between two states of one entity, or whose changes are another subscription's news. */
export const settled = (): undefined => undefined;

const leaf: PathTree = new Map();

/** The fields of a type, down to its last scalars. `whole` are compared without looking inside. */
function pathTree(schema: GraphQLSchema, typeName: string, whole: ReadonlySet<string>): PathTree {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`the schema has no object type ${typeName}`);
  return treeOf(type, whole);
}

function treeOf(
  type: GraphQLObjectType,
  whole: ReadonlySet<string>,
  above: readonly GraphQLObjectType[] = [],
): PathTree {
  const here = [...above, type];
  return new Map(
    Object.values(type.getFields()).map((field) => {
      const inner = getNamedType(field.type);
      const isDeeper = isObjectType(inner) && field.args.length === 0 && !here.includes(inner);
      if (!isDeeper || (above.length === 0 && whole.has(field.name))) return [field.name, leaf];
      return [field.name, treeOf(inner, whole, here)];
    }),
  );
}

export interface Comparison<Entity, Place> {
  /** The paths that differ, in the schema's order, each once. */
  compare(before: Entity, after: Entity, place: Place): readonly string[];
  /** All paths that ever may: for when nobody knows what was before. */
  readonly all: readonly string[];
}

/** How two states of one entity are compared. */
export function createComparison<Entity extends object, Place>(
  schema: GraphQLSchema,
  typeName: string,
  readings: Readonly<Record<string, Reading<Entity, Place>>>,
): Comparison<Entity, Place> {
  const tree = pathTree(schema, typeName, new Set(Object.keys(readings)));
  const fields = [...tree].flatMap(([name, below]) => {
    const own: Reading<Entity, Place> = (entity) => (isObject(entity) ? entity[name] : undefined);
    const read = readings[name] ?? own;
    return read === settled ? [] : [{ name, below, read }];
  });
  return {
    compare: (before, after, place) => {
      const paths = new Set<string>();
      for (const { name, below, read } of fields)
        compare(name, below, read(before, place), read(after, place), paths);
      return [...paths];
    },
    all: fields.flatMap(({ name, below }) => pathsIn(name, below)),
  };
}

function pathsIn(path: string, below: PathTree): string[] {
  return [path, ...[...below].flatMap(([name, deeper]) => pathsIn(`${path}.${name}`, deeper))];
}

function compare(
  path: string,
  below: PathTree,
  before: unknown,
  after: unknown,
  paths: Set<string>,
): void {
  if (before === after || isSame(before, after)) return;
  if (below.size > 0 && Array.isArray(before) && Array.isArray(after)) {
    const pairs = pairUp(before, after);
    if (!pairs) paths.add(path);
    else for (const [was, is] of pairs) compare(path, below, was, is, paths);
    return;
  }
  if (below.size > 0 && isObject(before) && isObject(after)) {
    for (const [name, deeper] of below)
      compare(`${path}.${name}`, deeper, before[name], after[name], paths);
    return;
  }
  paths.add(path);
}

/** What tells the members of a list apart, whatever their order. */
const identities = ["arn", "name", "key"];

/** Members of two lists that are the same thing at two times; undefined when things came or went. */
function pairUp(
  before: readonly unknown[],
  after: readonly unknown[],
): (readonly [unknown, unknown])[] | undefined {
  if (before.length !== after.length) return undefined;
  const identity = identities.find((name) =>
    [...before, ...after].every((each) => isObject(each) && typeof each[name] === "string"),
  );
  if (identity === undefined) return before.map((each, at) => [each, after[at]] as const);
  const named = new Map(after.map((each) => [isObject(each) && each[identity], each]));
  const pairs = before.flatMap((each) => {
    const match = named.get(isObject(each) && each[identity]);
    return match === undefined ? [] : [[each, match] as const];
  });
  return named.size === after.length && pairs.length === before.length ? pairs : undefined;
}

/** Structural equality of JSON-like values; an absent member equals an undefined one. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, at) => isSame(each, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  for (const name in a) if (!isSame(a[name], b[name])) return false;
  for (const name in b) if (a[name] === undefined && b[name] !== undefined) return false;
  return true;
}
