// What clients ask, ready to run: each document is parsed, checked and compiled once, and kept while it is in use.
// Knows nothing of HTTP or sockets; both prepare here, so both obey the same limits and give the same errors.
import { getOperationAST, GraphQLError, Kind, OperationTypeNode, parse, validate } from "graphql";
import type {
  DocumentNode,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { createCost, readSteps } from "./cost.ts";
import type { Cost } from "./cost.ts";
import { documentLimits, documentProblem, textProblem } from "./document-limits.ts";
import { asBadInput } from "./errors.ts";
import { createExecutor } from "./execute.ts";
import type { Executor } from "./execute.ts";
import { createWork } from "./looks.ts";
import type { Work } from "./looks.ts";

/** An operation that may run. */
export interface PreparedOperation extends Executor {
  readonly ok: true;
  readonly type: OperationTypeNode;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** How large its answer can become. */
  readonly cost: Cost;
  /** How much it looks at for that; undefined when it only tells what it finds at once. */
  readonly work: Work | undefined;
}

/** Why a document does not run: each error has the code BAD_USER_INPUT and says where. */
export interface RefusedDocument {
  readonly ok: false;
  readonly errors: readonly GraphQLError[];
}

export interface Documents {
  /** `operationName` may be left out when the document has one operation. Never throws. */
  prepare(text: string, operationName?: string | null): PreparedOperation | RefusedDocument;
}

/** Characters of text that are kept. What is made of it takes about two hundred times as many bytes at worst. */
const keptCharactersMax = 500_000;
/** One document longer than this is prepared each time: it would drive out all others. */
const keptDocumentMax = 50_000;
/** Errors that are told of one document. */
const errorsMax = 20;

/** A document and those of its operations that were asked for. */
interface KeptDocument {
  readonly document: DocumentNode;
  readonly operations: Map<string | undefined, PreparedOperation>;
}

const refuse = (errors: readonly GraphQLError[]): RefusedDocument => ({
  ok: false,
  errors: errors.map(asBadInput),
});

export function createDocuments(schema: GraphQLSchema): Documents {
  const kept = new LRUCache<string, KeptDocument | RefusedDocument>({
    maxSize: keptCharactersMax,
    maxEntrySize: keptDocumentMax,
    sizeCalculation: (_, text) => text.length + 1,
  });

  function read(text: string): KeptDocument | RefusedDocument {
    const unread = textProblem(text);
    if (unread !== undefined) return refuse([new GraphQLError(unread)]);
    try {
      const document = parse(text, { maxTokens: documentLimits.tokens });
      const problem = documentProblem(document);
      if (problem !== undefined) return refuse([new GraphQLError(problem)]);
      const errors = [
        ...validate(schema, document, undefined, { maxErrors: errorsMax }),
        ...conditionsAtRoots(document),
      ];
      return errors.length > 0 ? refuse(errors) : { document, operations: new Map() };
    } catch (error) {
      // Not only parsing throws: validation does, where a condition at the root of a subscription is a variable.
      if (error instanceof GraphQLError) return refuse([error]);
      throw error;
    }
  }

  function prepareOperation(
    { document, operations }: KeptDocument,
    operationName: string | undefined,
  ): PreparedOperation | RefusedDocument {
    const known = operations.get(operationName);
    if (known) return known;
    const operation = getOperationAST(document, operationName);
    if (!operation) return refuse([new GraphQLError(unknownOperation(operationName))]);
    const steps = readSteps(schema, document, operation);
    const prepared: PreparedOperation = {
      ok: true,
      type: operation.operation,
      document,
      operation,
      cost: createCost(steps),
      work: createWork(schema, operation, steps),
      ...createExecutor(schema, document, operation),
    };
    operations.set(operationName, prepared);
    return prepared;
  }

  return {
    prepare: (text, operationName) => {
      let document = kept.get(text);
      if (!document) {
        document = read(text);
        kept.set(text, document);
      }
      return "document" in document
        ? prepareOperation(document, operationName ?? undefined)
        : document;
    },
  };
}

/** A subscription whose only field may be left out would be told of every change with nothing in it. */
function conditionsAtRoots(document: DocumentNode): GraphQLError[] {
  const fragments = new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.selectionSet] as const] : [],
    ),
  );
  const found: GraphQLError[] = [];
  const visited = new Set<SelectionSetNode>();
  const look = (set: SelectionSetNode | undefined): void => {
    if (!set || visited.has(set)) return;
    visited.add(set);
    for (const selection of set.selections) {
      if (selection.directives?.some(({ name }) => isCondition.has(name.value)))
        found.push(
          new GraphQLError(
            "the field of a subscription takes no @skip and @include: do not send one that is not wanted.",
            { nodes: selection },
          ),
        );
      if (selection.kind === Kind.INLINE_FRAGMENT) look(selection.selectionSet);
      if (selection.kind === Kind.FRAGMENT_SPREAD) look(fragments.get(selection.name.value));
    }
  };
  for (const each of document.definitions)
    if (
      each.kind === Kind.OPERATION_DEFINITION &&
      each.operation === OperationTypeNode.SUBSCRIPTION
    )
      look(each.selectionSet);
  return found;
}

const isCondition: ReadonlySet<string> = new Set(["skip", "include"]);

function unknownOperation(name: string | undefined): string {
  return name === undefined
    ? "the document has several operations, or none: name one of them as operationName."
    : `the document has no operation named "${name}": operationName must be one that it defines.`;
}
