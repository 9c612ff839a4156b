// Starts and stops tasks so that a key never has two: each start is written down under the lease before it is made, ECS
// is asked for the key's tasks before anything is started, and what has no answer is looked for until it has one. In
// the order of the daemons' own starts (scheduler/protocol.ts). Decides nothing but whether a start may be made.
import { doubtMs, unseenStartMs } from "../daemon/judge.ts";
import { arnId, formatClusterArn, parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn, ContainerInstanceArn, TaskArn } from "../ecs/arn.ts";
import { CallWithheld } from "../ecs/ecs-api.ts";
import type { MayCall } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Tag, Task } from "../ecs/task.ts";
import { whileHeld } from "../scheduler/lease.ts";
import { actUnderIntent, Deposed, faultOf, tasksStartedBy } from "../scheduler/protocol.ts";
import { Intents, startOf } from "./intents.ts";
import type { Loaded } from "./intents.ts";
import type { Kit } from "./kit.ts";
import {
  afterAsking,
  beforeAsking,
  foundStart,
  isAwaited,
  keyOfStart,
  settled,
  settledFault,
  startId,
  stopId,
} from "./launch-record.ts";
import type { StartRecord, Wait } from "./launch-record.ts";
import type { Lease } from "./lease.ts";
import { checkKey, groupOf, keyOfTask, markOf } from "./mark.ts";
import type { Marked } from "./mark.ts";
import { OldStarts, unlessClusterIsGone } from "./old-starts.ts";

