// A call whose right to be made ends while its connection is opened, or before it is begun, does not go out.
import { createServer } from "node:net";
import type { Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CallWithheld } from "../ecs/ecs-api.ts";
import type { StartTaskRequest } from "../ecs/ecs-api.ts";
import { startSimulator } from "../simulator/server.ts";
import type { Simulator } from "../simulator/server.ts";
import { createEcsClients, createEcsWriter } from "./sdk-ecs-api.ts";

let simulator: Simulator;
let relay: Server;
let opened = 0;

beforeAll(async () => {
  simulator = await startSimulator({ instances: 2, throttleScale: 0 });
  // Only counts connections: what is sent to it is a bug of the test's subject.
  relay = createServer(() => {
    opened++;
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  relay.close();
  await simulator.close();
});

async function writer(url: string) {
  process.env["AWS_ENDPOINT_URL_ECS"] = url;
  process.env["AWS_ACCESS_KEY_ID"] = "test";
  process.env["AWS_SECRET_ACCESS_KEY"] = "test";
  const budget = { take: () => Promise.resolve(), throttled: () => {} };
  const owner = { budget: { of: () => budget }, account: () => Promise.resolve("111122223333") };
  return createEcsWriter(createEcsClients(owner, "us-east-1").writing);
}

function request(): StartTaskRequest {
  const [cluster] = simulator.world.clusters.values();
  const [instance] = cluster?.instances.values() ?? [];
  return {
    cluster: cluster?.arn ?? "",
    taskDefinition: "log-router:1",
    containerInstances: [instance?.arn ?? ""],
    startedBy: "test",
    group: "daemon:test",
    overrides: "",
    networkConfiguration: "",
    tags: [],
  };
}

test("goes out while it may, over a new connection and over a kept one", async () => {
  const ecs = await writer(simulator.url);
  for (let count = 0; count < 2; count++)
    expect((await ecs.startTask(request(), () => true)).entities).toHaveLength(1);
  // Over a connection that is open already.
  await expect(ecs.startTask(request(), () => false)).rejects.toBeInstanceOf(CallWithheld);
  expect(simulator.calls.count("ECS.StartTask")).toBe(2);
});

test("is withheld of whatever changes something in a cluster", async () => {
  const ecs = await writer(simulator.url);
  const { cluster, containerInstances } = request();
  const [instance] = containerInstances;
  if (!instance) throw new Error("the simulator has no instance");
  const attribute = { containerInstance: instance, name: "ready", value: "yes" };
  const never = () => false;
  const task = `${cluster.replace(":cluster/", ":task/")}/0123456789abcdef`;
  const calls = [
    ecs.runTask(
      { ...request(), clientToken: "t", count: 1, memberOf: "", launchType: "EC2" },
      never,
    ),
    ecs.stopTask(cluster, task, "a test", never),
    ecs.putAttributes(cluster, [attribute], never),
    ecs.deleteAttributes(cluster, [attribute], never),
    ecs.updateContainerInstancesState(cluster, [instance], "DRAINING", never),
  ];
  await Promise.all(calls.map((call) => expect(call).rejects.toBeInstanceOf(CallWithheld)));
  for (const name of ["RunTask", "StopTask", "PutAttributes", "DeleteAttributes"])
    expect(simulator.calls.count(`ECS.${name}`)).toBe(0);
  expect(simulator.calls.count("ECS.UpdateContainerInstancesState")).toBe(0);
});

test("is withheld when its right ends while the connection is opened", async () => {
  const { port } = relay.address() as { port: number };
  const ecs = await writer(`http://127.0.0.1:${port}`);
  let looks = 0;
  // The first look is before the connection, the second one when it is open.
  await expect(ecs.startTask(request(), () => ++looks < 2)).rejects.toBeInstanceOf(CallWithheld);
  expect(looks).toBe(2);
  expect(opened).toBe(1);
});
