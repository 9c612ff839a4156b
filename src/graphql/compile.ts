// An operation as closures that resolve its fields and write their JSON in one go. Compiles from the schema and the
// parsed document; makes no code out of text. Gives up with NotThisWay where it would have to guess.
import {
  defaultFieldResolver,
  getArgumentValues,
  getDirectiveValues,
  GraphQLBoolean,
  GraphQLIncludeDirective,
  GraphQLInt,
  GraphQLID,
  GraphQLSkipDirective,
  GraphQLString,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  visit,
  BREAK,
} from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLLeafType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from "graphql";
import type { Context } from "./context.ts";

type Variables = Readonly<Record<string, unknown>>;

/** Writes the data of one run as JSON. Throws whatever a resolver throws, and when a value is not as it should be. */
export type CompiledOperation = (context: Context, variables: Variables, root: unknown) => string;

/** This operation is not for compiled execution, now and later: introspection, asynchronous resolvers and the like. */
export class NotThisWay extends Error {
  override readonly name = "NotThisWay";
}

/** What one run shares between its fields. */
interface Run {
  readonly context: Context;
  readonly variables: Variables;
  /** Arguments that depend on variables, by slot: read once a run, not once a node. */
  readonly args: (Arguments | undefined)[];
}

type Arguments = Readonly<Record<string, unknown>>;
type Write = (value: unknown, run: Run) => string;
type Resolve = (source: unknown, args: Arguments, context: Context) => unknown;

interface CompiledField {
  readonly name: string;
  /** `{"name":` for the first field of an object, `,"name":` for the others. */
  readonly label: string;
  /** Absent: the property of this name. */
  readonly resolve: Resolve | undefined;
  readonly args: (run: Run) => Arguments;
  readonly write: Write;
}

/** What compiling one operation shares. */
interface Compilation {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Decides @skip and @include: another variant is compiled for other values. */
  readonly variables: Variables;
  slots: number;
}

export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): CompiledOperation | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const type = schema.getRootType(operation.operation);
  if (!type) return undefined;
  const compilation: Compilation = { schema, fragments, variables, slots: 0 };
  try {
    const write = objectWriter(compilation, type, [operation.selectionSet]);
    const { slots } = compilation;
    return (context, values, root) => {
      const args = Array<Arguments | undefined>(slots).fill(undefined);
      return write(root ?? {}, { context, variables: values, args });
    };
  } catch (error) {
    if (error instanceof NotThisWay) return undefined;
    throw error;
  }
}

/** Names of the variables that decide which fields are included. */
export function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: (directive) => {
      for (const { value } of directive.arguments ?? [])
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

function isIncluded({ variables }: Compilation, node: Parameters<typeof getDirectiveValues>[1]) {
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variables);
  if (skip?.["if"] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.["if"] !== false;
}

/** Nodes by response key, in the order in which an answer lists them. */
function collectFields(
  compilation: Compilation,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(compilation, selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(selection);
        else fields.set(key, [selection]);
        continue;
      }
      const fragment = fragmentOf(compilation, selection, visited);
      if (fragment && (fragment.on === undefined || fragment.on === type.name))
        collect(fragment.set);
      // There are no interfaces here; with one, a fragment on it would apply as well.
      else if (fragment && !isObjectType(compilation.schema.getType(fragment.on ?? "")))
        throw new NotThisWay("a fragment on an abstract type");
    }
  };
  for (const set of sets) collect(set);
  return fields;
}

function fragmentOf(
  { fragments }: Compilation,
  selection: Exclude<SelectionSetNode["selections"][number], FieldNode>,
  visited: Set<string>,
): { readonly on: string | undefined; readonly set: SelectionSetNode } | undefined {
  if (selection.kind === Kind.INLINE_FRAGMENT)
    return { on: selection.typeCondition?.name.value, set: selection.selectionSet };
  const name = selection.name.value;
  const fragment = fragments.get(name);
  if (!fragment || visited.has(name)) return undefined;
  visited.add(name);
  return { on: fragment.typeCondition.name.value, set: fragment.selectionSet };
}

