// A kit on real Redis and an ECS in memory whose replies can be lost and whose lists lag. Its wall clock can be moved;
// the lease lives by real time. Only for tests.
import { Redis } from "ioredis";
import { createLongshore } from "../client/index.ts";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { arnId, parseEcsArn } from "../ecs/arn.ts";
import type {
  Described,
  MayCall,
  RunTaskRequest,
  RunTaskResult,
  StartTaskRequest,
} from "../ecs/ecs-api.ts";
import { CallWithheld } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { keptKeys } from "../store/keys.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { EcsDoor, Kit } from "./kit.ts";
import { holdLease } from "./lease.ts";
import { createLauncher } from "./launcher.ts";

const named = (name: string, message = name) => Object.assign(new Error(message), { name });

/** What becomes of a call: its answer, that of one that was carried out and got lost, or neither. */
export type Fate = "answered" | "lost" | "notSent" | "throttled" | "denied" | "noRoom" | "hangs";

export class MemoryEcs {
  readonly tasks = new Map<string, Task>();
  /** Clusters that cannot be read, and by which error. */
  readonly unreadable = new Map<string, string>();
  readonly #tokens = new Map<string, Task>();
  readonly #clock: Pick<Clock, "now">;
  fate: () => Fate = () => "answered";
  /** Lists do not show a task that is younger, ms. */
  lagMs = 0;
  /** Calls that started or stopped something, or tried. */
  readonly calls: string[] = [];
  /** Keys that had two live tasks at some time. */
  readonly twice: string[] = [];
  release = () => {};

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  live(startedBy?: string): Task[] {
    return [...this.tasks.values()].filter(
      (task) => !isStopped(task) && (startedBy === undefined || task.startedBy === startedBy),
    );
  }

  end(arn: string, more: Partial<Task> = {}): void {
    const task = this.tasks.get(arn);
    const stopped = { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedReason: "exit" };
    if (task) this.tasks.set(arn, { ...task, ...stopped, stoppedAt: this.#clock.now(), ...more });
  }

  #make(
    { cluster, startedBy, group }: Pick<RunTaskRequest, "cluster" | "startedBy" | "group">,
    instance: string,
  ): Task {
    if (this.live(startedBy).length > 0) this.twice.push(group);
    const createdAt = this.#clock.now();
    const id = `t${this.tasks.size}`;
    const task = aTask(id, instance, {
      arn: `${cluster.replace(":cluster/", ":task/")}/${id}`,
      clusterArn: cluster,
      startedBy,
      group,
      createdAt,
      startedAt: undefined,
      lastStatus: "PENDING",
    });
    this.tasks.set(task.arn, task);
    return task;
  }

  async #call<Answer>(
    name: string,
    mayCall: MayCall | undefined,
    make: (fate: Fate) => Answer,
  ): Promise<Answer> {
    const fate = this.fate();
    if (fate === "hangs") await new Promise<void>((resolve) => (this.release = resolve));
    if (mayCall?.() === false) throw new CallWithheld();
    this.calls.push(name);
    if (fate === "throttled") throw named("ThrottlingException");
    if (fate === "denied") throw named("AccessDeniedException", "not authorized");
    if (fate === "notSent") throw named("TimeoutError");
    const answer = make(fate);
    if (fate === "lost") throw named("TimeoutError");
    return answer;
  }

  startTask = (request: StartTaskRequest, mayCall?: MayCall): Promise<Described<Task>> => {
    const [instance = ""] = request.containerInstances;
    const noRoom = { arn: instance, reason: "RESOURCE:MEMORY", detail: undefined };
    return this.#call("StartTask", mayCall, (fate) =>
      fate === "noRoom"
        ? { entities: [], failures: [noRoom] }
        : { entities: [this.#make(request, arnId(instance))], failures: [] },
    );
  };

  runTask = (request: RunTaskRequest, mayCall?: MayCall): Promise<RunTaskResult> =>
    this.#call("RunTask", mayCall, (): RunTaskResult => {
      const task = this.#tokens.get(request.clientToken) ?? this.#make(request, "i-any");
      this.#tokens.set(request.clientToken, task);
      if (task.clusterArn !== request.cluster) return { outcome: "conflict", tasks: [task.arn] };
      return { outcome: "answered", entities: [task], failures: [] };
    });

  stopTask = (_: string, task: string, reason: string, mayCall?: MayCall) =>
    this.#call("StopTask", mayCall, () => {
      this.end(task, { stoppedReason: reason, stopCode: "UserInitiated" });
      return this.tasks.has(task) ? ("stopping" as const) : ("missing" as const);
    });

  #read(cluster: string): readonly Task[] {
    const error = this.unreadable.get(cluster);
    if (error !== undefined) throw named(error);
    return [...this.tasks.values()].filter(({ clusterArn }) => clusterArn === cluster);
  }

  listTasks = async (
    cluster: string,
    { startedBy, desiredStatus }: { startedBy?: string; desiredStatus?: string },
  ) =>
    this.#read(cluster).flatMap((task) => {
      const isYoung = this.#clock.now() - (task.createdAt ?? 0) < this.lagMs;
      const fits = task.startedBy === startedBy && task.desiredStatus === desiredStatus;
      return fits && !isYoung ? [task.arn] : [];
    });

  describeTasks = async (cluster: string, arns: readonly string[]): Promise<Described<Task>> => {
    const tasks = this.#read(cluster);
    const missing = arns.filter((arn) => !tasks.some((task) => task.arn === arn));
    return {
      entities: tasks.filter(({ arn }) => arns.includes(arn)),
      failures: missing.map((arn) => ({ arn, reason: "MISSING", detail: undefined })),
    };
  };
}

