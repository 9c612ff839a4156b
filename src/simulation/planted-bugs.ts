// Bugs that tests plant into worlds, to see that the checkers catch them: each sits between production code and one of
// its doors, or is a switch of the model of the store. Nothing of production knows of them.
import type { EcsReader, EcsWriter, TaskDefinitionReader } from "../ecs/ecs-api.ts";
import type { EntityKind } from "../store/keys.ts";
import { observePrivateIp } from "../store/record.ts";
import type { LogEntry, LogPage, StateStore } from "../store/store.ts";
import type { ProcessRole } from "./facts.ts";
import { storePlants } from "./model-store/plants.ts";
import type { StorePlant } from "./model-store/plants.ts";

export type Ecs = EcsReader & EcsWriter & TaskDefinitionReader;

/** What a bug changes: the store or ECS as processes of a role see them, or the store's own scripts. */
export interface Plant {
  readonly redis?: StorePlant;
  readonly store?: (store: StateStore, role: ProcessRole) => StateStore;
  readonly ecs?: (ecs: Ecs, role: ProcessRole) => Ecs;
}

type ChangeRecord = (record: string) => string | undefined;

/** The store as one reads it who takes records of a kind for something else; undefined hides one. */
function readsAs(store: StateStore, kind: EntityKind, asWhat: ChangeRecord): StateStore {
  /** What is written over is what is there, not what it was taken for. */
  const truth = new Map<string, string>();
  const change: ChangeRecord = (record) => {
    const changed = asWhat(record);
    if (changed !== undefined) truth.set(changed, record);
    return changed;
  };
  const all = (records: ReadonlyMap<string, string>): Map<string, string> =>
    new Map(
      [...records].flatMap(([id, record]) => {
        const changed = change(record);
        return changed === undefined ? [] : [[id, changed] as const];
      }),
    );
  const entry = (each: LogPage["entries"][number]): LogPage["entries"][number] =>
    each.kind === kind && each.before !== undefined
      ? ({ ...each, before: change(each.before) } satisfies LogEntry)
      : each;
  return {
    ...store,
    writeControl: (cluster, writes, lease) =>
      store.writeControl(
        cluster,
        writes.map((write) => {
          const { expected = "" } = write;
          return { ...write, expected: truth.get(expected) ?? write.expected };
        }),
        lease,
      ),
    records: async (cluster, asked) => {
      const found = await store.records(cluster, asked);
      return asked === kind ? all(found) : found;
    },
    snapshot: async (cluster) => {
      const { records, ...rest } = await store.snapshot(cluster);
      return { ...rest, records: new Map(records).set(kind, all(records.get(kind) ?? new Map())) };
    },
    read: async (cluster, after, limit) => {
      const page = await store.read(cluster, after, limit);
      const present = new Map(
        [...page.present].flatMap(([key, record]) => {
          const changed = key.startsWith(`${kind} `) ? change(record) : record;
          return changed === undefined ? [] : [[key, changed] as const];
        }),
      );
      return { ...page, entries: page.entries.map(entry), present };
    },
  };
}

const forScheduler =
  (plant: (store: StateStore) => StateStore) =>
  (store: StateStore, role: ProcessRole): StateStore =>
    role === "scheduler" ? plant(store) : store;

const replaces =
  (pattern: RegExp, by: string): ChangeRecord =>
  (record) =>
    record.replace(pattern, by);

const schedulerReads = (kind: EntityKind, change: ChangeRecord): Plant => ({
  store: forScheduler((store) => readsAs(store, kind, change)),
});

/** What the scheduler writes of placements, changed on its way. */
const schedulerWrites = (change: ChangeRecord): Plant => ({
  store: forScheduler((store) => ({
    ...store,
    writeControl: (cluster, writes, lease) =>
      store.writeControl(
        cluster,
        writes.map((write) =>
          write.kind === "p" && write.record !== undefined
            ? { ...write, record: change(write.record) ?? "=" }
            : write,
        ),
        lease,
      ),
  })),
});

const withStart =
  (change: (start: EcsWriter["startTask"]) => EcsWriter["startTask"]) =>
  (ecs: Ecs): Ecs => ({ ...ecs, startTask: change(ecs.startTask) });

class Throttled extends Error {
  override readonly name = "ThrottlingException";
}

