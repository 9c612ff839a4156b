// Brings the daemons of one cluster to what they should be: plan from the view, write intents, call ECS. Acts only
// while it holds the cluster's lease, and never writes what is observed: its effects come back through ECS.
import type { Clock } from "../clock.ts";
import { isObject } from "../ecs/json.ts";
import { planInputOf } from "../changes/daemon-input.ts";
import type { Informer } from "../changes/informer.ts";
import { formatLaunchMark } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import type { Placement } from "../daemon/placement.ts";
import { lookupAt, planDaemon } from "../daemon/plan.ts";
import type { Plan, PlanInput, Verdict } from "../daemon/plan.ts";
import { arnId, clusterName } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { CallBudget } from "../ecs/api-budget.ts";
import type { EcsReader, EcsWriter } from "../ecs/ecs-api.ts";
import type { Task } from "../ecs/task.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { StateStore } from "../store/store.ts";
import { holdLease } from "./cluster-lease.ts";
import type { ClusterLease } from "./cluster-lease.ts";
import { createControlWriter, Deposed } from "./control-writes.ts";
import type { ControlWriter } from "./control-writes.ts";
import { createDecisions } from "./decisions.ts";
import type { Decisions } from "./decisions.ts";
import type { Actor } from "./departures.ts";
import {
  foundLate,
  instancesPerCall,
  notFound,
  planLaunch,
  settle,
  settleError,
} from "./launch.ts";
import type { Launch } from "./launch.ts";
import { createWorkQueue } from "./work-queue.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface SchedulerDependencies {
  readonly store: StateStore;
  readonly informer: Informer;
  readonly ecs: EcsReader & EcsWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly holder: string;
  /** For StartTask and StopTask; reads take their tokens by themselves. */
  readonly writeBudget: CallBudget;
}

/** A stop that ECS accepted and that is not seen yet is asked for again after this. */
const repeatStopMs = 30_000;
/** After a failure of Redis or AWS. */
const retryMs = 1000;
/** How long to wait for the view to come to our own writes before looking again. */
const viewLagMs = 20;

/** The daemon was changed, or another scheduler may have acted, since the plan was made: plan anew. */
class Outdated extends Error {
  override readonly name = "Outdated";
}

export class ClusterScheduler {
  readonly cluster: ClusterArn;
  readonly #dependencies: SchedulerDependencies;
  readonly #log: Log;
  readonly #queue: WorkQueue;
  readonly #lease: ClusterLease;
  readonly #writer: ControlWriter;
  readonly #decisions: Decisions;
  readonly #timers = new Map<string, () => void>();
  /** When a stop was asked for, by task ARN, monotonic ms. */
  readonly #stops = new Map<string, number>();

