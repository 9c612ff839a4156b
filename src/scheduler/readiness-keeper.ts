// Keeps the readiness attributes of a cluster's container instances as they should be, through PutAttributes and
// DeleteAttributes, within the budget and under the lease of whoever schedules the cluster. Decides nothing.
import { hereIn, selectorOf } from "../changes/daemon-input.ts";
import type { ClusterView } from "../changes/cluster-view.ts";
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import { currentRevision } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { backoffMs } from "../daemon/failure.ts";
import { isHealthyThere, memoryKey, planReadiness, readyValue } from "../daemon/readiness.ts";
import type { ReadinessMemory, ReadinessStep } from "../daemon/readiness.ts";
import { earliest } from "../daemon/since.ts";
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { isInactive } from "../ecs/container-instance.ts";
import type { Log } from "../log.ts";
import type { CallBudget } from "../ecs/api-budget.ts";
import { CallWithheld } from "../ecs/ecs-api.ts";
import type { EcsWriter } from "../ecs/ecs-api.ts";
import type { StateStore } from "../store/store.ts";
import { whileHeld } from "./lease.ts";
import type { Decisions } from "./decisions.ts";

export interface ReadinessKeeper {
  /** Something changed on an instance. */
  touch(containerInstanceId: string): void;
  touchAll(): void;
  close(): Promise<void>;
}

export interface ReadinessOptions {
  readonly cluster: ClusterArn;
  readonly store: Pick<
    StateStore,
    "readinessNames" | "noteReadinessNames" | "forgetReadinessNames"
  >;
  readonly informer: Informer;
  readonly clock: Clock;
  readonly log: Log;
  /** The cluster's lease, while it is held. */
  readonly held: () => string | undefined;
  readonly decisions: Decisions;
  readonly ecs: Pick<EcsWriter, "putAttributes" | "deleteAttributes">;
  readonly writeBudget: CallBudget;
}

/** Changes of one moment are looked at together. */
const settleMs = 250;
/** An attribute that no daemon asks for is looked for this long: ECS says late, if at all, what an instance has. */
const namesKeptMs = 7 * 24 * 3_600_000;
/** What PutAttributes and DeleteAttributes take at once. */
const attributesPerCall = 10;
/** What keeps failing is not tried more rarely than this, ms: whoever gives the permission should not wait. */
const longestPauseMs = 60_000;

const stepKey = ({ action, containerInstance, name }: ReadinessStep): string =>
  `${action} ${memoryKey(containerInstance, name)}`;

