// How a plan would go on if nothing failed: wave after wave, with the calls to ECS that it takes. Pure: plays the plan
// on copies of the tasks, by the same rules that the scheduler acts by.
import { arnId } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { isStopping } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import { currentRevision, formatLaunchMark, taskGroup } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { templateOfTask } from "./ownership.ts";
import { hereOf, judgeInstance, planJudged } from "./plan.ts";
import type { Plan, PlanInput } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

export interface Wave {
  /** Container instances that get their first task. */
  readonly start: readonly ContainerInstance[];
  /** Container instances whose task is replaced. */
  readonly replace: readonly ContainerInstance[];
  /** Container instances that lose their task. */
  readonly stop: readonly ContainerInstance[];
}

export interface Preview {
  readonly waves: readonly Wave[];
  /** StartTask, RunTask and StopTask calls of these waves. */
  readonly apiCalls: number;
}

const wavesMax = 100;
/** What StartTask takes at once. */
const instancesPerCall = 10;
/** Longer than any pause between attempts, and than a new revision must run to count as healthy. */
const waveMs = 3_600_000;

/** A task as it would be once it runs. */
function imagined(daemon: Daemon, instance: ContainerInstance, revision: number | undefined): Task {
  const { template } =
    daemon.revisions.find((each) => each.revision === revision) ?? currentRevision(daemon);
  return {
    kind: "task",
    arn: `${instance.arn.replace(":container-instance/", ":task/")}-${template}`,
    clusterArn: daemon.clusterArn,
    version: "1",
    taskDefinitionArn: "",
    containerInstanceArn: instance.arn,
    group: taskGroup(daemon),
    startedBy: formatLaunchMark({ daemonId: daemon.id, template, launchId: "00000000" }),
    lastStatus: "RUNNING",
    desiredStatus: "RUNNING",
    createdAt: 0,
    startedAt: 0,
    containers: [],
    attachments: [],
    tags: [],
    timeline: [],
  };
}

/**
 * Which wave of the rollout is under way or comes next, from 1, and how many it has in all; undefined when nothing is
 * left of it. What is over is counted by what is in place, at the size of a wave: a rollout that was held up, or that
 * found some in place already, had others.
 */
export function waveUnderWay(
  daemon: Daemon,
  { rollout, verdicts }: Pick<Plan, "rollout" | "verdicts">,
  waves: readonly Wave[],
): { readonly number: number; readonly count: number } | undefined {
  const isRollout = daemon.stableRevision !== daemon.revision;
  const over = isRollout ? Math.ceil(rollout.inPlace / rollout.waveSize) : 0;
  const { template } = currentRevision(daemon);
  const begun = verdicts.filter(({ task }) => task && templateOfTask(task) === template).length;
  const settles = isRollout && begun > rollout.inPlace;
  const moving = settles || verdicts.some(arrives) ? 1 : 0;
  const count = over + moving + waves.length;
  return moving + waves.length === 0 ? undefined : { number: over + 1, count };
}

/** Wave by wave: on a large fleet each takes a while, and there may be a hundred. */
export function* preview(input: PlanInput): Generator<undefined, Preview> {
  const { daemon, earlierRunsOn } = input;
  const instances = [...input.instances];
  const changed = new Map<string, readonly Task[]>();
  const placements = new Map(input.placements);
  const later = { ...input, now: input.now + waveMs, placements };
  const tasksOn = (id: string) => changed.get(id) ?? input.tasksOn(id);
  const judgeAt = (at: number) => {
    const instance = instances[at];
    return (
      instance && judgeInstance(later, hereOf({ tasksOn, placements, earlierRunsOn }, instance))
    );
  };
  const judgements = instances.map((instance) =>
    judgeInstance(input, hereOf({ tasksOn, placements, earlierRunsOn }, instance)),
  );
  /** A rollout between two waves: what is on its way comes, and what runs has run for long enough. */
  const waitFor = (verdicts: readonly Verdict[]) => {
    for (const [at, verdict] of verdicts.entries()) {
      const id = arnId(verdict.containerInstance.arn);
      if (arrives(verdict)) {
        changed.set(id, [imagined(daemon, verdict.containerInstance, verdict.revision)]);
        placements.delete(id);
      }
      const next = judgeAt(at);
      if (next) judgements[at] = next;
    }
  };
  const waves: Wave[] = [];
  let apiCalls = 0;
  let waited = false;
  while (waves.length < wavesMax) {
    const { verdicts } = planJudged(daemon, judgements);
    const moved = verdicts
      .map((verdict, at) => ({ verdict, at }))
      .filter(({ verdict }) => moves(verdict));
    if (moved.length === 0) {
      if (waited || waves.length > 0 || daemon.mode !== "ALWAYS") break;
      waited = true;
      waitFor(verdicts);
      yield;
      continue;
    }
    waves.push(waveOf(moved.map(({ verdict }) => verdict)));
    apiCalls += callsOf(
      daemon,
      moved.map(({ verdict }) => verdict),
    );
    for (const { verdict, at } of moved) {
      const id = arnId(verdict.containerInstance.arn);
      const task = imagined(daemon, verdict.containerInstance, verdict.revision);
      changed.set(id, verdict.desired ? [task] : []);
      placements.delete(id);
      const next = judgeAt(at);
      if (next) judgements[at] = daemon.mode === "ALWAYS" ? next : { ...next, action: "keep" };
    }
    yield;
  }
  return { waves, apiCalls };
}

const moves = ({ action, stop }: Verdict): boolean => action === "start" || stop.length > 0;

/** Whether a task that is asked for already will run there. */
const arrives = ({ desired, why, task }: Verdict): boolean =>
  desired &&
  (why === "pending" ||
    why === "stopping" ||
    why === "surge" ||
    (task !== undefined && task.lastStatus !== "RUNNING" && !isStopping(task)));

/** Whether the task that is there gives way to another one. */
const replaces = ({ desired, why, stop, action }: Verdict): boolean =>
  desired && why !== "surplus" && (stop.length > 0 || (action === "start" && why === "surge"));

function waveOf(moved: readonly Verdict[]): Wave {
  const of = (which: (verdict: Verdict) => boolean) =>
    moved.filter(which).map(({ containerInstance }) => containerInstance);
  return {
    start: of((each) => each.action === "start" && !replaces(each)),
    replace: of(replaces),
    stop: of((each) => each.stop.length > 0 && !replaces(each)),
  };
}

function callsOf(daemon: Daemon, moved: readonly Verdict[]): number {
  const stops = moved.reduce(
    (sum, each) => sum + Math.max(each.stop.length, replaces(each) ? 1 : 0),
    0,
  );
  const starts = moved.filter((each) => each.action === "start" || replaces(each)).length;
  const perCall = daemon.launch === "RUN_TASK" ? 1 : instancesPerCall;
  return stops + Math.ceil(starts / perCall);
}
