// `longshore doctor` as a user runs it, against healthy and misconfigured surroundings: what it prints, how it exits.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { isObject } from "../ecs/json.ts";
import { freePort } from "../redis-server/start.ts";
import { startSimulator } from "../simulator/server.ts";
import type { Simulator } from "../simulator/server.ts";
import { deploymentKey } from "../store/keys.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { permissionsInGuide } from "../../test/permissions.ts";
import { readAccounts } from "./accounts.ts";
import { denied, runDoctor, startRefusingProxy } from "./test-setup.ts";
import type { Outcome, RefusingProxy } from "./test-setup.ts";

let simulator: Simulator;
let redis: TestRedis;
let proxy: RefusingProxy;
let healthy: Record<string, string>;

beforeAll(async () => {
  [simulator, redis] = await Promise.all([startSimulator({ instances: 2, tasks: 3 }), testRedis()]);
  proxy = await startRefusingProxy(simulator.url);
  healthy = {
    REDIS_URL: redis.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "a-secret-that-nobody-may-see",
    AWS_ENDPOINT_URL: proxy.url,
  };
});

afterEach(() => proxy.refusals.clear());

afterAll(async () => {
  await proxy.close();
  await simulator.close();
  await redis.stop();
});

async function ask(operation: string, body: object): Promise<unknown> {
  const response = await fetch(simulator.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
    },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function withRedis<T>(act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.url.replace("unix://", ""));
  try {
    return await act(client);
  } finally {
    client.disconnect();
  }
}

/** What a write to a container instance would change, of all there are. */
function* instanceStates() {
  for (const cluster of simulator.world.clusters.values())
    for (const { id, status, attributes } of cluster.instances.values())
      yield [id, status, ...attributes];
}

/** Whatever is wrong: lines of the one form, nothing of Node's, no secret. */
function expectPlainWords({ lines, stdout, stderr }: Outcome): void {
  for (const line of lines) expect(line).toMatch(/^(ok {2}|warn|fail) {2}\S.* - \S/);
  expect(stderr).toBe("");
  expect(stdout).not.toMatch(/\n\s+at |nobody-may-see/);
}

describe("a healthy setup", () => {
  test("is ok in every line and exits 0", async () => {
    const outcome = await runDoctor(healthy);
    expectPlainWords(outcome);
    expect(outcome.lines.filter((line) => !line.startsWith("ok"))).toEqual([]);
    expect(outcome.lines.length).toBeGreaterThan(20);
    expect(outcome.line("region")).toContain("us-east-1, from AWS_REGION");
    expect(outcome.line("credentials")).toContain("AWS_ACCESS_KEY_ID in the environment");
    expect(outcome.line("identity (sts:GetCallerIdentity)")).toContain("account 111122223333");
    expect(outcome.line("permission ecs:DescribeTasks")).toContain("cluster harbor");
    expect(outcome.line("permission ecs:StartTask")).toContain("not tried");
    expect(outcome.code).toBe(0);
    const named = outcome.lines.flatMap((line) => /permission (\S+) - /.exec(line)?.[1] ?? []);
    expect(named.sort()).toEqual(
      permissionsInGuide()
        .map(({ action }) => action)
        .sort(),
    );
  });

  test("does not touch the messages that wait", async () => {
    simulator.sendRaw("{}");
    const outcome = await runDoctor(healthy);
    expect(outcome.line("queue longshore")).toContain("1 messages wait");
    const received = await ask("ReceiveMessage", {
      QueueUrl: simulator.queueUrl,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    });
    expect(received).toMatchObject({
      Messages: [{ Attributes: { ApproximateReceiveCount: "1" } }],
    });
    await ask("PurgeQueue", { QueueUrl: simulator.queueUrl });
  });

  test("prints one JSON document with --json", async () => {
    const outcome = await runDoctor(healthy, "--json");
    const document: unknown = JSON.parse(outcome.stdout);
    expect(document).toMatchObject({ ok: true });
    expect(isObject(document) && document["findings"]).toContainEqual(
      expect.objectContaining({ level: "ok", what: "region" }),
    );
    expect(outcome.code).toBe(0);
  });

  test("without any cluster is ok, and says so", async () => {
    const empty = await startSimulator({ clusters: 0 });
    const outcome = await runDoctor({ ...healthy, AWS_ENDPOINT_URL: empty.url });
    await empty.close();
    expect(outcome.line("clusters")).toMatch(/^ok .*none in us-east-1 yet/);
    expect(outcome.code).toBe(0);
  });

  test("may come from a profile with a role", async () => {
    const folder = await mkdtemp(join(tmpdir(), "longshore-aws-"));
    const files = {
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    };
    await writeFile(
      files.AWS_CONFIG_FILE,
      "[profile pier]\nregion = us-east-1\nsource_profile = base\nrole_arn = arn:aws:iam::111122223333:role/pier-reader\n",
    );
    await writeFile(
      files.AWS_SHARED_CREDENTIALS_FILE,
      "[base]\naws_access_key_id = test\naws_secret_access_key = test\n",
    );
    const settings = {
      REDIS_URL: redis.url,
      AWS_ENDPOINT_URL: proxy.url,
      AWS_PROFILE: "pier",
      ...files,
    };
    const outcome = await runDoctor(settings);
    expect(outcome.line("region")).toContain('us-east-1, from profile "pier"');
    expect(outcome.line("credentials")).toContain('profile "pier", by assuming its role');
    expect(outcome.code).toBe(0);

    proxy.refusals.set("AssumeRole", { status: 403, code: "AccessDenied" });
    const refused = await runDoctor(settings);
    await rm(folder, { recursive: true });
    expectPlainWords(refused);
    expect(refused.line('credentials of profile "pier"')).toMatch(
      /^fail .*may not assume its role.*; allow sts:AssumeRole/,
    );
    expect(refused.code).toBe(1);
  });
});

