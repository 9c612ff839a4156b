// A toy fleet for property tests of the planner: instances, tasks and what is seen of them, moved by random faults and
// by the plans that are carried out on it with the scheduler's own pure parts. It checks, independently of the planner,
// what must hold at every step. Nothing waits and nothing is random but what the seed says.
import { currentRevision, stableRevision } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { settleRevision, takeBack, updateDaemon } from "../daemon/edit.ts";
import { tasksByInstance } from "../daemon/judge.ts";
import { hereOf } from "../daemon/plan.ts";
import type { Plan, PlanInput } from "../daemon/plan.ts";
import { templateOfTask } from "../daemon/ownership.ts";
import type { Placement } from "../daemon/placement.ts";
import { arnId } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { isStopped, isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import type { Random } from "../random.ts";
import { foundLate, notFound, planLaunches, settle } from "../scheduler/launch.ts";
import { anInstance, aTask } from "./entities.ts";

export interface ModelOptions {
  readonly daemon: Daemon;
  readonly instances: number;
  readonly random: Random;
  readonly planner: (input: PlanInput) => Plan;
  /** Templates whose tasks die a few seconds after their start. */
  readonly isBad?: (template: string) => boolean;
  /** Whether two tasks do not fit on one instance, as with a fixed host port. */
  readonly isExclusive?: boolean;
}

/** A step of the model, ms. */
const stepMs = 1000;
const startMs = 1_700_000_100_000;

export class FleetModel {
  daemon: Daemon;
  now = startMs;
  readonly instances = new Map<string, ContainerInstance>();
  /** What is true in ECS, by ARN. */
  readonly tasks = new Map<string, Task>();
  /** What the view has of it. */
  seen: Task[] = [];
  readonly placements = new Map<string, Placement>();
  /** What went wrong, in words; empty when all is well. */
  readonly broken: string[] = [];
  /** How often each kind of thing happened: a test that saw nothing proves nothing. */
  readonly happened = new Map<string, number>();
  readonly #options: ModelOptions;
  readonly #asked = new Set<string>();
  /** Instances whose task was stopped for a new one that is not there yet. */
  readonly #emptied = new Set<string>();
  #instanceCount = 0;
  #launches = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.daemon = options.daemon;
    for (let count = 0; count < options.instances; count++) this.#join();
  }

  #note(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
  }

  #join(): void {
    const id = `i${String(this.#instanceCount++).padStart(3, "0")}`;
    this.instances.set(id, anInstance(id));
    this.#note("join");
  }

  #change(id: string, rest: Partial<ContainerInstance>): void {
    const instance = this.instances.get(id);
    if (!instance) return;
    const version = String(Number(instance.version) + 1);
    this.instances.set(id, { ...instance, ...rest, version });
  }

  /** One random thing that may happen to a fleet. */
  disturb(): void {
    const { random } = this.#options;
    const ids = [...this.instances.keys()];
    const id = ids.length > 0 ? random.pick(ids) : undefined;
    const what = random.pick(["join", "leave", "drain", "agent", "kill", "update", "nothing"]);
    if (what === "join" && ids.length < 30) this.#join();
    if (id === undefined) return;
    if (what === "leave" && ids.length > 5) {
      this.instances.delete(id);
      for (const task of this.tasks.values())
        if (arnId(task.containerInstanceArn ?? "") === id) this.#end(task);
    }
    if (what === "drain") {
      const draining = this.instances.get(id)?.status === "DRAINING";
      this.#change(id, { status: draining ? "ACTIVE" : "DRAINING" });
    }
    if (what === "agent")
      this.#change(id, { agentConnected: !this.instances.get(id)?.agentConnected });
    const live = [...this.tasks.values()].filter((task) => !isStopping(task));
    if (what === "kill" && live.length > 0) this.#end(random.pick(live));
    if (what === "update") this.update(`lamp:${random.int(3, 6)}`);
    this.#note(what);
  }

  /** Health checks of a running task begin to fail, or come right again. */
  sicken(): void {
    const running = [...this.tasks.values()].filter(({ lastStatus }) => lastStatus === "RUNNING");
    if (running.length === 0) return;
    const task = this.#options.random.pick(running);
    const healthStatus = task.healthStatus === "UNHEALTHY" ? "HEALTHY" : "UNHEALTHY";
    this.tasks.set(task.arn, { ...task, healthStatus });
    this.#note(healthStatus);
  }

  update(taskDefinition: string): void {
    const edited = updateDaemon(this.daemon, { taskDefinition }, undefined, this.now);
    if (!edited.ok) throw new Error(edited.message);
    this.daemon = edited.daemon;
  }

  /** Ends all trouble: every instance ACTIVE and connected, every task HEALTHY. */
  heal(): void {
    for (const task of this.tasks.values())
      if (task.healthStatus === "UNHEALTHY")
        this.tasks.set(task.arn, { ...task, healthStatus: "HEALTHY" });
    for (const id of this.instances.keys())
      this.#change(id, { status: "ACTIVE", agentConnected: true });
    this.see();
  }

  see(): void {
    this.seen = [...this.tasks.values()];
  }

  #end(task: Task, stopCode = "EssentialContainerExited"): void {
    this.tasks.set(task.arn, {
      ...task,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode,
      stoppingAt: this.now,
      stoppedAt: this.now,
    });
    // What it held is free again: another instance, as ECS counts.
    this.#change(arnId(task.containerInstanceArn ?? ""), {});
  }

  /** Tasks come up, go down, and fail where their template is bad. */
  #live(): void {
    const { isBad = () => false, random } = this.#options;
    for (const task of this.tasks.values()) {
      if (task.lastStatus === "PENDING" && random.chance(0.7))
        this.tasks.set(task.arn, { ...task, lastStatus: "RUNNING", startedAt: this.now });
      if (task.lastStatus === "RUNNING" && task.desiredStatus === "STOPPED" && random.chance(0.7))
        this.#end(task, "UserInitiated");
      const age = this.now - (task.startedAt ?? this.now);
      if (task.lastStatus === "RUNNING" && age > 1000 && isBad(templateOfTask(task) ?? ""))
        this.#end(task);
    }
  }

  /** Time passes, the view may or may not catch up, and a plan is made and carried out. */
  step(sees = true, loses = false): Plan {
    this.now += stepMs;
    this.#live();
    if (sees) this.see();
    const input = this.#input();
    const plan = this.#options.planner(input);
    this.#checkVerdicts(plan);
    this.#lookUp(input);
    this.#stop(plan);
    this.#start(plan, input, loses);
    if (plan.takeBack !== undefined) {
      this.daemon = takeBack(this.daemon, plan.takeBack, this.now);
      this.#note("take back");
    } else if (plan.settles) this.daemon = settleRevision(this.daemon);
    for (const id of this.placements.keys())
      if (!this.instances.has(id)) this.placements.delete(id);
    return plan;
  }

  #input(): PlanInput {
    const there = tasksByInstance(this.seen);
    return {
      daemon: this.daemon,
      instances: [...this.instances.values()],
      tasksOn: (id) => there.get(id) ?? [],
      placements: new Map(this.placements),
      selects: () => true,
      holdsDrain: () => undefined,
      essentialOf: () => undefined,
      now: this.now,
    };
  }

  #checkVerdicts({ verdicts }: Plan): void {
    const judged = verdicts.map(({ containerInstance }) => arnId(containerInstance.arn));
    if (new Set(judged).size !== judged.length || judged.length !== this.instances.size)
      this.broken.push(`${judged.length} verdicts on ${this.instances.size} instances`);
    if (verdicts.some(({ reason }) => reason === ""))
      this.broken.push("a verdict without a reason");
  }

  #lookUp({ tasksOn }: PlanInput): void {
    for (const [id, placement] of this.placements) {
      if (placement.state !== "STARTING" || this.now - placement.requestedAt < 10_000) continue;
      if (tasksOn(id).some(({ startedBy }) => startedBy?.endsWith(placement.launchId))) continue;
      const found = [...this.tasks.values()].find(
        (task) =>
          task.startedBy?.endsWith(placement.launchId) &&
          arnId(task.containerInstanceArn ?? "") === id,
      );
      const settled = found
        ? foundLate(placement, found.arn, this.now)
        : notFound(placement, this.now);
      this.placements.set(id, settled);
      this.#note("look up");
    }
  }

  #stop(plan: Plan): void {
    const before = this.#healthySeen();
    let isReplacing = false;
    for (const { stop, containerInstance, desired, why } of plan.verdicts)
      for (const task of stop) {
        const id = arnId(containerInstance.arn);
        const placement = this.placements.get(id);
        if (placement)
          this.placements.set(id, { ...placement, stop: { taskArn: task.arn, at: this.now } });
        this.#asked.add(task.arn);
        if (desired && why !== "surplus") {
          isReplacing = true;
          if (!this.#keepsOne(id)) this.#emptied.add(id);
        }
        const real = this.tasks.get(task.arn);
        if (real && !isStopping(real))
          this.tasks.set(task.arn, { ...real, desiredStatus: "STOPPED", stoppingAt: this.now });
        this.#note("stop");
      }
    if (!isReplacing) return;
    const after = this.#healthySeen();
    const { minHealthyPercent, method } = this.daemon.rollout;
    const share = (before.size * minHealthyPercent) / 100;
    const needed =
      method === "REPLACE_THEN_TERMINATE" && minHealthyPercent === 100
        ? share
        : Math.min(share, before.size - 1);
    if (after.healthy < Math.min(needed, before.healthy))
      this.broken.push(
        `stops leave ${after.healthy} healthy of ${before.size}; ${needed} must stay so`,
      );
  }

  /** Whether a task is there that was not asked to stop, as far as is seen. */
  #keepsOne(id: string): boolean {
    return this.seen.some(
      (task) =>
        arnId(task.containerInstanceArn ?? "") === id &&
        !isStopping(task) &&
        !this.#asked.has(task.arn),
    );
  }

  /** Instances that should and can have a task, and those whose task runs as far as is seen and asked for. */
  #healthySeen(): { readonly size: number; readonly healthy: number; readonly able: number } {
    /** No room, or three tasks in a row that ended by themselves: it holds nothing up. */
    const isOut = (id: string) => {
      const placement = this.placements.get(id);
      if (!placement) return false;
      const { cause, state, attempts, templateAttempts = attempts } = placement;
      const isRefused = cause === "RESOURCE" || cause === "AGENT";
      if (isRefused) return state === "FAILED" && !this.#emptied.has(id);
      return templateAttempts >= 3;
    };
    const able = [...this.instances].flatMap(([id, instance]) =>
      instance.status === "ACTIVE" && (instance.agentConnected || this.#emptied.has(id))
        ? [{ arn: instance.arn, isOut: isOut(id) }]
        : [],
    );
    const running = new Set(
      this.seen
        .filter(
          (task) =>
            task.lastStatus === "RUNNING" &&
            task.healthStatus !== "UNHEALTHY" &&
            !isStopping(task) &&
            !this.#asked.has(task.arn),
        )
        .map(({ containerInstanceArn }) => containerInstanceArn),
    );
    const healthy = able.filter(({ arn }) => running.has(arn)).length;
    const size = able.filter((each) => running.has(each.arn) || !each.isOut).length;
    return { size, healthy, able: able.length };
  }

  #start(plan: Plan, input: PlanInput, loses: boolean): void {
    const starts = plan.verdicts
      .filter(({ action }) => action === "start")
      .map((verdict) => ({ verdict, here: hereOf(input, verdict.containerInstance) }));
    const doublesBefore = this.#doubles();
    const newId = () => String(this.#launches++).padStart(8, "0");
    for (const launch of planLaunches(this.daemon, starts, newId, this.now)) {
      for (const intent of launch.intents)
        this.placements.set(intent.containerInstanceId, {
          ...intent,
          // The model keeps what a stop just wrote.
          stop: this.placements.get(intent.containerInstanceId)?.stop ?? intent.stop,
        });
      const arrives = !loses || this.#options.random.chance(0.5);
      const entities = launch.intents.flatMap(({ containerInstanceId: id }) => {
        const instance = this.instances.get(id);
        if (!arrives || !instance?.agentConnected || this.#isFull(id)) return [];
        const task = aTask(`t${launch.launchId}-${id}`, id, {
          startedBy: launch.call.request.startedBy,
          group: launch.call.request.group,
          lastStatus: "PENDING",
          createdAt: this.now,
          startedAt: undefined,
        });
        this.tasks.set(task.arn, task);
        this.#emptied.delete(id);
        this.#note("start");
        return [task];
      });
      if (loses) continue;
      const failures = launch.instances
        .filter((arn) => !entities.some((task) => task.containerInstanceArn === arn))
        .map((arn) => {
          const reason = this.#isFull(arnId(arn)) ? "RESOURCE:PORTS" : "AGENT";
          this.#note(reason);
          return { arn, reason, detail: undefined };
        });
      for (const settled of settle(launch, { entities, failures }, this.now))
        this.placements.set(settled.containerInstanceId, {
          ...settled,
          stop: this.placements.get(settled.containerInstanceId)?.stop,
        });
    }
    if (starts.length > 0) this.#checkDoubles(doublesBefore);
  }

  #isFull(id: string): boolean {
    return (
      this.#options.isExclusive === true &&
      [...this.tasks.values()].some(
        (task) => !isStopped(task) && arnId(task.containerInstanceArn ?? "") === id,
      )
    );
  }

  #liveByInstance(): ReturnType<typeof tasksByInstance> {
    return tasksByInstance([...this.tasks.values()].filter((task) => !isStopped(task)));
  }

  /** How many instances have more than one task. */
  #doubles(): number {
    return [...this.#liveByInstance().values()].filter(({ length }) => length > 1).length;
  }

  /** Never two tasks on an instance, but for the surge of a rollout; and none is begun beyond what may be of that. */
  #checkDoubles(before: number): void {
    const surges = this.daemon.rollout.method === "REPLACE_THEN_TERMINATE";
    for (const [id, tasks] of this.#liveByInstance()) {
      const templates = new Set(tasks.map(templateOfTask));
      if (tasks.length > (surges ? templates.size : 1))
        this.broken.push(`${tasks.length} tasks on ${id}`);
    }
    // One that keeps failing may count: whether it is that one's fault is known to the planner alone.
    const { able } = this.#healthySeen();
    const most = Math.max(1, Math.floor((able * this.daemon.rollout.maxOverPercent) / 100));
    const extra = this.#doubles();
    // Instances that left the count since a surge began keep their second task.
    if (surges && extra > before && extra > most + this.#unable())
      this.broken.push(`${extra} instances with two tasks, ${most} may`);
  }

  #unable(): number {
    return [...this.instances.values()].filter(
      ({ status, agentConnected }) => status !== "ACTIVE" || !agentConnected,
    ).length;
  }

  /** What keeps the fleet from what it should be; undefined when it is there. */
  obstacle(): string | undefined {
    const wanted = new Set([
      currentRevision(this.daemon).template,
      // A revision that was taken back leaves what was there.
      ...(this.daemon.rolledBack ? [stableRevision(this.daemon).template] : []),
    ]);
    for (const [id, instance] of this.instances) {
      const live = [...this.tasks.values()].filter(
        (task) => !isStopped(task) && task.containerInstanceArn === instance.arn,
      );
      if (live.length !== 1) return `${live.length} tasks on ${id}`;
      const [task] = live;
      if (task?.lastStatus !== "RUNNING") return `a task that is ${task?.lastStatus} on ${id}`;
      if (!wanted.has(templateOfTask(task) ?? "")) return `an outdated task on ${id}`;
    }
    return undefined;
  }
}
