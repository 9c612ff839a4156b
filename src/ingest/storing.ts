// Stores what a batch of messages says, and settles what nobody can read. What cannot be stored leaves the rest, and
// must not be deleted; the consumer owns the retry.
import type { Clock } from "../clock.ts";
import type { ClusterArn, TaskDefinitionArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import type { Message } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";
import { recordStored } from "../telemetry/change-trace.ts";
import type { Spans } from "../telemetry/spans.ts";
import { sortBatch } from "./batch.ts";
import type { ClusterBatch, Rejected, Tracks } from "./batch.ts";
import { countIgnored } from "./counters.ts";
import type { ConsumerCounters } from "./counters.ts";
import { isRefusal } from "./faults.ts";
import { createFreshnessNotes } from "./freshness-notes.ts";
import type { FreshnessNotes } from "./freshness-notes.ts";
import { createGroupApply } from "./group-apply.ts";
import type { GroupApply } from "./group-apply.ts";
import type { Reject } from "./rejects.ts";
import { WriteTrouble } from "./write-trouble.ts";
import type { StorePart } from "./write-trouble.ts";

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
  /** Stores one batch, each cluster's part by itself. Never throws. */
  store(messages: readonly Message[]): Promise<Outcome>;
  /** Resolves when what is noted beside the batches is written, or cannot be. */
  flush(): Promise<void>;
}

export interface Outcome {
  /** What may be deleted: it is wholly stored, or of no concern. */
  readonly done: readonly Message[];
  /** What is not wholly stored. */
  readonly unstored: readonly Message[];
  /** Why, by what could not be written; empty when everything is. */
  readonly faults: ReadonlyMap<StorePart, unknown>;
}

interface Parts {
  readonly apply: GroupApply;
  readonly notes: FreshnessNotes;
}

export function createStoring(
  options: StoringOptions,
  reject: Reject,
  trouble: WriteTrouble = new WriteTrouble(),
): Storing {
  const { store, clock, counters } = options;
  const parts: Parts = {
    apply: createGroupApply(store),
    notes: createFreshnessNotes(store, clock),
  };
  return {
    store: async (messages) => {
      const from = clock.monotonic();
      const writes = new Writes(options, trouble);
      const rejected = await storeTogether(options, parts, messages, writes);
      let kept: ReadonlySet<Message> = new Set();
      await writes.write(
        "quarantine",
        new Set(rejected.map(({ message }) => message)),
        async () => {
          kept = await reject(rejected);
        },
      );
      const { unstored, faults } = writes;
      const done = messages.filter((message) => !kept.has(message) && !unstored.has(message));
      if (done.length > 0) {
        counters.stores++;
        counters.storingMs += clock.monotonic() - from;
      }
      return { done, unstored: messages.filter((message) => unstored.has(message)), faults };
    },
    flush: () => parts.notes.flush(),
  };
}

/** The writes of one batch: one that fails leaves the others. */
class Writes {
  readonly unstored = new Set<Message>();
  readonly faults = new Map<StorePart, unknown>();
  readonly #options: StoringOptions;
  readonly #trouble: WriteTrouble;

  constructor(options: StoringOptions, trouble: WriteTrouble) {
    this.#options = options;
    this.#trouble = trouble;
  }

  async write(
    part: StorePart,
    sources: ReadonlySet<Message>,
    act: () => Promise<void>,
  ): Promise<void> {
    const { clock, log } = this.#options;
    if (sources.size === 0) return;
    const fail = (error: unknown) => {
      this.faults.set(part, error);
      for (const message of sources) this.unstored.add(message);
    };
    if (!this.#trouble.mayTry(part, clock.monotonic())) return fail(this.#trouble.errorOf(part));
    try {
      await act();
    } catch (error) {
      this.#trouble.failed(part, error, clock.monotonic());
      return fail(error);
    }
    if (this.#trouble.written(part))
      log.info({ part }, "this part of the store takes writes again");
  }

  /** Those whose message is stored, as far as it can be. */
  stored<Each extends { readonly message: Message }>(all: readonly Each[]): Each[] {
    return all.filter(({ message }) => !this.unstored.has(message));
  }
}

/** Stores all messages in few calls; resolves to those that must be rejected. */
async function storeTogether(
  options: StoringOptions,
  parts: Parts,
  messages: readonly Message[],
  writes: Writes,
): Promise<Rejected[]> {
  const { store, tracks, clock, counters, log } = options;
  const sort = (some: readonly Message[]) => sortBatch(some, tracks, clock.now());
  const sorted = sort(messages);
  const rejected = [...sorted.rejected];
  // A group would mix other pollers' messages in again.
  const alone: Parts = { ...parts, apply: (cluster, each) => store.apply(cluster, each) };
  const write = (part: StorePart, sources: ReadonlySet<Message>, act: Act) =>
    writes.write(part, sources, async () => {
      rejected.push(...(await actOrSingly(options, sources, act)));
    });
  const stored = [...sorted.clusters].map(([cluster, batch]) =>
    write(cluster, batch.sources, async (only) => {
      const said = only ? sort([only]).clusters.get(cluster) : batch;
      if (said) await storeBatch(options, only ? alone : parts, cluster, said);
    }),
  );
  await Promise.all(stored);
  const departing = new Set(sorted.departures.map(({ message }) => message));
  await write("departures", departing, (only) => {
    const said = sorted.departures.filter(({ message }) => !only || message === only);
    return store.noteDepartures(said.map(({ departure }) => departure));
  });
  for (const { message, kind, reason } of writes.stored(sorted.ignored)) {
    countIgnored(counters, kind);
    log.debug({ messageId: message.messageId, reason }, "ignored an event");
  }
  return writes.stored(rejected);
}

/** Stores what all messages say of a part, or what `only` one does. */
type Act = (only?: Message) => Promise<void>;

/**
 * When Redis answers but refuses what it is given, each message is stored by itself, so that one that cannot be stored
 * does not hold up the rest for ever. Resolves to those.
 */
async function actOrSingly(
  { store, log }: StoringOptions,
  sources: ReadonlySet<Message>,
  act: Act,
): Promise<Rejected[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await store.ping();
    log.error({ err: error }, "the store refused a batch; storing its messages one by one");
  }
  const rejected: Rejected[] = [];
  for (const message of sources)
    try {
      await act(message);
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
