// What an operation takes beyond the values of its answer: the entities that are looked at to find, count or plan it.
// Estimated before it runs, by what there is; what is remembered from the last time costs less than that. Pure.
import { getVariableValues, GraphQLError } from "graphql";
import type { GraphQLSchema, OperationDefinitionNode } from "graphql";
import { tasksOnOne } from "./cost.ts";
import type { FleetSizes, Step, Variables } from "./cost.ts";
import type {
  ContainerInstanceFilter,
  EndpointFilter,
  TaskFilter,
} from "./generated/schema-types.ts";

/** Looks that one operation may take beyond one at everything: each is a microsecond or two. */
export const looksMax = 1_000_000;

/** Looks that a plan of one daemon takes for each container instance. */
export const lookOfPlan = 16;

/** Looks for one value of a field: where most have to be taken for one, and for all that there are, once each. */
export interface Looks {
  readonly one: number;
  readonly all: number;
}

type Filtered<Filter> = (filter: Filter | null | undefined) => Looks;

/** What there is, and what finding some of it takes. By cluster: the one that takes most, and all of them. */
export interface Fleet extends FleetSizes {
  /** Daemons of the cluster that has most. */
  readonly daemonsOfOne: number;
  readonly plans: Looks;
  /** A look at each entity and a plan of each daemon. */
  readonly everything: number;
  readonly looks: {
    readonly tasks: Filtered<TaskFilter>;
    readonly containerInstances: Filtered<ContainerInstanceFilter>;
    readonly endpoints: Filtered<EndpointFilter>;
  };
}

/** Looks that an operation takes with these variables. Throws what viewsOf throws of filters. */
export type Work = (variables: Variables, fleet: Fleet) => number;

type Arguments = ReturnType<Step["args"]>;
type Price = (args: Arguments, fleet: Fleet) => Looks;

/** A field without a cluster above it is asked of all; it may be there many times, each time for all of it. */
const ofAll = ({ all }: Looks): Looks => ({ one: all, all: Number.POSITIVE_INFINITY });
const everyTime = (one: number): Looks => ({ one, all: Number.POSITIVE_INFINITY });

const tasks: Price = ({ filter }, { looks }) => looks.tasks(filter as TaskFilter);
const instances: Price = ({ filter }, { looks }) =>
  looks.containerInstances(filter as ContainerInstanceFilter);
const endpoints: Price = ({ filter }, { looks }) => looks.endpoints(filter as EndpointFilter);

/**
 * What is looked through for a field, by its name. A cluster and a daemon are only found from the top of an operation,
 * so under one field there each is there once.
 */
const prices: ReadonlyMap<string, Price> = new Map<string, Price>([
  ["Query.tasks", (...asked) => ofAll(tasks(...asked))],
  ["Query.containerInstances", (...asked) => ofAll(instances(...asked))],
  ["Query.endpoints", (...asked) => ofAll(endpoints(...asked))],
  ["Cluster.tasks", tasks],
  ["Cluster.containerInstances", instances],
  ["ContainerInstance.tasks", (_, fleet) => everyTime(tasksOnOne(fleet))],
  ["ContainerInstance.daemons", (_, { daemonsOfOne }) => everyTime(lookOfPlan * daemonsOfOne)],
]);

/** Fields of a daemon that take its plan; it is made once for all of them. */
const planned: ReadonlySet<string> = new Set([
  "Daemon.explain",
  "Daemon.placements",
  "Daemon.plan",
  "Daemon.status",
]);

const isPriced = ({ name, below }: Step): boolean =>
  prices.has(name) || planned.has(name) || below.some(isPriced);

/** Reads the fields of an operation once; undefined when none of them looks at more than it tells. */
export function createWork(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  steps: readonly Step[],
): Work | undefined {
  if (!steps.some(isPriced)) return undefined;
  return (given, fleet) => {
    const values = getVariableValues(schema, variableDefinitions, given);
    // It will not run.
    if (values.errors) return 0;
    const looksOf = (each: readonly Step[], times: number): number => {
      const daemons = each.some(({ name }) => planned.has(name)) ? taken(fleet.plans, times) : 0;
      return each.reduce((sum, { name, args, size, below }) => {
        const price = prices.get(name);
        const own = price ? taken(price(args(values.coerced), fleet), times) : 0;
        // To find the page, and to count what is on no page.
        const rounds = below.some((inner) => inner.name.endsWith(".totalCount")) ? 2 : 1;
        return sum + rounds * own + looksOf(below, times * size(given, fleet));
      }, daemons);
    };
    return looksOf(steps, 1);
  };
}

const taken = ({ one, all }: Looks, times: number): number => Math.min(times * one, all);

/** Why an operation must not run; undefined when it may. */
export function workProblem(work: Work, variables: Variables, fleet: Fleet): string | undefined {
  const allowed = looksMax + fleet.everything;
  let looks;
  try {
    looks = work(variables, fleet);
  } catch (error) {
    // Arguments that do not fit, or a name of several clusters: running it says so.
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
  if (looks <= allowed) return undefined;
  return `finding the answer could take looks at ${Math.round(looks)} entities, and ${allowed} are allowed on this fleet: ask in several requests, by filters of one member, without totalCount, or of fewer daemons.`;
}