describe("a misconfigured queue", () => {
  test("that does not exist", async () => {
    const outcome = await runDoctor({ ...healthy, LONGSHORE_QUEUE: "lost-and-found" });
    expectPlainWords(outcome);
    expect(outcome.level("fail")).toHaveLength(1);
    expect(outcome.line("queue lost-and-found")).toMatch(
      /^fail .*no such queue in us-east-1 of account 111122223333; create it .*LONGSHORE_QUEUE/,
    );
    expect(outcome.code).toBe(1);
  });

  test("without a redrive policy only warns", async () => {
    await ask("CreateQueue", { QueueName: "bare" });
    const outcome = await runDoctor({ ...healthy, LONGSHORE_QUEUE: "bare" });
    expectPlainWords(outcome);
    expect(outcome.level("warn")).toHaveLength(1);
    expect(outcome.line("redrive policy of queue bare")).toMatch(/^warn .*it has none.*; add one/);
    expect(outcome.code).toBe(0);
  });

  test("in another region", async () => {
    const url = "https://sqs.eu-west-1.amazonaws.com/111122223333/longshore";
    const outcome = await runDoctor({ ...healthy, LONGSHORE_QUEUE: url });
    expectPlainWords(outcome);
    expect(outcome.line("queue longshore")).toMatch(
      /^fail .*is in eu-west-1, and the region is us-east-1.*; set AWS_REGION=eu-west-1/,
    );
    expect(outcome.code).toBe(1);
  });

  test("that SQS fails to look at", async () => {
    proxy.refusals.set("GetQueueAttributes", { status: 500, code: "InternalFailure" });
    const outcome = await runDoctor(healthy);
    expectPlainWords(outcome);
    expect(outcome.line("queue longshore")).toMatch(/^fail .*HTTP 500.*; run doctor again/);
    expect(outcome.code).toBe(1);
  });
});

