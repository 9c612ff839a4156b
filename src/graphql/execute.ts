// Runs one operation of a validated document. Queries and the payloads of subscriptions are compiled into closures
// that write JSON as they go. They only know the way on which nothing fails: whatever they cannot do or do not
// expect (an error, a promise, introspection) is run by graphql-js instead, so what a client is told of a failure
// is always the reference implementation's word. Never makes code out of what a client wrote.
import { execute, getVariableValues, OperationTypeNode } from "graphql";
import type {
  DocumentNode,
  ExecutionResult,
  GraphQLError,
  GraphQLSchema,
  OperationDefinitionNode,
} from "graphql";
import { compileOperation, conditionVariables, NotThisWay } from "./compile.ts";
import type { CompiledOperation } from "./compile.ts";
import type { Context } from "./context.ts";
import { asBadInput } from "./errors.ts";

/** Values of variables by name, as a client sent them. */
export type RawVariables = Readonly<Record<string, unknown>>;

/** What an operation answers. `data` is JSON text; undefined when it did not come to run. */
export interface ExecutionAnswer {
  readonly data: string | undefined;
  /** As graphql-js threw them: not yet presented. */
  readonly errors: readonly GraphQLError[];
}

export interface Executor {
  /**
   * Runs the operation once. `root` is the payload, for a subscription. Resolves to an answer also when fields fail;
   * throws only on bugs. Answers at once unless a resolver is asynchronous or it is a mutation.
   */
  execute(
    context: Context,
    variables?: RawVariables | null,
    root?: unknown,
  ): ExecutionAnswer | Promise<ExecutionAnswer>;
}

/** Combinations of @skip and @include that are compiled; others run uncompiled. */
const variantsMax = 16;

export function createExecutor(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Executor {
  const definitions = operation.variableDefinitions ?? [];
  const variants = new Map<string, CompiledOperation | undefined>();
  /** False from when it is known that the compiled way does not lead through. */
  let isCompilable = operation.operation !== OperationTypeNode.MUTATION;
  let hasRun = false;

  let conditions: string[] | undefined;

  function variantFor(variables: RawVariables): CompiledOperation | undefined {
    conditions ??= conditionVariables(document);
    const key = conditions.map((name) => String(variables[name])).join();
    if (!variants.has(key)) {
      if (variants.size >= variantsMax) return undefined;
      variants.set(key, compileOperation(schema, document, operation, variables));
    }
    return variants.get(key);
  }

  function byReference(
    contextValue: Context,
    variableValues: RawVariables,
    rootValue: unknown,
  ): ExecutionAnswer | Promise<ExecutionAnswer> {
    const operationName = operation.name?.value;
    const args = { schema, document, operationName, rootValue, contextValue, variableValues };
    const result = execute(args);
    return result instanceof Promise ? result.then(asAnswer) : asAnswer(result);
  }

  return {
    execute: (context, given, root) => {
      const raw = given ?? {};
      const values = definitions.length > 0 ? getVariableValues(schema, definitions, raw) : none;
      if (values.errors) return { data: undefined, errors: values.errors.map(asBadInput) };
      // Compiling costs as much as some runs do: what is asked once is not worth it.
      const compiled = isCompilable && hasRun ? variantFor(values.coerced) : undefined;
      hasRun = true;
      if (compiled) {
        try {
          return { data: compiled(context, values.coerced, root), errors: [] };
        } catch (error) {
          if (error instanceof NotThisWay) isCompilable = false;
        }
      }
      return byReference(context, raw, root);
    },
  };
}

const none = { coerced: {}, errors: undefined };

function asAnswer({ data, errors = [] }: ExecutionResult): ExecutionAnswer {
  return { data: data === undefined ? undefined : JSON.stringify(data), errors };
}
