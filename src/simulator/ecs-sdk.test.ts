// Every ECS call by the real SDK against a simulator on a port of its own.
import {
  ClusterNotFoundException,
  ConflictException,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteAttributesCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterContainerInstanceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  paginateListTasks,
  PutAttributesCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { Task } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWithClients, until } from "./test-clients.ts";
import type { TestClients } from "./test-clients.ts";

let clients: TestClients;
beforeAll(async () => {
  clients = await startWithClients({
    seed: "sdk",
    clusters: 1,
    instances: 6,
    tasks: 30,
    throttleScale: 0,
  });
});
afterAll(() => clients.close());

const cluster = "harbor";

async function describeTask(task: string, inCluster = cluster): Promise<Task> {
  const { tasks = [] } = await clients.ecs.send(
    new DescribeTasksCommand({ cluster: inCluster, tasks: [task], include: ["TAGS"] }),
  );
  if (!tasks[0]) throw new Error(`no task ${task}`);
  return tasks[0];
}

async function activeInstances(filter?: string): Promise<string[]> {
  const { containerInstanceArns = [] } = await clients.ecs.send(
    new ListContainerInstancesCommand({ cluster, ...(filter ? { filter } : {}), status: "ACTIVE" }),
  );
  return containerInstanceArns;
}

async function start(family: string, instance: string, startedBy: string): Promise<Task> {
  const { tasks = [], failures } = await clients.ecs.send(
    new StartTaskCommand({
      cluster,
      taskDefinition: family,
      containerInstances: [instance],
      startedBy,
      tags: [{ key: "daemon", value: family }],
    }),
  );
  if (!tasks[0]) throw new Error(JSON.stringify(failures));
  return tasks[0];
}

async function listTasks(filter: Readonly<Record<string, unknown>>): Promise<string[]> {
  const arns: string[] = [];
  const pages = paginateListTasks({ client: clients.ecs, pageSize: 7 }, { cluster, ...filter });
  for await (const { taskArns = [] } of pages) arns.push(...taskArns);
  return arns;
}

describe("clusters", () => {
  test("are created, described and deleted", async () => {
    const { cluster: made } = await clients.ecs.send(
      new CreateClusterCommand({ clusterName: "dry-dock" }),
    );
    expect(made).toMatchObject({ status: "ACTIVE", clusterName: "dry-dock" });
    const { clusters, failures } = await clients.ecs.send(
      new DescribeClustersCommand({ clusters: ["dry-dock", "harbor", "none"] }),
    );
    expect(clusters).toMatchObject([
      { runningTasksCount: 0 },
      { registeredContainerInstancesCount: 6 },
    ]);
    expect(failures).toMatchObject([{ reason: "MISSING" }]);
    await clients.ecs.send(new DeleteClusterCommand({ cluster: "dry-dock" }));
    await expect(
      clients.ecs.send(new ListContainerInstancesCommand({ cluster: "dry-dock" })),
    ).rejects.toBeInstanceOf(ClusterNotFoundException);
    await expect(clients.ecs.send(new DeleteClusterCommand({ cluster }))).rejects.toMatchObject({
      name: "ClusterContainsContainerInstancesException",
    });
  });
});

