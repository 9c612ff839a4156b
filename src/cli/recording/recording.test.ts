// What is recorded from one Longshore and fed to another, empty one, makes the same entities there: real processes, a
// simulator each.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processEnvironment } from "../../config.ts";
import { fixtureBody, inSns } from "../../testing/fixtures.ts";
import { startLongshore, until } from "../../testing/longshore.ts";
import type { Longshore } from "../../testing/longshore.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const aws = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

let folder: string;
let source: Longshore;
let empty: Longshore;
const started: ChildProcess[] = [];

function run(longshore: Longshore, args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: processEnvironment["PATH"],
      ...aws,
      AWS_ENDPOINT_URL: longshore.simulator.url,
      LONGSHORE_URL: longshore.url,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let written = "";
  child.stdout.on("data", (chunk: Buffer) => (written += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (written += chunk.toString()));
  const ended = once(child, "close").then(() => child.exitCode);
  return { child, ended, written: () => written };
}

/** Everything of the entities that events carry. */
const entities = `{
  containerInstances(first: 1000) { nodes {
    arn cluster { arn } ec2InstanceId status statusReason agentConnected agentVersion dockerVersion availabilityZone
    instanceType capacityProvider registeredAt version
    registeredResources { name type value } remainingResources { name type value } attributes { name value }
  } }
  tasks(first: 1000) { nodes {
    arn cluster { arn } containerInstanceArn taskDefinitionArn family group startedBy launchType availabilityZone
    cpu memory lastStatus desiredStatus stopCode stoppedReason createdAt startedAt stoppingAt stoppedAt version
    containers { arn name image lastStatus exitCode reason
      networkBindings { bindIP containerPort hostPort containerPortRange hostPortRange protocol } }
  } }
}`;

const entitiesOf = async (longshore: Longshore) => {
  const answer = await longshore.graphql(entities);
  return [...answer.list("containerInstances", "nodes"), ...answer.list("tasks", "nodes")].map(
    ({ value }) => value,
  );
};

const linesOf = async (path: string) => (await readFile(path, "utf8")).trimEnd().split("\n");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-record-"));
  source = await startLongshore({
    clusters: 2,
    instances: 6,
    tasks: 30,
    timings: { timeScale: 0.05 },
  });
  // A comparison with an ECS that has none of these clusters would take them away again: there is none to ask.
  empty = await startLongshore({ clusters: 0 }, { AWS_ENDPOINT_URL_ECS: "http://127.0.0.1:9" });
  for (const each of [source, empty]) each.serve("ingest", "api");
  await source.ready();
  await until("an API", () => empty.graphql("{ clusters { totalCount } }"));
}, 90_000);

afterAll(async () => {
  for (const child of started) child.kill("SIGKILL");
  await Promise.all([source?.close(), empty?.close()]);
  await rm(folder, { recursive: true, force: true });
});

describe("record and replay", () => {
  test("bring the same entities into an empty Longshore", async () => {
    const file = join(folder, "fleet.jsonl");
    const recording = run(source, ["record", file]);
    await until("the snapshot is in the file", async () =>
      (await linesOf(file)).length >= 36 ? true : undefined,
    );
    const [cluster = ""] = (await source.graphql("{ clusters { nodes { name } } }"))
      .list("clusters", "nodes")
      .map((each) => each.text("name"));
    await source.control("instances", { cluster, count: 2 });
    const before = await until("the new instances, in the API and in the file", async () => {
      const known = await entitiesOf(source);
      const text = await readFile(file, "utf8");
      const active = text.split("\n").filter((line) => line.includes('"ACTIVE"'));
      const arns = known.map((each) => JSON.stringify(each).slice(8, 110).split('"')[0] ?? "");
      // One that registers has no attributes yet: what the file has of it by then may be newer.
      const isWhole = !JSON.stringify(known).includes('"attributes":[]');
      const isWritten = active.length >= 8 && arns.every((arn) => text.includes(arn));
      return known.length === 38 && isWhole && isWritten ? known : undefined;
    });
    recording.child.kill("SIGINT");
    expect(await recording.ended).toBe(0);
    const lines = await linesOf(file);
    expect(recording.written()).toContain(`recorded ${lines.length} events`);

    const replaying = run(empty, ["replay", file]);
    expect(await replaying.ended).toBe(0);
    expect(replaying.written()).toContain(`sent ${lines.length} events to longshore`);
    await until("as many entities", async () =>
      (await entitiesOf(empty)).length === before.length ? true : undefined,
    );
    const byArn = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect((await entitiesOf(empty)).sort(byArn)).toEqual(before.sort(byArn));

    const again = run(source, ["record", file]);
    expect(await again.ended).toBe(2);
    expect(again.written()).toContain("--append");
  }, 60_000);

  test("take a queue's messages to the letter, and only of a queue of their own", async () => {
    const endpoint = empty.simulator.url;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const sqs = new SQSClient({ region: "us-east-1", endpoint, credentials });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "recorder" }));
    const bodies = [
      inSns(fixtureBody("instance-active")),
      "not JSON at all",
      fixtureBody("instance-agent-disconnected"),
    ];
    for (const MessageBody of bodies)
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    sqs.destroy();
    const file = join(folder, "raw.jsonl");
    const refused = run(empty, ["record", file, "--queue", "longshore"]);
    expect(await refused.ended).toBe(2);
    expect(refused.written()).toContain("--take-from-ingest");
    const recording = run(empty, ["record", file, "--queue", "recorder"]);
    await until("all are in the file", async () =>
      (await linesOf(file)).length === 3 ? true : undefined,
    );
    recording.child.kill("SIGINT");
    expect(await recording.ended).toBe(0);
    const recorded = (await linesOf(file)).map((line): string => JSON.parse(line).body);
    expect(recorded.sort()).toEqual(bodies.sort());
    const missing = run(empty, ["replay", file, "--queue", "nowhere"]);
    expect(await missing.ended).toBe(3);
    expect(missing.written()).toContain("there is no queue nowhere");
  }, 60_000);
});