  constructor(dependencies: SchedulerDependencies, cluster: ClusterArn) {
    this.cluster = cluster;
    this.#dependencies = dependencies;
    this.#log = dependencies.log.child({ cluster: clusterName(cluster) });
    this.#queue = createWorkQueue((name) => this.#reconcile(name), 4);
    const { store, clock, holder } = dependencies;
    this.#lease = holdLease({
      store,
      clock,
      cluster,
      holder,
      onTaken: () => {
        this.#log.info("acting for this cluster");
        this.#writer.begin();
        this.addAll();
      },
      onLost: () => this.#log.warn("another scheduler acts for this cluster"),
    });
    this.#decisions = createDecisions({
      store,
      cluster,
      clock,
      log: this.#log,
      held: this.#lease.held,
    });
    this.#writer = createControlWriter(
      store,
      cluster,
      this.#lease.held,
      () => dependencies.informer.views.get(cluster)?.epoch,
    );
  }

  /** What else is done for this cluster is done under the same lease, and noted in the same place. */
  get actor(): Actor {
    const { ecs, writeBudget } = this.#dependencies;
    return { held: this.#lease.held, decisions: this.#decisions, ecs, writeBudget };
  }

  add(daemon: string): void {
    this.#queue.add(daemon);
  }

  addAll(): void {
    for (const name of this.#dependencies.informer.views.get(this.cluster)?.daemons.keys() ?? [])
      this.#queue.add(name);
  }

  /** The view was loaded anew: what we wrote may be lost with the end of the log, and would be waited for in vain. */
  replaced(): void {
    this.#writer.begin();
    this.addAll();
  }

  async close(): Promise<void> {
    for (const cancel of this.#timers.values()) cancel();
    await this.#queue.close();
    for (const cancel of this.#timers.values()) cancel();
    await this.#decisions.written();
    await this.#lease.release();
  }

  #addLater(name: string, delayMs: number): void {
    this.#timers.get(name)?.();
    const cancel = this.#dependencies.clock.after(Math.max(delayMs, 1), () => {
      this.#timers.delete(name);
      this.#queue.add(name);
    });
    this.#timers.set(name, cancel);
  }

  async #reconcile(name: string): Promise<void> {
    if (this.#lease.held() === undefined) return;
    const { informer, clock } = this.#dependencies;
    const view = informer.views.get(this.cluster);
    const daemon = view?.daemons.get(name);
    if (!view || !daemon) return;
    const lease = this.#lease.held();
    try {
      await this.#writer.begun();
    } catch (error) {
      if (error instanceof Deposed) return this.#lease.lost();
      return this.#addLater(name, retryMs);
    }
    if (!this.#writer.isSeenBy(view)) return this.#addLater(name, viewLagMs);
    const isCurrent = () =>
      this.#lease.held() === lease &&
      informer.views.get(this.cluster)?.daemons.get(name) === daemon;
    const input = planInputOf(view, daemon, clock.now());
    const plan = planDaemon(input);
    try {
      await this.#lookUp(daemon, input);
      // A stop that ECS keeps refusing must not keep instances without their task.
      const [stopped] = await Promise.allSettled([this.#stop(daemon, plan, isCurrent)]);
      await this.#start(daemon, plan, input, isCurrent);
      if (stopped.status === "rejected") throw stopped.reason;
      await this.#finish(daemon, plan, input);
    } catch (error) {
      if (error instanceof Deposed) return this.#lease.lost();
      if (error instanceof Outdated) return this.#queue.add(name);
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.error(
        { daemon: name, reason },
        "could not bring this daemon to its plan; trying again",
      );
      return this.#addLater(name, retryMs);
    }
    if (plan.again !== undefined) this.#addLater(name, plan.again - clock.now());
  }

  /** Asks ECS about starts that were not seen in time, before anything is started again. */
  async #lookUp(daemon: Daemon, { placements, tasks, now }: PlanInput): Promise<void> {
    // One launch is for up to ten instances: each start is seen, or not, by itself.
    const seen = new Set(
      tasks.map((task) => `${task.startedBy} ${arnId(task.containerInstanceArn ?? "")}`),
    );
    const markOf = ({ template, launchId }: Placement) =>
      formatLaunchMark({ daemonId: daemon.id, template, launchId });
    const due = [...placements.values()].filter(
      (each) =>
        each.state === "STARTING" &&
        lookupAt(each) <= now &&
        !seen.has(`${markOf(each)} ${each.containerInstanceId}`),
    );
    const byLaunch = Map.groupBy(due, markOf);
    for (const [startedBy, intents] of byLaunch) {
      const { ecs, clock } = this.#dependencies;
      const arns = await ecs.listTasks(this.cluster, { startedBy });
      const found = arns.length > 0 ? (await ecs.describeTasks(this.cluster, arns)).entities : [];
      const settled = intents.map((intent) => {
        const task = found.find((each) => isOn(each, intent.containerInstanceId));
        return task ? foundLate(intent, task.arn, clock.now()) : notFound(intent, clock.now());
      });
      const missing = settled.filter(({ state }) => state === "FAILED").length;
      this.#log.warn(
        { daemon: daemon.name, startedBy, found: settled.length - missing, missing },
        "asked ECS about starts that were not seen",
      );
      await this.#writer.putPlacements(settled);
    }
  }

  async #stop(daemon: Daemon, plan: Plan, isCurrent: () => boolean): Promise<void> {
    const { ecs, clock, writeBudget } = this.#dependencies;
    for (const { stop, reason } of plan.verdicts)
      for (const task of stop) {
        const asked = this.#stops.get(task.arn);
        if (asked !== undefined && clock.monotonic() - asked < repeatStopMs) continue;
        await writeBudget.take();
        if (!isCurrent()) throw new Outdated(daemon.name);
        const outcome = await ecs.stopTask(
          this.cluster,
          task.arn,
          `Longshore daemon ${daemon.name}: ${reason}`,
        );
        this.#stops.set(task.arn, clock.monotonic());
        const asWell = outcome === "missing" ? `${reason} (ECS does not know it any more)` : reason;
        this.#decisions.note(daemon, { type: "STOP", task: task.arn, reason: asWell });
      }
    for (const [arn, asked] of this.#stops)
      if (clock.monotonic() - asked > repeatStopMs) this.#stops.delete(arn);
  }

  async #start(
    daemon: Daemon,
    plan: Plan,
    input: PlanInput,
    isCurrent: () => boolean,
  ): Promise<void> {
    const { clock, random } = this.#dependencies;
    const starts = plan.verdicts.filter(({ action }) => action === "start");
    for (let at = 0; at < starts.length; at += instancesPerCall) {
      const batch = starts.slice(at, at + instancesPerCall);
      const launchId = random.hex(8);
      const launch = planLaunch(
        daemon,
        batch,
        input.placements,
        input.tasks,
        launchId,
        clock.now(),
      );
      if ((await this.#launch(daemon, launch, isCurrent)) === "go on") continue;
      // What ECS refuses for the daemon itself it would refuse for the others too.
      const rest = starts.slice(at + instancesPerCall);
      return this.#postpone(daemon, rest, input);
    }
  }

  async #launch(
    daemon: Daemon,
    launch: Launch,
    isCurrent: () => boolean,
  ): Promise<"go on" | "refused"> {
    const { ecs, clock, writeBudget } = this.#dependencies;
    await writeBudget.take();
    if (!isCurrent()) throw new Outdated(daemon.name);
    const intents = launch.intents.map((intent) => ({ ...intent, requestedAt: clock.now() }));
    await this.#writer.putPlacements(intents);
    if (this.#lease.held() === undefined) throw new Deposed(this.cluster);
    const { launchId, request } = launch;
    const about = { daemon: daemon.name, launchId, instances: request.containerInstances.length };
    try {
      const answer = await ecs.startTask(request);
      const { entities, failures } = answer;
      for (const { arn, containerInstanceArn } of entities)
        this.#decisions.note(daemon, {
          type: "START",
          containerInstance: containerInstanceArn,
          task: arn,
          reason: `launch ${launchId}`,
        });
      for (const { arn, reason, detail } of failures)
        this.#decisions.note(daemon, {
          type: "REFUSE",
          containerInstance: arn,
          reason: detail ? `${reason} (${detail})` : reason,
        });
      await this.#writer.putPlacements(settle({ ...launch, intents }, answer, clock.now()));
      return "go on";
    } catch (error) {
      if (error instanceof Deposed) throw error;
      const { name, message } =
        isObject(error) && error instanceof Error ? error : new Error(String(error));
      const settled = settleError({ ...launch, intents }, { name, message }, clock.now());
      this.#log.error({ ...about, error: name, message }, "a start failed");
      if (settled === "unknown") return "go on";
      await this.#writer.putPlacements(settled);
      return "refused";
    }
  }

  async #postpone(daemon: Daemon, rest: readonly Verdict[], input: PlanInput): Promise<void> {
    if (rest.length === 0) return;
    const { clock, random } = this.#dependencies;
    const now = clock.now();
    const launch = planLaunch(daemon, rest, input.placements, input.tasks, random.hex(8), now);
    const reason = "ECS refused the start before this one";
    const error = { name: "ClientException", message: reason };
    const settled = settleError(launch, error, now);
    if (settled !== "unknown") await this.#writer.putPlacements(settled);
  }

  /** Forgets a daemon whose tasks are gone, and placements on instances that are. */
  async #finish(daemon: Daemon, plan: Plan, input: PlanInput): Promise<void> {
    const present = new Set(plan.verdicts.map((each) => arnId(each.containerInstance.arn)));
    const known = [...input.placements.values()];
    if (daemon.deleting && plan.verdicts.every((each) => !each.task && each.action !== "wait")) {
      await this.#writer.removeDaemon(daemon.name, known);
      this.#log.info({ daemon: daemon.name }, "removed a daemon; its tasks have stopped");
      return;
    }
    const gone = known.filter(({ containerInstanceId: id }) => !present.has(id));
    if (gone.length > 0) await this.#writer.removePlacements(gone);
  }
}

function isOn(task: Task, containerInstanceId: string): boolean {
  return (
    task.containerInstanceArn !== undefined &&
    arnId(task.containerInstanceArn) === containerInstanceId
  );
}
