// What goes over the wire, looked at without the SDK: shapes, errors, headers.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWithClients } from "./test-clients.ts";
import type { TestClients } from "./test-clients.ts";

let clients: TestClients;
beforeAll(async () => {
  clients = await startWithClients({
    seed: "wire",
    clusters: 3,
    instances: 3,
    tasks: 6,
    throttleScale: 0,
  });
});
afterAll(() => clients.close());

const ecs = (operation: string, body: unknown) =>
  clients.wire(`AmazonEC2ContainerServiceV20141113.${operation}`, JSON.stringify(body));

function harborInstance() {
  const [instance] = clients.simulator.world.clusters.get("harbor")?.instances.values() ?? [];
  if (!instance) throw new Error("no instance");
  return instance;
}

function harborTask() {
  const [task] = clients.simulator.world.clusters.get("harbor")?.tasks.values() ?? [];
  if (!task) throw new Error("no task");
  return task;
}

const harborArn = (resource: string, id: string) =>
  `arn:aws:ecs:us-east-1:111122223333:${resource}/harbor/${id}`;

describe("answers", () => {
  test("come as AWS JSON 1.1 with a request id", async () => {
    const { status, headers } = await ecs("ListClusters", {});
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("pages end without a nextToken", async () => {
    const first = await ecs("ListClusters", { maxResults: 2 });
    expect(first.body["clusterArns"]).toHaveLength(2);
    const { nextToken } = first.body;
    const second = await ecs("ListClusters", { maxResults: 2, nextToken });
    expect(second.body).toEqual({
      clusterArns: ["arn:aws:ecs:us-east-1:111122223333:cluster/beacon"],
    });
  });

  test("DescribeContainerInstances has zeros in every resource and neither clusterArn nor updatedAt", async () => {
    const instance = harborInstance();
    const { body } = await ecs("DescribeContainerInstances", {
      cluster: "harbor",
      containerInstances: [instance.id, "none"],
      include: ["TAGS", "CONTAINER_INSTANCE_HEALTH"],
    });
    expect(body).toMatchObject({
      containerInstances: [
        {
          containerInstanceArn: instance.arn,
          ec2InstanceId: instance.machine.instanceId,
          registeredAt: instance.registeredAt / 1000,
          status: "ACTIVE",
          agentConnected: true,
          attachments: [],
          tags: [],
          healthStatus: { overallStatus: "OK" },
          registeredResources: [
            {
              name: "CPU",
              type: "INTEGER",
              doubleValue: 0,
              longValue: 0,
              integerValue: instance.cpu,
            },
            { name: "MEMORY", type: "INTEGER", integerValue: instance.memory },
            {
              name: "PORTS",
              type: "STRINGSET",
              integerValue: 0,
              stringSetValue: expect.arrayContaining(["22"]),
            },
            { name: "PORTS_UDP", stringSetValue: [] },
          ],
        },
      ],
      failures: [{ arn: harborArn("container-instance", "none"), reason: "MISSING" }],
    });
    expect(body).not.toHaveProperty("containerInstances.0.clusterArn");
    expect(body).not.toHaveProperty("containerInstances.0.updatedAt");
  });

  test("DescribeTasks has epoch seconds, no updatedAt, and empty lists where the API has them", async () => {
    const task = harborTask();
    const { body } = await ecs("DescribeTasks", { cluster: "harbor", tasks: [task.arn, "gone"] });
    expect(body).toMatchObject({
      tasks: [
        {
          taskArn: task.arn,
          createdAt: task.createdAt / 1000,
          startedAt: (task.startedAt ?? 0) / 1000,
          cpu: expect.stringMatching(/^\d+$/),
          healthStatus: "UNKNOWN",
          inferenceAccelerators: [],
          tags: [],
          overrides: {
            containerOverrides: [{ name: task.definition.family }],
            inferenceAcceleratorOverrides: [],
          },
          containers: [{ healthStatus: "UNKNOWN", lastStatus: "RUNNING" }],
        },
      ],
      failures: [{ arn: harborArn("task", "gone"), reason: "MISSING" }],
    });
    expect(body).not.toHaveProperty("tasks.0.updatedAt");
  });

  test("StartTask places or fails on each instance by itself", async () => {
    const { body, status } = await ecs("StartTask", {
      cluster: "harbor",
      containerInstances: [harborInstance().id, "gone"],
      taskDefinition: "log-router:1",
      startedBy: "daemon-7",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tasks: [
        {
          containerInstanceArn: harborInstance().arn,
          lastStatus: "PENDING",
          desiredStatus: "RUNNING",
          version: 1,
          startedBy: "daemon-7",
          group: "family:log-router",
          launchType: "EC2",
        },
      ],
      failures: [{ arn: harborArn("container-instance", "gone"), reason: "MISSING" }],
    });
  });

  test("RunTask without room is a success with failures", async () => {
    await ecs("RegisterTaskDefinition", {
      family: "whale",
      containerDefinitions: [{ name: "whale", image: "whale", memory: 1_000_000 }],
    });
    const { status, body } = await ecs("RunTask", {
      cluster: "harbor",
      taskDefinition: "whale",
      count: 2,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      tasks: [],
      failures: [{ arn: harborInstance().arn, reason: "RESOURCE:MEMORY" }],
    });
  });

  test("UpdateContainerInstancesState raises the version and names what is missing", async () => {
    const { version } = harborInstance();
    const { body } = await ecs("UpdateContainerInstancesState", {
      cluster: "harbor",
      containerInstances: [harborInstance().id, "nope"],
      status: "DRAINING",
    });
    expect(body).toMatchObject({
      containerInstances: [{ status: "DRAINING", version: version + 1 }],
      failures: [{ arn: harborArn("container-instance", "nope"), reason: "MISSING" }],
    });
  });
});

describe("refusals", () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);
  test.each([
    ["DescribeTasks", { cluster: "nope", tasks: ["x"] }, "ClusterNotFoundException"],
    ["ListTasks", {}, "ClusterNotFoundException"],
    ["DescribeTasks", { cluster: "harbor" }, "InvalidParameterException"],
    ["DescribeTasks", { cluster: "harbor", tasks: ids(101) }, "InvalidParameterException"],
    [
      "DescribeContainerInstances",
      { cluster: "harbor", containerInstances: ids(101) },
      "InvalidParameterException",
    ],
    ["DescribeClusters", { clusters: ids(101) }, "InvalidParameterException"],
    [
      "StartTask",
      { cluster: "harbor", containerInstances: ids(11), taskDefinition: "log-router" },
      "InvalidParameterException",
    ],
    ["StartTask", { cluster: "harbor", containerInstances: ["x"] }, "InvalidParameterException"],
    [
      "StartTask",
      { cluster: "harbor", containerInstances: ["x"], taskDefinition: "nope" },
      "ClientException",
    ],
    [
      "StartTask",
      {
        cluster: "harbor",
        containerInstances: ["x"],
        taskDefinition: "log-router",
        startedBy: "s".repeat(37),
      },
      "InvalidParameterException",
    ],
    [
      "RunTask",
      { cluster: "harbor", taskDefinition: "log-router", count: 11 },
      "InvalidParameterException",
    ],
    [
      "RunTask",
      { cluster: "harbor", taskDefinition: "log-router", startedBy: "s".repeat(129) },
      "InvalidParameterException",
    ],
    [
      "RunTask",
      { cluster: "harbor", taskDefinition: "log-router", clientToken: "t".repeat(65) },
      "InvalidParameterException",
    ],
    [
      "RunTask",
      {
        cluster: "harbor",
        taskDefinition: "log-router",
        overrides: { taskRoleArn: "r".repeat(8200) },
      },
      "InvalidParameterException",
    ],
    [
      "RunTask",
      {
        cluster: "harbor",
        taskDefinition: "log-router",
        placementConstraints: [{ type: "memberOf", expression: "nonsense" }],
      },
      "InvalidParameterException",
    ],
    [
      "RunTask",
      {
        cluster: "harbor",
        taskDefinition: "log-router",
        launchType: "EC2",
        capacityProviderStrategy: [{ capacityProvider: "x" }],
      },
      "InvalidParameterException",
    ],
    ["StopTask", { cluster: "harbor", task: "nope" }, "InvalidParameterException"],
    ["ListTasks", { cluster: "harbor", startedBy: "x", family: "y" }, "InvalidParameterException"],
    ["ListTasks", { cluster: "harbor", maxResults: 101 }, "InvalidParameterException"],
    ["ListTasks", { cluster: "harbor", nextToken: "!" }, "InvalidParameterException"],
    ["ListTasks", { cluster: "harbor", serviceName: "nope" }, "ServiceNotFoundException"],
    ["ListTasks", { cluster: "harbor", containerInstance: "x" }, "ClientException"],
    ["ListTasks", { cluster: 7 }, "SerializationException"],
    [
      "ListContainerInstances",
      { cluster: "harbor", filter: "attribute:" },
      "InvalidParameterException",
    ],
    ["DescribeTaskDefinition", { taskDefinition: "nope:3" }, "ClientException"],
    ["RegisterTaskDefinition", { family: "x" }, "ClientException"],
    [
      "UpdateContainerInstancesState",
      { cluster: "harbor", containerInstances: ids(11), status: "ACTIVE" },
      "InvalidParameterException",
    ],
    [
      "UpdateContainerInstancesState",
      { cluster: "harbor", containerInstances: ["x"], status: "INACTIVE" },
      "InvalidParameterException",
    ],
    [
      "PutAttributes",
      { cluster: "harbor", attributes: [{ name: "stack", targetId: "x" }] },
      "TargetNotFoundException",
    ],
    ["LaunchRocket", {}, "UnknownOperationException"],
  ])("%s %j is %s", async (operation, request, type) => {
    const { status, body } = await ecs(operation, request);
    expect({ status, type: body["__type"] }).toEqual({ status: 400, type });
    expect(body["message"]).toEqual(expect.any(String));
  });

  test("an identifier of another cluster is refused, not MISSING", async () => {
    const { body } = await ecs("DescribeTasks", { cluster: "quay", tasks: [harborTask().arn] });
    expect(body).toMatchObject({ __type: "InvalidParameterException" });
  });

  test("a custom attribute too many is refused and changes nothing", async () => {
    const targetId = harborInstance().id;
    const attributes = Array.from({ length: 9 }, (_, index) => ({ name: `a${index}`, targetId }));
    const { body } = await ecs("PutAttributes", { cluster: "harbor", attributes });
    expect(body).toMatchObject({ __type: "AttributeLimitExceededException" });
    expect(harborInstance().attributes.has("a0")).toBe(false);
  });
});
