// How fast events leave SQS for the store, by real processes: the queue (the simulator), one or two ingest workers,
// Redis. The floor is an SDK receive and delete loop with as many pollers and nothing in between.
import { testRedis } from "../src/testing/redis.ts";
import type { TestRedis } from "../src/testing/redis.ts";
import { connect } from "../src/store/connection.ts";
import { systemClock } from "../src/clock.ts";
import { clusters } from "./ingest/load.ts";
import { cpuMs, startFloor, startQueue, startWorker } from "./ingest/processes.ts";
import type { Drainer, QueueProcess } from "./ingest/processes.ts";
import type { Row } from "./main.ts";

const events = 10_000;
/** Other work on the machine only ever slows a round down: the fastest one counts. */
const rounds = 3;
/** Handled before the time is taken: compiling, connecting and the first reconcile are not the question. */
const warmUpEvents = 6000;
/** As many as a worker goes up to (src/ingest/pollers.ts). */
const pollers = 64;
const awsLatencyMs = 10;
const trickle = { perSecond: 100, count: 600 } as const;

interface Drained {
  readonly perSecond: number;
  readonly cpuMsPerEvent: number;
  readonly redisCpuMsPerEvent: number;
}

/** Warms up, then takes the fastest of a few rounds. */
async function drain(
  queue: QueueProcess,
  drainers: readonly Drainer[],
  redis?: TestRedis,
): Promise<Drained> {
  await drainOnce(queue, drainers, warmUpEvents, redis);
  const all: Drained[] = [];
  for (let round = 0; round < rounds; round++)
    all.push(await drainOnce(queue, drainers, events, redis));
  return all.reduce((best, each) => (each.perSecond > best.perSecond ? each : best));
}

/** Fills the queue while nobody takes from it, lets go, and takes the time until the queue is empty. */
async function drainOnce(
  queue: QueueProcess,
  drainers: readonly Drainer[],
  count: number,
  redis: TestRedis | undefined,
): Promise<Drained> {
  for (const each of drainers) each.halt();
  await queue.ask({ ask: "fill", count });
  const cpu = () => drainers.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const redisCpu = () => (redis ? cpuMs(redis.pid()) : 0);
  const before = { cpu: cpu(), redis: redisCpu(), at: process.hrtime.bigint() };
  for (const each of drainers) each.go();
  const { at } = await queue.ask({ ask: "drained" });
  const seconds = Number((at ?? 0n) - before.at) / 1e9;
  return {
    perSecond: count / seconds,
    cpuMsPerEvent: (cpu() - before.cpu) / count,
    redisCpuMsPerEvent: (redisCpu() - before.redis) / count,
  };
}

/** What Blox v0.3 came to on a machine of this kind, at its best: the baseline to leave behind. */
const bloxPerSecond = 500;

const row = (
  what: string,
  { perSecond, cpuMsPerEvent, redisCpuMsPerEvent }: Drained,
  floor?: Drained,
): Row => ({
  what,
  figures: {
    eventsPerSecond: perSecond,
    ...(floor ? { ofFloor: perSecond / floor.perSecond, ofBlox: perSecond / bloxPerSecond } : {}),
    ...(floor ? { ofFloorPerCpu: floor.cpuMsPerEvent / cpuMsPerEvent } : {}),
    cpuMsPerEvent,
    ...(redisCpuMsPerEvent > 0
      ? { redisCpuMsPerEvent, bothMsPerEvent: cpuMsPerEvent + redisCpuMsPerEvent }
      : {}),
  },
});

async function withFloor<T>(
  queue: QueueProcess,
  mode: string,
  act: (floor: Drainer) => Promise<T>,
  many = pollers,
): Promise<T> {
  const floor = await startFloor(queue, many, mode);
  try {
    return await act(floor);
  } finally {
    await floor.stop();
  }
}

function percentiles(
  what: string,
  samples: readonly number[],
): Row & { readonly p50: number; readonly p99: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
  const figures = { p50Ms: at(0.5), p99Ms: at(0.99), samples: samples.length };
  return { what, p50: at(0.5), p99: at(0.99), figures };
}

/** From the event entering SQS to the bare receive having it. */
async function floorLatency(queue: QueueProcess): Promise<number[]> {
  return withFloor(
    queue,
    "times",
    async (floor) => {
      const { sent = [] } = await queue.ask({ ask: "trickle", ...trickle });
      await queue.ask({ ask: "drained" });
      const { received } = await floor.report();
      const at = new Map(received);
      return sent.flatMap(([arn, from]) => {
        const until = at.get(arn);
        return until === undefined ? [] : [Number(until - from) / 1e6];
      });
    },
    4,
  );
}

/** From the event entering SQS to its change being announced. */
async function workerLatency(queue: QueueProcess, redis: TestRedis): Promise<number[]> {
  const listener = connect(redis.url, "bench");
  try {
    await listener.ready();
    const at = new Map<string, bigint>();
    listener.redis.on("pmessage", (_pattern: string, _channel: string, message: string) => {
      const [, , id = ""] = message.split(" ");
      at.set(id, process.hrtime.bigint());
    });
    await listener.redis.psubscribe("longshore:*:changes");
    const { sent = [] } = await queue.ask({ ask: "trickle", ...trickle });
    await queue.ask({ ask: "drained" });
    await systemClock.sleep(50);
    return sent.flatMap(([arn, from]) => {
      const until = at.get(arn.slice(arn.lastIndexOf("/") + 1));
      return until === undefined ? [] : [Number(until - from) / 1e6];
    });
  } finally {
    await listener.close();
  }
}

export async function ingest(): Promise<Row[]> {
  const redis = await testRedis();
  const queue = await startQueue();
  const workers: Drainer[] = [];
  try {
    const floorTimes = percentiles(
      `floor: event in SQS to received, ${trickle.perSecond} a second`,
      await floorLatency(queue),
    );
    workers.push(await startWorker(queue, redis.url, clusters));
    const times = percentiles(
      `Longshore: event in SQS to change on pub/sub`,
      await workerLatency(queue, redis),
    );
    const over = { p50Ms: times.p50 - floorTimes.p50, p99Ms: times.p99 - floorTimes.p99 };
    const floorAlone = async () => {
      // The workers would take the floor's messages.
      for (const each of workers) await each.stop();
    };
    await floorAlone();
    const rows: Row[] = [floorTimes, times, { what: "Longshore over the floor", figures: over }];
    for (const [name, milliseconds] of [
      ["", 0],
      [`, ${awsLatencyMs} ms added to each SQS call`, awsLatencyMs],
    ] as const) {
      await queue.ask({ ask: "latency", milliseconds });
      const floor = await withFloor(queue, "count", (each) => drain(queue, [each]));
      rows.push(row(`floor${name}: ${pollers} pollers`, floor));
      const first = await startWorker(queue, redis.url, 0);
      workers.push(first);
      rows.push(row(`one ingest worker${name}`, await drain(queue, [first], redis), floor));
      const second = await startWorker(queue, redis.url, 0);
      workers.push(second);
      rows.push(
        row(`two ingest workers${name}`, await drain(queue, [first, second], redis), floor),
      );
      await floorAlone();
    }
    return rows;
  } finally {
    for (const each of workers) await each.stop();
    await queue.stop();
    await redis.stop();
  }
}
