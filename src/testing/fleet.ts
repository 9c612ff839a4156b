// A random fleet of one cluster, as records of the store and as a view of them: for tests and benchmarks that need
// many entities and no Redis. The same random source makes the same fleet.
import { ClusterView } from "../changes/cluster-view.ts";
import type { Informer } from "../changes/informer.ts";
import { currentRevision, formatLaunchMark } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import { encodeDaemon, encodePlacement } from "../daemon/record.ts";
import { arnId } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Container, Task } from "../ecs/task.ts";
import type { Random } from "../random.ts";
import type { EntityKind } from "../store/keys.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import type { Observation } from "../store/record.ts";
import type { StoreSnapshot } from "../store/store.ts";
import { aDaemon, anInstance, aTask, testCluster } from "./entities.ts";

export interface FleetSize {
  readonly instances: number;
  readonly tasks: number;
}

/** What the fleet's tasks are of; "ctl" is the daemon's. */
const families = ["harbor", "beacon", "crane", "tide", "ctl"] as const;
export const fleetDaemon: Daemon = aDaemon({ name: "ctl" });

/** The record that the store's script makes of a first observation. */
export function recordOf(seen: Observation): string {
  const facts = seen.status === "" ? [] : seen.status.split(",");
  const timeline = facts.map((fact) => `${fact}@${seen.statusSince}`).join(",");
  const { version, fixed, doc, attributes, described, enriched } = seen;
  return [version, timeline, fixed, doc, attributes, described, enriched].join("\n");
}

export function randomInstance(random: Random, id: string): ContainerInstance {
  return anInstance(id, {
    version: String(random.int(1, 99)),
    ec2InstanceId: `i-${random.hex(17)}`,
    status: random.pick(["ACTIVE", "ACTIVE", "ACTIVE", "DRAINING", "INACTIVE"]),
    agentConnected: random.chance(0.9),
    agentVersion: "1.90.0",
    registeredAt: 1_700_000_000_000 + random.int(0, 1_000_000),
    capacityProvider: random.pick([undefined, "on-demand", "spot"]),
    registeredResources: [{ name: "CPU", type: "INTEGER", value: 2048 }],
    remainingResources: [{ name: "CPU", type: "INTEGER", value: random.int(0, 2048) }],
    attributes: [
      { name: "ecs.availability-zone", value: random.pick(["eu-west-1a", "eu-west-1b"]) },
      { name: "ecs.instance-type", value: random.pick(["m7g.large", "c7g.xlarge"]) },
      { name: "ecs.capability.docker-remote-api.1.44" },
    ],
  });
}

