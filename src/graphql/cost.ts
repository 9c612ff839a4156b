// What an operation may cost: how many values its answer could have, by the sizes of its pages. Pure; asks nobody.
// What it looks at for them is looks.ts's.
import {
  getArgumentValues,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isUnionType,
} from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLNamedType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from "graphql";
import { historyMinutes, historyMinutesByDefault } from "../store/history.ts";
import { firstByDefault, firstMax } from "./page.ts";

/** Values that one answer may have: about forty bytes and a tenth of a microsecond each. */
export const valuesMax = 400_000;

/** How much there is. A page is never larger than that, so that a small fleet may be asked for wholly. */
export interface FleetSizes {
  readonly clusters: number;
  readonly containerInstances: number;
  readonly tasks: number;
  readonly daemons: number;
}

/** Values in the largest answer that these variables allow. Without a fleet, every page counts as full. */
export type Cost = (variables: Variables, fleet?: FleetSizes) => number;

export type Variables = Readonly<Record<string, unknown>>;
type PageSize = (variables: Variables, fleet: FleetSizes | undefined) => number;

/** What lists without pages hold, generously: as an estimate, by the name of the field. */
const usualSizes: ReadonlyMap<string, number> = new Map([
  ["attributes", 50],
  ["containers", 4],
  ["daemons", 10],
  ["endpoints", 4],
  ["networkBindings", 4],
  ["registeredResources", 6],
  ["remainingResources", 6],
  ["revisions", 20],
  ["rules", 10],
  ["timeline", 8],
  // Of introspection:
  ["args", 3],
  ["enumValues", 4],
  ["fields", 12],
  ["interfaces", 1],
  ["possibleTypes", 1],
  ["types", 120],
]);
const usualSize = 8;

/** A field of an operation, wherever its fragments put it. */
export interface Step {
  /** `Type.field`. */
  readonly name: string;
  /** Its arguments, from variables as the schema reads them. Throws when they do not fit. */
  readonly args: (variables: Variables) => Readonly<Record<string, unknown>>;
  readonly size: PageSize;
  readonly below: readonly Step[];
}

const one: PageSize = () => 1;

/** Tasks on one instance: they are not all alike, so twice the mean, and some. */
export const tasksOnOne = ({ tasks, containerInstances }: FleetSizes): number =>
  10 + 2 * Math.ceil(tasks / Math.max(1, containerInstances));

/** At most how many of a page there can be, by what the page is of and where it hangs. */
function present(parent: string, node: string, fleet: FleetSizes): number {
  if (node === "Cluster") return fleet.clusters;
  if (node === "ContainerInstance") return fleet.containerInstances;
  if (node === "Daemon") return fleet.daemons;
  if (parent === "ContainerInstance") return tasksOnOne(fleet);
  // Of tasks, or of what tasks have, such as endpoints.
  return node === "Task" ? fleet.tasks : Number.POSITIVE_INFINITY;
}

