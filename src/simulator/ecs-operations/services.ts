// Calls about services: create, update, describe, list, delete. Only what keeps replicas running.
import type { JsonObject } from "../../ecs/json.ts";
import { invalidParameter, Refusal } from "../ecs-refusal.ts";
import { createService, deleteService, deploy, setDesiredCount } from "../services.ts";
import type { Cluster, Deployment, Service } from "../world.ts";
import {
  oneOf,
  optionalFlag,
  optionalNumber,
  optionalText,
  page,
  requestedCluster,
  requiredText,
  requiredTexts,
} from "./request.ts";
import type { Answer, Operation } from "./request.ts";
import { readConstraints, readLaunchType } from "./run-task.ts";
import { readSubnet, runnableTaskDefinition } from "./task-definitions.ts";

function counts(service: Service, deployment?: Deployment): { running: number; pending: number } {
  let running = 0;
  let pending = 0;
  for (const { deploymentId, lastStatus, desiredStatus } of service.tasks) {
    if (deployment && deploymentId !== deployment.id) continue;
    if (lastStatus === "RUNNING") running += 1;
    else if (desiredStatus === "RUNNING") pending += 1;
  }
  return { running, pending };
}

function serviceJson(service: Service): Answer {
  const { running, pending } = counts(service);
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    launchType: service.launchType,
    schedulingStrategy: "REPLICA",
    taskDefinition: service.deployments[0]?.definition.arn,
    createdAt: service.createdAt / 1000,
    placementConstraints: service.memberOf.map((expression) => ({ type: "memberOf", expression })),
    placementStrategy: [],
    loadBalancers: [],
    serviceRegistries: [],
    events: [],
    deployments: service.deployments.map((deployment, index) => {
      const of = counts(service, deployment);
      return {
        id: deployment.id,
        status: index === 0 ? "PRIMARY" : "ACTIVE",
        taskDefinition: deployment.definition.arn,
        desiredCount: index === 0 ? service.desiredCount : 0,
        runningCount: of.running,
        pendingCount: of.pending,
        failedTasks: 0,
        createdAt: deployment.createdAt / 1000,
        updatedAt: deployment.updatedAt / 1000,
        launchType: service.launchType,
        rolloutState: deployment.rolloutState,
      };
    }),
  };
}

function readCount(request: JsonObject): number | undefined {
  const count = optionalNumber(request, "desiredCount");
  if (count !== undefined && (!Number.isInteger(count) || count < 0))
    throw invalidParameter("desiredCount must be zero or more.");
  return count;
}

function findService(cluster: Cluster, nameOrArn: string): Service | undefined {
  return cluster.services.get(nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1));
}

function requestedService(cluster: Cluster, request: JsonObject): Service {
  const service = findService(cluster, requiredText(request, "service"));
  if (!service) throw new Refusal("ServiceNotFoundException", "Service not found.");
  if (service.status !== "ACTIVE")
    throw new Refusal("ServiceNotActiveException", "Service was not ACTIVE.");
  return service;
}

export const createServiceOperation: Operation = (world, now, request) => {
  const name = requiredText(request, "serviceName");
  if (!/^[\w-]{1,255}$/.test(name)) throw invalidParameter("Invalid service name.");
  if (oneOf(request, "schedulingStrategy", ["REPLICA", "DAEMON"]) === "DAEMON")
    throw new Refusal("UnsupportedFeatureException", "The simulator runs REPLICA services only.");
  const cluster = requestedCluster(world, request);
  if (cluster.services.has(name) && cluster.services.get(name)?.status !== "INACTIVE")
    throw invalidParameter("Creation of service was not idempotent.");
  const definition = runnableTaskDefinition(world, request);
  readSubnet(request, definition);
  const desiredCount = readCount(request);
  if (desiredCount === undefined) throw invalidParameter("desiredCount cannot be empty.");
  const launchType = readLaunchType(request, definition);
  const constraints = readConstraints(request);
  const service = createService(world, now, {
    cluster,
    name,
    definition,
    desiredCount,
    launchType,
    ...constraints,
  });
  return { service: serviceJson(service) };
};

export const updateService: Operation = (world, now, request) => {
  const service = requestedService(requestedCluster(world, request), request);
  const count = readCount(request);
  const definition =
    optionalText(request, "taskDefinition") === undefined
      ? undefined
      : runnableTaskDefinition(world, request);
  if (count !== undefined) setDesiredCount(world, now, service, count);
  const current = service.deployments[0]?.definition;
  const again = optionalFlag(request, "forceNewDeployment");
  const next = definition ?? current;
  if (next && (again || next !== current)) deploy(world, now, service, next);
  return { service: serviceJson(service) };
};

export const describeServices: Operation = (world, _now, request) => {
  const asked = requiredTexts(request, "services", 10);
  const cluster = requestedCluster(world, request);
  const services: Answer[] = [];
  const failures: Answer[] = [];
  for (const nameOrArn of asked) {
    const service = findService(cluster, nameOrArn);
    const arn = nameOrArn.startsWith("arn:")
      ? nameOrArn
      : cluster.arn.replace(/:cluster\/.*$/, `:service/${cluster.name}/${nameOrArn}`);
    if (service) services.push(serviceJson(service));
    else failures.push({ arn, reason: "MISSING" });
  }
  return { services, failures };
};

export const listServices: Operation = (world, _now, request) => {
  const cluster = requestedCluster(world, request);
  const launchType = oneOf(request, "launchType", ["EC2", "FARGATE", "EXTERNAL"]);
  const { items, nextToken } = page(
    request,
    cluster.services.values(),
    (service) =>
      service.status !== "INACTIVE" &&
      (launchType === undefined || service.launchType === launchType),
  );
  return { serviceArns: items.map(({ arn }) => arn), nextToken };
};

export const deleteServiceOperation: Operation = (world, now, request) => {
  const service = requestedService(requestedCluster(world, request), request);
  if (service.desiredCount > 0 && !optionalFlag(request, "force"))
    throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
  deleteService(world, now, service);
  return { service: serviceJson(service) };
};
