// Writes facts by hand, for tests of checkers: a short story of one daemon on a few instances, told to the checkers as
// it is written.
import { aDaemon, anInstance, aTask } from "../../testing/entities.ts";
import { encodeDaemon, encodePlacement } from "../../daemon/record.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import type { Placement } from "../../daemon/placement.ts";
import type { Task } from "../../ecs/task.ts";
import type { Observation } from "../../store/record.ts";
import { observeContainerInstance, observeTask } from "../../store/record.ts";
import type { AwsRequest, Breach, Checker, FactBody } from "../facts.ts";
import { safety } from "./safety.ts";

export const cluster = "arn:aws:ecs:eu-west-1:111122223333:cluster/quay";

/** What a call is, besides what each has. */
type Asked = Partial<AwsRequest> & Pick<AwsRequest, "operation">;

export interface Story {
  /** Broken rules so far, as `checker: message`. */
  readonly breaches: string[];
  at: number;
  tell(fact: FactBody): void;
  later(ms: number): void;
  daemon(daemon: Daemon, before?: Daemon, process?: string): void;
  placement(placement: Placement, process?: string): void;
  /** The store and ECS know an instance. */
  instance(id: string, status?: string, agentConnected?: boolean): void;
  /** The request leaves, and is executed with these tasks; answers their ARNs. */
  start(daemon: Daemon, instances: readonly string[], more?: Partial<AwsRequest>): string[];
  /** ECS says where a task stands. */
  task(arn: string, status: string, more?: Partial<Task>): void;
  /** The store learns of a task what ECS said last, by an event or by asking. */
  learn(arn: string, by?: "event" | "describe"): void;
  stop(arn: string, process?: string): void;
  call(asked: Asked): void;
  /** The lease of the cluster goes to a process for 3 s from now, or for longer. */
  lease(process: string, ms?: number): void;
  ask(
    mutation: string,
    input: Readonly<Record<string, unknown>>,
    more?: { expects?: string; dryRun?: boolean },
  ): number;
}

const partsOf = (version: string, observed: Observation): string =>
  [version, "", observed.fixed, observed.doc, observed.attributes, observed.described, ""].join(
    "\n",
  );

