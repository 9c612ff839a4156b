// The state machine by itself: no server, no clock. Time is a number that the test moves.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { text } from "../ecs/json.ts";
import { define, defineDaemons } from "./fleet.ts";
import {
  deregisterInstance,
  registerInstance,
  setAgentConnected,
  setInstanceState,
  terminateInstance,
} from "./instance-lifecycle.ts";
import { machineTypes } from "./machine-types.ts";
import { refusal } from "./resources.ts";
import { createService, deploy, setDesiredCount } from "./services.ts";
import { exitContainers, launchTask, stopTask } from "./task-lifecycle.ts";
import { nextDueAt, setChurn, tick } from "./tick.ts";
import { createCluster, createWorld } from "./world.ts";
import type { ContainerInstance, World } from "./world.ts";

const start = Date.UTC(2026, 0, 5, 12);
const type = machineTypes[1] ?? fail();

interface Event {
  readonly "detail-type": string;
  readonly detail: Readonly<Record<string, unknown>>;
}

function takeEvents(world: World): Event[] {
  return world.outbox.splice(0).map((body): Event => JSON.parse(body));
}

function harbor(seed: number | string, instanceCount = 1) {
  const world = createWorld({ seed });
  defineDaemons(world, start);
  const cluster = createCluster(world, "harbor");
  const instances = Array.from({ length: instanceCount }, () =>
    registerInstance(world, start, { cluster, type }),
  );
  tick(world, start + 1000);
  const [instance] = instances;
  if (!instance) throw new Error("no instance");
  return { world, cluster, instances, instance };
}

function statuses(events: readonly Event[]): string[] {
  return events
    .filter((event) => event["detail-type"] === "ECS Task State Change")
    .map(
      ({ detail: { lastStatus, desiredStatus, version } }) =>
        `${String(lastStatus)}/${String(desiredStatus)} v${String(version)}`,
    );
}

