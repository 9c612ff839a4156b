// Every combination of filters, over real HTTP on a random fleet, against an oracle that reads the entities one by one.
// Replay with FUZZ_SEED.
import { createClient } from "graphql-ws";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { ClusterView } from "../changes/cluster-view.ts";
import { systemClock } from "../clock.ts";
import { daemonId, formatLaunchMark } from "../daemon/daemon.ts";
import { arnId, taskDefinitionFamily } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { TaskDefinition } from "../ecs/task-definition.ts";
import type { Task } from "../ecs/task.ts";
import { seededRandom, systemRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { encodeTaskDefinition } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { aTaskDefinition } from "../testing/entities.ts";
import {
  fixedInformer,
  instanceRecord,
  randomInstance,
  randomTask,
  taskRecord,
} from "../testing/fleet.ts";
import { startApi } from "./server.ts";
import type { Api } from "./server.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`filters.test.ts seed ${seed} (FUZZ_SEED)`);
const random = seededRandom(`${seed}`);

const clusters = [
  "arn:aws:ecs:eu-west-1:111122223333:cluster/harbor",
  "arn:aws:ecs:eu-west-1:111122223333:cluster/quay",
  "arn:aws:ecs:us-east-1:111122223333:cluster/quay",
] as const;

interface Fleet {
  readonly instances: ContainerInstance[];
  readonly tasks: Task[];
  readonly definitions: Map<string, TaskDefinition>;
}

const modes = ["bridge", "host", "awsvpc"];
const inCluster = (cluster: string, kind: string, id: string) =>
  `${cluster.replace(/:cluster\/(.+)$/, `:${kind}/$1`)}/${id}`;

/** A random fleet of one cluster with tasks of every network mode, some of which have addresses and ports. */
function randomFleet(cluster: string, size: { instances: number; tasks: number }): Fleet {
  const definitions = new Map<string, TaskDefinition>();
  const instances = Array.from({ length: size.instances }, () => {
    const id = random.hex(32);
    const instance = randomInstance(random, id);
    const custom = random.pick([[], [{ name: "stack", value: random.pick(["prod", "test", ""]) }]]);
    return {
      ...instance,
      arn: inCluster(cluster, "container-instance", id),
      clusterArn: cluster,
      attributes: [...instance.attributes, ...custom],
      privateIpAddress: random.pick([undefined, `10.0.${random.int(0, 9)}.${random.int(1, 200)}`]),
    };
  });
  const tasks = Array.from({ length: size.tasks }, () => {
    const id = random.hex(32);
    const plain = randomTask(
      random,
      id,
      instances.map(({ arn }) => arnId(arn)),
    );
    const family = taskDefinitionFamily(plain.taskDefinitionArn);
    const revision = plain.taskDefinitionArn.split(":").at(-1) ?? "";
    const mode = plain.containerInstanceArn ? (modes[family.length % 3] ?? "") : "awsvpc";
    const mapped = [{ containerPort: random.pick([80, 8080]), protocol: "tcp" }];
    // What runs on Fargate is of another definition.
    const name = `${family}${plain.containerInstanceArn ? "" : "-fargate"}:${revision}`;
    if (!definitions.has(name) && random.chance(0.9))
      definitions.set(name, {
        ...aTaskDefinition(revision, mode, mapped),
        arn: inCluster(cluster, "task-definition", name).replace(/\/[^/]+\/([^/]+)$/, "/$1"),
        containers: [{ name: family, portMappings: mapped, hasHealthCheck: false }],
      });
    const own = definitions.get(name)?.networkMode === "awsvpc" || !plain.containerInstanceArn;
    return {
      ...plain,
      arn: inCluster(cluster, "task", id),
      clusterArn: cluster,
      taskDefinitionArn: inCluster(cluster, "task-definition", name).replace(
        /\/[^/]+\/([^/]+)$/,
        "/$1",
      ),
      containerInstanceArn:
        plain.containerInstanceArn &&
        inCluster(cluster, "container-instance", arnId(plain.containerInstanceArn)),
      startedBy: plain.startedBy?.startsWith("longshore/")
        ? formatLaunchMark({
            daemonId: daemonId(cluster, "ctl"),
            template: "t",
            launchId: random.hex(6),
          })
        : plain.startedBy,
      containers: own
        ? plain.containers.map((each) => ({ ...each, networkBindings: [] }))
        : plain.containers,
      attachments: own
        ? [
            {
              id: "e",
              type: "eni",
              status: random.pick(["ATTACHED", "ATTACHED", "ATTACHING"]),
              details: { privateIPv4Address: `10.9.${random.int(0, 9)}.${random.int(1, 200)}` },
            },
          ]
        : [],
    };
  });
  return { instances, tasks, definitions };
}

const enriched = (instance: ContainerInstance): string => {
  const { privateIpAddress } = instance;
  return instanceRecord(instance) + (privateIpAddress ? JSON.stringify({ privateIpAddress }) : "");
};

function viewOf(cluster: string, { instances, tasks, definitions }: Fleet): ClusterView {
  return new ClusterView(cluster, {
    epoch: "e",
    seq: 1,
    records: new Map([
      ["i", new Map(instances.map((each) => [arnId(each.arn), enriched(each)]))],
      ["t", new Map(tasks.map((each) => [arnId(each.arn), taskRecord(each)]))],
      ["f", new Map([...definitions].map(([id, each]) => [id, encodeTaskDefinition(each)]))],
    ]),
  });
}

const fleets = new Map(
  clusters.map((cluster) => [
    cluster as string,
    randomFleet(cluster, { instances: 14, tasks: 70 }),
  ]),
);
const instances = [...fleets.values()].flatMap((fleet) => fleet.instances);
const tasks = [...fleets.values()].flatMap((fleet) => fleet.tasks);

let api: Api;
let store: StateStore;

beforeAll(async () => {
  const log = pino({ level: "silent" });
  const clock = systemClock;
  store = openRedisStore({ url: "redis://127.0.0.1:1", name: "test", clock, random: systemRandom });
  const views = clusters.map((cluster) => viewOf(cluster, fleets.get(cluster) as Fleet));
  const informer = fixedInformer(...views);
  const tokens = { read: [], admin: [] };
  api = await startApi({
    host: "127.0.0.1",
    port: 0,
    informer,
    store,
    clock,
    log,
    pages: "/nowhere",
    tokens,
  });
});

afterAll(async () => {
  await api?.close();
  await store?.close();
});

async function ask(query: string, variables: Record<string, unknown>): Promise<unknown> {
  const response = await fetch(`${api.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

interface Page {
  nodes: Record<string, unknown>[];
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Every page of a list, with pages of a random size; fails when a count or the end is wrong. */
async function list(
  field: string,
  type: string,
  filter: object,
  selection: string,
): Promise<Page["nodes"]> {
  const query = `query ($filter: ${type}, $first: Int, $after: String) {
    ${field}(filter: $filter, first: $first, after: $after) { nodes { ${selection} } totalCount pageInfo { hasNextPage endCursor } } }`;
  const first = random.pick([7, 50, 1000]);
  const nodes: Page["nodes"] = [];
  for (let after: string | null = null; ;) {
    const answer = (await ask(query, { filter, first, after })) as {
      data: Record<string, Page>;
      errors?: unknown;
    };
    expect(answer.errors).toBeUndefined();
    const page = answer.data[field] as Page;
    nodes.push(...page.nodes);
    if (page.pageInfo.hasNextPage) {
      after = page.pageInfo.endCursor;
      continue;
    }
    expect(page.totalCount).toBe(nodes.length);
    return nodes;
  }
}

type Fields<Entity> = Readonly<Record<string, (entity: Entity) => unknown>>;

/** All subsets of names, each with values taken from one random entity, or at times from nowhere. */
function* combinations<Entity>(
  fields: Fields<Entity>,
  entities: readonly Entity[],
  from: Random,
): Generator<Record<string, unknown>> {
  const names = Object.keys(fields);
  for (let bits = 0; bits < 2 ** names.length; bits++) {
    const model = from.pick(entities);
    const filter: Record<string, unknown> = {};
    for (const [at, name] of names.entries()) {
      if ((bits & (1 << at)) === 0) continue;
      const value = fields[name]?.(from.chance(0.9) ? model : from.pick(entities));
      if (value !== undefined) filter[name] = value;
    }
    yield filter;
  }
}

const attribute = (instance: ContainerInstance, name: string) =>
  instance.attributes.find((each) => each.name === name)?.value;

/** Expressions beside the filters' own members, each with what it means. */
const expressions: readonly (readonly [string, (instance: ContainerInstance) => boolean])[] = [
  ["attribute:stack exists", (each) => attribute(each, "stack") !== undefined],
  ["attribute:stack not_exists", (each) => attribute(each, "stack") === undefined],
  [
    "attribute:ecs.instance-type matches m7.* and agentConnected equals true",
    (each) => attribute(each, "ecs.instance-type") === "m7g.large" && each.agentConnected,
  ],
  [
    "not (attribute:ecs.availability-zone in [eu-west-1a, 'eu-west-1c'])",
    (each) => attribute(each, "ecs.availability-zone") !== "eu-west-1a",
  ],
  [
    "registeredAt >= 2023-11-14T22:21:40Z || attribute:stack == prod",
    (each) => (each.registeredAt ?? 0) >= 1_700_000_500_000 || attribute(each, "stack") === "prod",
  ],
  [
    "task:group == service:crane",
    (each) =>
      tasks.some(
        (task) =>
          task.containerInstanceArn === each.arn &&
          task.group === "service:crane" &&
          task.lastStatus !== "STOPPED",
      ),
  ],
];

const byArn = (arns: readonly unknown[]) => arns.map(String).toSorted();

describe("container instances", () => {
  const fields: Fields<ContainerInstance> = {
    cluster: ({ clusterArn }) => (clusterArn === clusters[0] ? "harbor" : clusterArn),
    status: ({ status }) => status,
    agentConnected: ({ agentConnected }) => agentConnected,
    ec2InstanceId: ({ ec2InstanceId }) => ec2InstanceId,
    availabilityZone: (each) => attribute(each, "ecs.availability-zone"),
    instanceType: (each) => attribute(each, "ecs.instance-type"),
    capacityProvider: ({ capacityProvider }) => capacityProvider,
    expression: () => random.pick(expressions)[0],
  };
  const means = new Map(expressions);

  test("in every combination of filters", { timeout: 60_000 }, async () => {
    let found = 0;
    for (const filter of combinations(fields, instances, random)) {
      const expected = instances.filter((each) =>
        Object.entries(filter).every(([name, value]) =>
          name === "expression"
            ? means.get(String(value))?.(each)
            : name === "cluster"
              ? each.clusterArn === value || (value === "harbor" && each.clusterArn === clusters[0])
              : fields[name]?.(each) === value,
        ),
      );
      const nodes = await list("containerInstances", "ContainerInstanceFilter", filter, "arn");
      expect([filter, byArn(nodes.map(({ arn }) => arn))]).toEqual([
        filter,
        byArn(expected.map(({ arn }) => arn)),
      ]);
      found += nodes.length;
    }
    expect(found).toBeGreaterThan(100);
  });
});

describe("tasks", () => {
  const fields: Fields<Task> = {
    cluster: ({ clusterArn }) => clusterArn,
    lastStatus: ({ lastStatus }) => [lastStatus, ...random.pick([[], ["PENDING"], ["NEW_WORD"]])],
    desiredStatus: ({ desiredStatus }) => desiredStatus,
    startedBy: ({ startedBy }) => startedBy,
    family: ({ taskDefinitionArn }) => taskDefinitionFamily(taskDefinitionArn),
    group: ({ group }) => group,
    containerInstance: ({ containerInstanceArn }) => containerInstanceArn,
    launchType: ({ launchType }) => launchType,
    healthStatus: ({ healthStatus }) => healthStatus,
    daemon: ({ startedBy }) => (startedBy?.startsWith("longshore/") ? "ctl" : undefined),
  };

  test("in every combination of filters", { timeout: 60_000 }, async () => {
    let found = 0;
    for (const filter of combinations(fields, tasks, random)) {
      const expected = tasks.filter((each) =>
        Object.entries(filter).every(([name, value]) =>
          Array.isArray(value) ? value.includes(each.lastStatus) : fields[name]?.(each) === value,
        ),
      );
      const nodes = await list("tasks", "TaskFilter", filter, "arn");
      expect([filter, byArn(nodes.map(({ arn }) => arn))]).toEqual([
        filter,
        byArn(expected.map(({ arn }) => arn)),
      ]);
      found += nodes.length;
    }
    expect(found).toBeGreaterThan(500);
  });
});

interface Listening {
  readonly cluster: string;
  readonly task: Task;
  readonly host: string;
  readonly port: number;
  readonly containerPort: number;
}

/** What listens, read off each task by the rules of its network mode. */
function listening(): Listening[] {
  return [...fleets].flatMap(([cluster, fleet]) =>
    fleet.tasks.flatMap((task) => {
      if (task.lastStatus !== "RUNNING" || task.desiredStatus !== "RUNNING") return [];
      const definition = fleet.definitions.get(arnId(task.taskDefinitionArn));
      const machine = fleet.instances.find(({ arn }) => arn === task.containerInstanceArn);
      const [eni] = task.attachments;
      const common = { cluster, task };
      const mapped = definition?.containers[0]?.portMappings[0]?.containerPort;
      if (eni && (definition?.networkMode ?? "awsvpc") === "awsvpc") {
        const host = eni.status === "ATTACHED" ? eni.details["privateIPv4Address"] : undefined;
        return host && mapped ? [{ ...common, host, port: mapped, containerPort: mapped }] : [];
      }
      const host = machine?.privateIpAddress;
      // Without its own interface a task of awsvpc mode cannot be reached, whatever else it says.
      if (!host || definition?.networkMode === "awsvpc") return [];
      if (definition?.networkMode === "host")
        return mapped ? [{ ...common, host, port: mapped, containerPort: mapped }] : [];
      return task.containers.flatMap(({ networkBindings }) =>
        networkBindings.map(({ hostPort = 0, containerPort = 0 }) => ({
          ...common,
          host,
          port: hostPort,
          containerPort,
        })),
      );
    }),
  );
}

describe("endpoints", () => {
  const fields: Fields<Listening> = {
    cluster: ({ cluster }) => cluster,
    family: ({ task }) => taskDefinitionFamily(task.taskDefinitionArn),
    group: ({ task }) => task.group,
    container: ({ task }) => task.containers[0]?.name,
    containerPort: ({ containerPort }) => containerPort,
  };
  const all = listening();
  const shown = (task: unknown, host: unknown, port: unknown, containerPort: unknown) =>
    `${String(task)} ${String(host)}:${String(port)}>${String(containerPort)}`;

  test("in every combination of filters, several times over", { timeout: 60_000 }, async () => {
    expect(all.length).toBeGreaterThan(20);
    for (let round = 0; round < 4; round++)
      for (const filter of combinations(fields, all, random)) {
        const expected = all.filter((each) =>
          Object.entries(filter).every(([name, value]) => fields[name]?.(each) === value),
        );
        const selection = "host port containerPort task { arn } cluster { name }";
        const nodes = await list("endpoints", "EndpointFilter", filter, selection);
        const got = nodes.map(({ task, host, port, containerPort }) =>
          shown((task as { arn: string }).arn, host, port, containerPort),
        );
        expect([filter, got.toSorted()]).toEqual([
          filter,
          expected
            .map((each) => shown(each.task.arn, each.host, each.port, each.containerPort))
            .toSorted(),
        ]);
      }
  });
});

describe("a name that stands for two clusters", () => {
  const naming = expect.objectContaining({
    message: expect.stringMatching(/eu-west-1:\d+:cluster\/quay.*us-east-1:\d+:cluster\/quay/),
    extensions: expect.objectContaining({ code: "BAD_USER_INPUT" }),
  });
  test.each([
    `{ cluster(cluster: "quay") { arn } }`,
    `{ tasks(filter: { cluster: "quay" }) { totalCount } }`,
    `{ containerInstances(filter: { cluster: "quay" }) { totalCount } }`,
    `{ endpoints(filter: { cluster: "quay" }) { totalCount } }`,
    `{ daemons(cluster: "quay") { totalCount } }`,
    `{ daemon(cluster: "quay", name: "ctl") { name } }`,
    `mutation { pauseDaemon(input: { cluster: "quay", name: "ctl" }) { daemon { name } } }`,
    `mutation { registerDaemon(input: { cluster: "quay", name: "x", taskDefinition: "x:1" }, dryRun: true) { plan { start } } }`,
    `mutation { deregisterDaemon(input: { cluster: "quay", name: "ctl" }) { daemon { name } } }`,
  ])("is refused with both named: %s", async (query) => {
    expect(await ask(query, {})).toMatchObject({ errors: [naming] });
  });

  test.each([
    `taskChanges(filter: { cluster: "quay" }) { type }`,
    `containerInstanceChanges(filter: { cluster: "quay" }) { type }`,
    `endpointChanges(filter: { cluster: "quay" }) { type }`,
    `daemonChanges(cluster: "quay") { type }`,
  ])("is refused by subscriptions, too: %s", async (field) => {
    const url = `${api.url.replace("http", "ws")}graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const refusal = new Promise((resolve) => {
      client.subscribe(
        { query: `subscription { ${field} }` },
        {
          next: ({ errors }) => resolve(errors),
          error: resolve,
          complete: () => resolve("complete"),
        },
      );
    });
    expect(await refusal).toEqual([naming]);
    await client.dispose();
  });

  test("is no trouble as an ARN, nor is another name", async () => {
    for (const cluster of [...clusters, "harbor"]) {
      const answer = await ask(
        `query ($cluster: String!) { cluster(cluster: $cluster) { taskCounts { total } } }`,
        { cluster },
      );
      expect(answer).toMatchObject({ data: { cluster: { taskCounts: { total: 70 } } } });
    }
  });
});

