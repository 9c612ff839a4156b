// The port to ECS by the real SDK, against the simulator: what each outcome is, and that it is a value where it is expected.
import { ECSClient } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arnId } from "../ecs/arn.ts";
import type { RunTaskRequest } from "../ecs/ecs-api.ts";
import { startSimulator } from "../simulator/server.ts";
import type { Simulator } from "../simulator/server.ts";
import { createEcsReader, createEcsWriter } from "./sdk-ecs-api.ts";

let simulator: Simulator;
let client: ECSClient;
let cluster: string;
let instances: { arn: string; ec2InstanceId: string }[];

beforeAll(async () => {
  simulator = await startSimulator({
    instances: 4,
    throttleScale: 0,
    timings: { timeScale: 0.05 },
  });
  client = new ECSClient({
    endpoint: simulator.url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const [only] = simulator.world.clusters.values();
  if (!only) throw new Error("no cluster");
  cluster = only.arn;
  instances = [...only.instances.values()].map(({ arn, machine }) => ({
    arn,
    ec2InstanceId: machine.instanceId,
  }));
});
afterAll(async () => {
  client.destroy();
  await simulator.close();
});

const instance = (index: number) => {
  const found = instances[index];
  if (!found) throw new Error(`no instance ${index}`);
  return found;
};

const run = (over: Partial<RunTaskRequest>) =>
  createEcsWriter(client).runTask({
    cluster,
    taskDefinition: "log-router:1",
    clientToken: "token",
    count: 1,
    memberOf: "",
    startedBy: "test",
    group: "daemon:test",
    overrides: "",
    networkConfiguration: "",
    tags: [{ key: "of", value: "test" }],
    launchType: "EC2",
    ...over,
  });

describe("runTask", () => {
  test("places by memberOf; the same token again answers the same task", async () => {
    const memberOf = `ec2InstanceId == ${instance(1).ec2InstanceId}`;
    const first = await run({ clientToken: "again", memberOf });
    const second = await run({ clientToken: "again", memberOf });
    if (first.outcome !== "answered") throw new Error(first.outcome);
    expect(second).toEqual(first);
    expect(first.entities[0]).toMatchObject({
      containerInstanceArn: instance(1).arn,
      startedBy: "test",
      group: "daemon:test",
    });
    const arns = await createEcsReader(client).listTasks(cluster, { startedBy: "test" });
    expect(arns).toEqual(first.entities.map(({ arn }) => arn));
  });

  test("with a token of another call is a conflict that names its tasks", async () => {
    const first = await run({ clientToken: "twice", startedBy: "one" });
    const conflict = await run({ clientToken: "twice", startedBy: "other" });
    if (first.outcome !== "answered") throw new Error(first.outcome);
    expect(conflict).toEqual({ outcome: "conflict", tasks: first.entities.map(({ arn }) => arn) });
    expect(await createEcsReader(client).listTasks(cluster, { startedBy: "other" })).toEqual([]);
  });

  test("that finds no place is answered with failures, and may be tried again with its token", async () => {
    const memberOf = "attribute:to-come == yes";
    const refused = await run({ clientToken: "later", memberOf });
    expect(refused).toMatchObject({ outcome: "answered", entities: [] });
    await createEcsWriter(client).putAttributes(cluster, [
      { containerInstance: instance(0).arn, name: "to-come", value: "yes" },
    ]);
    const placed = await run({ clientToken: "later", memberOf });
    if (placed.outcome !== "answered") throw new Error(placed.outcome);
    expect(placed.entities[0]?.containerInstanceArn).toBe(instance(0).arn);
  });
});

describe("attributes", () => {
  const attributesOf = async (index: number) => {
    const { entities } = await createEcsReader(client).describeContainerInstances(cluster, [
      instance(index).arn,
    ]);
    return entities[0]?.attributes.filter(({ name }) => !name.includes("."));
  };
  const at = (index: number, name: string) => ({ containerInstance: instance(index).arn, name });

  test("are put and deleted; what does not change says nothing", async () => {
    const writer = createEcsWriter(client);
    const versions = () => simulator.world.clusters.values().next().value?.instances;
    const versionOf = (index: number) => versions()?.get(arnId(instance(index).arn))?.version;
    expect(await writer.putAttributes(cluster, [{ ...at(2, "ready"), value: "yes" }])).toBe("put");
    const version = versionOf(2);
    expect(await writer.putAttributes(cluster, [{ ...at(2, "ready"), value: "yes" }])).toBe("put");
    expect(versionOf(2)).toBe(version);
    expect(await attributesOf(2)).toContainEqual({ name: "ready", value: "yes" });
    expect(await writer.deleteAttributes(cluster, [at(2, "ready")])).toBe("deleted");
    expect(await writer.deleteAttributes(cluster, [at(2, "ready")])).toBe("deleted");
    expect((await attributesOf(2))?.map(({ name }) => name)).not.toContain("ready");
  });

  test("of an instance that ECS does not know, or one too many, are outcomes", async () => {
    const writer = createEcsWriter(client);
    const unknown = { ...at(3, "x"), containerInstance: `${instance(3).arn}0`, value: "1" };
    expect(await writer.putAttributes(cluster, [unknown])).toBe("missing");
    expect(await writer.deleteAttributes(cluster, [unknown])).toBe("missing");
    const ten = Array.from({ length: 10 }, (_, index) => ({ ...at(3, `a${index}`), value: "1" }));
    await writer.putAttributes(cluster, ten.slice(0, 8));
    expect(await writer.putAttributes(cluster, ten)).toBe("full");
  });
});

test("an instance is set DRAINING; one that is not there is a failure", async () => {
  const unknown = `${instance(3).arn}0`;
  const answer = await createEcsWriter(client).updateContainerInstancesState(
    cluster,
    [instance(3).arn, unknown],
    "DRAINING",
  );
  expect(answer.entities[0]).toMatchObject({ arn: instance(3).arn, status: "DRAINING" });
  expect(answer.failures).toEqual([{ arn: unknown, reason: "MISSING", detail: undefined }]);
});
