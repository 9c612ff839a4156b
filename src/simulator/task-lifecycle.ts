// The life of a task: launch, start, exit, stop. Moves one task at a time; where it runs is decided by the caller.
import { instanceChanged, taskChanged } from "./events.ts";
import { bindPorts, release } from "./resources.ts";
import { wakeService } from "./service-wake.ts";
import { indexTask, makeTask } from "./task-creation.ts";
import type { LaunchRequest } from "./task-creation.ts";
import { duration } from "./world.ts";
import type { Container, StopCode, Task, TaskStep, World } from "./world.ts";

/** Plans the only next step of a task; an earlier plan is void from now on. */
function plan(
  world: World,
  now: number,
  task: Task,
  step: TaskStep,
  range: readonly [number, number],
): void {
  task.plan += 1;
  world.due.add(now + duration(world, range), { kind: "task", task, step, plan: task.plan });
}

/** Creates the task, takes its resources and sends its first events; the caller has checked that it fits. */
export function launchTask(world: World, now: number, request: LaunchRequest): Task {
  const task = makeTask(world, now, request);
  indexTask(task);
  taskChanged(world, now, task);
  if (task.instance) {
    task.instance.pendingTasksCount += 1;
    instanceChanged(world, now, task.instance);
  }
  if (task.networkInterface) plan(world, now, task, "pending", world.timings.attachInterface);
  else plan(world, now, task, "activating", world.timings.pull);
  return task;
}

/** A task that has been running for long, with no events: for the fleet at the start. */
export function placeRunningTask(world: World, startedAt: number, request: LaunchRequest): Task {
  const task = makeTask(world, startedAt, request);
  indexTask(task);
  if (task.instance) task.instance.runningTasksCount += 1;
  if (task.networkInterface) task.networkInterface.status = "ATTACHED";
  begin(world, startedAt + 900, task, startedAt + 300);
  task.connectivityAt = startedAt + 200;
  task.startedAt = startedAt + 1400;
  task.updatedAt = task.startedAt;
  task.lastStatus = "RUNNING";
  task.version = task.networkInterface ? 4 : 3;
  planExits(world, task.startedAt, task);
  return task;
}

/** Images are there, containers run. */
function begin(world: World, now: number, task: Task, pullStartedAt: number): void {
  task.pullStartedAt = pullStartedAt;
  task.pullStoppedAt = now;
  bindPorts(task);
  for (const container of task.containers) {
    container.lastStatus = "RUNNING";
    const ecr =
      container.image.includes(".dkr.ecr.") || container.image.startsWith("public.ecr.aws");
    container.imageDigest = ecr ? `sha256:${world.random.hex(64)}` : undefined;
    container.runtimeId =
      task.launchType === "FARGATE"
        ? `${task.id}-${world.random.int(1_000_000_000, 4_000_000_000)}`
        : world.random.hex(64);
  }
}

function planExits(world: World, now: number, task: Task): void {
  task.plan += 1;
  const due = new Map<number, Container[]>();
  task.definition.containers.forEach(({ behaviour }, position) => {
    const container = task.containers[position];
    if (!container || behaviour.exitAfterMs === undefined) return;
    const at = now + behaviour.exitAfterMs;
    due.set(at, [...(due.get(at) ?? []), container]);
  });
  for (const [at, containers] of due)
    world.due.add(at, { kind: "task", task, step: "exit", plan: task.plan, containers });
}

function startFailureOf(world: World, task: Task): string | undefined {
  for (const { behaviour } of task.definition.containers)
    if (behaviour.startFailure !== undefined) return behaviour.startFailure;
  if (world.startFailureRatio > 0 && world.random.chance(world.startFailureRatio))
    return "CannotStartContainerError: Error response from daemon: OCI runtime create failed";
  return undefined;
}

function endContainers(task: Task, now: number, exitCode: number | undefined): void {
  for (const container of task.containers) {
    if (container.lastStatus === "RUNNING") container.exitCode = exitCode;
    container.lastStatus = "STOPPED";
  }
  task.executionStoppedAt ??= now;
}

function markStopping(task: Task, now: number, stopCode: StopCode, reason: string): void {
  task.desiredStatus = "STOPPED";
  task.stoppingAt = now;
  task.stopCode = stopCode;
  task.stoppedReason = reason;
}

function failToStart(world: World, now: number, task: Task, reason: string): void {
  markStopping(task, now, "TaskFailedToStart", reason);
  task.pullStartedAt = now;
  task.pullStoppedAt = now;
  endContainers(task, now, undefined);
  for (const container of task.containers) container.reason = reason;
  wakeService(world, now, task.service);
  task.lastStatus = "DEACTIVATING";
  taskChanged(world, now, task);
  planEnd(world, now, task);
}

function planEnd(world: World, now: number, task: Task): void {
  if (task.networkInterface) plan(world, now, task, "deprovisioning", world.timings.deactivate);
  else plan(world, now, task, "stopped", world.timings.deactivate);
}

/** The agent of the task's instance can hear and tell; Fargate has none to lose. */
function isReachable(task: Task): boolean {
  return task.instance === undefined || task.instance.agentConnected;
}

