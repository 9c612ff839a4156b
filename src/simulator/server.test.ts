// The whole: events on the queue, EC2 and STS, controls, faults, throttling, the command.
import { DescribeInstancesCommand, paginateDescribeInstances } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeTasksCommand,
  ListClustersCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  paginateListClusters,
  RunTaskCommand,
  StartTaskCommand,
} from "@aws-sdk/client-ecs";
import { DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, test } from "vitest";
import { simulateCommand } from "./command.ts";
import { createManualClock } from "./manual-clock.ts";
import type { SimulatorOptions } from "./server.ts";
import { startWithClients, until } from "./test-clients.ts";
import type { TestClients } from "./test-clients.ts";

const cluster = "harbor";
let running: TestClients[] = [];

async function start(options: SimulatorOptions = {}): Promise<TestClients> {
  const clients = await startWithClients({ seed: "server", instances: 3, ...options });
  running.push(clients);
  return clients;
}

afterEach(async () => {
  for (const clients of running) await clients.close();
  running = [];
});

interface EventBody {
  readonly "detail-type": string;
  readonly resources: readonly string[];
  readonly time: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

async function receiveEvents({ sqs, simulator }: TestClients): Promise<EventBody[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: simulator.queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
    }),
  );
  for (const { ReceiptHandle } of Messages)
    await sqs.send(new DeleteMessageCommand({ QueueUrl: simulator.queueUrl, ReceiptHandle }));
  return Messages.map(({ Body = "" }): EventBody => JSON.parse(Body));
}

async function firstInstance({ ecs }: TestClients): Promise<string> {
  const { containerInstanceArns = [] } = await ecs.send(
    new ListContainerInstancesCommand({ cluster }),
  );
  return containerInstanceArns[0] ?? "";
}

const startTask = ({ ecs }: TestClients, instance: string, family = "log-router") =>
  ecs.send(
    new StartTaskCommand({ cluster, taskDefinition: family, containerInstances: [instance] }),
  );

describe("events", () => {
  test("of a task and its instance reach the queue as EventBridge writes them", async () => {
    const clients = await start();
    const { tasks } = await startTask(clients, await firstInstance(clients));
    const events: EventBody[] = [];
    await until(async () => {
      events.push(...(await receiveEvents(clients)));
      return events.some(({ detail }) => detail["lastStatus"] === "RUNNING");
    });
    const arn = tasks?.[0]?.taskArn;
    const task = events.filter(({ resources }) => resources[0] === arn);
    expect(task[0]).toMatchObject({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-/),
      "detail-type": "ECS Task State Change",
      source: "aws.ecs",
      account: "111122223333",
      region: "us-east-1",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      detail: { clusterArn: "arn:aws:ecs:us-east-1:111122223333:cluster/harbor", version: 1 },
    });
    expect(task[0]?.detail["createdAt"]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?Z$/,
    );
    const instance = events.find(
      (event) => event["detail-type"] === "ECS Container Instance State Change",
    );
    expect(instance?.detail).toMatchObject({
      pendingTasksCount: 1,
      version: 4,
      agentConnected: true,
    });
    expect(instance?.detail).toHaveProperty("registeredResources.0", {
      name: "CPU",
      type: "INTEGER",
      integerValue: expect.any(Number),
    });
  });

  test("can be duplicated, dropped and raw", async () => {
    const clients = await start();
    clients.simulator.setFaults({ eventDropRatio: 1 });
    await startTask(clients, await firstInstance(clients));
    const depth = async () => (await clients.control("")).body["queue"];
    expect(await depth()).toMatchObject({ visible: 0 });
    clients.simulator.setFaults({ eventDropRatio: 0, eventDuplicateRatio: 1 });
    await startTask(clients, await firstInstance(clients));
    expect(await depth()).toMatchObject({
      visible: expect.toSatisfy((count: number) => count >= 4),
    });
    const raw = await fetch(`${clients.simulator.url}/_simulator/events`, {
      method: "POST",
      body: "{nonsense",
    });
    expect(await raw.json()).toEqual({ sent: 1 });
  });

  test("that are delayed or reordered still all arrive", async () => {
    const clients = await start();
    clients.simulator.setFaults({
      eventDelayRatio: 0.3,
      eventDelayMs: 200,
      eventReorderRatio: 0.3,
    });
    for (let index = 0; index < 8; index++) await startTask(clients, await firstInstance(clients));
    const versions = new Map<string, number[]>();
    await until(async () => {
      for (const { resources, detail } of await receiveEvents(clients)) {
        const list = versions.get(resources[0] ?? "") ?? [];
        versions.set(resources[0] ?? "", [...list, Number(detail["version"])]);
      }
      const tasks = [...versions].filter(([arn]) => arn.includes(":task/"));
      return tasks.length === 8 && tasks.every(([, list]) => list.length === 3);
    });
    const disordered = [...versions.values()].filter((list) =>
      list.some((each, at) => each < (list[at - 1] ?? 0)),
    );
    expect(disordered.length).toBeGreaterThan(0);
  });
});

