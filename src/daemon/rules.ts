// What a daemon is judged by on one container instance: what holds for all of them, and what is there. Shapes only; the
// verdicts are judge.ts's and once.ts's.
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import type { Daemon } from "./daemon.ts";
import type { Placement } from "./placement.ts";

/** What holds for all instances of a daemon's plan. */
export interface Rules {
  readonly daemon: Daemon;
  /** Whether the daemon's selector selects an instance. */
  readonly selects: (instance: ContainerInstance) => boolean;
  /** What a task on a DRAINING instance still waits for; undefined when it may go. */
  readonly holdsDrain: (instance: ContainerInstance) => string | undefined;
  /** When Redis last lost writes, or may have, ms since the epoch; undefined when it never did. */
  readonly lostAt?: number | undefined;
  /** Names of a task's containers that are essential, where its definition is known. */
  readonly essentialOf: (task: Task) => ReadonlySet<string> | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What concerns a daemon on one container instance. */
export interface Here {
  readonly instance: ContainerInstance;
  /** Tasks there that carry the daemon's mark, ended ones included. */
  readonly tasks: readonly Task[];
  readonly placement: Placement | undefined;
  /** Launches of earlier runs of a daemon whose tasks run once. */
  readonly earlierRuns?: ReadonlySet<string> | undefined;
}
