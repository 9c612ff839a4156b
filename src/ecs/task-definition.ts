// A task definition as far as addresses need it: network mode and the ports of its containers. It never changes
// once it is registered. Pure vocabulary, no I/O.
import type { TaskDefinitionArn } from "./arn.ts";

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
}

/** What a task definition says about ports: the only place that knows them in awsvpc and host mode. Its id, unique in a region and account, is `family:revision`. */
export interface TaskDefinition {
  readonly kind: "taskDefinition";
  readonly arn: TaskDefinitionArn;
  /** `awsvpc`, `bridge`, `host`, `none`; undefined is the default, bridge (`nat` on Windows). */
  readonly networkMode?: string | undefined;
  readonly containers: readonly ContainerDefinition[];
}
