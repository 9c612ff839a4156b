// Asks ECS about launches whose tasks nobody has seen, before anything is started again there. What cannot be asked
// about holds its own container instances, and nothing else.
import type { Clock } from "../clock.ts";
import { formatLaunchMark, runsOnce } from "../daemon/daemon.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { hasSucceeded, settleRun, skipRun } from "../daemon/once.ts";
import type { Placement } from "../daemon/placement.ts";
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { EcsReader } from "../ecs/ecs-api.ts";
import { isStopped } from "../ecs/task.ts";
import type { Task } from "../ecs/task.ts";
import type { ControlWriter } from "./control-writes.ts";
import type { Decisions } from "./decisions.ts";
import { inParallel } from "./in-parallel.ts";
import { answered, endedUnseen, foundLate, notAsked, notFound } from "./launch.ts";
import { tasksStartedBy } from "./protocol.ts";
import { startedElsewhere } from "./registrations.ts";

export type EssentialOf = (task: Task) => ReadonlySet<string> | undefined;

export interface LookUpOptions {
  readonly cluster: ClusterArn;
  readonly ecs: EcsReader;
  readonly writer: ControlWriter;
  readonly decisions: Decisions;
  readonly clock: Clock;
}

/** Launches that are asked about at the same time. */
const launchesAtOnce = 4;
/** The rest of the daemon's plan waits no longer; launches that were not begun with have their turn in the next one. */
const patienceMs = 5000;

/** ECS tells of ended tasks for an hour at least: what it does not know after that may have run. Less, as clocks differ, ms. */
const endedAreKnownMs = 45 * 60_000;
/** It is asked so often more, and so many ms apart: an event that waits in the queue may still tell how a run went. */
const lateQuestions = 3;
const lateQuestionsMs = 60_000;

interface Waiting {
  /** Resolves when the time is over. */
  readonly over: Promise<void>;
  isOver: boolean;
}

export async function lookUp(
  options: LookUpOptions,
  daemon: Daemon,
  due: readonly Placement[],
  essentialOf: EssentialOf,
): Promise<void> {
  const { clock, writer } = options;
  const markOf = ({ template, launchId }: Placement) =>
    formatLaunchMark({ daemonId: daemon.id, template, launchId });
  const stop = new AbortController();
  const waiting: Waiting = {
    isOver: false,
    over: clock.sleep(patienceMs, stop.signal).then(() => {
      waiting.isOver = true;
    }),
  };
  // One launch is for up to ten instances: each start is seen, or not, by itself.
  const launches = [...Map.groupBy(due, markOf)];
  const working = inParallel(launches, launchesAtOnce, async ([startedBy, intents]) => {
    if (waiting.isOver) return;
    const answer = await ask(options, startedBy, intents, waiting);
    note(options, daemon, startedBy, intents, answer);
    const now = clock.now();
    await writer.putPlacements(
      typeof answer === "string"
        ? intents.map((intent) => notAsked(intent, answer, now))
        : [
            ...intents.map((intent) =>
              settleLookup(daemon, answered(intent), answer, essentialOf, now),
            ),
            ...foundElsewhere(daemon, intents, answer),
          ],
    );
  });
  await working.finally(() => stop.abort());
}

/** The tasks of a launch that ECS knows, or why it could not be asked. */
async function ask(
  { ecs, cluster }: LookUpOptions,
  startedBy: string,
  intents: readonly Placement[],
  { over }: Waiting,
): Promise<readonly Task[] | string> {
  const known = intents.flatMap(({ taskArn }) => taskArn ?? []);
  const failing = (error: unknown) =>
    error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const late = over.then(() => `no answer within ${patienceMs / 1000} s`);
  return Promise.race([tasksStartedBy(ecs, cluster, startedBy, known).catch(failing), late]);
}

function note(
  { decisions }: LookUpOptions,
  daemon: Daemon,
  startedBy: string,
  intents: readonly Placement[],
  answer: readonly Task[] | string,
): void {
  const seen = (tasks: readonly Task[]) =>
    intents.filter((intent) => taskOf(intent, tasks) !== undefined).length;
  decisions.note(daemon, {
    type: "LOOKUP",
    reason:
      typeof answer === "string"
        ? `launch ${arnId(startedBy)} was not seen, and ECS could not be asked: ${answer}`
        : `launch ${arnId(startedBy)} was not seen: ECS has ${seen(answer)} of its ${intents.length} tasks`,
  });
}

const taskOf = ({ containerInstanceId }: Placement, tasks: readonly Task[]): Task | undefined =>
  tasks.find(
    ({ containerInstanceArn }) =>
      containerInstanceArn !== undefined && arnId(containerInstanceArn) === containerInstanceId,
  );

/** A launch by StartTask names its instances: what it has on others are its starts there. */
function foundElsewhere(daemon: Daemon, intents: readonly Placement[], found: readonly Task[]) {
  const going = found.filter((task) => !isStopped(task));
  return daemon.launch === "RUN_TASK" ? startedElsewhere(intents, going) : [];
}

const forgotten = "ECS forgot its task before its outcome was seen";

/** What is known of one start after the answer. */
export function settleLookup(
  daemon: Daemon,
  intent: Placement,
  found: readonly Task[],
  essentialOf: EssentialOf,
  now: number,
): Placement {
  const task = taskOf(intent, found);
  if (!runsOnce(daemon)) {
    if (!task) return notFound(intent, now);
    return isStopped(task) ? endedUnseen(intent, task, now) : foundLate(intent, task.arn, now);
  }
  if (task && isStopped(task))
    return settleRun(intent, task, hasSucceeded(task, essentialOf(task)), now);
  if (task) return foundLate(intent, task.arn, now);
  const asked = notFound(intent, now);
  const mayHaveRun = intent.taskArn !== undefined || now - intent.requestedAt > endedAreKnownMs;
  if (asked.state !== "FAILED" || !mayHaveRun) return asked;
  const lookups = asked.lookups ?? 0;
  if (lookups <= lateQuestions)
    return { ...intent, lookups, nextAttemptAt: now + lateQuestionsMs, reason: forgotten };
  // How it went nobody can tell any more, and twice to success it must not run.
  return skipRun(intent, `${forgotten}: run it again`, now);
}
