// RunTask: placement by constraints and strategy, and the client token that makes a repeated call harmless.
import type { JsonObject } from "../../ecs/json.ts";
import { taskJson } from "../entity-json.ts";
import { readQuery } from "../cluster-query.ts";
import { invalidParameter, Refusal } from "../ecs-refusal.ts";
import { defaultStrategy, place } from "../placement.ts";
import type { PlacementFailure, PlacementStrategy } from "../placement.ts";
import { launchTask } from "../task-lifecycle.ts";
import type { LaunchRequest } from "../task-creation.ts";
import type { TaskDefinition } from "../task-definition.ts";
import type { Cluster, ContainerInstance, LaunchType, Task, World } from "../world.ts";
import {
  oneOf,
  optionalFlag,
  optionalNumber,
  optionalObjects,
  optionalText,
  readTags,
  requestedCluster,
  requiredText,
} from "./request.ts";
import type { Answer, Operation } from "./request.ts";
import { readOverrides, readSubnet, runnableTaskDefinition } from "./task-definitions.ts";
import { readStartedBy } from "./tasks.ts";

const tokenLifetimeMs = 24 * 3_600_000;

export interface Constraints {
  readonly memberOf: readonly string[];
  readonly distinctInstance: boolean;
}

/** Placement constraints of RunTask and CreateService. */
export function readConstraints(request: JsonObject): Constraints {
  const constraints = optionalObjects(request, "placementConstraints");
  if (constraints.length > 10)
    throw invalidParameter("Placement constraints can have at most 10 items.");
  const memberOf: string[] = [];
  let distinctInstance = false;
  for (const constraint of constraints) {
    const type = oneOf(constraint, "type", ["distinctInstance", "memberOf"]);
    const expression = optionalText(constraint, "expression");
    if (type === undefined) throw invalidParameter("A placement constraint needs a type.");
    if (type === "distinctInstance") {
      if (expression) throw invalidParameter("Expression is not valid for distinctInstance.");
      distinctInstance = true;
      continue;
    }
    const query = readQuery(expression ?? "");
    if ("problem" in query || (expression ?? "").length > 2000)
      throw invalidParameter(
        `Invalid expression: ${"problem" in query ? query.problem : "it has more than 2000 characters"}.`,
      );
    memberOf.push(expression ?? "");
  }
  return { memberOf, distinctInstance };
}

function readStrategy(request: JsonObject): readonly PlacementStrategy[] {
  const strategies = optionalObjects(request, "placementStrategy");
  if (strategies.length > 5) throw invalidParameter("Placement strategy can have at most 5 items.");
  if (strategies.length === 0) return defaultStrategy;
  return strategies.map((strategy) => ({
    type: oneOf(strategy, "type", ["random", "spread", "binpack"]) ?? "random",
    field: optionalText(strategy, "field") ?? "instanceId",
  }));
}

/** The launch type that a request means, checked against the definition. */
export function readLaunchType(request: JsonObject, definition: TaskDefinition): LaunchType {
  const named = oneOf(request, "launchType", ["EC2", "FARGATE", "EXTERNAL"]);
  const providers = optionalObjects(request, "capacityProviderStrategy");
  if (named !== undefined && providers.length > 0)
    throw invalidParameter("Specify either launchType or capacityProviderStrategy, not both.");
  const provider = providers[0] && optionalText(providers[0], "capacityProvider");
  const launchType = named ?? (provider?.startsWith("FARGATE") ? "FARGATE" : "EC2");
  if (!definition.requiresCompatibilities.includes(launchType) && launchType !== "EXTERNAL")
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  if (launchType === "EXTERNAL" && definition.networkMode === "awsvpc")
    throw invalidParameter("Network mode awsvpc is not supported on launch_type EXTERNAL.");
  return launchType;
}

