// How large a document may be. Pure, and linear in what it looks at: it runs before validation, which a hostile
// document can make quadratic, and before execution, which it can make endless.
import { Kind } from "graphql";
import type {
  ASTNode,
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from "graphql";

/** What people and programs send stays far below these; docs/api.md lists them. */
export const documentLimits = {
  /** Characters. Long values belong into variables. */
  characters: 100_000,
  /** Tokens: words, numbers, strings, signs. Introspection takes about 500. */
  tokens: 6000,
  /** Brackets of any kind inside each other: the parser calls itself for each. */
  brackets: 60,
  /** Fields inside each other, those of fragments included. Introspection goes 15 deep. */
  depth: 20,
  operations: 20,
  fragments: 100,
  /** Fields, with those of a fragment counted wherever it is spread. */
  fields: 5000,
  /** Fields under a name of the client's choosing, counted alike. */
  aliases: 300,
  /** Fields at the top of one operation. */
  rootFields: 200,
  /** Times that the schema is asked for: once is enough for any tool. */
  introspections: 4,
  /** Pairs of fields that would share a place in the answer: validation compares each with each. */
  repeats: 2000,
} as const;

/** Why a text must not be parsed; undefined when it may. */
export function textProblem(text: string): string | undefined {
  if (text.length > documentLimits.characters)
    return `the document is longer than ${documentLimits.characters} characters: send long values as variables.`;
  let open = 0;
  // Strings and comments first: brackets in them are only text.
  const pieces =
    /"""(?:\\"""|[^"]|"(?!""))*(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*|[[{(]|[\]})]/g;
  for (const [piece] of text.matchAll(pieces)) {
    if (piece.length > 1) continue;
    if ("[{(".includes(piece)) open++;
    else if ("]})".includes(piece)) open--;
    if (open > documentLimits.brackets)
      return `the document has more than ${documentLimits.brackets} brackets inside each other.`;
  }
  return undefined;
}

const tooMany = (what: string, limit: number, remedy: string) =>
  `the document has more than ${limit} ${what}: ${remedy}.`;

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Names of the fragments that are spread in a selection, at any depth. */
function spreadsIn({ selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection.name.value];
    return selection.selectionSet ? spreadsIn(selection.selectionSet) : [];
  });
}

/** The name of a fragment that spreads itself, however indirectly. */
function circularFragment(fragments: Fragments): string | undefined {
  const spreads = new Map(
    [...fragments].map(([name, { selectionSet }]) => [name, new Set(spreadsIn(selectionSet))]),
  );
  const done = new Set<string>();
  const visit = (name: string, above: ReadonlySet<string>): string | undefined => {
    if (above.has(name)) return name;
    if (done.has(name)) return undefined;
    const inside = new Set([...above, name]);
    for (const next of spreads.get(name) ?? []) {
      const found = visit(next, inside);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of fragments.keys()) {
    const found = visit(name, new Set());
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Counts {
  fields: number;
  aliases: number;
  introspections: number;
  repeats: number;
}

/** What stands in one place of the answer: how many fields, and what is selected below them. */
interface Place {
  times: number;
  readonly below: SelectionSetNode[];
}

const isIntrospection: ReadonlySet<string> = new Set(["__schema", "__type"]);

/** Counts as execution would, place by place, and stops at the first limit that is passed. */
class Walk {
  readonly #fragments: Fragments;
  readonly #counts: Counts = { fields: 0, aliases: 0, introspections: 0, repeats: 0 };
  problem: string | undefined;

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  /** Walks what is selected at one level. Returns how many places it has. */
  level(sets: readonly SelectionSetNode[], depth: number): number {
    if (depth > documentLimits.depth)
      this.problem ??= `the document has fields more than ${documentLimits.depth} deep: ask again from further down, by ARN.`;
    const places = new Map<string, Place>();
    for (const set of sets) this.#collect(set, places);
    for (const { below } of places.values()) {
      if (this.problem !== undefined) break;
      if (below.length > 0) this.level(below, depth + 1);
    }
    return places.size;
  }

  #collect({ selections }: SelectionSetNode, places: Map<string, Place>): void {
    for (const selection of selections) {
      if (this.problem !== undefined) return;
      if (selection.kind === Kind.FIELD) {
        const place = (selection.alias ?? selection.name).value;
        if (isIntrospection.has(selection.name.value)) this.#counts.introspections++;
        this.#count(selection.alias !== undefined, places.get(place)?.times ?? 0);
        const { times, below } = places.get(place) ?? { times: 0, below: [] };
        if (selection.selectionSet) below.push(selection.selectionSet);
        places.set(place, { times: times + 1, below });
        continue;
      }
      // Fragments cost as fields do: empty ones must not be free.
      this.#count(false, 0);
      const { selectionSet } =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? (this.#fragments.get(selection.name.value) ?? {})
          : selection;
      if (selectionSet) this.#collect(selectionSet, places);
    }
  }

  #count(isAlias: boolean, before: number): void {
    const counts = this.#counts;
    counts.fields++;
    counts.repeats += before;
    if (isAlias) counts.aliases++;
    const { fields, aliases, introspections, repeats } = documentLimits;
    if (counts.fields > fields)
      this.problem = tooMany("fields", fields, "send it in parts, or spread fewer fragments");
    else if (counts.aliases > aliases)
      this.problem = tooMany("aliases", aliases, "ask for many things by a filter, not one by one");
    else if (counts.introspections > introspections)
      this.problem = tooMany("fields of introspection", introspections, "ask for the schema once");
    else if (counts.repeats > repeats)
      this.problem = "the document selects the same fields again and again: select each once.";
  }
}

const isOperation = (node: ASTNode): node is OperationDefinitionNode =>
  node.kind === Kind.OPERATION_DEFINITION;

/** Why a document that parses must not be looked at further; undefined when it may. */
export function documentProblem({ definitions }: DocumentNode): string | undefined {
  const operations = definitions.filter(isOperation);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  if (operations.length > documentLimits.operations)
    return tooMany("operations", documentLimits.operations, "send it in parts");
  if (definitions.length - operations.length > documentLimits.fragments)
    return tooMany("fragments", documentLimits.fragments, "send it in parts");
  const circular = circularFragment(fragments);
  if (circular !== undefined) return `fragment ${circular} spreads itself: take that spread out.`;
  const walk = new Walk(fragments);
  for (const { selectionSet } of operations) {
    const roots = walk.level([selectionSet], 1);
    if (walk.problem === undefined && roots > documentLimits.rootFields)
      return tooMany("fields at the top", documentLimits.rootFields, "send it in parts");
  }
  // Validation looks at every fragment, spread or not.
  for (const { selectionSet } of fragments.values()) walk.level([selectionSet], 1);
  return walk.problem;
}
