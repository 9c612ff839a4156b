// One cluster in memory at one position of its log: a snapshot, kept current by changes. No I/O.
import type { Daemon } from "../daemon/daemon.ts";
import { daemonOfKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Endpoint } from "../ecs/endpoint.ts";
import type { TaskDefinition } from "../ecs/task-definition.ts";
import type { Task } from "../ecs/task.ts";
import type { EntityKind } from "../store/keys.ts";
import type { Freshness, StoreSnapshot } from "../store/store.ts";
import { decodeRecord } from "./change.ts";
import type { Change, RecordChange, Tracked } from "./change.ts";
import { compactInstance, compactTask, Sharing } from "./compact.ts";
import { EndpointIndex, endpointsAt, rewindEndpoints } from "./endpoint-index.ts";
import type { EndpointSource } from "./endpoint-index.ts";
import { SortedIds, sortIds } from "./sorted-ids.ts";
import type { Ids } from "./sorted-ids.ts";
import { atOnce } from "./steps.ts";
import type { Steps } from "./steps.ts";
import { TaskIndex } from "./task-index.ts";
import type { TaskField } from "./task-index.ts";

/** Recent changes kept for readers that resume; older ones are read from the log in Redis. */
const recentMax = 10_000;

/** Records that are decoded, and changes that are taken in, in one step of a load. */
const stepSize = 256;

const noPlacements: ReadonlyMap<string, Placement> = new Map();

/** Container instances by status; INACTIVE ones are in none of the numbers. */
export interface InstanceCounts {
  readonly total: number;
  readonly active: number;
  readonly draining: number;
  readonly agentDisconnected: number;
}