export interface StartRequest {
  /** What the task is for. Up to 128 letters, digits and `_./-`: there is never a second live task of one key, in whatever cluster. */
  readonly key: string;
  /** ARN. That of the container instance unless given. */
  readonly cluster?: ClusterArn | undefined;
  /** ARN, `family:revision` or family. */
  readonly taskDefinition: string;
  /** By StartTask, on this one. Without it by RunTask, and ECS chooses among the instances of the cluster. */
  readonly containerInstance?: ContainerInstanceArn | undefined;
  /** For RunTask: an expression of the cluster query language that the instance must fulfil. */
  readonly memberOf?: string | undefined;
  /** Of ECS Anywhere, which RunTask passes over unless it is asked for EXTERNAL. */
  readonly launchType?: "EC2" | "EXTERNAL" | undefined;
  /** As ECS takes them. */
  readonly overrides?: object | undefined;
  readonly networkConfiguration?: object | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

/**
 * started: ECS started this task now. running: the key has a live task already, it may be on its way or on its way out,
 * and in the cluster that it was started in last.
 * refused: ECS started nothing. waiting: nothing was asked for, it is too early after what went before. unknown: the
 * answer of a start is missing, or of the cluster that the key was started in last, and ECS is asked for its task before
 * anything else. `again`: when to call again, ms.
 */
export type StartOutcome =
  | {
      readonly outcome: "started" | "running";
      readonly task: TaskArn;
      readonly reason?: undefined;
      readonly again?: undefined;
    }
  | {
      readonly outcome: "refused" | "waiting" | "unknown";
      readonly task?: undefined;
      readonly reason: string;
      readonly again: number;
    };

/** A start that has no task yet, as far as is known. */
export interface PendingStart {
  readonly key: string;
  readonly outcome: "refused" | "unknown";
  readonly reason: string;
  readonly containerInstance: ContainerInstanceArn | undefined;
  /** When it was asked for, ms. */
  readonly since: number;
}

/** Everything throws {@link Deposed} while the lease is not held; nothing is called then. */
export interface Launcher {
  /** Starts the task of a key, unless it has one. Throws what ECS or Redis throw, too: call it again later. */
  start(request: StartRequest): Promise<StartOutcome>;
  /**
   * Stops a task; `reason` is told in its stoppedReason. Not asked for again for 30 s. missing: ECS does not know it.
   * Throws what ECS or Redis throw.
   */
  stop(task: TaskArn, reason: string): Promise<"stopping" | "missing">;
  /** Whether a stop of this task was asked for within 30 s: count it as gone, though it may seem to run still. */
  isStopping(task: TaskArn): boolean;
  /** The key that a task was started for, from what informers tell of it; undefined for a task of somebody else. */
  keyOf(task: Marked): string | undefined;
  /** Of these tasks those that this scheduler started, with their keys, but for those that it is stopping. */
  own<Known extends Marked & { readonly arn: TaskArn }>(
    tasks: Iterable<Known>,
  ): { readonly key: string; readonly task: Known }[];
  /** Starts that ECS refused, or whose outcome is not known. */
  pending(): readonly PendingStart[];
}

/** Starts and stops tasks under the lease. */
export function createLauncher(options: { readonly kit: Kit; readonly lease: Lease }): Launcher {
  return new TaskLauncher(options.kit, options.lease);
}

class TaskLauncher implements Launcher {
  readonly #kit: Kit;
  readonly #lease: Lease;
  readonly #intents: Intents;
  readonly #oldStarts: OldStarts;
  /** The last start of each key that is under way: one after the other. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(kit: Kit, lease: Lease) {
    this.#kit = kit;
    this.#lease = lease;
    this.#intents = new Intents(kit, lease);
    this.#oldStarts = new OldStarts(kit);
  }

  async start(request: StartRequest): Promise<StartOutcome> {
    const { key } = request;
    checkKey(key);
    const placed = { ...request, cluster: request.cluster ?? clusterOf(request.containerInstance) };
    const before = this.#underWay.get(key);
    const starting = (before ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#startAlone(placed));
    this.#underWay.set(key, starting);
    try {
      return await starting;
    } finally {
      if (this.#underWay.get(key) === starting) this.#underWay.delete(key);
    }
  }

  async #startAlone(request: PlacedRequest): Promise<StartOutcome> {
    const { clock } = this.#kit;
    const loaded = await this.#intents.load();
    const record = startOf(loaded, request.key);
    const early = beforeAsking(record, loaded.restartedAt, clock.now());
    if (early) return this.#answer(early);
    // One start is remembered of a key, so a task elsewhere must be over before there is another one here.
    const former = record && record.cluster !== request.cluster ? record : undefined;
    const left = former && (await this.#leave(loaded, request.key, former));
    if (left && "outcome" in left) return left;
    const here = former ? undefined : record;
    const tasks = await this.#tasksOf(request, here);
    const may = afterAsking(here, tasks, clock.now());
    if (may.kind === "there") return this.#isThere(loaded, request, here, may.task);
    if (may.kind === "wait") return this.#answer(may);
    const isRepeatable = request.containerInstance === undefined;
    const asked: StartRecord = {
      state: "ASKED",
      cluster: request.cluster,
      launchId: (isRepeatable ? may.repeats : undefined) ?? this.#kit.random.hex(8),
      requestedAt: clock.now(),
      attempts: left?.attempts ?? may.attempts,
      containerInstance: request.containerInstance,
      earlier: tasks.map(({ arn }) => arnId(arn)),
    };
    const outcome = await this.#launch(loaded, request, asked);
    // Of no consequence to this start, whatever comes of it.
    await this.#oldStarts.look(loaded).catch(() => undefined);
    return outcome;
  }

  /** Whether a key may go to another cluster than that of its last start: what stands there instead, if it may not. */
  async #leave(
    loaded: Loaded,
    key: string,
    record: StartRecord,
  ): Promise<StartOutcome | Pick<StartRecord, "attempts">> {
    const { clock } = this.#kit;
    const { cluster } = record;
    let tasks: readonly Task[];
    try {
      tasks = await unlessClusterIsGone(() => this.#tasksOf({ key, cluster }, record));
    } catch (error) {
      const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const reason = `its last start was in ${cluster}, which cannot be asked: ${said}`;
      return { outcome: "unknown", reason, again: doubtMs };
    }
    const may = afterAsking(record, tasks, clock.now());
    if (may.kind === "there") return this.#isThere(loaded, { key, cluster }, record, may.task);
    return may.kind === "wait" ? this.#answer(may) : may;
  }

  async #isThere(
    loaded: Loaded,
    { key, cluster }: Place,
    record: StartRecord | undefined,
    { arn }: Task,
  ): Promise<StartOutcome> {
    if (record?.task !== arn) {
      const known = record ?? foundStart(cluster, this.#kit.clock.now());
      await this.#intents.write(loaded, startId(key), { ...known, state: "STARTED", task: arn });
    }
    return { outcome: "running", task: arn };
  }

  #answer({ outcome, reason, until }: Wait): StartOutcome {
    return { outcome, reason, again: Math.max(0, until - this.#kit.clock.now()) };
  }

  /** What ECS has of a key; of a start that it named a moment ago, that task is enough. */
  async #tasksOf(
    { key, cluster }: Place,
    record: StartRecord | undefined,
  ): Promise<readonly Task[]> {
    const { ecs } = this.#kit.ecsOf(cluster);
    const task = record?.task;
    const isYoung = record && this.#kit.clock.now() - record.requestedAt < unseenStartMs;
    if (task !== undefined && isYoung) {
      const { entities } = await ecs.describeTasks(cluster, [task]);
      if (entities.some((each) => !isStopped(each))) return entities;
    }
    const known = task === undefined ? [] : [task];
    return tasksStartedBy(ecs, cluster, markOf(this.#kit.name, key), known);
  }

  async #launch(loaded: Loaded, request: PlacedRequest, asked: StartRecord): Promise<StartOutcome> {
    const { clock } = this.#kit;
    const { writeBudget } = this.#kit.ecsOf(request.cluster);
    const id = startId(request.key);
    let intent = asked;
    let record = asked;
    const outcome = await actUnderIntent({
      budget: writeBudget,
      check: () => this.#intents.check(loaded),
      held: this.#lease.held,
      intend: async () => {
        intent = { ...asked, requestedAt: clock.now() };
        await this.#intents.write(loaded, id, intent);
        return true;
      },
      act: async (mayCall) => {
        record = await this.#call(request, intent, mayCall);
        await this.#intents.write(loaded, id, record);
      },
    });
    const again = (at: number) => Math.max(0, at - clock.now());
    if (typeof outcome === "string") {
      const { task, reason = "", notBefore = clock.now() } = record;
      if (record.state === "STARTED" && task !== undefined) return { outcome: "started", task };
      return { outcome: "refused", reason, again: again(notBefore) };
    }
    if (outcome.fault === "throttled") writeBudget.throttled();
    const failed = settledFault(intent, outcome, clock.now());
    const reason = `${outcome.name}: ${outcome.message}`;
    if (failed === undefined)
      return { outcome: "unknown", reason, again: again(intent.requestedAt + doubtMs) };
    await this.#intents.write(loaded, id, failed);
    return { outcome: "refused", reason, again: again(failed.notBefore ?? clock.now()) };
  }

  async #call(request: PlacedRequest, asked: StartRecord, mayCall: MayCall): Promise<StartRecord> {
    const { clock, name } = this.#kit;
    const { key, cluster, taskDefinition, containerInstance, tags = [] } = request;
    const { ecs } = this.#kit.ecsOf(cluster);
    const json = (value: object | undefined) => (value === undefined ? "" : JSON.stringify(value));
    const common = {
      cluster,
      taskDefinition,
      startedBy: markOf(name, key),
      group: groupOf(name, key),
      overrides: json(request.overrides),
      networkConfiguration: json(request.networkConfiguration),
      tags,
    };
    const answer =
      containerInstance === undefined
        ? await ecs.runTask(
            {
              ...common,
              clientToken: [...common.startedBy.split("/"), asked.launchId].join("-"),
              count: 1,
              memberOf: request.memberOf ?? "",
              launchType: request.launchType ?? "EC2",
            },
            mayCall,
          )
        : await ecs.startTask({ ...common, containerInstances: [containerInstance] }, mayCall);
    return settled(asked, answer, clock.now());
  }

  async stop(task: TaskArn, reason: string): Promise<"stopping" | "missing"> {
    const cluster = clusterOf(task);
    const { ecs, writeBudget } = this.#kit.ecsOf(cluster);
    const loaded = await this.#intents.load();
    if (this.isStopping(task)) return "stopping";
    await writeBudget.take();
    this.#intents.check(loaded);
    await this.#intents.write(loaded, stopId(task), { at: this.#kit.clock.now() });
    this.#intents.check(loaded);
    try {
      const why = `scheduler ${this.#kit.name}: ${reason}`;
      return await ecs.stopTask(cluster, task, why, whileHeld(this.#lease.held));
    } catch (error) {
      if (error instanceof CallWithheld) throw new Deposed(error.message);
      const fault = error instanceof Error ? faultOf(error) : "unknown";
      if (fault === "throttled") writeBudget.throttled();
      // Surely not done: it counts as running, and may be asked for again.
      if (fault !== "unknown") await this.#intents.write(loaded, stopId(task), undefined);
      throw error;
    }
  }

  isStopping(task: TaskArn): boolean {
    const record = this.#intents.known.get(stopId(task));
    return record !== undefined && "at" in record && isAwaited(record, this.#kit.clock.now());
  }

  keyOf(task: Marked): string | undefined {
    return keyOfTask(this.#kit.name, task);
  }

  own<Known extends Marked & { readonly arn: TaskArn }>(
    tasks: Iterable<Known>,
  ): { readonly key: string; readonly task: Known }[] {
    return [...tasks].flatMap((task) => {
      const key = this.keyOf(task);
      return key === undefined || this.isStopping(task.arn) ? [] : [{ key, task }];
    });
  }

  pending(): readonly PendingStart[] {
    return [...this.#intents.known].flatMap(([id, record]): PendingStart[] => {
      const key = keyOfStart(id);
      if (key === undefined || "at" in record || record.state === "STARTED") return [];
      const { containerInstance, requestedAt: since, reason = "its answer is missing" } = record;
      const outcome = record.state === "FAILED" ? "refused" : "unknown";
      return [{ key, outcome, reason, containerInstance, since }];
    });
  }
}

type PlacedRequest = StartRequest & { readonly cluster: ClusterArn };

/** Where a key's tasks are looked for. */
type Place = Pick<PlacedRequest, "key" | "cluster">;

/** Throws a TypeError where the ARN does not name it. */
function clusterOf(resource: ContainerInstanceArn | TaskArn = ""): ClusterArn {
  const arn = parseEcsArn(resource);
  if (arn?.cluster !== undefined) return formatClusterArn(arn, arn.cluster);
  throw new TypeError(`"${resource}" is no ARN of a task or a container instance with its cluster`);
}
