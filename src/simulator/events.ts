// What ECS tells EventBridge: every change of an entity takes one new version and puts one body in the outbox.
import { instanceJson, isoTime, taskJson } from "./entity-json.ts";
import { uuid } from "./world.ts";
import type { ContainerInstance, Service, Task, World } from "./world.ts";

function put(
  world: World,
  now: number,
  detailType: string,
  resource: string,
  detail: Readonly<Record<string, unknown>>,
  source = "aws.ecs",
): void {
  const event = {
    version: "0",
    id: uuid(world.random),
    "detail-type": detailType,
    source,
    account: world.scope.account,
    time: `${new Date(now).toISOString().slice(0, 19)}Z`,
    region: world.scope.region,
    resources: [resource],
    detail,
  };
  world.outbox.push(JSON.stringify(event));
}

/** The task changed: next version, one event. */
export function taskChanged(world: World, now: number, task: Task): void {
  task.version += 1;
  task.updatedAt = now;
  put(world, now, "ECS Task State Change", task.arn, taskJson(world, "event", task));
}

/** The container instance changed: next version, one event. */
export function instanceChanged(world: World, now: number, instance: ContainerInstance): void {
  instance.version += 1;
  instance.updatedAt = now;
  const detail = instanceJson("event", instance);
  put(world, now, "ECS Container Instance State Change", instance.arn, detail);
}

/** A notice of the service scheduler. It carries no version. */
export function serviceActed(
  world: World,
  now: number,
  service: Service,
  eventType: "INFO" | "WARN" | "ERROR",
  eventName: string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const detail = { eventType, eventName, clusterArn: service.cluster.arn, createdAt: isoTime(now) };
  put(world, now, "ECS Service Action", service.arn, { ...detail, ...more });
}

/** A step of a service deployment. It names neither cluster nor version. */
export function deploymentChanged(
  world: World,
  now: number,
  service: Service,
  deploymentId: string,
  state: "IN_PROGRESS" | "COMPLETED",
): void {
  const words = state === "IN_PROGRESS" ? "in progress" : "completed";
  put(world, now, "ECS Deployment State Change", service.arn, {
    eventType: "INFO",
    eventName: `SERVICE_DEPLOYMENT_${state}`,
    deploymentId,
    updatedAt: isoTime(now),
    reason: `ECS deployment ${deploymentId} ${words}.`,
  });
}

/** What EC2 or Auto Scaling says of an instance that is about to go. */
export function departed(
  world: World,
  now: number,
  event: {
    readonly source: "aws.ec2" | "aws.autoscaling";
    readonly detailType: string;
    readonly resource: string;
    readonly detail: Readonly<Record<string, unknown>>;
  },
): void {
  put(world, now, event.detailType, event.resource, event.detail, event.source);
}
