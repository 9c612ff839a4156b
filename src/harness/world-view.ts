// What a test's checks see of a world: the true state of its fleet, whatever anybody knows of it. Changes nothing, and
// judges nothing.
import type { Truth } from "../simulation/guest.ts";
import { isRegistered } from "../simulator/world.ts";
import type { ContainerInstance, Task } from "../simulator/world.ts";

/** A task as ECS has it. */
export interface WorldTask {
  readonly arn: string;
  /** Name of its cluster. */
  readonly cluster: string;
  readonly containerInstanceArn: string | undefined;
  readonly family: string;
  readonly taskDefinitionArn: string;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly lastStatus: string;
  readonly desiredStatus: "RUNNING" | "STOPPED";
  /** ms since the epoch. */
  readonly createdAt: number;
  /** Of the containers that have ended. */
  readonly exitCodes: readonly number[];
  /** Whether the program that is tested started it. */
  readonly isOurs: boolean;
}

/** A container instance as ECS has it. */
export interface WorldInstance {
  readonly arn: string;
  /** Name of its cluster. */
  readonly cluster: string;
  readonly status: string;
  readonly agentConnected: boolean;
  /** By name; undefined for those without a value. */
  readonly attributes: ReadonlyMap<string, string | undefined>;
}

/** A world as it truly is, at one moment. */
export interface WorldView {
  /** ms since the epoch, by the world's own clock, which no process sees. */
  readonly now: number;
  /** Things go wrong, or do not any more; `night`: all processes are frozen for hours. */
  readonly phase: "trouble" | "healing" | "night";
  /** Those that have not left. */
  readonly instances: readonly WorldInstance[];
  /** Ended ones included, as long as ECS tells of them. */
  readonly tasks: readonly WorldTask[];
}

function taskOf(task: Task, isOurs: boolean): WorldTask {
  const { arn, cluster, instance, definition, group, startedBy, createdAt, containers } = task;
  return {
    arn,
    cluster: cluster.name,
    containerInstanceArn: instance?.arn,
    family: definition.family,
    taskDefinitionArn: definition.arn,
    group,
    startedBy,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    createdAt,
    exitCodes: containers.flatMap(({ exitCode }) => exitCode ?? []),
    isOurs,
  };
}

const instanceOf = ({
  arn,
  cluster,
  status,
  agentConnected,
  attributes,
}: ContainerInstance): WorldInstance => ({
  arn,
  cluster: cluster.name,
  status,
  agentConnected,
  attributes,
});

/** `isOurs`: whether the program started the task of this id. */
export function viewOf(
  { world, now }: Truth,
  phase: WorldView["phase"],
  isOurs: (id: string) => boolean,
): WorldView {
  const clusters = [...world.clusters.values()];
  return {
    now: now(),
    phase,
    get instances() {
      return clusters.flatMap(({ instances }) =>
        [...instances.values()].filter(isRegistered).map(instanceOf),
      );
    },
    get tasks() {
      return clusters.flatMap(({ tasks }) =>
        [...tasks.values()].map((task) => taskOf(task, isOurs(task.id))),
      );
    },
  };
}