const ofScheduler: Readonly<Record<string, Plant>> = {
  "a start that was not seen is not looked up": {
    ecs: (ecs) => ({
      ...ecs,
      listTasks: (cluster, filter) =>
        filter.startedBy === undefined ? ecs.listTasks(cluster, filter) : Promise.resolve([]),
    }),
  },
  "an intent is not written before its call": schedulerWrites((record) =>
    record.includes('"state":"STARTING"') && !record.includes('"taskArn"') ? undefined : record,
  ),
  "an unknown outcome counts as a call that was not made": {
    ecs: withStart((start) => async (request, mayCall) => {
      try {
        return await start(request, mayCall);
      } catch (error) {
        if (error instanceof Error && ["TimeoutError", "Error"].includes(error.name))
          throw new Throttled("not made");
        throw error;
      }
    }),
  },
  "the lease is not looked at once more before a start": {
    ecs: withStart((start) => (request) => start(request)),
  },
  "a lease is held for ever": {
    store: forScheduler((store) => {
      const had = new Map<string, string>();
      return {
        ...store,
        takeLease: async (cluster, purpose, holder, ttlMs) => {
          const result = await store.takeLease(cluster, purpose, holder, ttlMs);
          if (result.held) had.set(cluster, result.lease);
          const lease = had.get(cluster);
          return lease === undefined ? result : { held: true, lease };
        },
      };
    }),
  },
  "minHealthyPercent is ignored": schedulerReads(
    "d",
    replaces(/"minHealthyPercent":\d+/, '"minHealthyPercent":0'),
  ),
  "maxOverPercent is ignored": schedulerReads(
    "d",
    replaces(/"maxOverPercent":\d+/, '"maxOverPercent":100'),
  ),
  "a pause is ignored": schedulerReads("d", replaces(/"paused":true/, '"paused":false')),
  "the ledger is not consulted": schedulerReads("p", (record) =>
    record.includes('"state":"SUCCEEDED"') ? undefined : record,
  ),
  "an instance that drains looks ACTIVE": schedulerReads(
    "i",
    replaces(/"status":"DRAINING"/, '"status":"ACTIVE"'),
  ),
  "every instance is selected": schedulerReads(
    "d",
    replaces(/"selector":"[^"]*"/g, '"selector":""'),
  ),
  "what was asked to stop is forgotten": schedulerWrites((record) => {
    const { stop: _, ...rest }: { stop?: unknown } = JSON.parse(record);
    return JSON.stringify(rest);
  }),
  "attempts are not counted": schedulerWrites(replaces(/"attempts":\d+/, '"attempts":1')),
  "readiness is never taken back": {
    ecs: (ecs) => ({ ...ecs, deleteAttributes: () => Promise.resolve("deleted") }),
  },
  "the scheduler writes what it started": {
    store: forScheduler((store) => ({
      ...store,
      writeControl: async (cluster, writes, lease) => {
        await store.apply(cluster, [observePrivateIp("unknown", "10.0.0.1")]);
        return store.writeControl(cluster, writes, lease);
      },
    })),
  },
  "a stop that ECS has accepted is not made": {
    ecs: (ecs) => ({ ...ecs, stopTask: () => Promise.resolve("stopping") }),
  },
};

const ofIngest: Readonly<Record<string, Plant>> = {
  "what ECS has no more is not removed": {
    store: (store) => ({ ...store, remove: () => Promise.resolve(0) }),
  },
  "what a comparison finds is not stored": {
    store: (store) => ({
      ...store,
      apply: (cluster, observations) =>
        store.apply(
          cluster,
          observations.filter(({ source }) => source !== "describe"),
        ),
    }),
  },
  "an entry of the log is skipped when reading on": {
    store: (store, role) => ({
      ...store,
      read: async (cluster, after, limit) => {
        const page = await store.read(cluster, after, limit);
        const isMany = role === "api" && page.entries.length > 3;
        return isMany ? { ...page, entries: page.entries.slice(1) } : page;
      },
    }),
  },
};

const ofApi: Readonly<Record<string, Plant>> = {
  "a mutation is answered before it is stored": {
    store: (store, role) => ({
      ...store,
      writeAcknowledged: async (cluster, writes) => {
        const isLost = role === "api" && writes.some(({ record }) => record?.includes("round"));
        if (!isLost) return store.writeAcknowledged(cluster, writes);
        return { outcome: "written", epoch: "lost", seq: 0 };
      },
    }),
  },
};

const ofRedis: Readonly<Record<string, Plant>> = Object.fromEntries(
  Object.entries(storePlants).map(([name, words]) => [words, { redis: name as StorePlant }]),
);

/** Every bug, by what it does. */
export const plantedBugs: Readonly<Record<string, Plant>> = {
  ...ofRedis,
  ...ofScheduler,
  ...ofIngest,
  ...ofApi,
};