function randomContainer(random: Random, family: string, status: string): Container {
  const hostPort = random.int(32768, 61000);
  return {
    arn: `arn:aws:ecs:eu-west-1:111122223333:container/quay/${random.hex(32)}`,
    name: family,
    image: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/${family}:${random.int(1, 40)}`,
    imageDigest: `sha256:${random.hex(64)}`,
    runtimeId: random.hex(64),
    lastStatus: status === "RUNNING" ? "RUNNING" : status === "STOPPED" ? "STOPPED" : "PENDING",
    exitCode: status === "STOPPED" ? random.pick([0, 1, 137]) : undefined,
    cpu: "256",
    memory: "512",
    networkBindings:
      status === "RUNNING"
        ? [{ bindIP: "0.0.0.0", containerPort: 8080, hostPort, protocol: "tcp" }]
        : [],
    networkInterfaces: [],
  };
}

/** A task on one of the instances, or on Fargate. */
export function randomTask(random: Random, id: string, instances: readonly string[]): Task {
  const family = random.pick(families);
  const lastStatus = random.pick(["RUNNING", "RUNNING", "RUNNING", "PENDING", "STOPPED"]);
  const onInstance = instances.length > 0 && random.chance(0.9);
  const isDaemon = family === "ctl";
  const { template } = currentRevision(fleetDaemon);
  const mark = { daemonId: fleetDaemon.id, template, launchId: random.hex(6) };
  const createdAt = 1_700_000_000_000 + random.int(0, 10_000_000);
  return aTask(id, onInstance ? random.pick(instances) : undefined, {
    version: String(random.int(1, 99)),
    taskDefinitionArn: `arn:aws:ecs:eu-west-1:111122223333:task-definition/${family}:${random.int(1, 3)}`,
    group: isDaemon ? `daemon:${family}` : random.pick([`service:${family}`, `family:${family}`]),
    startedBy: isDaemon ? formatLaunchMark(mark) : `ecs-svc/${random.int(1, 5)}`,
    launchType: onInstance ? "EC2" : "FARGATE",
    availabilityZone: random.pick(["eu-west-1a", "eu-west-1b"]),
    cpu: "256",
    memory: "512",
    lastStatus,
    desiredStatus: lastStatus === "STOPPED" || random.chance(0.05) ? "STOPPED" : "RUNNING",
    healthStatus: random.pick([undefined, "HEALTHY", "UNHEALTHY"]),
    createdAt,
    startedAt: lastStatus === "PENDING" ? undefined : createdAt + 2000,
    stoppedAt: lastStatus === "STOPPED" ? createdAt + 9000 : undefined,
    stopCode: lastStatus === "STOPPED" ? "EssentialContainerExited" : undefined,
    stoppedReason:
      lastStatus === "STOPPED" ? 'Essential container in task exited: "oom" \\ 137' : undefined,
    containers: [randomContainer(random, family, lastStatus)],
    attachments: [],
  });
}

export const taskRecord = (task: Task): string =>
  recordOf(observeTask(task, "describe", task.createdAt ?? 0));
export const instanceRecord = (instance: ContainerInstance): string =>
  recordOf(observeContainerInstance(instance, "describe"));

/** A snapshot as the store gives one, with one daemon. */
export function randomSnapshot(random: Random, { instances, tasks }: FleetSize): StoreSnapshot {
  const instanceRecords = new Map<string, string>();
  const taskRecords = new Map<string, string>();
  for (let each = 0; each < instances; each++) {
    const instance = randomInstance(random, random.hex(32));
    instanceRecords.set(arnId(instance.arn), instanceRecord(instance));
  }
  const ids = [...instanceRecords.keys()];
  for (let each = 0; each < tasks; each++) {
    const id = random.hex(32);
    taskRecords.set(id, taskRecord(randomTask(random, id, ids)));
  }
  const daemons = new Map([[fleetDaemon.name, encodeDaemon(fleetDaemon)]]);
  const records = new Map<EntityKind, Map<string, string>>([
    ["i", instanceRecords],
    ["t", taskRecords],
    ["d", daemons],
  ]);
  return { epoch: "e", seq: 1, records };
}

export interface Contents {
  readonly instances?: readonly ContainerInstance[];
  readonly tasks?: readonly Task[];
  readonly daemons?: readonly Daemon[];
  readonly placements?: readonly Placement[];
}

/** A cluster that has just these, as a view shows it. */
export function viewOf(contents: Contents): ClusterView {
  const { instances = [], tasks = [], daemons = [], placements = [] } = contents;
  const records = new Map<EntityKind, Map<string, string>>([
    ["i", new Map(instances.map((each) => [arnId(each.arn), instanceRecord(each)]))],
    ["t", new Map(tasks.map((each) => [arnId(each.arn), taskRecord(each)]))],
    ["d", new Map(daemons.map((each) => [each.name, encodeDaemon(each)]))],
    ["p", new Map(placements.map((each) => [placementKey(each), encodePlacement(each)]))],
  ]);
  return new ClusterView(testCluster, { epoch: "e", seq: 1, records });
}

export function randomView(random: Random, size: FleetSize): ClusterView {
  return new ClusterView(testCluster, randomSnapshot(random, size));
}

/** An informer whose views nobody moves but the test. */
export function fixedInformer(...views: readonly ClusterView[]): Informer {
  return {
    views: new Map(views.map((view) => [view.arn, view])),
    revision: 0,
    loaded: Promise.resolve(),
    isLoaded: true,
    problem: () => undefined,
    followEndpoints: () => {
      for (const view of views) view.followEndpoints();
    },
    listen: () => () => undefined,
    refresh: () => Promise.resolve(),
    changesSince: () => Promise.resolve("expired"),
    close: () => Promise.resolve(),
  };
}
