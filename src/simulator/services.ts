// The service scheduler of the simulation: keeps N tasks running, rolls deployments out. Decides what to start and stop;
// how a task starts and stops is task-lifecycle's.
import { wakeService } from "./service-wake.ts";
import { deploymentChanged, serviceActed } from "./events.ts";
import { defaultStrategy, place } from "./placement.ts";
import { launchTask, stopTask } from "./task-lifecycle.ts";
import type { TaskDefinition } from "./task-definition.ts";
import { formatArn } from "./world.ts";
import type {
  Cluster,
  ContainerInstance,
  Deployment,
  LaunchType,
  Service,
  Task,
  World,
} from "./world.ts";

export interface ServiceRequest {
  readonly cluster: Cluster;
  readonly name: string;
  readonly definition: TaskDefinition;
  readonly desiredCount: number;
  readonly launchType: LaunchType;
  readonly memberOf?: readonly string[];
  readonly distinctInstance?: boolean;
}

function makeDeployment(world: World, now: number, definition: TaskDefinition): Deployment {
  let digits = String(world.random.int(1, 9));
  while (digits.length < 19) digits += world.random.int(0, 9);
  return {
    id: `ecs-svc/${digits}`,
    definition,
    createdAt: now,
    updatedAt: now,
    rolloutState: "IN_PROGRESS",
  };
}

/** Registers a service that is complete already: the caller places its tasks. */
export function addService(world: World, now: number, request: ServiceRequest): Service {
  const { cluster, name, definition } = request;
  const service: Service = {
    name,
    arn: formatArn(world, `service/${cluster.name}/${name}`),
    sequence: world.sequence++,
    cluster,
    launchType: request.launchType,
    createdAt: now,
    memberOf: request.memberOf ?? [],
    distinctInstance: request.distinctInstance ?? false,
    tasks: new Set(),
    desiredCount: request.desiredCount,
    deployments: [{ ...makeDeployment(world, now, definition), rolloutState: "COMPLETED" }],
    status: "ACTIVE",
    steady: true,
    reconciling: false,
  };
  cluster.services.delete(name);
  cluster.services.set(name, service);
  return service;
}

/** CreateService: a new service that starts its tasks from now on. */
export function createService(world: World, now: number, request: ServiceRequest): Service {
  const service = addService(world, now, request);
  service.deployments = [];
  deploy(world, now, service, request.definition);
  return service;
}

/** Starts a deployment of the definition: new tasks first, then the old ones stop. */
export function deploy(
  world: World,
  now: number,
  service: Service,
  definition: TaskDefinition,
): void {
  const deployment = makeDeployment(world, now, definition);
  service.deployments = [deployment, ...service.deployments];
  service.steady = false;
  deploymentChanged(world, now, service, deployment.id, "IN_PROGRESS");
  wakeService(world, now, service);
}

/** Changes how many tasks the service keeps. */
export function setDesiredCount(world: World, now: number, service: Service, count: number): void {
  if (service.desiredCount === count) return;
  service.desiredCount = count;
  service.steady = false;
  wakeService(world, now, service);
}

/** DeleteService: all its tasks stop, then it is INACTIVE. */
export function deleteService(world: World, now: number, service: Service): void {
  service.desiredCount = 0;
  service.status = service.tasks.size === 0 ? "INACTIVE" : "DRAINING";
  for (const task of service.tasks) stopForScheduler(world, now, task);
}

function stopForScheduler(world: World, now: number, task: Task): void {
  const reason = `Scaling activity initiated by (deployment ${task.deploymentId ?? "none"})`;
  stopTask(world, now, task, "ServiceSchedulerInitiated", reason);
}

/** Starts one task of the newest deployment; false when no instance takes it. */
export function startServiceTask(world: World, now: number, service: Service): boolean {
  const deployment = service.deployments[0];
  if (!deployment) return false;
  const { cluster } = service;
  const group = `service:${service.name}`;
  const launch = (instance: ContainerInstance | undefined) =>
    launchTask(world, now, {
      cluster,
      definition: deployment.definition,
      instance,
      service,
      group,
      startedBy: deployment.id,
    });
  if (service.launchType === "FARGATE") {
    launch(undefined);
    return true;
  }
  const placement = placeServiceTask(service);
  if (!("instance" in placement)) {
    const reason = placement.failures[0]?.reason ?? "NO ACTIVE INSTANCES";
    const details = { desiredCount: service.desiredCount, reason };
    serviceActed(world, now, service, "ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", details);
    return false;
  }
  launch(placement.instance);
  return true;
}

/** Where the next task of the service would go. */
export function placeServiceTask(service: Service): ReturnType<typeof place> {
  const occupied = new Set<ContainerInstance>();
  if (service.distinctInstance)
    for (const { instance, desiredStatus } of service.tasks)
      if (instance && desiredStatus === "RUNNING") occupied.add(instance);
  const deployment = service.deployments[0];
  if (!deployment) return { failures: [] };
  return place({
    cluster: service.cluster,
    definition: deployment.definition,
    external: service.launchType === "EXTERNAL",
    memberOf: service.memberOf,
    except: occupied,
    strategy: defaultStrategy,
    group: `service:${service.name}`,
  });
}

function settle(world: World, now: number, service: Service): void {
  const [primary] = service.deployments;
  if (primary && primary.rolloutState === "IN_PROGRESS") {
    primary.rolloutState = "COMPLETED";
    primary.updatedAt = now;
    deploymentChanged(world, now, service, primary.id, "COMPLETED");
  }
  if (primary) service.deployments = [primary];
  service.steady = true;
  serviceActed(world, now, service, "INFO", "SERVICE_STEADY_STATE");
}

/** Looks at a service once: starts what is missing, stops what is too much, settles when nothing is left to do. */
export function reconcileService(world: World, now: number, service: Service): void {
  service.reconciling = false;
  if (service.status !== "ACTIVE") {
    if (service.tasks.size === 0) service.status = "INACTIVE";
    return;
  }
  const wanted = [...service.tasks].filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  const primaryId = service.deployments[0]?.id;
  const fresh = wanted.filter(({ deploymentId }) => deploymentId === primaryId);
  const old = wanted.filter(({ deploymentId }) => deploymentId !== primaryId);
  let missing = service.desiredCount - fresh.length;
  // A rollout may run twice the wanted number, and an even service is brought back at once.
  missing = Math.min(missing, 2 * Math.max(service.desiredCount, 1) - wanted.length);
  for (; missing > 0; missing--) {
    service.steady = false;
    if (!startServiceTask(world, now, service))
      return wakeService(world, now, service, world.timings.placementRetry);
  }
  for (const task of fresh.slice(service.desiredCount)) stopForScheduler(world, now, task);
  const running = fresh.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
  const spare = running + old.length - service.desiredCount;
  for (const task of old.slice(0, Math.max(0, spare))) stopForScheduler(world, now, task);
  const done = old.length === 0 && running === service.desiredCount;
  if (done && !service.steady) settle(world, now, service);
}
