// A process of its own for the queue of the ingest benchmark: the simulator, filled with events on command.
// It shares no core's time with what is measured, so it counts and takes the time, too.
import { taskJson } from "../../src/simulator/entity-json.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { clusters, tasks } from "./load.ts";
import type { QueueAnswer, QueueRequest } from "./load.ts";

const simulator = await startSimulator({
  clusters,
  instances: 60,
  tasks,
  seed: 1,
  throttleScale: 0,
});
const all = [...simulator.world.clusters.values()].flatMap((cluster) => [
  ...cluster.tasks.values(),
]);
// Tasks of one cluster do not follow each other: EventBridge does not sort by cluster either.
const mixed = Array.from({ length: all.length }, (_, at) => all[(at * 7919) % all.length]);
let next = 0;

/** Puts the next task's event into the queue: one version up, as when its connectivity or a container changes. */
function sendNext(): string {
  const task = mixed[next++ % mixed.length];
  if (!task) throw new Error("the simulator has no task");
  task.version += 1;
  task.updatedAt = Date.now();
  const { scope } = simulator.world;
  const body = JSON.stringify({
    version: "0",
    id: crypto.randomUUID(),
    "detail-type": "ECS Task State Change",
    source: "aws.ecs",
    account: scope.account,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: scope.region,
    resources: [task.arn],
    detail: taskJson(simulator.world, "event", task),
  });
  simulator.sendRaw(body);
  return task.arn;
}

async function depth(): Promise<number> {
  const response = await fetch(simulator.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.GetQueueAttributes",
    },
    body: JSON.stringify({
      QueueUrl: simulator.queueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  });
  const { Attributes } = JSON.parse(await response.text());
  return (
    Number(Attributes.ApproximateNumberOfMessages) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  );
}

async function drained(): Promise<QueueAnswer> {
  const deadline = performance.now() + 60_000;
  while ((await depth()) > 0) {
    if (performance.now() > deadline) throw new Error("the queue did not empty within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { at: process.hrtime.bigint() };
}

/** Sends events one by one, evenly; answers when each was sent, by task ARN. */
async function trickle(perSecond: number, count: number): Promise<QueueAnswer> {
  const sent: [string, bigint][] = [];
  const from = performance.now();
  while (sent.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - from) * perSecond) / 1000));
    while (sent.length < due) {
      const at = process.hrtime.bigint();
      sent.push([sendNext(), at]);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { sent };
}

async function answer(request: QueueRequest): Promise<QueueAnswer> {
  if (request.ask === "drained") return drained();
  if (request.ask === "trickle") return trickle(request.perSecond, request.count);
  if (request.ask === "latency") {
    simulator.setFaults({ sqsLatencyMs: request.milliseconds });
    return {};
  }
  for (let at = 0; at < request.count; at++) {
    sendNext();
    if (at % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return {};
}

process.on("message", (request: QueueRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit());
process.send?.({ url: simulator.url, queueUrl: simulator.queueUrl } satisfies QueueAnswer);
