// A task definition as far as addresses need it: network mode and the ports of its containers. It never changes
// once it is registered. Pure vocabulary, no I/O.
import { parseEcsArn } from "./arn.ts";
import type { TaskDefinitionArn } from "./arn.ts";
import type { Read } from "./describe.ts";
import { isObject, number, objects, text } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** One entry of `portMappings`. */
export interface PortMapping {
  readonly containerPort?: number | undefined;
  readonly hostPort?: number | undefined;
  readonly containerPortRange?: string | undefined;
  readonly protocol?: string | undefined;
}

/** A container of a task definition: the ports it listens on, and whether ECS checks its health. */
export interface ContainerDefinition {
  readonly name: string;
  readonly portMappings: readonly PortMapping[];
  readonly hasHealthCheck: boolean;
  /** Whether the task ends with it; undefined in records that were stored without. */
  readonly essential?: boolean | undefined;
}

/**
 * What a task definition says about ports: the only place that knows them in awsvpc and host mode. Its id, unique in a
 * region and account, is `family:revision`.
 */
export interface TaskDefinition {
  readonly kind: "taskDefinition";
  readonly arn: TaskDefinitionArn;
  /** `awsvpc`, `bridge`, `host`, `none`; undefined is the default, bridge (`nat` on Windows). */
  readonly networkMode?: string | undefined;
  readonly containers: readonly ContainerDefinition[];
}

function readPortMapping(mapping: JsonObject): PortMapping {
  return {
    containerPort: number(mapping, "containerPort"),
    hostPort: number(mapping, "hostPort"),
    containerPortRange: text(mapping, "containerPortRange"),
    protocol: text(mapping, "protocol"),
  };
}

/** A task definition from the answer of DescribeTaskDefinition. */
export function readTaskDefinition(definition: JsonObject): Read<TaskDefinition> {
  const arn = text(definition, "taskDefinitionArn");
  if (!arn || parseEcsArn(arn)?.resource !== "task-definition")
    return { problem: "taskDefinitionArn is no task definition ARN" };
  return {
    entity: {
      kind: "taskDefinition",
      arn,
      networkMode: text(definition, "networkMode"),
      containers: objects(definition, "containerDefinitions").map((container) => ({
        name: text(container, "name") ?? "",
        portMappings: objects(container, "portMappings").map(readPortMapping),
        hasHealthCheck: isObject(container["healthCheck"]),
        essential: container["essential"] !== false,
      })),
    },
  };
}