/** ECS as a client of one region has it, which knows no cluster of another one. */
function ecsOfRegion(place: string, ecs: MemoryEcs) {
  const regionOf = (arn: string) => parseEcsArn(arn)?.region;
  const checked = (cluster: string) => {
    if (regionOf(cluster) !== regionOf(place)) throw named("ClusterNotFoundException");
    return cluster;
  };
  return {
    startTask: async (request: StartTaskRequest, mayCall?: MayCall) =>
      checked(request.cluster) && ecs.startTask(request, mayCall),
    runTask: async (request: RunTaskRequest, mayCall?: MayCall) =>
      checked(request.cluster) && ecs.runTask(request, mayCall),
    stopTask: async (cluster: string, task: string, reason: string, mayCall?: MayCall) =>
      ecs.stopTask(checked(cluster), task, reason, mayCall),
    listTasks: async (cluster: string, filter: Parameters<MemoryEcs["listTasks"]>[1]) =>
      ecs.listTasks(checked(cluster), filter),
    describeTasks: async (cluster: string, arns: readonly string[]) =>
      ecs.describeTasks(checked(cluster), arns),
  };
}

export type KitWorld = Awaited<ReturnType<typeof startKitWorld>>;

export async function startKitWorld({ appendonly = false } = {}) {
  const redis = await testRedis({ appendonly });
  let shiftMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + shiftMs };
  const ecs = new MemoryEcs(clock);
  const endings: (() => Promise<void>)[] = [];

  async function openKit(name: string, random: Random = seededRandom(name)): Promise<Kit> {
    const store = openRedisStore({ url: redis.url, name, clock, random });
    endings.push(() => store.close());
    await until("Redis", () => store.ping().then(() => true as const));
    const writeBudget = { take: () => Promise.resolve(), throttled: () => {} };
    return {
      name,
      client: createLongshore({ url: "http://127.0.0.1:1" }),
      clock,
      random,
      ready: Promise.resolve(),
      kept: store.kept(name),
      // Nothing else of it is called.
      ecsOf: (cluster) => ({ ecs: ecsOfRegion(cluster, ecs), writeBudget }) as unknown as EcsDoor,
      onClose: () => {},
      close: () => store.close(),
    };
  }

  /** One process of a scheduler of this name that acts; its copies wait. */
  async function lead(name: string, holder?: string) {
    const kit = await openKit(name);
    const lease = holdLease({ kit, holder });
    endings.unshift(() => lease.release());
    const launcher = createLauncher({ kit, lease });
    await lease.whenHeld();
    return { kit, lease, launcher };
  }

  async function drop(key: string): Promise<void> {
    const client = new Redis(redis.url);
    await client.del(key);
    client.disconnect();
  }

  /** As after kill -9, when its lease has run out: it can write nothing, and gives nothing back. */
  async function kill({ kit }: { readonly kit: Kit }): Promise<void> {
    await kit.close();
    await drop(keptKeys(kit.name).lease);
  }

  return {
    redis,
    ecs,
    kill,
    /** What a scheduler of this name has written down is lost. */
    forget: (name: string) => drop(keptKeys(name).records),
    clock,
    openKit,
    lead,
    cluster: testCluster,
    /** Of another region. */
    otherCluster: testCluster.replace("eu-west-1", "us-east-1"),
    /** Moves the wall clock. */
    pass: (ms: number) => {
      shiftMs += ms;
    },
    close: async () => {
      for (const end of endings) await end();
      await redis.stop();
    },
  };
}
