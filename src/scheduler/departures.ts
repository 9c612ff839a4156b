// Answers what ingest heard of EC2 instances that are about to go, for the clusters that this process acts for. The
// departures are kept in Redis until they are answered, so that whoever takes over goes on where this one was.
import type { Clock } from "../clock.ts";
import { hereIn, selectorOf } from "../changes/daemon-input.ts";
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
type Call = Extract<DepartureStep["action"], "drain" | "hold" | "release">;
/** A call is not made again before this, whatever came of it. Auto Scaling's shortest hook waits 30 s. */
const pauseMs: Readonly<Record<Call, number>> = { drain: 15_000, hold: 10_000, release: 10_000 };
/** Calls of one kind that wait for the API of one account at the same time. */
const callsAtOnce = 10;
/** An instance that no cluster has by then is none of ours. */
const unknownMs = 600_000;
/** What goes wrong again and again is said once: longer than any pause, and than a call may take. */
const saidMs = 120_000;

/** Answers departures until `signal` aborts. */
export async function answerDepartures(
  options: DeparturesOptions,
  signal: AbortSignal,
): Promise<void> {
  const { store, informer, clock } = options;
  const desk = new DepartureDesk(options);
  // Before it is, an instance that is not in it may still be ours.
  let isLoaded = false;
  void informer.loaded.then(() => (isLoaded = true));
  while (!signal.aborted) {
    try {
      if (isLoaded) await desk.answerAll(await store.departures());
    } catch (error) {
      desk.warn(error);
    }
    await clock.sleep(lookMs, signal);
  }
  await desk.idle();
}

interface Place {
  readonly cluster: ClusterArn;
  readonly containerInstanceId: string;
}

class DepartureDesk {
  readonly #options: DeparturesOptions;
  readonly #places = new Map<string, Place>();
  /** When a call was begun last, by departure, monotonic ms: the event that says what came of it may be late. */
  readonly #begun = new Map<string, Partial<Record<Call, number>>>();
  /** By departure. */
  readonly #underWay = new Map<string, { readonly lane: string; readonly call: Promise<void> }>();
  /** When a trouble was last met, monotonic ms, by its words. */
  readonly #said = new Map<string, number>();

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** None waits for another's calls, and what goes wrong with one is no other's. */
  async answerAll(departures: readonly Departure[]): Promise<void> {
    const keys = new Set(departures.map(departureKey));
    for (const memory of [this.#places, this.#begun])
      for (const key of memory.keys()) if (!keys.has(key)) memory.delete(key);
    for (const departure of departures)
      await this.#answer(departure).catch((error: unknown) => this.warn(error));
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ call }) => call));
  }

  warn(error: unknown): void {
    const { clock, log } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    const now = clock.monotonic();
    const isNew = now - (this.#said.get(reason) ?? Number.NEGATIVE_INFINITY) > saidMs;
    for (const [said, at] of this.#said) if (now - at > saidMs) this.#said.delete(said);
    this.#said.set(reason, now);
    if (isNew)
      log.warn({ reason }, "could not answer an instance that is about to go; trying again");
  }

  async #answer(departure: Departure): Promise<void> {
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
    const { hooks, log } = this.#options;
    const { hook, ec2InstanceId } = departure;
    const note = (type: DecisionType, why: string) => {
      for (const daemon of view.daemons.values())
        if (daemon.mode === "ONCE_LEAVING" && selects(view, daemon, instance))
          actor.decisions.note(daemon, { type, containerInstance: instance.arn, reason: why });
    };
    const about = { ec2InstanceId, instance: arnId(instance.arn), hook: hook?.name };
    const say = (level: "info" | "debug") =>
      log[level]({ ...about, action, reason }, "an instance is about to go");
    if (action === "forget") {
      await this.#forget(departure);
      say("debug");
    }
    if (action === "drain")
      this.#begin(action, departure, async () => {
        await actor.writeBudget.take();
        if (actor.held() === undefined) return;
        const [arns, mayCall] = [[instance.arn], whileHeld(actor.held)];
        await actor.ecs.updateContainerInstancesState(view.arn, arns, "DRAINING", mayCall);
        note("DRAIN", reason);
        say("info");
      });
    if (action === "hold" && hook)
      this.#begin(action, departure, async () => {
        const held = await hooks.heartbeat(departure, hook);
        if (held === "gone") await this.#forget(departure);
        say("debug");
      });
    if (action === "release" && hook)
      this.#begin(action, departure, async () => {
        const outcome = await hooks.complete(departure, hook);
        note("RELEASE", outcome === "gone" ? "Auto Scaling waits no longer" : reason);
        await this.#forget(departure);
        say("info");
      });
  }

  /** Makes a call unless it was made a moment ago, or one for this departure has not been answered. */
  #begin(action: Call, departure: Departure, work: () => Promise<void>): void {
    const key = departureKey(departure);
    const lane = `${departure.account}/${departure.region}/${action}`;
    const inLane = [...this.#underWay.values()].filter((each) => each.lane === lane).length;
    if (this.#underWay.has(key) || inLane >= callsAtOnce) return;
    const now = this.#options.clock.monotonic();
    const begun = this.#begun.get(key) ?? {};
    const last = begun[action];
    if (last !== undefined && now - last < pauseMs[action]) return;
    this.#begun.set(key, { ...begun, [action]: now });
    const call = work()
      .catch((error: unknown) => {
        // The lease is over: whoever takes it answers.
        if (!(error instanceof CallWithheld)) this.warn(error);
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { lane, call });
  }

  async #forget(departure: Departure): Promise<void> {
    await this.#options.store.forgetDepartures([departure]);
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
    (daemon) => hereIn(view, daemon, instance).placement,
  );
  const isService = (id: string): boolean => {
    const task = view.tasks.get(id);
    return task?.group?.startsWith("service:") === true && !isStopped(task);
  };
  const serviceTasks = [...view.tasksOn(arnId(instance.arn))].filter(isService).length;
  return { leaving, serviceTasks };
}