function objectWriter(
  compilation: Compilation,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Write {
  if (type.isTypeOf) throw new NotThisWay("a type that tells its objects apart");
  const collected = [...collectFields(compilation, type, sets)];
  const fields = collected.map(([key, nodes], index) =>
    compileField(compilation, type, nodes, `${index === 0 ? "{" : ","}${JSON.stringify(key)}:`),
  );
  if (fields.length === 0) return () => "{}";
  return (source, run) => {
    if (!isRecord(source)) throw unexpected;
    let text = "";
    for (const { name, label, resolve, args, write } of fields) {
      const value = resolve ? resolve(source, args(run), run.context) : source[name];
      text += label + write(value, run);
    }
    return `${text}}`;
  };
}

function compileField(
  compilation: Compilation,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  label: string,
): CompiledField {
  const [node] = nodes;
  if (!node) throw new NotThisWay("no field");
  const name = node.name.value;
  if (name === "__typename") {
    const written = JSON.stringify(type.name);
    return { name, label, resolve: undefined, args: noArguments, write: () => written };
  }
  const field = type.getFields()[name];
  if (!field || (field.resolve && field.resolve.length > 3))
    throw new NotThisWay(`${name} needs to know where it was asked`);
  const resolve = field.resolve === defaultFieldResolver ? undefined : field.resolve;
  return {
    name,
    label,
    resolve: resolve as Resolve | undefined,
    args: argumentsOf(compilation, field, node),
    write: valueWriter(compilation, field.type, nodes),
  };
}

const nothing: Arguments = {};
const noArguments = (): Arguments => nothing;

function argumentsOf(
  compilation: Compilation,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (run: Run) => Arguments {
  if (field.args.length === 0) return noArguments;
  if (!usesVariables(node)) {
    const constant = staticArguments(field, node);
    return () => constant;
  }
  const slot = compilation.slots++;
  return ({ args, variables }) => (args[slot] ??= getArgumentValues(field, node, variables));
}

function staticArguments(field: GraphQLField<unknown, unknown>, node: FieldNode): Arguments {
  try {
    return getArgumentValues(field, node);
  } catch {
    throw new NotThisWay(`arguments of ${field.name} that are refused at each run`);
  }
}

function usesVariables(node: FieldNode): boolean {
  let found = false;
  for (const argument of node.arguments ?? [])
    visit(argument, {
      Variable: () => {
        found = true;
        return BREAK;
      },
    });
  return found;
}

function valueWriter(
  compilation: Compilation,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Write {
  if (isNonNullType(type)) {
    const write = presentWriter(compilation, type.ofType, nodes);
    return (value, run) => {
      if (value === null || value === undefined) throw unexpected;
      return write(value, run);
    };
  }
  const write = presentWriter(compilation, type, nodes);
  return (value, run) => (value === null || value === undefined ? "null" : write(value, run));
}

/** Of values that are not null. */
function presentWriter(
  compilation: Compilation,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Write {
  if (isLeafType(type)) return leafWriter(type);
  if (isListType(type)) return listWriter(valueWriter(compilation, type.ofType, nodes));
  if (!isObjectType(type)) throw new NotThisWay("an abstract type");
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  return objectWriter(compilation, type, sets);
}

function listWriter(write: Write): Write {
  return (value, run) => {
    if (!Array.isArray(value)) {
      if (typeof value === "object" && value && isPromise(value)) throw dropPromise(value);
      throw unexpected;
    }
    let text = "[";
    for (let at = 0; at < value.length; at++)
      text += at === 0 ? write(value[at], run) : `,${write(value[at], run)}`;
    return `${text}]`;
  };
}

function leafWriter(type: GraphQLLeafType): Write {
  if (type === GraphQLString || type === GraphQLID)
    return (value) => (typeof value === "string" ? quote(value) : serialized(type, value));
  if (type === GraphQLInt)
    return (value) =>
      typeof value === "number" && (value | 0) === value ? String(value) : serialized(type, value);
  if (type === GraphQLBoolean)
    return (value) => (typeof value === "boolean" ? String(value) : serialized(type, value));
  return (value) => serialized(type, value);
}

function serialized(type: GraphQLLeafType, value: unknown): string {
  if (typeof value === "object" && value !== null) {
    if (isPromise(value)) throw dropPromise(value);
    if (value instanceof Error) throw unexpected;
  }
  if (typeof value === "function") throw new NotThisWay("a method behind a field");
  const plain: unknown = type.serialize(value);
  if (typeof plain === "string") return quote(plain);
  if (plain === null || plain === undefined) throw unexpected;
  return JSON.stringify(plain);
}

/** Characters that JSON writes otherwise: control characters, quotes, backslashes, halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex
const escaped = /[\u0000-\u001f"\\\ud800-\udfff]/;

export function quote(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** A value that the compiled way does not expect; graphql-js says what is wrong with it. */
const unexpected = new Error("not what this field should be");

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false;
  if (isPromise(value)) throw dropPromise(value);
  return !(value instanceof Error);
};

const isPromise = (value: object): value is Promise<unknown> =>
  "then" in value && typeof value.then === "function";

/** It was started for nothing, and nobody will hear how it ends: the same is asked again the other way. */
function dropPromise(promise: Promise<unknown>): NotThisWay {
  promise.then(undefined, () => undefined);
  return new NotThisWay("an asynchronous resolver");
}
