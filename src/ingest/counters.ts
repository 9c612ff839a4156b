// What an ingest worker counts of its own work. Counted since it started; only ever read by others.
import type { IgnoredKind } from "../ecs/event.ts";
import type { Message } from "../sqs/queue.ts";

export interface ConsumerCounters {
  /** Messages that were received, repeats included. */
  received: number;
  /** Observations of tasks and container instances that changed something. */
  applied: number;
  /** Observations that were known already, late, or of something that has ended for good. */
  unchanged: number;
  /** Service actions, deployments and health notices that went into a cluster's history. */
  clusterEvents: number;
  /** Events that are nothing to Longshore, by what they were. */
  readonly ignored: Map<IgnoredKind, number>;
  /** Messages that nobody can read. */
  rejected: number;
  /** Receives that wait at the same time now. */
  pollers: number;
  /** Batches stored, and the time that took, ms. */
  stores: number;
  storingMs: number;
  /** Longest time from SQS taking an event in to it being stored, ms, since somebody last asked. */
  slowestMs: number;
  /** When SQS took in the oldest message that was received since somebody last asked, ms since the epoch. */
  oldestSentAt: number | undefined;
}

export function newCounters(): ConsumerCounters {
  return {
    received: 0,
    applied: 0,
    unchanged: 0,
    clusterEvents: 0,
    ignored: new Map(),
    rejected: 0,
    pollers: 0,
    stores: 0,
    storingMs: 0,
    slowestMs: 0,
    oldestSentAt: undefined,
  };
}

export function countReceived(counters: ConsumerCounters, messages: readonly Message[]): void {
  counters.received += messages.length;
  for (const { sentAt } of messages)
    if (sentAt !== undefined && !(sentAt >= (counters.oldestSentAt ?? Infinity)))
      counters.oldestSentAt = sentAt;
}

export function countIgnored({ ignored }: ConsumerCounters, kind: IgnoredKind): void {
  ignored.set(kind, (ignored.get(kind) ?? 0) + 1);
}

/** What others are told of them: the rest is asked for, and begun anew, by the worker itself. */
export function toldCounts({
  oldestSentAt: _,
  slowestMs: __,
  ignored,
  ...counts
}: ConsumerCounters) {
  return { ...counts, ignored: Object.fromEntries(ignored) };
}

/** How many events were ignored, whatever they were. */
export function ignoredInAll({ ignored }: Pick<ConsumerCounters, "ignored">): number {
  let sum = 0;
  for (const count of ignored.values()) sum += count;
  return sum;
}