describe("missing permissions", () => {
  test("are named one by one, with the resource and whose policy", async () => {
    for (const operation of [
      "ReceiveMessage",
      "DeleteMessage",
      "ChangeMessageVisibility",
      "ListTasks",
      "DescribeContainerInstances",
    ])
      proxy.refusals.set(operation, denied);
    const outcome = await runDoctor(healthy);
    expectPlainWords(outcome);
    expect(outcome.level("fail").map((line) => line.split(" - ")[0])).toEqual([
      "fail  permission sqs:ReceiveMessage",
      "fail  permission sqs:DeleteMessage",
      "fail  permission sqs:ChangeMessageVisibility",
      "fail  permission ecs:DescribeContainerInstances",
      "fail  permission ecs:ListTasks",
    ]);
    expect(outcome.line("permission sqs:ReceiveMessage")).toContain(
      "; allow sqs:ReceiveMessage on arn:aws:sqs:us-east-1:111122223333:longshore in the policy of user simulated",
    );
    expect(outcome.line("permission ecs:DescribeTasks")).toMatch(/^ok/);
    expect(outcome.code).toBe(1);
  });

  test("to list clusters and to find the queue", async () => {
    proxy.refusals.set("ListClusters", denied);
    proxy.refusals.set("GetQueueUrl", denied);
    const outcome = await runDoctor(healthy);
    expectPlainWords(outcome);
    expect(outcome.line("permission sqs:GetQueueUrl")).toMatch(/^fail .*denied/);
    expect(outcome.line("permission ecs:ListClusters")).toMatch(
      /^fail .*; allow ecs:ListClusters on \*/,
    );
    expect(outcome.line("permissions on a cluster")).toMatch(/^warn .*not tried/);
    expect(outcome.code).toBe(1);
  });

  test("of EC2 only warn, with what is lost", async () => {
    proxy.refusals.set("DescribeInstances", { status: 403, code: "UnauthorizedOperation" });
    const outcome = await runDoctor(healthy);
    expectPlainWords(outcome);
    expect(outcome.line("permission ec2:DescribeInstances")).toMatch(
      /^warn .*no host address; allow/,
    );
    expect(outcome.code).toBe(0);
  });
});

test("task definitions only warn, with what is lost; one that does not exist proves the permission", async () => {
  expect((await runDoctor(healthy)).line("permission ecs:DescribeTaskDefinition")).toMatch(/^ok/);
  proxy.refusals.set("DescribeTaskDefinition", denied);
  const outcome = await runDoctor(healthy);
  expectPlainWords(outcome);
  expect(outcome.line("permission ecs:DescribeTaskDefinition")).toMatch(
    /^warn .*host mode have no endpoints; allow/,
  );
  expect(outcome.code).toBe(0);
});

test("what single features of the scheduler need only warns, and is tried where nothing can come of it", async () => {
  const features = ["UpdateContainerInstancesState", "PutAttributes", "DeleteAttributes"];
  const before = JSON.stringify([...instanceStates()]);
  const granted = await runDoctor(healthy);
  for (const feature of features)
    expect(granted.line(`permission ecs:${feature}`)).toMatch(/^ok .*does not exist/);
  for (const action of ["ecs:RunTask", "autoscaling:CompleteLifecycleAction"])
    expect(granted.line(`permission ${action}`)).toMatch(/^ok .*not tried.*need/);
  expect(JSON.stringify([...instanceStates()])).toBe(before);
  for (const feature of features) proxy.refusals.set(feature, denied);
  const outcome = await runDoctor(healthy);
  expectPlainWords(outcome);
  for (const feature of features)
    expect(outcome.line(`permission ecs:${feature}`)).toMatch(
      new RegExp(`^warn .*without it .*; allow ecs:${feature} on .*container-instance/harbor/`),
    );
  expect(outcome.code).toBe(0);
});

describe("credentials and region", () => {
  test("missing both", async () => {
    const outcome = await runDoctor({ REDIS_URL: redis.url, AWS_DEFAULT_REGION: "eu-west-3" });
    expectPlainWords(outcome);
    expect(outcome.line("region")).toMatch(
      /^fail .*AWS_DEFAULT_REGION.*; set AWS_REGION.*AWS_REGION=eu-west-3/,
    );
    expect(outcome.line("credentials")).toMatch(/^fail .*; set AWS_PROFILE/);
    expect(outcome.line("queue, permissions")).toMatch(/^warn .*were not checked/);
    expect(outcome.line("Redis version")).toMatch(/^ok/);
    expect(outcome.code).toBe(1);
  });

  test("a profile that does not exist", async () => {
    const outcome = await runDoctor({ ...healthy, AWS_PROFILE: "ghost", AWS_ACCESS_KEY_ID: "" });
    expectPlainWords(outcome);
    expect(outcome.line('credentials of profile "ghost"')).toMatch(
      /^fail .*\[profile ghost\].*AWS_PROFILE/,
    );
    expect(outcome.code).toBe(1);
  });

  test("that AWS does not know", async () => {
    proxy.refusals.set("GetCallerIdentity", { status: 403, code: "InvalidClientTokenId" });
    const outcome = await runDoctor(healthy);
    expectPlainWords(outcome);
    expect(outcome.line("identity (sts:GetCallerIdentity)")).toMatch(
      /^fail .*; check the access key/,
    );
    expect(outcome.level("fail")).toHaveLength(1);
    expect(outcome.code).toBe(1);
  });
});

