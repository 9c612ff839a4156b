// The endpoints of a cluster's tasks, kept beside its view: by task, and what each change does to them. Costs nothing
// until somebody asks for endpoints. No I/O.
import { arnId } from "../ecs/arn.ts";
import { endpointKey, endpointsOf } from "../ecs/endpoint.ts";
import type { Endpoint } from "../ecs/endpoint.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { TaskDefinition } from "../ecs/task-definition.ts";
import type { Task } from "../ecs/task.ts";
import type { Change } from "./change.ts";
import { atOnce } from "./steps.ts";
import type { Steps } from "./steps.ts";

/** One endpoint before and after a change that altered it, brought it or took it away. */
export interface EndpointStep {
  readonly before: Endpoint | undefined;
  readonly after: Endpoint | undefined;
}

/** What endpoints are made of, at one moment. */
export interface EndpointSource {
  task(id: string): Task | undefined;
  instance(id: string): ContainerInstance | undefined;
  definition(id: string): TaskDefinition | undefined;
  /** Ids of the tasks on a container instance. */
  tasksOn(instanceId: string): Iterable<string>;
}

const none: readonly Endpoint[] = [];

/** The endpoints of a task at that moment. */
export function endpointsAt(
  task: Task | undefined,
  source: Pick<EndpointSource, "instance" | "definition">,
): readonly Endpoint[] {
  if (!task || task.lastStatus !== "RUNNING") return none;
  const { containerInstanceArn, taskDefinitionArn } = task;
  const instance = containerInstanceArn ? source.instance(arnId(containerInstanceArn)) : undefined;
  return endpointsOf(task, instance, source.definition(arnId(taskDefinitionArn)));
}

/** What one task's endpoints have come to: those that went, then those that came or changed. */
function compare(before: readonly Endpoint[], after: readonly Endpoint[]): EndpointStep[] {
  if (before.length === 0) return after.map((each) => ({ before: undefined, after: each }));
  const was = new Map(before.map((each) => [endpointKey(each), each]));
  const is = new Set(after.map(endpointKey));
  const gone = before.filter((each) => !is.has(endpointKey(each)));
  const there = after.flatMap((each): EndpointStep[] => {
    const old = was.get(endpointKey(each));
    return old && isSame(old, each) ? [] : [{ before: old, after: each }];
  });
  return [...gone.map((each) => ({ before: each, after: undefined })), ...there];
}

const isSame = (a: Endpoint, b: Endpoint): boolean =>
  a.host === b.host && a.healthy === b.healthy && a.availabilityZone === b.availabilityZone;

/** Tasks whose endpoints are worked out in one step. */
const stepSize = 1024;

const noTasks: ReadonlySet<string> = new Set();

export class EndpointIndex {
  readonly #source: EndpointSource;
  readonly #byTask = new Map<string, readonly Endpoint[]>();
  readonly #tasksByDefinition = new Map<string, Set<string>>();
  #isActive = false;
  #size = 0;

  constructor(source: EndpointSource) {
    this.#source = source;
  }

  /** Whether changes are looked at. */
  get isActive(): boolean {
    return this.#isActive;
  }

  /** Endpoints in all. */
  get size(): number {
    return this.#size;
  }

