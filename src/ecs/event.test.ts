// Reading messages from the outside: the text of a body in, outcomes and normalized entities out.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fixtureBody,
  fixtureEvent,
  fixtureNames,
  fixtureWith,
  inSns,
  inSqsRecord,
} from "../testing/fixtures.ts";
import { arnId, parseEcsArn, taskDefinitionFamily } from "./arn.ts";
import type { ContainerInstance } from "./container-instance.ts";
import { readMessage } from "./event.ts";
import type { EcsEvent } from "./event.ts";
import { time } from "./json.ts";
import type { Task } from "./task.ts";

function only(body: string): EcsEvent {
  const events = readMessage(body);
  const [event] = events;
  if (event === undefined || events.length !== 1) throw new Error(`${events.length} events`);
  return event;
}

function taskIn(body: string): Task {
  const event = only(body);
  if (event.outcome !== "task") throw new Error(JSON.stringify(event));
  return event.task;
}

function instanceIn(body: string): ContainerInstance {
  const event = only(body);
  if (event.outcome !== "containerInstance") throw new Error(JSON.stringify(event));
  return event.containerInstance;
}

const running = "task-fargate-running";
const changed = (detail: Record<string, unknown>): string =>
  JSON.stringify(fixtureWith(running, detail));

describe("outcomes", () => {
  const expected: Readonly<Record<string, EcsEvent["outcome"]>> = {
    "service-action": "clusterEvent",
    "deployment-state-change": "clusterEvent",
    "instance-health-change": "clusterEvent",
    "deployment-short-service-arn": "ignored",
    "other-source": "ignored",
    cloudtrail: "ignored",
    "new-detail-type": "ignored",
  };
  it.each(fixtureNames)("%s", (name) => {
    const byName = name.startsWith("task-") ? "task" : "containerInstance";
    expect(only(fixtureBody(name)).outcome).toBe(expected[name] ?? byName);
  });

  it("covers every kind of fixture", () => {
    expect(fixtureNames.length).toBeGreaterThanOrEqual(30);
  });
});

