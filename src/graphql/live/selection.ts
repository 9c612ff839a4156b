// What a subscription's document asks for, apart from where it starts: which field, which paths of the entity, and
// what must be equal for two subscriptions to be one. Pure.
import { getArgumentValues, getVariableValues, GraphQLError, Kind, print, visit } from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from "graphql";
import type { Rights } from "../caller.ts";
import { clientError } from "../errors.ts";

/** A document, as far as it does not depend on variables. */
export interface Shape {
  /** The subscription's field; one that is there several times has the same arguments each time. */
  readonly root: FieldNode;
  /** The selection without the root field's arguments: equal for documents that select the same. */
  readonly text: string;
  /** Variables that the selection itself uses. */
  readonly variables: ReadonlySet<string>;
  /** Selected paths of the entity and of what encloses them; undefined when the entity is not selected at all. */
  readonly paths: ReadonlySet<string> | undefined;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** The fields of a selection, through its fragments; each fragment is looked into once. */
function* fieldsOf(
  set: SelectionSetNode | undefined,
  fragments: Fragments,
  seen = new Set<string>(),
): Generator<FieldNode> {
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      yield* fieldsOf(selection.selectionSet, fragments, seen);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      yield* fieldsOf(fragments.get(selection.name.value)?.selectionSet, fragments, seen);
    }
  }
}

/** No path of an entity that is compared is longer: `containers.networkBindings.hostPort`. */
const pathLengthMax = 3;

function addPaths(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
  above: readonly string[],
  paths: Set<string>,
): void {
  const below = new Map<string, SelectionSetNode[]>();
  for (const set of sets)
    for (const { name, selectionSet } of fieldsOf(set, fragments)) {
      const inner = below.get(name.value) ?? [];
      below.set(name.value, inner);
      if (selectionSet) inner.push(selectionSet);
    }
  for (const [name, inner] of below) {
    const path = [...above, name];
    paths.add(path.join("."));
    if (path.length < pathLengthMax) addPaths(inner, fragments, path, paths);
  }
}

/** `entityField` is the field of the payload that holds the entity, by the name of the root field. */
export function shapeOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  entityField: (rootField: string) => string,
): Shape {
  const fragments: Fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  // One field, that may be written down several times, each with a part of what is selected.
  const roots = [...fieldsOf(operation.selectionSet, fragments)];
  const [root] = roots;
  if (!root) throw clientError("BAD_USER_INPUT", "the subscription selects no field.");
  const entity = entityField(root.name.value);
  const selected = roots
    .flatMap(({ selectionSet }) => [...fieldsOf(selectionSet, fragments)])
    .filter(({ name }) => name.value === entity);
  const paths = new Set<string>();
  const sets = selected.flatMap(({ selectionSet }) => selectionSet ?? []);
  addPaths(sets, fragments, [], paths);

  const variables = new Set<string>();
  const bare = roots.map((each): FieldNode => ({ ...each, arguments: [] }));
  const used = new Map<string, FragmentDefinitionNode>();
  for (const { selectionSet } of roots) usedFragments(selectionSet, fragments, used);
  const kept = [...bare, ...used.values()];
  for (const node of kept) visit(node, { Variable: ({ name }) => void variables.add(name.value) });
  return {
    root,
    text: kept.map((node) => print(node)).join("\n"),
    variables,
    paths: selected.length > 0 ? paths : undefined,
  };
}

/** Adds the fragments that a selection spreads, and those that these do. */
function usedFragments(
  set: SelectionSetNode | undefined,
  fragments: Fragments,
  used: Map<string, FragmentDefinitionNode>,
): void {
  if (set)
    visit(set, {
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value);
        if (!fragment || used.has(name.value)) return;
        used.set(name.value, fragment);
        usedFragments(fragment.selectionSet, fragments, used);
      },
    });
}

/** One request to subscribe: its arguments, and the keys by which it shares work with others. */
export interface Selection {
  readonly shape: Shape;
  readonly args: Readonly<Record<string, unknown>>;
  /** Equal when the payloads of one change are equal. */
  readonly programKey: string;
  /** Equal when the messages are equal as well: the same changes, wherever each subscriber began. */
  readonly groupKey: string;
}

/** Throws a GraphQLError when the variables or arguments do not fit. */
export function readSelection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  shape: Shape,
  raw: Readonly<Record<string, unknown>>,
  rights: Rights,
): Selection {
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], raw);
  if (values.errors) throw values.errors[0] ?? new GraphQLError("the variables do not fit");
  const field = schema.getSubscriptionType()?.getFields()[shape.root.name.value];
  if (!field) throw new Error(`the schema has no subscription ${shape.root.name.value}`);
  const args = getArgumentValues(field, shape.root, values.coerced);
  const { after: _, snapshot: __, ...lasting } = args;
  const used = [...shape.variables].sort().map((name) => [name, values.coerced[name]]);
  const programKey = `${rights} ${shape.text}\n${JSON.stringify(used)}`;
  return { shape, args, programKey, groupKey: `${programKey}\n${canonical(lasting)}` };
}

/** JSON with members in order, so that the order in which a client wrote them does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
