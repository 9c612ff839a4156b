// What really happened to the tasks of daemons, from every word that the simulated ECS said, in its order, before any
// fault of the delivery: so that a test can hold a promise "at every moment", not only where it looked.
import { arnId } from "../ecs/arn.ts";
import { isObject, text } from "../ecs/json.ts";
import type { Simulator } from "../simulator/server.ts";

interface Seen {
  readonly instance: string;
  readonly definition: string;
  lastStatus: string;
  desiredStatus: string;
}

export interface DaemonTruth {
  /** Tasks that were ever started. */
  readonly started: number;
  /** Of these, by task definition (`family:revision`). */
  readonly startedOf: Readonly<Record<string, number>>;
  /** Most tasks at one moment on one container instance that had not begun to stop. */
  readonly mostLive: number;
  /** Most at one moment on one container instance that had not STOPPED. */
  readonly mostThere: number;
  /** Most container instances at one moment with two tasks that had not begun to stop. */
  readonly mostDoubled: number;
  /** Fewest container instances with a RUNNING task right after a stop of ours; undefined when there was none. */
  readonly fewestRunning: number | undefined;
}

export interface DaemonWatch {
  of(daemon: string): DaemonTruth;
  /** Forgets the extremes, not the tasks. */
  reset(): void;
  close(): void;
}

/** How the reasons of our stops begin. */
const ourStop = "Longshore daemon";

/** What is on one container instance. */
interface Place {
  there: number;
  live: number;
  running: number;
}

/** Counts as it goes: a fleet of thousands says tens of thousands of words. */
class Group {
  readonly tasks = new Map<string, Seen>();
  readonly #places = new Map<string, Place>();
  #doubled = 0;
  #withRunning = 0;
  mostLive = 0;
  mostThere = 0;
  mostDoubled = 0;
  fewestRunning: number | undefined;

  reset(): void {
    [this.mostLive, this.mostThere, this.mostDoubled] = [0, 0, 0];
    this.fewestRunning = undefined;
  }

  #count(task: Seen, by: 1 | -1): Place {
    const place = this.#places.get(task.instance) ?? { there: 0, live: 0, running: 0 };
    this.#places.set(task.instance, place);
    const { live, running } = place;
    if (task.lastStatus === "" || task.lastStatus === "STOPPED") return place;
    place.there += by;
    if (task.desiredStatus === "RUNNING") place.live += by;
    if (task.desiredStatus === "RUNNING" && task.lastStatus === "RUNNING") place.running += by;
    this.#doubled += Number(place.live > 1) - Number(live > 1);
    this.#withRunning += Number(place.running > 0) - Number(running > 0);
    return place;
  }

  /** A task is now so. */
  take(task: Seen, lastStatus: string, desiredStatus: string, isOurStop: boolean): void {
    this.#count(task, -1);
    task.lastStatus = lastStatus;
    task.desiredStatus = desiredStatus;
    const { there, live } = this.#count(task, 1);
    this.mostThere = Math.max(this.mostThere, there);
    this.mostLive = Math.max(this.mostLive, live);
    this.mostDoubled = Math.max(this.mostDoubled, this.#doubled);
    if (isOurStop)
      this.fewestRunning = Math.min(this.fewestRunning ?? this.#withRunning, this.#withRunning);
  }
}

export function watchDaemons(simulator: Simulator): DaemonWatch {
  const groups = new Map<string, Group>();
  const groupOf = (name: string): Group => {
    const group = groups.get(name) ?? new Group();
    groups.set(name, group);
    return group;
  };
  const close = simulator.listen((body) => {
    const event: unknown = JSON.parse(body);
    const detail = isObject(event) ? event["detail"] : undefined;
    if (!isObject(detail)) return;
    const [arn, name] = [text(detail, "taskArn"), text(detail, "group")];
    if (arn === undefined || !name?.startsWith("daemon:")) return;
    const group = groupOf(name);
    const before = group.tasks.get(arn);
    const task = before ?? {
      instance: arnId(text(detail, "containerInstanceArn") ?? ""),
      definition: arnId(text(detail, "taskDefinitionArn") ?? ""),
      lastStatus: "",
      desiredStatus: "",
    };
    const wasLive = task.desiredStatus === "RUNNING";
    const [lastStatus = "", desiredStatus = ""] = [
      text(detail, "lastStatus"),
      text(detail, "desiredStatus"),
    ];
    group.tasks.set(arn, task);
    const reason = text(detail, "stoppedReason") ?? "";
    const isOurStop = wasLive && desiredStatus === "STOPPED" && reason.startsWith(ourStop);
    group.take(task, lastStatus, desiredStatus, isOurStop);
  });
  return {
    of: (daemon) => {
      const { tasks, mostLive, mostThere, mostDoubled, fewestRunning } = groupOf(
        `daemon:${daemon}`,
      );
      const byDefinition = Map.groupBy(tasks.values(), ({ definition }) => definition);
      const startedOf = Object.fromEntries(
        [...byDefinition].map(([definition, all]) => [definition, all.length]),
      );
      return { started: tasks.size, startedOf, mostLive, mostThere, mostDoubled, fewestRunning };
    },
    reset: () => {
      for (const group of groups.values()) group.reset();
    },
    close,
  };
}
