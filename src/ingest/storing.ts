// Stores what a batch of messages says, and settles what nobody can read. Throws what the store throws, and then
// nothing of the batch may be deleted; the consumer owns the retry.
import type { Clock } from "../clock.ts";
import type { ClusterArn, TaskDefinitionArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import type { Message } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";
import { recordStored } from "../telemetry/change-trace.ts";
import type { Spans } from "../telemetry/spans.ts";
import { sortBatch } from "./batch.ts";
import type { ClusterBatch, Rejected, SortedBatch, Tracks } from "./batch.ts";
import { countIgnored } from "./counters.ts";
import type { ConsumerCounters } from "./counters.ts";
import { isRefusal } from "./faults.ts";
import { createFreshnessNotes } from "./freshness-notes.ts";
import type { FreshnessNotes } from "./freshness-notes.ts";
import { createGroupApply } from "./group-apply.ts";
import type { GroupApply } from "./group-apply.ts";
import type { Reject } from "./rejects.ts";

export interface StoringOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracks: Tracks;
  readonly counters: ConsumerCounters;
  /** Who takes traces; absent for nobody. */
  readonly spans?: Spans | undefined;
  /** Hears of container instances whose private address may not be known yet. */
  readonly onInstances: (cluster: ClusterArn, ec2InstanceIds: ReadonlyMap<string, string>) => void;
  /** Hears of task definitions that may not be stored yet. */
  readonly onTaskDefinitions: (cluster: ClusterArn, arns: ReadonlySet<TaskDefinitionArn>) => void;
}

export interface Storing {
  /** Stores one batch; resolves to the messages that may be deleted. */
  store(messages: readonly Message[]): Promise<readonly Message[]>;
  /** Resolves when what is noted beside the batches is written, or cannot be. */
  flush(): Promise<void>;
}

interface Parts {
  readonly apply: GroupApply;
  readonly notes: FreshnessNotes;
}

export function createStoring(options: StoringOptions, reject: Reject): Storing {
  const { store, clock, counters } = options;
  const parts: Parts = {
    apply: createGroupApply(store),
    notes: createFreshnessNotes(store, clock),
  };
  return {
    store: async (messages) => {
      const from = clock.monotonic();
      const refused = await storeTogether(options, parts, messages);
      counters.stores++;
      counters.storingMs += clock.monotonic() - from;
      const kept = await reject(refused);
      return kept.size === 0 ? messages : messages.filter((message) => !kept.has(message));
    },
    flush: () => parts.notes.flush(),
  };
}

/**
 * Stores all messages in few calls; resolves to those that must be rejected. When Redis answers but refuses what it
 * is given, each message is stored by itself, so that one that cannot be stored does not hold up the rest for ever.
 */
async function storeTogether(
  options: StoringOptions,
  parts: Parts,
  messages: readonly Message[],
): Promise<Rejected[]> {
  const { store, tracks, clock, counters, log } = options;
  const sorted = sortBatch(messages, tracks, clock.now());
  const rejected = [...sorted.rejected];
  try {
    await storeSorted(options, parts, sorted);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await store.ping();
    log.error({ err: error }, "the store refused a batch; storing its messages one by one");
    rejected.push(...(await storeSingly(options, parts, messages)));
  }
  for (const { message, kind, reason } of sorted.ignored) {
    countIgnored(counters, kind);
    log.debug({ messageId: message.messageId, reason }, "ignored an event");
  }
  return rejected;
}

async function storeSorted(
  options: StoringOptions,
  parts: Parts,
  { clusters, departures }: SortedBatch,
): Promise<void> {
  const stored = [...clusters].map(([cluster, batch]) =>
    storeBatch(options, parts, cluster, batch),
  );
  await Promise.all(stored);
  if (departures.length > 0) await options.store.noteDepartures(departures);
}

async function storeSingly(
  options: StoringOptions,
  { notes }: Parts,
  messages: readonly Message[],
): Promise<Rejected[]> {
  const { store, tracks, clock } = options;
  const rejected: Rejected[] = [];
  // A group would mix other pollers' messages in again.
  const alone: Parts = { apply: (cluster, each) => store.apply(cluster, each), notes };
  for (const message of messages)
    try {
      await storeSorted(options, alone, sortBatch([message], tracks, clock.now()));
    } catch (bug) {
      if (!isRefusal(bug)) throw bug;
      rejected.push({ message, reason: `Longshore failed to store it: ${String(bug)}`, bug });
    }
  return rejected;
}

async function storeBatch(
  { store, clock, log, counters, spans, onInstances, onTaskDefinitions }: StoringOptions,
  { apply, notes }: Parts,
  cluster: ClusterArn,
  batch: ClusterBatch,
): Promise<void> {
  const { observations, messages, events, ec2InstanceIds, taskDefinitions } = batch;
  const from = clock.now();
  const results = observations.length > 0 ? await apply(cluster, observations) : [];
  if (events.length > 0) counters.clusterEvents += await store.addEvents(cluster, events);
  const applied = results.filter((result) => result === "applied").length;
  counters.applied += applied;
  counters.unchanged += results.length - applied;
  if (log.isLevelEnabled("debug"))
    for (const [index, result] of results.entries()) {
      const { kind, id, version } = observations[index] ?? {};
      const { messageId } = messages[index] ?? {};
      log.debug({ cluster, messageId, kind, id, version, result }, "observed");
    }
  const now = clock.now();
  if (spans)
    for (const [index, observation] of observations.entries()) {
      const message = messages[index];
      if (message && results[index] === "applied")
        recordStored(spans, { cluster, ...observation }, { ...message, from, to: now });
    }
  const since = (at: number) => Math.max(0, now - at);
  const { lastEventAt, oldestEventAt, sentAt } = batch;
  const lagsMs = sentAt.map(since);
  counters.slowestMs = Math.max(counters.slowestMs, ...lagsMs);
  notes.note(cluster, {
    lastEventAt,
    eventLagsMs: lagsMs,
    eventTimeLagMs: oldestEventAt === undefined ? undefined : since(oldestEventAt),
  });
  if (ec2InstanceIds.size > 0) onInstances(cluster, ec2InstanceIds);
  if (taskDefinitions.size > 0) onTaskDefinitions(cluster, taskDefinitions);
}
