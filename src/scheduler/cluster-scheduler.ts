// Brings the daemons of one cluster to what they should be: plan from the view, then act. Acts only while it holds the
// cluster's lease, and never writes what is observed: its effects come back through ECS.
import type { Clock } from "../clock.ts";
import { hereIn, placementsOf, rulesOf, tasksOn, waitsOf } from "../changes/daemon-input.ts";
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Change } from "../changes/change.ts";
import type { Informer } from "../changes/informer.ts";
import { runsOnce } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { settleRevision, takeBack } from "../daemon/edit.ts";
import { isOpenLaunch } from "../daemon/inheritance.ts";
import { isGone } from "../daemon/plan.ts";
import type { Plan } from "../daemon/plan.ts";
import { decodeDaemon, encodeDaemon } from "../daemon/record.ts";
import type { Verdict } from "../daemon/verdict.ts";
import { arnId, clusterName } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { CallBudget } from "../ecs/api-budget.ts";
import type { EcsReader, EcsWriter } from "../ecs/ecs-api.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { StateStore } from "../store/store.ts";
import type { Spans } from "../telemetry/spans.ts";
import { createActions } from "./actions.ts";
import type { Actions } from "./actions.ts";
import { holdLease } from "./lease.ts";
import type { Lease } from "./lease.ts";
import { createCauses } from "./causes.ts";
import type { SchedulerCounters } from "./counters.ts";
import { createControlWriter } from "./control-writes.ts";
import type { ControlWriter } from "./control-writes.ts";
import { createDecisions } from "./decisions.ts";
import type { Decisions } from "./decisions.ts";
import type { Actor } from "./departures.ts";
import { createFleetWatch } from "./fleet-watch.ts";
import type { FleetWatch } from "./fleet-watch.ts";
import { Deposed } from "./protocol.ts";
import type { Check } from "./protocol.ts";
import { keepLedger } from "./ledger-keeper.ts";
import type { LedgerKeeper } from "./ledger-keeper.ts";
import { keepReadiness } from "./readiness-keeper.ts";
import type { ReadinessKeeper } from "./readiness-keeper.ts";
import { instancesPerCall } from "./launch.ts";
import { isPresent, startsOf } from "./registrations.ts";
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
  readonly counters: SchedulerCounters;
  /** Who takes traces; absent for nobody. */
  readonly spans?: Spans | undefined;
  /** For StartTask, RunTask and StopTask; reads take their tokens by themselves. */
  readonly writeBudget: CallBudget;
  /** How long the ledger of tasks that run once outlives its container instance, ms. */
  readonly retentionMs: number;
}