describe("EC2 and STS", () => {
  test("DescribeInstances tells the private addresses", async () => {
    const { ec2, simulator } = await start({ instances: 12 });
    const machines = [...simulator.world.machines.values()];
    const first = machines[0]?.instanceId ?? "";
    const { Reservations = [] } = await ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [first] }),
    );
    expect(Reservations[0]?.Instances?.[0]).toMatchObject({
      InstanceId: first,
      PrivateIpAddress: machines[0]?.privateIpAddress,
      State: { Name: "running" },
    });
    const filtered = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [{ Name: "instance-id", Values: [first, "i-00000000"] }],
      }),
    );
    expect(filtered.Reservations).toHaveLength(1);
    let seen = 0;
    for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {}))
      seen += page.Reservations?.length ?? 0;
    expect(seen).toBe(12);
    await expect(
      ec2.send(new DescribeInstancesCommand({ InstanceIds: ["i-0123456789abcdef0"] })),
    ).rejects.toMatchObject({ name: "InvalidInstanceID.NotFound" });
  });

  test("GetCallerIdentity and AssumeRole", async () => {
    const { sts } = await start();
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: "111122223333",
    });
    const RoleArn = "arn:aws:iam::444455556666:role/reader";
    const assumed = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "me" }));
    expect(assumed.Credentials?.Expiration).toBeInstanceOf(Date);
    expect(assumed.AssumedRoleUser?.Arn).toBe("arn:aws:sts::444455556666:assumed-role/reader/me");
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn: "nobody", RoleSessionName: "me" })),
    ).rejects.toMatchObject({ name: "ValidationError" });
  });
});

describe("controls", () => {
  test("add, disconnect and terminate instances, crash tasks, churn, count calls", async () => {
    const clients = await start({ tasks: 6 });
    const { control, simulator } = clients;
    expect((await control("")).body).toMatchObject({
      seed: "server",
      clusters: [{ name: cluster, instances: 3, runningTasks: 6 }],
    });
    const added = await control("/instances", { count: 2, attributes: { tier: "crane" } });
    expect(added.body["containerInstances"]).toHaveLength(2);
    const [instance] = simulator.world.clusters.get(cluster)?.instances.values() ?? [];
    if (!instance) throw new Error("no instance");
    await control("/agent", {
      containerInstances: [instance.machine.instanceId],
      connected: false,
    });
    expect(instance.agentConnected).toBe(false);
    const [task] = instance.tasks;
    await control("/instances/terminate", { containerInstances: [instance.id] });
    expect(instance).toMatchObject({ status: "INACTIVE", runningTasksCount: 0 });
    expect(task).toMatchObject({ lastStatus: "STOPPED", stopCode: "TerminationNotice" });
    const counts = async () => (await control("")).body["clusters"];
    await until(async () => JSON.stringify(await counts()).includes('"runningTasks":6'));
    const victim = [...(simulator.world.clusters.get(cluster)?.tasks.values() ?? [])].find(
      ({ lastStatus }) => lastStatus === "RUNNING",
    );
    expect((await control("/tasks/crash", { tasks: [victim?.id], exitCode: 3 })).body).toEqual({
      crashed: 1,
    });
    expect(victim?.containers[0]).toMatchObject({ exitCode: 3 });
    await control("/churn", { perSecond: 200 });
    const total = () => simulator.world.clusters.get(cluster)?.tasks.size ?? 0;
    await until(async () => total() > 20);
    await control("/churn", { perSecond: 0 });
    await clients.ecs.send(new ListClustersCommand({}));
    expect((await control("/calls")).body).toEqual({
      calls: { "ECS.ListClusters": { calls: 1, outcomes: { ok: 1 } } },
    });
    await control("/calls/reset", {});
    expect((await control("/calls")).body).toEqual({ calls: {} });
  });

  test("say what is wrong with a request", async () => {
    const { control } = await start();
    for (const [path, body, words] of [
      ["/faults", { fireRatio: 1 }, "There is no fault fireRatio"],
      ["/faults", { errorRatio: 2 }, "from 0 to 1"],
      ["/agent", { containerInstances: ["x"] }, "true or false"],
      ["/agent", { connected: true, containerInstances: ["x"] }, "no container instance x"],
      ["/instances", { cluster: "nowhere" }, "There are: harbor"],
      ["/moon", {}, "There is no POST"],
    ] as const) {
      const answer = await control(path, body);
      expect(answer.status).toBe(400);
      expect(answer.body["error"]).toContain(words);
    }
  });

  test("a fleet may have no cluster at all", async () => {
    const { ecs, control } = await start({ clusters: 0, instances: 0 });
    expect(await ecs.send(new ListClustersCommand({}))).toMatchObject({ clusterArns: [] });
    expect((await control("")).body).toMatchObject({ clusters: [] });
  });
});