describe("tasks", () => {
  it.each([
    ["provisioning", "1", "RUNNING"],
    ["pending", "2", "RUNNING"],
    ["activating", "3", "RUNNING"],
    ["running", "4", "RUNNING"],
    ["deactivating", "5", "STOPPED"],
    ["deprovisioning", "7", "STOPPED"],
    ["stopped", "8", "STOPPED"],
  ])("reads the step %s of a Fargate task", (step, version, desiredStatus) => {
    const task = taskIn(fixtureBody(`task-fargate-${step}`));
    expect(task).toMatchObject({
      kind: "task",
      version,
      desiredStatus,
      lastStatus: step.toUpperCase(),
      clusterArn: "arn:aws:ecs:eu-central-1:480215739602:cluster/lantern",
      launchType: "FARGATE",
      capacityProvider: "FARGATE_SPOT",
      platformVersion: "1.4.0",
      cpu: "1024",
      memory: "2048",
      group: "service:wick",
      startedBy: "ecs-svc/3141592653589793238",
      createdAt: Date.UTC(2025, 8, 14, 5, 20, 11, 600),
    });
    expect(task.containerInstanceArn).toBeUndefined();
    expect(taskDefinitionFamily(task.taskDefinitionArn)).toBe("wick");
    expect(parseEcsArn(task.arn)?.cluster).toBe("lantern");
    expect(task.attachments.map(({ type }) => type).toSorted()).toEqual(["eni", "sdi"]);
  });

  it("knows only the subnet of an interface that is not made yet", () => {
    const task = taskIn(fixtureBody("task-fargate-provisioning"));
    const eni = task.attachments.find(({ type }) => type === "eni");
    expect(eni?.status).toBe("PRECREATED");
    expect(Object.keys(eni?.details ?? {})).toEqual(["subnetId"]);
    expect(task.containers[0]?.networkInterfaces).toEqual([]);
    expect(task.startedAt).toBeUndefined();
    expect(task.connectivity).toBeUndefined();
  });

  it("keeps container and task apart while they disagree", () => {
    const activating = taskIn(fixtureBody("task-fargate-activating"));
    expect([activating.lastStatus, activating.containers[0]?.lastStatus]).toEqual([
      "ACTIVATING",
      "RUNNING",
    ]);
    const ending = taskIn(fixtureBody("task-short-arn-container-first"));
    expect(ending).toMatchObject({ lastStatus: "RUNNING", desiredStatus: "STOPPED" });
    expect(ending.containers[0]).toMatchObject({ lastStatus: "STOPPED", exitCode: 0 });
    expect(ending.stopCode).toBeUndefined();
    expect(ending.stoppedReason).toMatch(/invented/);
  });

  it("reads all times of a stopped task", () => {
    expect(taskIn(fixtureBody("task-fargate-stopped"))).toMatchObject({
      pullStartedAt: Date.UTC(2025, 8, 14, 5, 20, 24, 150),
      pullStoppedAt: Date.UTC(2025, 8, 14, 5, 20, 30, 77),
      startedAt: Date.UTC(2025, 8, 14, 5, 20, 58, 237),
      stoppingAt: Date.UTC(2025, 8, 14, 17, 2, 40, 500),
      executionStoppedAt: Date.UTC(2025, 8, 14, 17, 3, 9),
      stoppedAt: Date.UTC(2025, 8, 14, 17, 3, 33, 419),
      stopCode: "SpotInterruption",
    });
  });

  it("reads host ports of a bridge task; a missing protocol is tcp", () => {
    const task = taskIn(fixtureBody("task-ec2-bridge-running"));
    expect(arnId(task.containerInstanceArn ?? "")).toMatch(/^[0-9a-f]{32}$/);
    expect(task.containers[0]?.networkBindings).toMatchObject([
      { bindIP: "0.0.0.0", containerPort: 7000, hostPort: 32802, protocol: "tcp" },
      { bindIP: "::", containerPort: 7000, hostPort: 32802, protocol: "tcp" },
      { bindIP: "0.0.0.0", containerPort: 7001, hostPort: 9701, protocol: "tcp" },
      { bindIP: "0.0.0.0", containerPort: 5353, hostPort: 5353, protocol: "udp" },
      { containerPortRange: "6000-6004", hostPortRange: "48000-48004", protocol: "tcp" },
    ]);
  });

  it("reads the addresses of an awsvpc task", () => {
    const task = taskIn(fixtureBody("task-ec2-awsvpc-running"));
    expect(task.startedBy).toBeUndefined();
    expect(task.containers.map(({ name }) => name)).toEqual(["manifest", "gauge"]);
    for (const container of task.containers) {
      expect(container.networkBindings).toEqual([]);
      expect(container.networkInterfaces).toMatchObject([
        { privateIpv4Address: "172.19.40.6", ipv6Address: "2600:1f11:4a:1::6" },
      ]);
    }
    expect(task.attachments[0]?.details["privateIPv4Address"]).toBe("172.19.40.6");
  });

  it("tells an exit code from none, and 0 from none", () => {
    const oom = taskIn(fixtureBody("task-ec2-stopped-oom"));
    expect(oom.containers.map(({ exitCode }) => exitCode)).toEqual([137, 0]);
    expect(oom.containers[0]?.reason).toMatch(/^OutOfMemoryError/);
    const failed = taskIn(fixtureBody("task-failed-to-start"));
    expect(failed.containers.map(({ exitCode }) => exitCode)).toEqual([undefined]);
    expect(failed.startedAt).toBeUndefined();
    expect(failed.stopCode).toBe("TaskFailedToStart");
  });

  it("reads short ARNs: the cluster comes from clusterArn", () => {
    const task = taskIn(fixtureBody("task-short-arn-pending"));
    expect(parseEcsArn(task.arn)?.cluster).toBeUndefined();
    expect(task.clusterArn).toBe("arn:aws:ecs:ap-south-1:702846195317:cluster/default");
    expect([task.launchType, task.group, task.capacityProvider]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("reads external and managed instances, GPUs and injected containers", () => {
    expect(taskIn(fixtureBody("task-external-running"))).toMatchObject({
      launchType: "EXTERNAL",
      availabilityZone: undefined,
      capacityProvider: undefined,
    });
    expect(taskIn(fixtureBody("task-managed-instances-running"))).toMatchObject({
      launchType: "MANAGED_INSTANCES",
      capacityProvider: "sluice-managed",
      containerInstanceArn: expect.stringContaining("container-instance/sluice/"),
    });
    expect(taskIn(fixtureBody("task-gpu-running"))).toMatchObject({
      group: "night-sweep",
      startedBy: "night-sweep/7",
    });
    const [, agent] = taskIn(fixtureBody("task-guardduty-sidecar")).containers;
    expect(agent?.image).toBeUndefined();
  });

  it("reads partitions other than aws", () => {
    const body = fixtureBody(running).replaceAll(
      "arn:aws:ecs:eu-central-1",
      "arn:aws-cn:ecs:cn-north-1",
    );
    expect(parseEcsArn(taskIn(body).arn)).toMatchObject({
      partition: "aws-cn",
      region: "cn-north-1",
    });
  });
});

describe("container instances", () => {
  it("reads an instance; ports are sorted", () => {
    const instance = instanceIn(fixtureBody("instance-active"));
    expect(instance).toMatchObject({
      version: "88",
      status: "ACTIVE",
      agentConnected: true,
      agentVersion: "1.93.0",
      dockerVersion: "25.0.9",
      capacityProvider: "breakwater-asg",
      runningTasksCount: 1,
      pendingTasksCount: 0,
      registeredAt: Date.UTC(2025, 9, 2, 22, 1, 50, 400),
    });
    expect(instance.remainingResources).toEqual([
      { name: "CPU", type: "INTEGER", value: 7936 },
      { name: "MEMORY", type: "INTEGER", value: 15396 },
      {
        name: "PORTS",
        type: "STRINGSET",
        value: ["22", "2375", "2376", "32802", "51678", "51679", "9701"],
      },
      { name: "PORTS_UDP", type: "STRINGSET", value: ["5353"] },
    ]);
    expect(instance.attributes).toContainEqual({ name: "pier/number", value: "7" });
    expect(instance.attributes[0]?.value).toBeUndefined();
  });

  it.each([
    ["instance-registered-no-attributes", "2", { attributes: [], runningTasksCount: undefined }],
    ["instance-agent-disconnected", "90", { status: "ACTIVE", agentConnected: false }],
    ["instance-draining", "97", { status: "DRAINING", agentConnected: true }],
    ["instance-inactive", "104", { status: "INACTIVE", runningTasksCount: 0 }],
    ["instance-external-mi", "41", { ec2InstanceId: expect.stringMatching(/^mi-/) }],
  ])("%s", (name, version, fields) => {
    expect(instanceIn(fixtureBody(name))).toMatchObject({ version, ...fields });
  });

  it("reads every type of resource, and statuses that are rare", () => {
    const instance = instanceIn(fixtureBody("instance-registration-failed"));
    expect(instance.status).toBe("REGISTRATION_FAILED");
    expect(instance.statusReason).toMatch(/invented/);
    expect(instance.registeredResources.map(({ value }) => value)).toEqual([
      ["GPU-a", "GPU-b"],
      5,
      0.5,
    ]);
  });
});

describe("cluster events", () => {
  it.each([
    [
      "service-action",
      {
        eventType: "WARN",
        eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
        reason: "RESOURCE:MEMORY",
        clusterArn: "arn:aws:ecs:eu-central-1:480215739602:cluster/lantern",
        at: Date.UTC(2025, 8, 14, 5, 25),
      },
    ],
    [
      "deployment-state-change",
      {
        eventName: "SERVICE_DEPLOYMENT_COMPLETED",
        clusterArn: "arn:aws:ecs:eu-central-1:480215739602:cluster/lantern",
      },
    ],
    [
      "instance-health-change",
      { eventType: "IMPAIRED", reason: "containerd is silent (invented)" },
    ],
  ])("%s", (name, fields) => {
    expect(only(fixtureBody(name))).toMatchObject({ outcome: "clusterEvent", event: fields });
  });
});

describe("envelopes", () => {
  const event = fixtureEvent(running);
  const body = JSON.stringify(event);
  it.each([
    ["SNS", inSns(body)],
    ["a JSON string", JSON.stringify(body)],
    ["a list", JSON.stringify([event])],
    ["a record of a queue", JSON.stringify(inSqsRecord(body))],
    ["Records of a queue", JSON.stringify({ Records: [inSqsRecord(body)] })],
    ["SNS in a record of a queue", JSON.stringify({ Records: [inSqsRecord(inSns(body))] })],
    [
      "an SNS record",
      JSON.stringify({ Records: [{ EventSource: "aws:sns", Sns: { Message: body } }] }),
    ],
    ["a Lambda destination", JSON.stringify({ version: "1.0", requestPayload: event })],
    ["white space", `\n ${body}\t\n`],
  ])("reads the event in %s", (_, wrapped) => {
    expect(taskIn(wrapped)).toEqual(taskIn(body));
  });

  it("reads a detail that came alone", () => {
    expect(taskIn(JSON.stringify(event["detail"]))).toEqual(taskIn(body));
    const instance = fixtureEvent("instance-active");
    expect(instanceIn(JSON.stringify(instance["detail"]))).toEqual(
      instanceIn(JSON.stringify(instance)),
    );
  });

  it("reads each event of a batch by itself", () => {
    const batch = [event, 7, fixtureEvent("instance-active"), fixtureEvent("other-source")];
    expect(readMessage(JSON.stringify(batch)).map(({ outcome }) => outcome)).toEqual([
      "task",
      "rejected",
      "containerInstance",
      "ignored",
    ]);
  });

  it.each(["SubscriptionConfirmation", "UnsubscribeConfirmation"])("ignores SNS' %s", (Type) => {
    const control = {
      Type,
      TopicArn: "arn:aws:sns:x",
      Token: "t",
      SubscribeURL: "https://x.invalid",
    };
    expect(only(JSON.stringify(control)).outcome).toBe("ignored");
  });

  it("gives up on envelopes without end", () => {
    let wrapped = body;
    for (let depth = 0; depth < 7; depth++) wrapped = inSns(wrapped);
    expect(only(wrapped).outcome).toBe("rejected");
    expect(only("[".repeat(50_000) + "]".repeat(50_000)).outcome).toBe("rejected");
    expect(only('{"Sns":'.repeat(20_000) + "1" + "}".repeat(20_000)).outcome).toBe("rejected");
  });
});

describe("what cannot be used", () => {
  it.each([
    ["", "empty"],
    ["is anybody there?", "words"],
    ["42", "a number"],
    ["null", "null"],
    ["true", "a boolean"],
    ["[]", "an empty list"],
    ["{}", "an empty object"],
    ['"\\"', "a broken string"],
    ['{"detail-type":"ECS Task State Change","source":"aws.ecs"}', "no detail"],
    ['{"detail-type":"ECS Task State Change","source":"aws.ecs","detail":null}', "detail null"],
    ['{"detail-type":"ECS Task State Change","source":"aws.ecs","detail":[]}', "detail a list"],
    ['{"detail-type":"ECS Task State Change","detail":{}}', "no source"],
    ['{"detail-type":7,"source":"aws.ecs","detail":{}}', "detail-type a number"],
  ])("%s", (body) => {
    expect(only(body).outcome).toBe("rejected");
  });

  it.each<[string, Record<string, unknown>]>([
    ["no version", { version: undefined }],
    ["version null", { version: null }],
    ["version below zero", { version: -1 }],
    ["version with a fraction", { version: 1.5 }],
    ["version as words", { version: "four" }],
    ["version empty", { version: "" }],
    ["version beyond 64 bits", { version: 1e300 }],
    ["version as a list", { version: [4] }],
    ["a status with a newline", { lastStatus: "RUNNING\nSTOPPED" }],
    ["a status with a comma", { lastStatus: "RUNNING,STOPPED" }],
    ["a status with an @", { lastStatus: "RUNNING@1" }],
    ["an empty status", { lastStatus: "" }],
    ["a status that is a number", { desiredStatus: 1 }],
    ["a task ARN of another service", { taskArn: "arn:aws:s3:eu-central-1:480215739602:task/a" }],
    [
      "a task ARN of another kind",
      { taskArn: "arn:aws:ecs:eu-central-1:480215739602:service/a/b" },
    ],
    ["a task ARN with a newline", { taskArn: "arn:aws:ecs:eu-central-1:480215739602:task/a/b\n" }],
    ["a task ARN that is an object", { taskArn: {} }],
    ["no cluster", { clusterArn: undefined }],
    [
      "a cluster whose name has a slash",
      { clusterArn: "arn:aws:ecs:eu-central-1:480215739602:cluster/other/lantern" },
    ],
    ["a cluster by name only", { clusterArn: "lantern" }],
    ["a cluster with braces", { clusterArn: "arn:aws:ecs:eu-central-1:480215739602:cluster/a}b{" }],
  ])("rejects a task with %s", (_, detail) => {
    expect(only(changed(detail)).outcome).toBe("rejected");
  });

  it("reads a task whose other members are of wrong types", () => {
    const task = taskIn(
      changed({
        containers: [null, 5, [], { name: 7, exitCode: "0", networkBindings: {} }],
        attachments: "none",
        tags: { key: "a" },
        createdAt: "a while ago",
        group: 12,
        overrides: null,
      }),
    );
    expect(task.containers).toHaveLength(1);
    expect(task.containers[0]).toMatchObject({ name: "", networkBindings: [] });
    expect(task.containers[0]?.exitCode).toBeUndefined();
    expect([task.attachments, task.tags, task.createdAt, task.group]).toEqual([
      [],
      [],
      undefined,
      undefined,
    ]);
  });

  it("is not moved by __proto__", () => {
    const text = fixtureBody(running).replace(
      '"detail":{',
      '"__proto__":{"source":"aws.x"},"detail":{"__proto__":{"version":99,"hacked":true},',
    );
    const withAttachment = text.replace(
      '"details":[{',
      '"details":[{"name":"__proto__","value":"x"},{"name":"constructor","value":"y"},{',
    );
    const task = taskIn(withAttachment);
    expect(task.version).toBe("4");
    expect("hacked" in task).toBe(false);
    expect(({} as Record<string, unknown>)["hacked"]).toBeUndefined();
    expect(Object.getPrototypeOf(task.attachments[0]?.details)).toBe(Object.prototype);
  });
});

describe("versions and times", () => {
  const withVersion = (digits: string): string =>
    fixtureBody(running).replace('"version":4', `"version":${digits}`);

  it.each(["0", "9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775807"])(
    "keeps version %s to the digit, bare and in SNS",
    (digits) => {
      expect(taskIn(withVersion(digits)).version).toBe(digits);
      expect(taskIn(inSns(withVersion(digits))).version).toBe(digits);
      expect(taskIn(withVersion(`"${digits}"`)).version).toBe(digits);
      expect(taskIn(JSON.stringify({ Records: [inSqsRecord(withVersion(digits))] })).version).toBe(
        digits,
      );
    },
  );

  it("keeps versions apart that JSON.parse rounds to one number", () => {
    const batch = `[${withVersion("9007199254740992")},${withVersion("9007199254740993")}]`;
    const versions = readMessage(batch).map(
      (event) => event.outcome === "task" && event.task.version,
    );
    expect(versions).toEqual(["9007199254740992", "9007199254740993"]);
  });

  it.each([
    ["2025-09-14T05:20:11Z", 0],
    ["2025-09-14T05:20:11.6Z", 600],
    ["2025-09-14T05:20:11.61Z", 610],
    ["2025-09-14T05:20:11.612Z", 612],
    ["2025-09-14T05:20:11.612345Z", 612],
    ["2025-09-14T05:20:11.612345678Z", 612],
    ["2025-09-14T07:20:11.612+02:00", 612],
  ])("reads the time %s", (at, ms) => {
    expect(taskIn(changed({ createdAt: at })).createdAt).toBe(Date.UTC(2025, 8, 14, 5, 20, 11, ms));
  });

  it("reads epoch seconds and dates as the API and the SDK give them", () => {
    expect(time({ at: 1757827211.6 }, "at")).toBe(Date.UTC(2025, 8, 14, 5, 20, 11, 600));
    expect(time({ at: new Date(5) }, "at")).toBe(5);
    expect(time({ at: "soon" }, "at")).toBeUndefined();
  });
});

describe("any text at all", () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  console.log(`event.test.ts fuzz seed ${seed} (FUZZ_SEED)`);
  const outcomes = new Set(["task", "containerInstance", "clusterEvent", "ignored", "rejected"]);
  const check = (body: string): void => {
    const started = performance.now();
    const events = readMessage(body);
    expect(performance.now() - started).toBeLessThan(250);
    expect(events.length).toBeGreaterThan(0);
    for (const { outcome } of events) expect(outcomes.has(outcome)).toBe(true);
  };

  it("reads any JSON value without throwing", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => check(JSON.stringify(value))),
      { seed, numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => check(text)),
      { seed, numRuns: 500 },
    );
  });

  it("reads any fixture with a member replaced or a character cut", () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(null, [], {}, "", -0, 1e308, "\n", "__proto__", "\ud800"),
    );
    const mutated = fc
      .record({ name: fc.constantFrom(...fixtureNames), at: fc.nat(), value: odd, wrap: fc.nat(3) })
      .map(({ name, at, value, wrap }) => {
        let count = 0;
        const size = [...fixtureBody(name).matchAll(/[{,[]/g)].length;
        const body = JSON.stringify(fixtureEvent(name), (_key, member: unknown) =>
          count++ === at % size ? value : member,
        );
        return wrap === 1
          ? inSns(body ?? "")
          : wrap === 2
            ? (body ?? "").slice(0, at % 3000)
            : (body ?? "");
      });
    fc.assert(fc.property(mutated, check), { seed, numRuns: 2000 });
  });

  it.each([
    ["a body of 256 KB", changed({ stoppedReason: "x".repeat(256 * 1024) })],
    ["a long list of digits", changed({ group: `"version":${"9".repeat(250_000)}` })],
    [
      "many containers",
      changed({ containers: Array.from({ length: 4000 }, () => ({ name: "a" })) }),
    ],
    [
      "many big versions",
      JSON.stringify(
        Array.from({ length: 900 }, (_, index) => ({
          taskArn: `arn:aws:ecs:eu-central-1:480215739602:task/${index}`,
          clusterArn: "arn:aws:ecs:eu-central-1:480215739602:cluster/a",
          lastStatus: "PENDING",
          desiredStatus: "RUNNING",
          version: 2 ** 53 + index * 2,
          group: "g".repeat(800),
        })),
      ),
    ],
    ["backslashes", `{"a":"${"\\\\".repeat(100_000)}"}`],
  ])("reads %s in bounded time", (_, body) => {
    check(body);
  });
});
