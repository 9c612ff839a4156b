// Builders of entities for tests: valid ones, with only what a test is about spelled out.
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { PortMapping, TaskDefinition } from "../ecs/task-definition.ts";
import type { Task } from "../ecs/task.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { registerDaemon } from "../daemon/edit.ts";

export const testCluster = "arn:aws:ecs:eu-west-1:111122223333:cluster/quay";

export function anInstance(id: string, rest: Partial<ContainerInstance> = {}): ContainerInstance {
  return {
    kind: "containerInstance",
    arn: `arn:aws:ecs:eu-west-1:111122223333:container-instance/quay/${id}`,
    clusterArn: testCluster,
    version: "1",
    ec2InstanceId: `i-${id}`,
    status: "ACTIVE",
    agentConnected: true,
    registeredResources: [],
    remainingResources: [],
    attributes: [
      { name: "ecs.availability-zone", value: "eu-west-1a" },
      { name: "ecs.instance-type", value: "m7g.large" },
    ],
    tags: [],
    ...rest,
  };
}

export function aTask(id: string, instanceId: string | undefined, rest: Partial<Task> = {}): Task {
  return {
    kind: "task",
    arn: `arn:aws:ecs:eu-west-1:111122223333:task/quay/${id}`,
    clusterArn: testCluster,
    version: "1",
    taskDefinitionArn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/lamp:3",
    containerInstanceArn: instanceId === undefined ? undefined : anInstance(instanceId).arn,
    launchType: "EC2",
    lastStatus: "RUNNING",
    desiredStatus: "RUNNING",
    createdAt: 1_700_000_000_000,
    startedAt: 1_700_000_002_000,
    containers: [],
    attachments: [],
    tags: [],
    timeline: [],
    ...rest,
  };
}

/** `lamp:<revision>` in awsvpc mode, its container `lamp` listening on 8080 unless `portMappings` says otherwise. */
export function aTaskDefinition(
  revision: string,
  networkMode = "awsvpc",
  portMappings: readonly PortMapping[] = [{ containerPort: 8080, protocol: "tcp" }],
): TaskDefinition {
  return {
    kind: "taskDefinition",
    arn: `arn:aws:ecs:eu-west-1:111122223333:task-definition/lamp:${revision}`,
    networkMode,
    containers: [{ name: "lamp", portMappings, hasHealthCheck: false }],
  };
}

/** A registered daemon that selects every instance. Throws when the settings are refused. */
export function aDaemon(rest: Partial<Daemon> = {}): Daemon {
  const registration = {
    cluster: testCluster,
    name: "lamp",
    taskDefinition: "lamp:3",
    paused: false,
  };
  const registered = registerDaemon(undefined, registration, 1_700_000_000_000);
  if (!registered.ok) throw new Error(registered.message);
  return { ...registered.daemon, ...rest };
}
