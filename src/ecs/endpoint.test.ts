// Endpoints of tasks in every network mode: from a task, its instance and its task definition to addresses.
import { describe, expect, it } from "vitest";
import type { ContainerInstance } from "./container-instance.ts";
import { endpointsOf, endpointsPerTaskMax, taskAddresses } from "./endpoint.ts";
import type { PortMapping, TaskDefinition } from "./task-definition.ts";
import type { Attachment, Container, NetworkBinding, Task } from "./task.ts";

const cluster = "arn:aws:ecs:eu-west-1:111122223333:cluster/harbor";
const taskArn = "arn:aws:ecs:eu-west-1:111122223333:task/harbor/4f1d";

function containerOf(fields: Partial<Container> = {}): Container {
  return {
    arn: "arn:aws:ecs:eu-west-1:111122223333:container/harbor/4f1d/77",
    name: "web",
    lastStatus: "RUNNING",
    networkBindings: [],
    networkInterfaces: [],
    ...fields,
  };
}

function taskOf(fields: Partial<Task> = {}): Task {
  return {
    kind: "task",
    arn: taskArn,
    clusterArn: cluster,
    version: "4",
    taskDefinitionArn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:3",
    lastStatus: "RUNNING",
    desiredStatus: "RUNNING",
    containers: [containerOf()],
    attachments: [],
    tags: [],
    timeline: [],
    ...fields,
  };
}

function instanceOf(privateIpAddress?: string): ContainerInstance {
  return {
    kind: "containerInstance",
    arn: "arn:aws:ecs:eu-west-1:111122223333:container-instance/harbor/0a1b",
    clusterArn: cluster,
    version: "7",
    status: "ACTIVE",
    agentConnected: true,
    registeredResources: [],
    remainingResources: [],
    attributes: [{ name: "ecs.availability-zone", value: "eu-west-1c" }],
    tags: [],
    privateIpAddress,
  };
}

const binding = (fields: Partial<NetworkBinding> = {}): NetworkBinding => ({
  bindIP: "0.0.0.0",
  containerPort: 80,
  hostPort: 32768,
  protocol: "tcp",
  ...fields,
});

const bridged = (...networkBindings: NetworkBinding[]): Task =>
  taskOf({ containers: [containerOf({ networkBindings })] });

const definition = (networkMode: string, ...portMappings: PortMapping[]): TaskDefinition => ({
  kind: "taskDefinition",
  arn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:3",
  networkMode,
  containers: [{ name: "web", portMappings, hasHealthCheck: false }],
});

const eni = (fields: Partial<Attachment> = {}): Attachment => ({
  id: "eni-attachment",
  type: "eni",
  status: "ATTACHED",
  details: { subnetId: "subnet-1", privateIPv4Address: "10.0.9.9" },
  ...fields,
});

const withEni = (fields: Partial<Task> = {}): Task =>
  taskOf({
    containers: [
      containerOf({
        networkInterfaces: [{ attachmentId: "eni-attachment", privateIpv4Address: "10.0.9.9" }],
      }),
    ],
    attachments: [{ id: "sdi", type: "sdi", status: "ATTACHED", details: {} }, eni()],
    ...fields,
  });

/** `host:port>containerPort/protocol`, short enough for tables. */
const short = (
  task: Task,
  instance: ContainerInstance | undefined = instanceOf("10.0.0.5"),
  ports?: TaskDefinition,
): string[] =>
  endpointsOf(task, instance, ports).map(
    ({ host, port, containerPort, protocol }) => `${host}:${port}>${containerPort}/${protocol}`,
  );