/** Asks a task to stop. A task that is stopping already is left as it is. */
export function stopTask(
  world: World,
  now: number,
  task: Task,
  stopCode: StopCode,
  reason: string,
): void {
  if (task.desiredStatus === "STOPPED") return;
  markStopping(task, now, stopCode, reason);
  wakeService(world, now, task.service);
  const started = task.lastStatus === "RUNNING" || task.lastStatus === "ACTIVATING";
  if (!started) {
    taskChanged(world, now, task);
    planEnd(world, now, task);
  } else if (isReachable(task)) {
    task.lastStatus = "DEACTIVATING";
    taskChanged(world, now, task);
    plan(world, now, task, "stopping", world.timings.deactivate);
  } else {
    taskChanged(world, now, task);
    plan(world, now, task, "deactivating", [0, 0]);
  }
}

/** Containers exit by themselves: a task whose essential container is among them stops. */
export function exitContainers(
  world: World,
  now: number,
  task: Task,
  containers: readonly Container[],
  exitCode?: number,
): void {
  for (const container of containers) {
    if (container.lastStatus === "STOPPED") continue;
    const definition = task.definition.containers[task.containers.indexOf(container)];
    container.lastStatus = "STOPPED";
    container.exitCode = exitCode ?? definition?.behaviour.exitCode ?? 0;
    if (container.exitCode === 137)
      container.reason = "OutOfMemoryError: Container killed due to memory usage";
  }
  if (!containers.some(({ essential }) => essential)) return taskChanged(world, now, task);
  markStopping(task, now, "EssentialContainerExited", "Essential container in task exited");
  endContainers(task, now, 137);
  wakeService(world, now, task.service);
  task.lastStatus = "DEACTIVATING";
  taskChanged(world, now, task);
  planEnd(world, now, task);
}

/** The end at once, whatever the task was doing: its machine is gone. */
export function killTask(world: World, now: number, task: Task, reason: string): void {
  if (task.lastStatus === "STOPPED") return;
  if (task.desiredStatus === "RUNNING") markStopping(task, now, "TerminationNotice", reason);
  endContainers(task, now, 137);
  finish(world, now, task);
}

function finish(world: World, now: number, task: Task): void {
  const ran = task.startedAt !== undefined;
  task.plan += 1;
  task.lastStatus = "STOPPED";
  task.stoppedAt = now;
  if (task.networkInterface) task.networkInterface.status = "DELETED";
  release(task);
  taskChanged(world, now, task);
  const { instance, service } = task;
  if (instance) {
    instance.tasks.delete(task);
    if (ran) instance.runningTasksCount -= 1;
    else instance.pendingTasksCount -= 1;
    instanceChanged(world, now, instance);
  }
  service?.tasks.delete(task);
  wakeService(world, now, service);
  world.due.add(now + world.timings.retention, { kind: "forgetTask", task });
}

function becomeRunning(world: World, now: number, task: Task): void {
  task.startedAt = now;
  task.lastStatus = "RUNNING";
  taskChanged(world, now, task);
  if (task.instance) {
    task.instance.pendingTasksCount -= 1;
    task.instance.runningTasksCount += 1;
    instanceChanged(world, now, task.instance);
  }
  planExits(world, now, task);
  wakeService(world, now, task.service);
}

function becomeActivating(world: World, now: number, task: Task): void {
  const failure = startFailureOf(world, task);
  if (failure !== undefined) return failToStart(world, now, task, failure);
  begin(world, now, task, task.createdAt + Math.floor((now - task.createdAt) / 2));
  task.lastStatus = "ACTIVATING";
  taskChanged(world, now, task);
  plan(world, now, task, "running", world.timings.start);
}

/** Takes a due step of a task. Steps of an agent that is away are held until it is back. */
export function advanceTask(
  world: World,
  now: number,
  task: Task,
  step: TaskStep,
  planNumber: number,
  containers: readonly Container[] = [],
): void {
  if (planNumber !== task.plan || task.lastStatus === "STOPPED") return;
  if (!isReachable(task)) {
    task.instance?.held.push({ task, step, plan: planNumber, containers });
    return;
  }
  const { timings } = world;
  switch (step) {
    case "pending":
      task.connectivityAt = now;
      if (task.networkInterface) task.networkInterface.status = "ATTACHED";
      task.lastStatus = "PENDING";
      taskChanged(world, now, task);
      return plan(world, now, task, "activating", timings.pull);
    case "activating":
      task.connectivityAt ??= now;
      return becomeActivating(world, now, task);
    case "running":
      return becomeRunning(world, now, task);
    case "exit":
      return exitContainers(world, now, task, containers);
    case "deactivating":
      task.lastStatus = "DEACTIVATING";
      taskChanged(world, now, task);
      return plan(world, now, task, "stopping", timings.deactivate);
    case "stopping":
      task.lastStatus = "STOPPING";
      taskChanged(world, now, task);
      if (task.networkInterface) return plan(world, now, task, "deprovisioning", timings.terminate);
      return plan(world, now, task, "stopped", timings.terminate);
    case "deprovisioning":
      endContainers(task, now, 143);
      task.lastStatus = "DEPROVISIONING";
      taskChanged(world, now, task);
      return plan(world, now, task, "stopped", timings.detachInterface);
    case "stopped":
      if (task.executionStoppedAt === undefined) endContainers(task, now, 143);
      return finish(world, now, task);
  }
}
