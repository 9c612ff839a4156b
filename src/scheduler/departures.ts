// Answers what ingest heard of EC2 instances that are about to go, for the clusters that this process acts for. The
// departures are kept in Redis until they are answered, so that whoever takes over goes on where this one was.
import type { Clock } from "../clock.ts";
import { placementsOf, selectorOf } from "../changes/daemon-input.ts";
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Informer } from "../changes/informer.ts";
import { currentRevision } from "../daemon/daemon.ts";
import { leavingDaemons, planDeparture } from "../daemon/departure-plan.ts";
import type { DepartureSettings, DepartureStep } from "../daemon/departure-plan.ts";
import type { DecisionType } from "../daemon/decision.ts";
import { arnId, parseEcsArn } from "../ecs/arn.ts";
import type { CallBudget } from "../ecs/api-budget.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { departureKey } from "../ecs/departure.ts";
import type { Departure, HookHolder } from "../ecs/departure.ts";
import { CallWithheld } from "../ecs/ecs-api.ts";
import type { EcsWriter } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Log } from "../log.ts";
import type { StateStore } from "../store/store.ts";
import { whileHeld } from "./lease.ts";
import type { Decisions } from "./decisions.ts";

/** Who acts for a cluster in this process, while it does. */
export interface Actor {
  /** The lease, while it is certainly held: to be asked before every call. */
  readonly held: () => string | undefined;
  readonly decisions: Decisions;
  readonly ecs: Pick<EcsWriter, "updateContainerInstancesState">;
  readonly writeBudget: CallBudget;
}

export interface DeparturesOptions {
  readonly store: Pick<StateStore, "departures" | "forgetDepartures">;
  readonly informer: Informer;
  readonly clock: Clock;
  readonly log: Log;
  readonly hooks: HookHolder;
  readonly settings: DepartureSettings;
  readonly actorOf: (cluster: ClusterArn) => Actor | undefined;
}

const lookMs = 1000;
/** Auto Scaling's shortest hook waits 30 s. */
const heartbeatMs = 10_000;
const repeatDrainMs = 15_000;
/** An instance that no cluster has by then is none of ours. */
const unknownMs = 600_000;

/** Answers departures until `signal` aborts. */
export async function answerDepartures(
  options: DeparturesOptions,
  signal: AbortSignal,
): Promise<void> {
  const { store, informer, clock, log } = options;
  const desk = new DepartureDesk(options);
  // Before it is, an instance that is not in it may still be ours.
  let isLoaded = false;
  void informer.loaded.then(() => (isLoaded = true));
  let trouble: string | undefined;
  while (!signal.aborted) {
    try {
      const departures = isLoaded ? await store.departures() : [];
      for (const departure of departures)
        await desk.answer(departure).catch((error: unknown) => {
          // The lease is over: whoever takes it answers.
          if (!(error instanceof CallWithheld)) throw error;
        });
      trouble = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== trouble)
        log.warn({ reason }, "could not answer instances that are about to go; trying again");
      trouble = reason;
    }
    await clock.sleep(lookMs, signal);
  }
}

interface Place {
  readonly cluster: ClusterArn;
  readonly containerInstanceId: string;
}

class DepartureDesk {
  readonly #options: DeparturesOptions;
  readonly #places = new Map<string, Place>();
  /** When the last heartbeat was sent, monotonic ms. */
  readonly #heartbeats = new Map<string, number>();
  /** When it was set DRAINING, monotonic ms: the event that says so may be late. */
  readonly #drains = new Map<string, number>();

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  async answer(departure: Departure): Promise<void> {
    const { informer, clock, actorOf, settings } = this.#options;
    const place = this.#placeOf(departure);
    const view = place && informer.views.get(place.cluster);
    const instance = view?.instances.get(place?.containerInstanceId ?? "");
    if (!place || !view || !instance) {
      if (clock.now() - departure.at > unknownMs) await this.#forget(departure);
      return;
    }
    const actor = actorOf(place.cluster);
    if (actor?.held() === undefined) return;
    const facts = { departure, instance, ...remaining(view, instance) };
    await this.#take(planDeparture(facts, settings), departure, instance, view, actor);
  }