class Reading {
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #defaults = new Map<string, ValueNode>();

  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(node.name.value, node);
    for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
      if (defaultValue) this.#defaults.set(variable.name.value, defaultValue);
  }

  /** The fields of a selection on a type. `page` is the size of the connection that the type is, if it is one. */
  steps(set: SelectionSetNode, type: GraphQLNamedType, page: PageSize | undefined): Step[] {
    return set.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return this.#step(selection, type, page);
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = this.#fragments.get(selection.name.value);
        return fragment
          ? this.steps(fragment.selectionSet, this.#typeOf(fragment.typeCondition, type), page)
          : [];
      }
      return this.steps(selection.selectionSet, this.#typeOf(selection.typeCondition, type), page);
    });
  }

  #typeOf(
    condition: { readonly name: { readonly value: string } } | undefined,
    otherwise: GraphQLNamedType,
  ): GraphQLNamedType {
    return (condition && this.#schema.getType(condition.name.value)) ?? otherwise;
  }

  #step(node: FieldNode, parent: GraphQLNamedType, page: PageSize | undefined): Step[] {
    const field = this.#fieldOf(parent, node.name.value);
    const name = `${parent.name}.${node.name.value}`;
    if (!field) return [{ name, args: () => ({}), size: one, below: [] }];
    const args = (variables: Variables) => getArgumentValues(field, node, variables);
    const type = getNamedType(field.type);
    const isList = isListType(getNullableType(field.type));
    const takesFirst = field.args.some(({ name }) => name === "first");
    const first = takesFirst ? this.#pageSize(node, parent, type) : undefined;
    // A connection is one object; its page is how many nodes and edges it has. Other lists are themselves the page.
    const minutes = field.name === "history" ? this.#minutes(node) : undefined;
    const ownSize = isList ? (page ?? first ?? minutes ?? (() => sizeOf(field.name))) : one;
    if (!node.selectionSet || !isCompositeType(type))
      return [{ name, args, size: ownSize, below: [] }];
    const below = this.steps(node.selectionSet, type, isList ? undefined : first);
    return [{ name, args, size: ownSize, below }];
  }

  #fieldOf(parent: GraphQLNamedType, name: string): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    if (!isCompositeType(parent) || isUnionType(parent)) return undefined;
    return parent.getFields()[name];
  }

  #pageSize(node: FieldNode, parent: GraphQLNamedType, connection: GraphQLNamedType): PageSize {
    const given = node.arguments?.find(({ name }) => name.value === "first")?.value;
    const nodeType = connection.name.replace(/Connection$/, "");
    return (variables, fleet) => {
      const asked = this.#number(given, variables) ?? firstByDefault;
      const size = Math.min(Math.max(asked, 0), firstMax);
      return fleet ? Math.min(size, present(parent.name, nodeType, fleet)) : size;
    };
  }

  /** A history has one entry for each minute that is asked for. */
  #minutes(node: FieldNode): PageSize {
    const given = node.arguments?.find(({ name }) => name.value === "minutes")?.value;
    return (variables) => {
      const asked = this.#number(given, variables) ?? historyMinutesByDefault;
      return Math.min(Math.max(asked, 0), historyMinutes);
    };
  }

  #number(value: ValueNode | undefined, variables: Variables): number | undefined {
    if (value?.kind === Kind.INT) return Number(value.value);
    if (value?.kind !== Kind.VARIABLE) return undefined;
    const name = value.name.value;
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (typeof given === "number") return given;
    const byDefault = given === undefined ? this.#defaults.get(name) : undefined;
    return byDefault?.kind === Kind.INT ? Number(byDefault.value) : undefined;
  }
}

const sizeOf = (field: string): number => usualSizes.get(field) ?? usualSize;

/** The fields of a valid operation, read once. */
export function readSteps(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly Step[] {
  const root = schema.getRootType(operation.operation);
  if (!root) return [];
  return new Reading(schema, document, operation).steps(operation.selectionSet, root, undefined);
}

/** What comes back is cheap to ask again. */
export function createCost(steps: readonly Step[]): Cost {
  return (variables, fleet) => {
    const valuesOf = ({ size, below }: Step): number => {
      const inside = below.reduce((sum, step) => sum + valuesOf(step), 0);
      return size(variables, fleet) * (1 + inside);
    };
    return steps.reduce((sum, step) => sum + valuesOf(step), 0);
  };
}

/** Why an operation must not run; undefined when it may. The fleet is only counted where it decides. */
export function costProblem(
  cost: Cost,
  variables: Variables,
  fleet: () => FleetSizes,
): string | undefined {
  if (cost(variables) <= valuesMax) return undefined;
  const values = cost(variables, fleet());
  if (values <= valuesMax) return undefined;
  return `the answer could have ${Math.round(values)} values, and ${valuesMax} are allowed: ask for smaller pages (first), fewer fields, or fewer lists inside each other.`;
}
