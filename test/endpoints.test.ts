// Endpoints as their users have them: every network mode, from real processes against the simulator, over GraphQL,
// /sd/prometheus and /sd/haproxy alike; gone as soon as a task begins to stop.
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Answer, Longshore } from "../src/testing/longshore.ts";

let longshore: Longshore;
let ecs: ECSClient;

beforeAll(async () => {
  // Stopping takes its real time, so that there is something to see between its beginning and its end.
  longshore = await startLongshore({ demo: true, timings: { timeScale: 0.5 } });
  longshore.serve("ingest", "api", "scheduler");
  ecs = new ECSClient({
    endpoint: longshore.simulator.url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await longshore.ready();
  await until("the fleet", async () => {
    const { value } = (await longshore.graphql("{ containerInstances { totalCount } }")).at(
      "containerInstances",
      "totalCount",
    );
    return value === 42 ? true : undefined;
  });
  await longshore.graphql(
    `mutation { registerDaemon(input: { cluster: "harbor-prod", name: "exporter", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
  );
}, 60_000);

afterAll(async () => {
  await longshore?.close();
  ecs?.destroy();
});

/** Every page of a list. */
async function all(field: string, filter: string, selection: string): Promise<Answer[]> {
  const found: Answer[] = [];
  let after: string | null = null;
  do {
    const page: Answer = await longshore.graphql(
      `query ($after: String) { ${field}(filter: {${filter}}, first: 40, after: $after) {
        nodes { ${selection} } totalCount pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    found.push(...page.list(field, "nodes"));
    after = page.at(field, "pageInfo", "hasNextPage").value
      ? page.text(field, "pageInfo", "endCursor")
      : null;
  } while (after !== null);
  return found;
}

const endpointFields = "id host port protocol containerPort container healthy task { arn }";

/** What must listen by ECS' own word: task ARN and `host:port` of every container port of every running task. */
async function listening(cluster: string): Promise<string[]> {
  const tasks = await all(
    "tasks",
    `cluster: "${cluster}", lastStatus: [RUNNING], desiredStatus: RUNNING`,
    "arn taskDefinitionArn containerInstance { privateIpAddress } containers { name networkBindings { containerPort hostPort } }",
  );
  const described = await ecs.send(
    new DescribeTasksCommand({
      cluster,
      tasks: tasks.map((task) => task.text("arn")).slice(0, 100),
    }),
  );
  const addresses = new Map(
    (described.tasks ?? []).map(({ taskArn, attachments = [] }) => [
      taskArn,
      attachments
        .flatMap(({ details = [] }) => details)
        .find(({ name }) => name === "privateIPv4Address")?.value,
    ]),
  );
  const expected: string[] = [];
  for (const task of tasks) {
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: task.text("taskDefinitionArn") }),
    );
    const mode = taskDefinition?.networkMode;
    const arn = task.text("arn");
    const machine = mode === "awsvpc" ? "" : task.text("containerInstance", "privateIpAddress");
    if (mode === "bridge")
      for (const container of task.list("containers"))
        for (const binding of container.list("networkBindings"))
          expected.push(`${arn} ${machine}:${binding.text("hostPort")}`);
    else
      for (const { portMappings = [] } of taskDefinition?.containerDefinitions ?? [])
        for (const { containerPort } of portMappings)
          expected.push(
            `${arn} ${mode === "host" ? machine : addresses.get(arn)}:${containerPort}`,
          );
  }
  // Nobody tells the address of an external instance (ECS Anywhere).
  return expected.filter((each) => !each.includes(" null:")).toSorted();
}

async function told(cluster: string): Promise<string[]> {
  const endpoints = await all("endpoints", `cluster: "${cluster}"`, endpointFields);
  return endpoints
    .map((each) => `${each.text("task", "arn")} ${each.text("host")}:${each.text("port")}`)
    .toSorted();
}

describe("endpoints", () => {
  test("of bridge, host, awsvpc and Fargate tasks are what ECS says that listens", async () => {
    await until("the daemon on 24 instances", async () => {
      const { length } = await all("endpoints", `container: "node-exporter"`, "host");
      return length === 24 ? true : undefined;
    });
    for (const cluster of ["harbor-prod", "quay-staging", "lighthouse-edge"]) {
      const expected = await listening(cluster);
      expect(await told(cluster)).toEqual(expected);
      expect(expected.length).toBeGreaterThan(5);
    }
    const launchTypes = await all("tasks", "", "launchType endpoints { host port }");
    const withEndpoints = launchTypes.filter((task) => task.list("endpoints").length > 0);
    expect(new Set(withEndpoints.map((task) => task.text("launchType")))).toEqual(
      new Set(["EC2", "FARGATE"]),
    );
  });

  test("are the same for Prometheus and HAProxy, with their labels", async () => {
    const endpoints = await all("endpoints", `family: "node-exporter"`, endpointFields);
    const response = await fetch(`${longshore.url}sd/prometheus?family=node-exporter`);
    expect(response.headers.get("content-type")).toBe("application/json");
    const groups: unknown = await response.json();
    expect(groups).toHaveLength(24);
    expect(groups).toContainEqual({
      targets: [`${endpoints[0]?.text("host")}:9100`],
      labels: expect.objectContaining({
        ecs_cluster: "harbor-prod",
        ecs_family: "node-exporter",
        ecs_container: "node-exporter",
        __meta_ecs_task_arn: endpoints[0]?.text("task", "arn"),
        __meta_ecs_container_port: "9100",
        __meta_ecs_ec2_instance_id: expect.stringMatching(/^i-/),
      }),
    });
    const map = await (await fetch(`${longshore.url}sd/haproxy?family=node-exporter`)).text();
    const servers = map.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(servers.map((line) => line.split(" ")[1]).toSorted()).toEqual(
      endpoints.map((each) => `${each.text("host")}:${each.text("port")}`).toSorted(),
    );
    expect(servers[0]).toMatch(
      /^harbor-prod_node-exporter_node-exporter_9100\/\w+-9100 [\d.]+:9100$/,
    );
  });

  test("leave when their task begins to stop, not when it has stopped", async () => {
    const [victim] = await all(
      "endpoints",
      `cluster: "harbor-prod", family: "ledger"`,
      "id task { arn }",
    );
    const arn = victim?.text("task", "arn") ?? "";
    const changes = longshore.subscribe(
      `subscription { endpointChanges(filter: { family: "ledger" }, snapshot: true) { type endpoint { id task { arn } } } }`,
    );
    await until(
      "SYNCED",
      () =>
        changes.payloads.some((each) => each.text("endpointChanges", "type") === "SYNCED") ||
        undefined,
    );
    await ecs.send(new StopTaskCommand({ cluster: "harbor-prod", task: arn }));
    await until(
      "REMOVED",
      () =>
        changes.payloads.some(
          (each) =>
            each.text("endpointChanges", "type") === "REMOVED" &&
            each.text("endpointChanges", "endpoint", "id") === victim?.text("id"),
        ) || undefined,
    );
    const task = await longshore.graphql(
      `query ($arn: ID!) { task(arn: $arn) { lastStatus endpoints { host } } }`,
      { arn },
    );
    expect(task.text("task", "lastStatus")).not.toBe("STOPPED");
    expect(task.list("task", "endpoints")).toEqual([]);
    expect(await (await fetch(`${longshore.url}sd/prometheus?family=ledger`)).text()).not.toContain(
      arn,
    );
    changes.close();
  });
});

describe("/sd", () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${longshore.url}sd/${path}`, { headers });

  test("answers 304 for as long as nothing changed", async () => {
    const first = await get("prometheus?cluster=lighthouse-edge&containerPort=8080");
    const etag = first.headers.get("etag") ?? "";
    const again = await get("prometheus?cluster=lighthouse-edge&containerPort=8080", {
      "if-none-match": etag,
    });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const other = await get("prometheus?cluster=harbor-prod", { "if-none-match": etag });
    expect(other.status).toBe(200);
  });

  test.each([
    ["prometheus?familly=web", 400, "familly"],
    ["haproxy?containerPort=http", 400, "containerPort"],
    ["haproxy?healthy=maybe", 400, "healthy"],
    ["prometheus?family=a&family=b", 400, "twice"],
    ["prometheus?cluster=nowhere", 404, "nowhere"],
  ])("refuses %s", async (path, status, word) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(word);
  });
});