describe("a task's life", () => {
  test("bridge: pending, activating, running, then stopped in three steps", () => {
    const { world, cluster, instance } = harbor(1);
    const definition = define(world, start, {
      family: "web",
      networkMode: "bridge",
      cpu: 64,
      memory: 128,
      ports: [80, 81],
    });
    takeEvents(world);
    const task = launchTask(world, start + 1000, { cluster, definition, instance });
    tick(world, start + 10_000);
    const events = takeEvents(world);
    expect(statuses(events)).toEqual([
      "PENDING/RUNNING v1",
      "ACTIVATING/RUNNING v2",
      "RUNNING/RUNNING v3",
    ]);
    const running = events.findLast((event) => event.detail["lastStatus"] === "RUNNING");
    expect(running?.detail["containers"]).toMatchObject([
      {
        networkBindings: [
          { containerPort: 80, hostPort: 32_768, bindIP: "0.0.0.0", protocol: "tcp" },
          { containerPort: 81, hostPort: 32_769 },
        ],
        networkInterfaces: [],
      },
    ]);
    stopTask(world, start + 10_000, task, "UserInitiated", "enough");
    tick(world, start + 20_000);
    expect(statuses(takeEvents(world))).toEqual([
      "DEACTIVATING/STOPPED v4",
      "STOPPING/STOPPED v5",
      "STOPPED/STOPPED v6",
    ]);
    expect(instance).toMatchObject({
      remainingCpu: instance.cpu,
      remainingMemory: instance.memory,
      runningTasksCount: 0,
    });
    expect([...instance.usedTcpPorts]).toEqual([22, 2376, 2375, 51_678, 51_679]);
  });

  test("awsvpc: the interface has an address from PENDING on, and events carry no bindings", () => {
    const { world, cluster, instance } = harbor(2);
    const definition = define(world, start, {
      family: "db",
      networkMode: "awsvpc",
      cpu: 64,
      memory: 128,
      ports: [5432],
    });
    takeEvents(world);
    const task = launchTask(world, start + 1000, { cluster, definition, instance });
    tick(world, start + 10_000);
    const events = takeEvents(world).filter(({ detail }) => "taskArn" in detail);
    expect(statuses(events)).toEqual([
      "PROVISIONING/RUNNING v1",
      "PENDING/RUNNING v2",
      "ACTIVATING/RUNNING v3",
      "RUNNING/RUNNING v4",
    ]);
    const [first, second, third, fourth] = events.map(({ detail }) => detail);
    expect(first).toMatchObject({ attachments: [{ status: "PRECREATED", type: "eni" }] });
    expect(first?.["attachments"]).toHaveProperty("0.details.length", 1);
    expect(second?.["attachments"]).toHaveProperty("0.details.length", 5);
    expect(second).not.toHaveProperty("connectivity");
    expect(third).toHaveProperty("pullStartedAt");
    expect(third).toMatchObject({ containers: [{ lastStatus: "RUNNING" }] });
    expect(fourth).toMatchObject({ connectivity: "CONNECTED" });
    expect(fourth).not.toHaveProperty("containers.0.networkBindings");
    stopTask(world, start + 10_000, task, "UserInitiated", "enough");
    tick(world, start + 20_000);
    const stopped = takeEvents(world).filter(({ detail }) => "taskArn" in detail);
    expect(statuses(stopped).at(-2)).toBe("DEPROVISIONING/STOPPED v7");
    expect(stopped.at(-1)?.detail).toMatchObject({
      lastStatus: "STOPPED",
      version: 8,
      stopCode: "UserInitiated",
      containers: [{ exitCode: 143 }],
      attachments: [{ status: "DELETED" }],
    });
  });

  test("save-volume exits 0 by itself, crash-loop exits 1, a pull that fails never runs", () => {
    const { world, cluster, instance } = harbor(3);
    const broken = define(world, start, {
      family: "broken",
      networkMode: "bridge",
      cpu: 64,
      memory: 128,
      labels: { "simulator.start-failure": "pull" },
    });
    const family = (name: string) => world.taskDefinitions.get(name)?.[0] ?? broken;
    const tasks = [family("save-volume"), family("crash-loop"), broken].map((definition) =>
      launchTask(world, start + 1000, { cluster, definition, instance }),
    );
    tick(world, start + 30_000);
    expect(tasks).toMatchObject([
      {
        lastStatus: "STOPPED",
        stopCode: "EssentialContainerExited",
        containers: [{ exitCode: 0 }],
      },
      {
        lastStatus: "STOPPED",
        stopCode: "EssentialContainerExited",
        containers: [{ exitCode: 1 }],
      },
      { lastStatus: "STOPPED", stopCode: "TaskFailedToStart", startedAt: undefined },
    ]);
    expect(tasks[2]?.containers[0]).toMatchObject({
      exitCode: undefined,
      reason: expect.stringContaining("CannotPull"),
    });
  });

  test("a disconnected agent cannot stop its task until it is back", () => {
    const { world, cluster, instance } = harbor(4);
    const definition = world.taskDefinitions.get("log-router")?.[0];
    if (!definition) throw new Error("no definition");
    const task = launchTask(world, start + 1000, { cluster, definition, instance });
    tick(world, start + 10_000);
    setAgentConnected(world, start + 10_000, instance, false);
    expect(refusal(instance, definition)).toEqual({ reason: "AGENT" });
    stopTask(world, start + 11_000, task, "UserInitiated", "enough");
    tick(world, start + 60_000);
    expect(task).toMatchObject({ lastStatus: "RUNNING", desiredStatus: "STOPPED" });
    setAgentConnected(world, start + 60_000, instance, true);
    tick(world, start + 70_000);
    expect(task.lastStatus).toBe("STOPPED");
  });

  test("the first event of an instance has no attributes, the second has", () => {
    const world = createWorld({ seed: 5 });
    const cluster = createCluster(world, "harbor");
    registerInstance(world, start, { cluster, type });
    tick(world, start + 1000);
    const details = takeEvents(world).map(({ detail }) => detail);
    expect(details).toMatchObject([
      { version: 2, attributes: [], agentConnected: true, status: "ACTIVE" },
      { version: 3 },
    ]);
    expect(details[1]?.["attributes"]).toContainEqual({
      name: "ecs.instance-type",
      value: type.name,
    });
  });
});

