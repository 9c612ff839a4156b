// The main job, end to end, as a user lives it: real processes, real Redis, AWS SDK clients over HTTP against the
// simulator, GraphQL over HTTP and WebSocket.
import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import type { Task } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../src/random.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore, RoleProcess } from "../src/testing/longshore.ts";

const instances = 24;
let longshore: Longshore;
let ecs: ECSClient;
let scheduler: RoleProcess;
let cluster: string;

const registerDaemon = `mutation ($input: RegisterDaemonInput!, $dryRun: Boolean) {
  registerDaemon(input: $input, dryRun: $dryRun) { daemon { name revision } plan { start stop keep skip { reason } } }
}`;

/** Every task of a daemon that ECS itself knows, stopped ones included. */
async function tasksInEcs(name: string): Promise<Task[]> {
  const arns: string[] = [];
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    let nextToken: string | undefined;
    do {
      const page = await ecs.send(new ListTasksCommand({ cluster, desiredStatus, nextToken }));
      arns.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
  }
  const tasks: Task[] = [];
  for (let at = 0; at < arns.length; at += 100) {
    const described = await ecs.send(
      new DescribeTasksCommand({ cluster, tasks: arns.slice(at, at + 100) }),
    );
    tasks.push(...(described.tasks ?? []));
  }
  return tasks.filter(({ group }) => group === `daemon:${name}`);
}

const isLive = ({ desiredStatus }: Task) => desiredStatus === "RUNNING";

/** Number of live tasks per container instance, as ECS has them. */
async function livePerInstance(name: string): Promise<number[]> {
  const live = (await tasksInEcs(name)).filter(isLive);
  return [...Map.groupBy(live, (task) => task.containerInstanceArn).values()].map(
    (each) => each.length,
  );
}

async function daemonStatus(name: string) {
  const answer = await longshore.graphql(
    `query ($cluster: String!, $name: String!) { daemon(cluster: $cluster, name: $name) { status { phase desired running failed } } }`,
    { cluster, name },
  );
  return answer.at("daemon", "status");
}

function allRunning(name: string, count: number, timeoutMs = 20_000): Promise<true> {
  return until(
    `${count} running tasks of ${name}`,
    async () => {
      const status = await daemonStatus(name);
      return status.count("running") === count && status.text("phase") === "ACTIVE"
        ? true
        : undefined;
    },
    timeoutMs,
  );
}

/** Waits until every container instance has its task; at no time may one have two. */
async function exactlyOneEverywhere(name: string): Promise<void> {
  await until(
    `exactly one task of ${name} everywhere`,
    async () => {
      const counts = await livePerInstance(name);
      if (Math.max(0, ...counts) > 1) return "two";
      return counts.length === instances + 1 ? "one each" : undefined;
    },
    90_000,
  ).then((seen) => expect(seen).toBe("one each"));
  await allRunning(name, instances + 1);
  expect(await livePerInstance(name)).toEqual(Array.from({ length: instances + 1 }, () => 1));
}

