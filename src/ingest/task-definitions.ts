// Reads the task definitions that tasks refer to: once each, whichever clusters use it, within the shared budget.
// Drops those that no task refers to any more. Without the permission everything else works; one log line for each
// account and region says what is missing.
import type { Clock } from "../clock.ts";
import { arnId, parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn, TaskDefinitionArn } from "../ecs/arn.ts";
import type { TaskDefinitionReader } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Log } from "../log.ts";
import { decodeTask, encodeTaskDefinition } from "../store/record.ts";
import type { StateStore } from "../store/store.ts";
import { describeFault } from "./faults.ts";

export interface TaskDefinitions {
  /** Takes task definitions that may not be stored yet. Never throws, never waits: it is called for every batch. */
  want(cluster: ClusterArn, arns: Iterable<TaskDefinitionArn>): void;
  /** Looks at every task of a cluster: stores what they refer to, drops what none refers to. Never throws. */
  sweep(cluster: ClusterArn): void;
  close(): Promise<void>;
}

export interface TaskDefinitionOptions {
  readonly reader: TaskDefinitionReader;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tasks of one deployment come together: a short pause makes one round of many. */
const gatherMs = 50;
/** After a call that failed, the permission that is missing included. */
const retryMs = 30_000;
/** A definition that ECS does not know is asked for again after this. */
const unknownMs = 600_000;
/** How long we rely on what was stored: another process may have dropped it. */
const relyMs = 60_000;
/** Calls at once; the budget holds them back further. */
const parallel = 4;
/** Definitions kept in memory for other clusters that use them. */
const rememberedMax = 2000;
const storedAtOnce = 50;

/** What is to be done in one account and region: one that refuses, or does not answer, holds up no other. */
interface Place {
  readonly name: string;
  readonly wanted: Map<ClusterArn, Set<TaskDefinitionArn>>;
  readonly sweeps: Set<ClusterArn>;
  running: Promise<void> | undefined;
  cancelRetry: (() => void) | undefined;
  complained: string;
}

function placeNameOf(arn: ClusterArn | TaskDefinitionArn): string {
  const { account = "", region = "" } = parseEcsArn(arn) ?? {};
  return `${account} ${region}`;
}

export function createTaskDefinitions(options: TaskDefinitionOptions): TaskDefinitions {
  const { reader, store, clock, log } = options;
  const places = new Map<string, Place>();
  /** What a cluster is known to have stored, and since when. */
  const stored = new Map<ClusterArn, { readonly at: number; readonly ids: Set<string> }>();
  /** Records by ARN; undefined when ECS does not know it, until `until`. */
  const remembered = new Map<TaskDefinitionArn, { record: string | undefined; until: number }>();
  /** What no task referred to at the last sweep: dropped when the next one finds none either. */
  const unreferenced = new Map<ClusterArn, ReadonlySet<string>>();
  let closed = false;

  function placeNamed(name: string): Place {
    const known = places.get(name);
    if (known) return known;
    const place: Place = {
      name,
      wanted: new Map(),
      sweeps: new Set(),
      running: undefined,
      cancelRetry: undefined,
      complained: "",
    };
    places.set(name, place);
    return place;
  }

  async function read(arn: TaskDefinitionArn): Promise<string | undefined> {
    const known = remembered.get(arn);
    if (known && known.until > clock.monotonic()) return known.record;
    const definition = await reader.describeTaskDefinition(arn);
    if (!definition) log.warn({ taskDefinition: arn }, "ECS does not know this task definition");
    const record = definition && encodeTaskDefinition(definition);
    const until = record === undefined ? clock.monotonic() + unknownMs : Infinity;
    remembered.delete(arn);
    remembered.set(arn, { record, until });
    for (const oldest of remembered.keys()) {
      if (remembered.size <= rememberedMax) break;
      remembered.delete(oldest);
    }
    return record;
  }

  async function idsStored(cluster: ClusterArn): Promise<Set<string>> {
    const ids = new Set((await store.records(cluster, "f")).keys());
    stored.set(cluster, { at: clock.monotonic(), ids });
    return ids;
  }

  /** Reads and stores what is missing, a few at a time; what fails stays wanted, behind the others. */
  async function fill(cluster: ClusterArn, arns: Set<TaskDefinitionArn>): Promise<void> {
    const ids = await idsStored(cluster);
    for (const arn of arns) if (ids.has(arnId(arn))) arns.delete(arn);
    while (arns.size > 0 && !closed) {
      const found = new Map<string, string>();
      const failures: unknown[] = [];
      const queue = [...arns].slice(0, storedAtOnce);
      const work = async () => {
        for (let arn = queue.shift(); arn && failures.length === 0; arn = queue.shift())
          try {
            const record = await read(arn);
            if (record !== undefined) found.set(arnId(arn), record);
            // One that ECS does not know is dealt with, too.
            ids.add(arnId(arn));
            arns.delete(arn);
          } catch (error) {
            arns.delete(arn);
            arns.add(arn);
            failures.push(error);
          }
      };
      await Promise.all(Array.from({ length: parallel }, work));
      await store.putTaskDefinitions(cluster, found);
      if (failures.length > 0) throw failures[0];
    }
  }

  async function compare(cluster: ClusterArn): Promise<void> {
    const referenced = new Map<string, TaskDefinitionArn>();
    for await (const page of store.recordPages(cluster, "t"))
      for (const [, record] of page) {
        const task = decodeTask(record, cluster);
        const id = arnId(task.taskDefinitionArn);
        // What has ended needs no address: its definition is kept, not asked for.
        if (!isStopped(task)) referenced.set(id, task.taskDefinitionArn);
        else if (!referenced.has(id)) referenced.set(id, "");
      }
    const ids = await idsStored(cluster);
    const unused = [...ids].filter((id) => !referenced.has(id));
    const gone = unused.filter((id) => unreferenced.get(cluster)?.has(id));
    unreferenced.set(cluster, new Set(unused));
    await store.putTaskDefinitions(cluster, new Map(gone.map((id) => [id, undefined])));
    for (const id of gone) ids.delete(id);
    const missing = [...referenced].flatMap(([id, arn]) => (arn === "" || ids.has(id) ? [] : arn));
    add(cluster, missing);
  }

  function add(cluster: ClusterArn, arns: Iterable<TaskDefinitionArn>): void {
    for (const [name, some] of Map.groupBy(arns, placeNameOf)) {
      const place = placeNamed(name);
      const already = place.wanted.get(cluster) ?? new Set();
      for (const arn of some) already.add(arn);
      place.wanted.set(cluster, already);
      start(place);
    }
  }

  async function work({ sweeps, wanted }: Place): Promise<void> {
    await clock.sleep(gatherMs);
    const faults: unknown[] = [];
    /** A cluster that fails stays wanted, and leaves the others. */
    const attempt = async (act: () => Promise<void>) => {
      if (!closed) await act().catch((fault: unknown) => faults.push(fault));
    };
    for (const cluster of sweeps)
      await attempt(async () => {
        await compare(cluster);
        sweeps.delete(cluster);
      });
    for (const [cluster, arns] of wanted)
      await attempt(async () => {
        await fill(cluster, arns);
        // More may have been wanted meanwhile.
        if (arns.size === 0) wanted.delete(cluster);
      });
    if (faults.length > 0) throw faults[0];
  }

  function start(place: Place): void {
    const { name, wanted, sweeps } = place;
    if (place.running || place.cancelRetry || closed) return;
    if (wanted.size === 0 && sweeps.size === 0) return;
    place.running = work(place)
      .then(() => {
        place.complained = "";
      })
      .catch((error: unknown) => {
        const reason = describeFault(error);
        if (reason !== place.complained && !closed)
          log.warn(
            { place: name, reason, clusters: wanted.size },
            "task definitions are not known, so tasks in awsvpc and host mode have no endpoints: " +
              "ecs:DescribeTaskDefinition or storing its answer fails",
          );
        place.complained = reason;
        place.cancelRetry = clock.after(retryMs, () => {
          place.cancelRetry = undefined;
          start(place);
        });
      })
      .finally(() => {
        place.running = undefined;
        start(place);
      });
  }

  return {
    want: (cluster, arns) => {
      const known = stored.get(cluster);
      const current = known && clock.monotonic() - known.at < relyMs ? known.ids : undefined;
      const missing: TaskDefinitionArn[] = [];
      for (const arn of arns) if (!current?.has(arnId(arn))) missing.push(arn);
      add(cluster, missing);
    },
    sweep: (cluster) => {
      const place = placeNamed(placeNameOf(cluster));
      place.sweeps.add(cluster);
      start(place);
    },
    close: async () => {
      closed = true;
      for (const { cancelRetry } of places.values()) cancelRetry?.();
      for (const { running } of places.values()) await running;
    },
  };
}