export function keepReadiness(options: ReadinessOptions): ReadinessKeeper {
  const { cluster, informer, clock, log } = options;
  const memory: ReadinessMemory = { done: new Map(), unreadySince: new Map() };
  /** Attributes that daemons have, or had. */
  const names = new Set<string>();
  /** Those of them that Redis knows of. */
  const noted = new Set<string>();
  /** The lease under which Redis was asked which there were before. */
  let askedUnder: string | undefined;
  const touched = new Set<string>();
  /** Instances that are looked at again without any change, and when, monotonic ms. */
  const later = new Map<string, number>();
  /** Steps that failed, how often in a row, and until when they are not tried again, monotonic ms. */
  const failed = new Map<string, { readonly times: number; readonly until: number }>();
  let cancel: (() => void) | undefined;
  let cancelLater: (() => void) | undefined;
  let working: Promise<void> | undefined;
  let closed = false;

  function wake(delayMs: number): void {
    if (closed) return;
    cancel?.();
    cancel = clock.after(delayMs, () => {
      cancel = undefined;
      working ??= work().finally(() => {
        working = undefined;
        if (touched.size > 0 && cancel === undefined) wake(settleMs);
      });
    });
  }

  async function work(): Promise<void> {
    const view = informer.views.get(cluster);
    const lease = options.held();
    // Whoever takes the lease looks at everything.
    if (!view || lease === undefined) return touched.clear();
    try {
      await learnNames(view, lease);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ reason }, "readiness attributes are not known");
      return wake(1000);
    }
    const ids = [...touched];
    touched.clear();
    if (names.size === 0) return;
    const steps = planTouched(view, ids);
    for (const { action, batch } of batches(steps.filter(isDue)))
      try {
        await call(action, batch, lease);
      } catch (error) {
        // The lease is over: whoever takes it looks at everything.
        if (error instanceof CallWithheld) return touched.clear();
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(
          { action, instances: batch.length, reason },
          "readiness attributes were not changed",
        );
        for (const step of batch) holdBack(step);
      }
    lookLater();
  }

  /** Whether a step may be taken now; one that failed has its time. */
  function isDue(step: ReadinessStep): boolean {
    const until = failed.get(stepKey(step))?.until ?? 0;
    if (until <= clock.monotonic()) return true;
    notBefore(step, until);
    return false;
  }

  function holdBack(step: ReadinessStep): void {
    const times = (failed.get(stepKey(step))?.times ?? 0) + 1;
    const until = clock.monotonic() + Math.min(backoffMs(times), longestPauseMs);
    failed.set(stepKey(step), { times, until });
    notBefore(step, until);
  }

  function notBefore({ containerInstance }: ReadinessStep, at: number): void {
    const id = arnId(containerInstance.arn);
    later.set(id, Math.min(later.get(id) ?? at, at));
  }

  function lookLater(): void {
    cancelLater?.();
    const next = earliest(later.values());
    if (closed || next === undefined) return;
    cancelLater = clock.after(Math.max(next - clock.monotonic(), settleMs), () => {
      for (const [id, at] of later) if (at <= clock.monotonic()) touched.add(id);
      if (working === undefined) wake(0);
    });
  }

  /** Noted before the first is set: whoever comes next must know which to remove. */
  async function learnNames(view: ClusterView, lease: string): Promise<void> {
    const { store } = options;
    const asked = new Set(
      [...view.daemons.values()].map((daemon) => daemon.readinessAttribute).filter(Boolean),
    );
    if (askedUnder !== lease) {
      const known = await store.readinessNames(cluster);
      const isOver = (name: string, at: number) =>
        clock.now() - at > namesKeptMs && !asked.has(name);
      const over = [...known].flatMap(([name, at]) => (isOver(name, at) ? [name] : []));
      await store.forgetReadinessNames(cluster, over);
      for (const name of known.keys()) names.add(name);
      noted.clear();
      askedUnder = lease;
    }
    const unnoted = [...asked].filter((name) => !noted.has(name));
    await store.noteReadinessNames(cluster, unnoted, clock.now());
    for (const name of unnoted) {
      names.add(name);
      noted.add(name);
    }
  }

  function planTouched(view: ClusterView, ids: readonly string[]): ReadinessStep[] {
    const rules = [...view.daemons.values()]
      .filter(({ deleting }) => !deleting)
      .map((daemon) => ({ daemon, selects: selectorOf(view, currentRevision(daemon).selector) }));
    const steps: ReadinessStep[] = [];
    for (const id of ids) {
      later.delete(id);
      const instance = view.instances.get(id);
      if (!instance || isInactive(instance)) {
        memory.unreadySince.delete(id);
        for (const name of names) {
          memory.done.delete(`${id} ${name}`);
          for (const action of ["put", "delete"]) failed.delete(`${action} ${id} ${name}`);
        }
        continue;
      }
      const selecting = rules
        .filter(({ selects }) => selects(instance))
        .map(({ daemon }) => ({
          daemon,
          isHealthy: isHealthyThere(
            daemon,
            hereIn(view, daemon, instance),
            view.freshness.restartedAt,
          ),
        }));
      const plan = planReadiness(instance, names, selecting, memory, clock.monotonic());
      steps.push(...plan.steps);
      if (plan.again !== undefined) later.set(id, plan.again);
    }
    return steps;
  }

  async function call(
    action: ReadinessStep["action"],
    batch: readonly ReadinessStep[],
    lease: string,
  ): Promise<void> {
    const { ecs, writeBudget, held } = options;
    await writeBudget.take();
    if (closed || held() !== lease) return;
    const asked = batch.map(({ containerInstance, name }) => ({
      containerInstance: containerInstance.arn,
      name,
      value: readyValue,
    }));
    const outcome =
      action === "put"
        ? await ecs.putAttributes(cluster, asked, whileHeld(held))
        : await ecs.deleteAttributes(cluster, asked, whileHeld(held));
    const isDone = outcome === "put" || outcome === "deleted";
    // One instance that ECS refuses must not keep the others from theirs.
    if (!isDone && batch.length > 1) {
      for (const step of batch) await call(action, [step], lease);
      return;
    }
    for (const step of batch) {
      const { containerInstance, name } = step;
      failed.delete(stepKey(step));
      const at = clock.monotonic();
      memory.done.set(memoryKey(containerInstance, name), { isSet: action === "put", at });
      note(action, containerInstance.arn, name, outcome);
    }
  }

  function note(
    action: ReadinessStep["action"],
    containerInstance: string,
    name: string,
    outcome: string,
  ): void {
    const view = informer.views.get(cluster);
    const daemons = [...(view?.daemons.values() ?? [])];
    const of = daemons.find(({ readinessAttribute }) => readinessAttribute === name);
    const problem =
      outcome === "full"
        ? "the container instance has ten custom attributes already: remove one"
        : outcome === "missing"
          ? "ECS does not know the container instance any more"
          : undefined;
    if (problem !== undefined)
      log.warn(
        { containerInstance, attribute: name, problem },
        "a readiness attribute was refused",
      );
    else if (of) noteFor(of, action, containerInstance, name);
  }

  function noteFor(
    daemon: Daemon,
    action: ReadinessStep["action"],
    containerInstance: string,
    name: string,
  ): void {
    options.decisions.note(daemon, {
      type: action === "put" ? "READY" : "UNREADY",
      containerInstance,
      reason:
        action === "put"
          ? `all daemons are healthy there: set ${name}`
          : `not all daemons are healthy there: removed ${name}`,
    });
  }

  return {
    touch: (id) => {
      touched.add(id);
      if (cancel === undefined && working === undefined) wake(settleMs);
    },
    touchAll: () => {
      for (const id of informer.views.get(cluster)?.instances.keys() ?? []) touched.add(id);
      if (cancel === undefined && working === undefined) wake(settleMs);
    },
    close: async () => {
      closed = true;
      cancel?.();
      cancelLater?.();
      await working;
    },
  };
}

function batches(
  steps: readonly ReadinessStep[],
): { readonly action: ReadinessStep["action"]; readonly batch: readonly ReadinessStep[] }[] {
  return (["put", "delete"] as const).flatMap((action) => {
    const of = steps.filter((step) => step.action === action);
    return Array.from({ length: Math.ceil(of.length / attributesPerCall) }, (_, at) => ({
      action,
      batch: of.slice(at * attributesPerCall, (at + 1) * attributesPerCall),
    }));
  });
}