describe("services", () => {
  test("replace what dies, roll out, scale down, leave a draining instance", () => {
    const { world, cluster, instances, instance } = harbor(6, 3);
    const plan = { networkMode: "bridge", cpu: 64, memory: 128, ports: [80] } as const;
    const first = define(world, start, { family: "web", ...plan });
    const second = define(world, start, { family: "web", ...plan });
    let now = start + 2000;
    const run = (ms: number) => tick(world, (now += ms));
    const service = createService(world, now, {
      cluster,
      name: "web",
      definition: first,
      desiredCount: 6,
      launchType: "EC2",
    });
    const live = () =>
      [...service.tasks].filter(
        (task) => task.lastStatus === "RUNNING" && task.desiredStatus === "RUNNING",
      );
    run(20_000);
    expect(live()).toHaveLength(6);
    expect(instances.map((each) => each.runningTasksCount)).toEqual([2, 2, 2]);
    for (const task of live().slice(0, 2)) exitContainers(world, now, task, task.containers, 1);
    run(20_000);
    expect(live()).toHaveLength(6);
    deploy(world, now, service, second);
    run(60_000);
    expect(live().map(({ definition }) => definition.revision)).toEqual([2, 2, 2, 2, 2, 2]);
    setInstanceState(world, now, instance, "DRAINING");
    run(60_000);
    expect(instance.tasks.size).toBe(0);
    expect(live()).toHaveLength(6);
    setDesiredCount(world, now, service, 1);
    run(30_000);
    expect(live()).toHaveLength(1);
    const names = takeEvents(world).map(({ detail }) => text(detail, "eventName"));
    expect(names).toContain("SERVICE_STEADY_STATE");
    expect(names).toContain("SERVICE_DEPLOYMENT_COMPLETED");
  });

  test("a service that finds no room says so and gets its tasks when there is room", () => {
    const { world, cluster, instance } = harbor(7);
    const definition = define(world, start, {
      family: "wide",
      networkMode: "host",
      cpu: 64,
      memory: 128,
      ports: [80],
    });
    const service = createService(world, start + 2000, {
      cluster,
      name: "wide",
      definition,
      desiredCount: 2,
      launchType: "EC2",
    });
    tick(world, start + 20_000);
    expect(instance.runningTasksCount).toBe(1);
    const failures = takeEvents(world).filter(
      ({ detail }) => detail["eventName"] === "SERVICE_TASK_PLACEMENT_FAILURE",
    );
    expect(failures[0]?.detail).toMatchObject({ reason: "RESOURCE:PORTS" });
    registerInstance(world, start + 20_000, { cluster, type });
    tick(world, start + 40_000);
    expect([...service.tasks].map(({ lastStatus }) => lastStatus)).toEqual(["RUNNING", "RUNNING"]);
  });
});

/** Everything an instance has taken is what its tasks hold, and its counters are its tasks. */
function checkInstance(instance: ContainerInstance): void {
  const held = [...instance.tasks].flatMap(({ reservation }) => reservation ?? []);
  const sum = (read: (each: (typeof held)[number]) => number) =>
    held.reduce((total, each) => total + read(each), 0);
  expect(instance.remainingCpu).toBe(instance.cpu - sum(({ cpu }) => cpu));
  expect(instance.remainingMemory).toBe(instance.memory - sum(({ memory }) => memory));
  expect(instance.remainingCpu).toBeGreaterThanOrEqual(0);
  expect(instance.remainingMemory).toBeGreaterThanOrEqual(0);
  const ports = held.flatMap(({ tcpPorts }) => tcpPorts);
  expect(new Set(ports).size).toBe(ports.length);
  expect([...instance.usedTcpPorts].toSorted()).toEqual(
    [22, 2376, 2375, 51_678, 51_679, ...ports].toSorted(),
  );
  const ran = [...instance.tasks].filter(({ startedAt }) => startedAt !== undefined).length;
  expect(instance.runningTasksCount).toBe(ran);
  expect(instance.pendingTasksCount).toBe(instance.tasks.size - ran);
}

/** Each entity's versions go up by one, its last event says what it is, and nothing follows STOPPED or INACTIVE. */
function checkEvents(events: readonly Event[], world: World): void {
  const details = new Map<string, Readonly<Record<string, unknown>>[]>();
  for (const { detail } of events) {
    const arn = text(detail, "taskArn") ?? text(detail, "containerInstanceArn");
    if (arn !== undefined) details.set(arn, [...(details.get(arn) ?? []), detail]);
  }
  const last = new Map([...details].map(([arn, list]) => [arn, list.at(-1)]));
  for (const list of details.values()) {
    const first = Number(list[0]?.["version"]);
    expect(list.map((detail) => detail["version"])).toEqual(list.map((_, index) => first + index));
    const before = list.slice(0, -1).flatMap((detail) => [detail["lastStatus"], detail["status"]]);
    expect(before).not.toContain("STOPPED");
    expect(before).not.toContain("INACTIVE");
  }
  for (const cluster of world.clusters.values()) {
    for (const task of cluster.tasks.values())
      expect(last.get(task.arn)).toMatchObject({
        version: task.version,
        lastStatus: task.lastStatus,
      });
    for (const instance of cluster.instances.values())
      expect(last.get(instance.arn)).toMatchObject({
        version: instance.version,
        status: instance.status,
        runningTasksCount: instance.runningTasksCount,
        pendingTasksCount: instance.pendingTasksCount,
      });
  }
}