/** After a failure of Redis or AWS. */
const retryMs = 1000;
/** Calls of one plan: what it says grows old while calls wait for the budget, so the rest is planned anew. */
const callsPerPlan = 40;
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
  readonly #lease: Lease;
  readonly #writer: ControlWriter;
  readonly #decisions: Decisions;
  readonly #actions: Actions;
  readonly #causes = createCauses();
  readonly #watches = new Map<string, FleetWatch>();
  readonly #readiness: ReadinessKeeper;
  readonly #ledger: LedgerKeeper;
  /** The view, and the last restart in it, for which the cluster is known to have been compared with ECS. */
  #compared: { readonly view: ClusterView; readonly restartSeq: number } | undefined;
  #saysItWaits = false;
  #closing = false;

  constructor(dependencies: SchedulerDependencies, cluster: ClusterArn) {
    this.cluster = cluster;
    this.#dependencies = dependencies;
    this.#log = dependencies.log.child({ cluster: clusterName(cluster) });
    const { store, clock, holder } = dependencies;
    const work = async (name: string) => {
      await this.#reconcile(name);
      dependencies.counters.reconciles++;
    };
    this.#queue = createWorkQueue({ work, concurrency: 4, clock });
    this.#lease = holdLease({
      take: (ttlMs) => store.takeLease(cluster, "schedule", holder, ttlMs),
      giveBack: (lease) => store.releaseLease(cluster, "schedule", lease),
      clock,
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
      counters: dependencies.counters,
      causes: this.#causes,
      random: dependencies.random,
      spans: dependencies.spans,
    });
    const viewEpoch = () => dependencies.informer.views.get(cluster)?.epoch;
    this.#writer = createControlWriter(store, cluster, this.#lease.held, viewEpoch);
    this.#actions = createActions({
      ...dependencies,
      cluster,
      log: this.#log,
      writer: this.#writer,
      decisions: this.#decisions,
      held: this.#lease.held,
    });
    this.#ledger = keepLedger({
      writer: this.#writer,
      decisions: this.#decisions,
      clock,
      retentionMs: dependencies.retentionMs,
    });
    this.#readiness = keepReadiness({
      cluster,
      store,
      informer: dependencies.informer,
      clock,
      log: this.#log,
      held: this.#lease.held,
      decisions: this.#decisions,
      ecs: dependencies.ecs,
      writeBudget: dependencies.writeBudget,
    });
  }

  /** What else is done for this cluster is done under the same lease, and noted in the same place. */
  get actor(): Actor {
    const { ecs, writeBudget } = this.#dependencies;
    return { held: this.#lease.held, decisions: this.#decisions, ecs, writeBudget };
  }

  /** Something changed for a daemon: on one container instance, or its definition. */
  add(daemon: string, containerInstanceId?: string, change?: Change): void {
    if (containerInstanceId === undefined) this.#readiness.touchAll();
    else {
      if (change) this.#causes.note(daemon, containerInstanceId, change);
      this.#watchOf(daemon).touch(containerInstanceId);
      this.#readiness.touch(containerInstanceId);
    }
    this.#queue.add(daemon);
  }

  /** Plans everything anew: what was missed is found, and what is left of daemons that are gone is forgotten. */
  addAll(): void {
    const view = this.#dependencies.informer.views.get(this.cluster);
    if (!view) return;
    this.#readiness.touchAll();
    for (const name of new Set([...view.daemons.keys(), ...view.daemonsWithPlacements()])) {
      this.#watchOf(name).touchAll();
      this.#queue.add(name);
    }
  }

  #watchOf(daemon: string): FleetWatch {
    let watch = this.#watches.get(daemon);
    if (!watch) {
      watch = createFleetWatch();
      this.#watches.set(daemon, watch);
    }
    return watch;
  }

  /** The view was loaded anew: what we wrote may be lost with the end of the log, and would be waited for in vain. */
  replaced(): void {
    this.#writer.begin();
    this.addAll();
  }

  /** Ends what is under way at its next step and gives the lease back, so that another may go on at once. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([this.#queue.close(), this.#readiness.close()]);
    await this.#decisions.written();
    await this.#lease.release();
  }

  #addLater(name: string, delayMs: number): void {
    this.#queue.addLater(name, Math.max(delayMs, viewLagMs));
  }

  /**
   * Whether all that ECS had is in the log. Before the first comparison, and after Redis lost its data, tasks that run
   * may be missing: their instances would get a second one. So it is after a restart, which may have lost intents.
   */
  async #isCompared(): Promise<boolean> {
    const { store, informer } = this.#dependencies;
    const view = informer.views.get(this.cluster);
    if (!view) return false;
    if (this.#isKnownCompared(view)) return true;
    const { restartSeq } = view;
    const freshness = await store.freshness(this.cluster);
    const waits = waitsOf({ freshness });
    if (waits !== undefined) {
      if (!this.#saysItWaits) this.#log.warn({ reason: waits.reason }, "daemons wait");
      this.#saysItWaits = true;
      return false;
    }
    this.#saysItWaits = false;
    // By the restart that it knows the view says whose tasks are, and it hears of one only now and then.
    if (view.freshness.restartedAt !== freshness.restartedAt) return false;
    this.#compared = { view, restartSeq };
    // Finds out whether Redis was restarted, if nobody has; and the first plan must see what the comparison found.
    this.#writer.begin();
    return true;
  }

  #isKnownCompared(view: ClusterView): boolean {
    return this.#compared?.view === view && this.#compared.restartSeq === view.restartSeq;
  }

  async #reconcile(name: string): Promise<void> {
    const lease = this.#lease.held();
    if (lease === undefined) return;
    const { informer, clock } = this.#dependencies;
    try {
      if (!(await this.#isCompared())) return this.#addLater(name, retryMs);
      await this.#writer.begun();
    } catch (error) {
      if (error instanceof Deposed) return this.#lease.lost();
      return this.#addLater(name, retryMs);
    }
    const view = informer.views.get(this.cluster);
    if (!view) return;
    // It may have heard of a restart while the writer began, or be another one.
    if (!this.#isKnownCompared(view) || !this.#writer.isSeenBy(view))
      return this.#addLater(name, viewLagMs);
    const daemon = view.daemons.get(name);
    try {
      if (!daemon) return await this.#forget(view, name);
      const { plan, isNews } = this.#watchOf(name).plan(view, daemon, clock.now());
      const check: Check = () => {
        if (this.#closing || this.#lease.held() !== lease) throw new Deposed(this.cluster);
        if (informer.views.get(this.cluster)?.daemons.get(name) !== daemon)
          throw new Outdated(name);
      };
      if (isNews) await this.#carryOut(view, daemon, plan, check);
      if (plan.again !== undefined) this.#addLater(name, plan.again - clock.now());
    } catch (error) {
      if (this.#closing) return;
      if (error instanceof Deposed) return this.#lease.lost();
      // What was begun is planned again from what is true by then.
      this.#watchOf(name).touchAll();
      if (error instanceof Outdated) return this.#queue.add(name);
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.error(
        { daemon: name, reason },
        "could not bring this daemon to its plan; trying again",
      );
      this.#addLater(name, retryMs);
    }
  }

  async #carryOut(view: ClusterView, daemon: Daemon, plan: Plan, check: Check): Promise<void> {
    const { clock } = this.#dependencies;
    if (await this.#changeRevision(daemon, plan, check)) return;
    const hereOf = ({ containerInstance }: Verdict) => hereIn(view, daemon, containerInstance);
    const { essentialOf } = rulesOf(view, daemon, clock.now());
    const due = plan.verdicts.flatMap(({ lookUp }) => lookUp ?? []);
    if (due.length > 0) await this.#actions.lookUp(daemon, due, essentialOf);
    await this.#actions.settle(daemon, plan.verdicts);
    // A stop that ECS keeps refusing must not keep instances without their task.
    const allStops = plan.verdicts.filter((verdict) => verdict.stop.length > 0);
    const stops = allStops.slice(0, callsPerPlan);
    const [stopped] = await Promise.allSettled([this.#actions.stop(daemon, stops, hereOf, check)]);
    const allStarts = startsOf(view, daemon, plan);
    const perCall = daemon.launch === "RUN_TASK" ? 1 : instancesPerCall;
    const starts = allStarts.slice(0, callsPerPlan * perCall);
    if (starts.length > 0)
      await this.#actions.start(
        daemon,
        starts.map((verdict) => ({ verdict, here: hereOf(verdict) })),
        () => {
          check();
          this.#checkInstances(daemon, starts);
        },
      );
    if (stopped.status === "rejected") throw stopped.reason;
    if (starts.length < allStarts.length || stops.length < allStops.length)
      this.#queue.add(daemon.name);
    await this.#finish(view, daemon, plan);
  }

  /** While calls waited for the budget an instance may have begun to drain: nothing new is started on it then. */
  #checkInstances(daemon: Daemon, starts: readonly Verdict[]): void {
    const view = this.#dependencies.informer.views.get(this.cluster);
    for (const { containerInstance: planned } of starts)
      if (view?.instances.get(arnId(planned.arn))?.status !== planned.status)
        throw new Outdated(daemon.name);
  }

  /** What the scheduler itself does to a definition; answers whether the plan is of an earlier one now. */
  async #changeRevision(daemon: Daemon, plan: Plan, check: Check): Promise<boolean> {
    if (plan.takeBack === undefined && !plan.settles) return false;
    const { clock } = this.#dependencies;
    const record = await this.#recordOf(daemon);
    if (record === undefined) return true;
    const stored = decodeDaemon(record, this.cluster);
    check();
    const next =
      plan.takeBack === undefined
        ? settleRevision(stored)
        : takeBack(stored, plan.takeBack, clock.now());
    if (!(await this.#writer.putDaemon(daemon.name, record, encodeDaemon(next)))) return true;
    this.#decisions.note(
      next,
      plan.takeBack === undefined
        ? { type: "COMPLETE", reason: `revision ${daemon.revision} is everywhere` }
        : {
            type: "ROLLBACK",
            reason: `revision ${daemon.revision} is taken back: ${plan.takeBack}`,
          },
    );
    return true;
  }

  /** A definition as it is stored; undefined when somebody else has changed it, which the view will tell. */
  async #recordOf(daemon: Daemon): Promise<string | undefined> {
    const record = (await this.#dependencies.store.records(this.cluster, "d")).get(daemon.name);
    if (record === undefined) return undefined;
    const isSame = encodeDaemon(decodeDaemon(record, this.cluster)) === encodeDaemon(daemon);
    return isSame ? record : undefined;
  }

  /**
   * What is left of a daemon that somebody removed without its tasks. Starts whose end was not seen are kept for
   * whoever takes the name over, for as long as their instance is there, and not for ever.
   */
  async #forget(view: ClusterView, name: string): Promise<void> {
    this.#watches.delete(name);
    const { clock, retentionMs } = this.#dependencies;
    const left = [...view.placementsOf(name).values()].filter((placement) => {
      const { containerInstanceId, requestedAt } = placement;
      if (!isPresent(view, placement, clock.now())) return true;
      const isOpen = isOpenLaunch(placement, tasksOn(view, containerInstanceId));
      return !isOpen || clock.now() - requestedAt > retentionMs;
    });
    if (left.length > 0) await this.#writer.removeLeft(name, left);
  }

  /** Forgets a daemon whose tasks are gone, and placements on instances that are. */
  async #finish(view: ClusterView, daemon: Daemon, plan: Plan): Promise<void> {
    if (daemon.deleting && isGone(plan)) {
      const record = await this.#recordOf(daemon);
      if (record === undefined) return;
      const left = [...view.placementsOf(daemon.name).values()];
      if (!(await this.#writer.removeDaemon(daemon.name, record, left))) return;
      this.#decisions.note(daemon, { type: "REMOVE", reason: "its tasks have stopped" });
      return;
    }
    if (runsOnce(daemon)) return this.#ledger.keep(view, daemon);
    // Counting is cheap and looking is not: most of the time there is nothing to forget.
    if (view.placementsOf(daemon.name).size <= plan.verdicts.length) return;
    const now = this.#dependencies.clock.now();
    const gone = [...placementsOf(view, daemon.name).values()].filter(
      (placement) => !isPresent(view, placement, now),
    );
    if (gone.length > 0) await this.#writer.removePlacements(gone);
  }
}