describe("bridge mode", () => {
  it("is the instance's address with the host port", () => {
    expect(endpointsOf(bridged(binding()), instanceOf("10.0.0.5"), undefined)).toEqual([
      {
        clusterArn: cluster,
        taskArn,
        family: "web",
        group: undefined,
        container: "web",
        host: "10.0.0.5",
        port: 32768,
        protocol: "tcp",
        containerPort: 80,
        availabilityZone: "eu-west-1c",
        healthy: true,
      },
    ]);
  });

  it.each<[string, NetworkBinding[], string[]]>([
    [
      "both families under one port",
      [binding({ bindIP: "::" }), binding()],
      ["10.0.0.5:32768>80/tcp"],
    ],
    [
      "both families under two ports: only IPv4 is reachable at an IPv4 address",
      [binding({ bindIP: "::", hostPort: 32769 }), binding()],
      ["10.0.0.5:32768>80/tcp"],
    ],
    ["IPv6 alone", [binding({ bindIP: "::" })], ["10.0.0.5:32768>80/tcp"]],
    ["no bind address", [binding({ bindIP: undefined })], ["10.0.0.5:32768>80/tcp"]],
    [
      "one port under two protocols",
      [binding({ protocol: "udp" }), binding()],
      ["10.0.0.5:32768>80/tcp", "10.0.0.5:32768>80/udp"],
    ],
    [
      "one port under two host ports",
      [binding({ hostPort: 32770 }), binding()],
      ["10.0.0.5:32768>80/tcp", "10.0.0.5:32770>80/tcp"],
    ],
    ["host port 0", [binding({ hostPort: 0 })], []],
    ["no host port", [binding({ hostPort: undefined })], []],
    ["no container port", [binding({ containerPort: undefined })], []],
    ["a port that is none", [binding({ hostPort: 65536 })], []],
    ["no bindings", [], []],
  ])("%s", (_, bindings, expected) => {
    expect(short(bridged(...bindings))).toEqual(expected);
  });

  it.each<[string | undefined, string | undefined, string[]]>([
    [
      "8000-8002",
      "33000-33002",
      ["10.0.0.5:33000>8000/tcp", "10.0.0.5:33001>8001/tcp", "10.0.0.5:33002>8002/tcp"],
    ],
    ["8000-8000", "33000-33000", ["10.0.0.5:33000>8000/tcp"]],
    ["8000-8002", "33000-33001", []],
    ["8002-8000", "33002-33000", []],
    ["8000", "33000", []],
    ["8000-8001", undefined, []],
    [undefined, "8000-8001", []],
    ["0-1", "0-1", []],
    ["65535-65536", "65535-65536", []],
  ])("range %s on %s", (containerPortRange, hostPortRange, expected) => {
    const range = {
      containerPort: undefined,
      hostPort: undefined,
      containerPortRange,
      hostPortRange,
    };
    expect(short(bridged(binding(range), binding({ ...range, bindIP: "::" })))).toEqual(expected);
  });

  it("keeps the first ports of a range that is too wide", () => {
    const wide = {
      containerPort: undefined,
      hostPort: undefined,
      containerPortRange: "1-60000",
      hostPortRange: "1-60000",
    };
    const endpoints = endpointsOf(bridged(binding(wide)), instanceOf("10.0.0.5"), undefined);
    expect(endpoints.map(({ port }) => port)).toEqual(
      Array.from({ length: endpointsPerTaskMax }, (_, i) => i + 1),
    );
  });

  it("leaves out containers that do not run", () => {
    const networkBindings = [binding()];
    const containers = [
      containerOf({ name: "log", networkBindings: [binding({ hostPort: 5 })] }),
      containerOf({ name: "init", lastStatus: "STOPPED", networkBindings }),
      containerOf({ name: "api", lastStatus: "PENDING", networkBindings }),
    ];
    expect(short(taskOf({ containers }))).toEqual(["10.0.0.5:5>80/tcp"]);
  });

  it("answers the same in whatever order ECS lists things", () => {
    const containers = ["b", "a"].map((name, i) =>
      containerOf({
        name,
        networkBindings: [
          binding({ hostPort: i + 2, containerPort: 90 }),
          binding({ hostPort: i + 6 }),
        ],
      }),
    );
    const mirrored = containers
      .map((container) => ({
        ...container,
        networkBindings: container.networkBindings.toReversed(),
      }))
      .toReversed();
    const expected = [
      "10.0.0.5:7>80/tcp",
      "10.0.0.5:3>90/tcp",
      "10.0.0.5:6>80/tcp",
      "10.0.0.5:2>90/tcp",
    ];
    expect(short(taskOf({ containers }))).toEqual(expected);
    expect(short(taskOf({ containers: mirrored }))).toEqual(expected);
  });

  it.each([
    ["an instance without an address", instanceOf(undefined)],
    ["an unknown instance", undefined],
  ])("has none on %s", (_, instance) => {
    expect(endpointsOf(bridged(binding()), instance, undefined)).toEqual([]);
  });

  it("uses IPv6 bindings where the instance's address is IPv6", () => {
    const task = bridged(binding(), binding({ bindIP: "::", hostPort: 9 }));
    expect(short(task, instanceOf("fd00::5"))).toEqual(["fd00::5:9>80/tcp"]);
  });
});

describe("life of a task", () => {
  it.each([
    ["RUNNING", "RUNNING", 1],
    ["RUNNING", "STOPPED", 0],
    ["PENDING", "RUNNING", 0],
    ["ACTIVATING", "RUNNING", 0],
    ["DEACTIVATING", "STOPPED", 0],
    ["DEPROVISIONING", "STOPPED", 0],
    ["STOPPED", "STOPPED", 0],
  ])("%s, to be %s: %i", (lastStatus, desiredStatus, count) => {
    const statuses = { lastStatus, desiredStatus };
    const ports = definition("awsvpc", { containerPort: 80 });
    expect(short({ ...bridged(binding()), ...statuses })).toHaveLength(count);
    expect(short(withEni(statuses), undefined, ports)).toHaveLength(count);
  });

  it.each([
    [undefined, undefined, true],
    ["UNKNOWN", "UNKNOWN", true],
    ["HEALTHY", "HEALTHY", true],
    ["UNHEALTHY", "HEALTHY", false],
    [undefined, "UNHEALTHY", false],
  ])("task %s and container %s: healthy %s", (ofTask, ofContainer, healthy) => {
    const containers = [containerOf({ healthStatus: ofContainer, networkBindings: [binding()] })];
    const task = taskOf({ healthStatus: ofTask, containers });
    expect(endpointsOf(task, instanceOf("10.0.0.5"), undefined).map((one) => one.healthy)).toEqual([
      healthy,
    ]);
  });
});