export function story(checker: Checker = safety({ clusterOf: () => cluster })): Story {
  let [callId, seq, taskCount, asks, leaseCount] = [0, 0, 0, 0, 0];
  const tasks = new Map<string, Task>();
  const records = new Map<string, string>();
  const breaches: string[] = [];

  function tell(fact: FactBody): void {
    const found: readonly Breach[] = checker.hear({ ...fact, at: it.at });
    breaches.push(...found.map((each) => `${each.checker}: ${each.message}`));
  }
  function change(
    process: string,
    entity: "d" | "p" | "t" | "i",
    id: string,
    after?: string,
  ): void {
    const key = `${entity} ${id}`;
    const before = records.get(key);
    if (after === undefined) records.delete(key);
    else records.set(key, after);
    tell({ kind: "change", process, cluster, epoch: "e", seq: ++seq, entity, id, before, after });
  }
  function request(asked: Asked): AwsRequest {
    return {
      callId: ++callId,
      process: "scheduler-1",
      account: "111122223333",
      region: "eu-west-1",
      cluster,
      ...asked,
    };
  }
  function says(task: Task, version: string, status: string): void {
    tell({
      kind: "said",
      entity: "t",
      cluster,
      id: task.arn.split("/").at(-1) ?? "",
      arn: task.arn,
      version,
      status,
      task: {
        desiredStatus: task.desiredStatus,
        containerInstance: task.containerInstanceArn?.split("/").at(-1),
        startedBy: task.startedBy,
        group: task.group,
        taskDefinition: task.taskDefinitionArn,
        stopCode: task.stopCode,
        stoppedReason: undefined,
        exitCodes: task.containers.map(({ exitCode }) => exitCode),
        createdAt: task.createdAt,
      },
    });
  }

  const it: Story = {
    breaches,
    at: 1_000_000,
    tell,
    later: (ms) => {
      it.at += ms;
    },
    daemon: (daemon, before, process = "api-1") => {
      if (before) records.set(`d ${daemon.name}`, encodeDaemon(before));
      change(process, "d", daemon.name, encodeDaemon(daemon));
    },
    placement: (placement, process = "scheduler-1") => {
      const { daemon, containerInstanceId, generation } = placement;
      const id = `${daemon}/${containerInstanceId}${generation > 0 ? `/${generation}` : ""}`;
      change(process, "p", id, encodePlacement(placement));
    },
    instance: (id, status = "ACTIVE", agentConnected = true) => {
      const instance = anInstance(id, { status, agentConnected });
      const { arn } = instance;
      tell({
        kind: "said",
        entity: "i",
        cluster,
        id,
        arn,
        version: "1",
        status,
        agentConnected,
      });
      change("ingest-1", "i", id, partsOf("1", observeContainerInstance(instance, "describe")));
    },
    start: (daemon, instances, more = {}) => {
      const revision = daemon.revisions.at(-1);
      const startedBy = `longshore/${daemon.id}/${revision?.template}/${more.clientToken ?? `l${callId + 1}`}`;
      const asked = request({
        operation: "StartTask",
        startedBy,
        group: `daemon:${daemon.name}`,
        containerInstances: instances,
        ...more,
      });
      tell({ kind: "sent", request: asked });
      it.later(50);
      const started = instances.map((containerInstance) => {
        const task = aTask(`t${++taskCount}`, containerInstance, {
          startedBy,
          group: asked.group,
          lastStatus: "PENDING",
          createdAt: it.at,
        });
        tasks.set(task.arn, task);
        says(task, "1", "PENDING");
        return { task: task.arn, containerInstance };
      });
      tell({ kind: "executed", request: asked, outcome: "ok", started });
      return started.map(({ task }) => task);
    },
    task: (arn, status, more = {}) => {
      const known = tasks.get(arn) ?? aTask(arn.split("/").at(-1) ?? "", "a", {});
      const version = String(Number(known.version) + 1);
      const task: Task = {
        ...known,
        version,
        lastStatus: status,
        desiredStatus: status === "STOPPED" ? "STOPPED" : known.desiredStatus,
        ...more,
      };
      tasks.set(arn, task);
      says(task, version, status);
    },
    learn: (arn, by = "event") => {
      const task = tasks.get(arn);
      if (!task) throw new Error(`no task ${arn}`);
      const observed = observeTask(task, by, it.at);
      change("ingest-1", "t", observed.id, partsOf(task.version, observed));
    },
    stop: (arn, process = "scheduler-1") => {
      it.call({ operation: "StopTask", task: arn, process });
      it.task(arn, tasks.get(arn)?.lastStatus ?? "RUNNING", { desiredStatus: "STOPPED" });
    },
    call: (asked) => {
      const made = request(asked);
      tell({ kind: "sent", request: made });
      tell({ kind: "executed", request: made, outcome: "ok" });
    },
    lease: (process, ms = 3000) => {
      const lease = `${process}:${++leaseCount}`;
      const until = it.at + ms;
      tell({ kind: "lease", process, cluster, purpose: "schedule", change: "taken", lease, until });
    },
    ask: (mutation, input, { expects, dryRun = false } = {}) => {
      const ask = ++asks;
      const asked = { cluster: "quay", ...input };
      tell({
        kind: "asked",
        ask,
        user: "u",
        process: "api-1",
        mutation,
        input: asked,
        dryRun,
        expects,
      });
      return ask;
    },
  };
  for (const [process, role] of [
    ["scheduler-1", "scheduler"],
    ["scheduler-2", "scheduler"],
    ["api-1", "api"],
    ["ingest-1", "ingest"],
  ] as const)
    tell({ kind: "process", process, role, life: "started" });
  it.lease("scheduler-1", 3_600_000);
  return it;
}

/** A daemon that users have registered, as the store has it. */
export function registered(it: Story, rest: Partial<Daemon> = {}): Daemon {
  const daemon = aDaemon(rest);
  const ask = it.ask("registerDaemon", { name: daemon.name });
  it.daemon(daemon);
  it.tell({ kind: "told", ask, outcome: "ok" });
  return daemon;
}
