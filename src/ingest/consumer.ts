// Takes messages from the queue, stores what they say, deletes them. SQS' visibility is the only retry: a
// message is deleted after it is stored, never before.
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";
import { sortBatch } from "./batch.ts";
import type { ClusterBatch, Tracks } from "./batch.ts";
import { Outage } from "./outage.ts";
import { describeFault } from "./faults.ts";

export interface ConsumerOptions {
  readonly queue: Queue;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracks: Tracks;
  /** Receives that wait at the same time. */
  readonly pollers: number;
  /** Hears of container instances whose private address may not be known yet. */
  readonly onInstances: (cluster: ClusterArn, ec2InstanceIds: ReadonlyMap<string, string>) => void;
  readonly counters: ConsumerCounters;
}

export interface ConsumerCounters {
  received: number;
  applied: number;
  unchanged: number;
  ignored: number;
  rejected: number;
}

export function newCounters(): ConsumerCounters {
  return { received: 0, applied: 0, unchanged: 0, ignored: 0, rejected: 0 };
}

const waitSeconds = 20;
/** Longest body kept in the quarantine, in characters: enough to see what it is. */
const quarantinedBodyMax = 4096;

/** Runs until `signal` aborts; then finishes the batches that it has and returns. */
export async function consume(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const outage = new Outage(
    options.clock,
    options.log,
    `receiving from queue ${options.queue.name}`,
  );
  const storeOutage = new Outage(options.clock, options.log, "storing what was received");
  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      let messages: readonly Message[] = [];
      try {
        messages = await options.queue.receive(waitSeconds, signal);
        outage.over();
      } catch (error) {
        if (signal.aborted) return;
        await outage.wait(describeFault(error), signal);
        continue;
      }
      if (messages.length === 0) continue;
      options.counters.received += messages.length;
      try {
        await handle(options, messages);
        storeOutage.over();
      } catch (error) {
        // The messages stay in the queue and come back when their visibility ends.
        await storeOutage.wait(describeFault(error), signal);
      }
    }
  };
  await Promise.all(Array.from({ length: options.pollers }, poll));
}

/** Stores one batch and deletes what need not come back. */
export async function handle(
  options: ConsumerOptions,
  messages: readonly Message[],
): Promise<void> {
  const { clock, tracks, log, counters } = options;
  const sorted = sortBatch(messages, tracks, clock.now());
  const stored = [...sorted.clusters].map(([cluster, batch]) =>
    storeBatch(options, cluster, batch),
  );
  await Promise.all(stored);
  counters.ignored += sorted.ignored.length;
  for (const { message, reason } of sorted.ignored)
    log.debug({ messageId: message.messageId, reason }, "ignored a message");
  const kept = await reject(options, sorted.rejected);
  const done = messages.filter((message) => !kept.has(message));
  const failed = await options.queue.delete(done);
  // Once more, then leave it: a repeat of what is stored is a duplicate and costs nothing but a call.
  if (failed.length > 0) await options.queue.delete(failed);
}

async function storeBatch(
  { store, log, counters, onInstances }: ConsumerOptions,
  cluster: ClusterArn,
  batch: ClusterBatch,
): Promise<void> {
  const results = await store.apply(cluster, batch.observations);
  if (batch.events.length > 0) await store.addEvents(cluster, batch.events);
  const applied = results.filter((result) => result === "applied").length;
  counters.applied += applied;
  counters.unchanged += results.length - applied;
  if (log.isLevelEnabled("debug"))
    for (const [index, result] of results.entries()) {
      const { kind, id, version } = batch.observations[index] ?? {};
      log.debug({ cluster, kind, id, version, result }, "observed");
    }
  await store.noteFreshness(cluster, { lastEventAt: batch.lastEventAt, eventLagMs: batch.lagMs });
  if (batch.ec2InstanceIds.size > 0) onInstances(cluster, batch.ec2InstanceIds);
}

/** Deals with messages that nobody can read; returns those that must not be deleted, for SQS to move away. */
async function reject(
  { queue, store, clock, log, counters }: ConsumerOptions,
  rejected: readonly { message: Message; reason: string }[],
): Promise<ReadonlySet<Message>> {
  if (rejected.length === 0) return new Set();
  const movedBySqs = await queue.hasDeadLetterQueue();
  const where = movedBySqs ? "it goes to the dead-letter queue" : "it is kept in the quarantine";
  for (const { message, reason } of rejected) {
    const { messageId, receiveCount, body } = message;
    if (receiveCount === 1) {
      counters.rejected++;
      log.warn({ messageId, reason }, `rejected a message that cannot be understood; ${where}`);
    }
    if (!movedBySqs) {
      const kept = { messageId, reason, body: body.slice(0, quarantinedBodyMax), at: clock.now() };
      await store.quarantine(kept);
    }
  }
  return movedBySqs ? new Set(rejected.map(({ message }) => message)) : new Set();
}
