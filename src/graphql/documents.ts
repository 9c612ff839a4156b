// What clients ask, ready to run: each document is parsed, checked and compiled once, and kept while it is in use.
// Knows nothing of HTTP or sockets; both prepare here, so both obey the same limits and give the same errors.
import { getOperationAST, parse, validate, GraphQLError } from "graphql";
import type {
  DocumentNode,
  GraphQLSchema,
  OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { asBadInput } from "./errors.ts";
import { createExecutor } from "./execute.ts";
import type { Executor } from "./execute.ts";

/** What a document may be, beyond valid. Pure functions: they see what a client sent and nothing else. */
export interface DocumentLimits {
  /** Tokens that are read before the rest is refused unread. */
  readonly tokensMax: number;
  /** Looks at a document that parses, before it is validated: validation itself can be made slow. */
  readonly check: (document: DocumentNode) => readonly GraphQLError[];
}

/** An operation that may run. */
export interface PreparedOperation extends Executor {
  readonly ok: true;
  readonly type: OperationTypeNode;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
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

export function createDocuments(schema: GraphQLSchema, limits: DocumentLimits): Documents {
  const kept = new LRUCache<string, KeptDocument | RefusedDocument>({
    maxSize: keptCharactersMax,
    maxEntrySize: keptDocumentMax,
    sizeCalculation: (_, text) => text.length + 1,
  });

  function read(text: string): KeptDocument | RefusedDocument {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokensMax });
    } catch (error) {
      if (error instanceof GraphQLError) return refuse([error]);
      throw error;
    }
    const offences = limits.check(document);
    if (offences.length > 0) return refuse(offences);
    const errors = validate(schema, document, undefined, { maxErrors: errorsMax });
    if (errors.length > 0) return refuse(errors);
    return { document, operations: new Map() };
  }

  function prepareOperation(
    { document, operations }: KeptDocument,
    operationName: string | undefined,
  ): PreparedOperation | RefusedDocument {
    const known = operations.get(operationName);
    if (known) return known;
    const operation = getOperationAST(document, operationName);
    if (!operation) return refuse([new GraphQLError(unknownOperation(operationName))]);
    const prepared: PreparedOperation = {
      ok: true,
      type: operation.operation,
      document,
      operation,
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

function unknownOperation(name: string | undefined): string {
  return name === undefined
    ? "the document has several operations, or none: name one of them as operationName."
    : `the document has no operation named "${name}": operationName must be one that it defines.`;
}