describe("other accounts", () => {
  const entry = {
    account: "222233334444",
    roleArn: "arn:aws:iam::222233334444:role/pier-reader",
    regions: ["eu-west-1"],
  };

  test("whose role is assumed, or is not, with what to do in which account", async () => {
    const settings = { ...healthy, LONGSHORE_ACCOUNTS: JSON.stringify([entry]) };
    const granted = await runDoctor(settings);
    expectPlainWords(granted);
    expect(granted.line("permission sts:AssumeRole")).toMatch(/^ok .*pier-reader was assumed/);
    expect(granted.line("account 222233334444 in eu-west-1")).toMatch(/^ok .*1 clusters/);
    expect(granted.code).toBe(0);
    proxy.refusals.set("AssumeRole", { status: 403, code: "AccessDenied" });
    const refused = await runDoctor(settings);
    expectPlainWords(refused);
    expect(refused.line("permission sts:AssumeRole")).toMatch(
      /^fail .*denied on arn:aws:iam::222233334444:role\/pier-reader.*; allow .*, and name user simulated in that role's trust policy/,
    );
    expect(refused.code).toBe(1);
  }, 60_000);

  test("that cannot be read", async () => {
    const bad = readConfig({ LONGSHORE_ACCOUNTS: JSON.stringify([{ ...entry, account: 7 }]) });
    expect(await readAccounts(bad)).toMatchObject({
      level: "fail",
      what: "configuration LONGSHORE_ACCOUNTS",
      detail: expect.stringContaining("entry 1 has no account"),
    });
    const nowhere = readConfig({ LONGSHORE_ACCOUNTS_FILE: "/nowhere/accounts.yaml" });
    expect(await readAccounts(nowhere)).toMatchObject({
      level: "fail",
      what: "configuration LONGSHORE_ACCOUNTS_FILE",
      detail: expect.stringContaining("ENOENT"),
    });
  });
});

describe("when things are down", () => {
  test("an endpoint that refuses is named with its setting", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const outcome = await runDoctor({ ...healthy, AWS_ENDPOINT_URL_ECS: url });
    expectPlainWords(outcome);
    expect(outcome.level("fail")).toHaveLength(1);
    expect(outcome.line("permission ecs:ListClusters")).toMatch(
      /ECONNREFUSED.*correct AWS_ENDPOINT_URL_ECS/,
    );
    expect(outcome.line("queue longshore")).toMatch(/^ok/);
    expect(outcome.code).toBe(1);
  });

  test("SQS is asked where ingest asks it: at an endpoint that is set, else at the host in the queue's URL", async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const queue = { LONGSHORE_QUEUE: `${nobody}/111122223333/longshore` };
    const set = await runDoctor({ ...healthy, ...queue });
    expect(set.line("queue longshore")).toMatch(/^ok/);
    expect(set.code).toBe(0);
    const refused = await runDoctor({ ...healthy, ...queue, AWS_ENDPOINT_URL_SQS: nobody });
    expect(refused.line("queue longshore")).toMatch(/ECONNREFUSED.*correct AWS_ENDPOINT_URL_SQS/);
    const { AWS_ENDPOINT_URL: url = "", ...settings } = healthy;
    const others = { AWS_ENDPOINT_URL_ECS: url, AWS_ENDPOINT_URL_EC2: url };
    const unset = await runDoctor({ ...settings, ...others, AWS_ENDPOINT_URL_STS: url, ...queue });
    expect(unset.line("queue longshore")).toMatch(
      /ECONNREFUSED.*check the host in LONGSHORE_QUEUE/,
    );
  });

  test("Redis that refuses, without its password", async () => {
    const url = `redis://deckhand:pass-nobody-may-see@127.0.0.1:${await freePort()}`;
    const outcome = await runDoctor({ ...healthy, REDIS_URL: url });
    expectPlainWords(outcome);
    expect(outcome.level("fail")).toHaveLength(1);
    expect(outcome.level("fail")[0]).toMatch(
      /Redis at redis:\/\/\*\*\*@127.* - .*ECONNREFUSED.*; start it/,
    );
    expect(outcome.code).toBe(1);
  });

  test("Redis and ECS that never answer cost five seconds, not forever", async () => {
    proxy.refusals.set("ListClusters", "hang");
    redis.pause();
    const outcome = await runDoctor(healthy).finally(() => redis.resume());
    expectPlainWords(outcome);
    expect(outcome.line("permission ecs:ListClusters")).toMatch(/^fail .*no answer within 5 s/);
    expect(outcome.level("fail").at(-1)).toMatch(/Redis at .*no answer within 5 s/);
    expect(outcome.code).toBe(1);
  });
});

