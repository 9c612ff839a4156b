// Whether a prepared operation may run with these variables. Pure, and never recursive: what it guards against is depth.
import { OperationTypeNode } from "graphql";
import type { GraphQLError } from "graphql";
import { isObject } from "../ecs/json.ts";
import type { Context } from "./context.ts";
import { costProblem } from "./cost.ts";
import type { PreparedOperation } from "./documents.ts";
import { clientError, refusalError } from "./errors.ts";
import { fleetOf } from "./fleet.ts";
import { workProblem } from "./looks.ts";

export const variablesLimits = {
  /** Lists and objects inside each other. Overrides of a daemon take about six. */
  depth: 32,
  /** Values in all, each element and each member counted. */
  values: 10_000,
} as const;

/** Why the variables must not be looked at further; undefined when they may. */
export function variablesProblem(variables: unknown): string | undefined {
  let level: unknown[] = [variables];
  let count = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > variablesLimits.depth)
      return `the variables are more than ${variablesLimits.depth} deep.`;
    const next: unknown[] = [];
    for (const value of level) {
      const inside = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
      count += inside.length;
      if (count > variablesLimits.values)
        return `the variables have more than ${variablesLimits.values} values: send them in parts.`;
      for (const each of inside) next.push(each);
    }
    level = next;
  }
  return undefined;
}

/** Why an operation must not run; undefined when it may. Whoever executes asks this first, over HTTP and sockets alike. */
export function operationProblem(
  { cost, work, type }: Pick<PreparedOperation, "cost" | "work" | "type">,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  { informer, limits, client }: Pick<Context, "informer" | "limits" | "client">,
): GraphQLError | undefined {
  const given = variables ?? {};
  const problem =
    variablesProblem(variables) ??
    costProblem(cost, given, () => fleetOf(informer)) ??
    (work && workProblem(work, given, fleetOf(informer)));
  if (problem !== undefined) return clientError("BAD_USER_INPUT", problem);
  const refusal = type === OperationTypeNode.MUTATION ? limits.mutationProblem(client) : undefined;
  return refusal && refusalError(refusal);
}
