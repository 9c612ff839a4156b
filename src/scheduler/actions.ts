// Carries a plan out through the ECS API: intent first, a last look at the lease right before each call, and the
// outcome, known or not, written after it. Decides nothing; the only retry of a write is the next plan.
import type { Clock } from "../clock.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { repeatStopMs } from "../daemon/judge.ts";
import type { Here } from "../daemon/rules.ts";
import { backoffMs } from "../daemon/failure.ts";
import { adopt } from "../daemon/inheritance.ts";
import { isAskedToStop, placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import type { Verdict } from "../daemon/verdict.ts";
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { CallBudget } from "../ecs/api-budget.ts";
import { CallWithheld } from "../ecs/ecs-api.ts";
import type { EcsReader, EcsWriter, MayCall } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import { whileHeld } from "./lease.ts";
import type { ControlWriter, PlacementWrite } from "./control-writes.ts";
import type { Decisions } from "./decisions.ts";
import { inParallel } from "./in-parallel.ts";
import { lookUp } from "./look-up.ts";
import type { EssentialOf } from "./look-up.ts";
import { planLaunches, settle, settleError, settleRunTask } from "./launch.ts";
import type { Launch, Start } from "./launch.ts";
import { actUnderIntent, Deposed, faultOf } from "./protocol.ts";
import type { Check } from "./protocol.ts";

export interface ActionsOptions {
  readonly cluster: ClusterArn;
  readonly ecs: EcsReader & EcsWriter;
  readonly writeBudget: CallBudget;
  readonly writer: ControlWriter;
  readonly decisions: Decisions;
  /** The lease, while it is certainly held. */
  readonly held: () => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Actions {
  /** Asks ECS about launches that were not seen in time: see look-up.ts. */
  lookUp(daemon: Daemon, due: readonly Placement[], essentialOf: EssentialOf): Promise<void>;
  /** Stops what verdicts say; throws the first failure when all were tried. */
  stop(
    daemon: Daemon,
    verdicts: readonly Verdict[],
    hereOf: (verdict: Verdict) => Here,
    check: Check,
  ): Promise<void>;
  start(daemon: Daemon, starts: readonly Start[], check: Check): Promise<void>;
  /** Writes how runs ended, and those that go on and were not written down. */
  settle(daemon: Daemon, verdicts: readonly Verdict[]): Promise<void>;
}

/** Calls of one daemon that wait for ECS at the same time: the rate is the budget's, not the latency's. */
const callsAtOnce = 4;
/** Intents of stops that are written together. */
const stopsPerWrite = 10;

export function createActions(options: ActionsOptions): Actions {
  return {
    lookUp: (...args) => lookUp(options, ...args),
    stop: (...args) => stop(options, ...args),
    start: (...args) => start(options, ...args),
    settle: (...args) => settleEnded(options, ...args),
  };
}

interface Stop {
  readonly task: Task;
  readonly reason: string;
  /** What is remembered of its instance, if anything. */
  readonly before: Placement | undefined;
  readonly intent: Placement;
  /** Other tasks of its instance that stop with it, or were asked to before and go on. */
  readonly also: readonly string[];
}

async function stop(
  options: ActionsOptions,
  daemon: Daemon,
  verdicts: readonly Verdict[],
  hereOf: (verdict: Verdict) => Here,
  check: Check,
): Promise<void> {
  const { writer, clock } = options;
  const stops = verdicts.flatMap((verdict): Stop[] =>
    verdict.stop.map((task) => {
      const { placement, tasks } = hereOf(verdict);
      const asked = tasks.filter(
        (each) => !isStopped(each) && isAskedToStop(placement?.stop, each.arn),
      );
      const also = new Set([...verdict.stop, ...asked].map(({ arn }) => arn));
      also.delete(task.arn);
      const intent =
        placement ?? adopt(daemon, arnId(verdict.containerInstance.arn), task, clock.now());
      return { task, reason: verdict.reason, before: placement, intent, also: [...also] };
    }),
  );
  const failures: unknown[] = [];
  const begun = new Set<string>();
  for (let at = 0; at < stops.length; at += stopsPerWrite) {
    const batch = stops.slice(at, at + stopsPerWrite);
    await options.writeBudget.take();
    check();
    // Until its stop is seen, a task counts as stopping, for whoever leads then.
    const written = withStops(batch, clock.now());
    if (!(await writer.putPlacements(written))) return;
    const failed: Stop[] = [];
    const stopping = inParallel(batch, callsAtOnce, async (each, index) => {
      if (index > 0) await options.writeBudget.take();
      check();
      begun.add(each.task.arn);
      try {
        await stopOne(options, daemon, each);
      } catch (error) {
        if (error instanceof CallWithheld) throw new Deposed(error.message);
        failed.push(each);
        failures.push(error);
        if (error instanceof Error && faultOf(error) === "throttled")
          options.writeBudget.throttled();
      }
    });
    try {
      await stopping;
    } catch (error) {
      // Asked for again later, as stops that may not have left are, they would take tasks that are wanted by then.
      if (!(error instanceof Deposed)) await writer.takeBack(unsent(batch, written, begun));
      throw error;
    }
    if (failed.length > 0) await writer.putPlacements(withFailedStops(failed, clock.now()));
  }
  if (failures.length > 0) throw failures[0];
}

function withStop({ intent, task, also }: Stop, at: number, failures: number): Placement {
  const more = also.length > 0 ? also : undefined;
  return {
    ...intent,
    stop: { taskArn: task.arn, also: more, at, failures: failures > 0 ? failures : undefined },
  };
}

/** What was written for stops whose calls were certainly never begun. */
function unsent(
  batch: readonly Stop[],
  written: readonly Placement[],
  begun: ReadonlySet<string>,
): PlacementWrite[] {
  const writes = new Map<string, PlacementWrite>();
  batch.forEach(({ task, also, before }, index) => {
    const placement = written[index];
    // One record is of all stops on its instance: where one has left, they all stay asked for.
    if (placement && ![task.arn, ...also].some((arn) => begun.has(arn)))
      writes.set(placementKey(placement), { written: placement, before });
  });
  return [...writes.values()];
}

const failuresOf = ({ intent, task }: Stop): number =>
  isAskedToStop(intent.stop, task.arn) ? (intent.stop?.failures ?? 0) : 0;

const withStops = (stops: readonly Stop[], at: number): Placement[] =>
  stops.map((each) => withStop(each, at, failuresOf(each)));

/** What ECS refuses, as for want of a permission, is asked for more and more rarely. */
const withFailedStops = (stops: readonly Stop[], now: number): Placement[] =>
  stops.map((each) => {
    const failures = failuresOf(each) + 1;
    return withStop(
      each,
      now - repeatStopMs + Math.min(backoffMs(failures), repeatStopMs),
      failures,
    );
  });

async function stopOne(options: ActionsOptions, daemon: Daemon, { task, reason }: Stop) {
  const { ecs, cluster, decisions, held } = options;
  const why = `Longshore daemon ${daemon.name}: ${reason}`;
  const outcome = await ecs.stopTask(cluster, task.arn, why, whileHeld(held));
  const asWell = outcome === "missing" ? `${reason} (ECS does not know it any more)` : reason;
  decisions.note(daemon, {
    type: "STOP",
    task: task.arn,
    containerInstance: task.containerInstanceArn,
    reason: asWell,
  });
}

async function start(
  options: ActionsOptions,
  daemon: Daemon,
  starts: readonly Start[],
  check: Check,
): Promise<void> {
  const { clock, random } = options;
  const launches = planLaunches(daemon, starts, () => random.hex(8), clock.now());
  const postponed: Launch[] = [];
  let refused: Refusal | undefined;
  await inParallel(launches, callsAtOnce, async (launch) => {
    // What ECS refuses for the daemon itself it would refuse for the others too.
    if (refused !== undefined) return void postponed.push(launch);
    refused ??= await launchOne(options, daemon, launch, check);
  });
  if (postponed.length === 0) return;
  // Under its own name: what was throttled speaks against no revision, on the other instances neither.
  const error = { name: refused?.name ?? "", message: `as before: ${refused?.message}` };
  const settled = postponed.flatMap((launch) => {
    const intents = settleError(launch, error, clock.now());
    return intents === "unknown" ? [] : intents;
  });
  await options.writer.putPlacements(settled);
}

/** Why ECS refused a call as such, in its words. */
interface Refusal {
  readonly name: string;
  readonly message: string;
}

/** Answers why ECS refused the call as such; undefined when the others may go on. */
async function launchOne(
  options: ActionsOptions,
  daemon: Daemon,
  launch: Launch,
  check: Check,
): Promise<Refusal | undefined> {
  const { writer, clock, log, decisions, writeBudget } = options;
  let asked = launch;
  const outcome = await actUnderIntent({
    budget: writeBudget,
    check,
    held: options.held,
    intend: () => {
      const requestedAt = clock.now();
      asked = { ...launch, intents: launch.intents.map((each) => ({ ...each, requestedAt })) };
      return writer.putIntents(asked.intents);
    },
    act: async (mayCall) => {
      await writer.putPlacements(await call(options, daemon, asked, mayCall));
    },
  });
  if (typeof outcome === "string") return undefined;
  const { name, message } = outcome;
  const settled = settleError(asked, outcome, clock.now());
  log.error(
    {
      daemon: daemon.name,
      launchId: launch.launchId,
      instances: asked.intents.length,
      error: name,
      message,
    },
    "a start failed",
  );
  const isUnknown = settled === "unknown";
  decisions.note(daemon, {
    type: isUnknown ? "UNKNOWN" : "REFUSE",
    reason: `launch ${launch.launchId} for ${asked.intents.length} container instances: ${name}: ${message}`,
  });
  if (isUnknown) return undefined;
  if (settled.some(({ cause }) => cause === "THROTTLED")) writeBudget.throttled();
  await writer.putPlacements(settled);
  return { name, message };
}

async function call(
  { ecs, clock, decisions }: ActionsOptions,
  daemon: Daemon,
  launch: Launch,
  mayCall: MayCall,
): Promise<Placement[]> {
  const { call: asked, launchId } = launch;
  const settled =
    asked.api === "StartTask"
      ? settle(launch, await ecs.startTask(asked.request, mayCall), clock.now())
      : settleRunTask(launch, await ecs.runTask(asked.request, mayCall), clock.now());
  const arnOf = new Map(
    launch.instances.map((containerInstance) => [arnId(containerInstance), containerInstance]),
  );
  for (const { taskArn, containerInstanceId, reason = "" } of settled) {
    const containerInstance = arnOf.get(containerInstanceId);
    if (taskArn === undefined)
      decisions.note(daemon, { type: "REFUSE", containerInstance, reason });
    else
      decisions.note(daemon, {
        type: "START",
        containerInstance,
        task: taskArn,
        reason: `launch ${launchId}`,
      });
  }
  return settled;
}

async function settleEnded(
  { writer, decisions }: ActionsOptions,
  daemon: Daemon,
  verdicts: readonly Verdict[],
): Promise<void> {
  const ended = verdicts.flatMap((verdict) =>
    verdict.settle ? [{ verdict, run: verdict.settle }] : [],
  );
  if (ended.length === 0) return;
  await writer.putPlacements(ended.map(({ run }) => run));
  for (const { verdict, run } of ended)
    decisions.note(daemon, {
      type: run.state === "STARTING" ? "ADOPT" : run.state === "SUCCEEDED" ? "SUCCEED" : "FAIL",
      containerInstance: verdict.containerInstance.arn,
      task: run.taskArn,
      reason: verdict.reason,
    });
}