describe("tasks", () => {
  test("start, run, are found by every filter, and stop", async () => {
    const [instance = ""] = await activeInstances();
    const task = await start("log-router", instance, "daemon/log");
    const arn = task.taskArn ?? "";
    expect(task.createdAt).toBeInstanceOf(Date);
    const running = await until(async () => {
      const now = await describeTask(arn);
      return now.lastStatus === "RUNNING" && now;
    });
    expect(running).toMatchObject({
      version: 3,
      connectivity: "CONNECTED",
      tags: [{ key: "daemon", value: "log-router" }],
      containers: [{ networkBindings: [{ containerPort: 24_224 }] }],
    });
    expect(await listTasks({ startedBy: "daemon/log" })).toEqual([arn]);
    expect(await listTasks({ family: "log-router" })).toEqual([arn]);
    expect(await listTasks({ containerInstance: instance })).toContain(arn);
    expect(await listTasks({ desiredStatus: "PENDING" })).toEqual([]);
    await clients.ecs.send(new StopTaskCommand({ cluster, task: arn, reason: "tide turned" }));
    expect(await listTasks({ startedBy: "daemon/log" })).toEqual([]);
    expect(await listTasks({ startedBy: "daemon/log", desiredStatus: "STOPPED" })).toEqual([arn]);
    const stopped = await until(async () => {
      const now = await describeTask(arn);
      return now.lastStatus === "STOPPED" && now;
    });
    expect(stopped).toMatchObject({
      stopCode: "UserInitiated",
      stoppedReason: "tide turned",
      containers: [{ exitCode: 143 }],
    });
  });

  test("are listed completely, page by page", async () => {
    const arns = await listTasks({ serviceName: "edge-proxy" });
    expect(new Set(arns).size).toBe(25);
  });

  test("two of the same host port do not share an instance", async () => {
    const [instance = ""] = await activeInstances();
    const first = await start("node-exporter", instance, "ports");
    const again = new StartTaskCommand({
      cluster,
      taskDefinition: "node-exporter",
      containerInstances: [instance],
    });
    const { failures } = await clients.ecs.send(again);
    expect(failures).toMatchObject([{ arn: instance, reason: "RESOURCE:PORTS" }]);
    await clients.ecs.send(new StopTaskCommand({ cluster, task: first.taskArn }));
    await until(async () => (await describeTask(first.taskArn ?? "")).lastStatus === "STOPPED");
    const { tasks } = await clients.ecs.send(again);
    expect(tasks).toHaveLength(1);
    await clients.ecs.send(new StopTaskCommand({ cluster, task: tasks?.[0]?.taskArn }));
  });

  test("RunTask with one client token runs once, and refuses other parameters with it", async () => {
    const run = (count: number, client = clients.ecs) =>
      client.send(
        new RunTaskCommand({ cluster, taskDefinition: "save-volume", count, clientToken: "one" }),
      );
    const first = await run(2);
    const second = await run(2);
    expect(first.tasks).toHaveLength(2);
    expect(second.tasks?.map(({ taskArn }) => taskArn)).toEqual(
      first.tasks?.map(({ taskArn }) => taskArn),
    );
    const conflict = await run(3).catch((error: unknown) => error);
    expect(conflict).toBeInstanceOf(ConflictException);
    expect(conflict).toMatchObject({ resourceIds: first.tasks?.map(({ taskArn }) => taskArn) });
  });

  test("RunTask that loses its answer is harmless when the SDK tries again", async () => {
    const client = new ECSClient({
      endpoint: clients.simulator.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      // Three in a row are lost often enough to see it.
      maxAttempts: 12,
    });
    clients.simulator.setFaults({ lostReplyRatio: 0.5 });
    clients.simulator.calls.reset();
    for (let index = 0; index < 8; index++)
      await client.send(
        new RunTaskCommand({ cluster, taskDefinition: "save-volume", startedBy: "lost-once" }),
      );
    clients.simulator.setFaults({ lostReplyRatio: 0 });
    expect(clients.simulator.calls.count("ECS.RunTask")).toBeGreaterThan(8);
    expect(await listTasks({ startedBy: "lost-once" })).toHaveLength(8);
    client.destroy();
  });

  test("RunTask places by memberOf and distinctInstance, and never on a draining or disconnected instance", async () => {
    const [target = "", other = ""] = await activeInstances("attribute:ecs.os-type == linux");
    const { containerInstances } = await clients.ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances: [target] }),
    );
    const ec2Id = containerInstances?.[0]?.ec2InstanceId;
    const runOn = (count: number) =>
      clients.ecs.send(
        new RunTaskCommand({
          cluster,
          taskDefinition: "log-router",
          startedBy: "placed",
          count,
          placementConstraints: [
            { type: "memberOf", expression: `ec2InstanceId == ${ec2Id}` },
            { type: "distinctInstance" },
          ],
        }),
      );
    const { tasks, failures } = await runOn(2);
    expect(tasks?.map(({ containerInstanceArn }) => containerInstanceArn)).toEqual([target]);
    expect(failures).toMatchObject([{ reason: expect.stringContaining("constraint") }]);
    await clients.control("/agent", { cluster, containerInstances: [target], connected: false });
    expect((await runOn(1)).failures).toMatchObject([{ arn: target, reason: "AGENT" }]);
    await clients.control("/agent", { cluster, containerInstances: [target], connected: true });
    const state = (status: "ACTIVE" | "DRAINING") =>
      clients.ecs.send(
        new UpdateContainerInstancesStateCommand({ cluster, containerInstances: [target], status }),
      );
    await state("DRAINING");
    expect((await runOn(1)).tasks).toEqual([]);
    const onDraining = await start("log-router", target, "placed");
    expect(onDraining.containerInstanceArn).toBe(target);
    await state("ACTIVE");
    expect(other).not.toBe(target);
  });

  test("on Fargate have an address of their own and no instance", async () => {
    await clients.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "cloud",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        containerDefinitions: [
          { name: "cloud", image: "cloud", portMappings: [{ containerPort: 80 }] },
        ],
      }),
    );
    const request = { cluster, taskDefinition: "cloud", launchType: "FARGATE" } as const;
    await expect(clients.ecs.send(new RunTaskCommand(request))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    const networkConfiguration = { awsvpcConfiguration: { subnets: ["subnet-0a"] } };
    const { tasks } = await clients.ecs.send(
      new RunTaskCommand({ ...request, networkConfiguration }),
    );
    expect(tasks?.[0]).toMatchObject({ lastStatus: "PROVISIONING", platformVersion: "1.4.0" });
    const running = await until(async () => {
      const task = await describeTask(tasks?.[0]?.taskArn ?? "");
      return task.lastStatus === "RUNNING" && task;
    });
    expect(running.containerInstanceArn).toBeUndefined();
    expect(running.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address).toMatch(/^10\./);
    expect(running.attachments).toMatchObject([
      { type: "ElasticNetworkInterface", status: "ATTACHED" },
    ]);
  });
});