describe("faults and throttling", () => {
  test("errors, throttling and lost replies hit ECS calls", async () => {
    const clients = await start();
    const { ecs, simulator } = clients;
    const instance = await firstInstance(clients);
    simulator.setFaults({ errorRatio: 1 });
    await expect(ecs.send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: "ServerException",
      $metadata: { httpStatusCode: 500 },
    });
    simulator.setFaults({ errorRatio: 0, throttleRatio: 1 });
    await expect(ecs.send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: "ThrottlingException",
      message: "Rate exceeded",
      $metadata: { httpStatusCode: 400 },
    });
    simulator.setFaults({ throttleRatio: 0, lostReplyRatio: 1 });
    await expect(startTask(clients, instance)).rejects.toMatchObject({ code: "ECONNRESET" });
    simulator.setFaults({ lostReplyRatio: 0 });
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster }));
    expect(taskArns).toHaveLength(1);
    expect(simulator.calls.counts()["ECS.StartTask"]).toEqual({ calls: 1, outcomes: { lost: 1 } });
  });

  test("task starts can fail", async () => {
    const clients = await start();
    clients.simulator.setFaults({ startFailureRatio: 1 });
    const { tasks = [] } = await startTask(clients, await firstInstance(clients));
    const arn = tasks[0]?.taskArn ?? "";
    const stopped = await until(async () => {
      const described = await clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }));
      return described.tasks?.[0]?.lastStatus === "STOPPED" && described.tasks[0];
    });
    expect(stopped).toMatchObject({ stopCode: "TaskFailedToStart" });
    expect(stopped.containers?.[0]?.exitCode).toBeUndefined();
  });

  test("ECS's own rates: the burst, then the refill, one bucket for each family", async () => {
    const clock = createManualClock();
    const { ecs } = await start({ clock });
    const read = () => ecs.send(new ListClustersCommand({}));
    const admitted = async () => {
      for (let count = 0; ; count++) {
        const error = await read().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) continue;
        expect(error).toMatchObject({ name: "ThrottlingException" });
        return count;
      }
    };
    expect(await admitted()).toBe(50);
    clock.advance(500);
    expect(await admitted()).toBe(10);
    await expect(ecs.send(new ListTasksCommand({ cluster }))).resolves.toBeDefined();
    clock.advance(3_600_000);
    expect(await admitted()).toBe(50);
  });

  test("latency delays answers", async () => {
    const { ecs, simulator } = await start();
    simulator.setFaults({ ecsLatencyMs: 80 });
    const before = performance.now();
    await ecs.send(new ListClustersCommand({}));
    expect(performance.now() - before).toBeGreaterThanOrEqual(79);
  });
});

describe("time", () => {
  test("a stopped task is MISSING after an hour, and a client token is forgotten after a day", async () => {
    const clock = createManualClock();
    const { ecs } = await start({ clock });
    const run = () =>
      ecs.send(new RunTaskCommand({ cluster, taskDefinition: "crash-loop", clientToken: "token" }));
    const first = (await run()).tasks?.[0]?.taskArn ?? "";
    const status = async () => {
      const { tasks, failures } = await ecs.send(
        new DescribeTasksCommand({ cluster, tasks: [first] }),
      );
      return tasks?.[0]?.lastStatus ?? failures?.[0]?.reason;
    };
    clock.advance(60_000);
    expect(await status()).toBe("STOPPED");
    clock.advance(3_600_000);
    expect(await status()).toBe("MISSING");
    expect((await run()).tasks?.[0]?.taskArn).toBe(first);
    clock.advance(24 * 3_600_000);
    expect((await run()).tasks?.[0]?.taskArn).not.toBe(first);
  });
});

test("a port that is taken is said in plain words", async () => {
  const { simulator } = await start();
  await expect(start({ port: simulator.port })).rejects.toThrow(
    `Port ${simulator.port} of 127.0.0.1 is in use`,
  );
});

test("a cluster that is deleted and made again is listed once, after the others", async () => {
  const { ecs } = await start({ clusters: 2, instances: 0 });
  await ecs.send(new DeleteClusterCommand({ cluster }));
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  const names: string[] = [];
  for await (const { clusterArns = [] } of paginateListClusters({ client: ecs, pageSize: 1 }, {}))
    names.push(...clusterArns.map((arn) => arn.slice(arn.lastIndexOf("/") + 1)));
  expect(names).toEqual(["quay", cluster]);
});

test("the command prints where it is, runs, and ends with its signal", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const command = simulateCommand(
    { port: 0, clusters: 1, instances: 2, tasks: 3 },
    stop.signal,
    (line) => lines.push(line),
  );
  await until(async () => lines.some((line) => line.includes("AWS_REGION")));
  expect(lines.join("\n")).toContain("1 clusters, 2 container instances, 3 running tasks");
  const url = /AWS_ENDPOINT_URL_ECS=(\S+)/.exec(lines.join("\n"))?.[1] ?? "";
  expect((await fetch(`${url}/_simulator`)).status).toBe(200);
  stop.abort();
  await command;
  await expect(fetch(`${url}/_simulator`)).rejects.toThrow("fetch failed");
});