beforeAll(async () => {
  longshore = await startLongshore({
    clusters: 1,
    instances,
    tasks: 30,
    seed: 7,
    timings: { timeScale: 0.1 },
  });
  longshore.serve("ingest");
  longshore.serve("api");
  scheduler = longshore.serve("scheduler");
  ecs = new ECSClient({
    region: "us-east-1",
    endpoint: longshore.simulator.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await longshore.ready();
  const nodes = await until("a cluster with all instances", async () => {
    const clusters = await longshore.graphql(
      "{ clusters { nodes { name instanceCounts { total } taskCounts { running } } } }",
    );
    const [first] = clusters.list("clusters", "nodes");
    return first &&
      first.count("instanceCounts", "total") === instances &&
      first.count("taskCounts", "running") === 30
      ? first
      : undefined;
  });
  cluster = nodes.text("name");
});

afterAll(async () => {
  ecs?.destroy();
  await longshore?.close();
});

describe("a daemon", () => {
  test("is planned by a dry run, which starts nothing", async () => {
    const input = { cluster, name: "probe", taskDefinition: "node-exporter:1" };
    const answer = await longshore.graphql(registerDaemon, { input, dryRun: true });
    expect(answer.list("registerDaemon", "plan", "start")).toHaveLength(instances);
    expect(
      (await longshore.graphql("{ daemons { totalCount } }")).count("daemons", "totalCount"),
    ).toBe(0);
  });

  test("runs exactly once on every container instance", async () => {
    const input = { cluster, name: "exporter", taskDefinition: "node-exporter:1" };
    await longshore.graphql(registerDaemon, { input });
    await allRunning("exporter", instances);
    expect(await livePerInstance("exporter")).toEqual(Array.from({ length: instances }, () => 1));
    expect(await tasksInEcs("exporter")).toHaveLength(instances);
  });

  test("is refused a name that is taken, a bad selector and an unknown cluster, each with its code", async () => {
    const input = { cluster, name: "exporter", taskDefinition: "node-exporter:1" };
    expect(await longshore.refused(registerDaemon, { input })).toMatchObject({ code: "CONFLICT" });
    const selector = "attribute:ecs.instance-type ===";
    const bad = await longshore.refused(registerDaemon, {
      input: { ...input, name: "x", selector },
    });
    expect(bad).toMatchObject({ code: "BAD_USER_INPUT" });
    expect(bad.message).toMatch(/column \d+/);
    const lost = await longshore.refused(registerDaemon, {
      input: { ...input, cluster: "nowhere" },
    });
    expect(lost.code).toBe("NOT_FOUND");
  });

  test("whose task dies gets a new one", async () => {
    const [victim] = (await tasksInEcs("exporter")).filter(isLive);
    if (!victim?.taskArn) throw new Error("no task to stop");
    await ecs.send(new StopTaskCommand({ cluster, task: victim.taskArn, reason: "test" }));
    await until("a replacement", async () => {
      const all = await tasksInEcs("exporter");
      return all.length === instances + 1 && all.filter(isLive).length === instances
        ? true
        : undefined;
    });
    await allRunning("exporter", instances);
    expect(await tasksInEcs("exporter")).toHaveLength(instances + 1);
  });

  test("is started on a container instance that joins, because of its change", async () => {
    await longshore.control("instances", { cluster, count: 1 });
    await allRunning("exporter", instances + 1);
    expect(await tasksInEcs("exporter")).toHaveLength(instances + 2);
  });

  test("runs exactly once however often its scheduler is killed", async () => {
    const seed = "kill-9";
    console.info(`seed ${seed}`);
    const random = seededRandom(seed);
    // Slow calls, so that the kills fall between an intent and its call, and between a call and its answer.
    await longshore.control("faults", { ecsLatencyMs: 150 });
    const input = { cluster, name: "shipper", taskDefinition: "log-router:1" };
    await longshore.graphql(registerDaemon, { input });
    for (let round = 0; round < 4; round++) {
      const before = (await tasksInEcs("shipper")).length;
      if (before > instances) break;
      const goal = before + random.int(0, 4);
      if (goal > before)
        await until(`${goal} starts`, async () =>
          (await tasksInEcs("shipper")).length >= goal ? true : undefined,
        );
      await scheduler.kill("SIGKILL");
      scheduler = longshore.serve("scheduler");
    }
    await longshore.control("faults", { ecsLatencyMs: 0 });
    await exactlyOneEverywhere("shipper");
  }, 120_000);

  test("runs exactly once although half of ECS's answers are lost", async () => {
    await longshore.control("faults", { lostReplyRatio: 0.5 });
    const input = { cluster, name: "lossy", taskDefinition: "log-router:1" };
    await longshore.graphql(registerDaemon, { input });
    await allRunning("lossy", instances + 1, 90_000);
    await longshore.control("faults", { lostReplyRatio: 0 });
    // As many as there are instances were ever started: so none had two at any time.
    expect(await tasksInEcs("lossy")).toHaveLength(instances + 1);
  }, 120_000);

  test("is started after calls whose outcome nobody knows, once ECS was asked about them", async () => {
    const { calls } = longshore.simulator;
    calls.reset();
    await longshore.control("faults", { errorRatio: 1 });
    const input = { cluster, name: "doubtful", taskDefinition: "log-router:1" };
    await longshore.graphql(registerDaemon, { input });
    await until("every start to be tried", () =>
      calls.count("ECS.StartTask") >= 3 ? true : undefined,
    );
    await longshore.control("faults", { errorRatio: 0 });
    await exactlyOneEverywhere("doubtful");
    expect(await tasksInEcs("doubtful")).toHaveLength(instances + 1);
    expect(calls.count("ECS.ListTasks")).toBeGreaterThan(0);
  }, 120_000);

  test("leaves a draining instance when everything else has left it, and comes back with it", async () => {
    const [task] = (await tasksInEcs("exporter")).filter(isLive);
    const containerInstance = task?.containerInstanceArn ?? "";
    const setStatus = (status: "DRAINING" | "ACTIVE") =>
      ecs.send(
        new UpdateContainerInstancesStateCommand({
          cluster,
          containerInstances: [containerInstance],
          status,
        }),
      );
    const liveThere = async () => {
      const { taskArns = [] } = await ecs.send(
        new ListTasksCommand({ cluster, containerInstance }),
      );
      return taskArns.length;
    };
    await setStatus("DRAINING");
    await until("an empty instance", async () => ((await liveThere()) === 0 ? true : undefined));
    await setStatus("ACTIVE");
    await allRunning("exporter", instances + 1);
  });

  test("is removed with its tasks", async () => {
    const input = { cluster, name: "shipper" };
    await longshore.graphql(
      `mutation ($input: DeregisterDaemonInput!) { deregisterDaemon(input: $input) { plan { stop } } }`,
      { input },
    );
    await until("no daemon and no task", async () => {
      const answer = await longshore.graphql(
        `query ($cluster: String!) { daemon(cluster: $cluster, name: "shipper") { name } }`,
        { cluster },
      );
      const live = (await tasksInEcs("shipper")).filter(isLive);
      return answer.at("daemon").value === null && live.length === 0 ? true : undefined;
    });
  });
});

describe("a subscription", () => {
  const query = `subscription ($filter: TaskFilter, $after: String, $snapshot: Boolean) {
    taskChanges(filter: $filter, after: $after, snapshot: $snapshot) { type cursor task { arn lastStatus version } }
  }`;

  test("gives a snapshot, SYNCED, then changes, and resumes without gap or repeat", async () => {
    const filter = { cluster, daemon: "exporter" };
    const whole = longshore.subscribe(query, { filter, snapshot: true });
    await until("SYNCED", () =>
      whole.payloads.find((each) => each.text("taskChanges", "type") === "SYNCED"),
    );
    const synced = whole.payloads.findIndex(
      (each) => each.text("taskChanges", "type") === "SYNCED",
    );
    const snapshot = whole.payloads.slice(0, synced);
    expect(snapshot.every((each) => each.text("taskChanges", "type") === "ADDED")).toBe(true);
    const cursor = whole.payloads[synced]?.text("taskChanges", "cursor");

    const [victim] = (await tasksInEcs("exporter")).filter(isLive);
    await ecs.send(new StopTaskCommand({ cluster, task: victim?.taskArn, reason: "test" }));
    const stopped = (seen: typeof whole) =>
      seen.payloads.find(
        (each) =>
          each.at("taskChanges", "task").value !== null &&
          each.text("taskChanges", "task", "arn") === victim?.taskArn &&
          each.text("taskChanges", "task", "lastStatus") === "STOPPED",
      );
    await until("the end of the task", () => stopped(whole));
    await allRunning("exporter", instances + 1);

    const resumed = longshore.subscribe(query, { filter, after: cursor });
    const lines = (seen: typeof whole, from: number) =>
      seen.payloads.slice(from).map((each) => JSON.stringify(each.at("taskChanges").value));
    await until("the same changes again", () =>
      lines(resumed, 0).length >= lines(whole, synced + 1).length ? true : undefined,
    );
    const expected = lines(whole, synced + 1);
    expect(lines(resumed, 0).slice(0, expected.length)).toEqual(expected);
    whole.close();
    resumed.close();
  });

  test("with a cursor that is none is refused", async () => {
    const broken = longshore.subscribe(query, { after: "nonsense" });
    expect(await until("an error", () => broken.ended())).toContain("BAD_USER_INPUT");
    broken.close();
  });
});

test("every role ends with 0 when it is asked to", async () => {
  const all = longshore.serve("ingest", "scheduler");
  await until("it runs", () => (all.output().includes("scheduler is running") ? true : undefined));
  expect(await all.kill("SIGTERM")).toBe(0);
});