const command = fc.record({
  kind: fc.constantFrom(
    "launch",
    "stop",
    "crash",
    "disconnect",
    "connect",
    "drain",
    "activate",
    "terminate",
    "deregister",
    "register",
    "scale",
  ),
  pick: fc.nat(1000),
  waitMs: fc.nat(3000),
});

function playCommand(
  world: World,
  now: number,
  { kind, pick }: { readonly kind: string; readonly pick: number },
): void {
  const cluster = world.clusters.get("harbor");
  if (!cluster) return;
  const instances = [...cluster.instances.values()];
  const tasks = [...cluster.tasks.values()];
  const instance = instances[pick % instances.length];
  const task = tasks[pick % Math.max(1, tasks.length)];
  const definitions = [...world.taskDefinitions.values()].flat();
  const definition = definitions[pick % definitions.length];
  const service = [...cluster.services.values()][0];
  if (kind === "register") registerInstance(world, now, { cluster, type });
  if (kind === "scale" && service) setDesiredCount(world, now, service, pick % 8);
  if (kind === "stop" && task) stopTask(world, now, task, "UserInitiated", "property");
  if (kind === "crash" && task?.lastStatus === "RUNNING" && task.desiredStatus === "RUNNING")
    exitContainers(world, now, task, task.containers, 1);
  if (!instance || instance.status === "INACTIVE") return;
  if (kind === "launch" && definition && !refusal(instance, definition))
    launchTask(world, now, { cluster, definition, instance });
  if (kind === "disconnect" || kind === "connect")
    setAgentConnected(world, now, instance, kind === "connect");
  if (kind === "drain") setInstanceState(world, now, instance, "DRAINING");
  if (kind === "activate") setInstanceState(world, now, instance, "ACTIVE");
  if (kind === "terminate") terminateInstance(world, now, instance);
  if (kind === "deregister") deregisterInstance(world, now, instance);
}

function fail(): never {
  throw new Error("no machine types");
}

test("whatever happens, resources are conserved, versions have no gap, and all comes to rest", () => {
  const property = fc.property(
    fc.integer(),
    fc.array(command, { maxLength: 60 }),
    (seed, commands) => {
      const { world, cluster } = harbor(seed, 3);
      const definition = define(world, start, {
        family: "web",
        networkMode: "awsvpc",
        cpu: 64,
        memory: 128,
        ports: [80],
      });
      createService(world, start + 1000, {
        cluster,
        name: "web",
        definition,
        desiredCount: 4,
        launchType: "EC2",
      });
      let now = start + 1000;
      for (const each of commands) {
        now += each.waitMs;
        tick(world, now);
        playCommand(world, now, each);
        for (const instance of cluster.instances.values()) checkInstance(instance);
      }
      for (const instance of cluster.instances.values())
        setAgentConnected(world, now, instance, true);
      tick(world, now + 60_000);
      for (const instance of cluster.instances.values()) checkInstance(instance);
      checkEvents(takeEvents(world), world);
      for (const { lastStatus } of cluster.tasks.values())
        expect(["RUNNING", "STOPPED"]).toContain(lastStatus);
    },
  );
  fc.assert(property, { numRuns: 150 });
});

test("churn replaces tasks and leaves the service whole", () => {
  const { world, cluster } = harbor(8, 4);
  const definition = define(world, start, {
    family: "web",
    networkMode: "bridge",
    cpu: 64,
    memory: 128,
  });
  const service = createService(world, start + 1000, {
    cluster,
    name: "web",
    definition,
    desiredCount: 20,
    launchType: "EC2",
  });
  tick(world, start + 30_000);
  setChurn(world, start + 30_000, 2);
  tick(world, start + 90_000);
  setChurn(world, start + 90_000, 0);
  tick(world, start + 150_000);
  const stopped = [...cluster.tasks.values()].filter(({ lastStatus }) => lastStatus === "STOPPED");
  expect(stopped.length).toBeGreaterThan(60);
  expect([...service.tasks].filter(({ lastStatus }) => lastStatus === "RUNNING")).toHaveLength(20);
});

test("stopped tasks are forgotten after an hour, and then nothing is due", () => {
  const { world, cluster, instance } = harbor(9);
  const definition = world.taskDefinitions.get("crash-loop")?.[0];
  if (!definition) throw new Error("no definition");
  launchTask(world, start + 1000, { cluster, definition, instance, startedBy: "me" });
  tick(world, start + 3_500_000);
  expect(cluster.tasks.size).toBe(1);
  tick(world, start + 3_700_000);
  expect(cluster.tasks.size + cluster.tasksByStartedBy.size).toBe(0);
  expect(nextDueAt(world)).toBeUndefined();
});