describe("expressions", () => {
  const expression = (text: string) =>
    ask(
      `query ($filter: ContainerInstanceFilter) { containerInstances(filter: $filter) { totalCount } }`,
      {
        filter: { expression: text },
      },
    );

  test("that cannot be read are refused at their column", async () => {
    expect(await expression("agentConnected == true and attribute:stack ~= prod")).toMatchObject({
      errors: [
        {
          message: expect.stringMatching(/column 44/),
          extensions: { code: "BAD_USER_INPUT" },
        },
      ],
    });
  });

  test("that would hold the process up are refused, and nobody waits for them", async () => {
    const hostile = Array.from(
      { length: 25 },
      () => "ec2InstanceId =~ '(.{0,20}.{0,20}.{0,20}.{0,20}.{0,20}){0,4}x'",
    ).join(" or ");
    const asked = Array.from({ length: 4 }, () => expression(hostile));
    const other = await ask("{ clusters { totalCount } }", {});
    expect(other).toMatchObject({ data: { clusters: { totalCount: 3 } } });
    for (const answer of await Promise.all(asked))
      expect(answer).toMatchObject({
        errors: [
          {
            message: expect.stringContaining("too much work"),
            extensions: { code: "BAD_USER_INPUT" },
          },
        ],
      });
    // The allowance comes back.
    expect(await expression("attribute:ecs.instance-type =~ '(m|c)7g[.].*'")).toMatchObject({
      data: { containerInstances: { totalCount: instances.length } },
    });
  });
});