describe("a misconfigured Redis", () => {
  test("that evicts", async () => {
    await withRedis((client) => client.config("SET", "maxmemory-policy", "allkeys-lru"));
    const outcome = await runDoctor(healthy);
    await withRedis((client) => client.config("SET", "maxmemory-policy", "noeviction"));
    expectPlainWords(outcome);
    expect(outcome.line("Redis maxmemory-policy")).toMatch(/^warn .*allkeys-lru.*noeviction/);
    expect(outcome.code).toBe(0);
  });

  test("that holds the data of another version", async () => {
    const line = async (form: string) => {
      await withRedis((client) => client.set("longshore:schema", form));
      const outcome = await runDoctor(healthy);
      await withRedis((client) => client.del("longshore:schema"));
      expectPlainWords(outcome);
      return `${outcome.code} ${outcome.line("Redis data")}`;
    };
    expect(await line("99")).toMatch(/^1 fail .*newer Longshore \(form 99,.*upgrade this one/);
    expect(await line("1")).toMatch(/^0 warn .*older Longshore \(form 1,.*longshore export/);
  });

  test("that belongs to another Longshore", async () => {
    const line = async (settings: Readonly<Record<string, string>>) => {
      const outcome = await runDoctor({ ...healthy, ...settings });
      expectPlainWords(outcome);
      return `${outcome.code} ${outcome.line("Redis owner")}`;
    };
    expect(await line({})).toMatch(/^0 ok .*nobody's yet/);
    await withRedis((client) => client.set(deploymentKey, "444455556666"));
    expect(await line({})).toMatch(
      /^1 fail .*of 444455556666, and this one is of 111122223333.*LONGSHORE_DEPLOYMENT=444455556666/,
    );
    expect(await line({ LONGSHORE_DEPLOYMENT: "444455556666" })).toMatch(/^0 ok/);
    await withRedis((client) => client.del(deploymentKey));
  });

  test("that wants a password", async () => {
    await withRedis((client) => client.config("SET", "requirepass", "pass-nobody-may-see"));
    const outcome = await runDoctor(healthy);
    const client = new Redis(redis.url.replace("unix://", ""), { password: "pass-nobody-may-see" });
    await client.config("SET", "requirepass", "");
    client.disconnect();
    expectPlainWords(outcome);
    expect(outcome.level("fail")[0]).toMatch(/Redis at .* - it rejects the login/);
    expect(outcome.code).toBe(1);
  });
});

test("a Redis in protected mode", async ({ skip }) => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = addresses.find(({ internal, family }) => !internal && family === "IPv4");
  if (!outside) return skip("this machine has no address that others could reach");
  const port = await freePort();
  await withRedis(async (client) => {
    await client.config("SET", "protected-mode", "yes");
    await client.config("SET", "bind", "0.0.0.0");
    await client.config("SET", "port", String(port));
  });
  const outcome = await runDoctor({ ...healthy, REDIS_URL: `redis://${outside.address}:${port}` });
  await withRedis((client) => client.config("SET", "port", "0"));
  expectPlainWords(outcome);
  expect(outcome.level("fail")[0]).toMatch(/Redis at .* - it is in protected mode.*requirepass/);
});

test("every bad setting is named, not only the first", async () => {
  const bad = { LONGSHORE_PORT: "harbour", LONGSHORE_LOG_LEVEL: "loud", LONGSHORE_HOST: "0.0.0.0" };
  const outcome = await runDoctor({ ...healthy, ...bad });
  expectPlainWords(outcome);
  for (const name of Object.keys(bad))
    expect(outcome.line(`configuration ${name}`)).toMatch(/^fail/);
  expect(outcome.line("queue longshore")).toMatch(/^ok/);
  expect(outcome.code).toBe(1);
});