describe("awsvpc mode and Fargate", () => {
  const web = definition(
    "awsvpc",
    { containerPort: 80 },
    { containerPort: 53, hostPort: 53, protocol: "udp" },
  );

  it.each<[string, Task, TaskDefinition | undefined, string[]]>([
    ["EC2", withEni({ launchType: "EC2" }), web, ["10.0.9.9:53>53/udp", "10.0.9.9:80>80/tcp"]],
    [
      "attachment as the API names it",
      withEni({ attachments: [eni({ type: "ElasticNetworkInterface" })] }),
      web,
      ["10.0.9.9:53>53/udp", "10.0.9.9:80>80/tcp"],
    ],
    [
      "address in the attachment only",
      withEni({ containers: [containerOf()] }),
      web,
      ["10.0.9.9:53>53/udp", "10.0.9.9:80>80/tcp"],
    ],
    [
      "address in the container only",
      withEni({ attachments: [] }),
      web,
      ["10.0.9.9:53>53/udp", "10.0.9.9:80>80/tcp"],
    ],
    [
      "a range",
      withEni(),
      definition("awsvpc", { containerPortRange: "8000-8001" }),
      ["10.0.9.9:8000>8000/tcp", "10.0.9.9:8001>8001/tcp"],
    ],
    ["task definition not read yet", withEni(), undefined, []],
    ["no port mappings", withEni(), definition("awsvpc"), []],
    [
      "a container that the definition lacks",
      withEni(),
      { ...definition("awsvpc"), containers: [] },
      [],
    ],
    [
      "interface not attached yet",
      withEni({ attachments: [eni({ status: "ATTACHING", details: { subnetId: "subnet-1" } })] }),
      web,
      [],
    ],
    ["no address", taskOf({ containers: [containerOf()] }), web, []],
    [
      "IPv6 only",
      withEni({
        containers: [containerOf()],
        attachments: [eni({ details: { ipv6Address: "fd00::9" } })],
      }),
      definition("awsvpc", { containerPort: 80 }),
      ["fd00::9:80>80/tcp"],
    ],
  ])("%s", (_, task, ports, expected) => {
    expect(short(task, instanceOf("10.0.0.5"), ports)).toEqual(expected);
  });

  it("needs no instance on Fargate and takes the zone from the task", () => {
    const task = withEni({ launchType: "FARGATE", availabilityZone: "eu-west-1a" });
    const endpoints = endpointsOf(task, undefined, definition("awsvpc", { containerPort: 80 }));
    expect(endpoints).toMatchObject([
      { host: "10.0.9.9", port: 80, containerPort: 80, availabilityZone: "eu-west-1a" },
    ]);
  });
});

describe("host mode", () => {
  it.each<[PortMapping[], string[]]>([
    [[{ containerPort: 8080 }], ["10.0.0.5:8080>8080/tcp"]],
    [[{ containerPort: 8080, hostPort: 8080, protocol: "udp" }], ["10.0.0.5:8080>8080/udp"]],
    [[{ containerPort: 8080, hostPort: 0 }], ["10.0.0.5:8080>8080/tcp"]],
    [[{ containerPortRange: "70-71" }], ["10.0.0.5:70>70/tcp", "10.0.0.5:71>71/tcp"]],
    [[], []],
  ])("%j", (mappings, expected) => {
    expect(short(taskOf(), instanceOf("10.0.0.5"), definition("host", ...mappings))).toEqual(
      expected,
    );
    expect(short(taskOf(), instanceOf(undefined), definition("host", ...mappings))).toEqual([]);
  });

  it("has nothing to say without the task definition, nor in mode none", () => {
    expect(short(taskOf())).toEqual([]);
    expect(short(taskOf(), undefined, definition("none", { containerPort: 80 }))).toEqual([]);
  });
});

describe("taskAddresses", () => {
  it.each<[string, Task, string[]]>([
    ["attached", withEni(), ["10.0.9.9"]],
    ["bridge", bridged(binding()), []],
    [
      "both families, IPv4 first",
      withEni({
        attachments: [eni({ details: { ipv6Address: "fd00::9", privateIPv4Address: "10.0.9.9" } })],
      }),
      ["10.0.9.9", "fd00::9"],
    ],
    ["PRECREATED", withEni({ attachments: [eni({ status: "PRECREATED" })] }), []],
    ["DELETED", withEni({ attachments: [eni({ status: "DELETED" })] }), []],
    ["stopped", withEni({ lastStatus: "STOPPED", desiredStatus: "STOPPED" }), []],
    [
      "still stopping",
      withEni({ lastStatus: "DEPROVISIONING", desiredStatus: "STOPPED" }),
      ["10.0.9.9"],
    ],
    [
      "a container's other interface that was detached",
      withEni({
        containers: [
          containerOf({
            networkInterfaces: [{ attachmentId: "old", privateIpv4Address: "10.0.1.1" }],
          }),
        ],
      }),
      ["10.0.9.9"],
    ],
  ])("%s", (_, task, expected) => {
    expect(taskAddresses(task)).toEqual(expected);
  });
});
