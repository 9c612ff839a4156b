// Endpoint: where a container can be reached, as the API shows it.
import { clusterName } from "../../ecs/arn.ts";
import type { Endpoint as EcsEndpoint } from "../../ecs/endpoint.ts";
import type { Task } from "../../ecs/task.ts";
import type { Endpoint } from "../generated/schema-types.ts";

export function toEndpoint(endpoint: EcsEndpoint, task: Task): Endpoint {
  const { container, host, port, protocol, containerPort, healthy } = endpoint;
  return {
    cluster: { arn: task.clusterArn, name: clusterName(task.clusterArn) },
    task: { arn: task.arn },
    container,
    host,
    port,
    protocol,
    containerPort,
    availabilityZone: endpoint.availabilityZone ?? null,
    healthy,
  };
}
