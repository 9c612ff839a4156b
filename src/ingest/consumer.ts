// Takes messages from the queue, stores what they say, deletes them. SQS' visibility is the only retry: a
// message is deleted after it is stored, never before. A poller receives again only when what it received is
// stored, so a slow store slows the receiving down and nothing piles up here.
import type { Clock } from "../clock.ts";
import type { ClusterArn, TaskDefinitionArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";
import { sortBatch } from "./batch.ts";
import type { ClusterBatch, Tracks } from "./batch.ts";
import { createDeletions } from "./deletions.ts";
import { describeFault } from "./faults.ts";
import { createFreshnessNotes } from "./freshness-notes.ts";
import type { FreshnessNotes } from "./freshness-notes.ts";
import { createGroupApply } from "./group-apply.ts";
import type { GroupApply } from "./group-apply.ts";
import { Outage } from "./outage.ts";
import { poll } from "./poller-pool.ts";
import type { Turn } from "./poller-pool.ts";
import { createReject } from "./rejects.ts";
import type { Reject } from "./rejects.ts";

export interface ConsumerOptions {
  readonly queue: Queue;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracks: Tracks;
  /** Most receives that wait at the same time; how many there are follows the queue. */
  readonly pollers: number;
  /** Hears of container instances whose private address may not be known yet. */
  readonly onInstances: (cluster: ClusterArn, ec2InstanceIds: ReadonlyMap<string, string>) => void;
  /** Hears of task definitions that may not be stored yet. */
  readonly onTaskDefinitions: (cluster: ClusterArn, arns: ReadonlySet<TaskDefinitionArn>) => void;
  readonly counters: ConsumerCounters;
}

export interface ConsumerCounters {
  received: number;
  applied: number;
  unchanged: number;
  ignored: number;
  rejected: number;
  /** Receives that wait at the same time now. */
  pollers: number;
  /** How long ago SQS took in the oldest message of the last receive, ms. */
  lagMs: number;
}

export function newCounters(): ConsumerCounters {
  return { received: 0, applied: 0, unchanged: 0, ignored: 0, rejected: 0, pollers: 0, lagMs: 0 };
}

const waitSeconds = 20;
const connectMs = 5000;
const connectPauseMs = 20;

/** Runs until `signal` aborts; then finishes the batches that it has and returns. */
export async function consume(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { queue, clock, log, counters } = options;
  const receiveOutage = new Outage(clock, log, `receiving from queue ${queue.name}`);
  const storeOutage = new Outage(clock, log, "storing what was received");
  const deleteOutage = new Outage(clock, log, `deleting from queue ${queue.name}`);
  const storing = createStoring(options);
  const deletions = createDeletions({ queue, clock, outage: deleteOutage, signal });

  async function turn(): Promise<Turn> {
    const from = clock.monotonic();
    let messages: readonly Message[] = [];
    let receivedAt = from;
    const soFar = (failed: boolean): Turn => ({
      messages: messages.length,
      receivingMs: receivedAt - from,
      storingMs: clock.monotonic() - receivedAt,
      failed,
    });
    try {
      messages = await queue.receive(waitSeconds, signal);
      receivedAt = clock.monotonic();
      receiveOutage.over();
    } catch (error) {
      if (!signal.aborted) await receiveOutage.wait(describeFault(error), signal);
      return soFar(true);
    }
    if (messages.length === 0) return soFar(false);
    try {
      const stored = await storeMessages(options, storing, messages);
      storeOutage.over();
      await deletions.add(stored);
      return soFar(false);
    } catch (error) {
      // The messages stay in the queue and come back when their visibility ends.
      await storeOutage.wait(describeFault(error), signal);
      // Not received again until it can be stored: each receive brings a message nearer to the dead-letter queue.
      if (storeOutage.attempts > 1) await storeAnswers(options, storeOutage, signal);
      return soFar(true);
    }
  }

  const onPollers = (pollers: number) => {
    counters.pollers = pollers;
  };
  await storeConnects(options, signal);
  await poll({ max: options.pollers, turn, onPollers }, signal);
  await deletions.drain();
  await storing.notes.flush();
}

/** Waits until the store answers. */
async function storeAnswers(
  { store }: ConsumerOptions,
  outage: Outage,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted)
    try {
      return await store.ping();
    } catch (error) {
      await outage.wait(describeFault(error), signal);
    }
}

/** Gives a store that is only connecting a moment, so that the first messages are not received in vain. */
async function storeConnects(
  { store, clock }: ConsumerOptions,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + connectMs;
  while (!signal.aborted && clock.monotonic() < deadline)
    try {
      return await store.ping();
    } catch {
      await clock.sleep(connectPauseMs, signal);
    }
}

/** Stores one batch by itself and deletes what need not come back. Throws what the store or the queue throws. */
export async function handle(
  options: ConsumerOptions,
  messages: readonly Message[],
): Promise<void> {
  const storing = createStoring(options);
  await options.queue.delete(await storeMessages(options, storing, messages));
  await storing.notes.flush();
}

interface Storing {
  readonly apply: GroupApply;
  readonly notes: FreshnessNotes;
  readonly reject: Reject;
}

function createStoring(options: ConsumerOptions): Storing {
  const { store, clock } = options;
  return {
    apply: createGroupApply(store),
    notes: createFreshnessNotes(store, clock),
    reject: createReject(options),
  };
}

/** Stores one batch; resolves to what may be deleted. */
async function storeMessages(
  options: ConsumerOptions,
  storing: Storing,
  messages: readonly Message[],
): Promise<readonly Message[]> {
  const { clock, tracks, log, counters, store } = options;
  const now = clock.now();
  counters.received += messages.length;
  counters.lagMs = Math.max(0, ...messages.map(({ sentAt = now }) => now - sentAt));
  const sorted = sortBatch(messages, tracks, now);
  const stored = [...sorted.clusters].map(([cluster, batch]) =>
    storeBatch(options, storing, cluster, batch),
  );
  await Promise.all(stored);
  if (sorted.departures.length > 0) await store.noteDepartures(sorted.departures);
  counters.ignored += sorted.ignored.length;
  for (const { message, reason } of sorted.ignored)
    log.debug({ messageId: message.messageId, reason }, "ignored a message");
  const kept = await storing.reject(sorted.rejected);
  return kept.size === 0 ? messages : messages.filter((message) => !kept.has(message));
}

async function storeBatch(
  { store, log, counters, onInstances, onTaskDefinitions }: ConsumerOptions,
  { apply, notes }: Storing,
  cluster: ClusterArn,
  batch: ClusterBatch,
): Promise<void> {
  const results = batch.observations.length > 0 ? await apply(cluster, batch.observations) : [];
  if (batch.events.length > 0) await store.addEvents(cluster, batch.events);
  const applied = results.filter((result) => result === "applied").length;
  counters.applied += applied;
  counters.unchanged += results.length - applied;
  if (log.isLevelEnabled("debug"))
    for (const [index, result] of results.entries()) {
      const { kind, id, version } = batch.observations[index] ?? {};
      log.debug({ cluster, kind, id, version, result }, "observed");
    }
  notes.note(cluster, batch.lastEventAt, batch.lagMs);
  if (batch.ec2InstanceIds.size > 0) onInstances(cluster, batch.ec2InstanceIds);
  if (batch.taskDefinitions.size > 0) onTaskDefinitions(cluster, batch.taskDefinitions);
}