  /**
   * Begins to keep the endpoints of these tasks, which are all of the cluster's. Idempotent. Nothing may change
   * between the steps.
   */
  *activation(tasks: Iterable<readonly [id: string, task: Task]>): Steps {
    if (this.#isActive) return;
    this.#isActive = true;
    let done = 0;
    for (const [id, task] of tasks) {
      this.#refresh(id, undefined, task);
      if (++done % stepSize === 0) yield;
    }
  }

  /** The endpoints of a task, in the order of their keys. */
  of(taskId: string): readonly Endpoint[] {
    return this.#byTask.get(taskId) ?? none;
  }

  /** Every endpoint, in no order. */
  *values(): Generator<Endpoint> {
    for (const endpoints of this.#byTask.values()) yield* endpoints;
  }

  /** Tasks of a task definition. */
  using(definitionId: string): ReadonlySet<string> {
    return this.#tasksByDefinition.get(definitionId) ?? noTasks;
  }

  /** Takes a change in, once the source has; returns what it did to endpoints. Call it for every change, in order. */
  apply(change: Change): readonly EndpointStep[] {
    if (!this.#isActive) return [];
    const { id, before, after } = change;
    if (change.kind === "t") return this.#refresh(id, asTask(before), asTask(after));
    // In one order wherever it is worked out: a subscriber may be cut off in the middle and resume elsewhere.
    return [...this.#touched(change)].toSorted().flatMap((taskId) => {
      const task = this.#source.task(taskId);
      return this.#refresh(taskId, task, task);
    });
  }

  /** Tasks that a change of something else may concern: an instance's address, a definition's ports. */
  #touched({ kind, id, before, after }: Change): Iterable<string> {
    if (kind === "f") return this.using(id);
    if (kind !== "i") return noTasks;
    const same = asInstance(before)?.privateIpAddress === asInstance(after)?.privateIpAddress;
    return same ? noTasks : this.#source.tasksOn(id);
  }

  #refresh(id: string, was: Task | undefined, is: Task | undefined): readonly EndpointStep[] {
    this.#indexDefinition(id, was, is);
    const before = this.of(id);
    const after = endpointsAt(is, this.#source);
    if (before.length === 0 && after.length === 0) return [];
    this.#size += after.length - before.length;
    if (after.length > 0) this.#byTask.set(id, after);
    else this.#byTask.delete(id);
    return compare(before, after);
  }

  #indexDefinition(id: string, was: Task | undefined, is: Task | undefined): void {
    const from = was && arnId(was.taskDefinitionArn);
    const to = is && arnId(is.taskDefinitionArn);
    if (from !== undefined && from !== to) {
      const tasks = this.#tasksByDefinition.get(from);
      tasks?.delete(id);
      if (tasks?.size === 0) this.#tasksByDefinition.delete(from);
    }
    if (to === undefined) return;
    const tasks = this.#tasksByDefinition.get(to);
    if (tasks) tasks.add(id);
    else this.#tasksByDefinition.set(to, new Set([id]));
  }
}

const asTask = (entity: Change["after"]) => (entity?.kind === "task" ? entity : undefined);
const asInstance = (entity: Change["after"]) =>
  entity?.kind === "containerInstance" ? entity : undefined;
const asDefinition = (entity: Change["after"]) =>
  entity?.kind === "taskDefinition" ? entity : undefined;

/** The state as it was before a run of changes, and after each of them: what they did not touch is as it is now. */
class Past implements EndpointSource {
  readonly #now: EndpointSource;
  readonly #touched = new Map<string, Change["before"]>();
  readonly #touchedTasks = new Set<string>();

  constructor(changes: readonly Change[], now: EndpointSource) {
    this.#now = now;
    for (const { kind, id, before } of changes) {
      const key = `${kind} ${id}`;
      if (!this.#touched.has(key)) this.#touched.set(key, before);
      if (kind === "t") this.#touchedTasks.add(id);
    }
  }

  step({ kind, id, after }: Change): void {
    this.#touched.set(`${kind} ${id}`, after);
  }

  task(id: string): Task | undefined {
    const key = `t ${id}`;
    return this.#touched.has(key) ? asTask(this.#touched.get(key)) : this.#now.task(id);
  }

  instance(id: string): ContainerInstance | undefined {
    const key = `i ${id}`;
    return this.#touched.has(key) ? asInstance(this.#touched.get(key)) : this.#now.instance(id);
  }

  definition(id: string): TaskDefinition | undefined {
    const key = `f ${id}`;
    return this.#touched.has(key) ? asDefinition(this.#touched.get(key)) : this.#now.definition(id);
  }

  tasksOn(instanceId: string): Iterable<string> {
    const candidates = new Set([...this.#now.tasksOn(instanceId), ...this.#touchedTasks]);
    return [...candidates].filter(
      (id) => arnId(this.task(id)?.containerInstanceArn ?? "") === instanceId,
    );
  }
}

/**
 * What each of a run of changes did to endpoints, when nobody looked as they happened. `changes` are all changes from
 * some position up to where `source` is now, in order; `index` is the active one of now.
 */
export function rewindEndpoints(
  changes: readonly Change[],
  source: EndpointSource,
  index: EndpointIndex,
): readonly (readonly EndpointStep[])[] {
  const past = new Past(changes, source);
  const concerned = new Set(
    changes.flatMap(({ kind, id }) =>
      kind === "t" ? [id] : kind === "i" ? [...source.tasksOn(id)] : [...index.using(id)],
    ),
  );
  const rewound = new EndpointIndex(past);
  const tasks = [...concerned].flatMap((id) => {
    const task = past.task(id);
    return task ? [[id, task] as const] : [];
  });
  atOnce(rewound.activation(tasks));
  return changes.map((change) => {
    past.step(change);
    return rewound.apply(change);
  });
}