describe("task definitions", () => {
  test("have revisions; a family alone is the newest that is ACTIVE", async () => {
    const register = () =>
      clients.ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "lamp",
          containerDefinitions: [{ name: "lamp", image: "lamp:1", memory: 64 }],
        }),
      );
    await register();
    const { taskDefinition } = await register();
    expect(taskDefinition).toMatchObject({ family: "lamp", revision: 2, status: "ACTIVE" });
    expect(taskDefinition?.registeredAt).toBeInstanceOf(Date);
    await clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "lamp:2" }));
    const described = await clients.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "lamp" }),
    );
    expect(described.taskDefinition).toMatchObject({ revision: 1, networkMode: "bridge" });
    const listed = await clients.ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: "lamp" }));
    expect(listed.taskDefinitionArns).toEqual([described.taskDefinition?.taskDefinitionArn]);
    await expect(
      clients.ecs.send(new RunTaskCommand({ cluster, taskDefinition: "lamp:2" })),
    ).rejects.toMatchObject({ name: "ClientException" });
  });
});

describe("container instances", () => {
  test("register, get attributes, and deregister for good", async () => {
    const { containerInstance } = await clients.ecs.send(
      new RegisterContainerInstanceCommand({ cluster }),
    );
    const arn = containerInstance?.containerInstanceArn ?? "";
    expect(containerInstance).toMatchObject({ status: "ACTIVE", version: 2, attributes: [] });
    const put = {
      name: "dock",
      value: "7",
      targetId: arn,
      targetType: "container-instance",
    } as const;
    await until(async () => (await activeInstances("attribute:ecs.os-type exists")).includes(arn));
    await clients.ecs.send(new PutAttributesCommand({ cluster, attributes: [put] }));
    expect(await activeInstances("attribute:dock == 7")).toEqual([arn]);
    await clients.ecs.send(
      new DeleteAttributesCommand({ cluster, attributes: [{ name: "dock", targetId: arn }] }),
    );
    expect(await activeInstances("attribute:dock exists")).toEqual([]);
    await start("log-router", arn, "leaving");
    const deregister = (force: boolean) =>
      clients.ecs.send(
        new DeregisterContainerInstanceCommand({ cluster, containerInstance: arn, force }),
      );
    await expect(deregister(false)).rejects.toMatchObject({ name: "InvalidParameterException" });
    await deregister(true);
    expect(await activeInstances()).not.toContain(arn);
    const { containerInstances } = await clients.ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances: [arn] }),
    );
    expect(containerInstances).toMatchObject([{ status: "INACTIVE", agentConnected: false }]);
    const { failures } = await clients.ecs.send(
      new StartTaskCommand({ cluster, taskDefinition: "log-router", containerInstances: [arn] }),
    );
    expect(failures).toMatchObject([{ arn, reason: "INACTIVE" }]);
  });
});

describe("services", () => {
  test("are created, rolled out, scaled and deleted", async () => {
    const create = new CreateServiceCommand({
      cluster,
      serviceName: "buoy",
      taskDefinition: "log-router",
      desiredCount: 2,
    });
    const { service } = await clients.ecs.send(create);
    expect(service).toMatchObject({ status: "ACTIVE", desiredCount: 2, runningCount: 0 });
    const describeBuoy = async () => {
      const { services } = await clients.ecs.send(
        new DescribeServicesCommand({ cluster, services: ["buoy", "none"] }),
      );
      return services?.[0];
    };
    const running = (count: number) =>
      until(async () => (await describeBuoy())?.runningCount === count);
    await running(2);
    const { serviceArns } = await clients.ecs.send(new ListServicesCommand({ cluster }));
    expect(serviceArns).toContain(service?.serviceArn);
    await clients.ecs.send(
      new UpdateServiceCommand({ cluster, service: "buoy", forceNewDeployment: true }),
    );
    await until(async () => {
      const now = await describeBuoy();
      return now?.deployments?.length === 1 && now.deployments[0]?.rolloutState === "COMPLETED";
    });
    await clients.ecs.send(new UpdateServiceCommand({ cluster, service: "buoy", desiredCount: 0 }));
    await running(0);
    await clients.ecs.send(new DeleteServiceCommand({ cluster, service: "buoy" }));
    await until(async () => (await describeBuoy())?.status === "INACTIVE");
  });
});
