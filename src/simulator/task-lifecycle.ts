// The life of a task: launch, start, exit, stop. Moves one task at a time; where it runs is decided by the caller.
import { duration, formatArn, nextAddress, uuid } from "./world.ts";
import { instanceChanged, taskChanged } from "./events.ts";
import { wakeService } from "./service-wake.ts";
import { bindPorts, release, reserve } from "./resources.ts";
import type { TaskDefinition } from "./task-definition.ts";
import type {
  Cluster,
  Container,
  ContainerInstance,
  LaunchType,
  NetworkInterface,
  Service,
  StopCode,
  Tag,
  Task,
  TaskStep,
  World,
} from "./world.ts";

export interface LaunchRequest {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  /** undefined on Fargate. */
  readonly instance: ContainerInstance | undefined;
  readonly service?: Service;
  readonly startedBy?: string | undefined;
  readonly group?: string | undefined;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly Tag[];
  readonly subnetId?: string | undefined;
  readonly enableExecuteCommand?: boolean;
}

function makeContainer(
  world: World,
  taskId: string,
  clusterName: string,
  definition: TaskDefinition["containers"][number],
): Container {
  return {
    arn: formatArn(world, `container/${clusterName}/${taskId}/${uuid(world.random)}`),
    name: definition.name,
    image: definition.image,
    essential: definition.essential,
    cpu: String(definition.cpu),
    memory: definition.memory === undefined ? undefined : String(definition.memory),
    memoryReservation:
      definition.memoryReservation === undefined ? undefined : String(definition.memoryReservation),
    lastStatus: "PENDING",
    imageDigest: undefined,
    runtimeId: undefined,
    exitCode: undefined,
    reason: undefined,
    networkBindings: [],
  };
}

function makeInterface(world: World, subnetId: string): NetworkInterface {
  const digits = world.random.hex(8);
  return {
    id: `eni-0${world.random.hex(16)}`,
    attachmentId: uuid(world.random),
    subnetId,
    macAddress: `0a:${world.random.hex(2)}:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6)}`,
    privateIpv4Address: nextAddress(world),
    status: "PRECREATED",
  };
}

function launchTypeOf(instance: ContainerInstance | undefined): LaunchType {
  if (!instance) return "FARGATE";
  return instance.external ? "EXTERNAL" : "EC2";
}

function makeTask(world: World, now: number, request: LaunchRequest): Task {
  const { cluster, definition, instance, service } = request;
  const id = world.random.hex(32);
  const withInterface = definition.networkMode === "awsvpc";
  const zones = ["a", "b", "c"] as const;
  const fargateZone = `${world.scope.region}${world.random.pick(zones)}`;
  const subnet =
    request.subnetId ?? instance?.machine.subnetId ?? `subnet-0${world.random.hex(16)}`;
  return {
    id,
    arn: formatArn(world, `task/${cluster.name}/${id}`),
    sequence: world.sequence++,
    cluster,
    definition,
    instance,
    service,
    deploymentId: service ? request.startedBy : undefined,
    launchType: launchTypeOf(instance),
    capacityProviderName: instance ? instance.capacityProviderName : "FARGATE",
    // An instance of ECS Anywhere is in no zone.
    availabilityZone: instance
      ? instance.external
        ? undefined
        : instance.machine.availabilityZone
      : fargateZone,
    group: request.group ?? `family:${definition.family}`,
    startedBy: request.startedBy,
    overrides: request.overrides ?? {},
    tags: request.tags ?? [],
    enableExecuteCommand: request.enableExecuteCommand ?? false,
    createdAt: now,
    containers: definition.containers.map((each) => makeContainer(world, id, cluster.name, each)),
    networkInterface: withInterface ? makeInterface(world, subnet) : undefined,
    reservation: instance ? reserve(instance, definition) : undefined,
    version: 0,
    lastStatus: withInterface ? "PROVISIONING" : "PENDING",
    desiredStatus: "RUNNING",
    updatedAt: now,
    connectivityAt: undefined,
    pullStartedAt: undefined,
    pullStoppedAt: undefined,
    startedAt: undefined,
    stoppingAt: undefined,
    executionStoppedAt: undefined,
    stoppedAt: undefined,
    stopCode: undefined,
    stoppedReason: undefined,
    plan: 0,
  };
}

function index(task: Task): void {
  const { cluster, startedBy, instance, service } = task;
  cluster.tasks.set(task.id, task);
  instance?.tasks.add(task);
  service?.tasks.add(task);
  if (startedBy === undefined) return;
  const sameStarter = cluster.tasksByStartedBy.get(startedBy);
  if (sameStarter) sameStarter.add(task);
  else cluster.tasksByStartedBy.set(startedBy, new Set([task]));
}

/** Forgets a task that stopped long ago. */
export function forgetTask(task: Task): void {
  const { cluster, startedBy } = task;
  cluster.tasks.delete(task.id);
  if (startedBy === undefined) return;
  const sameStarter = cluster.tasksByStartedBy.get(startedBy);
  sameStarter?.delete(task);
  if (sameStarter?.size === 0) cluster.tasksByStartedBy.delete(startedBy);
}

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
  index(task);
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
  index(task);
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