function readToken(request: JsonObject): string | undefined {
  const token = optionalText(request, "clientToken");
  if (token === undefined || token === "") return undefined;
  if (!/^[!-~]{1,64}$/.test(token))
    throw invalidParameter("clientToken can have at most 64 characters, ASCII 33 to 126.");
  return token;
}

/** The request without its token, the same text for the same members in whatever order. */
function fingerprint(request: JsonObject): string {
  const { clientToken: _, ...rest } = request;
  return JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

interface Run {
  readonly count: number;
  readonly launchType: LaunchType;
  readonly constraints: Constraints;
  readonly strategy: readonly PlacementStrategy[];
  readonly launch: Omit<LaunchRequest, "instance">;
}

function readRun(world: World, cluster: Cluster, request: JsonObject): Run {
  const count = optionalNumber(request, "count") ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > 10)
    throw invalidParameter("Count must be between 1 and 10.");
  const startedBy = readStartedBy(request, 128);
  const constraints = readConstraints(request);
  const strategy = readStrategy(request);
  const definition = runnableTaskDefinition(world, request);
  const launchType = readLaunchType(request, definition);
  const launch = {
    cluster,
    definition,
    startedBy,
    group: optionalText(request, "group"),
    overrides: readOverrides(request, definition),
    tags: readTags(request),
    subnetId: readSubnet(request, definition),
    enableExecuteCommand: optionalFlag(request, "enableExecuteCommand"),
  };
  const registered = [...cluster.instances.values()].some(({ status }) => status !== "INACTIVE");
  if (launchType !== "FARGATE" && !registered)
    throw invalidParameter("No Container Instances were found in your cluster.");
  return { count, launchType, constraints, strategy, launch };
}

/** Places one task after the other, so that each sees what the one before has taken. */
function run(world: World, now: number, { count, launchType, constraints, strategy, launch }: Run) {
  const tasks: Task[] = [];
  const failures: PlacementFailure[] = [];
  const taken = new Set<ContainerInstance>();
  for (let index = 0; index < count; index++) {
    if (launchType === "FARGATE") {
      tasks.push(launchTask(world, now, { ...launch, instance: undefined }));
      continue;
    }
    const placement = place({
      cluster: launch.cluster,
      definition: launch.definition,
      external: launchType === "EXTERNAL",
      memberOf: constraints.memberOf,
      except: constraints.distinctInstance ? taken : new Set(),
      strategy,
      group: launch.group ?? `family:${launch.definition.family}`,
    });
    if ("instance" in placement) {
      taken.add(placement.instance);
      tasks.push(launchTask(world, now, { ...launch, instance: placement.instance }));
    } else {
      failures.push(...placement.failures);
      break;
    }
  }
  return { tasks, failures };
}

/** Tokens are kept in order of their use, the oldest first. */
function forgetOldTokens({ clientTokens }: Cluster, now: number): void {
  for (const [token, { at }] of clientTokens) {
    if (now - at < tokenLifetimeMs) return;
    clientTokens.delete(token);
  }
}

export const runTask: Operation = (world, now, request) => {
  requiredText(request, "taskDefinition");
  const token = readToken(request);
  const cluster = requestedCluster(world, request);
  const asked = fingerprint(request);
  forgetOldTokens(cluster, now);
  const before = token === undefined ? undefined : cluster.clientTokens.get(token);
  if (before) {
    if (before.request === asked) return before.answer;
    throw new Refusal("ConflictException", "Conflict", { resourceIds: before.taskArns });
  }
  const { tasks, failures } = run(world, now, readRun(world, cluster, request));
  const answer: Answer = {
    tasks: tasks.map((task) => taskJson(world, "api", task, true)),
    failures,
  };
  // A run that placed nothing is not remembered: the client may try again with its token.
  if (token !== undefined && tasks.length > 0)
    cluster.clientTokens.set(token, {
      request: asked,
      taskArns: tasks.map(({ arn }) => arn),
      answer,
      at: now,
    });
  return answer;
};
