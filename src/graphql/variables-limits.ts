// How large the variables of an operation may be. Pure, and never recursive: what it guards against is depth.
import { isObject } from "../ecs/json.ts";

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
