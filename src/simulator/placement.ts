// Which instances get the tasks of RunTask and of services, and why the others do not. Pure: places nothing itself.
import { readQuery } from "./cluster-query.ts";
import { refusal } from "./resources.ts";
import type { TaskDefinition } from "./task-definition.ts";
import type { Cluster, ContainerInstance } from "./world.ts";

export interface PlacementStrategy {
  readonly type: "random" | "spread" | "binpack";
  readonly field: string;
}

export interface PlacementRequest {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly external: boolean;
  /** Expressions that can be read: the caller has checked. */
  readonly memberOf: readonly string[];
  /** Instances that must not get (another) task. */
  readonly except: ReadonlySet<ContainerInstance>;
  readonly strategy: readonly PlacementStrategy[];
  /** Tasks that count for a spread, such as those of the same group. */
  readonly group: string;
}

export interface PlacementFailure {
  readonly arn?: string;
  readonly reason: string;
  readonly detail?: string;
}

export type Placement =
  | { readonly instance: ContainerInstance }
  | { readonly failures: readonly PlacementFailure[] };

export const defaultStrategy: readonly PlacementStrategy[] = [
  { type: "spread", field: "attribute:ecs.availability-zone" },
  { type: "spread", field: "instanceId" },
];

function spreadValue(instance: ContainerInstance, field: string): string {
  if (field === "instanceId" || field === "host") return instance.id;
  return instance.attributes.get(field.replace(/^attribute:/, "")) ?? "";
}

/** Lower is better. */
function scorer(
  { cluster, group }: PlacementRequest,
  { type, field }: PlacementStrategy,
): (instance: ContainerInstance) => number {
  if (type === "binpack")
    return field === "cpu"
      ? ({ remainingCpu }) => remainingCpu
      : ({ remainingMemory }) => remainingMemory;
  if (type === "random") return () => 0;
  const counts = new Map<string, number>();
  for (const instance of cluster.instances.values()) {
    if (instance.tasks.size === 0) continue;
    let count = 0;
    for (const task of instance.tasks)
      if (task.group === group && task.desiredStatus === "RUNNING") count += 1;
    const value = spreadValue(instance, field);
    counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return (instance) => counts.get(spreadValue(instance, field)) ?? 0;
}

function best(
  request: PlacementRequest,
  fitting: readonly ContainerInstance[],
): ContainerInstance | undefined {
  let candidates = fitting;
  for (const strategy of request.strategy) {
    const score = scorer(request, strategy);
    let lowest = Number.POSITIVE_INFINITY;
    let kept: ContainerInstance[] = [];
    for (const instance of candidates) {
      const value = score(instance);
      if (value > lowest) continue;
      if (value < lowest) kept = [];
      lowest = value;
      kept.push(instance);
    }
    candidates = kept;
  }
  // Among equals the emptiest: keeps a spread even without a seed.
  return candidates.reduce<ContainerInstance | undefined>(
    (chosen, each) => (chosen && chosen.remainingMemory >= each.remainingMemory ? chosen : each),
    undefined,
  );
}

/** The instance for one more task, or one failure for each instance that was considered. */
export function place(request: PlacementRequest): Placement {
  const queries = [...request.memberOf, ...request.definition.placementConstraints].map(readQuery);
  const fitting: ContainerInstance[] = [];
  const failures: PlacementFailure[] = [];
  let considered = 0;
  for (const instance of request.cluster.instances.values()) {
    if (instance.status !== "ACTIVE" || instance.external !== request.external) continue;
    considered += 1;
    if (request.except.has(instance)) continue;
    if (!queries.every((query) => "matches" in query && query.matches(instance))) continue;
    const problem = refusal(instance, request.definition);
    if (problem) failures.push({ arn: instance.arn, ...problem });
    else fitting.push(instance);
  }
  const instance = best(request, fitting);
  if (instance) return { instance };
  if (failures.length > 0 || considered === 0) return { failures };
  const reason =
    queries.length > 0
      ? "MemberOf placement constraint unsatisfied."
      : "DistinctInstance placement constraint unsatisfied.";
  return { failures: [{ reason }] };
}