  async #take(
    { action, reason }: DepartureStep,
    departure: Departure,
    instance: ContainerInstance,
    view: ClusterView,
    actor: Actor,
  ): Promise<void> {
    const { hooks } = this.#options;
    const note = (type: DecisionType, why: string) => {
      for (const daemon of view.daemons.values())
        if (daemon.mode === "ONCE_LEAVING" && selects(view, daemon, instance))
          actor.decisions.note(daemon, { type, containerInstance: instance.arn, reason: why });
    };
    const { hook } = departure;
    if (action === "forget") await this.#forget(departure);
    if (action === "drain" && this.#isDue(this.#drains, departure, repeatDrainMs)) {
      await actor.writeBudget.take();
      if (actor.held() === undefined) return;
      const [arns, mayCall] = [[instance.arn], whileHeld(actor.held)];
      await actor.ecs.updateContainerInstancesState(view.arn, arns, "DRAINING", mayCall);
      note("DRAIN", reason);
    }
    if (action === "hold" && hook && this.#isDue(this.#heartbeats, departure, heartbeatMs)) {
      const held = await hooks.heartbeat(departure, hook);
      if (held === "gone") return this.#forget(departure);
    }
    if (action === "release" && hook) {
      const outcome = await hooks.complete(departure, hook);
      note("RELEASE", outcome === "gone" ? "Auto Scaling waits no longer" : reason);
      await this.#forget(departure);
    }
    this.#log(action, reason, departure, instance);
  }

  #log(
    action: DepartureStep["action"],
    reason: string,
    { ec2InstanceId, hook }: Departure,
    { arn }: ContainerInstance,
  ): void {
    const about = { ec2InstanceId, instance: arnId(arn), hook: hook?.name, action, reason };
    const level = action === "drain" || action === "release" ? "info" : "debug";
    this.#options.log[level](about, "an instance is about to go");
  }

  /** Whether something was not done for so long; counts it as done now. */
  #isDue(done: Map<string, number>, departure: Departure, everyMs: number): boolean {
    const now = this.#options.clock.monotonic();
    const last = done.get(departureKey(departure));
    if (last !== undefined && now - last < everyMs) return false;
    done.set(departureKey(departure), now);
    return true;
  }

  async #forget(departure: Departure): Promise<void> {
    await this.#options.store.forgetDepartures([departure]);
    for (const memory of [this.#places, this.#heartbeats, this.#drains])
      memory.delete(departureKey(departure));
  }

  /** The container instance of an EC2 instance, the newest where it registered several times. */
  #placeOf(departure: Departure): Place | undefined {
    const key = departureKey(departure);
    const known = this.#places.get(key);
    if (known) return known;
    const { account, region, ec2InstanceId } = departure;
    let found: (Place & { registeredAt: number }) | undefined;
    for (const [cluster, view] of this.#options.informer.views) {
      const arn = parseEcsArn(cluster);
      if (arn?.account !== account || arn.region !== region) continue;
      for (const instance of view.instances.values()) {
        const { registeredAt = 0 } = instance;
        if (instance.ec2InstanceId !== ec2InstanceId) continue;
        if (found && found.registeredAt > registeredAt) continue;
        found = { cluster, containerInstanceId: arnId(instance.arn), registeredAt };
      }
    }
    if (found) this.#places.set(key, found);
    return found;
  }
}

const selects = (
  view: ClusterView,
  daemon: Parameters<typeof currentRevision>[0],
  instance: ContainerInstance,
): boolean => selectorOf(view, currentRevision(daemon).selector)(instance);

/** What must still end on an instance before it may go. */
function remaining(view: ClusterView, instance: ContainerInstance) {
  const leaving = leavingDaemons(
    instance,
    view.daemons.values(),
    (daemon) => selects(view, daemon, instance),
    (daemon, id) => placementsOf(view, daemon.name).get(id),
  );
  const isService = (id: string): boolean => {
    const task = view.tasks.get(id);
    return task?.group?.startsWith("service:") === true && !isStopped(task);
  };
  const serviceTasks = [...view.tasksOn(arnId(instance.arn))].filter(isService).length;
  return { leaving, serviceTasks };
}
