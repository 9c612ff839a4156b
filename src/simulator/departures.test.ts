// How instances go, and the faults of reading and starting, by the real SDK against a simulator of its own.
import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  RecordLifecycleActionHeartbeatCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DescribeTasksCommand,
  ListTasksCommand,
  PutAttributesCommand,
  StartTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isObject } from "../ecs/json.ts";
import { createManualClock } from "./manual-clock.ts";
import { startWithClients } from "./test-clients.ts";
import type { TestClients } from "./test-clients.ts";

const clock = createManualClock();
let clients: TestClients;
let autoScaling: AutoScalingClient;
let events: { type: string; detail: Record<string, unknown> }[];
const cluster = "harbor";

beforeEach(async () => {
  clients = await startWithClients({ instances: 4, throttleScale: 0, clock });
  const { url, world } = clients.simulator;
  autoScaling = new AutoScalingClient({
    endpoint: url,
    region: world.scope.region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  events = [];
  clients.simulator.listen((body) => {
    const event: unknown = JSON.parse(body);
    if (!isObject(event) || !isObject(event["detail"])) throw new Error(body);
    events.push({ type: String(event["detail-type"]), detail: event["detail"] });
  });
});
afterEach(async () => {
  autoScaling.destroy();
  await clients.close();
});

const instances = () => [...(clients.simulator.world.clusters.get(cluster)?.instances ?? [])];
const instance = (index: number) => {
  const [, found] = instances()[index] ?? [];
  if (!found) throw new Error(`no instance ${index}`);
  return found;
};

async function waitAtHook(heartbeatMs: number) {
  const { id, machine } = instance(0);
  await clients.control("/instances/terminate", {
    containerInstances: [id],
    hook: "longshore",
    heartbeatMs,
  });
  const [event] = events.filter(({ type }) => type.endsWith("Lifecycle Action"));
  return {
    machine,
    action: {
      AutoScalingGroupName: String(event?.detail["AutoScalingGroupName"]),
      LifecycleHookName: "longshore",
      LifecycleActionToken: String(event?.detail["LifecycleActionToken"]),
    },
  };
}

describe("a lifecycle hook", () => {
  test("holds an instance while there are heartbeats, and until it is completed", async () => {
    const { machine, action } = await waitAtHook(150);
    for (let beat = 0; beat < 4; beat++) {
      clock.advance(100);
      await autoScaling.send(new RecordLifecycleActionHeartbeatCommand(action));
    }
    expect(machine.state).toBe("running");
    const complete = { ...action, LifecycleActionResult: "CONTINUE" };
    await autoScaling.send(new CompleteLifecycleActionCommand(complete));
    expect(machine.state).toBe("terminated");
    await expect(autoScaling.send(new CompleteLifecycleActionCommand(complete))).rejects.toThrow(
      "No active Lifecycle Action found",
    );
  });

  test("that nobody answers ends by itself", async () => {
    const { machine } = await waitAtHook(50);
    clock.advance(49);
    expect(machine.state).toBe("running");
    clock.advance(1);
    expect(machine.state).toBe("terminated");
  });
});

test("a spot interruption warns, then takes the instance", async () => {
  const { machine, id } = instance(1);
  await clients.control("/instances/interrupt", { containerInstances: [id], afterMs: 80 });
  expect(events).toEqual([
    {
      type: "EC2 Spot Instance Interruption Warning",
      detail: { "instance-id": machine.instanceId, "instance-action": "terminate" },
    },
  ]);
  clock.advance(79);
  expect(machine.state).toBe("running");
  clock.advance(1);
  expect(machine.state).toBe("terminated");
});

describe("faults", () => {
  const start = () =>
    clients.ecs.send(
      new StartTaskCommand({
        cluster,
        taskDefinition: "log-router",
        containerInstances: instances().map(([id]) => id),
        startedBy: "me",
      }),
    );

  test("a stale read does not show what was started just now", async () => {
    clients.simulator.setFaults({ readStalenessMs: 1500 });
    const { tasks = [] } = await start();
    const list = () => clients.ecs.send(new ListTasksCommand({ cluster, startedBy: "me" }));
    expect((await list()).taskArns).toEqual([]);
    const described = await clients.ecs.send(
      new DescribeTasksCommand({ cluster, tasks: tasks.flatMap(({ taskArn }) => taskArn ?? []) }),
    );
    expect(described.failures?.map(({ reason }) => reason)).toEqual(Array(4).fill("MISSING"));
    clock.advance(1500);
    expect((await list()).taskArns).toHaveLength(4);
  });

  test("one instance refuses for the reason that it was given, the others start", async () => {
    const { id, arn } = instance(2);
    const containerInstances = [id];
    await clients.control("/instances/refuse", { containerInstances, reason: "RESOURCE:MEMORY" });
    const { tasks, failures } = await start();
    expect(tasks).toHaveLength(3);
    expect(failures).toEqual([{ arn, reason: "RESOURCE:MEMORY" }]);
    await clients.control("/instances/refuse", { containerInstances });
    expect((await start()).failures).toEqual([]);
  });

  test("starts are refused at random, each with its reason", async () => {
    clients.simulator.setFaults({ startRefusalRatio: 1 });
    const { tasks, failures = [] } = await start();
    expect(tasks).toEqual([]);
    for (const { reason } of failures) expect(reason).toMatch(/^(RESOURCE:\w+|AGENT)$/);
    expect(failures).toHaveLength(4);
  });

  test("an attribute may change without an event", async () => {
    clients.simulator.setFaults({ silentAttributeRatio: 1 });
    const targetId = instance(3).arn;
    const attributes = [{ name: "ready", value: "yes", targetId }];
    await clients.ecs.send(new PutAttributesCommand({ cluster, attributes }));
    expect(instance(3).attributes.get("ready")).toBe("yes");
    expect(events).toEqual([]);
  });
});