export class ClusterView {
  readonly arn: ClusterArn;
  epoch = "";
  seq = 0;
  freshness: Freshness = {};
  /** Where its log last went on behind a restart of Redis, as far as this view has seen it. */
  restartSeq = 0;
  readonly instances = new Map<string, ContainerInstance>();
  readonly tasks = new Map<string, Task>();
  readonly daemons = new Map<string, Daemon>();
  readonly placements = new Map<string, Placement>();
  /** By `family:revision`: those that tasks of the cluster refer to and that ECS let us read. */
  readonly taskDefinitions = new Map<string, TaskDefinition>();
  readonly #instanceIds = new SortedIds();
  readonly #taskIds = new SortedIds();
  /** Changes from just after {@link recentFrom} to {@link seq}, oldest first. */
  readonly recent: Change[] = [];
  recentFrom = 0;
  readonly #taskIndex = new TaskIndex();
  readonly #sharing = new Sharing();
  readonly #counts = { total: 0, active: 0, draining: 0, agentDisconnected: 0 };
  readonly #endpointSource: EndpointSource = {
    task: (id) => this.tasks.get(id),
    instance: (id) => this.instances.get(id),
    definition: (id) => this.taskDefinitions.get(id),
    tasksOn: (id) => this.tasksOn(id),
  };
  readonly endpoints = new EndpointIndex(this.#endpointSource);
  readonly #placementsByDaemon = new Map<string, Map<string, Placement>>();

  constructor(arn: ClusterArn, snapshot: StoreSnapshot) {
    this.arn = arn;
    this.epoch = snapshot.epoch;
    this.seq = snapshot.seq;
    this.recentFrom = snapshot.seq;
    atOnce(this.#fill(snapshot.records));
  }

  /** The view of a snapshot, as the constructor makes it; it is whole, and anybody's, after the last step. */
  static *load(arn: ClusterArn, { records, ...position }: StoreSnapshot): Steps<ClusterView> {
    const view = new ClusterView(arn, { ...position, records: new Map() });
    yield* view.#fill(records);
    return view;
  }

  *#fill(records: StoreSnapshot["records"]): Steps {
    for (const [kind, texts] of records) {
      // In order: each index then only grows at its end.
      const ids = yield* sortIds(texts.keys());
      let done = 0;
      for (const id of ids) {
        const entity = this.#decode(kind, texts.get(id));
        if (entity?.kind === "task") {
          this.tasks.set(id, entity);
          this.#taskIds.add(id);
        } else this.#put(kind, id, entity);
        if (++done % stepSize === 0) yield;
      }
      if (kind === "t") yield* this.#taskIndex.fill(this.tasks);
    }
  }

  /** Ids of all container instances, in order. */
  get instanceIds(): Ids {
    return this.#instanceIds;
  }

  /** Ids of all tasks, in order. */
  get taskIds(): Ids {
    return this.#taskIds;
  }

  get instanceCounts(): InstanceCounts {
    return this.#counts;
  }

  /** Ids of the tasks whose field has a value, in order, ended ones included. */
  tasksWith(field: TaskField, value: string): Ids {
    return this.#taskIndex.ids(field, value);
  }

  /** Ids of the tasks on a container instance, in order, ended ones included. */
  tasksOn(instanceId: string): Ids {
    return this.#taskIndex.ids("containerInstanceId", instanceId);
  }

  /** Ids of the tasks that a daemon started, in order, ended ones included. */
  tasksOf(daemonId: string): Ids {
    return this.#taskIndex.ids("daemonId", daemonId);
  }

  /** What is remembered of a daemon, by key: one each container instance, or one each generation of it. */
  placementsOf(daemon: string): ReadonlyMap<string, Placement> {
    return this.#placementsByDaemon.get(daemon) ?? noPlacements;
  }

  /** Names of the daemons that something is remembered of, whether or not they are still there. */
  daemonsWithPlacements(): Iterable<string> {
    return this.#placementsByDaemon.keys();
  }

  daemonWithId(daemonId: string): Daemon | undefined {
    for (const daemon of this.daemons.values()) if (daemon.id === daemonId) return daemon;
    return undefined;
  }

  /** Moves to a later position; returns the changes, decoded, in order. */
  advance(records: readonly RecordChange[], seq: number): Change[] {
    const changes = records.map((record): Change => {
      const { kind, id, at } = record;
      const before = this.#get(kind, id);
      const after = this.#decode(kind, record.after);
      this.#put(kind, id, after);
      const change: Change = { cluster: this.arn, seq: record.seq, kind, id, at, before, after };
      return this.endpoints.isActive
        ? { ...change, endpoints: this.endpoints.apply(change) }
        : change;
    });
    this.seq = seq;
    this.recent.push(...changes);
    const surplus = this.recent.length - recentMax;
    // In steps, so that a busy cluster does not move the whole list for each change.
    if (surplus > recentMax / 4) {
      this.recentFrom = this.recent[surplus - 1]?.seq ?? this.recentFrom;
      this.recent.splice(0, surplus);
    }
    return changes;
  }

  /** Takes in many changes while nobody looks: as {@link advance}, and nothing is kept for readers that resume. */
  *catchUp(records: readonly RecordChange[], seq: number): Steps {
    for (let at = 0; at < records.length; at += stepSize) {
      const some = records.slice(at, at + stepSize);
      this.advance(some, some.at(-1)?.seq ?? seq);
      yield;
    }
    this.seq = seq;
    this.recent.length = 0;
    this.recentFrom = seq;
  }

  /** Begins to keep endpoints, and to tell with each change what it did to them. Idempotent. */
  followEndpoints(): void {
    atOnce(this.startEndpoints());
  }

  /** The same in steps, for a view that nobody moves meanwhile. */
  startEndpoints(): Steps {
    return this.endpoints.activation(this.tasks);
  }

  /** The endpoints of one task now. */
  endpointsOf(task: Task): readonly Endpoint[] {
    return endpointsAt(task, this.#endpointSource);
  }

  /**
   * Changes with what they did to endpoints, also those that happened when nobody followed them. They are all that
   * happened after some position, in order.
   */
  withEndpoints(changes: readonly Change[]): readonly Change[] {
    if (changes.every(({ endpoints }) => endpoints)) return changes;
    const steps = rewindEndpoints(changes, this.#endpointSource, this.endpoints);
    return changes.map((change, at) => ({ ...change, endpoints: steps[at] ?? [] }));
  }

  /** Drops recent changes up to a position, so that whoever resumes from before it is answered from the log. */
  forgetRecentBefore(seq: number): void {
    if (seq <= this.recentFrom) return;
    const kept = this.recent.findIndex((change) => change.seq > seq);
    this.recent.splice(0, kept < 0 ? this.recent.length : kept);
    this.recentFrom = seq;
  }

  #decode(kind: EntityKind, record: string | undefined): Tracked | undefined {
    const entity = decodeRecord(kind, record, this.arn);
    if (entity?.kind === "task") return compactTask(entity, this.#sharing);
    return entity?.kind === "containerInstance" ? compactInstance(entity, this.#sharing) : entity;
  }

  #get(kind: EntityKind, id: string): Tracked | undefined {
    if (kind === "i") return this.instances.get(id);
    if (kind === "t") return this.tasks.get(id);
    if (kind === "f") return this.taskDefinitions.get(id);
    return kind === "d" ? this.daemons.get(id) : this.placements.get(id);
  }

  #put(kind: EntityKind, id: string, entity: Tracked | undefined): void {
    if (kind === "t")
      this.#taskIndex.move(id, this.tasks.get(id), entity?.kind === "task" ? entity : undefined);
    if (kind === "i") {
      this.#count(this.instances.get(id), -1);
      this.#count(entity?.kind === "containerInstance" ? entity : undefined, 1);
    }
    if (kind === "p") this.#indexPlacement(id, entity?.kind === "placement" ? entity : undefined);
    if (entity === undefined) {
      if (kind === "i" && this.instances.delete(id)) this.#instanceIds.delete(id);
      if (kind === "t" && this.tasks.delete(id)) this.#taskIds.delete(id);
      if (kind === "d") this.daemons.delete(id);
      if (kind === "p") this.placements.delete(id);
      if (kind === "f") this.taskDefinitions.delete(id);
      return;
    }
    switch (entity.kind) {
      case "containerInstance":
        if (!this.instances.has(id)) this.#instanceIds.add(id);
        this.instances.set(id, entity);
        return;
      case "task":
        if (!this.tasks.has(id)) this.#taskIds.add(id);
        this.tasks.set(id, entity);
        return;
      case "daemon":
        this.daemons.set(id, entity);
        return;
      case "placement":
        this.placements.set(id, entity);
        return;
      case "taskDefinition":
        this.taskDefinitions.set(id, entity);
    }
  }

  #indexPlacement(key: string, placement: Placement | undefined): void {
    const daemon = daemonOfKey(key);
    const known = this.#placementsByDaemon.get(daemon) ?? new Map<string, Placement>();
    if (placement) known.set(key, placement);
    else known.delete(key);
    if (known.size > 0) this.#placementsByDaemon.set(daemon, known);
    else this.#placementsByDaemon.delete(daemon);
  }

  #count(instance: ContainerInstance | undefined, by: 1 | -1): void {
    if (!instance || isInactive(instance)) return;
    this.#counts.total += by;
    if (instance.status === "ACTIVE") this.#counts.active += by;
    if (instance.status === "DRAINING") this.#counts.draining += by;
    if (!instance.agentConnected) this.#counts.agentDisconnected += by;
  }
}
